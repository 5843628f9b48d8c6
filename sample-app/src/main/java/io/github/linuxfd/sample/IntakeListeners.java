package io.github.linuxfd.sample;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

import io.github.linuxfd.annotation.InotifyListener;
import io.github.linuxfd.annotation.SignalListener;
import io.github.linuxfd.annotation.TimerfdScheduled;
import io.github.linuxfd.event.EventQueueOverflowedEvent;
import io.github.linuxfd.event.EventSourceFailedEvent;
import io.github.linuxfd.inotify.InotifyEvent;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.listener.InotifyListenerContainer;
import io.github.linuxfd.listener.LinuxFdListenerEndpointRegistry;
import io.github.linuxfd.sample.LiveEvent.Kind;
import io.github.linuxfd.signalfd.SignalEvent;
import io.github.linuxfd.timerfd.TimerEvent;

/**
 * What the kernel has to say: a file is complete, somebody sent a signal, time has
 * passed.
 *
 * @author linuxfd
 */
@Component
class IntakeListeners {

	private static final String INBOX = "inbox";

	private static final Logger log = LoggerFactory.getLogger(IntakeListeners.class);

	private final FileIntake intake;

	private final RunningTotals totals;

	private final LiveFeed feed;

	private final ObjectProvider<LinuxFdListenerEndpointRegistry> listeners;

	private Totals reported;

	private long reportedNanos = System.nanoTime();

	IntakeListeners(FileIntake intake, RunningTotals totals, LiveFeed feed,
			ObjectProvider<LinuxFdListenerEndpointRegistry> listeners) {
		this.intake = intake;
		this.totals = totals;
		this.feed = feed;
		this.listeners = listeners;
		this.reported = totals.current();
	}

	/**
	 * Writers closed files, complete ones were moved here, or they were here before us.
	 * @param files what happened, as much as is waiting
	 */
	@InotifyListener(id = INBOX, path = "${intake.directory}/inbox",
			events = { InotifyEventFlag.CLOSE_WRITE, InotifyEventFlag.MOVED_TO }, existing = true)
	void arrived(List<InotifyEvent> files) {
		List<Path> arrived = new ArrayList<>(files.size());
		List<Path> found = new ArrayList<>();
		for (InotifyEvent file : files) {
			if (!file.isDirectory() && !file.isOverflow()) {
				Path path = file.path();
				this.feed.publish(LiveEvent.of(Kind.ARRIVED, path.getFileName().toString(),
						file.recovered() ? "found in the inbox" : file.flags().toString()));
				(file.recovered() ? found : arrived).add(path);
			}
		}
		this.intake.ingest(arrived);
		this.intake.ingestFound(found);
	}

	/**
	 * Look through the inbox because somebody says so.
	 * @param signal who that was
	 */
	@SignalListener(id = "rescan", value = "HUP", consume = true)
	void rescan(SignalEvent signal) {
		String sender = signal.isSenderKnown() ? "from pid " + signal.pid() + ", uid " + signal.uid()
				: "from an unknown sender";
		log.info("SIG{} {}: looking through the inbox", signal.signal(), sender);
		this.feed.publish(LiveEvent.of(Kind.SIGNAL, null, "SIG" + signal.signal() + " " + sender));
		lookThroughInbox();
	}

	/**
	 * Report what has been done since the last time.
	 * @param tick the timer's expiration
	 */
	@TimerfdScheduled(id = "throughput", fixedRate = "${intake.report-every}")
	void report(TimerEvent tick) {
		Totals now = this.totals.current();
		long nanos = System.nanoTime();
		double seconds = Math.max(nanos - this.reportedNanos, 1) / (double) Duration.ofSeconds(1).toNanos();
		long files = now.files() - this.reported.files();
		long failed = now.failed() - this.reported.failed();
		long rows = now.rows() - this.reported.rows();
		this.reported = now;
		this.reportedNanos = nanos;
		String text = String.format(Locale.ROOT, "files %d (%.1f/s), rows %d (%.1f/s), failed %d, in %.1f s", files,
				files / seconds, rows, rows / seconds, failed, seconds)
				+ ((tick.missed() > 0) ? ", ticks missed " + tick.missed() : "");
		if (files + failed > 0) {
			log.info("{}", text);
			this.feed.publish(LiveEvent.of(Kind.TICK, null, text));
		}
		else {
			log.debug("{}", text);
			this.feed.publish(LiveEvent.of(Kind.IDLE, null, "nothing came in " + Math.round(seconds) + " s"));
		}
	}

	/**
	 * Try again with the files that had to stay in the inbox.
	 */
	@TimerfdScheduled(id = "retry", fixedRate = "${intake.retry-every}")
	void retry() {
		if (this.intake.takeLeftBehind()) {
			lookThroughInbox();
		}
	}

	/*
	 * What is found comes to arrived(), as everything else.
	 */
	private void lookThroughInbox() {
		try {
			this.intake.recover();
		}
		catch (IOException | DataAccessException ex) {
			log.error("The records of files that have left the inbox could not be brought up to date", ex);
		}
		this.listeners.getObject()
			.container(INBOX)
			.filter(InotifyListenerContainer.class::isInstance)
			.map(InotifyListenerContainer.class::cast)
			.ifPresent(InotifyListenerContainer::rescan);
	}

	/**
	 * Files came faster than the kernel's queue could hold; nothing is lost, since the
	 * starter looks through the inbox now.
	 * @param event what happened
	 */
	@EventListener
	void overflowed(EventQueueOverflowedEvent event) {
		log.info("The kernel's event queue was full; the inbox is looked through");
		this.feed.publish(LiveEvent.of(Kind.NOTICE, null, "event queue full: looking through the inbox"));
	}

	/**
	 * Nothing comes from the kernel any more; the inbox was deleted, for instance.
	 * @param event what happened
	 */
	@EventListener
	void sourceFailed(EventSourceFailedEvent event) {
		log.error("{} has ended: {}", event.listener(), event.reason());
		this.feed.publish(LiveEvent.of(Kind.NOTICE, null, event.listener() + " has ended: " + event.reason()));
	}

}
