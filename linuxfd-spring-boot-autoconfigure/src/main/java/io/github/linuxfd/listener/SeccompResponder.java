package io.github.linuxfd.listener;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationEventPublisher;
import org.springframework.util.ErrorHandler;

import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.event.EventSourceFailedEvent;
import io.github.linuxfd.eventloop.DescriptorSource;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.eventloop.EventSink;
import io.github.linuxfd.eventloop.EventSource;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.seccomp.SeccompAnswer;
import io.github.linuxfd.seccomp.SeccompFilter;
import io.github.linuxfd.seccomp.SeccompNotification;
import io.github.linuxfd.seccomp.SeccompNotifications;
import io.github.linuxfd.seccomp.SeccompNotifyListener;
import io.github.linuxfd.timerfd.TimerEvent;
import io.github.linuxfd.timerfd.TimerSetting;
import io.github.linuxfd.timerfd.Timerfd;
import io.github.linuxfd.timerfd.TimerfdClock;
import io.github.linuxfd.timerfd.TimerfdFactory;

/**
 * Sees to it that every call that waits gets an answer in time: from the listener, or the
 * default one. Lives as long as the process, as the filter does.
 * <p>
 * It has an event loop of its own, on which no code of the application runs: such code on
 * the common loop may make a call that is asked about, and would wait for itself. The
 * filter is checked not to ask about calls that this thread makes. Listeners run on
 * threads of their own too, because the application's executor may be one that runs them
 * on the caller's.
 *
 * @author linuxfd
 */
final class SeccompResponder extends EventSource {

	static final String THREAD_NAME = "linuxfd-seccomp";

	private static final String SOURCE = "linuxfd.seccomp";

	private static final Log logger = LogFactory.getLog(SeccompResponder.class);

	private static final Flags<EpollFlag> READABLE = Flags.of(EpollFlag.IN);

	private static final Duration IDLE_TIME = Duration.ofMinutes(1);

	private final SeccompNotifications notifications;

	private final EventLoop loop;

	private final Timerfd timer;

	private final Duration timeout;

	private final SeccompAnswer defaultAnswer;

	private final DispatchThreads threads = new DispatchThreads(THREAD_NAME + "-", IDLE_TIME);

	private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();

	/** In the order of their deadlines, for the loop's thread. */
	private final Queue<Question> questions = new ArrayDeque<>();

	private volatile @Nullable Throwable unreported;

	/** Why the kernel answers by itself. */
	private volatile @Nullable Throwable failure;

	private SeccompResponder(SeccompNotifications notifications, EventLoop loop, Timerfd timer, Duration timeout,
			SeccompAnswer defaultAnswer) {
		this.notifications = notifications;
		this.loop = loop;
		this.timer = timer;
		this.timeout = timeout;
		this.defaultAnswer = defaultAnswer;
	}

	/** What can fail comes before the filter, which cannot be taken back. */
	static SeccompResponder load(SeccompFilter filter, Resources resources, Duration timeout,
			SeccompAnswer defaultAnswer) {
		EventLoop loop = resources.loop().get();
		try {
			Deadlines deadlines = new Deadlines();
			Timerfd timer = open(loop, resources.timerfds(), deadlines);
			SeccompNotifications notifications = filter.loadListening();
			try {
				SeccompResponder responder = new SeccompResponder(notifications, loop, timer, timeout, defaultAnswer);
				deadlines.responder = responder;
				loop.register(responder);
				return responder;
			}
			catch (RuntimeException | Error ex) {
				notifications.close(); // or calls would wait for ever
				throw ex;
			}
		}
		catch (RuntimeException | Error ex) {
			loop.close();
			throw ex;
		}
	}

	private static Timerfd open(EventLoop loop, TimerfdFactory timerfds, Deadlines deadlines) {
		Timerfd timer = timerfds.open(TimerfdClock.MONOTONIC);
		try {
			loop.register(new DescriptorSource<>(loop, timer, deadlines));
			return timer;
		}
		catch (RuntimeException | Error ex) {
			timer.close();
			throw ex;
		}
	}

	void subscribe(Subscription subscription) {
		this.subscriptions.add(0, subscription);
	}

	void unsubscribe(SeccompNotifyListener listener) {
		this.subscriptions.removeIf((subscription) -> subscription.listener() == listener);
	}

	@Override
	protected OwnedFd fd() {
		return this.notifications.fd();
	}

	@Override
	protected Flags<EpollFlag> interest() {
		return READABLE;
	}

	/** Throws nothing: the loop would log it while calls still wait. */
	@Override
	protected void ready(int events) {
		try {
			if ((events & (int) EpollFlag.IN.bit()) == 0) {
				throw new IllegalStateException(this.notifications + " reports " + events);
			}
			this.notifications.receive().ifPresent(this::received);
		}
		catch (RuntimeException | Error ex) {
			giveUp(ex);
		}
	}

	private void received(SeccompNotification notification) {
		Question question = new Question(notification, System.nanoTime() + this.timeout.toNanos());
		Subscription subscription = this.subscriptions.stream().findFirst().orElse(null);
		if (subscription == null || !execute(() -> ask(subscription, question))) {
			answer(question, this.defaultAnswer);
			return;
		}
		Question first = this.questions.peek();
		while (first != null && first.answered) {
			this.questions.remove();
			first = this.questions.peek();
		}
		this.questions.add(question);
		if (this.questions.size() == 1) {
			this.timer.setTime(TimerSetting.once(this.timeout));
		}
	}

	/** Does not log here: an appender may make any call, and this thread answers it. */
	private boolean execute(Runnable task) {
		try {
			this.threads.execute(task);
			return true;
		}
		catch (RuntimeException | Error ex) {
			this.unreported = ex;
			return false;
		}
	}

	private void ask(Subscription subscription, Question question) {
		if (this.failure != null) {
			return; // the kernel has answered
		}
		try {
			// it may have been interrupted meanwhile, and is asked about again
			if (this.notifications.isValid(question.notification)) {
				answer(question, Objects.requireNonNull(subscription.listener().answer(question.notification),
						"The SeccompNotifyListener has returned null"));
			}
		}
		catch (Throwable ex) {
			answerFailed(subscription, question, ex);
		}
		Throwable noThread = this.unreported;
		if (noThread != null) {
			this.unreported = null;
			logger.error("Calls were answered by " + this.defaultAnswer + " for want of a thread", noThread);
		}
	}

	private void answerFailed(Subscription subscription, Question question, Throwable failure) {
		if (this.failure != null) {
			logger.debug("The kernel has answered " + question.notification, failure);
			return;
		}
		try {
			answer(question, this.defaultAnswer);
		}
		catch (RuntimeException | Error ex) {
			logger.error(question.notification + " is answered when its time is over, and cannot be now", ex);
		}
		subscription.errorHandler()
			.handleError(new IllegalStateException("The SeccompNotifyListener has failed at " + question.notification
					+ ", which is answered by " + this.defaultAnswer, failure));
	}

	/** Returns whether somebody was still waiting: the first answer counts. */
	private boolean answer(Question question, SeccompAnswer answer) {
		boolean taken = this.notifications.respond(question.notification, answer);
		question.answered = true;
		return taken;
	}

	/** On the loop's thread. */
	private void answerLate() {
		long nowNanos = System.nanoTime();
		Question first = this.questions.peek();
		while (first != null && (first.answered || first.deadlineNanos - nowNanos <= 0)) {
			if (!first.answered && answer(first, this.defaultAnswer)) {
				report(first);
			}
			this.questions.remove();
			first = this.questions.peek();
		}
		if (first != null) {
			this.timer.setTime(TimerSetting.once(Duration.ofNanos(first.deadlineNanos - nowNanos)));
		}
	}

	private void report(Question question) {
		execute(() -> logger.warn("The SeccompNotifyListener has not answered within " + this.timeout + "; "
				+ question.notification + " is answered by " + this.defaultAnswer));
	}

	/**
	 * Leaves it to the kernel: without a listener nobody waits, and only then this thread
	 * may log.
	 */
	private void giveUp(Throwable reason) {
		if (this.failure == null) {
			this.questions.clear();
			this.loop.cancel(this);
			failed(reason);
		}
	}

	/** Returns why calls are not answered here any more. */
	Optional<String> failure() {
		return Optional.ofNullable(this.failure).map((reason) -> String.valueOf(reason.getMessage()));
	}

	@Override
	protected void failed(Throwable reason) {
		if (this.failure != null) {
			return; // the timer has failed with the same loop
		}
		this.failure = reason;
		logger.error("Calls that seccomp asks about fail with ENOSYS from now on", reason);
		this.subscriptions.forEach((subscription) -> execute(() -> subscription.events()
			.publishEvent(new EventSourceFailedEvent(SOURCE, String.valueOf(reason.getMessage())))));
	}

	@Override
	protected void close() {
		if (this.notifications.fd().isOpen()) {
			this.notifications.close();
		}
	}

	@Override
	public String toString() {
		return "SeccompResponder[" + this.notifications + ", " + this.loop + "]";
	}

	/**
	 * Who answers.
	 */
	record Subscription(SeccompNotifyListener listener, ErrorHandler errorHandler, ApplicationEventPublisher events) {
	}

	/**
	 * What a responder is made of.
	 */
	record Resources(Supplier<EventLoop> loop, TimerfdFactory timerfds) {
	}

	/** A call that waits. */
	private static final class Question {

		private final SeccompNotification notification;

		private final long deadlineNanos;

		private volatile boolean answered;

		Question(SeccompNotification notification, long deadlineNanos) {
			this.notification = notification;
			this.deadlineNanos = deadlineNanos;
		}

	}

	/** There before the responder is, and silent until then. */
	private static final class Deadlines implements EventSink<TimerEvent> {

		private volatile @Nullable SeccompResponder responder;

		@Override
		public void accept(TimerEvent event) {
			SeccompResponder late = Objects.requireNonNull(this.responder);
			try {
				late.answerLate();
			}
			catch (RuntimeException | Error ex) {
				late.giveUp(ex);
			}
		}

		/** Without a time limit a call may wait for ever. */
		@Override
		public void failed(Throwable failure) {
			SeccompResponder unlimited = this.responder;
			if (unlimited != null) {
				unlimited.giveUp(failure);
			}
		}

	}

}
