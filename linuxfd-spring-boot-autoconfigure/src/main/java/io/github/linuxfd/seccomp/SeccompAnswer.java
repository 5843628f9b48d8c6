package io.github.linuxfd.seccomp;

import java.util.Locale;

import io.github.linuxfd.errno.Errno;

/**
 * What becomes of a call that waits for an answer: {@code struct seccomp_notif_resp}.
 *
 * @param kind what becomes of it
 * @param value what it returns, the error's number, or 0
 * @author linuxfd
 * @since 0.1.0
 */
public record SeccompAnswer(Kind kind, long value) {

	/**
	 * The call is made ({@code SECCOMP_USER_NOTIF_FLAG_CONTINUE}, Linux 5.5). No means of
	 * security where an argument is an address: what is there can be changed by another
	 * thread after it was looked at.
	 */
	public static final SeccompAnswer CONTINUE = new SeccompAnswer(Kind.CONTINUE, 0);

	public SeccompAnswer {
		if (kind == Kind.CONTINUE && value != 0) {
			throw new IllegalArgumentException("A call that goes on returns what it returns, not " + value);
		}
		// to the kernel any other number is a result
		if (kind == Kind.ERRNO && (value < 1 || value > SeccompAction.MAX_ERRNO)) {
			throw new IllegalArgumentException(kind + " takes 1 to " + SeccompAction.MAX_ERRNO + ", not " + value);
		}
	}

	/**
	 * Return the answer that lets the call fail without making it.
	 * @param errno the error, up to 4095
	 * @return the answer
	 */
	public static SeccompAnswer errno(Errno errno) {
		return new SeccompAnswer(Kind.ERRNO, errno.number());
	}

	/**
	 * Return the answer that lets the call return something without making it.
	 * @param value what it returns
	 * @return the answer
	 */
	public static SeccompAnswer value(long value) {
		return new SeccompAnswer(Kind.VALUE, value);
	}

	/**
	 * Read an answer, as properties have it.
	 * @param text for instance {@code continue}, {@code errno:EPERM} or {@code value:0}
	 * @return the answer
	 */
	public static SeccompAnswer valueOf(String text) {
		String[] parts = text.strip().split(":", 2);
		try {
			Kind kind = Kind.valueOf(parts[0].toUpperCase(Locale.ROOT));
			if ((parts.length == 2) == (kind != Kind.CONTINUE)) {
				return switch (kind) {
					case CONTINUE -> CONTINUE;
					case ERRNO -> errno(SeccompAction.errnoOf(parts[1]));
					case VALUE -> value(Numbers.ofLong(parts[1]));
				};
			}
		}
		catch (IllegalArgumentException ex) {
			// without the cause, because Boot shows the innermost message only
			throw new IllegalArgumentException(noAnswer(text) + ": " + ex.getMessage());
		}
		throw new IllegalArgumentException(noAnswer(text));
	}

	private static String noAnswer(String text) {
		return "'" + text + "' is none of continue, errno:EPERM, value:0";
	}

	/**
	 * Return this answer in the form that {@link #valueOf} reads.
	 */
	@Override
	public String toString() {
		return switch (this.kind) {
			case CONTINUE -> "continue";
			case ERRNO -> SeccompAction.errno(new Errno((int) this.value)).toString();
			case VALUE -> "value:" + this.value;
		};
	}

	/**
	 * What becomes of a call.
	 */
	public enum Kind {

		/** It is made. */
		CONTINUE,

		/** It fails. */
		ERRNO,

		/** It returns a value. */
		VALUE

	}

}
