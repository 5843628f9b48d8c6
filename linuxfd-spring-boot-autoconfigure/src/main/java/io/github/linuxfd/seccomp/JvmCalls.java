package io.github.linuxfd.seccomp;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a JVM needs from the kernel, and why a filter would be its end.
 *
 * @author linuxfd
 */
final class JvmCalls {

	/**
	 * Without one of these a JVM dies or freezes, if not at once then with the next
	 * collection.
	 */
	private static final Set<String> NEEDED = Set.of("access", "arch_prctl", "brk", "clock_getres", "clock_gettime",
			"clock_nanosleep", "clone", "clone3", "close", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2",
			"epoll_wait", "eventfd2", "exit", "exit_group", "faccessat", "fcntl", "fstat", "futex", "getdents64",
			"getpid", "getrandom", "getrusage", "gettid", "gettimeofday", "ioctl", "lseek", "lstat", "madvise",
			"membarrier", "mmap", "mprotect", "mremap", "munmap", "nanosleep", "newfstatat", "open", "openat", "poll",
			"ppoll", "prctl", "pread64", "pwrite64", "read", "readlink", "readlinkat", "readv", "restart_syscall",
			"rseq", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sched_getaffinity", "sched_yield",
			"set_robust_list", "sigaltstack", "stat", "statx", "sysinfo", "tgkill", "timerfd_settime", "uname", "write",
			"writev");

	/** Many calls in one, of which some can be missed. */
	private static final Set<String> MULTIPLEXED = Set.of("arch_prctl", "clone", "fcntl", "ioctl", "prctl");

	/**
	 * What HotSpot itself does beside that, on threads for which a safepoint waits: while
	 * such a thread waits for an answer, no Java code may run, and so nobody can answer.
	 */
	private static final Set<String> OWN = Set.of("accept", "accept4", "bind", "chdir", "chmod", "dup", "dup2", "dup3",
			"fallocate", "fchmod", "fdatasync", "fsync", "ftruncate", "getcwd", "getegid", "geteuid", "getgid",
			"getpriority", "getrlimit", "getuid", "kill", "listen", "mincore", "mkdir", "mkdirat", "mlock", "pipe",
			"pipe2", "prlimit64", "recvfrom", "rename", "renameat", "renameat2", "rmdir", "rt_sigsuspend",
			"rt_sigtimedwait", "sched_setaffinity", "sendto", "setpriority", "shmat", "shmctl", "shmdt", "shmget",
			"shutdown", "socket", "statfs", "timerfd_create", "timerfd_gettime", "times", "unlink", "unlinkat", "wait4",
			"waitid");

	private JvmCalls() {
	}

	/**
	 * Return whether nobody in this JVM may wait for an answer to a call.
	 * @param call the call's name
	 * @return {@code true} if waiting may freeze the JVM
	 */
	static boolean isUnanswerable(String call) {
		return NEEDED.contains(call) || OWN.contains(call);
	}

	/**
	 * Return what would harm this JVM.
	 * @param defaultAction the filter's default action
	 * @param rules its rules, with the calls' names
	 * @param exists whether this architecture has a call
	 * @return the reasons, none for a filter that does not
	 */
	static List<String> objections(SeccompAction defaultAction, Collection<SeccompRule> rules,
			Predicate<String> exists) {
		List<String> objections = new ArrayList<>();
		if (defaultAction.kind() == SeccompAction.Kind.KILL_THREAD) {
			objections.add("the default action kill-thread takes threads away from the JVM, which then waits for "
					+ "them for ever");
		}
		else if (!defaultAction.isPermissive()) {
			NEEDED.stream()
				.filter(exists)
				.filter((call) -> !isAllowed(call, rules))
				.sorted()
				.forEach((call) -> objections
					.add("a JVM needs " + call + ", which the default action " + defaultAction + " takes away"));
			if (defaultAction.kind() == SeccompAction.Kind.NOTIFY) {
				OWN.stream()
					.filter(exists)
					.filter((call) -> rules.stream().noneMatch((rule) -> isForAll(rule, call)))
					.sorted()
					.forEach((call) -> objections
						.add("the JVM itself calls " + call + ", and would wait for an answer that only it can give"));
			}
		}
		for (SeccompRule rule : rules) {
			objection(rule, objections);
		}
		return objections;
	}

	private static boolean isAllowed(String call, Collection<SeccompRule> rules) {
		return rules.stream().anyMatch((rule) -> isForAll(rule, call) && rule.action().isPermissive());
	}

	private static boolean isForAll(SeccompRule rule, String call) {
		return rule.call().equals(call) && rule.comparisons().isEmpty();
	}

	private static void objection(SeccompRule rule, List<String> objections) {
		String call = rule.call();
		if (rule.action().isPermissive()) {
			return;
		}
		if (rule.action().kind() == SeccompAction.Kind.KILL_THREAD) {
			objections.add("kill-thread for " + call + " takes a thread away from the JVM, which then waits for it "
					+ "for ever");
		}
		else if (rule.action().kind() == SeccompAction.Kind.NOTIFY && isUnanswerable(call)) {
			objections.add("the JVM itself calls " + call + " and would wait for an answer that only it can give");
		}
		else if (NEEDED.contains(call) && (rule.comparisons().isEmpty() || !MULTIPLEXED.contains(call))) {
			objections.add("a JVM needs " + call + " and would die or freeze without it");
		}
	}

}
