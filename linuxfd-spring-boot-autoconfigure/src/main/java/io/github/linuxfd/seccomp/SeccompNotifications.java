package io.github.linuxfd.seccomp;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts.Pollfd;
import io.github.linuxfd.ffi.Layouts.SeccompNotif;
import io.github.linuxfd.ffi.Layouts.SeccompNotifResp;
import io.github.linuxfd.ffi.Layouts.SeccompNotifSizes;
import io.github.linuxfd.ffi.Libseccomp;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * The calls that wait for an answer. The descriptor is readable for poll(2) and epoll(7)
 * while there is one that nobody has received. Whoever receives must not be one of those
 * who wait: a thread that makes such a call waits for itself.
 * <p>
 * The calls go straight to the kernel, because libseccomp's functions for them say
 * {@code ECANCELED} for every error. Any thread may call. Linux 5.0.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/seccomp_unotify.2.html">seccomp_unotify.2</a>
 */
public final class SeccompNotifications implements AutoCloseable {

	private static final short POLLIN = 1;

	private static final int SECCOMP_GET_NOTIF_SIZES = 3;

	private static final long SECCOMP_IOCTL_NOTIF_RECV = 0xc050_2100L;

	private static final long SECCOMP_IOCTL_NOTIF_SEND = 0xc018_2101L;

	private static final long SECCOMP_IOCTL_NOTIF_ID_VALID = 0x4008_2102L;

	private static final int SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;

	private final Syscalls syscalls;

	private final Libseccomp library;

	private final OwnedFd fd;

	/** What a newer kernel may write. */
	private final int requestBytes;

	private final int responseBytes;

	/** By architecture and number. */
	private final Map<Long, String> names = new ConcurrentHashMap<>();

	private SeccompNotifications(Syscalls syscalls, Libseccomp library, OwnedFd fd) {
		this.syscalls = syscalls;
		this.library = library;
		this.fd = fd;
		try (NativeMemory sizes = NativeMemory.allocate(SeccompNotifSizes.BYTES)) {
			SyscallException.check("seccomp", syscalls.seccomp(SECCOMP_GET_NOTIF_SIZES, 0, sizes.address()),
					"SECCOMP_GET_NOTIF_SIZES");
			this.requestBytes = Math.max(SeccompNotif.BYTES,
					Short.toUnsignedInt(sizes.bytes().getShort(SeccompNotifSizes.SECCOMP_NOTIF)));
			this.responseBytes = Math.max(SeccompNotifResp.BYTES,
					Short.toUnsignedInt(sizes.bytes().getShort(SeccompNotifSizes.SECCOMP_NOTIF_RESP)));
		}
	}

	/**
	 * The number becomes ours, and not a copy of it: the calls wait as long as there is
	 * one.
	 */
	static SeccompNotifications adopt(Syscalls syscalls, Libseccomp library, int result) {
		OwnedFd fd = OwnedFd.adopt(syscalls, result, "seccomp_notify_fd", "");
		try {
			return new SeccompNotifications(syscalls, library, fd);
		}
		catch (RuntimeException | Error ex) {
			fd.close();
			throw ex;
		}
	}

	/**
	 * Return the descriptor, to be watched by any poller. It stays owned by this object.
	 * @return the owner of the number
	 */
	public OwnedFd fd() {
		return this.fd;
	}

	/**
	 * {@code poll(2)} - waits until there is a call to receive. A {@link #close()} during
	 * the wait does not end it.
	 * @param timeout the longest wait, in milliseconds at the finest and 24 days at most
	 * @return {@code false} if the time is over
	 * @throws SyscallException if the wait fails
	 * @throws IllegalStateException if this is closed
	 */
	public boolean await(Duration timeout) {
		// rounded up, so that no wait ends early
		long millis = Math.max(0, timeout.plusNanos(999_999).toMillis());
		int number = this.fd.acquire();
		try (NativeMemory pollfd = NativeMemory.allocate(Pollfd.BYTES)) {
			pollfd.bytes().putInt(Pollfd.FD, number).putShort(Pollfd.EVENTS, POLLIN);
			int timeoutMillis = (int) Math.min(millis, Integer.MAX_VALUE);
			return SyscallException.check("poll", this.syscalls.poll(pollfd.address(), 1, timeoutMillis), this) > 0
					&& (pollfd.bytes().getShort(Pollfd.REVENTS) & POLLIN) != 0;
		}
		finally {
			this.fd.release();
		}
	}

	/**
	 * {@code ioctl(2)} with {@code SECCOMP_IOCTL_NOTIF_RECV} - takes a call that waits.
	 * Does not wait itself if the descriptor was readable and nobody else receives;
	 * otherwise it waits for as long as it takes, also after a {@link #close()}.
	 * @return the call, to be answered; empty if its thread has been interrupted by a
	 * signal, or has ended, meanwhile
	 * @throws SyscallException if it fails
	 * @throws IllegalStateException if this is closed
	 */
	public Optional<SeccompNotification> receive() {
		int number = this.fd.acquire();
		try (NativeMemory request = NativeMemory.allocate(this.requestBytes)) {
			int result;
			do {
				result = this.syscalls.ioctl(number, SECCOMP_IOCTL_NOTIF_RECV, request.address());
			}
			while (Errno.EINTR.is(result));
			if (Errno.ENOENT.is(result)) {
				return Optional.empty();
			}
			SyscallException.check("SECCOMP_IOCTL_NOTIF_RECV", result, this);
			return Optional.of(decode(request.bytes()));
		}
		finally {
			this.fd.release();
		}
	}

	private SeccompNotification decode(ByteBuffer request) {
		int architecture = request.getInt(SeccompNotif.ARCH);
		int call = request.getInt(SeccompNotif.NR);
		String name = this.names.computeIfAbsent((long) architecture << 32 | call & 0xffff_ffffL,
				(key) -> SystemCalls.name(this.library, architecture, call));
		List<Long> arguments = IntStream.range(0, 6)
			.mapToObj((index) -> request.getLong(SeccompNotif.ARGS + index * Long.BYTES))
			.toList();
		return new SeccompNotification(request.getLong(SeccompNotif.ID), request.getInt(SeccompNotif.PID), architecture,
				call, name, request.getLong(SeccompNotif.INSTRUCTION_POINTER), arguments);
	}

	/**
	 * {@code ioctl(2)} with {@code SECCOMP_IOCTL_NOTIF_SEND} - answers a call.
	 * @param notification the call
	 * @param answer what becomes of it
	 * @return {@code false} if it does not wait any more: it is answered already, or its
	 * thread has been interrupted by a signal, or has ended
	 * @throws SyscallException {@code EINVAL} - the kernel does not know {@code CONTINUE}
	 * @throws IllegalStateException if this is closed
	 */
	public boolean respond(SeccompNotification notification, SeccompAnswer answer) {
		int number = this.fd.acquire();
		try (NativeMemory response = NativeMemory.allocate(this.responseBytes)) {
			ByteBuffer bytes = response.bytes().putLong(SeccompNotifResp.ID, notification.id());
			switch (answer.kind()) {
				case CONTINUE -> bytes.putInt(SeccompNotifResp.FLAGS, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
				case ERRNO -> bytes.putInt(SeccompNotifResp.ERROR, -(int) answer.value());
				case VALUE -> bytes.putLong(SeccompNotifResp.VAL, answer.value());
			}
			int result;
			do {
				result = this.syscalls.ioctl(number, SECCOMP_IOCTL_NOTIF_SEND, response.address());
			}
			while (Errno.EINTR.is(result));
			if (Errno.ENOENT.is(result) || Errno.EINPROGRESS.is(result)) {
				return false;
			}
			SyscallException.check("SECCOMP_IOCTL_NOTIF_SEND", result, notification + ", " + answer);
			return true;
		}
		finally {
			this.fd.release();
		}
	}

	/**
	 * {@code ioctl(2)} with {@code SECCOMP_IOCTL_NOTIF_ID_VALID} - tells whether a call
	 * still waits. To be asked after something was opened by the thread's id, which may
	 * be another one's by now.
	 * @param notification the call
	 * @return {@code true} if it waits
	 * @throws SyscallException if it fails
	 * @throws IllegalStateException if this is closed
	 */
	public boolean isValid(SeccompNotification notification) {
		int number = this.fd.acquire();
		try (NativeMemory id = NativeMemory.allocate(Long.BYTES)) {
			id.bytes().putLong(0, notification.id());
			int result = this.syscalls.ioctl(number, SECCOMP_IOCTL_NOTIF_ID_VALID, id.address());
			if (Errno.ENOENT.is(result)) {
				return false;
			}
			SyscallException.check("SECCOMP_IOCTL_NOTIF_ID_VALID", result, notification);
			return true;
		}
		finally {
			this.fd.release();
		}
	}

	/**
	 * {@code close(2)} - as soon as no call uses the descriptor any more. All calls that
	 * wait, and all later ones, fail with {@code ENOSYS}.
	 * @throws IllegalStateException if this is closed already
	 */
	@Override
	public void close() {
		this.fd.close();
	}

	@Override
	public String toString() {
		return "SeccompNotifications[" + this.fd + "]";
	}

}
