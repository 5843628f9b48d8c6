package io.github.linuxfd.kernel;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;

/**
 * What stands behind a failed system call and what mends it.
 *
 * @param cause the limit or permission, with its current value
 * @param action what to do, with the command if there is one
 * @author linuxfd
 * @since 0.1.0
 */
public record Remedy(String cause, String action) {

	private static final String ALLOW_IO_URING = "Allow io_uring_setup, io_uring_enter and io_uring_register in the "
			+ "container's seccomp profile, for instance --security-opt seccomp=<profile>.";

	/**
	 * Return what mends a failed call.
	 * @param failure the failed call
	 * @return the remedy, or empty if nothing better can be said than the error itself
	 */
	public static Optional<Remedy> of(SyscallException failure) {
		Errno errno = failure.errno();
		if (errno.equals(Errno.ENOSPC) && failure.syscall().equals("inotify_add_watch")) {
			return Optional
				.of(limit("inotify watches", "fs.inotify.max_user_watches", "user.max_inotify_watches", "watch less"));
		}
		if (errno.equals(Errno.EMFILE)) {
			if (isAtOpenFilesLimit()) {
				return Optional.of(openFilesLimit());
			}
			return Optional.of(switch (failure.syscall()) {
				case "inotify_init1" -> limit("inotify instances", "fs.inotify.max_user_instances",
						"user.max_inotify_instances", "watch less");
				case "fanotify_init" ->
					limit("fanotify groups", "fs.fanotify.max_user_groups", "user.max_fanotify_groups", "open less");
				default -> openFilesLimit();
			});
		}
		if (errno.equals(Errno.ENOSPC) && failure.syscall().equals("fanotify_mark")) {
			return Optional
				.of(limit("fanotify marks", "fs.fanotify.max_user_marks", "user.max_fanotify_marks", "mark less"));
		}
		if (errno.equals(Errno.EPERM) && failure.syscall().startsWith("fanotify_")) {
			return Optional.of(new Remedy(
					failure.syscall() + "(" + failure.detail() + ") needs CAP_SYS_ADMIN, which this process lacks.",
					"Give it to the process: AmbientCapabilities=CAP_SYS_ADMIN in the systemd unit, --cap-add=SYS_ADMIN "
							+ "for the container. Without it, and since Linux 5.13, only single files and directories "
							+ "can be marked, and nothing be permitted: mark = INODE."));
		}
		if (errno.equals(Errno.EACCES) && failure.syscall().equals("inotify_add_watch")) {
			return Optional.of(new Remedy("The user of this process may not read " + failure.detail() + ".",
					"Give that user read and search permission: chmod u+rx " + failure.detail()
							+ ", or choose another path."));
		}
		if (errno.equals(Errno.ENOENT) && failure.syscall().equals("inotify_add_watch")) {
			return Optional.of(new Remedy("There is no " + failure.detail() + ".",
					"Create it: mkdir -p " + failure.detail()
							+ ", or choose another path. A watch declared in the properties may be "
							+ "made optional: linuxfd.inotify.watches.<name>.optional=true."));
		}
		if (errno.equals(Errno.ENOTDIR) && failure.syscall().equals("inotify_add_watch")) {
			return Optional.of(new Remedy(failure.detail() + " is not a directory.",
					"Choose a directory, or do not ask for a recursive watch."));
		}
		if (errno.equals(Errno.EINVAL) && failure.syscall().equals("unshare") && failure.detail().contains("NEWUSER")) {
			return Optional.of(new Remedy(
					"The kernel moves a process into another user namespace only as long as it has one thread, "
							+ "and a JVM has many.",
					"Start a child process in it: Namespaces.freshProcess, or unshare --user --map-root-user <command>."));
		}
		if (errno.equals(Errno.EPERM) && failure.detail().contains("F_SETPIPE_SZ")) {
			return Optional.of(pipeLimit(failure.detail()));
		}
		if (errno.equals(Errno.ENFILE) && failure.syscall().equals("pipe2")) {
			return Optional.of(pipePagesLimit("fs.pipe-user-pages-hard"));
		}
		if (failure.capability().isPresent()) {
			return Optional.of(missing(failure.capability().get(), failure.syscall()));
		}
		if (errno.equals(Errno.ESRCH) && failure.syscall().equals("seccomp_load")) {
			return Optional
				.of(new Remedy("A thread has a seccomp filter of its own, so that all threads cannot have the same.",
						"Load filters for all threads only, or none before linuxfd does."));
		}
		if (errno.equals(Errno.EPERM) && failure.syscall().equals("timerfd_create")
				&& failure.detail().endsWith("_ALARM")) {
			return Optional.of(new Remedy(
					"The clock " + failure.detail()
							+ " wakes a suspended system, and this process lacks CAP_WAKE_ALARM.",
					"Give it that capability: setcap cap_wake_alarm+ep on the java program, or "
							+ "AmbientCapabilities=CAP_WAKE_ALARM in the systemd unit; or use REALTIME or BOOTTIME."));
		}
		if (failure.syscall().startsWith("io_uring_")) {
			Optional<Remedy> found = ioUring(failure);
			if (found.isPresent()) {
				return found;
			}
		}
		if (errno.equals(Errno.EAGAIN) && failure.syscall().equals("io_setup")) {
			long value = Limits.sysctl("fs.aio-max-nr").orElse(0);
			return Optional
				.of(new Remedy(
						"All processes together have as much Linux AIO as they may have; the limit fs.aio-max-nr is "
								+ value + ".",
						"Raise it: sysctl -w fs.aio-max-nr=" + Math.max(2 * value, 1 << 17) + "."));
		}
		if (errno.equals(Errno.ENOBUFS) && failure.syscall().equals("setsockopt")) {
			return Optional.of(multicastLimit(failure.detail()));
		}
		if (errno.equals(Errno.ENOBUFS) && failure.detail().startsWith("MCAST_")) {
			return Optional.of(multicastLimit(failure.detail()));
		}
		if (failure.detail().contains("pressure") && Set.of("open", "write").contains(failure.syscall())) {
			return pressure(failure);
		}
		if (errno.equals(Errno.ENOSYS) || errno.equals(Errno.EPERM)) {
			return Optional.of(new Remedy(
					failure.syscall() + " is refused by the kernel, a seccomp filter or a missing capability.",
					"Allow the system call in the container's seccomp profile, or switch the starter off: "
							+ "linuxfd.enabled=false."));
		}
		return Optional.empty();
	}

	private static Optional<Remedy> ioUring(SyscallException failure) {
		Errno errno = failure.errno();
		long disabled = Limits.sysctl("kernel.io_uring_disabled").orElse(0);
		if (errno.equals(Errno.EPERM) && disabled != 0) {
			return Optional.of(new Remedy("The sysctl kernel.io_uring_disabled is " + disabled
					+ ": io_uring is off for "
					+ ((disabled == 1)
							? "processes without CAP_SYS_ADMIN whose user is not in the group kernel.io_uring_group."
							: "all processes."),
					"Switch it on: sysctl -w kernel.io_uring_disabled=0."));
		}
		if (errno.equals(Errno.EPERM) || errno.equals(Errno.EACCES)) {
			return Optional.of(new Remedy(
					"A seccomp filter or security module refuses io_uring; the default profiles of containers do.",
					ALLOW_IO_URING));
		}
		if (errno.equals(Errno.ENOSYS) && failure.detail().contains("Linux")) {
			return Optional.of(new Remedy("The kernel " + System.getProperty("os.version") + " is too old.",
					"Use a newer kernel."));
		}
		if (errno.equals(Errno.ENOSYS)) {
			return Optional.of(new Remedy("A seccomp filter hides io_uring, or the kernel "
					+ System.getProperty("os.version") + " is built without it (CONFIG_IO_URING).", ALLOW_IO_URING));
		}
		if (errno.equals(Errno.ENOMEM)) {
			return Optional.of(new Remedy(
					"Memory is short, or more would be locked than RLIMIT_MEMLOCK allows, which is "
							+ text(Limits.maxLockedMemory(), "unlimited") + ".",
					"Raise the limit: ulimit -l, or LimitMEMLOCK= in the systemd unit; or ask for shorter queues."));
		}
		return Optional.empty();
	}

	private static Optional<Remedy> pressure(SyscallException failure) {
		Errno errno = failure.errno();
		if (errno.equals(Errno.EINVAL)) {
			return Optional
				.of(new Remedy("The kernel does not take this window from a process without CAP_SYS_RESOURCE.",
						"Use a window that is a multiple of 2 s, up to 10 s, or give the process that capability."));
		}
		if (errno.equals(Errno.ENOENT) || errno.equals(Errno.EOPNOTSUPP)) {
			return Optional.of(new Remedy(
					"This kernel does not measure pressure: it is built without CONFIG_PSI, "
							+ "started with psi=0, or the control group has no such file.",
					"Start it with psi=1, or choose another file."));
		}
		return Optional.of(new Remedy("The user of this process may not write to " + failure.detail() + ".",
				"Mount /proc/pressure or the control group's file writable in the container, or choose another file."));
	}

	/*
	 * The same limit exists for the user and for each user namespace; the smaller one
	 * holds.
	 */
	private static Remedy limit(String what, String sysctl, String namespaceSysctl, String otherwise) {
		OptionalLong user = Limits.sysctl(sysctl);
		OptionalLong namespace = Limits.sysctl(namespaceSysctl);
		boolean namespaceHolds = namespace.isPresent() && namespace.getAsLong() < user.orElse(Long.MAX_VALUE);
		String name = namespaceHolds ? namespaceSysctl : sysctl;
		long value = (namespaceHolds ? namespace : user).orElse(0);
		return new Remedy("The user of this process has no " + what + " left; the limit " + name + " is " + value + ".",
				"Raise it: sysctl -w " + name + "=" + Math.max(2 * value, 128)
						+ " (and put the line into /etc/sysctl.d to keep it), or " + otherwise + ".");
	}

	private static Remedy missing(String capability, String syscall) {
		String name = capability.substring("CAP_".length());
		return new Remedy(
				syscall + " needs the capability " + capability
						+ ", which this process lacks or its container keeps back.",
				"Give it: AmbientCapabilities=" + capability + " in the systemd unit, --cap-add=" + name
						+ " for the container, or run it as root in a user namespace of its own: "
						+ "unshare --user --map-root-user <command>.");
	}

	/** The message of the call names the limit that holds. */
	private static Remedy pipeLimit(String detail) {
		if (!detail.contains("fs.pipe-max-size")) {
			return pipePagesLimit("fs.pipe-user-pages-soft");
		}
		long value = Limits.sysctl("fs.pipe-max-size").orElse(0);
		return new Remedy(
				"A pipe may hold no more than fs.pipe-max-size, which is " + value
						+ " bytes, without CAP_SYS_RESOURCE.",
				"Ask for less, or raise it: sysctl -w fs.pipe-max-size=" + Math.max(2 * value, 1 << 20) + ".");
	}

	private static Remedy pipePagesLimit(String sysctl) {
		long value = Limits.sysctl(sysctl).orElse(0);
		return new Remedy(
				"The pipes of this process's user have all the memory they may have; the limit " + sysctl + " is "
						+ value + " pages.",
				"Raise it: sysctl -w " + sysctl + "=" + Math.max(2 * value, 1 << 14) + ", or close pipes.");
	}

	/** That of groups does not hold for those of IPv6, which all start alike. */
	private static Remedy multicastLimit(String detail) {
		boolean ipv6 = detail.contains("<ff");
		String sources = ipv6 ? "net.ipv6.mld_max_msf" : "net.ipv4.igmp_max_msf";
		long most = Limits.sysctl(sources).orElse(0);
		String cause = "sources of one group as it may; the limit " + sources + " is " + most;
		String command = "sysctl -w " + sources + "=" + Math.max(2 * most, 64);
		if (!ipv6) {
			String groups = "net.ipv4.igmp_max_memberships";
			long mostGroups = Limits.sysctl(groups).orElse(0);
			cause = "groups or " + cause + ", and " + groups + " is " + mostGroups;
			command = "sysctl -w " + groups + "=" + Math.max(2 * mostGroups, 64) + " or " + command;
		}
		return new Remedy("The socket has as many " + cause + ".", "Raise it: " + command + ", or use more sockets.");
	}

	private static Remedy openFilesLimit() {
		return new Remedy(
				"This process has no descriptor left; it has " + text(Limits.openFiles()) + " and may have "
						+ text(Limits.maxOpenFiles()) + " (RLIMIT_NOFILE).",
				"Raise the limit: ulimit -n, or LimitNOFILE= in the systemd unit; or find what leaks: ls -l /proc/"
						+ ProcessHandle.current().pid() + "/fd.");
	}

	/** Not to be seen at all is a sign of it too: the look itself needs descriptors. */
	private static boolean isAtOpenFilesLimit() {
		OptionalLong open = Limits.openFiles();
		OptionalLong max = Limits.maxOpenFiles();
		return open.isEmpty() || max.isEmpty() || open.getAsLong() >= max.getAsLong() - 1;
	}

	private static String text(OptionalLong value) {
		return text(value, "all it may have");
	}

	private static String text(OptionalLong value, String otherwise) {
		return value.isPresent() ? Long.toString(value.getAsLong()) : otherwise;
	}

}
