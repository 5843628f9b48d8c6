package io.github.linuxfd.listener;

import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.AliasFor;
import org.springframework.util.ErrorHandler;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.annotation.InotifyListener;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.event.EventQueueOverflowedEvent;
import io.github.linuxfd.event.EventSourceFailedEvent;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.inotify.InotifyEvent;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.kernel.Limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * {@link InotifyListener @InotifyListener} in an application context, on real files.
 *
 * @author linuxfd
 */
@Timeout(120)
class InotifyListenerIntegrationTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LinuxFdAutoConfiguration.class))
			.withPropertyValues("test.dir=" + this.directory);
	}

	@Test
	void fileWhenWrittenAndClosedReachesEveryKindOfHandlerOnce() {
		runner().withUserConfiguration(EveryKindOfHandler.class).run((context) -> {
			Files.writeString(this.directory.resolve("a.csv"), "1");
			EveryKindOfHandler handlers = context.getBean(EveryKindOfHandler.class);
			await().untilAsserted(() -> {
				assertThat(handlers.events).singleElement().satisfies((event) -> {
					assertThat(event.is(InotifyEventFlag.CLOSE_WRITE)).isTrue();
					assertThat(event.name()).isEqualTo("a.csv");
					assertThat(event.recovered()).isFalse();
				});
				assertThat(handlers.paths).containsExactly(this.directory.resolve("a.csv"));
				assertThat(handlers.batches).singleElement().satisfies((batch) -> assertThat(batch).hasSize(1));
				assertThat(handlers.calls).hasValue(1);
				assertThat(handlers.loopThread).hasValue("linuxfd-loop");
				assertThat(handlers.executorThread.get()).startsWith("linuxfd-dispatch-");
			});
		});
	}

	@Test
	void handlerWhenFileIsMovedInIsCalled() {
		runner().withUserConfiguration(Collecting.class).run((context) -> {
			Path elsewhere = Files.createTempFile(this.directory.getParent(), "moved", ".csv");
			Files.move(elsewhere, this.directory.resolve("moved.csv"));
			awaitNames(context.getBean(Collecting.class), "moved.csv");
		});
	}

	@Test
	void handlerWhenComposedAnnotationIsUsedIsCalledWithPlaceholdersResolved() {
		runner().withUserConfiguration(Composed.class).run((context) -> {
			Files.writeString(this.directory.resolve("composed"), "");
			await().untilAsserted(() -> assertThat(context.getBean(Composed.class).calls).hasValue(1));
		});
	}

	@Test
	void handlerWhenAnnotationIsRepeatedListensToEach() throws IOException {
		Path first = Files.createDirectory(this.directory.resolve("first"));
		Path second = Files.createDirectory(this.directory.resolve("second"));
		runner().withUserConfiguration(Repeated.class).run((context) -> {
			Files.writeString(first.resolve("1"), "");
			Files.writeString(second.resolve("2"), "");
			awaitNames(context.getBean(Repeated.class), "1", "2");
			assertThat(context.getBean(LinuxFdListenerEndpointRegistry.class).containers())
				.extracting(ListenerContainer::id)
				.satisfiesExactly((id) -> assertThat(id).endsWith("Repeated.arrived"),
						(id) -> assertThat(id).endsWith("Repeated.arrived#2"));
		});
	}

	@Test
	void existingFilesWhenAskedForAreReportedAndUnfinishedOnesWhenClosed() throws Exception {
		Files.writeString(this.directory.resolve("old"), "1");
		try (FileOutputStream unfinished = new FileOutputStream(this.directory.resolve("unfinished").toFile())) {
			runner().withUserConfiguration(Existing.class).run((context) -> {
				Existing handler = context.getBean(Existing.class);
				awaitNames(handler, "old");
				assertThat(handler.events).allMatch(InotifyEvent::recovered);
				unfinished.close();
				awaitNames(handler, "old", "unfinished");
				assertThat(handler.events).filteredOn((event) -> "unfinished".equals(event.name()))
					.noneMatch(InotifyEvent::recovered);
			});
		}
	}

	@Test
	void rescanWhenCalledReportsWhatIsThereAgain() {
		runner().withUserConfiguration(Collecting.class).run((context) -> {
			Collecting handler = context.getBean(Collecting.class);
			Files.writeString(this.directory.resolve("a"), "1");
			awaitNames(handler, "a");
			handler.events.clear();
			InotifyListenerContainer container = (InotifyListenerContainer) context
				.getBean(LinuxFdListenerEndpointRegistry.class)
				.container("collecting")
				.orElseThrow();
			container.rescan();
			awaitNames(handler, "a");
			assertThat(handler.events).allMatch(InotifyEvent::recovered);
		});
	}

	@Test
	void treeWhenDirectoriesAppearReportsEveryFile() {
		runner().withUserConfiguration(Tree.class).run((context) -> {
			Tree tree = context.getBean(Tree.class);
			for (int i = 0; i < 50; i++) {
				Path deep = Files.createDirectories(this.directory.resolve(i + "/a/b/c"));
				Files.writeString(deep.resolve("f" + i), "");
			}
			await().untilAsserted(() -> assertThat(tree.names()).hasSize(50));
		});
	}

	@Test
	void plainEventListenerWhenThereIsOneReceivesTheRecord() {
		runner().withUserConfiguration(Collecting.class, PlainListener.class).run((context) -> {
			Files.writeString(this.directory.resolve("a"), "1");
			await().untilAsserted(
					() -> assertThat(context.getBean(PlainListener.class).events).extracting(InotifyEvent::name)
						.containsExactly("a"));
		});
	}

	@Test
	void declaredWatchWhenNobodyHasAnnotationIsPublished() {
		runner().withUserConfiguration(PlainListener.class)
			.withPropertyValues("linuxfd.inotify.watches.box.path=" + this.directory,
					"linuxfd.inotify.watches.box.events=CREATE")
			.run((context) -> {
				Files.writeString(this.directory.resolve("a"), "1");
				await().untilAsserted(() -> assertThat(context.getBean(PlainListener.class).events).singleElement()
					.satisfies((event) -> assertThat(event.is(InotifyEventFlag.CREATE)).isTrue()));
			});
	}

	@Test
	void declaredWatchWhenTwoListenersUseItIsPublishedOnce() {
		runner().withUserConfiguration(PlainListener.class, Declared.class)
			.withPropertyValues("linuxfd.inotify.watches.box.path=" + this.directory)
			.run((context) -> {
				Declared declared = context.getBean(Declared.class);
				Files.writeString(this.directory.resolve("a"), "1");
				await().untilAsserted(() -> assertThat(declared.calls).hasValue(2));
				Files.writeString(this.directory.resolve("b"), "1");
				await().untilAsserted(() -> assertThat(declared.calls).hasValue(4));
				assertThat(context.getBean(PlainListener.class).events).extracting(InotifyEvent::name)
					.containsExactly("a", "b");
			});
	}

	@Test
	void handlerWhenItHasABatchWindowGetsWhatCameInItTogether() {
		assertTogether(runner().withUserConfiguration(Windowed.class));
	}

	@Test
	void handlerWhenItsDeclaredWatchHasABatchWindowGetsWhatCameInItTogether() {
		assertTogether(runner().withUserConfiguration(DeclaredWindowed.class)
			.withPropertyValues("linuxfd.inotify.watches.box.path=" + this.directory,
					"linuxfd.inotify.watches.box.batch-window=2s"));
	}

	private void assertTogether(ApplicationContextRunner runner) {
		runner.run((context) -> {
			Batches batches = context.getBean(Batches.class);
			long startNanos = System.nanoTime();
			Files.writeString(this.directory.resolve("first"), "1");
			await().untilAsserted(() -> assertThat(batches.all).hasSize(1));
			for (int i = 0; i < 100; i++) {
				Files.writeString(this.directory.resolve("f" + i), "1");
			}
			await().untilAsserted(() -> assertThat(batches.all.stream().mapToInt(List::size).sum()).isEqualTo(101));
			// one more for each window that writing took
			int windows = (int) ((System.nanoTime() - startNanos) / Duration.ofSeconds(2).toNanos());
			assertThat(batches.all).hasSizeBetween(2, 2 + windows);
		});
	}

	@Test
	void handlerWhenItThrowsIsReportedAndCalledAgain() {
		runner().withUserConfiguration(Throwing.class).run((context) -> {
			Throwing throwing = context.getBean(Throwing.class);
			Files.writeString(this.directory.resolve("a"), "1");
			Files.writeString(this.directory.resolve("b"), "1");
			await().untilAsserted(() -> assertThat(throwing.failures).hasSize(2));
			assertThat(throwing.failures.peek()).isInstanceOf(ListenerExecutionFailedException.class)
				.hasMessageContaining("throwing.arrived")
				.hasCauseInstanceOf(IOException.class);
			assertThat(context.getBean(LinuxFdListenerEndpointRegistry.class).container("throwing.arrived"))
				.hasValueSatisfying((container) -> assertThat(container.errors()).isEqualTo(2));
		});
	}

	@Test
	void otherListenersWhenOneSleepsAreNotDelayed() {
		runner().withUserConfiguration(Blocking.class, Collecting.class)
			.withPropertyValues("linuxfd.dispatch.queue-capacity=16")
			.run((context) -> {
				Blocking blocking = context.getBean(Blocking.class);
				Collecting collecting = context.getBean(Collecting.class);
				for (int i = 0; i < 2000; i++) {
					Files.writeString(this.directory.resolve("f" + i), "");
				}
				await().untilAsserted(() -> assertThat(collecting.names()).hasSize(2000));
				assertThat(blocking.calls).hasValue(1);
				blocking.gate.release(1_000_000);
				await().untilAsserted(() -> assertThat(blocking.calls).hasValue(2000));
			});
	}

	@Test
	void filesWhenQueueOverflowsAreRecovered() {
		long limit = Limits.sysctl("fs.inotify.max_queued_events").orElseThrow();
		assumeThat(limit).as("fs.inotify.max_queued_events, too many events to overflow it").isLessThan(65_536);
		// the loop may read eight full buffers before it pauses
		int files = (int) limit + 24_000;
		runner().withUserConfiguration(Blocking.class, OverflowListener.class)
			.withPropertyValues("linuxfd.dispatch.queue-capacity=16")
			.run((context) -> {
				Blocking blocking = context.getBean(Blocking.class);
				for (int i = 0; i < files; i++) {
					Files.createFile(this.directory.resolve("f" + i));
				}
				blocking.gate.release(1_000_000);
				await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(blocking.names).hasSize(files));
				assertThat(context.getBean(OverflowListener.class).overflows).isNotEmpty()
					.allMatch((overflow) -> overflow.path().equals(this.directory));
				assertThat(context.getBean(LinuxFdListenerEndpointRegistry.class).container("blocking.arrived"))
					.hasValueSatisfying((container) -> assertThat(container.lost()).isPositive());
			});
	}

	@Test
	void listenerWhenItsDirectoryIsDeletedSaysSo() throws IOException {
		Path inbox = Files.createDirectory(this.directory.resolve("inbox"));
		runner().withPropertyValues("test.dir=" + inbox)
			.withUserConfiguration(Collecting.class, OverflowListener.class)
			.run((context) -> {
				Files.delete(inbox);
				await().untilAsserted(() -> assertThat(context.getBean(OverflowListener.class).failures).singleElement()
					.satisfies((event) -> {
						assertThat(event.listener()).isEqualTo("collecting");
						assertThat(event.reason()).contains(inbox.toString()).contains("was deleted");
					}));
				await().untilAsserted(
						() -> assertThat(context.getBean(LinuxFdListenerEndpointRegistry.class).container("collecting"))
							.hasValueSatisfying((container) -> assertThat(container.isRunning()).isFalse()));
			});
	}

	@Test
	void listenerWhenItsDirectoryIsRenamedGetsNothingUnderTheOldName() throws IOException {
		Path inbox = Files.createDirectory(this.directory.resolve("inbox"));
		int descriptors = OwnedFd.openCount();
		runner().withPropertyValues("test.dir=" + inbox)
			.withUserConfiguration(Collecting.class, OverflowListener.class)
			.run((context) -> {
				int open = OwnedFd.openCount();
				Path renamed = Files.move(inbox, this.directory.resolve("renamed"));
				await().untilAsserted(() -> assertThat(context.getBean(OverflowListener.class).failures).singleElement()
					.satisfies((event) -> assertThat(event.reason()).contains("was renamed")));
				// closed, so nothing can come any more
				await().until(() -> OwnedFd.openCount() < open);
				Files.createFile(renamed.resolve("a"));
				assertThat(context.getBean(Collecting.class).events).isEmpty();
			});
		assertThat(OwnedFd.openCount()).isEqualTo(descriptors);
	}

	@Test
	void rescanWhenContextIsStoppedIsRefused() {
		runner().withUserConfiguration(Collecting.class).run((context) -> {
			LinuxFdListenerEndpointRegistry registry = context.getBean(LinuxFdListenerEndpointRegistry.class);
			InotifyListenerContainer container = (InotifyListenerContainer) registry.container("collecting")
				.orElseThrow();
			registry.stop();
			assertThatIllegalStateException().isThrownBy(container::rescan).withMessageContaining("collecting");
			Files.createFile(this.directory.resolve("a"));
			registry.start();
			container.rescan();
			awaitNames(context.getBean(Collecting.class), "a");
		});
	}

	@Test
	void listenerWhenInitializationIsLazyListensAllTheSame() {
		runner().withBean("lazy", Collecting.class)
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> {
				Files.createFile(this.directory.resolve("a"));
				awaitNames(context.getBean(Collecting.class), "a");
				assertThat(context.getBean(LinuxFdListenerEndpointRegistry.class).container("collecting"))
					.hasValueSatisfying((container) -> assertThat(container.events()).isEqualTo(1));
			});
	}

	@Test
	void listenerWhenItsProxiedBeanIsDestroyedEnds() {
		runner().withUserConfiguration(Proxying.class).withBean("collector", Collecting.class).run((context) -> {
			LinuxFdListenerEndpointRegistry registry = context.getBean(LinuxFdListenerEndpointRegistry.class);
			assertThat(AopUtils.isAopProxy(context.getBean("collector"))).isTrue();
			assertThat(registry.containers()).hasSize(1);
			((DefaultListableBeanFactory) context.getBeanFactory()).destroySingleton("collector");
			assertThat(registry.containers()).isEmpty();
		});
	}

	@Test
	void listenersWhenOneOfALateBeanCannotStartAreAllTakenBack() {
		runner().withUserConfiguration(Late.class).run((context) -> {
			int open = OwnedFd.openCount();
			assertThatThrownBy(() -> context.getBean(Pair.class)).hasStackTraceContaining("ENOENT");
			assertThat(context.getBean(LinuxFdListenerEndpointRegistry.class).containers()).isEmpty();
			assertThat(OwnedFd.openCount()).isEqualTo(open);
			Files.createDirectory(this.directory.resolve("later"));
			assertThat(context.getBean(Pair.class)).isNotNull();
			assertThat(context.getBean(LinuxFdListenerEndpointRegistry.class).containers())
				.allMatch(ListenerContainer::isRunning)
				.hasSize(2);
		});
	}

	private static void awaitNames(Collecting handler, String... names) {
		await().untilAsserted(() -> assertThat(handler.names()).containsExactlyInAnyOrder(names));
	}

	static class Collecting {

		final Queue<InotifyEvent> events = new ConcurrentLinkedQueue<>();

		@InotifyListener(id = "collecting", path = "${test.dir}")
		void arrived(InotifyEvent event) {
			this.events.add(event);
		}

		List<String> names() {
			return this.events.stream().map(InotifyEvent::name).distinct().toList();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Proxying {

		@Bean
		static BeanPostProcessor proxies() {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String name) {
					if (!name.equals("collector")) {
						return bean;
					}
					ProxyFactory factory = new ProxyFactory(bean);
					factory.setProxyTargetClass(true);
					return factory.getProxy();
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Late {

		@Bean
		@Lazy
		Pair pair() {
			return new Pair();
		}

	}

	static class Pair {

		@InotifyListener(path = "${test.dir}")
		void first() {
		}

		@InotifyListener(path = "${test.dir}/later")
		void second() {
		}

	}

	static class Existing extends Collecting {

		@Override
		@InotifyListener(path = "${test.dir}", existing = true)
		void arrived(InotifyEvent event) {
			super.arrived(event);
		}

	}

	static class Tree extends Collecting {

		@Override
		@InotifyListener(path = "${test.dir}", recursive = true)
		void arrived(InotifyEvent event) {
			super.arrived(event);
		}

	}

	static class Repeated extends Collecting {

		@Override
		@InotifyListener(path = "${test.dir}/first")
		@InotifyListener(path = "${test.dir}/second")
		void arrived(InotifyEvent event) {
			super.arrived(event);
		}

	}

	static class EveryKindOfHandler {

		final Queue<InotifyEvent> events = new ConcurrentLinkedQueue<>();

		final Queue<Path> paths = new ConcurrentLinkedQueue<>();

		final Queue<List<InotifyEvent>> batches = new ConcurrentLinkedQueue<>();

		final AtomicInteger calls = new AtomicInteger();

		final AtomicReference<String> loopThread = new AtomicReference<>();

		final AtomicReference<String> executorThread = new AtomicReference<>();

		@InotifyListener(path = "${test.dir}")
		void event(InotifyEvent event) {
			this.events.add(event);
			this.executorThread.set(Thread.currentThread().getName());
		}

		@InotifyListener(path = "${test.dir}")
		void path(Path path) {
			this.paths.add(path);
		}

		@InotifyListener(path = "${test.dir}")
		void batch(List<InotifyEvent> batch) {
			this.batches.add(batch);
		}

		@InotifyListener(path = "${test.dir}", dispatch = Dispatch.LOOP)
		private void nothing() {
			this.calls.incrementAndGet();
			this.loopThread.set(Thread.currentThread().getName());
		}

	}

	abstract static class Batches {

		final Queue<List<InotifyEvent>> all = new ConcurrentLinkedQueue<>();

	}

	static class Windowed extends Batches {

		@InotifyListener(path = "${test.dir}", batchWindow = "${test.window:2s}")
		void arrived(List<InotifyEvent> batch) {
			this.all.add(batch);
		}

	}

	static class DeclaredWindowed extends Batches {

		@InotifyListener(watch = "box")
		void arrived(List<InotifyEvent> batch) {
			this.all.add(batch);
		}

	}

	@Target(ElementType.METHOD)
	@Retention(RetentionPolicy.RUNTIME)
	@InotifyListener(events = InotifyEventFlag.CREATE)
	@interface Created {

		@AliasFor(annotation = InotifyListener.class, attribute = "path")
		String in();

	}

	static class Composed {

		final AtomicInteger calls = new AtomicInteger();

		@Created(in = "${test.dir}")
		void created() {
			this.calls.incrementAndGet();
		}

	}

	static class PlainListener {

		final Queue<InotifyEvent> events = new ConcurrentLinkedQueue<>();

		@EventListener
		void on(InotifyEvent event) {
			this.events.add(event);
		}

	}

	static class Declared {

		final AtomicInteger calls = new AtomicInteger();

		@InotifyListener(watch = "box")
		void one() {
			this.calls.incrementAndGet();
		}

		@InotifyListener(watch = "box")
		void two() {
			this.calls.incrementAndGet();
		}

	}

	@Configuration(value = "throwing", proxyBeanMethods = false)
	static class Throwing {

		final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

		@Bean
		ErrorHandler errorHandler() {
			return this.failures::add;
		}

		@InotifyListener(path = "${test.dir}")
		void arrived() throws IOException {
			throw new IOException("on purpose");
		}

	}

	@Configuration(value = "blocking", proxyBeanMethods = false)
	static class Blocking {

		final Semaphore gate = new Semaphore(0);

		final AtomicInteger calls = new AtomicInteger();

		final Set<String> names = ConcurrentHashMap.newKeySet();

		@InotifyListener(path = "${test.dir}")
		void arrived(InotifyEvent event) throws InterruptedException {
			this.calls.incrementAndGet();
			this.gate.acquire();
			this.names.add(event.name());
		}

	}

	static class OverflowListener {

		final Queue<EventQueueOverflowedEvent> overflows = new ConcurrentLinkedQueue<>();

		final Queue<EventSourceFailedEvent> failures = new ConcurrentLinkedQueue<>();

		final CountDownLatch failed = new CountDownLatch(1);

		@EventListener
		void overflowed(EventQueueOverflowedEvent event) {
			this.overflows.add(event);
		}

		@EventListener
		void failed(EventSourceFailedEvent event) {
			this.failures.add(event);
			this.failed.countDown();
		}

	}

}
