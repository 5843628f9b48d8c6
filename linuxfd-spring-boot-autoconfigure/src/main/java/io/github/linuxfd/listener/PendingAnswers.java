package io.github.linuxfd.listener;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

import io.github.linuxfd.eventloop.DescriptorSource;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.eventloop.EventSink;
import io.github.linuxfd.fanotify.FanotifyEvent;
import io.github.linuxfd.timerfd.TimerEvent;
import io.github.linuxfd.timerfd.TimerSetting;
import io.github.linuxfd.timerfd.Timerfd;

/**
 * The events that somebody waits for the answer of, and the timer that ends the wait: in
 * the loop, where no handler can hold it up. For the loop's thread only.
 *
 * @author linuxfd
 */
final class PendingAnswers implements EventSink<TimerEvent> {

	private final EventLoop loop;

	private final Timerfd timer;

	private final DescriptorSource<TimerEvent> source;

	private final long timeoutNanos;

	private final Consumer<FanotifyEvent> answer;

	private final Consumer<Throwable> failure;

	/** In the order of their deadlines, because all have the same time. */
	private final Deque<Pending> waiting = new ArrayDeque<>();

	private boolean armed;

	/**
	 * Wait in a loop.
	 * @param loop runs this
	 * @param timer is closed by the loop
	 * @param timeout how long an event may wait
	 * @param answer answers an event whose time is over
	 * @param failure is told if the timer cannot be read any more
	 */
	PendingAnswers(EventLoop loop, Timerfd timer, Duration timeout, Consumer<FanotifyEvent> answer,
			Consumer<Throwable> failure) {
		this.loop = loop;
		this.timer = timer;
		this.timeoutNanos = timeout.toNanos();
		this.answer = answer;
		this.failure = failure;
		this.source = new DescriptorSource<>(loop, timer, this);
	}

	void open() {
		try {
			this.loop.register(this.source);
		}
		catch (RuntimeException | Error ex) {
			this.timer.close();
			throw ex;
		}
	}

	void add(FanotifyEvent event) {
		forgetAnswered();
		this.waiting.add(new Pending(event, System.nanoTime() + this.timeoutNanos));
		arm();
	}

	private void forgetAnswered() {
		while (!this.waiting.isEmpty() && this.waiting.peek().event().isAnswered()) {
			this.waiting.remove();
		}
	}

	/** Once for all that come before it is over: its first tick is early for the rest. */
	private void arm() {
		if (!this.armed && !this.waiting.isEmpty()) {
			long leftNanos = this.waiting.peek().deadlineNanos() - System.nanoTime();
			this.timer.setTime(TimerSetting.once(Duration.ofNanos(Math.max(1, leftNanos))));
			this.armed = true;
		}
	}

	@Override
	public void accept(TimerEvent tick) {
		this.armed = false;
		long nowNanos = System.nanoTime();
		forgetAnswered();
		while (!this.waiting.isEmpty() && this.waiting.peek().deadlineNanos() - nowNanos <= 0) {
			this.answer.accept(this.waiting.remove().event());
			forgetAnswered();
		}
		arm();
	}

	@Override
	public void failed(Throwable reason) {
		this.failure.accept(reason);
	}

	/** Nobody is to wait any more. */
	void close(Consumer<FanotifyEvent> lastAnswer) {
		this.waiting.forEach((pending) -> lastAnswer.accept(pending.event()));
		this.waiting.clear();
		this.loop.cancel(this.source);
	}

	private record Pending(FanotifyEvent event, long deadlineNanos) {
	}

}
