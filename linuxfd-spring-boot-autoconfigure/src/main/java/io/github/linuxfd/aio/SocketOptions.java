package io.github.linuxfd.aio;

import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Map;
import java.util.Set;

import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * {@code getsockopt(2)} and {@code setsockopt(2)} of Java's own options.
 *
 * @author linuxfd
 */
final class SocketOptions {

	static final int SOL_SOCKET = 1;

	private static final int IPPROTO_TCP = 6;

	private static final Name LINGER = new Name(SOL_SOCKET, 13);

	private static final Map<SocketOption<?>, Name> NAMES = Map.ofEntries(
			Map.entry(StandardSocketOptions.SO_SNDBUF, new Name(SOL_SOCKET, 7)),
			Map.entry(StandardSocketOptions.SO_RCVBUF, new Name(SOL_SOCKET, 8)),
			Map.entry(StandardSocketOptions.SO_REUSEADDR, new Name(SOL_SOCKET, 2)),
			Map.entry(StandardSocketOptions.SO_REUSEPORT, new Name(SOL_SOCKET, 15)),
			Map.entry(StandardSocketOptions.SO_KEEPALIVE, new Name(SOL_SOCKET, 9)),
			Map.entry(StandardSocketOptions.SO_LINGER, LINGER),
			Map.entry(StandardSocketOptions.SO_BROADCAST, new Name(SOL_SOCKET, 6)),
			Map.entry(StandardSocketOptions.TCP_NODELAY, new Name(IPPROTO_TCP, 1)),
			Map.entry(ExtendedSocketOptions.TCP_KEEPIDLE, new Name(IPPROTO_TCP, 4)),
			Map.entry(ExtendedSocketOptions.TCP_KEEPINTERVAL, new Name(IPPROTO_TCP, 5)),
			Map.entry(ExtendedSocketOptions.TCP_KEEPCOUNT, new Name(IPPROTO_TCP, 6)),
			Map.entry(ExtendedSocketOptions.TCP_QUICKACK, new Name(IPPROTO_TCP, 12)));

	static final Set<SocketOption<?>> OF_STREAM = Set.of(StandardSocketOptions.SO_SNDBUF,
			StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_REUSEPORT,
			StandardSocketOptions.SO_KEEPALIVE, StandardSocketOptions.SO_LINGER, StandardSocketOptions.TCP_NODELAY,
			ExtendedSocketOptions.TCP_KEEPIDLE, ExtendedSocketOptions.TCP_KEEPINTERVAL,
			ExtendedSocketOptions.TCP_KEEPCOUNT, ExtendedSocketOptions.TCP_QUICKACK);

	static final Set<SocketOption<?>> OF_SERVER = Set.of(StandardSocketOptions.SO_RCVBUF,
			StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_REUSEPORT);

	static final Set<SocketOption<?>> OF_DATAGRAM = Set.of(StandardSocketOptions.SO_SNDBUF,
			StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_REUSEPORT,
			StandardSocketOptions.SO_BROADCAST);

	private SocketOptions() {
	}

	static <T> void set(Syscalls syscalls, OwnedFd fd, SocketOption<T> option, @Nullable T value) {
		Name name = name(option);
		int number = fd.acquire();
		try (NativeMemory memory = NativeMemory.allocate(2 * Integer.BYTES)) {
			int bytes = Integer.BYTES;
			if (name == LINGER) {
				int seconds = (value != null) ? (Integer) value : -1;
				memory.bytes().putInt(0, (seconds >= 0) ? 1 : 0).putInt(Integer.BYTES, Math.max(seconds, 0));
				bytes = 2 * Integer.BYTES;
			}
			else if (value instanceof Boolean on) {
				memory.bytes().putInt(0, on ? 1 : 0);
			}
			else if (value instanceof Integer size && size >= 0) {
				memory.bytes().putInt(0, size);
			}
			else {
				throw new IllegalArgumentException(option.name() + " cannot be " + value);
			}
			SyscallException.check("setsockopt",
					syscalls.setsockopt(number, name.level(), name.option(), memory.address(), bytes), option.name());
		}
		finally {
			fd.release();
		}
	}

	static <T> T get(Syscalls syscalls, OwnedFd fd, SocketOption<T> option) {
		Name name = name(option);
		int number = fd.acquire();
		try (NativeMemory memory = NativeMemory.allocate(3 * Integer.BYTES)) {
			int lengthAt = 2 * Integer.BYTES;
			memory.bytes().putInt(lengthAt, 2 * Integer.BYTES);
			SyscallException.check("getsockopt", syscalls.getsockopt(number, name.level(), name.option(),
					memory.address(), memory.address() + lengthAt), option.name());
			int value = memory.bytes().getInt(0);
			if (name == LINGER) {
				return option.type().cast((value != 0) ? memory.bytes().getInt(Integer.BYTES) : -1);
			}
			if (option == StandardSocketOptions.SO_SNDBUF || option == StandardSocketOptions.SO_RCVBUF) {
				value /= 2; // the kernel counts its own share, socket(7)
			}
			return option.type().cast((option.type() == Boolean.class) ? (Object) (value != 0) : (Object) value);
		}
		finally {
			fd.release();
		}
	}

	private static Name name(SocketOption<?> option) {
		Name name = NAMES.get(option);
		if (name == null) {
			throw new UnsupportedOperationException("'" + option + "' not supported");
		}
		return name;
	}

	private record Name(int level, int option) {

	}

}
