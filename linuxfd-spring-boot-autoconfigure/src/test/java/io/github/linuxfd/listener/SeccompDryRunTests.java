package io.github.linuxfd.listener;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import io.github.linuxfd.event.SystemCallReportedEvent;
import io.github.linuxfd.seccomp.SeccompAnswer;
import io.github.linuxfd.seccomp.SeccompNotification;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link SeccompDryRun}, of threads of this JVM.
 *
 * @author linuxfd
 */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class SeccompDryRunTests {

	private final List<Object> events = new ArrayList<>();

	private final SeccompDryRun dryRun = new SeccompDryRun(this.events::add);

	@Test
	void callOfAThreadIsReportedWithItsProcess(CapturedOutput output) throws Exception {
		FutureTask<SeccompAnswer> report = new FutureTask<>(() -> this.dryRun.answer(call("execve", ownThread())));
		Thread thread = new Thread(report, "caller");
		thread.start();
		assertThat(report.get()).isEqualTo(SeccompAnswer.CONTINUE);
		long pid = ProcessHandle.current().pid();
		String name = Files.readString(Path.of("/proc/" + pid + "/comm")).strip();
		assertThat(this.events).singleElement().isInstanceOfSatisfying(SystemCallReportedEvent.class, (event) -> {
			assertThat(event.pid()).isEqualTo((int) pid);
			assertThat(event.process()).isEqualTo(name);
			assertThat(event.thread()).isEqualTo("caller");
		});
		assertThat(output).contains("(caller, a thread of " + pid + " " + name + ")");
	}

	/** The kernel cuts after 15 bytes, here in the middle of a character. */
	@Test
	void callOfAThreadWhoseNameIsNoTextIsReportedWithItsProcess(CapturedOutput output) throws Exception {
		FutureTask<SeccompAnswer> report = new FutureTask<>(() -> this.dryRun.answer(call("execve", ownThread())));
		new Thread(report, "a\nlong\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc").start();
		assertThat(report.get()).isEqualTo(SeccompAnswer.CONTINUE);
		assertThat(this.events).singleElement().isInstanceOfSatisfying(SystemCallReportedEvent.class, (event) -> {
			assertThat(event.pid()).isEqualTo((int) ProcessHandle.current().pid());
			assertThat(event.thread()).startsWith("a?long").endsWith("\ufffd");
		});
		assertThat(output).contains("(a?long");
	}

	@Test
	void callOfAProcessThatHasEndedIsReportedWithoutNames(CapturedOutput output) {
		assertThat(this.dryRun.answer(call("execve", 0))).isEqualTo(SeccompAnswer.CONTINUE);
		assertThat(this.events).containsExactly(new SystemCallReportedEvent(call("execve", 0), 0, "", ""));
		assertThat(output).contains("(which has ended)");
	}

	@Test
	void logWhenThereAreManyDifferentCallsIsBoundedAndTheRestIsCounted(CapturedOutput output) throws IOException {
		int thread = ownThread();
		for (int i = 0; i < 2 * SeccompDryRun.MAX_LOGGED; i++) {
			this.dryRun.answer(call("call" + i, thread));
			this.dryRun.answer(call("call" + i, thread));
		}
		this.dryRun.summarize();
		assertThat(output.getOut().lines().filter((line) -> line.contains("would deny call")))
			.hasSize(SeccompDryRun.MAX_LOGGED);
		assertThat(output).containsOnlyOnce("takes no others");
		assertThat(output).contains("would have denied 400 calls; 200 of them");
		assertThat(this.events).hasSize(400);
	}

	private static int ownThread() throws IOException {
		return Integer.parseInt(Path.of("/proc/thread-self").toRealPath().getFileName().toString());
	}

	private static SeccompNotification call(String name, int thread) {
		return new SeccompNotification(1, thread, 0, 59, name, 0, List.of(0L, 0L, 0L, 0L, 0L, 0L));
	}

}
