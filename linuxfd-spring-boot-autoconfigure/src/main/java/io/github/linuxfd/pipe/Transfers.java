package io.github.linuxfd.pipe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.Fd;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Opens transfers of bytes between files, sockets and pipes that do not bring them into
 * this process: file to socket, socket to file, socket to socket, and a stream to two
 * places at once. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class Transfers {

	private final Syscalls syscalls;

	private final PipeFactory pipes;

	private final Splicer splicer;

	/**
	 * Transfer through these calls.
	 * @param syscalls the calls
	 * @param pipes opens the pipes in between
	 * @param splicer moves the bytes
	 */
	public Transfers(Syscalls syscalls, PipeFactory pipes, Splicer splicer) {
		this.syscalls = syscalls;
		this.pipes = pipes;
		this.splicer = splicer;
	}

	/**
	 * {@code open(2)} of paths, {@code pipe2(2)} - opens a transfer. A file is given to a
	 * socket or pipe that does not block by sendfile(2), anything else by splice(2). The
	 * pipe in between is left as the kernel makes it, 64 KiB, or less if the user's
	 * limits leave less. Linux 2.6.33.
	 * @param source where to take the bytes from
	 * @param target where to give them to
	 * @return the transfer, to be run and closed by the caller
	 * @throws SyscallException {@code ENOENT}, {@code EACCES} - the file cannot be
	 * opened; {@code EMFILE}, {@code ENFILE} - no descriptor is left
	 * @throws io.github.linuxfd.fd.InaccessibleFdException if the JVM does not let a
	 * channel's descriptor be had
	 * @throws IllegalStateException if one of the two is closed
	 */
	public Transfer open(TransferEnd source, TransferEnd target) {
		return open(source, target, null);
	}

	/**
	 * {@code open(2)} of paths, {@code pipe2(2)} - opens a transfer that gives all bytes
	 * to two targets, by {@code tee(2)}. The slower one sets the pace: the other is at
	 * most one pipe, 64 KiB, ahead. Linux 2.6.33.
	 * @param source where to take the bytes from
	 * @param first where to give them to
	 * @param second where to give them to as well
	 * @return the transfer, to be run and closed by the caller
	 * @throws SyscallException as {@link #open}
	 * @throws IllegalStateException if one of the three is closed
	 */
	public Transfer openTee(TransferEnd source, TransferEnd first, TransferEnd second) {
		return open(source, first, second);
	}

	/**
	 * {@code sendfile(2)} or {@code splice(2)} - opens a transfer, runs it once on the
	 * calling thread, and closes it.
	 * @param source where to take the bytes from
	 * @param target where to give them to
	 * @param idleTimeout the longest wait for the next byte, in milliseconds at the
	 * finest
	 * @return how many bytes are at the target, and why there are no more
	 * @throws SyscallException as {@link #open} and {@link Transfer#run}
	 */
	public TransferResult copy(TransferEnd source, TransferEnd target, Duration idleTimeout) {
		try (Transfer transfer = open(source, target)) {
			TransferOutcome outcome = transfer.run(idleTimeout);
			return new TransferResult(transfer.transferred(), outcome);
		}
	}

	private Transfer open(TransferEnd source, TransferEnd first, @Nullable TransferEnd second) {
		List<Runnable> closings = new ArrayList<>();
		boolean ready = false;
		try {
			Fd from = open(source, closings);
			Transfer transfer = new Transfer(this.syscalls, this.splicer, from, source.offset(),
					branch(first, closings), (second != null) ? branch(second, closings) : null, closings);
			ready = true;
			return transfer;
		}
		finally {
			if (!ready) {
				Transfer.closeAll(closings);
			}
		}
	}

	private Branch branch(TransferEnd end, List<Runnable> closings) {
		Fd target = open(end, closings);
		Pipe pipe = this.pipes.open();
		closings.add(pipe::close);
		return new Branch(this.syscalls, this.splicer, pipe, target, end.offset());
	}

	private Fd open(TransferEnd end, List<Runnable> closings) {
		Fd fd = end.open(this.syscalls);
		if (end.isOwned()) {
			closings.add(fd::close);
		}
		return fd;
	}

}
