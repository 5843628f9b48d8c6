package io.github.linuxfd.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.inotify.Inotify;
import io.github.linuxfd.inotify.InotifyCursor;
import io.github.linuxfd.inotify.InotifyEvent;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.inotify.InotifyFactory;

/**
 * A watch through our handle alone, read by the main thread.
 *
 * @author linuxfd
 */
final class HandleWatch {

	private static final Flags<InotifyEventFlag> EVENTS = Flags.of(InotifyEventFlag.CREATE,
			InotifyEventFlag.CLOSE_WRITE, InotifyEventFlag.MOVED_TO);

	private static final Duration LONG = Duration.ofDays(1);

	private final WatchRecorder recorder = new WatchRecorder();

	private HandleWatch() {
	}

	/** A record and its name are made of each event. */
	static void run(Path directory) {
		HandleWatch watch = new HandleWatch();
		Consumer<InotifyEvent> sink = watch::on;
		watch.read(directory, (inotify) -> inotify.drain(sink));
	}

	/** Events are looked at in place. */
	static void runCursor(Path directory) {
		HandleWatch watch = new HandleWatch();
		Consumer<InotifyCursor> sink = watch::on;
		watch.read(directory, (inotify) -> inotify.drainCursor(sink));
	}

	private void read(Path directory, ToIntFunction<Inotify> drain) {
		try (Inotify inotify = new InotifyFactory(Syscalls.system()).open()) {
			inotify.addWatch(directory, EVENTS);
			this.recorder.ready();
			while (!this.recorder.isEnded()) {
				if (inotify.isDrainedBy(drain.applyAsInt(inotify)) && !this.recorder.isEnded()) {
					inotify.await(LONG);
				}
			}
		}
		Contract.result(this.recorder.result());
	}

	private void on(InotifyCursor cursor) {
		int length = cursor.nameLength();
		if (length == 0) {
			if (cursor.is(InotifyEventFlag.Q_OVERFLOW)) {
				this.recorder.overflow();
			}
			return;
		}
		long number = 0;
		for (int i = 1; i < length; i++) {
			number = number * 10 + cursor.nameByte(i) - '0';
		}
		this.recorder.event((char) cursor.nameByte(0), number);
	}

	private void on(InotifyEvent event) {
		String name = event.name();
		if (name != null) {
			this.recorder.name(name);
		}
		else if (event.isOverflow()) {
			this.recorder.overflow();
		}
	}

}
