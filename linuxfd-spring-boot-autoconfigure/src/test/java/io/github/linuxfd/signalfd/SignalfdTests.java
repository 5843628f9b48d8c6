package io.github.linuxfd.signalfd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.EnabledIfCompiler;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link Signalfd} and {@link SignalReception}, with real signals to a JVM that
 * was started plainly.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(240)
class SignalfdTests {

	@TempDir
	private Path directory;

	@ParameterizedTest
	@ValueSource(strings = { "KILL", "SEGV", "QUIT", "USR2", "32" })
	void receiveWhenTheJvmNeedsTheSignalIsRefused(String name) {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();
		Signal signal = Signal.of(name);
		assertThatIllegalArgumentException().isThrownBy(() -> new SignalfdFactory(faults.syscalls()).receive(signal))
			.withMessage("Cannot listen to signal " + signal + ": " + signal.refusal());
		assertThat(faults.count("sigaction")).isZero();
	}

	@Test
	void openWhenRefusedNamesTheSignals() {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();
		SignalfdFactory factory = new SignalfdFactory(faults.syscalls());
		faults.fail("signalfd", 1, Errno.ENFILE);
		assertThatExceptionOfType(SyscallSystemException.class)
			.isThrownBy(() -> factory.open(Set.of(Signal.of("USR1"))))
			.withMessage("signalfd([USR1]) failed: ENFILE (Too many open files in system)");
		try (Signalfd signalfd = factory.open(Set.of(Signal.of("RTMIN+7")))) {
			assertThat(signalfd.signals()).containsExactly(Signal.of("RTMIN+7"));
			assertThat(signalfd.pollEvent()).isNull();
		}
	}

	/**
	 * Every thread but the one that is waiting gets WINCH first, and nobody is harmed.
	 */
	@Test
	void receptionsOfOneSignalAreCounted() throws Exception {
		Signal winch = Signal.of("WINCH");
		long bit = SignalSets.mask(Set.of(winch));
		SignalfdFactory factory = new SignalfdFactory(Syscalls.system());
		assertThat(caught() & bit).isZero();
		SignalReception first = factory.receive(winch);
		SignalReception second = factory.receive(winch);
		assertThat(first.signal()).isEqualTo(winch);
		assertThat(first.strategy()).isEqualTo(SignalStrategy.REQUEUE);
		assertThat(caught() & bit).isNotZero();
		first.close();
		first.close();
		assertThat(caught() & bit).as("one is left").isNotZero();
		second.close();
		assertThat(caught() & bit).as("as before").isZero();
	}

	/** Interrupted threads learn to block it, whatever they are doing. */
	@Test
	void threadsWhenTheReceptionIsClosedBlockNoMoreThanBefore() {
		Signal signal = Signal.of("RTMIN+9");
		long bit = SignalSets.mask(Set.of(signal));
		SignalfdFactory factory = new SignalfdFactory(Syscalls.system());
		ThreadMasks masks = new ThreadMasks(Syscalls.system());
		Signals signals = new Signals(Syscalls.system());
		Map<Integer, Long> before = masks.read();
		assertThat(before.values()).noneMatch((mask) -> (mask & bit) != 0);
		try (Signalfd signalfd = factory.open(Set.of(signal)); SignalReception reception = factory.receive(signal)) {
			for (int value = 0; value < 50; value++) {
				signals.sigqueue(ProcessHandle.current().pid(), reception.signal(), value);
				assertThat(signalfd.pollEvent(Duration.ofSeconds(20))).isNotNull();
			}
			assertThat(masks.read().values()).as("some have learnt").anyMatch((mask) -> (mask & bit) != 0);
			reception.unblockThreads();
			assertThat(masks.read().values()).as("all have forgotten").noneMatch((mask) -> (mask & bit) != 0);
			signals.sigqueue(ProcessHandle.current().pid(), signal, 50);
			assertThat(signalfd.pollEvent(Duration.ofSeconds(20))).as("and learn again").isNotNull();
		}
		Map<Integer, Long> after = masks.read();
		assertThat(after.values()).noneMatch((mask) -> (mask & bit) != 0);
		after.keySet().retainAll(before.keySet());
		assertThat(before).containsAllEntriesOf(after);
	}

	@Test
	void threadsThatBlockedTheSignalBeforeGoOnBlockingIt() throws Exception {
		Signal winch = Signal.of("WINCH");
		CountDownLatch blocked = new CountDownLatch(1);
		CountDownLatch end = new CountDownLatch(1);
		AtomicReference<Set<Signal>> after = new AtomicReference<>();
		Signals signals = new Signals(Syscalls.system());
		Thread thread = new Thread(() -> {
			signals.block(Set.of(winch));
			blocked.countDown();
			try {
				end.await();
			}
			catch (InterruptedException ex) {
				return;
			}
			after.set(signals.mask());
		});
		thread.start();
		blocked.await();
		try (SignalReception reception = new SignalfdFactory(Syscalls.system()).receive(winch)) {
			reception.unblockThreads();
		}
		end.countDown();
		thread.join();
		assertThat(after.get()).contains(winch);
	}

	/** By default it would end this JVM. */
	@Test
	void signalThatIsPendingForASingleThreadIsDroppedWhenTheReceptionIsClosed() throws Exception {
		Signal signal = Signal.of("RTMIN+10");
		Signals signals = new Signals(Syscalls.system());
		CountDownLatch blocked = new CountDownLatch(1);
		CountDownLatch end = new CountDownLatch(1);
		AtomicReference<Integer> tid = new AtomicReference<>();
		try (SignalReception reception = new SignalfdFactory(Syscalls.system()).receive(signal)) {
			Thread thread = new Thread(() -> {
				try {
					tid.set(Integer
						.parseInt(Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString()));
					signals.block(Set.of(reception.signal())); // as it would have learnt
																// to
					blocked.countDown();
					end.await();
				}
				catch (IOException | InterruptedException ex) {
					throw new IllegalStateException(ex);
				}
			});
			thread.start();
			blocked.await();
			signals.tgkill(ProcessHandle.current().pid(), tid.get(), signal);
		}
		assertThat(new ThreadMasks(Syscalls.system()).read().get(tid.get()) & SignalSets.mask(Set.of(signal))).isZero();
		end.countDown();
	}

	@Test
	void setWhenChangedWhileOpenIsWhatIsRead() {
		Signal winch = Signal.of("WINCH");
		Signal urg = Signal.of("URG");
		SignalfdFactory factory = new SignalfdFactory(Syscalls.system());
		Signals signals = new Signals(Syscalls.system());
		long self = ProcessHandle.current().pid();
		try (Signalfd signalfd = factory.open(Set.of(winch));
				SignalReception first = factory.receive(winch);
				SignalReception second = factory.receive(urg)) {
			assertThat(signalfd.contains(first.signal())).isTrue();
			assertThat(signalfd.contains(second.signal())).isFalse();
			signalfd.disable(winch);
			signalfd.enable(urg);
			assertThat(signalfd.signals()).containsExactly(urg);
			signals.kill(self, winch);
			signals.kill(self, urg);
			assertThat(signalfd.readEvent().signal()).isEqualTo(urg);
			assertThat(signalfd.pollEvent()).isNull();
			signalfd.enableAll();
			assertThat(signalfd.signals()).hasSize(62).doesNotContain(Signal.of("KILL"), Signal.of("STOP"));
			assertThat(signalfd.readEvent().signal()).as("was pending").isEqualTo(winch);
			signalfd.disableAll();
			assertThat(signalfd.signals()).isEmpty();
			signals.kill(self, urg);
			assertThat(signalfd.pollEvent(Duration.ofMillis(50))).isNull();
			signalfd.enable(urg);
			assertThat(signalfd.readEvent().signal()).isEqualTo(urg);
		}
	}

	@Test
	void setWhenTheKernelRefusesTheChangeStaysAsItWas() {
		FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();
		try (Signalfd signalfd = new SignalfdFactory(faults.syscalls()).open(Set.of(Signal.of("URG")))) {
			faults.fail("signalfd", 1, Errno.EINVAL);
			assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> signalfd.enable(Signal.of("WINCH")))
				.withMessageContaining("WINCH")
				.withMessageContaining("EINVAL");
			assertThat(signalfd.signals()).containsExactly(Signal.of("URG"));
		}
	}

	@Test
	void receiveWhenSignalfdIsForcedAndThreadsDoNotBlockTheSignalSaysHowToStart() {
		SignalfdFactory factory = new SignalfdFactory(Syscalls.system());
		assertThatExceptionOfType(SignalReceptionException.class)
			.isThrownBy(() -> factory.receive(Signal.of("TERM"), SignalStrategy.SIGNALFD))
			.withMessageMatching("\\d+ threads do not block signal TERM; "
					+ "start the JVM by 'env --block-signal=TERM java -Xrs ...', or use another strategy");
		assertThatExceptionOfType(SignalReceptionException.class)
			.isThrownBy(() -> factory.receive(Signal.of("WINCH"), SignalStrategy.SIGNALFD))
			.withMessageContaining("'env --block-signal=WINCH java ...'");
	}

	private static long caught() throws IOException {
		return Files.readAllLines(Path.of("/proc/self/status"))
			.stream()
			.filter((line) -> line.startsWith("SigCgt:"))
			.mapToLong((line) -> Long.parseUnsignedLong(line.substring("SigCgt:".length()).strip(), 16))
			.sum();
	}

	/** One after the other: each must arrive, with the process that sent it. */
	@Test
	void signalsToAPlainJvmArriveWithTheirSender() {
		try (ForkedJvm jvm = ForkedJvm.start(Printing.class, "HUP", "TERM", "USR1", "RTMIN+2")) {
			jvm.awaitLine("ready");
			for (String signal : List.of("HUP", "TERM", "USR1", "RTMIN+2")) {
				for (int i = 1; i <= 50; i++) {
					String number = Integer.toString(Signal.of(signal).number());
					Shell.Result sender = Shell.bash("kill -$1 $2; echo $$", number, Long.toString(jvm.pid()));
					jvm.awaitLine(signal + " " + i + " from " + sender.orFail().strip());
				}
			}
			assertThat(jvm.isAlive()).isTrue();
			assertThat(jvm.lines()).hasSize(201);
		}
	}

	@Test
	@EnabledIfCompiler("gcc")
	void realTimeSignalsToABusyJvmAllArrive() throws Exception {
		Path source = Files.writeString(this.directory.resolve("send.c"), """
				#define _GNU_SOURCE
				#include <errno.h>
				#include <signal.h>
				#include <stdlib.h>
				#include <unistd.h>
				int main(int argc, char **argv) {
					for (int i = 0; i < atoi(argv[2]); i++) {
						union sigval value = { .sival_int = i };
						while (sigqueue(atoi(argv[1]), SIGRTMIN + 5, value) != 0) {
							if (errno != EAGAIN) return 1;
							usleep(1000);
						}
					}
					return 0;
				}
				""");
		Path sender = this.directory.resolve("send");
		Shell.run(List.of("gcc", "-o", sender.toString(), source.toString())).orFail();
		try (ForkedJvm jvm = ForkedJvm.start(Counting.class, "20000")) {
			jvm.awaitLine("ready");
			Process sending = new ProcessBuilder(sender.toString(), Long.toString(jvm.pid()), "20000").start();
			assertThat(sending.waitFor()).isZero();
			assertThat(jvm.awaitLine((line) -> line.startsWith("received"))).isEqualTo("received 20000 of 20000 from ["
					+ sending.pid() + " uid " + Files.getAttribute(Path.of("/proc/self"), "unix:uid") + "]");
			assertThat(jvm.awaitExit()).isZero();
		}
	}

	@Test
	void dispositionIsThatOfBeforeWhenTheReceptionIsClosed() {
		try (ForkedJvm jvm = ForkedJvm.start(Restoring.class)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).containsExactly("USR1 before false", "USR1 during true", "USR1 after false",
					"TERM before true", "TERM during true", "TERM after true", "WINCH handler of the JDK came back");
		}
	}

	@Test
	void signalWhenTheReceptionIsClosedHasItsOldMeaning() {
		try (ForkedJvm jvm = ForkedJvm.start(Ending.class)) {
			jvm.awaitLine("ready");
			Shell.bash("kill -TERM $1", Long.toString(jvm.pid())).orFail();
			jvm.awaitLine("TERM received and given back");
			Shell.bash("kill -HUP $1", Long.toString(jvm.pid())).orFail();
			jvm.awaitLine("the hook ran");
			assertThat(jvm.awaitExit()).isEqualTo(129);
		}
	}

	@Test
	void signalWhenBlockedInEveryThreadNeedsNoHandlerToArrive() {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("env", "--block-signal=USR1"), Printing.class, "USR1")) {
			assertThat(jvm.awaitLine((line) -> line.startsWith("strategy"))).isEqualTo("strategy SIGNALFD");
			jvm.awaitLine("ready");
			for (int i = 1; i <= 10; i++) {
				String sender = Shell.bash("kill -USR1 $1; echo $$", Long.toString(jvm.pid())).orFail().strip();
				jvm.awaitLine("USR1 " + i + " from " + sender);
			}
		}
	}

	/** Threads end while it is looked at who blocks the signal. */
	@Test
	void receiveWhileThreadsComeAndGoNeverFails() {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("env", "--block-signal=USR1"), Churning.class)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).last().asString().startsWith("looked ");
		}
	}

	@Test
	void signalThroughTheJdkComesWithoutSender() {
		try (ForkedJvm jvm = ForkedJvm.start(ThroughJdk.class)) {
			jvm.awaitLine("ready");
			Shell.bash("kill -HUP $1", Long.toString(jvm.pid())).orFail();
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).contains("HUP known false pid -1");
		}
	}

	@Test
	void jdkWhenItDoesNotKnowTheSignalRefuses() {
		assertThatIllegalArgumentException().isThrownBy(() -> JdkSignals.open(Signal.RTMIN, (event) -> {
		}));
	}

	static final class Printing {

		private Printing() {
		}

		public static void main(String[] arguments) {
			SignalfdFactory factory = new SignalfdFactory(Syscalls.system());
			Set<Signal> signals = new HashSet<>();
			for (String argument : arguments) {
				signals.add(Signal.of(argument));
			}
			try (Signalfd signalfd = factory.open(signals)) {
				Set<SignalStrategy> strategies = signals.stream()
					.map((signal) -> factory.receive(signal).strategy())
					.collect(Collectors.toSet());
				if (strategies.contains(SignalStrategy.SIGNALFD)) {
					System.out.println("strategy SIGNALFD");
				}
				System.out.println("ready");
				Map<Signal, Integer> counts = new HashMap<>();
				for (SignalEvent event : signalfd) {
					int count = counts.merge(event.signal(), 1, Integer::sum);
					System.out.println(event.signal() + " " + count + " from " + event.pid());
				}
			}
		}

	}

	static final class Counting {

		private Counting() {
		}

		public static void main(String[] arguments) {
			int wanted = Integer.parseInt(arguments[0]);
			SignalfdFactory factory = new SignalfdFactory(Syscalls.system());
			Signal signal = Signal.of("RTMIN+5");
			for (int i = 0; i < 8; i++) {
				Thread busy = new Thread(() -> {
					List<byte[]> garbage = new ArrayList<>();
					while (true) {
						garbage.add(new byte[1000]);
						if (garbage.size() > 1000) {
							garbage.clear();
						}
					}
				});
				busy.setDaemon(true);
				busy.start();
			}
			Thread collector = new Thread(() -> {
				while (true) {
					LockSupport.parkNanos(1_000_000_000);
					System.gc();
				}
			});
			collector.setDaemon(true);
			collector.start();
			BitSet seen = new BitSet();
			Set<String> senders = new HashSet<>();
			int received = 0;
			try (Signalfd signalfd = factory.open(Set.of(signal));
					SignalReception reception = factory.receive(signal)) {
				System.out.println("ready");
				while (received < wanted) {
					SignalEvent event = signalfd.pollEvent(Duration.ofSeconds(20));
					if (event == null || event.code() != -1 || !reception.signal().equals(event.signal())) {
						break;
					}
					received++;
					seen.set(event.intValue());
					senders.add(event.pid() + " uid " + event.uid());
				}
			}
			System.out.println("received " + seen.cardinality() + " of " + received + " from " + senders);
		}

	}

	static final class Restoring {

		private Restoring() {
		}

		public static void main(String[] arguments) throws Exception {
			SignalfdFactory factory = new SignalfdFactory(Syscalls.system());
			for (String name : List.of("USR1", "TERM")) {
				Signal signal = Signal.of(name);
				long bit = SignalSets.mask(Set.of(signal));
				System.out.println(name + " before " + ((caught() & bit) != 0));
				try (SignalReception reception = factory.receive(signal)) {
					System.out.println(reception.signal() + " during " + ((caught() & bit) != 0));
				}
				System.out.println(name + " after " + ((caught() & bit) != 0));
			}
			CountDownLatch arrived = new CountDownLatch(1);
			try (JdkSignals jdk = JdkSignals.open(Signal.of("WINCH"), (event) -> arrived.countDown())) {
				factory.receive(Signal.of("WINCH")).close();
				sun.misc.Signal.raise(new sun.misc.Signal("WINCH"));
				if (arrived.await(20, TimeUnit.SECONDS)) {
					System.out.println("WINCH handler of the JDK came back");
				}
			}
		}

	}

	static final class Ending {

		private Ending() {
		}

		public static void main(String[] arguments) throws Exception {
			Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("the hook ran")));
			SignalfdFactory factory = new SignalfdFactory(Syscalls.system());
			Signal term = Signal.of("TERM");
			Signal hup = Signal.of("HUP");
			try (Signalfd signalfd = factory.open(Set.of(term, hup));
					SignalReception ofTerm = factory.receive(term);
					SignalReception ofHup = factory.receive(hup)) {
				System.out.println("ready");
				SignalEvent event = signalfd.readEvent();
				if (event.signal().equals(ofTerm.signal()) && ofHup.signal().equals(hup)) {
					// given back below
					event = SignalEvent.withoutSender(term);
				}
			}
			System.out.println("TERM received and given back");
			new CountDownLatch(1).await();
		}

	}

	static final class Churning {

		private Churning() {
		}

		public static void main(String[] arguments) throws Exception {
			SignalfdFactory factory = new SignalfdFactory(Syscalls.system());
			Signal signal = Signal.of("USR1");
			AtomicBoolean ended = new AtomicBoolean();
			List<Thread> churners = new ArrayList<>();
			for (int i = 0; i < 2; i++) {
				Thread churner = new Thread(() -> {
					while (!ended.get()) {
						List<Thread> threads = new ArrayList<>();
						for (int n = 0; n < 20; n++) {
							Thread thread = new Thread(Thread::onSpinWait);
							thread.start();
							threads.add(thread);
						}
						for (Thread thread : threads) {
							try {
								thread.join();
							}
							catch (InterruptedException ex) {
								return;
							}
						}
					}
				});
				churner.start();
				churners.add(churner);
			}
			int looked = 0;
			long deadlineNanos = System.nanoTime() + 2_000_000_000L;
			try {
				while (System.nanoTime() < deadlineNanos) {
					factory.receive(signal).close();
					looked++;
				}
			}
			finally {
				ended.set(true);
			}
			for (Thread churner : churners) {
				churner.join();
			}
			System.out.println("looked " + looked + " times");
		}

	}

	static final class ThroughJdk {

		private ThroughJdk() {
		}

		public static void main(String[] arguments) throws Exception {
			CountDownLatch arrived = new CountDownLatch(1);
			try (JdkSignals jdk = JdkSignals.open(Signal.of("HUP"), (event) -> {
				System.out.println(event.signal() + " known " + event.isSenderKnown() + " pid " + event.pid());
				arrived.countDown();
			})) {
				System.out.println("ready");
				arrived.await();
			}
		}

	}

}
