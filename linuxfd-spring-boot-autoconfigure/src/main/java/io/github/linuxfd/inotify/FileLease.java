package io.github.linuxfd.inotify;

import java.nio.file.Path;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;

/**
 * A read lease, fcntl(2) {@code F_SETLEASE}: the kernel grants it only if nobody has the
 * file open for writing, which is the one thing to learn from it here.
 *
 * @author linuxfd
 */
final class FileLease {

	private static final int F_SETSIG = 10;

	private static final int F_SETLEASE = 1024;

	private static final int F_RDLCK = 0;

	private static final int F_UNLCK = 2;

	private static final int SIGURG = 23;

	private FileLease() {
	}

	static FileWriter writer(Syscalls syscalls, Path file) {
		int result = syscalls.open(NativePaths.encode(file), Syscalls.CLOEXEC | Syscalls.NONBLOCK);
		if (result < 0) {
			return FileWriter.UNKNOWN;
		}
		OwnedFd fd = OwnedFd.adopt(syscalls, result, "open", file.toString());
		int number = fd.acquire();
		try {
			// a writer who comes while we hold the lease has us told by SIGIO, which
			// would
			// end the JVM; SIGURG is ignored unless somebody asks for it
			SyscallException.check("fcntl", syscalls.fcntl(number, F_SETSIG, SIGURG), "F_SETSIG");
			int lease = syscalls.fcntl(number, F_SETLEASE, F_RDLCK);
			if (lease == 0) {
				SyscallException.check("fcntl", syscalls.fcntl(number, F_SETLEASE, F_UNLCK), "F_SETLEASE, F_UNLCK");
				return FileWriter.ABSENT;
			}
			return Errno.EAGAIN.is(lease) ? FileWriter.PRESENT : FileWriter.UNKNOWN;
		}
		finally {
			fd.release();
			fd.close();
		}
	}

}
