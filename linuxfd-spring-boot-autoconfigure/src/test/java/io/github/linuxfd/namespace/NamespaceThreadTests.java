package io.github.linuxfd.namespace;

import java.io.IOException;
import java.lang.Thread.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallPermissionException;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.HostUntouchedExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link NamespaceThread}, as far as no privilege is needed: the calls are
 * answered, not made. {@link NamespaceScenarios} has the rest.
 *
 * @author linuxfd
 */
@ExtendWith({ FdLeakExtension.class, HostUntouchedExtension.class })
@Timeout(120)
class NamespaceThreadTests {

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem()
		.answer("unshare", 1, Integer.MAX_VALUE, (call) -> 0)
		.answer("mount", 1, Integer.MAX_VALUE, (call) -> 0);

	private final NamespaceThread thread = new Namespaces(this.faults.syscalls()).fresh(CloneFlag.NEWNS,
			CloneFlag.NEWUTS);

	@Test
	void actionRunsOnAThreadOfItsOwnThatHasEndedAfterwards() throws Exception {
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			threads.add(this.thread.call(Thread::currentThread));
		}
		assertThat(threads).doesNotHaveDuplicates().doesNotContain(Thread.currentThread()).allSatisfy((thread) -> {
			assertThat(thread.getState()).isEqualTo(State.TERMINATED);
			assertThat(thread.getName()).isEqualTo("linuxfd-namespace");
			assertThat(thread.getClass()).isEqualTo(Thread.class);
		});
		assertThat(this.faults.count("unshare")).isEqualTo(20);
		assertThat(this.faults.count("mount")).as("private, each time").isEqualTo(20);
	}

	@ParameterizedTest
	@ValueSource(classes = { IOException.class, IllegalStateException.class, AssertionError.class,
			StackOverflowError.class })
	void failureOfTheActionComesBackAsItIs(Class<? extends Throwable> type) throws Exception {
		Throwable failure = type.getDeclaredConstructor().newInstance();
		AtomicReference<Thread> runner = new AtomicReference<>();
		assertThatExceptionOfType(type).isThrownBy(() -> this.thread.call(() -> {
			runner.set(Thread.currentThread());
			if (failure instanceof Error error) {
				throw error;
			}
			throw (Exception) failure;
		})).isSameAs(failure);
		assertThat(runner.get().isAlive()).isFalse();
	}

	@Test
	void actionWhenTheWayInIsRefusedIsNotRun() {
		AtomicBoolean ran = new AtomicBoolean();
		this.faults.heal();
		this.faults.answer("unshare", 1, 1, (call) -> 0).fail("mount", 1, Errno.EPERM);
		assertThatExceptionOfType(SyscallPermissionException.class)
			.isThrownBy(() -> this.thread.call(() -> ran.getAndSet(true)))
			.withMessage("mount(\"/\", MS_REC|MS_PRIVATE) failed: EPERM (Operation not permitted); "
					+ "it needs CAP_SYS_ADMIN");
		assertThat(ran).isFalse();
	}

	@Test
	void actionWhenTheTimeIsOverIsInterruptedAndEnds() throws Exception {
		AtomicReference<Thread> runner = new AtomicReference<>();
		CountDownLatch interrupted = new CountDownLatch(1);
		long startNanos = System.nanoTime();
		assertThatExceptionOfType(TimeoutException.class)
			.isThrownBy(() -> this.thread.withTimeout(Duration.ofSeconds(3)).call(() -> {
				runner.set(Thread.currentThread());
				return waitForInterrupt(interrupted);
			}))
			.withMessage("The action in fresh NEWNS|NEWUTS has not ended in PT3S and was interrupted");
		assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isGreaterThanOrEqualTo(Duration.ofSeconds(3));
		assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
		runner.get().join(10_000);
		assertThat(runner.get().isAlive()).isFalse();
		assertThat(this.thread.withTimeout(Duration.ofSeconds(Long.MAX_VALUE)).call(() -> "in time"))
			.isEqualTo("in time");
	}

	@Test
	void actionWhenTheCallerIsInterruptedIsInterruptedToo() throws Exception {
		CountDownLatch interrupted = new CountDownLatch(1);
		CountDownLatch started = new CountDownLatch(1);
		AtomicReference<Throwable> outcome = new AtomicReference<>();
		Thread caller = new Thread(() -> {
			try {
				this.thread.call(() -> {
					started.countDown();
					return waitForInterrupt(interrupted);
				});
			}
			catch (Exception ex) {
				outcome.set(ex);
			}
		});
		caller.start();
		assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
		caller.interrupt();
		caller.join(10_000);
		assertThat(outcome.get()).isInstanceOf(InterruptedException.class);
		assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
	}

	private static Void waitForInterrupt(CountDownLatch interrupted) throws InterruptedException {
		try {
			new CountDownLatch(1).await();
			throw new AssertionError("nobody counts down");
		}
		catch (InterruptedException ex) {
			interrupted.countDown();
			throw ex;
		}
	}

	@Test
	void actionsRunAtTheSameTime() throws Exception {
		CountDownLatch both = new CountDownLatch(2);
		List<Thread> callers = new ArrayList<>();
		List<Boolean> met = new CopyOnWriteArrayList<>();
		for (int i = 0; i < 2; i++) {
			Thread caller = new Thread(() -> {
				try {
					met.add(this.thread.call(() -> {
						both.countDown();
						return both.await(10, TimeUnit.SECONDS);
					}));
				}
				catch (Exception ex) {
					throw new IllegalStateException(ex);
				}
			});
			caller.start();
			callers.add(caller);
		}
		Awaitility.await().until(() -> callers.stream().noneMatch(Thread::isAlive));
		assertThat(met).containsExactly(true, true);
	}

	@ParameterizedTest
	@ValueSource(strings = { "PT0S", "PT-1S" })
	void timeoutWhenNotPositiveIsRefused(String timeout) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.thread.withTimeout(Duration.parse(timeout)));
	}

}
