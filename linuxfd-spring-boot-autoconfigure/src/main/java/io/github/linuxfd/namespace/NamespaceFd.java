package io.github.linuxfd.namespace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;

/**
 * A namespace, which lives at least as long as this is open, also without a process in
 * it. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/namespaces.7.html">namespaces.7</a>
 */
public final class NamespaceFd implements AutoCloseable {

	private static final long NS_GET_NSTYPE = 0xb703;

	private final OwnedFd fd;

	private final CloneFlag type;

	private final String name;

	private NamespaceFd(OwnedFd fd, CloneFlag type, String name) {
		this.fd = fd;
		this.type = type;
		this.name = name;
	}

	static NamespaceFd open(Syscalls syscalls, Path path) {
		int result = syscalls.open(NativePaths.encode(path), Syscalls.CLOEXEC | Syscalls.NONBLOCK);
		OwnedFd fd = OwnedFd.adopt(syscalls, result, "open", "\"" + path + "\"");
		boolean opened = false;
		try {
			NamespaceFd namespace = new NamespaceFd(fd, type(syscalls, fd, path), name(fd));
			opened = true;
			return namespace;
		}
		finally {
			if (!opened) {
				fd.close();
			}
		}
	}

	private static CloneFlag type(Syscalls syscalls, OwnedFd fd, Path path) {
		int number = fd.acquire();
		try {
			int bit = syscalls.ioctl(number, NS_GET_NSTYPE, 0);
			for (CloneFlag flag : CloneFlag.values()) {
				if (flag.isNamespace() && flag.bit() == bit) {
					return flag;
				}
			}
			throw new IllegalArgumentException("\"" + path + "\" is not a namespace that linuxfd knows"
					+ ((bit < 0) ? ": " + SyscallException.of("ioctl", bit, "NS_GET_NSTYPE").getMessage() : ""));
		}
		finally {
			fd.release();
		}
	}

	private static String name(OwnedFd fd) {
		int number = fd.acquire();
		try {
			// of the thread: /proc/self has the first thread's table of descriptors
			return Files.readSymbolicLink(Path.of("/proc/thread-self/fd", Integer.toString(number))).toString();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		finally {
			fd.release();
		}
	}

	/**
	 * {@code ioctl(2)} with {@code NS_GET_NSTYPE} - returns what kind of namespace this
	 * is. Linux 4.11.
	 * @return one of those that {@linkplain CloneFlag#isNamespace() are namespaces}
	 */
	public CloneFlag type() {
		return this.type;
	}

	/**
	 * Return the name, which no other living namespace has.
	 * @return for instance {@code uts:[4026531838]}, as the links in {@code /proc/pid/ns}
	 * say
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Return the descriptor. It stays owned by this object.
	 * @return the owner of the number
	 */
	public OwnedFd fd() {
		return this.fd;
	}

	/**
	 * {@code close(2)} - gives the namespace back, which ends with its last user.
	 * @throws IllegalStateException if this is closed already
	 */
	@Override
	public void close() {
		this.fd.close();
	}

	@Override
	public String toString() {
		return this.name;
	}

}
