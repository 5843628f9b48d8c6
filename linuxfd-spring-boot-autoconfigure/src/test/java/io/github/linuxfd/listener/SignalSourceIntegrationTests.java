package io.github.linuxfd.listener;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.annotation.SignalListener;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.signalfd.SignalEvent;
import io.github.linuxfd.signalfd.SignalStrategy;
import io.github.linuxfd.signalfd.Signals;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * One signal and several application contexts, and the ways it can take. With real-time
 * signals and others that nobody sends by accident.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class SignalSourceIntegrationTests {

	private static final Signal RTMIN_11 = Signal.of("RTMIN+11");

	private static final long SELF = ProcessHandle.current().pid();

	private final Signals signals = new Signals(Syscalls.system());

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LinuxFdAutoConfiguration.class));

	@Test
	void contextsThatListenToTheSameSignalAllGetEachOfIt() {
		this.contextRunner.withBean(OnLoop.class)
			.run((first) -> this.contextRunner.withBean(Recording.class).run((second) -> {
				this.contextRunner.withBean(Recording.class).run((third) -> {
					send(0, 100);
					await().untilAsserted(() -> {
						assertThat(first.getBean(OnLoop.class).values).hasSize(100);
						assertThat(second.getBean(Recording.class).values).hasSize(100);
						assertThat(third.getBean(Recording.class).values).hasSize(100);
					});
				});
				assertThat(second.getBean(Recording.class).values).doesNotHaveDuplicates();
			}));
	}

	/** The first one reads for all: what is pending as it closes is read by the next. */
	@Test
	void signalsWhileTheContextThatReadsThemClosesReachTheOther() {
		Recording recording = new Recording();
		this.contextRunner.withBean(OnLoop.class).run((first) -> {
			Thread closer = new Thread(((ConfigurableApplicationContext) first.getSourceApplicationContext())::close);
			this.contextRunner.withBean(Recording.class, () -> recording).run((second) -> {
				for (int value = 0; value < 2000; value++) {
					if (value == 500) {
						closer.start();
					}
					this.signals.sigqueue(SELF, RTMIN_11, value);
				}
				closer.join();
				await().untilAsserted(() -> assertThat(recording.values).hasSize(2000));
				assertThat(recording.values).doesNotHaveDuplicates();
			});
		});
	}

	@Test
	void contextThatIsFullHoldsUpTheOthersAndLosesNothing() {
		Recording slow = new Recording();
		slow.gate = new CountDownLatch(1);
		this.contextRunner.withBean(Recording.class)
			.run((first) -> this.contextRunner.withBean(Recording.class, () -> slow)
				.withPropertyValues("linuxfd.dispatch.queue-capacity=10")
				.run((second) -> {
					send(0, 1000);
					await().until(() -> second.getBean(LinuxFdListenerEndpointRegistry.class)
						.containers()
						.iterator()
						.next()
						.queueSize() > 0);
					slow.gate.countDown();
					await().untilAsserted(() -> {
						assertThat(slow.values).hasSize(1000);
						assertThat(first.getBean(Recording.class).values).hasSize(1000);
					});
				}));
	}

	@Test
	void contextsOneAfterTheOtherFindTheSignalAsItWas() {
		for (int i = 0; i < 5; i++) {
			this.contextRunner.withBean(Recording.class).run((context) -> {
				send(0, 10);
				await().untilAsserted(() -> assertThat(context.getBean(Recording.class).values).hasSize(10));
			});
		}
	}

	@ParameterizedTest
	@EnumSource(value = SignalStrategy.class, names = { "AUTO", "REQUEUE", "JDK" })
	void strategyWhenForcedIsTakenAndReported(SignalStrategy strategy) {
		this.contextRunner.withBean(Winch.class)
			.withPropertyValues("linuxfd.signal.strategy=" + strategy.name().toLowerCase(Locale.ROOT),
					"linuxfd.signal.shutdown.enabled=false")
			.run((context) -> {
				SignalStrategy taken = (strategy == SignalStrategy.AUTO) ? SignalStrategy.REQUEUE : strategy;
				assertThat(context.getBean(LinuxFdListenerEndpointRegistry.class).signalDeliveries())
					.containsExactly(new SignalDelivery(Signal.of("WINCH"), taken, null));
				this.signals.kill(SELF, Signal.of("WINCH"));
				Winch winch = context.getBean(Winch.class);
				await().untilAsserted(() -> assertThat(winch.events).hasSize(1));
				assertThat(winch.events.get(0).isSenderKnown()).isEqualTo(taken != SignalStrategy.JDK);
			});
	}

	@Test
	void contextsThatHaveTheSignalFromTheJdkAllGetItAndGoOnWhenOneCloses() {
		ApplicationContextRunner jdk = this.contextRunner.withBean(Winch.class)
			.withPropertyValues("linuxfd.signal.strategy=jdk");
		jdk.run((first) -> jdk.run((second) -> {
			this.signals.kill(SELF, Signal.of("WINCH"));
			await().untilAsserted(() -> {
				assertThat(first.getBean(Winch.class).events).hasSize(1);
				assertThat(second.getBean(Winch.class).events).hasSize(1);
			});
			Winch left = second.getBean(Winch.class);
			((ConfigurableApplicationContext) first.getSourceApplicationContext()).close();
			this.signals.kill(SELF, Signal.of("WINCH"));
			await().untilAsserted(() -> assertThat(left.events).hasSize(2));
		}));
	}

	@Test
	void strategyWhenForcedAndImpossibleFailsAndSaysWhatToDo() {
		this.contextRunner.withBean(Winch.class)
			.withPropertyValues("linuxfd.signal.strategy=signalfd")
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.cause()
				.hasMessageContaining("@SignalListener")
				.hasMessageContaining("threads do not block signal WINCH; start the JVM by 'env --block-signal=WINCH"));
	}

	@Test
	void signalThatCannotBeReadAnyMoreIsTheJvmsAgain() {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();
		this.contextRunner.withBean(Syscalls.class, faults::syscalls).withBean(Winch.class).run((context) -> {
			assertThat(isCaught("WINCH")).isTrue();
			faults.fail("read", 1, Errno.EIO);
			this.signals.kill(SELF, Signal.of("WINCH"));
			await().until(() -> !isCaught("WINCH"));
			await().untilAsserted(() -> assertThat(context.getBean(LinuxFdListenerEndpointRegistry.class).containers())
				.noneMatch(ListenerContainer::isRunning));
		});
		this.contextRunner.withBean(Winch.class).run((context) -> {
			this.signals.kill(SELF, Signal.of("WINCH"));
			await().untilAsserted(() -> assertThat(context.getBean(Winch.class).events).as("as new").hasSize(1));
		});
	}

	private static boolean isCaught(String signal) throws IOException {
		String line = Files.readAllLines(Path.of("/proc/self/status"))
			.stream()
			.filter((each) -> each.startsWith("SigCgt:"))
			.findFirst()
			.orElseThrow();
		long mask = Long.parseUnsignedLong(line.substring("SigCgt:".length()).strip(), 16);
		return (mask & 1L << (Signal.of(signal).number() - 1)) != 0;
	}

	@Test
	void childrenThatAreStartedAfterASignalWasTakenCanBeEnded() {
		this.contextRunner.withBean(Term.class).run((context) -> {
			Term term = context.getBean(Term.class);
			for (int i = 1; i <= 20; i++) {
				int expected = i;
				this.signals.kill(SELF, Signal.of("TERM"));
				await().untilAsserted(() -> assertThat(term.events).hasSize(expected));
			}
			// the threads forget soon after, and not at once
			await().atMost(Duration.ofSeconds(40)).untilAsserted(() -> {
				Process child = new ProcessBuilder("sleep", "100").start();
				child.destroy();
				boolean ended = child.waitFor(5, TimeUnit.SECONDS);
				child.destroyForcibly().waitFor();
				assertThat(ended).isTrue();
			});
		});
	}

	/** A timer has one signal pending, and counts the expirations that it swallows. */
	@Test
	void expirationsThatTheKernelMergesAreCountedAsLost() {
		this.contextRunner.withBean(Recording.class).run((context) -> {
			ListenerContainer<?> listener = context.getBean(LinuxFdListenerEndpointRegistry.class)
				.containers()
				.iterator()
				.next();
			Timers timers = LibraryLoader.create(Timers.class).load("c");
			Pointer sigevent = Memory.allocateDirect(Runtime.getRuntime(timers), 64, true);
			sigevent.putInt(8, RTMIN_11.number());
			Pointer id = Memory.allocateDirect(Runtime.getRuntime(timers), 8, true);
			assertThat(timers.timer_create(1, sigevent, id)).isZero();
			try {
				Pointer times = Memory.allocateDirect(Runtime.getRuntime(timers), 32, true);
				times.putLong(8, 1000); // every microsecond, which nobody can follow
				times.putLong(24, 1000);
				assertThat(timers.timer_settime(id.getLong(0), 0, times, null)).isZero();
				await().untilAsserted(() -> assertThat(listener.lost()).isGreaterThan(100));
			}
			finally {
				assertThat(timers.timer_delete(id.getLong(0))).isZero();
			}
		});
	}

	private void send(int from, int to) {
		for (int value = from; value < to; value++) {
			this.signals.sigqueue(SELF, RTMIN_11, value);
		}
	}

	/** timer_create(2). */
	public interface Timers {

		int timer_create(int clock, Pointer sigevent, Pointer id);

		int timer_settime(long id, int flags, Pointer newValue, Pointer oldValue);

		int timer_delete(long id);

	}

	static class Recording {

		final List<Integer> values = new CopyOnWriteArrayList<>();

		volatile CountDownLatch gate = new CountDownLatch(0);

		@SignalListener("RTMIN+11")
		void on(SignalEvent event) throws InterruptedException {
			this.gate.await();
			this.values.add(event.intValue());
		}

	}

	static class OnLoop {

		final List<Integer> values = new CopyOnWriteArrayList<>();

		@SignalListener(value = "RTMIN+11", dispatch = Dispatch.LOOP)
		void on(SignalEvent event) {
			this.values.add(event.intValue());
		}

	}

	static class Winch {

		final List<SignalEvent> events = new CopyOnWriteArrayList<>();

		@SignalListener("WINCH")
		void on(SignalEvent event) {
			this.events.add(event);
		}

	}

	static class Term {

		final List<SignalEvent> events = new CopyOnWriteArrayList<>();

		@SignalListener(value = "TERM", consume = true)
		void on(SignalEvent event) {
			this.events.add(event);
		}

	}

}
