package io.github.linuxfd.kernel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link Remedy} and {@link Limits}.
 *
 * @author linuxfd
 */
class RemedyTests {

	private static Remedy remedy(String call, Errno errno, String detail) {
		return Remedy.of(SyscallException.of(call, -errno.number(), detail)).orElseThrow();
	}

	private static long cat(String name) {
		return Long.parseLong(Shell.bash("cat /proc/sys/fs/inotify/" + name).orFail().strip());
	}

	@Test
	void watchesWhenUsedUpNamesLimitValueAndCommand() {
		long limit = cat("max_user_watches");
		Remedy remedy = remedy("inotify_add_watch", Errno.ENOSPC, "\"/x\"");
		assertThat(remedy.cause()).contains("no inotify watches left").endsWith("is " + limit + ".");
		assertThat(remedy.action()).contains("sysctl -w ").contains("_watches=" + Math.max(128, 2 * limit));
	}

	@Test
	void instancesWhenUsedUpNamesLimitValueAndCommand() {
		long limit = cat("max_user_instances");
		Remedy remedy = remedy("inotify_init1", Errno.EMFILE, "");
		assertThat(remedy.cause()).contains("no inotify instances left").endsWith("is " + limit + ".");
		assertThat(remedy.action()).contains("_instances=" + Math.max(128, 2 * limit));
	}

	@Test
	void fanotifyWhenUsedUpNamesLimitValueAndCommand() {
		assertThat(remedy("fanotify_init", Errno.EMFILE, "").cause()).contains("no fanotify groups left");
		assertThat(remedy("fanotify_init", Errno.EMFILE, "").action()).contains("_groups=").contains("sysctl -w ");
		assertThat(remedy("fanotify_mark", Errno.ENOSPC, "").cause()).contains("no fanotify marks left");
		assertThat(remedy("fanotify_mark", Errno.ENOSPC, "").action()).contains("_marks=");
	}

	@ParameterizedTest
	@ValueSource(strings = { "fanotify_init", "fanotify_mark" })
	void fanotifyWhenCapabilityIsMissingNamesItAndWhatGoesWithout(String call) {
		Remedy remedy = remedy(call, Errno.EPERM, "x");
		assertThat(remedy.cause()).isEqualTo(call + "(x) needs CAP_SYS_ADMIN, which this process lacks.");
		assertThat(remedy.action()).contains("AmbientCapabilities=CAP_SYS_ADMIN").contains("mark = INODE");
	}

	@Test
	void descriptorsWhenUsedUpNamesTheLimitOfTheProcess() {
		Remedy remedy = remedy("eventfd", Errno.EMFILE, "0");
		assertThat(remedy.cause()).contains("RLIMIT_NOFILE")
			.contains("may have " + Limits.maxOpenFiles().orElseThrow());
		assertThat(remedy.action()).contains("LimitNOFILE=").contains("/proc/" + ProcessHandle.current().pid() + "/fd");
	}

	@Test
	void watchWhenPathIsWrongNamesThePath() {
		assertThat(remedy("inotify_add_watch", Errno.EACCES, "\"/x\"").action()).contains("chmod u+rx \"/x\"");
		assertThat(remedy("inotify_add_watch", Errno.ENOENT, "\"/x\"").action()).contains("mkdir -p \"/x\"");
		assertThat(remedy("inotify_add_watch", Errno.ENOTDIR, "\"/x\"").cause())
			.isEqualTo("\"/x\" is not a directory.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "epoll_create1", "timerfd_create", "inotify_init1" })
	void callWhenRefusedNamesSeccompAndTheSwitch(String call) {
		for (Errno errno : new Errno[] { Errno.ENOSYS, Errno.EPERM }) {
			assertThat(remedy(call, errno, "").cause()).startsWith(call + " is refused").contains("seccomp");
			assertThat(remedy(call, errno, "").action()).contains("linuxfd.enabled=false");
		}
	}

	@Test
	void errorWhenNothingBetterCanBeSaidHasNoRemedy() {
		assertThat(Remedy.of(SyscallException.of("read", -5, ""))).isEmpty();
		assertThat(Remedy.of(SyscallException.of("write", -28, ""))).isEmpty();
	}

	@Test
	void sysctlWhenNotThereOrNoNumberIsEmpty() {
		assertThat(Limits.sysctl("fs.inotify.no_such_thing")).isEmpty();
		assertThat(Limits.sysctl("kernel.ostype")).isEmpty();
		assertThat(Limits.openFiles().orElseThrow()).isPositive();
	}

	@ParameterizedTest
	@ValueSource(strings = { "max_queued_events", "max_user_instances", "max_user_watches" })
	void sysctlIsTheWholeNumber(String name) {
		assertThat(Limits.sysctl("fs.inotify." + name)).hasValue(cat(name));
	}

	@Test
	void remedyWhenAPipeIsTooLargeNamesTheLimit() {
		assertThat(Remedy.of(SyscallException.of("fcntl", -1, "x, F_SETPIPE_SZ, 9; fs.pipe-max-size is 1"))
			.orElseThrow()
			.cause()).contains("fs.pipe-max-size, which is " + Limits.sysctl("fs.pipe-max-size").orElseThrow());
		assertThat(Remedy.of(SyscallException.of("fcntl", -1, "x, F_SETPIPE_SZ, 9; fs.pipe-user-pages-soft is 1"))
			.orElseThrow()
			.cause()).contains("fs.pipe-user-pages-soft is " + Limits.sysctl("fs.pipe-user-pages-soft").orElseThrow());
		assertThat(Remedy.of(SyscallException.of("pipe2", -23, "0")).orElseThrow().action())
			.contains("sysctl -w fs.pipe-user-pages-hard=");
	}

	@Test
	void maxOpenFilesIsThatOfTheShell() {
		// the limit is inherited; the JVM may have raised its own to the hard one
		assertThat(Long.toString(Limits.maxOpenFiles().orElseThrow()))
			.isIn(Shell.bash("ulimit -Sn; ulimit -Hn").orFail().split("\n"));
	}

	@Test
	void ioUringWhenRefusedNamesWhoRefusesIt() {
		assertThat(remedy("io_uring_setup", Errno.EPERM, "256").cause())
			.startsWith("A seccomp filter or security module");
		assertThat(remedy("io_uring_setup", Errno.EPERM, "256").action()).contains("io_uring_register")
			.contains("--security-opt seccomp=");
		assertThat(remedy("io_uring_setup", Errno.ENOSYS, "256").cause()).contains("CONFIG_IO_URING");
		assertThat(remedy("io_uring_enter", Errno.ENOSYS, "IORING_ASYNC_CANCEL_FD, which Linux has since 5.19").cause())
			.endsWith("is too old.");
		String locked = Limits.maxLockedMemory().isPresent() ? "" + Limits.maxLockedMemory().getAsLong() : "unlimited";
		assertThat(remedy("io_uring_setup", Errno.ENOMEM, "256").cause()).endsWith("which is " + locked + ".");
	}

	@Test
	void linuxAioWhenUsedUpNamesLimitValueAndCommand() {
		long limit = Long.parseLong(Shell.bash("cat /proc/sys/fs/aio-max-nr").orFail().strip());
		Remedy remedy = remedy("io_setup", Errno.EAGAIN, "256");
		assertThat(remedy.cause()).endsWith("fs.aio-max-nr is " + limit + ".");
		assertThat(remedy.action()).contains("sysctl -w fs.aio-max-nr=" + Math.max(2 * limit, 1 << 17));
	}

	@Test
	void multicastWhenUsedUpNamesLimitsValuesAndCommands() {
		long groups = Limits.sysctl("net.ipv4.igmp_max_memberships").orElse(0);
		long sources = Limits.sysctl("net.ipv4.igmp_max_msf").orElse(0);
		Remedy remedy = remedy("setsockopt", Errno.ENOBUFS, "MCAST_JOIN_GROUP, <239.255.7.1,lo,any source>");
		assertThat(remedy.cause()).contains("igmp_max_msf is " + sources)
			.endsWith("igmp_max_memberships is " + groups + ".");
		assertThat(remedy.action()).contains("sysctl -w net.ipv4.igmp_max_memberships=" + Math.max(2 * groups, 64))
			.contains("sysctl -w net.ipv4.igmp_max_msf=" + Math.max(2 * sources, 64));
		assertThat(
				remedy("setsockopt", Errno.ENOBUFS, "MCAST_BLOCK_SOURCE, <ff15:0:0:0:0:0:7:1,lo,any source>").cause())
			.isEqualTo("The socket has as many sources of one group as it may; the limit net.ipv6.mld_max_msf is "
					+ Limits.sysctl("net.ipv6.mld_max_msf").orElse(0) + ".");
	}

}
