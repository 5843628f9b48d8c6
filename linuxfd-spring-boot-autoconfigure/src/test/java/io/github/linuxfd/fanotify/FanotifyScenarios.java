package io.github.linuxfd.fanotify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What {@link Fanotify} does with privileges, on file systems that nothing else uses. Run
 * in a JVM with mounts of its own.
 *
 * @author linuxfd
 */
final class FanotifyScenarios {

	private static final Duration LONG = Duration.ofSeconds(20);

	private static final Flags<FanotifyInitFlag> NO_FLAGS = Flags.none(FanotifyInitFlag.class);

	private static final FanotifyFactory factory = new FanotifyFactory(Syscalls.system());

	private FanotifyScenarios() {
	}

	/** The JVM's part is done before anybody is asked. */
	private static Fanotify asked(Scratch scratch, FanotifyEventFlag event) {
		Fanotify fanotify = factory.open(FanotifyClass.CONTENT, NO_FLAGS);
		fanotify.addMark(FanotifyMark.FILESYSTEM, scratch.root(), Flags.of(event));
		return fanotify;
	}

	private static CompletableFuture<Shell.Result> start(String... command) {
		return CompletableFuture.supplyAsync(() -> Shell.run(List.of(command)), (task) -> new Thread(task).start());
	}

	private static void answer(Fanotify fanotify, FanotifyEventFlag wanted, Path file, FanotifyResponse response) {
		try (FanotifyEvent event = fanotify.pollEvent(LONG)) {
			assertThat(event).isNotNull();
			assertThat(event.flags()).isEqualTo(Flags.of(wanted));
			assertThat(event.isPermission()).isTrue();
			assertThat(event.path()).hasValue(file);
			assertThat(event.respond(response)).isTrue();
		}
	}

	private static void assertRefused(CompletableFuture<Shell.Result> command, int status) throws Exception {
		Shell.Result refused = command.get(20, TimeUnit.SECONDS);
		assertThat(refused.status()).as(refused.output()).isEqualTo(status);
		assertThat(refused.output()).contains("Operation not permitted");
	}

	static void readWaitsForTheAnswerAndTheOpenDoesNot() throws Exception {
		try (Scratch scratch = new Scratch()) {
			Path file = Files.writeString(scratch.root().resolve("file"), "text");
			String[] readOnce = { "dd", "if=" + file, "bs=4", "count=1", "status=none" };
			try (Fanotify fanotify = asked(scratch, FanotifyEventFlag.ACCESS_PERM)) {
				Shell.bash(": < \"$1\"", file.toString()).orFail();
				assertThat(fanotify.pollEvent()).as("only opened").isNull();
				CompletableFuture<Shell.Result> allowed = start(readOnce);
				answer(fanotify, FanotifyEventFlag.ACCESS_PERM, file, FanotifyResponse.ALLOW);
				assertThat(allowed.get(20, TimeUnit.SECONDS).orFail()).isEqualTo("text");
				CompletableFuture<Shell.Result> denied = start(readOnce);
				answer(fanotify, FanotifyEventFlag.ACCESS_PERM, file, FanotifyResponse.DENY);
				assertRefused(denied, 1);
			}
		}
	}

	static void executionWaitsForTheAnswerAndReadingDoesNot() throws Exception {
		try (Scratch scratch = new Scratch()) {
			Path program = scratch.program();
			try (Fanotify fanotify = asked(scratch, FanotifyEventFlag.OPEN_EXEC_PERM)) {
				Shell.run(List.of("cat", program.toString())).orFail();
				assertThat(fanotify.pollEvent()).as("only read").isNull();
				CompletableFuture<Shell.Result> allowed = start("env", program.toString());
				answer(fanotify, FanotifyEventFlag.OPEN_EXEC_PERM, program, FanotifyResponse.ALLOW);
				allowed.get(20, TimeUnit.SECONDS).orFail();
				CompletableFuture<Shell.Result> denied = start("env", program.toString());
				answer(fanotify, FanotifyEventFlag.OPEN_EXEC_PERM, program, FanotifyResponse.DENY);
				// that it was found and could not be executed
				assertRefused(denied, 126);
			}
		}
	}

	static void executionIsToldApartFromReading() throws Exception {
		try (Scratch scratch = new Scratch(); Fanotify fanotify = factory.open()) {
			Path program = scratch.program();
			fanotify.addMark(FanotifyMark.FILESYSTEM, scratch.root(), Flags.of(FanotifyEventFlag.OPEN_EXEC));
			Shell.run(List.of("cat", program.toString())).orFail();
			assertThat(fanotify.readEvents()).isEmpty();
			Shell.Result run = Shell.run(List.of(program.toString()));
			run.orFail();
			assertThat(fanotify.readEvents()).singleElement().satisfies((event) -> {
				assertThat(event.flags()).isEqualTo(Flags.of(FanotifyEventFlag.OPEN_EXEC));
				assertThat(event.path()).hasValue(program);
				assertThat(event.pid()).isEqualTo((int) run.pid());
			});
		}
	}

	/** Whoever has opened a group first. */
	static void classSaysWhoIsAskedFirst() throws Exception {
		try (Scratch scratch = new Scratch()) {
			Path file = Files.writeString(scratch.root().resolve("file"), "text");
			try (Fanotify second = asked(scratch, FanotifyEventFlag.OPEN_PERM);
					Fanotify first = factory.open(FanotifyClass.PRE_CONTENT, NO_FLAGS)) {
				first.addMark(FanotifyMark.FILESYSTEM, scratch.root(), Flags.of(FanotifyEventFlag.OPEN_PERM));
				CompletableFuture<Shell.Result> allowed = start("cat", file.toString());
				assertThat(first.await(LONG)).isTrue();
				assertThat(second.pollEvent()).isNull();
				answer(first, FanotifyEventFlag.OPEN_PERM, file, FanotifyResponse.ALLOW);
				answer(second, FanotifyEventFlag.OPEN_PERM, file, FanotifyResponse.ALLOW);
				assertThat(allowed.get(20, TimeUnit.SECONDS).orFail()).isEqualTo("text");
				CompletableFuture<Shell.Result> denied = start("cat", file.toString());
				answer(first, FanotifyEventFlag.OPEN_PERM, file, FanotifyResponse.DENY);
				assertRefused(denied, 1);
				assertThat(second.pollEvent()).as("there is nothing left to ask for").isNull();
			}
		}
	}

	static void flushTakesTheMarksOfOneKind() throws Exception {
		Flags<FanotifyEventFlag> created = Flags.of(FanotifyEventFlag.CREATE);
		Flags<FanotifyEventFlag> written = Flags.of(FanotifyEventFlag.CLOSE_WRITE);
		Flags<FanotifyEventFlag> deleted = Flags.of(FanotifyEventFlag.DELETE);
		try (Scratch scratch = new Scratch(); Fanotify fanotify = factory.open()) {
			fanotify.addMark(FanotifyMark.INODE, scratch.root(), created);
			fanotify.addMark(FanotifyMark.MOUNT, scratch.root(), written);
			fanotify.addMark(FanotifyMark.FILESYSTEM, scratch.root(), deleted);
			assertThat(happened(fanotify, scratch.root())).isEqualTo(created.with(written).with(deleted));
			fanotify.flushMarks(FanotifyMark.MOUNT);
			assertThat(happened(fanotify, scratch.root())).isEqualTo(created.with(deleted));
			fanotify.flushMarks(FanotifyMark.INODE);
			assertThat(happened(fanotify, scratch.root())).isEqualTo(deleted);
			fanotify.flushMarks(FanotifyMark.FILESYSTEM);
			assertThat(happened(fanotify, scratch.root()).isEmpty()).isTrue();
		}
	}

	private static Flags<FanotifyEventFlag> happened(Fanotify fanotify, Path root) throws IOException {
		Files.delete(Files.writeString(root.resolve("file"), ""));
		return Flags.ofBits(FanotifyEventFlag.class,
				fanotify.readEvents().stream().mapToLong(FanotifyEvent::mask).reduce(0, (one, other) -> one | other));
	}

	static void flushTakesTheMarksOfMountNamespaces() throws Exception {
		try (Fanotify mounts = factory.open(FanotifyClass.NOTIF, Flags.of(FanotifyInitFlag.REPORT_MNT))) {
			mounts.addMark(FanotifyMark.MNTNS, Path.of("/proc/self/ns/mnt"), Flags.of(FanotifyEventFlag.MNT_ATTACH));
			new Scratch().close();
			assertThat(mounts.readEvents()).hasSize(1);
			mounts.flushMarks(FanotifyMark.MNTNS);
			new Scratch().close();
			assertThat(mounts.readEvents()).isEmpty();
		}
	}

	/** A file system of its own, in memory. */
	private static final class Scratch implements AutoCloseable {

		private final Path root;

		Scratch() throws IOException {
			this.root = Files.createTempDirectory("linuxfd");
			Shell.run(List.of("mount", "-t", "tmpfs", "tmpfs", this.root.toString())).orFail();
		}

		Path root() {
			return this.root;
		}

		/** A program that is nobody else's. */
		Path program() throws IOException {
			return Files.copy(Path.of("/bin/true").toRealPath(), this.root.resolve("true"),
					StandardCopyOption.COPY_ATTRIBUTES);
		}

		@Override
		public void close() throws IOException {
			Shell.run(List.of("umount", this.root.toString())).orFail();
			Files.delete(this.root);
		}

	}

}
