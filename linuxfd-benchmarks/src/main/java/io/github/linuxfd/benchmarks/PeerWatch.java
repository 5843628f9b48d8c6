package io.github.linuxfd.benchmarks;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;

import io.methvin.watcher.DirectoryChangeEvent;
import io.methvin.watcher.DirectoryWatcher;

/**
 * A watch through what Java has otherwise. None of it knows {@code CLOSE_WRITE}; being
 * told of creation and modification is nearest to it.
 *
 * @author linuxfd
 */
final class PeerWatch {

	private final WatchRecorder recorder = new WatchRecorder();

	private PeerWatch() {
	}

	static void watchService(Path directory) throws IOException, InterruptedException {
		new PeerWatch().takeKeys(directory);
	}

	static void directoryWatcher(Path directory) throws IOException, InterruptedException {
		new PeerWatch().listen(directory);
	}

	private void takeKeys(Path directory) throws IOException, InterruptedException {
		try (WatchService service = FileSystems.getDefault().newWatchService()) {
			directory.register(service, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
			this.recorder.ready();
			while (!this.recorder.isEnded()) {
				WatchKey key = service.take();
				for (WatchEvent<?> event : key.pollEvents()) {
					if (event.context() instanceof Path name) {
						this.recorder.name(name.toString());
					}
					else {
						this.recorder.overflow();
					}
				}
				key.reset();
			}
		}
		Contract.result(this.recorder.result());
	}

	private void listen(Path directory) throws IOException, InterruptedException {
		DirectoryWatcher watcher = DirectoryWatcher.builder()
			.path(directory)
			.fileHashing(false)
			.listener(this::on)
			.build();
		// registers before it returns
		watcher.watchAsync();
		this.recorder.ready();
		this.recorder.awaitEnd();
		Contract.result(this.recorder.result());
	}

	private void on(DirectoryChangeEvent event) {
		if (event.eventType() == DirectoryChangeEvent.EventType.OVERFLOW) {
			this.recorder.overflow();
		}
		else {
			this.recorder.name(event.path().getFileName().toString());
		}
	}

}
