package io.github.linuxfd.listener;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.annotation.FanotifyListener;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fanotify.FanotifyEvent;
import io.github.linuxfd.fanotify.FanotifyEventFlag;
import io.github.linuxfd.fanotify.FanotifyMark;
import io.github.linuxfd.fanotify.FanotifyResponse;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.kernel.Remedy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@link FanotifyListener @FanotifyListener} that fails the context, and says why.
 *
 * @author linuxfd
 */
class FanotifyRefusedListenerTests extends FanotifyListenerSpecification {

	@Test
	void listenerWhenWrongFailsTheContextAndSaysWhy() {
		assertRefused(OnLoop.class, "it is asked for permission with dispatch = LOOP, and the loop is what answers");
		assertRefused(Void.class, "it is asked and returns void; make it return FanotifyResponse or boolean");
		assertRefused(Batch.class, "a handler that answers takes FanotifyEvent or nothing");
		assertRefused(Answering.class, "it returns boolean, which nobody would receive");
		assertRefused(Mixed.class, "it is asked for permission and told of CREATE; make a listener of its own");
		assertRefused(ContentOfDirectories.class, "it is asked by PRE_ACCESS with ONDIR, which the kernel refuses");
		assertRefused(NoPath.class, "it has no path");
		assertRefused(Missing.class, "ENOENT");
		assertRefused(IgnoringNothing.class, "ENOENT");
		assertRefused(IgnoringEntriesOfAFile.class, "it ignores /proc/self/status, which has none of its events");
		assertRefused(PidfdOnLoop.class, "its events have a pidfd, which would be closed before they are published");
		assertRefused(ToldWithTimeout.class, "it has a timeout and is asked for no permission");
		assertRefused(WrongResponse.class, "timeoutResponse 'maybe' is neither ALLOW nor DENY");
		assertRefused(AuditResponse.class, "is ALLOW or DENY, not DENY_AUDIT");
		assertRefused(LongTimeout.class, "at most one hour, not PT2H");
		assertRefused(Namespace.class, "it marks a mount namespace, whose events are no files; use FanotifyFactory");
		assertRefused(NoConcurrency.class, "concurrency is 0, and has to be at least 1");
	}

	private void assertRefused(Class<?> listener, String message) {
		int before = OwnedFd.openCount();
		runner(listener).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).rootCause()
				.satisfies((cause) -> assertThat(context.getStartupFailure()).hasStackTraceContaining(message));
		});
		assertThat(OwnedFd.openCount()).isEqualTo(before);
	}

	/** Nothing is marked: the refusal comes before that. */
	@ParameterizedTest
	@ValueSource(strings = { "/", "/tmp" })
	void listenerWhenJvmHasFilesOnTheMountIsRefused(String path) {
		for (Class<?> listener : List.of(WholeMount.class, WholeFileSystem.class)) {
			runner(listener).withPropertyValues("test.dir=" + path).run((context) -> {
				assertThat(context).hasFailed();
				assertThat(context.getStartupFailure())
					.hasStackTraceContaining("it is asked for permission on " + path + ", and its ")
					.hasStackTraceContaining("it could wait for itself for ever");
			});
		}
		assertThat(this.faults.count("fanotifyInit")).isZero();
	}

	@Test
	void listenerWhenJvmHasFilesInTheDirectoryIsRefused() {
		for (String own : List.of("/tmp", System.getProperty("java.home") + "/lib")) {
			runner(Deciding.class).withPropertyValues("test.dir=" + own).run((context) -> {
				assertThat(context).hasFailed();
				assertThat(context.getStartupFailure()).hasStackTraceContaining("INODE mark covers " + own);
			});
		}
		runner(Deciding.class).withPropertyValues("logging.file.name=" + this.directory + "/app.log")
			.run((context) -> assertThat(context.getStartupFailure())
				.hasStackTraceContaining("mark covers " + this.directory));
		assertThat(this.faults.count("fanotifyInit")).isZero();
	}

	@Test
	void listenerWhenCapabilityIsMissingNamesIt() {
		this.faults.failAll("fanotifyInit", Errno.EPERM);
		runner(Deciding.class).run((context) -> {
			ListenerConfigurationException failure = (ListenerConfigurationException) context.getStartupFailure()
				.getCause();
			assertThat(failure).hasMessageContaining("fanotify_init(CLASS_CONTENT) failed: EPERM");
			assertThat(Remedy.of((SyscallException) failure.getCause())).hasValueSatisfying(
					(remedy) -> assertThat(remedy.cause()).contains("needs CAP_SYS_ADMIN, which this process lacks"));
		});
	}

	static class IgnoringNothing {

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, ignore = "${test.dir}/none")
		void tell() {
		}

	}

	static class IgnoringEntriesOfAFile {

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, events = FanotifyEventFlag.CREATE,
				ignore = "/proc/self/status")
		void tell() {
		}

	}

	static class OnLoop {

		@FanotifyListener(path = "${test.dir}", events = FanotifyEventFlag.OPEN_PERM, dispatch = Dispatch.LOOP)
		boolean ask() {
			return true;
		}

	}

	static class Void {

		@FanotifyListener(path = "${test.dir}", events = FanotifyEventFlag.OPEN_PERM)
		void ask() {
		}

	}

	static class Batch {

		@FanotifyListener(path = "${test.dir}", events = FanotifyEventFlag.OPEN_PERM)
		boolean ask(List<FanotifyEvent> events) {
			return true;
		}

	}

	static class Answering {

		@FanotifyListener(path = "${test.dir}")
		boolean tell() {
			return true;
		}

	}

	static class Mixed {

		@FanotifyListener(path = "${test.dir}",
				events = { FanotifyEventFlag.OPEN_PERM, FanotifyEventFlag.CREATE, FanotifyEventFlag.ONDIR })
		boolean ask() {
			return true;
		}

	}

	static class ContentOfDirectories {

		@FanotifyListener(path = "${test.dir}",
				events = { FanotifyEventFlag.OPEN_PERM, FanotifyEventFlag.PRE_ACCESS, FanotifyEventFlag.ONDIR })
		boolean ask() {
			return true;
		}

	}

	static class NoPath {

		@FanotifyListener(path = "${no.such.property:}")
		void tell() {
		}

	}

	static class Missing {

		@FanotifyListener(path = "${test.dir}/none", mark = FanotifyMark.INODE)
		void tell() {
		}

	}

	static class PidfdOnLoop {

		@FanotifyListener(path = "${test.dir}", reportPidfd = true, dispatch = Dispatch.LOOP)
		void tell() {
		}

	}

	static class ToldWithTimeout {

		@FanotifyListener(path = "${test.dir}", timeout = "1s")
		void tell() {
		}

	}

	static class WrongResponse {

		@FanotifyListener(path = "${test.dir}", events = FanotifyEventFlag.OPEN_PERM, timeoutResponse = "maybe")
		boolean ask() {
			return true;
		}

	}

	static class AuditResponse {

		@FanotifyListener(path = "${test.dir}", events = FanotifyEventFlag.OPEN_PERM, timeoutResponse = "DENY_AUDIT")
		boolean ask() {
			return true;
		}

	}

	static class LongTimeout {

		@FanotifyListener(path = "${test.dir}", events = FanotifyEventFlag.OPEN_PERM, timeout = "2h")
		boolean ask() {
			return true;
		}

	}

	static class Namespace {

		@FanotifyListener(path = "/proc/self/ns/mnt", mark = FanotifyMark.MNTNS, events = FanotifyEventFlag.MNT_ATTACH)
		void tell() {
		}

	}

	static class NoConcurrency {

		@FanotifyListener(path = "${test.dir}", concurrency = 0)
		void tell() {
		}

	}

	static class WholeMount {

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.MOUNT, events = FanotifyEventFlag.ACCESS_PERM)
		boolean ask() {
			return true;
		}

	}

	static class WholeFileSystem {

		@FanotifyListener(path = "${test.dir}", events = FanotifyEventFlag.OPEN_EXEC_PERM)
		boolean ask() {
			return true;
		}

	}

}
