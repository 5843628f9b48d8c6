package io.github.linuxfd.listener;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.util.FileSystemUtils;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.annotation.FanotifyListener;
import io.github.linuxfd.event.EventQueueOverflowedEvent;
import io.github.linuxfd.fanotify.FanotifyEvent;
import io.github.linuxfd.fanotify.FanotifyEventFlag;
import io.github.linuxfd.fanotify.FanotifyMark;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.testsupport.EnabledIfCapability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * {@link FanotifyListener @FanotifyListener} that is told of events.
 *
 * @author linuxfd
 */
class FanotifyListenerIntegrationTests extends FanotifyListenerSpecification {

	@Test
	void fileWhenWrittenOrMovedInReachesEveryKindOfHandler() {
		runner(Told.class).run((context) -> {
			file("a");
			Files.move(file("b.part"), this.directory.resolve("b"));
			Told told = context.getBean(Told.class);
			await().untilAsserted(() -> {
				assertThat(told.paths).contains(this.directory.resolve("a"), this.directory.resolve("b"));
				assertThat(told.published).hasSizeGreaterThanOrEqualTo(2 * told.paths.size());
				assertThat(told.batches).isNotEmpty();
				assertThat(told.onLoop).contains("linuxfd-loop");
			});
			assertThat(container(context).source()).isEqualTo("fanotify");
			assertThat(container(context).events()).isPositive();
		});
	}

	@Test
	void overflowIsToldCountedAndPublished() throws Exception {
		// in memory, because it takes many files
		Path many = Files.createTempDirectory(Path.of("/dev/shm"), "linuxfd");
		runner(Collecting.class).withPropertyValues("test.dir=" + many, "linuxfd.dispatch.queue-capacity=16")
			.run((context) -> {
				FanotifyListenerContainer container = container(context);
				Collecting collecting = context.getBean(Collecting.class);
				// the handler waits, so that the kernel's queue is not read any more
				touch(many, 5000);
				collecting.go.countDown();
				await().untilAsserted(() -> {
					assertThat(collecting.overflowed).isNotEmpty();
					assertThat(collecting.overflows).isNotEmpty()
						.allSatisfy((event) -> assertThat(event.path()).isEqualTo(many));
					assertThat(container.lost()).isEqualTo(collecting.overflowed.size());
				});
			});
		FileSystemUtils.deleteRecursively(many);
	}

	/** Which is nothing that happens to a directory. */
	@Test
	void fileWhenItIsMovedAndDeletedItselfIsReported() throws Exception {
		Path first = file("first");
		runner(Itself.class).withPropertyValues("test.file=" + first).run((context) -> {
			Itself itself = context.getBean(Itself.class);
			Path second = Files.move(first, this.directory.resolve("second"));
			await().untilAsserted(() -> assertThat(itself.happened).contains(FanotifyEventFlag.MOVE_SELF));
			assertThat(itself.happened).doesNotContain(FanotifyEventFlag.DELETE_SELF);
			Files.delete(second);
			await().untilAsserted(() -> assertThat(itself.happened).contains(FanotifyEventFlag.DELETE_SELF));
		});
	}

	@Test
	void ignoredFilesAndDirectoriesAreNotReported() throws Exception {
		Path file = file("quiet-file");
		Path below = Files.createDirectory(this.directory.resolve("quiet-directory"));
		runner(Listening.class).withPropertyValues("test.quiet=" + file, "test.below=" + below).run((context) -> {
			Files.writeString(file, "again");
			Files.setLastModifiedTime(below, Files.getLastModifiedTime(file));
			file("loud");
			await().untilAsserted(() -> assertThat(context.getBean(Listening.class).names).containsExactly("loud"));
		});
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void pidfdWhenAskedForComesAndIsClosedUnlessTaken() {
		runner(Actors.class).run((context) -> {
			int before = OwnedFd.openCount();
			for (int i = 0; i < 10; i++) {
				file("f" + i);
			}
			Actors actors = context.getBean(Actors.class);
			await().untilAsserted(() -> assertThat(actors.pids).hasSize(10));
			assertThat(actors.pids).containsOnly((int) ProcessHandle.current().pid());
			await().untilAsserted(() -> assertThat(OwnedFd.openCount()).isEqualTo(before + 1));
			actors.taken.get().close();
		});
	}

	@Configuration(proxyBeanMethods = false)
	static class Told {

		final Queue<Path> paths = new ConcurrentLinkedQueue<>();

		final Queue<List<FanotifyEvent>> batches = new ConcurrentLinkedQueue<>();

		final Queue<FanotifyEvent> published = new ConcurrentLinkedQueue<>();

		final Queue<String> onLoop = new ConcurrentLinkedQueue<>();

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE)
		@FanotifyListener(id = "again", path = "${test.dir}", mark = FanotifyMark.INODE)
		void arrived(FanotifyEvent event) {
			this.paths.add(event.path().orElseThrow());
		}

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE)
		void batch(List<FanotifyEvent> events) {
			this.batches.add(events);
		}

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, dispatch = Dispatch.LOOP)
		void onLoop() {
			this.onLoop.add(Thread.currentThread().getName());
		}

		@EventListener
		void published(FanotifyEvent event) {
			this.published.add(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Itself {

		final Queue<FanotifyEventFlag> happened = new ConcurrentLinkedQueue<>();

		@FanotifyListener(path = "${test.file}", mark = FanotifyMark.INODE,
				events = { FanotifyEventFlag.MOVE_SELF, FanotifyEventFlag.DELETE_SELF })
		void happened(FanotifyEvent event) {
			for (FanotifyEventFlag flag : List.of(FanotifyEventFlag.MOVE_SELF, FanotifyEventFlag.DELETE_SELF)) {
				if (event.is(flag)) {
					this.happened.add(flag);
				}
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Collecting {

		final CountDownLatch go = new CountDownLatch(1);

		final Queue<FanotifyEvent> overflowed = new ConcurrentLinkedQueue<>();

		final Queue<EventQueueOverflowedEvent> overflows = new ConcurrentLinkedQueue<>();

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, events = FanotifyEventFlag.CREATE)
		void created(FanotifyEvent event) throws InterruptedException {
			this.go.await();
			if (event.isOverflow()) {
				this.overflowed.add(event);
			}
		}

		@EventListener
		void overflowed(EventQueueOverflowedEvent event) {
			this.overflows.add(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Actors {

		final Queue<Integer> pids = new ConcurrentLinkedQueue<>();

		final AtomicReference<OwnedFd> taken = new AtomicReference<>();

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, events = FanotifyEventFlag.CREATE,
				reportPidfd = true, unlimitedQueue = true)
		void created(FanotifyEvent event) {
			assertThat(event.pidfd().orElseThrow().isOpen()).isTrue();
			if (this.taken.get() == null) {
				this.taken.set(event.takePidfd().orElseThrow());
			}
			this.pids.add(event.pid());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Listening {

		final Queue<String> names = new ConcurrentLinkedQueue<>();

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE,
				ignore = { "${test.quiet}", "${test.below}" },
				events = { FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.ATTRIB, FanotifyEventFlag.ONDIR })
		void happened(FanotifyEvent event) {
			this.names.add(event.name().orElseThrow());
		}

	}

}
