package io.github.linuxfd.namespace;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.FdLoan;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;

/**
 * Code and child processes with a view of the system of their own.
 * <p>
 * unshare(2) and setns(2) move the calling thread, and no other one: done on a pool's
 * thread, whatever runs on it next is in the wrong place. {@link #fresh} and
 * {@link #entering} therefore run an action on a thread that is made for it and ends with
 * it; {@link #freshProcess} and {@link #enteringProcess} move a child process instead.
 * {@link #unshare} and {@link #setns} are the bare calls.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/namespaces.7.html">namespaces.7</a>
 */
public final class Namespaces {

	private static final String MS_REC_PRIVATE = "MS_REC|MS_PRIVATE";

	private static final long MS_REC = 0x4000;

	private static final long MS_PRIVATE = 0x40000;

	private static final byte[] ROOT = { '/', 0 };

	private final Syscalls syscalls;

	/**
	 * Make the calls through these.
	 * @param syscalls the calls
	 */
	public Namespaces(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code unshare(2)} - prepares a thread in namespaces that nobody else is in, and
	 * for {@link CloneFlag#NEWNS} with all mounts made private, so that none of the
	 * thread's mounts reaches the host. Needs {@code CAP_SYS_ADMIN}. Any thread may call.
	 * Linux 2.6.16; {@link CloneFlag} says which namespace is newer.
	 * @param first {@code NEWNS}, {@code NEWUTS}, {@code NEWIPC}, {@code NEWNET} or
	 * {@code NEWCGROUP}
	 * @param rest more of these
	 * @return the thread, to be given an action
	 * @throws IllegalArgumentException for any other flag; the message has the reason and
	 * what to do instead
	 */
	public NamespaceThread fresh(CloneFlag first, CloneFlag... rest) {
		Flags<CloneFlag> types = Flags.of(first, rest);
		requireThread(types);
		return new NamespaceThread(types, "fresh " + types, () -> {
			unshare(types);
			if (types.contains(CloneFlag.NEWNS)) {
				makeMountsPrivate();
			}
		});
	}

	/**
	 * {@code setns(2)} - prepares a thread in namespaces that exist. For mounts the
	 * thread gets a root and working directory of its own first, as the kernel demands.
	 * Needs {@code CAP_SYS_ADMIN} here and where it goes, and for mounts
	 * {@code CAP_SYS_CHROOT}. Any thread may call. Linux 3.0.
	 * @param first a namespace, to be kept open until the action has begun
	 * @param rest more of them
	 * @return the thread, to be given an action
	 * @throws IllegalArgumentException if one of them cannot be entered by a thread; the
	 * message has the reason and what to do instead
	 */
	public NamespaceThread entering(NamespaceFd first, NamespaceFd... rest) {
		List<NamespaceFd> namespaces = Stream.concat(Stream.of(first), Stream.of(rest)).toList();
		Flags<CloneFlag> types = Flags.of(CloneFlag.class, namespaces.stream().map(NamespaceFd::type).toList());
		requireThread(types);
		return new NamespaceThread(types, namespaces.toString(), () -> {
			detachRoot(types);
			for (NamespaceFd namespace : namespaces) {
				setns(namespace.fd(), Flags.of(namespace.type()));
			}
		});
	}

	/**
	 * {@code setns(2)} with a pidfd - prepares a thread in namespaces of a running
	 * process, all or none. Otherwise as {@link #entering(NamespaceFd, NamespaceFd...)}.
	 * Linux 5.8.
	 * @param pidfd the process, to be kept open until the action has begun
	 * @param first {@code NEWNS}, {@code NEWUTS}, {@code NEWIPC}, {@code NEWNET} or
	 * {@code NEWCGROUP}
	 * @param rest more of these
	 * @return the thread, to be given an action
	 * @throws IllegalArgumentException for any other flag; the message has the reason and
	 * what to do instead
	 */
	public NamespaceThread entering(OwnedFd pidfd, CloneFlag first, CloneFlag... rest) {
		Flags<CloneFlag> types = Flags.of(first, rest);
		requireThread(types);
		return new NamespaceThread(types, types + " of " + pidfd, () -> {
			detachRoot(types);
			setns(pidfd, types);
		});
	}

	/** Only with a root of its own may a thread enter a mount namespace. */
	private void detachRoot(Flags<CloneFlag> types) {
		if (types.contains(CloneFlag.NEWNS)) {
			unshare(Flags.of(CloneFlag.FS));
		}
	}

	private void makeMountsPrivate() {
		SyscallException.check("mount", this.syscalls.mount(null, ROOT, null, MS_REC | MS_PRIVATE, null),
				"\"/\", " + MS_REC_PRIVATE);
	}

	/**
	 * Prepare a child process in fresh namespaces: the command is started by unshare(1)
	 * of util-linux, because a JVM, which has many threads, may not do all of it, and
	 * because {@link ProcessBuilder#start()} leaves a thread behind where it is called.
	 * <p>
	 * With {@code NEWUSER} no privilege is needed: the child is root in there, and what
	 * it does to files is done by the user of this process. With {@code NEWPID} it is
	 * process 1, and with {@code NEWNS} as well it has a {@code /proc} of its own. With
	 * {@code NEWPID} or {@code NEWTIME}, {@link Process#pid()} is that of unshare(1),
	 * which passes the exit status on and ignores {@code TERM}:
	 * {@link Process#destroyForcibly()} ends both.
	 * @param types the namespaces to make
	 * @param command the program and its arguments
	 * @return a builder whose command is that of unshare(1), to be completed and started
	 * on any thread
	 * @throws IllegalArgumentException if there are no types, or flags that are not
	 * namespaces; the message has the reason
	 */
	public ProcessBuilder freshProcess(Flags<CloneFlag> types, String... command) {
		List<String> line = new ArrayList<>(List.of("unshare"));
		line.addAll(options(types));
		if (types.contains(CloneFlag.NEWUSER)) {
			line.add("--map-root-user");
		}
		if (types.contains(CloneFlag.NEWPID) && types.contains(CloneFlag.NEWNS)) {
			line.add("--mount-proc");
		}
		if (types.contains(CloneFlag.NEWPID) || types.contains(CloneFlag.NEWTIME)) {
			line.add("--kill-child"); // and with it --fork
		}
		return builder(line, command);
	}

	/**
	 * Prepare a child process in namespaces of a running process: the command is started
	 * by nsenter(1) of util-linux. Needs what setns(2) needs. With {@code NEWPID},
	 * {@link Process#pid()} is that of nsenter(1), which passes the exit status on;
	 * {@link Process#destroy()} ends nsenter(1) only, and the command goes on.
	 * @param pid the process; its number may become another one's when it ends
	 * @param types the namespaces to enter
	 * @param command the program and its arguments
	 * @return a builder whose command is that of nsenter(1), to be completed and started
	 * on any thread
	 * @throws IllegalArgumentException if there are no types, or flags that are not
	 * namespaces; the message has the reason
	 */
	public ProcessBuilder enteringProcess(long pid, Flags<CloneFlag> types, String... command) {
		List<String> line = new ArrayList<>(List.of("nsenter", "--target", Long.toString(pid)));
		line.addAll(options(types));
		return builder(line, command);
	}

	/**
	 * Prepare a child process in namespaces that exist, whether or not there is a process
	 * in them: the command is started by nsenter(1) of util-linux, which opens them by
	 * {@code /proc/pid/fd} of this process. Otherwise as
	 * {@link #enteringProcess(long, Flags, String...)}.
	 * @param namespaces the namespaces, to be kept open until the process is where it
	 * shall be
	 * @param command the program and its arguments
	 * @return a builder whose command is that of nsenter(1), to be completed and started
	 * on any thread
	 * @throws IllegalArgumentException if there are no namespaces or there is no command
	 * @throws IllegalStateException if one of them is closed
	 */
	public ProcessBuilder enteringProcess(List<NamespaceFd> namespaces, String... command) {
		requireNamespaces(Flags.of(CloneFlag.class, namespaces.stream().map(NamespaceFd::type).toList()));
		List<String> line = new ArrayList<>(List.of("nsenter"));
		for (NamespaceFd namespace : namespaces) {
			try (FdLoan lent = namespace.fd().lend()) {
				line.add(namespace.type().option() + "=/proc/" + this.syscalls.getpid() + "/fd/" + lent.number());
			}
		}
		return builder(line, command);
	}

	private static ProcessBuilder builder(List<String> line, String... command) {
		if (command.length == 0) {
			throw new IllegalArgumentException("There is no command");
		}
		line.add("--");
		line.addAll(List.of(command));
		return new ProcessBuilder(line);
	}

	private static List<String> options(Flags<CloneFlag> types) {
		requireNamespaces(types);
		return Stream.of(CloneFlag.values()).filter(types::contains).map(CloneFlag::option).toList();
	}

	/**
	 * {@code open(2)} of {@code /proc/pid/ns} - opens a namespace of a process. Needs
	 * {@code CAP_SYS_PTRACE} or the same user. Any thread may call. Linux 4.11.
	 * @param pid the process
	 * @param type the type of namespace
	 * @return the namespace, to be closed by the caller
	 * @throws SyscallException {@code ENOENT} - there is no such process; {@code EACCES}
	 * - it is somebody else's
	 * @throws IllegalArgumentException if the flag is not a namespace
	 */
	public NamespaceFd open(long pid, CloneFlag type) {
		requireNamespaces(Flags.of(type));
		return open(Path.of("/proc", Long.toString(pid), "ns", type.file()));
	}

	/**
	 * {@code open(2)}, {@code ioctl(2)} with {@code NS_GET_NSTYPE} - opens a namespace by
	 * its file. Any thread may call. Linux 4.11.
	 * @param path for instance {@code /proc/4711/ns/net} or {@code /run/netns/blue}
	 * @return the namespace, to be closed by the caller
	 * @throws SyscallException {@code ENOENT} - there is no such file; {@code EACCES} -
	 * it may not be opened
	 * @throws IllegalArgumentException if it is another file
	 */
	public NamespaceFd open(Path path) {
		return NamespaceFd.open(this.syscalls, path);
	}

	/**
	 * {@code unshare(2)} - gives the calling thread, and only it, its own of what it
	 * shares with the others. There is no way back but setns(2), and threads and
	 * processes that it starts go with it: never to be called on a thread that somebody
	 * else uses as well. {@link #fresh} has such a thread. Linux 2.6.16.
	 * @param flags what not to share
	 * @throws SyscallException {@code EPERM} - {@code CAP_SYS_ADMIN} is missing;
	 * {@code EINVAL} - {@code NEWUSER}, {@code THREAD}, {@code SIGHAND} or {@code VM} in
	 * a process with several threads, as a JVM is: see {@link #freshProcess};
	 * {@code ENOSPC} - {@code /proc/sys/user/max_*_namespaces} is reached
	 * @throws IllegalStateException on a virtual thread, whose carrier would be moved
	 */
	public void unshare(Flags<CloneFlag> flags) {
		requirePlatformThread();
		int result = this.syscalls.unshare((int) flags.bits());
		if (result < 0) {
			throw SyscallException.of("unshare", result,
					(Errno.EINVAL.is(result) && flags.contains(CloneFlag.NEWUSER)) ? flags
							+ ", which only a process with one thread may do: see Namespaces.freshProcess or unshare(1)"
							: flags.toString());
		}
	}

	/**
	 * {@code setns(2)} - moves the calling thread, and only it, into a namespace, or into
	 * several of a process. Threads and processes that it starts go with it: never to be
	 * called on a thread that somebody else uses as well. {@link #entering} has such a
	 * thread. Linux 3.0, with a pidfd 5.8.
	 * @param fd a namespace or a pidfd
	 * @param types what the namespace must be, possibly nothing; of a process those to
	 * enter
	 * @throws SyscallException {@code EPERM} - {@code CAP_SYS_ADMIN} is missing, for
	 * mounts {@code CAP_SYS_CHROOT}; {@code EINVAL} - it is of another type, or a user
	 * namespace, or one of mounts and the thread shares its root directory with others;
	 * {@code EUSERS} - a time namespace, which takes a process with one thread;
	 * {@code ESRCH} - the process has ended
	 * @throws IllegalStateException if the descriptor is closed, and on a virtual thread,
	 * whose carrier would be moved
	 */
	public void setns(OwnedFd fd, Flags<CloneFlag> types) {
		requirePlatformThread();
		int number = fd.acquire();
		try {
			int result = this.syscalls.setns(number, (int) types.bits());
			if (result < 0) {
				throw SyscallException.of("setns", result, fd + ", " + types);
			}
		}
		finally {
			fd.release();
		}
	}

	private static void requirePlatformThread() {
		// virtual threads are unknown to Java 17, and not to be had without this
		if (Thread.currentThread().getClass().getName().equals("java.lang.VirtualThread")) {
			throw new IllegalStateException("A virtual thread has no namespaces; its carrier would be moved, and with "
					+ "it every other virtual thread that it runs");
		}
	}

	private static void requireNamespaces(Flags<CloneFlag> types) {
		Flags<CloneFlag> others = types;
		for (CloneFlag flag : CloneFlag.values()) {
			if (flag.isNamespace()) {
				others = others.without(flag);
			}
			else if (types.contains(flag)) {
				throw new IllegalArgumentException(flag + " is refused here: " + refusal(flag));
			}
		}
		if (types.isEmpty() || !others.isEmpty()) {
			throw new IllegalArgumentException("Namespaces have to be named, not " + types);
		}
	}

	private static void requireThread(Flags<CloneFlag> types) {
		requireNamespaces(types);
		for (CloneFlag flag : List.of(CloneFlag.NEWUSER, CloneFlag.NEWPID, CloneFlag.NEWTIME)) {
			if (types.contains(flag)) {
				throw new IllegalArgumentException(flag + " is refused for a thread: " + refusal(flag));
			}
		}
	}

	private static String refusal(CloneFlag flag) {
		return switch (flag) {
			case FILES -> "with a table of descriptors of its own a thread keeps open what the others close, and its "
					+ "numbers mean other files to them. Namespaces.unshare has the bare call";
			case FS -> "root and working directory alone are no namespace. NEWNS takes them along, and "
					+ "Namespaces.unshare has the bare call";
			case NEWUSER -> "the kernel moves only processes with one thread into a user namespace, and a JVM has "
					+ "many. Start a child in it by Namespaces.freshProcess or enteringProcess, or by unshare(1)";
			case NEWPID -> "a thread keeps its process ids, only its children get new ones, and it can start no thread "
					+ "any more. Start a child in it by Namespaces.freshProcess or enteringProcess";
			case NEWTIME -> "a thread of a JVM keeps its clocks, only its children get others. Start a child in it by "
					+ "Namespaces.freshProcess or enteringProcess";
			default -> "it is not a namespace. Namespaces.unshare has the bare call";
		};
	}

}
