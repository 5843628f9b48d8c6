package io.github.linuxfd.fanotify;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.EnabledIfCompiler;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.Lease;
import io.github.linuxfd.testsupport.OpeningProcesses;
import io.github.linuxfd.testsupport.PreAccessMount;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests of {@link Fanotify} when it is asked: of whoever waits for its answers.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(240)
class FanotifyPermissionTests {

	/** The common pool has a single thread on a small machine. */
	private static final Executor THREADS = (task) -> new Thread(task).start();

	private static final Duration LONG = Duration.ofSeconds(20);

	private static final Flags<FanotifyEventFlag> CHILD_OPEN_PERM = Flags.of(FanotifyEventFlag.OPEN_PERM,
			FanotifyEventFlag.EVENT_ON_CHILD);

	private static final Flags<FanotifyInitFlag> NO_FLAGS = Flags.none(FanotifyInitFlag.class);

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final FanotifyFactory factory = new FanotifyFactory(this.faults.syscalls());

	@RegisterExtension
	private final OpeningProcesses processes = new OpeningProcesses();

	@TempDir
	private Path directory;

	private Fanotify asked() {
		Fanotify fanotify = this.factory.open(FanotifyClass.CONTENT, NO_FLAGS);
		fanotify.addMark(FanotifyMark.INODE, this.directory, CHILD_OPEN_PERM);
		return fanotify;
	}

	@ParameterizedTest
	@ValueSource(strings = { "CONTENT", "PRE_CONTENT" })
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenAskedForWaitsForTheAnswer(FanotifyClass type) throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		try (Fanotify fanotify = this.factory.open(type, NO_FLAGS)) {
			fanotify.addMark(FanotifyMark.INODE, this.directory, CHILD_OPEN_PERM);
			Future<String> allowed = this.processes.cat(file);
			FanotifyEvent event = fanotify.pollEvent(LONG);
			assertThat(event).isNotNull();
			assertThat(event.isPermission()).isTrue();
			assertThat(event.path()).hasValue(file);
			assertThat(allowed.isDone()).isFalse();
			assertThatIllegalStateException().isThrownBy(event::takeDescriptor);
			assertThat(fanotify.respond(event, FanotifyResponse.ALLOW)).isTrue();
			assertThat(event.respond(FanotifyResponse.DENY)).isFalse();
			assertThat(allowed.get(20, TimeUnit.SECONDS)).isEqualTo("text");
			event.close();
			Future<String> denied = this.processes.cat(file);
			try (FanotifyEvent second = fanotify.pollEvent(LONG)) {
				assertThat(second).isNotNull();
				assertThat(second.respond(FanotifyResponse.DENY)).isTrue();
				second.takeDescriptor().orElseThrow().close();
			}
			assertThat(denied.get(20, TimeUnit.SECONDS)).isEqualTo(OpeningProcesses.REFUSED);
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenEventIsClosedWithoutAnswerIsAllowed() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		try (Fanotify fanotify = asked()) {
			Future<String> cat = this.processes.cat(file);
			fanotify.readEvent().close();
			assertThat(cat.get(20, TimeUnit.SECONDS)).isEqualTo("text");
		}
	}

	/** The kernel lets it through when the group is closed. */
	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void eventWhenItsAnswerIsRefusedIsClosedWithAllItHas() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		Future<String> cat;
		try (Fanotify fanotify = this.factory.open(FanotifyClass.CONTENT, Flags.of(FanotifyInitFlag.REPORT_PIDFD))) {
			fanotify.addMark(FanotifyMark.INODE, this.directory, CHILD_OPEN_PERM);
			cat = this.processes.cat(file);
			FanotifyEvent event = fanotify.readEvent();
			assertThat(event.pidfd()).isPresent();
			int before = OwnedFd.openCount();
			this.faults.failAll("write", Errno.EINVAL);
			assertThatExceptionOfType(SyscallException.class).isThrownBy(event::close)
				.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(Errno.EINVAL));
			assertThat(OwnedFd.openCount()).isEqualTo(before - 2);
			this.faults.heal();
		}
		assertThat(cat.get(20, TimeUnit.SECONDS)).isEqualTo("text");
	}

	@Test
	@EnabledIfCompiler("perl")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenSomebodyHasALeaseDoesNotHoldUpTheReader() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		Path other = Files.writeString(this.directory.resolve("other"), "text");
		try (Lease lease = Lease.on(file); Fanotify fanotify = asked()) {
			Future<String> refused = this.processes.cat(file);
			try (FanotifyEvent event = CompletableFuture.supplyAsync(fanotify::readEvent, THREADS)
				.get(10, TimeUnit.SECONDS)) {
				assertThat(event.failure()).hasValue(Errno.EAGAIN);
			}
			assertThat(refused.get(20, TimeUnit.SECONDS)).startsWith("refused: ");
			Future<String> cat = this.processes.cat(other);
			fanotify.readEvent().close();
			assertThat(cat.get(20, TimeUnit.SECONDS)).isEqualTo("text");
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenDescriptorIsClosedBeforeTheAnswerIsAllowed() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		try (Fanotify fanotify = asked()) {
			Future<String> cat = this.processes.cat(file);
			FanotifyEvent event = fanotify.readEvent();
			event.descriptor().orElseThrow().close();
			assertThat(cat.get(20, TimeUnit.SECONDS)).isEqualTo("text");
			assertThat(event.isAnswered()).isTrue();
			assertThat(event.respond(FanotifyResponse.DENY)).isFalse();
			event.close();
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenGroupIsClosedIsAllowedWhetherReadOrNot() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		Fanotify fanotify = asked();
		Future<String> first = this.processes.cat(file);
		FanotifyEvent read = fanotify.readEvent();
		Future<String> second = this.processes.cat(file);
		assertThat(fanotify.await(LONG)).isTrue();
		fanotify.close();
		assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo("text");
		assertThat(second.get(20, TimeUnit.SECONDS)).isEqualTo("text");
		assertThat(read.respond(FanotifyResponse.DENY)).isFalse();
		read.close();
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void respondWhenWhoWaitedWasKilledHarmsNobody() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		try (Fanotify fanotify = asked()) {
			Process cat = new ProcessBuilder("cat", file.toString()).start();
			try (FanotifyEvent event = fanotify.readEvent()) {
				assertThat(event.pid()).isEqualTo((int) cat.pid());
				cat.destroyForcibly().waitFor();
				assertThat(event.respond(FanotifyResponse.DENY)).isTrue();
			}
			Future<String> next = this.processes.cat(file);
			fanotify.readEvent().close();
			assertThat(next.get(20, TimeUnit.SECONDS)).isEqualTo("text");
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void respondWhenAuditIsNotEnabledIsAnErrorAndCanBeAnsweredStill() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		try (Fanotify fanotify = asked()) {
			Future<String> cat = this.processes.cat(file);
			try (FanotifyEvent event = fanotify.readEvent()) {
				assertThatExceptionOfType(SyscallArgumentException.class)
					.isThrownBy(() -> event.respond(FanotifyResponse.DENY_AUDIT))
					.withMessageContaining("write(DENY_AUDIT)");
				assertThat(event.isAnswered()).isFalse();
				assertThat(event.respond(FanotifyResponse.ALLOW)).isTrue();
			}
			assertThat(cat.get(20, TimeUnit.SECONDS)).isEqualTo("text");
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "ALLOW_AUDIT", "DENY_AUDIT" })
	@EnabledIfCapability({ "CAP_SYS_ADMIN", "CAP_AUDIT_WRITE" })
	void respondWhenAuditIsEnabledIsTaken(FanotifyResponse response) throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		try (Fanotify fanotify = this.factory.open(FanotifyClass.CONTENT, Flags.of(FanotifyInitFlag.ENABLE_AUDIT))) {
			fanotify.addMark(FanotifyMark.INODE, this.directory, CHILD_OPEN_PERM);
			Future<String> cat = this.processes.cat(file);
			try (FanotifyEvent event = fanotify.readEvent()) {
				assertThat(event.respond(response)).isTrue();
			}
			assertThat(cat.get(20, TimeUnit.SECONDS))
				.isEqualTo((response == FanotifyResponse.ALLOW_AUDIT) ? "text" : OpeningProcesses.REFUSED);
		}
	}

	/** Whether an answer comes just before the close or just after it. */
	@Test
	void respondWhileGroupIsClosedIsNoError() throws Exception {
		this.faults.answer("write", 1, Integer.MAX_VALUE, (call) -> Layouts.FanotifyResponse.BYTES);
		for (int round = 0; round < 200; round++) {
			Fanotify fanotify = this.factory.open();
			CountDownLatch responding = new CountDownLatch(2);
			Runnable responder = () -> {
				responding.countDown();
				while (respondToOne(fanotify)) {
					Thread.onSpinWait();
				}
			};
			List<CompletableFuture<Void>> responders = List.of(CompletableFuture.runAsync(responder, THREADS),
					CompletableFuture.runAsync(responder, THREADS));
			responding.await();
			fanotify.close();
			for (CompletableFuture<Void> each : responders) {
				each.get(20, TimeUnit.SECONDS);
			}
		}
	}

	private static boolean respondToOne(Fanotify fanotify) {
		OwnedFd question = OwnedFd.adopt(Syscalls.system(), Syscalls.system().eventfd(0, Syscalls.CLOEXEC), "eventfd",
				"0");
		try (FanotifyEvent event = new FanotifyEvent(fanotify, 3, FanotifyEventFlag.OPEN_PERM.bit(), 1, question,
				null)) {
			return event.respond(FanotifyResponse.ALLOW);
		}
	}

	@Test
	@EnabledIfCompiler({ "unshare", "mkfs.ext4" })
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void rangeWhenAboutToBeReadIsToldAndCanBeDeniedWithAnError() {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("unshare", "--mount"), BeforeAccess.class,
				this.directory.toString())) {
			String line = jvm.awaitLine((each) -> each.equals("passed") || each.startsWith("SKIPPED"));
			assumeThat(line).isEqualTo("passed");
			assertThat(jvm.awaitExit()).isZero();
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void denyWhenClassTakesNoErrorsIsAnErrorAndCanBeAnsweredStill() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "text");
		try (Fanotify fanotify = asked()) {
			Future<String> cat = this.processes.cat(file);
			try (FanotifyEvent event = fanotify.readEvent()) {
				assertThat(event.range()).isEmpty();
				assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(() -> event.deny(Errno.EIO))
					.withMessageStartingWith("write(EIO");
				for (int number : new int[] { -1, 0, 256 }) {
					assertThatIllegalArgumentException().isThrownBy(() -> event.deny(new Errno(number)));
				}
				assertThat(event.respond(FanotifyResponse.ALLOW)).isTrue();
			}
			assertThat(cat.get(20, TimeUnit.SECONDS)).isEqualTo("text");
		}
	}

	/** Two blocks of a file, on a file system of its own. */
	static final class BeforeAccess {

		public static void main(String[] args) throws Exception {
			Optional<Path> mounted = PreAccessMount.in(Path.of(args[0]));
			if (mounted.isEmpty()) {
				return;
			}
			Path file = Files.write(mounted.get().resolve("file"), new byte[16 * 1024]);
			try (Fanotify fanotify = new FanotifyFactory(Syscalls.system()).open(FanotifyClass.PRE_CONTENT, NO_FLAGS)) {
				fanotify.addMark(FanotifyMark.INODE, file, Flags.of(FanotifyEventFlag.PRE_ACCESS));
				CompletableFuture<Shell.Result> dd = CompletableFuture.supplyAsync(() -> Shell.run(List.of("dd",
						"if=" + file, "of=/dev/null", "bs=4096", "skip=1", "count=3", "iflag=direct", "status=none")),
						THREADS);
				try (FanotifyEvent event = fanotify.pollEvent(LONG)) {
					assertThat(event).isNotNull();
					assertThat(event.range()).hasValue(new FanotifyRange(4096, 4096));
					assertThat(event.path()).hasValue(file);
					assertThat(event.respond(FanotifyResponse.ALLOW)).isTrue();
				}
				try (FanotifyEvent event = fanotify.pollEvent(LONG)) {
					assertThat(event).isNotNull();
					assertThat(event.range()).hasValue(new FanotifyRange(8192, 4096));
					assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(() -> event.deny(Errno.ENOMEM))
						.withMessageStartingWith("write(ENOMEM");
					assertThat(event.deny(Errno.EIO)).isTrue();
					assertThat(event.respond(FanotifyResponse.ALLOW)).isFalse();
				}
				Shell.Result refused = dd.get(20, TimeUnit.SECONDS);
				assertThat(refused.status()).isEqualTo(1);
				assertThat(refused.output()).contains("Input/output error");
				ofDirectories(fanotify, mounted.get());
			}
			System.out.println("passed");
		}

		/** They have no content, and are asked for by their opening only. */
		private static void ofDirectories(Fanotify fanotify, Path root) throws Exception {
			Flags<FanotifyEventFlag> content = Flags.of(FanotifyEventFlag.PRE_ACCESS, FanotifyEventFlag.ONDIR);
			for (FanotifyMark kind : List.of(FanotifyMark.INODE, FanotifyMark.MOUNT, FanotifyMark.FILESYSTEM)) {
				assertThatExceptionOfType(SyscallArgumentException.class)
					.isThrownBy(() -> fanotify.addMark(kind, root, content))
					.withMessageContaining("failed: EINVAL");
			}
			fanotify.addMark(FanotifyMark.INODE, root, Flags.of(FanotifyEventFlag.OPEN_PERM, FanotifyEventFlag.ONDIR));
			CompletableFuture<Shell.Result> ls = CompletableFuture
				.supplyAsync(() -> Shell.run(List.of("ls", root.toString())), THREADS);
			try (FanotifyEvent event = fanotify.pollEvent(LONG)) {
				assertThat(event).isNotNull();
				assertThat(event.path()).hasValue(root);
				assertThat(event.respond(FanotifyResponse.DENY)).isTrue();
			}
			assertThat(ls.get(20, TimeUnit.SECONDS).output()).contains("Operation not permitted");
		}

	}

}
