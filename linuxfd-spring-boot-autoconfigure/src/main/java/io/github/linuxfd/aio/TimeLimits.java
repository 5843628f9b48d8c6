package io.github.linuxfd.aio;

import java.time.Duration;
import java.util.Comparator;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Consumer;

import io.github.linuxfd.eventloop.DescriptorSource;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.eventloop.EventSink;
import io.github.linuxfd.timerfd.TimerEvent;
import io.github.linuxfd.timerfd.TimerSetting;
import io.github.linuxfd.timerfd.Timerfd;
import io.github.linuxfd.timerfd.TimerfdFactory;

/**
 * The waiting operations that have a time limit, and one timer for all of them, which is
 * set for the first. Only the loop's thread may call.
 *
 * @author linuxfd
 */
final class TimeLimits implements EventSink<TimerEvent>, AutoCloseable {

	private static final System.Logger LOGGER = System.getLogger(TimeLimits.class.getName());

	/** By difference, as {@link System#nanoTime()} asks for. */
	private static final Comparator<Operation<?>> BY_DEADLINE = (first, second) -> {
		int order = Long.compare(deadline(first) - deadline(second), 0);
		return (order != 0) ? order : Long.compare(first.token, second.token);
	};

	private final EventLoop loop;

	private final Timerfd timer;

	private final DescriptorSource<TimerEvent> source;

	private final Consumer<Operation<?>> expired;

	private final NavigableSet<Operation<?>> waiting = new TreeSet<>(BY_DEADLINE);

	private boolean armed;

	private long armedNanos;

	TimeLimits(EventLoop loop, TimerfdFactory timers, Consumer<Operation<?>> expired) {
		this.loop = loop;
		this.expired = expired;
		this.timer = timers.open();
		this.source = new DescriptorSource<>(loop, this.timer, this);
		boolean registered = false;
		try {
			loop.register(this.source);
			registered = true;
		}
		finally {
			if (!registered) {
				this.timer.close();
			}
		}
	}

	private static long deadline(Operation<?> operation) {
		return operation.startNanos + Math.min(operation.timeoutNanos, Long.MAX_VALUE / 4);
	}

	void add(Operation<?> operation) {
		this.waiting.add(operation);
		arm();
	}

	/** The timer may come too early then, and finds nothing. */
	void remove(Operation<?> operation) {
		this.waiting.remove(operation);
	}

	private void arm() {
		if (this.waiting.isEmpty()) {
			return;
		}
		long firstNanos = deadline(this.waiting.first());
		if (!this.armed || firstNanos - this.armedNanos < 0) {
			this.armed = true;
			this.armedNanos = firstNanos;
			long leftNanos = Math.max(1, firstNanos - System.nanoTime());
			this.timer.setTime(TimerSetting.once(Duration.ofNanos(leftNanos)));
		}
	}

	@Override
	public void accept(TimerEvent event) {
		this.armed = false;
		long nowNanos = System.nanoTime();
		while (!this.waiting.isEmpty() && deadline(this.waiting.first()) - nowNanos <= 0) {
			Operation<?> first = this.waiting.first();
			this.waiting.remove(first);
			this.expired.accept(first);
		}
		arm();
	}

	@Override
	public void failed(Throwable failure) {
		LOGGER.log(System.Logger.Level.ERROR, "Time limits of operations hold no more", failure);
	}

	@Override
	public void close() {
		this.loop.cancel(this.source);
	}

}
