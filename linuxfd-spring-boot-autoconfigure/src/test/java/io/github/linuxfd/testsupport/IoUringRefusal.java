package io.github.linuxfd.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.Libseccomp;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.seccomp.SeccompAction;
import io.github.linuxfd.seccomp.SeccompFactory;
import io.github.linuxfd.seccomp.SeccompFilter;
import io.github.linuxfd.seccomp.SeccompRule;

/**
 * Ways to be really refused io_uring, for a JVM that is forked.
 *
 * @author linuxfd
 */
public final class IoUringRefusal {

	/** For the whole host: who writes it has to restore it. */
	public static final Path SYSCTL = Path.of("/proc/sys/kernel/io_uring_disabled");

	/** {@code io_uring_setup}, {@code io_uring_enter}, {@code io_uring_register}. */
	private static final List<String> CALLS = List.of("425", "426", "427");

	private IoUringRefusal() {
	}

	/**
	 * By a seccomp filter, for this process and for ever.
	 * @param errno what the calls fail with
	 */
	public static void byFilter(Errno errno) {
		try (SeccompFilter filter = new SeccompFactory(Syscalls.system(), Libseccomp.find().orElseThrow())
			.open(SeccompAction.ALLOW)) {
			for (String number : CALLS) {
				filter.addRule(SeccompRule.of(SeccompAction.errno(errno), number));
			}
			filter.load();
		}
	}

	/**
	 * By the sysctl, for all processes, until the result is closed: as soon as possible.
	 * @return restores the value there was
	 * @throws IOException if it cannot be written
	 */
	public static Restoration bySysctl() throws IOException {
		String before = Files.readString(SYSCTL);
		Files.writeString(SYSCTL, "2");
		return () -> Files.writeString(SYSCTL, before);
	}

	/**
	 * Puts back what there was.
	 */
	@FunctionalInterface
	public interface Restoration extends AutoCloseable {

		@Override
		void close() throws IOException;

	}

}
