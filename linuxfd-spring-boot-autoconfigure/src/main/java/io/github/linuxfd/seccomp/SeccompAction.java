package io.github.linuxfd.seccomp;

import java.util.Locale;

import io.github.linuxfd.errno.Errno;

/**
 * What becomes of a system call: one of {@code SECCOMP_RET_*}. If several loaded filters
 * have an action for a call, the first in the order of {@link Kind} wins.
 *
 * @param kind what it does
 * @param data the error of {@link Kind#ERRNO}, the message of {@link Kind#TRACE},
 * otherwise 0
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man2/seccomp.2.html">seccomp.2</a>
 */
public record SeccompAction(Kind kind, int data) {

	/** The whole process is killed, as by {@code SIGSYS}. Linux 4.14. */
	public static final SeccompAction KILL_PROCESS = new SeccompAction(Kind.KILL_PROCESS, 0);

	/** The calling thread is killed, which leaves a JVM without it: it hangs. */
	public static final SeccompAction KILL_THREAD = new SeccompAction(Kind.KILL_THREAD, 0);

	/** The calling thread gets a {@code SIGSYS}, which ends a JVM. */
	public static final SeccompAction TRAP = new SeccompAction(Kind.TRAP, 0);

	/** A {@link SeccompNotifyListener} answers. Linux 5.0, for all threads 5.7. */
	public static final SeccompAction NOTIFY = new SeccompAction(Kind.NOTIFY, 0);

	/** The call is made, and the kernel log or the audit log has it. Linux 4.14. */
	public static final SeccompAction LOG = new SeccompAction(Kind.LOG, 0);

	/** The call is made. */
	public static final SeccompAction ALLOW = new SeccompAction(Kind.ALLOW, 0);

	static final int MAX_ERRNO = 4095;

	private static final int MAX_TRACE = 0xffff;

	public SeccompAction {
		int max = switch (kind) {
			case ERRNO -> MAX_ERRNO;
			case TRACE -> MAX_TRACE;
			default -> 0;
		};
		if (data < 0 || data > max) {
			throw new IllegalArgumentException(kind + " takes 0 to " + max + ", not " + data);
		}
	}

	/**
	 * Return the action that lets the call fail without making it.
	 * @param errno the error, up to 4095
	 * @return the action
	 */
	public static SeccompAction errno(Errno errno) {
		return new SeccompAction(Kind.ERRNO, errno.number());
	}

	/**
	 * Return the action that asks the process's ptrace(2) tracer; without one the call
	 * fails with {@code ENOSYS}.
	 * @param message what the tracer is told, 16 bits
	 * @return the action
	 */
	public static SeccompAction trace(int message) {
		return new SeccompAction(Kind.TRACE, message);
	}

	/**
	 * Read an action, as properties have it.
	 * @param text for instance {@code errno:EPERM}, {@code errno:1}, {@code notify},
	 * {@code log}, {@code allow}, {@code trap}, {@code trace:7}, {@code kill-process} or
	 * {@code kill-thread}
	 * @return the action
	 */
	public static SeccompAction valueOf(String text) {
		String[] parts = text.strip().split(":", 2);
		try {
			Kind kind = Kind.valueOf(parts[0].toUpperCase(Locale.ROOT).replace('-', '_'));
			if ((parts.length == 2) == (kind == Kind.ERRNO || kind == Kind.TRACE)) {
				int data = (parts.length < 2) ? 0
						: (kind == Kind.ERRNO) ? errnoOf(parts[1]).number() : Numbers.ofInt(parts[1], 0, MAX_TRACE);
				return new SeccompAction(kind, data);
			}
		}
		catch (IllegalArgumentException ex) {
			// without the cause, because Boot shows the innermost message only
			throw new IllegalArgumentException(noAction(text) + ": " + ex.getMessage());
		}
		throw new IllegalArgumentException(noAction(text));
	}

	private static String noAction(String text) {
		return "'" + text + "' is none of allow, log, notify, errno:EPERM, trace:1, trap, kill-thread, kill-process";
	}

	static Errno errnoOf(String text) {
		return Errno.named(text.toUpperCase(Locale.ROOT)).orElseGet(() -> new Errno(Numbers.ofInt(text, 0, MAX_ERRNO)));
	}

	/** Whether the call is made without asking anybody. */
	boolean isPermissive() {
		return this.kind == Kind.ALLOW || this.kind == Kind.LOG;
	}

	/** As the kernel has it. */
	int bits() {
		return this.kind.bits | this.data;
	}

	static SeccompAction ofBits(int bits) {
		for (Kind kind : Kind.values()) {
			if (kind.bits == (bits & 0xffff_0000)) {
				return new SeccompAction(kind, bits & 0xffff);
			}
		}
		throw new IllegalArgumentException("0x" + Integer.toHexString(bits) + " is no action of this version");
	}

	/**
	 * Return this action in the form that {@link #valueOf} reads.
	 */
	@Override
	public String toString() {
		String name = this.kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
		return switch (this.kind) {
			case ERRNO -> name + ":" + ((this.data > 0) ? new Errno(this.data).name().replace("errno ", "") : "0");
			case TRACE -> name + ":" + this.data;
			default -> name;
		};
	}

	/**
	 * What an action does, the strongest first.
	 */
	public enum Kind {

		/** {@code SECCOMP_RET_KILL_PROCESS}. */
		KILL_PROCESS(0x8000_0000),

		/** {@code SECCOMP_RET_KILL_THREAD}. */
		KILL_THREAD(0),

		/** {@code SECCOMP_RET_TRAP}. */
		TRAP(0x0003_0000),

		/** {@code SECCOMP_RET_ERRNO}. */
		ERRNO(0x0005_0000),

		/** {@code SECCOMP_RET_USER_NOTIF}. */
		NOTIFY(0x7fc0_0000),

		/** {@code SECCOMP_RET_TRACE}. */
		TRACE(0x7ff0_0000),

		/** {@code SECCOMP_RET_LOG}. */
		LOG(0x7ffc_0000),

		/** {@code SECCOMP_RET_ALLOW}. */
		ALLOW(0x7fff_0000);

		private final int bits;

		Kind(int bits) {
			this.bits = bits;
		}

	}

}
