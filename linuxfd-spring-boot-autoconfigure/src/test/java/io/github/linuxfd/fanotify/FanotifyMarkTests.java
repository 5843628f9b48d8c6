package io.github.linuxfd.fanotify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.ErrorTable;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of the marks of {@link Fanotify}, and of what the kernel says when it refuses
 * one.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class FanotifyMarkTests {

	private static final Flags<FanotifyEventFlag> ENTRIES = Flags.of(FanotifyEventFlag.CREATE, FanotifyEventFlag.DELETE,
			FanotifyEventFlag.RENAME, FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.EVENT_ON_CHILD,
			FanotifyEventFlag.ONDIR);

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final FanotifyFactory factory = new FanotifyFactory(this.faults.syscalls());

	@TempDir
	private Path directory;

	private Fanotify marked(Flags<FanotifyEventFlag> events) {
		Fanotify fanotify = this.factory.open();
		fanotify.addMark(FanotifyMark.INODE, this.directory, events);
		return fanotify;
	}

	@Test
	void markWhenIgnoredOrRemovedOrFlushedReportsNothing() throws Exception {
		Path file = Files.writeString(this.directory.resolve("file"), "");
		Flags<FanotifyEventFlag> modify = Flags.of(FanotifyEventFlag.MODIFY);
		try (Fanotify fanotify = marked(modify.with(FanotifyEventFlag.EVENT_ON_CHILD))) {
			fanotify.addMark(FanotifyMark.INODE, file, modify,
					Flags.of(FanotifyMarkFlag.IGNORE, FanotifyMarkFlag.IGNORED_SURV_MODIFY));
			Files.writeString(file, "1");
			assertThat(fanotify.pollEvent()).isNull();
			fanotify.removeMark(FanotifyMark.INODE, file, modify, Flags.of(FanotifyMarkFlag.IGNORE));
			Files.writeString(file, "2");
			assertThat(fanotify.pollEvent()).isNotNull();
			fanotify.flushMarks(FanotifyMark.INODE);
			Files.writeString(file, "3");
			assertThat(fanotify.pollEvent()).isNull();
			fanotify.addMark(FanotifyMark.INODE, this.directory, modify.with(FanotifyEventFlag.EVENT_ON_CHILD),
					Flags.of(FanotifyMarkFlag.EVICTABLE, FanotifyMarkFlag.ONLYDIR));
			Files.writeString(file, "4");
			assertThat(fanotify.pollEvent()).isNotNull();
			assertThatExceptionOfType(SyscallArgumentException.class)
				.isThrownBy(
						() -> fanotify.removeMark(FanotifyMark.INODE, file, modify, Flags.none(FanotifyMarkFlag.class)))
				.withMessage(
						"fanotify_mark(INODE \"" + file + "\", MODIFY) failed: ENOENT (No such file or directory)");
		}
	}

	/** What the kernel says of it in proc(5). */
	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void groupAndMarkWhenReadBackHaveTheirFlags() throws Exception {
		Flags<FanotifyInitFlag> flags = Flags.of(FanotifyInitFlag.REPORT_DIR_FID, FanotifyInitFlag.REPORT_NAME,
				FanotifyInitFlag.UNLIMITED_QUEUE, FanotifyInitFlag.UNLIMITED_MARKS);
		try (Fanotify fanotify = this.factory.open(FanotifyClass.NOTIF, flags)) {
			fanotify.addMark(FanotifyMark.INODE, this.directory, ENTRIES, Flags.of(FanotifyMarkFlag.EVICTABLE));
			List<String> info = info(fanotify);
			assertThat(bits(info, "fanotify flags:") & flags.bits()).isEqualTo(flags.bits());
			assertThat(bits(info, "mflags:")).isEqualTo(FanotifyMarkFlag.EVICTABLE.bit());
			assertThat(bits(info, " mask:")).isEqualTo(ENTRIES.bits());
		}
	}

	private static List<String> info(Fanotify fanotify) throws IOException {
		int number = fanotify.fd().acquire();
		try {
			return Files.readAllLines(Path.of("/proc/self/fdinfo/" + number));
		}
		finally {
			fanotify.fd().release();
		}
	}

	private static long bits(List<String> info, String field) {
		String line = info.stream().filter((each) -> each.contains(field)).findFirst().orElseThrow();
		return Long.parseLong(line.substring(line.indexOf(field) + field.length()).split(" ")[0], 16);
	}

	@Test
	void markWhenKernelRefusesItSaysWhy() throws Exception {
		Path file = Files.createFile(this.directory.resolve("file"));
		Flags<FanotifyMarkFlag> none = Flags.none(FanotifyMarkFlag.class);
		try (Fanotify fanotify = this.factory.open()) {
			assertThatExceptionOfType(SyscallArgumentException.class)
				.isThrownBy(() -> fanotify.addMark(FanotifyMark.INODE, this.directory.resolve("none"), ENTRIES))
				.withMessageEndingWith("failed: ENOENT (No such file or directory)");
			assertThatExceptionOfType(SyscallArgumentException.class)
				.isThrownBy(() -> fanotify.addMark(FanotifyMark.INODE, file, Flags.of(FanotifyEventFlag.ACCESS),
						Flags.of(FanotifyMarkFlag.ONLYDIR)))
				.withMessageEndingWith("failed: ENOTDIR (Not a directory)");
			assertThatExceptionOfType(SyscallArgumentException.class).as("nobody is asked in the class NOTIF")
				.isThrownBy(() -> fanotify.addMark(FanotifyMark.INODE, file, Flags.of(FanotifyEventFlag.OPEN_PERM)))
				.withMessageContaining("EINVAL");
			assertThatIllegalArgumentException()
				.isThrownBy(() -> fanotify.addMark(FanotifyMark.INODE, file, Flags.none(FanotifyEventFlag.class)))
				.withMessageContaining("at least one event");
			assertThatIllegalArgumentException().isThrownBy(
					() -> fanotify.removeMark(FanotifyMark.INODE, file, Flags.none(FanotifyEventFlag.class), none));
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void markOfAFileSystemWhoseHandlesCannotBeOpenedIsRefused() {
		try (Fanotify fanotify = this.factory.open()) {
			assertThatExceptionOfType(SyscallSystemException.class)
				.isThrownBy(() -> fanotify.addMark(FanotifyMark.FILESYSTEM, Path.of("/proc"), ENTRIES))
				.withMessageContaining("fanotify_mark(FILESYSTEM \"/proc\", ");
		}
	}

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenFlagsDoNotGoTogetherSaysWhich() {
		assertThatExceptionOfType(SyscallArgumentException.class)
			.isThrownBy(() -> this.factory.open(FanotifyClass.NOTIF, Flags.of(FanotifyInitFlag.REPORT_NAME)))
			.withMessageContaining("fanotify_init(CLASS_NOTIF|REPORT_NAME) failed: EINVAL");
	}

	@ParameterizedTest
	@MethodSource
	void callWhenRefusedIsOfTheKindInTheTable(String call, Errno errno, Class<?> kind) {
		this.faults.failAll(call.equals("fanotify_init") ? "fanotifyInit" : "fanotifyMark", errno);
		assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> {
			try (Fanotify fanotify = this.factory.open(FanotifyClass.NOTIF, Flags.of(FanotifyInitFlag.REPORT_FID))) {
				fanotify.addMark(FanotifyMark.MOUNT, this.directory, ENTRIES);
			}
		})
			.withMessageStartingWith(call + (call.equals("fanotify_init") ? "(CLASS_NOTIF|REPORT_FID) failed: "
					: "(MOUNT \"" + this.directory + "\", "))
			.withMessageContaining(") failed: " + errno)
			.isInstanceOf(kind);
	}

	static Stream<Arguments> callWhenRefusedIsOfTheKindInTheTable() {
		return ErrorTable.cells("""
				fanotify_init | EINVAL | EPERM | ENOMEM | EMFILE ENFILE | |
				fanotify_mark | EINVAL EBADF ENOENT EEXIST ENOTDIR EISDIR | EPERM EACCES | ENOMEM \
				| ENOSPC ENODEV EOPNOTSUPP EXDEV | |""");
	}

}
