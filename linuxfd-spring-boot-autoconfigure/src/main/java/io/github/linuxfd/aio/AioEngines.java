package io.github.linuxfd.aio;

import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

import com.sun.nio.file.ExtendedOpenOption;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Architecture;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.uring.IoUringFactory;

/**
 * The engines of an {@link Aio}: the best that this kernel, container and user allow, or
 * those that were asked for. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioEngines implements AutoCloseable {

	private static final int O_WRONLY = 0x1;

	private static final int O_RDWR = 0x2;

	private static final int O_CREAT = 0x40;

	private static final int O_EXCL = 0x80;

	private static final int O_TRUNC = 0x200;

	private static final int O_APPEND = 0x400;

	private static final int O_DSYNC = 0x1000;

	private static final int O_SYNC = 0x101000;

	private static final int RW_FOR_ALL = 0666;

	private final Syscalls syscalls;

	private final AioSettings settings;

	private final @Nullable SyscallException refusal;

	private final List<Engine> sockets = new ArrayList<>();

	private final AtomicInteger turn = new AtomicInteger();

	/**
	 * Open the engines.
	 * @param syscalls the calls
	 * @param settings which, and how
	 * @throws SyscallException if what was asked for is refused
	 */
	public AioEngines(Syscalls syscalls, AioSettings settings) {
		this.syscalls = syscalls;
		this.settings = settings;
		SyscallException refused = null;
		IoUringFactory rings = new IoUringFactory(syscalls);
		EventfdFactory eventfds = new EventfdFactory(syscalls);
		boolean opened = false;
		try {
			for (int i = 0; i < settings.rings(); i++) {
				String name = (settings.rings() == 1) ? "linuxfd-uring" : "linuxfd-uring-" + i;
				this.sockets.add(UringEngine.open(rings, eventfds, settings, name));
			}
			opened = true;
		}
		finally {
			if (!opened) {
				this.sockets.forEach(Engine::close);
			}
		}
		this.refusal = refused;
	}

	AioSettings settings() {
		return this.settings;
	}

	/**
	 * Return by what sockets are served.
	 * @return never {@link AioEngine#AUTO}
	 */
	public AioEngine kind() {
		return this.sockets.get(0).kind();
	}

	/**
	 * Return why io_uring is not used.
	 * @return the call that was refused, or empty if it is used or was not asked for
	 */
	public Optional<SyscallException> refusal() {
		return Optional.ofNullable(this.refusal);
	}

	AioSocket openSocket(int type, Delivery delivery) {
		return AioSocket.open(this.syscalls, type, next(), delivery);
	}

	AioFile openFile(Path path, Set<? extends OpenOption> options, Delivery delivery) {
		int flags = flags(options);
		OwnedFd fd = OwnedFd.adopt(this.syscalls,
				this.syscalls.open(NativePaths.encode(path), flags | Syscalls.CLOEXEC, RW_FOR_ALL), "open",
				path + ", " + options);
		return new AioFile(this.syscalls, fd, path, next(), delivery);
	}

	/** In turns, so that the rings have the same to do. */
	private Engine next() {
		int count = this.sockets.size();
		return this.sockets.get((count == 1) ? 0 : Math.floorMod(this.turn.getAndIncrement(), count));
	}

	private static int flags(Set<? extends OpenOption> options) {
		boolean write = options.contains(StandardOpenOption.WRITE) || options.contains(StandardOpenOption.APPEND);
		boolean read = options.contains(StandardOpenOption.READ) || !write;
		int flags = (read && write) ? O_RDWR : write ? O_WRONLY : 0;
		for (OpenOption option : options) {
			flags |= flag(option, write);
		}
		return flags;
	}

	private static int flag(OpenOption option, boolean write) {
		if (option instanceof StandardOpenOption standard) {
			return switch (standard) {
				case READ, WRITE, SPARSE -> 0;
				case APPEND -> O_APPEND;
				case TRUNCATE_EXISTING -> write ? O_TRUNC : 0;
				case CREATE -> write ? O_CREAT : 0;
				case CREATE_NEW -> write ? O_CREAT | O_EXCL : 0;
				case SYNC -> O_SYNC;
				case DSYNC -> O_DSYNC;
				case DELETE_ON_CLOSE -> throw new UnsupportedOperationException(option + " not supported");
			};
		}
		if (option == LinkOption.NOFOLLOW_LINKS) {
			return Architecture.current().noFollowFlag();
		}
		if (option == ExtendedOpenOption.DIRECT) {
			return Architecture.current().directFlag();
		}
		throw new UnsupportedOperationException(option + " not supported");
	}

	/**
	 * Complete everything, and end the threads. The second call does nothing.
	 */
	@Override
	public void close() {
		this.sockets.forEach(Engine::close);
	}

}
