package io.github.linuxfd.signalfd;

import java.util.List;
import java.util.Locale;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A signal by its number. The numbers are those of x86-64 and aarch64.
 *
 * @param number the kernel's number, from 1 to 64
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/signal.7.html">signal.7</a>
 */
public record Signal(int number) {

	/**
	 * The first real-time signal; the C library keeps 32 and 33 to itself.
	 */
	public static final Signal RTMIN = new Signal(34);

	/**
	 * The last real-time signal.
	 */
	public static final Signal RTMAX = new Signal(64);

	private static final List<String> NAMES = List.of("", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE",
			"KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN",
			"TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS");

	/**
	 * What the JVM ends by, with an exit status of 128 and the signal's number, after its
	 * shutdown hooks.
	 */
	public static final Set<Signal> TERMINATING = Set.of(of("HUP"), of("INT"), of("TERM"));

	public Signal {
		if (number < 1 || number > 64) {
			throw new IllegalArgumentException("There is no signal " + number + "; signals go from 1 to 64");
		}
	}

	/**
	 * Return the signal of that name.
	 * @param name {@code HUP}, {@code SIGHUP}, {@code RTMIN+2}, {@code RTMAX-1} or a
	 * number; upper or lower case
	 * @return the signal
	 * @throws IllegalArgumentException if there is no such signal
	 */
	public static Signal of(String name) {
		String bare = name.strip().toUpperCase(Locale.ROOT);
		bare = bare.startsWith("SIG") ? bare.substring(3) : bare;
		int number = NAMES.indexOf(bare);
		if (number > 0) {
			return new Signal(number);
		}
		try {
			if (bare.startsWith("RTMIN")) {
				return realTime(RTMIN.number, bare.substring(5), name);
			}
			if (bare.startsWith("RTMAX")) {
				return realTime(RTMAX.number, bare.substring(5), name);
			}
			return new Signal(Integer.parseInt(bare));
		}
		catch (NumberFormatException ex) {
			throw new IllegalArgumentException(
					"There is no signal '" + name + "'; use a name such as HUP, a number, or RTMIN+n", ex);
		}
	}

	private static Signal realTime(int base, String offset, String name) {
		int number = base + (offset.isEmpty() ? 0 : Integer.parseInt(offset));
		if (number < RTMIN.number || number > RTMAX.number) {
			throw new IllegalArgumentException(
					"There is no signal '" + name + "'; real-time signals go from RTMIN to RTMIN+30");
		}
		return new Signal(number);
	}

	/**
	 * Return the name without {@code SIG}.
	 * @return for instance {@code HUP} or {@code RTMIN+2}
	 */
	public String name() {
		if (this.number < NAMES.size()) {
			return NAMES.get(this.number);
		}
		return (this.number < RTMIN.number) ? Integer.toString(this.number)
				: (this.number == RTMIN.number) ? "RTMIN" : "RTMIN+" + (this.number - RTMIN.number);
	}

	/**
	 * Return why a Java application cannot take this signal for itself.
	 * @return the reason, or {@code null} if it can
	 */
	public @Nullable String refusal() {
		return switch (name()) {
			case "KILL", "STOP" -> "the kernel lets nobody catch it";
			case "SEGV", "BUS", "ILL", "FPE", "TRAP" -> "the JVM uses it for null checks, safepoints and compiled code";
			case "QUIT" -> "the JVM prints its threads on it";
			case "USR2" -> "the JVM suspends its own threads with it";
			case "ABRT" -> "the JVM dies by it to leave a core dump";
			case "32", "33" -> "the C library's threads use it";
			default -> null;
		};
	}

	@Override
	public String toString() {
		return name();
	}

}
