package io.github.linuxfd.eventloop;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import org.awaitility.Awaitility;

/**
 * Remembers what a source has read, and on which threads.
 *
 * @author linuxfd
 */
class Recorder implements EventSink<Long> {

	final List<Long> values = new CopyOnWriteArrayList<>();

	final List<String> threads = new CopyOnWriteArrayList<>();

	final List<Throwable> failures = new CopyOnWriteArrayList<>();

	private final Consumer<Long> then;

	Recorder() {
		this((value) -> {
		});
	}

	Recorder(Consumer<Long> then) {
		this.then = then;
	}

	@Override
	public void accept(Long value) {
		this.values.add(value);
		this.threads.add(Thread.currentThread().getName());
		this.then.accept(value);
	}

	@Override
	public void failed(Throwable failure) {
		this.failures.add(failure);
	}

	void await(int count) {
		Awaitility.await().pollInterval(Duration.ofMillis(1)).until(() -> this.values.size() >= count);
	}

}
