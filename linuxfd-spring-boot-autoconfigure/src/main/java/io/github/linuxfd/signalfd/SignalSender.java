package io.github.linuxfd.signalfd;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The process that sent a signal, as it was when the signal was read. For kill(2) the
 * kernel vouches for the ids; who queues a signal may write any.
 *
 * @param pid its process id; 0 if it is outside this PID namespace, which is mostly to
 * say outside this container
 * @param uid its real user id
 * @param command its name, no longer than 15 bytes, {@code /proc/pid/comm}; {@code null}
 * if it had ended already, or is hidden from us
 * @param commandLine its arguments, {@code /proc/pid/cmdline}, of which the first 4096
 * bytes are read; empty if they cannot be read
 * @param cgroup its control group, {@code /proc/pid/cgroup}; {@code null} if it cannot be
 * read
 * @author linuxfd
 * @since 0.1.0
 */
public record SignalSender(int pid, int uid, @Nullable String command, List<String> commandLine,
		@Nullable String cgroup) {

	public SignalSender {
		commandLine = List.copyOf(commandLine);
	}

	/**
	 * Whether the sender is in another PID namespace, for instance the host of this
	 * container.
	 * @return {@code true} if it has no process id here
	 */
	public boolean isOutsideContainer() {
		return this.pid == 0;
	}

	/**
	 * Return the systemd unit that the sender belongs to.
	 * @return the innermost service or scope of its control group, for instance
	 * {@code cron.service}; {@code null} if there is none
	 */
	public @Nullable String unit() {
		if (this.cgroup == null) {
			return null;
		}
		String unit = null;
		for (String name : this.cgroup.split("/")) {
			unit = (name.endsWith(".service") || name.endsWith(".scope")) ? name : unit;
		}
		return unit;
	}

	/**
	 * Return who it is, in words.
	 * @return for instance {@code pid 4711 (kubelet) uid 0}
	 */
	@Override
	public String toString() {
		if (isOutsideContainer()) {
			return "a process outside this container, uid " + this.uid;
		}
		return "pid " + this.pid + " (" + ((this.command != null) ? printable(this.command) : "ended or hidden")
				+ ") uid " + this.uid;
	}

	/** A process may choose any name, and is not to write lines into our log. */
	private static String printable(String name) {
		return name.chars()
			.map((character) -> Character.isISOControl(character) ? '?' : character)
			.collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
			.toString();
	}

}
