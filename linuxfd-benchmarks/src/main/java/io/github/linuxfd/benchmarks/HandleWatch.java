package io.github.linuxfd.benchmarks;

import java.nio.file.Path;
import java.time.Duration;

import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.inotify.Inotify;
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

	static void run(Path directory) {
		new HandleWatch().read(directory);
	}

	static void runCursor(Path directory) {
		throw new UnsupportedOperationException("There is no cursor over the events yet to watch " + directory);
	}

	private void read(Path directory) {
		try (Inotify inotify = new InotifyFactory(Syscalls.system()).open()) {
			inotify.addWatch(directory, EVENTS);
			this.recorder.ready();
			while (!this.recorder.isEnded()) {
				if (inotify.isDrainedBy(inotify.drain(this::on)) && !this.recorder.isEnded()) {
					inotify.await(LONG);
				}
			}
		}
		Contract.result(this.recorder.result());
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
