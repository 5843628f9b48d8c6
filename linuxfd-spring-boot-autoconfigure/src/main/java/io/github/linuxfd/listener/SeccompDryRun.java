package io.github.linuxfd.listener;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.context.ApplicationEventPublisher;

import io.github.linuxfd.event.SystemCallReportedEvent;
import io.github.linuxfd.seccomp.SeccompAnswer;
import io.github.linuxfd.seccomp.SeccompNotification;
import io.github.linuxfd.seccomp.SeccompNotifyListener;

/**
 * Reports calls that would be denied, and lets them be made.
 *
 * @author linuxfd
 */
final class SeccompDryRun implements SeccompNotifyListener {

	/** Processes choose their names, and may have any number of them. */
	static final int MAX_LOGGED = 100;

	private static final Log logger = LogFactory.getLog(SeccompDryRun.class);

	private final ApplicationEventPublisher events;

	/** The log has the first of a process, and the events all. */
	private final Set<String> logged = new HashSet<>();

	private long calls;

	private long beyond;

	SeccompDryRun(ApplicationEventPublisher events) {
		this.events = events;
	}

	@Override
	public SeccompAnswer answer(SeccompNotification notification) {
		SystemCallReportedEvent event = event(notification);
		switch (count(event)) {
			case FIRST -> logger.warn("seccomp would deny " + notification + " (" + describe(event) + ")");
			case LIMIT -> logger.warn("seccomp would deny more, of which this log has " + MAX_LOGGED
					+ " calls of different processes and takes no others; SystemCallReportedEvents have them");
			case KNOWN, BEYOND -> {
			}
		}
		this.events.publishEvent(event);
		return SeccompAnswer.CONTINUE;
	}

	private synchronized Report count(SystemCallReportedEvent event) {
		this.calls++;
		String key = event.call().call() + " by " + event.process();
		if (this.logged.contains(key)) {
			return Report.KNOWN;
		}
		if (this.logged.size() < MAX_LOGGED) {
			this.logged.add(key);
			return Report.FIRST;
		}
		this.beyond++;
		return (this.beyond == 1) ? Report.LIMIT : Report.BEYOND;
	}

	/** What there was, for those who look at the end only. */
	synchronized void summarize() {
		logger.info("seccomp would have denied " + this.calls + " calls; " + this.beyond
				+ " of them are by processes that this log does not name");
	}

	private static String describe(SystemCallReportedEvent event) {
		if (event.pid() == 0) {
			return "which has ended";
		}
		return (event.call().pid() == event.pid()) ? event.process()
				: event.thread() + ", a thread of " + event.pid() + " " + event.process();
	}

	/** The kernel tells the thread. */
	private static SystemCallReportedEvent event(SeccompNotification notification) {
		try {
			String thread = name(notification.pid());
			int pid = read(notification.pid() + "/status").lines()
				.filter((line) -> line.startsWith("Tgid:"))
				.mapToInt((line) -> Integer.parseInt(line.substring("Tgid:".length()).strip()))
				.findFirst()
				.orElse(0);
			return new SystemCallReportedEvent(notification, pid, name(pid), thread);
		}
		catch (IOException ex) {
			return new SystemCallReportedEvent(notification, 0, "", ""); // has ended
		}
	}

	/** Whatever is in it: the log has lines of its own. */
	private static String name(int id) throws IOException {
		return read(id + "/comm").strip().replaceAll("\\p{Cntrl}", "?");
	}

	/** The kernel cuts names in the middle of a character, which is replaced. */
	private static String read(String file) throws IOException {
		return new String(Files.readAllBytes(Path.of("/proc", file)), StandardCharsets.UTF_8);
	}

	private enum Report {

		FIRST, KNOWN, LIMIT, BEYOND

	}

}
