package io.github.linuxfd.listener;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

import io.github.linuxfd.event.EventQueueOverflowedEvent;
import io.github.linuxfd.eventloop.DescriptorSource;
import io.github.linuxfd.eventloop.EventSink;
import io.github.linuxfd.eventloop.Pacing;
import io.github.linuxfd.fanotify.Fanotify;
import io.github.linuxfd.fanotify.FanotifyEvent;
import io.github.linuxfd.fanotify.FanotifyFactory;
import io.github.linuxfd.fanotify.FanotifyResponse;
import io.github.linuxfd.fanotify.OwnFiles;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.timerfd.TimerfdFactory;

/**
 * Brings the events of one mark to its listener, and its answers back. Whoever waits for
 * an answer gets one: from the listener, or when its time is over from the loop, which
 * reads on even if the listener has more to do than may wait.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class FanotifyListenerContainer extends ListenerContainer<FanotifyEvent> {

	private static final Log logger = LogFactory.getLog(FanotifyListenerContainer.class);

	/** So that a flood does not wake the loop and a worker for each event. */
	private static final Pacing FLOOD_PACING = Pacing.inFloods(Duration.ofNanos(100_000));

	/** Each that waits holds one or two descriptors. */
	private static final int MAX_WAITING_WITH_DESCRIPTORS = 256;

	private final FanotifyListenerEndpoint endpoint;

	private final FanotifyCloser closer;

	private final int ownPid = (int) ProcessHandle.current().pid();

	private volatile @Nullable DescriptorSource<FanotifyEvent> descriptorSource;

	private volatile @Nullable PendingAnswers pending;

	private volatile FanotifyResponse timeoutResponse = FanotifyResponse.ALLOW;

	/** Written by the loop's thread only. */
	private volatile long timeouts;

	private boolean toldOfFailure;

	FanotifyListenerContainer(FanotifyListenerEndpoint endpoint, ListenerContext context) {
		super(endpoint, context, FanotifyEvent.class,
				endpoint.hasDescriptors() ? Math.min(MAX_WAITING_WITH_DESCRIPTORS, context.settings().queueCapacity())
						: context.settings().queueCapacity());
		this.endpoint = endpoint;
		this.closer = new FanotifyCloser();
	}

	@Override
	public String source() {
		return "fanotify";
	}

	/**
	 * Return how often somebody was answered because the listener had not done so in
	 * time.
	 * @return the number since the context was made
	 */
	public long timeouts() {
		return this.timeouts;
	}

	@Override
	boolean open() {
		ApplicationContext application = context().applicationContext();
		FanotifySettings settings = this.endpoint.settings(application.getBean(FanotifySettings.class));
		if (this.endpoint.asksPermission() && !this.endpoint.isForced()) {
			refuseOwnFiles(application);
		}
		Fanotify group = application.getBean(FanotifyFactory.class).open(this.endpoint.type(), this.endpoint.flags());
		EventSink<FanotifyEvent> sink = this;
		try {
			if (this.endpoint.asksPermission()) {
				this.timeoutResponse = settings.timeoutResponse();
				PendingAnswers answers = new PendingAnswers(context().loop(),
						application.getBean(TimerfdFactory.class).open(), settings.timeout(), this::timedOut,
						this::timerFailed);
				answers.open();
				this.pending = answers;
				sink = new PermissionSink(answers);
			}
			DescriptorSource<FanotifyEvent> source = new DescriptorSource<>(context().loop(), group, sink,
					this.endpoint.asksPermission() ? Pacing.NONE : FLOOD_PACING);
			this.descriptorSource = source;
			context().loop().register(source);
			this.endpoint.ignore(group);
			// last, so that nobody waits for an answer before somebody reads the question
			group.addMark(this.endpoint.mark(), this.endpoint.path(), this.endpoint.events());
		}
		catch (RuntimeException | Error ex) {
			closeSources();
			if (group.isOpen()) {
				group.close();
			}
			throw ex;
		}
		return true;
	}

	/** The JVM would wait for itself, and everybody else for the JVM. */
	private void refuseOwnFiles(ApplicationContext application) {
		OwnFiles own = OwnFiles.find(application.getBean(Syscalls.class), logFiles(application.getEnvironment()));
		own.coveredBy(this.endpoint.mark(), this.endpoint.path()).ifPresent((file) -> {
			throw this.endpoint.invalid("it is asked for permission on " + this.endpoint.path() + ", and its "
					+ this.endpoint.mark() + " mark covers " + file
					+ ", which the JVM opens on its own: it could wait for itself for ever. Keep what is watched on a "
					+ "mount of its own, mark less, or set force = true", null);
		});
	}

	private static List<Path> logFiles(Environment environment) {
		List<Path> files = new ArrayList<>();
		for (String property : new String[] { "logging.file.name", "logging.file.path" }) {
			String value = environment.getProperty(property);
			if (StringUtils.hasText(value)) {
				files.add(Path.of(value));
			}
		}
		return files;
	}

	@Override
	void closeSources() {
		DescriptorSource<FanotifyEvent> source = this.descriptorSource;
		PendingAnswers answers = this.pending;
		try {
			context().loop().call(() -> {
				// the answer comes before the close, which would allow everything
				if (answers != null) {
					answers.close((event) -> event.respond(this.timeoutResponse));
				}
				if (source != null) {
					context().loop().cancel(source);
				}
			});
		}
		catch (RejectedExecutionException ex) {
			// the loop has closed everything with itself
			logger.debug("Listener '" + id() + "' was closed with the loop", ex);
		}
	}

	@Override
	void resumeSources() {
		DescriptorSource<FanotifyEvent> source = this.descriptorSource;
		if (source != null) {
			source.resume();
		}
	}

	@Override
	boolean isLoss(FanotifyEvent event) {
		return event.isOverflow() || event.failure().isPresent();
	}

	@Override
	@Nullable FanotifyEvent arrived(FanotifyEvent event) {
		if (event.failure().isPresent()) {
			addLost(1);
			tellOfFailure(event);
			event.close();
			return null;
		}
		this.toldOfFailure = false;
		return event;
	}

	/** Once, until an event comes as it should. */
	private void tellOfFailure(FanotifyEvent event) {
		if (!this.toldOfFailure) {
			this.toldOfFailure = true;
			soon(() -> logger.warn("Listener '" + id() + "' loses events, because their files cannot be opened: "
					+ event.failure().orElseThrow()
					+ (this.endpoint.asksPermission() ? "; the kernel has denied what it was asked" : "")));
		}
	}

	/** Not on the loop's thread: a log file may have to be opened. */
	private void soon(Runnable task) {
		context().executor().execute(task);
	}

	@Override
	void process(FanotifyEvent event, Consumer<? super FanotifyEvent> handler) {
		if (event.isOverflow()) {
			addLost(1);
			logger.warn("The kernel's queue for listener '" + id()
					+ "' was full (fs.fanotify.max_queued_events); events on " + this.endpoint.path() + " were lost");
			publish(new EventQueueOverflowedEvent(id(), this.endpoint.path()));
		}
		if (this.endpoint.asksPermission() && (!event.isPermission() || event.isAnswered())) {
			handled(event); // nobody waits: its time was over before its turn, or it is
							// no question
		}
		else {
			handler.accept(event);
		}
	}

	/** What the handler has returned, or nothing if it has failed. */
	static void answer(Object event, @Nullable Object returned) {
		((FanotifyEvent) event).respond((returned instanceof FanotifyResponse response) ? response
				: Boolean.TRUE.equals(Objects.requireNonNull(returned, "it has returned null")) ? FanotifyResponse.ALLOW
						: FanotifyResponse.DENY);
	}

	@Override
	void handled(FanotifyEvent event) {
		try {
			if (event.isPermission()) {
				event.respond(this.timeoutResponse);
			}
		}
		finally {
			event.close();
		}
	}

	@Override
	void abandoned(FanotifyEvent event) {
		answerAndClose(event, this.timeoutResponse);
	}

	/** Answered now, closed soon. */
	private void answerAndClose(FanotifyEvent event, FanotifyResponse answer) {
		try {
			if (event.isPermission()) {
				event.respond(answer);
			}
		}
		finally {
			this.closer.close(event);
		}
	}

	private void timedOut(FanotifyEvent event) {
		if (event.respond(this.timeoutResponse)) {
			this.timeouts = this.timeouts + 1;
			soon(() -> logger.warn("Listener '" + id() + "' has not answered in time; pid " + event.pid() + " got "
					+ this.timeoutResponse));
		}
	}

	/** Without it nobody may be left waiting: the kernel allows all with the close. */
	private void timerFailed(Throwable failure) {
		failed(failure);
		closeSources();
	}

	/**
	 * Takes all there is, so that nothing waits in the kernel without a limit.
	 */
	private final class PermissionSink implements EventSink<FanotifyEvent> {

		private final PendingAnswers answers;

		private boolean hasRoom;

		PermissionSink(PendingAnswers answers) {
			this.answers = answers;
		}

		@Override
		public boolean begin() {
			this.hasRoom = FanotifyListenerContainer.this.begin();
			return true;
		}

		@Override
		public void accept(FanotifyEvent event) {
			if (event.isPermission() && event.pid() == FanotifyListenerContainer.this.ownPid) {
				answerAndClose(event, FanotifyResponse.ALLOW);
			}
			else if (event.isPermission() && !this.hasRoom) {
				timedOut(event);
				FanotifyListenerContainer.this.closer.close(event);
			}
			else {
				if (event.isPermission()) {
					this.answers.add(event);
				}
				FanotifyListenerContainer.this.accept(event);
			}
		}

		@Override
		public void end() {
			FanotifyListenerContainer.this.end();
		}

		@Override
		public void failed(Throwable failure) {
			FanotifyListenerContainer.this.failed(failure);
			closeSources();
		}

	}

}
