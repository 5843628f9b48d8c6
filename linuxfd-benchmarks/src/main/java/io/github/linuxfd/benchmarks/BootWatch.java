package io.github.linuxfd.benchmarks;

import java.util.List;
import java.util.Map;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.annotation.InotifyListener;
import io.github.linuxfd.event.EventQueueOverflowedEvent;
import io.github.linuxfd.inotify.InotifyEvent;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.metrics.LinuxFdMetrics;

/**
 * A watch through a Boot application with an annotated handler.
 *
 * @author linuxfd
 */
final class BootWatch {

	private static final String DIRECTORY = "benchmark.directory";

	private static final String PATH = "${" + DIRECTORY + "}";

	private BootWatch() {
	}

	static void run(String directory, Class<?>... handlers) throws InterruptedException {
		WatchRecorder recorder = new WatchRecorder();
		BootApplication.start(recorder, Map.of(DIRECTORY, directory), handlers);
		recorder.ready();
		recorder.awaitEnd();
		Contract.result(recorder.result());
	}

	static void runMetered(String directory) throws InterruptedException {
		run(directory, OneByOne.class, Metered.class);
	}

	static void runPublished(String directory) throws InterruptedException {
		WatchRecorder recorder = new WatchRecorder();
		WatchRecorder published = BootApplication
			.start(recorder, Map.of(DIRECTORY, directory), OneByOne.class, Published.class)
			.getBean(Published.class)
			.recorder();
		recorder.ready();
		recorder.awaitEnd();
		published.awaitEnd();
		Contract.result(recorder.result()
			.put("published", published.events())
			.put("published_agrees", published.agreesWith(recorder)));
	}

	/**
	 * What the handlers have in common.
	 */
	abstract static class Handler {

		private final WatchRecorder recorder;

		Handler(WatchRecorder recorder) {
			this.recorder = recorder;
		}

		final void record(InotifyEvent event) {
			String name = event.name();
			if (name != null) {
				if (event.recovered()) {
					this.recorder.recovered(name);
				}
				else {
					this.recorder.name(name);
				}
			}
		}

		@EventListener
		void overflowed(EventQueueOverflowedEvent event) {
			this.recorder.overflow();
		}

	}

	/**
	 * Takes each event, on a thread of the executor.
	 */
	static class OneByOne extends Handler {

		OneByOne(WatchRecorder recorder) {
			super(recorder);
		}

		@InotifyListener(path = PATH,
				events = { InotifyEventFlag.CREATE, InotifyEventFlag.CLOSE_WRITE, InotifyEventFlag.MOVED_TO })
		void on(InotifyEvent event) {
			record(event);
		}

	}

	/**
	 * Takes each event, on the loop's thread.
	 */
	static class OnLoop extends Handler {

		OnLoop(WatchRecorder recorder) {
			super(recorder);
		}

		@InotifyListener(path = PATH, dispatch = Dispatch.LOOP,
				events = { InotifyEventFlag.CREATE, InotifyEventFlag.CLOSE_WRITE, InotifyEventFlag.MOVED_TO })
		void on(InotifyEvent event) {
			record(event);
		}

	}

	/**
	 * Takes all events that are waiting.
	 */
	static class Lists extends Handler {

		Lists(WatchRecorder recorder) {
			super(recorder);
		}

		@InotifyListener(path = PATH,
				events = { InotifyEventFlag.CREATE, InotifyEventFlag.CLOSE_WRITE, InotifyEventFlag.MOVED_TO })
		void on(List<InotifyEvent> events) {
			for (InotifyEvent event : events) {
				record(event);
			}
		}

	}

	/**
	 * Takes each event, of those that have come within a millisecond.
	 */
	static class Window extends Handler {

		Window(WatchRecorder recorder) {
			super(recorder);
		}

		@InotifyListener(path = PATH, batchWindow = "1ms",
				events = { InotifyEventFlag.CREATE, InotifyEventFlag.CLOSE_WRITE, InotifyEventFlag.MOVED_TO })
		void on(InotifyEvent event) {
			record(event);
		}

	}

	/**
	 * Takes each event, of those that have come within a millisecond, on the loop's
	 * thread.
	 */
	static class WindowOnLoop extends Handler {

		WindowOnLoop(WatchRecorder recorder) {
			super(recorder);
		}

		@InotifyListener(path = PATH, batchWindow = "1ms", dispatch = Dispatch.LOOP,
				events = { InotifyEventFlag.CREATE, InotifyEventFlag.CLOSE_WRITE, InotifyEventFlag.MOVED_TO })
		void on(InotifyEvent event) {
			record(event);
		}

	}

	/**
	 * Takes the same events as application events.
	 */
	static class Published {

		private final WatchRecorder recorder = new WatchRecorder();

		WatchRecorder recorder() {
			return this.recorder;
		}

		@EventListener
		void on(InotifyEvent event) {
			String name = event.name();
			if (name != null) {
				if (event.recovered()) {
					this.recorder.recovered(name);
				}
				else {
					this.recorder.name(name);
				}
			}
		}

	}

	/**
	 * Has our meters bound, as an application with the actuator has.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Metered {

		@Bean
		MeterRegistry meterRegistry() {
			return new SimpleMeterRegistry();
		}

		@Bean
		SmartInitializingSingleton meterBinding(LinuxFdMetrics metrics, MeterRegistry registry) {
			return () -> metrics.bindTo(registry);
		}

	}

}
