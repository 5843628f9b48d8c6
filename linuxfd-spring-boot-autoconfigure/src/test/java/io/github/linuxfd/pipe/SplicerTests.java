package io.github.linuxfd.pipe;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallUnknownException;
import io.github.linuxfd.fd.Fd;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts.Iovec;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link Splicer} and {@link SharedPages}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class SplicerTests {

	private static final Flags<SpliceFlag> NONE = Flags.none(SpliceFlag.class);

	private static final Flags<SpliceFlag> NONBLOCK = Flags.of(SpliceFlag.NONBLOCK);

	private static final int WRITE_ONLY = 1;

	private static final int APPEND = 0x400;

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final Syscalls syscalls = this.faults.syscalls();

	private final PipeFactory pipes = new PipeFactory(this.syscalls);

	private final Splicer splicer = new Splicer(this.syscalls);

	@TempDir
	private Path directory;

	private OwnedFd open(Path file, int flags) {
		return OwnedFd.adopt(this.syscalls, this.syscalls.open(NativePaths.encode(file), flags | Syscalls.CLOEXEC),
				"open", file.toString());
	}

	private OwnedFd file(String content) throws Exception {
		return open(Files.writeString(Files.createTempFile(this.directory, "in", ""), content), 0);
	}

	private void write(Pipe pipe, String text) {
		try (NativeMemory memory = NativeMemory.allocate(text.length())) {
			memory.bytes().put(0, text.getBytes(StandardCharsets.ISO_8859_1));
			int number = pipe.writeEnd().acquire();
			assertThat(this.syscalls.write(number, memory.address(), text.length())).isEqualTo(text.length());
			pipe.writeEnd().release();
		}
	}

	private String read(Pipe pipe) {
		int count = pipe.available();
		try (NativeMemory memory = NativeMemory.allocate(Math.max(1, count))) {
			int number = pipe.readEnd().acquire();
			assertThat(this.syscalls.read(number, memory.address(), count)).isEqualTo(count);
			pipe.readEnd().release();
			byte[] bytes = new byte[count];
			memory.bytes().get(0, bytes);
			return new String(bytes, StandardCharsets.ISO_8859_1);
		}
	}

	@Test
	void spliceMovesTheDescriptorsOwnPosition() throws Exception {
		try (Pipe pipe = this.pipes.open(); OwnedFd in = file("abcdef")) {
			assertThat(this.splicer.splice(in, pipe.writeEnd(), 4, NONE)).isEqualTo(4);
			assertThat(this.splicer.splice(in, pipe.writeEnd(), 4, NONE)).isEqualTo(2);
			assertThat(this.splicer.splice(in, pipe.writeEnd(), 4, NONE)).as("end of input").isZero();
			assertThat(read(pipe)).isEqualTo("abcdef");
		}
	}

	@Test
	void spliceWithOffsetsLeavesThePositionAlone() throws Exception {
		Path out = Files.writeString(this.directory.resolve("out"), "........");
		try (Pipe pipe = this.pipes.open(); OwnedFd in = file("abcdef"); OwnedFd target = open(out, WRITE_ONLY)) {
			assertThat(this.splicer.splice(in, 2, pipe.writeEnd(), Splicer.CURRENT, 3, NONE)).isEqualTo(3);
			assertThat(this.splicer.splice(in, pipe.writeEnd(), 1, NONE)).isEqualTo(1);
			assertThat(this.splicer.splice(pipe.readEnd(), Splicer.CURRENT, target, 1, 3, NONE)).isEqualTo(3);
			assertThat(this.splicer.splice(pipe.readEnd(), target, 1, NONE)).isEqualTo(1);
		}
		assertThat(out).hasContent("acde....");
	}

	@ParameterizedTest
	@EnumSource
	void spliceWithAnyFlagMovesTheBytes(SpliceFlag flag) throws Exception {
		Path out = Files.createFile(this.directory.resolve("out"));
		try (Pipe pipe = this.pipes.open(); OwnedFd in = file("abc"); OwnedFd target = open(out, WRITE_ONLY)) {
			assertThat(this.splicer.splice(in, pipe.writeEnd(), 9, Flags.of(flag))).isEqualTo(3);
			assertThat(this.splicer.splice(pipe.readEnd(), target, 9, Flags.of(flag))).isEqualTo(3);
		}
		assertThat(out).hasContent("abc");
	}

	@Test
	void spliceWhenThereIsNothingIsAgain() {
		try (Pipe from = this.pipes.open(); Pipe to = this.pipes.open()) {
			assertThat(this.splicer.splice(from.readEnd(), to.writeEnd(), 1, NONBLOCK)).isEqualTo(Splicer.AGAIN);
			write(from, "xy");
			assertThat(this.splicer.splice(from.readEnd(), to.writeEnd(), 1, NONBLOCK)).isEqualTo(1);
			from.writeEnd().close();
			assertThat(this.splicer.splice(from.readEnd(), to.writeEnd(), 9, NONBLOCK)).isEqualTo(1);
			assertThat(this.splicer.splice(from.readEnd(), to.writeEnd(), 9, NONBLOCK)).isZero();
		}
	}

	@Test
	void sendfileMovesThePositionOrLeavesItAloneWithAnOffset() throws Exception {
		try (Pipe pipe = this.pipes.open(); OwnedFd in = file("abcdef")) {
			Fd out = pipe.writeEnd();
			assertThat(this.splicer.sendfile(in, Splicer.CURRENT, out, 2)).isEqualTo(2);
			assertThat(this.splicer.sendfile(in, 1, out, 3)).isEqualTo(3);
			assertThat(this.splicer.sendfile(in, Splicer.CURRENT, out, 9)).isEqualTo(4);
			assertThat(read(pipe)).isEqualTo("abbcdcdef");
			assertThat(this.splicer.sendfile(in, Splicer.CURRENT, out, 9)).as("end of the file").isZero();
			assertThat(this.splicer.sendfile(in, 6, out, 9)).as("end of the file").isZero();
			assertThat(pipe.available()).isZero();
		}
	}

	@Test
	void sendfileWhenThereIsNoRoomIsAgain() throws Exception {
		try (Pipe pipe = this.pipes.open(Flags.of(PipeFlag.NONBLOCK), 4096);
				OwnedFd in = file("x".repeat(2 * pipe.capacity()))) {
			assertThat(this.splicer.sendfile(in, 0, pipe.writeEnd(), pipe.capacity())).isEqualTo(pipe.capacity());
			assertThat(this.splicer.sendfile(in, 0, pipe.writeEnd(), 1)).isEqualTo(Splicer.AGAIN);
		}
	}

	@Test
	void teeLeavesTheBytesWhereTheyAre() {
		try (Pipe from = this.pipes.open(); Pipe to = this.pipes.open()) {
			assertThat(this.splicer.tee(from.readEnd(), to.writeEnd(), 9, NONBLOCK)).isEqualTo(Splicer.AGAIN);
			write(from, "abc");
			assertThat(this.splicer.tee(from.readEnd(), to.writeEnd(), 2, NONBLOCK)).isEqualTo(2);
			assertThat(read(to)).isEqualTo("ab");
			assertThat(read(from)).isEqualTo("abc");
		}
	}

	@ParameterizedTest(name = "{0} {1} is {2}")
	@CsvSource({ "splice, EINVAL, SyscallArgumentException", "splice, EBADF, SyscallArgumentException",
			"splice, EPIPE, SyscallArgumentException", "splice, ENOMEM, SyscallMemoryException",
			"splice, ESPIPE, SyscallArgumentException", "splice, EIO, SyscallSystemException",
			"splice, ENOSPC, SyscallSystemException", "splice, ECONNRESET, SyscallSystemException",
			"splice, ETIMEDOUT, SyscallSystemException", "splice, EDQUOT, SyscallUnknownException",
			"sendfile, EINVAL, SyscallArgumentException", "sendfile, EBADF, SyscallArgumentException",
			"sendfile, EPIPE, SyscallArgumentException", "sendfile, ESPIPE, SyscallArgumentException",
			"sendfile, EOVERFLOW, SyscallArgumentException", "sendfile, ENOMEM, SyscallMemoryException",
			"sendfile, EIO, SyscallSystemException", "sendfile, ENOSPC, SyscallSystemException",
			"sendfile, ECONNRESET, SyscallSystemException", "sendfile, ETIMEDOUT, SyscallSystemException",
			"sendfile, EDQUOT, SyscallUnknownException", "tee, EINVAL, SyscallArgumentException",
			"tee, ENOMEM, SyscallMemoryException", "tee, EBADF, SyscallArgumentException",
			"tee, EPIPE, SyscallArgumentException", "tee, EIO, SyscallUnknownException",
			"vmsplice, EINVAL, SyscallArgumentException", "vmsplice, EBADF, SyscallArgumentException",
			"vmsplice, ENOMEM, SyscallMemoryException", "vmsplice, EFAULT, SyscallArgumentException",
			"vmsplice, EPIPE, SyscallArgumentException", "vmsplice, EIO, SyscallUnknownException" })
	void callWhenRefusedIsOfTheKindOfTheTable(String call, String name, String kind) {
		Errno errno = IntStream.range(1, 134)
			.mapToObj(Errno::new)
			.filter((candidate) -> candidate.name().equals(name))
			.findFirst()
			.orElseThrow();
		try (Pipe from = this.pipes.open();
				Pipe to = this.pipes.open();
				SharedPages pages = SharedPages.allocate(this.syscalls, 1)) {
			Supplier<Long> calling = calling(call, from, to, pages);
			this.faults.fail(call, 1, errno);
			assertThatExceptionOfType(SyscallException.class).isThrownBy(calling::get)
				.withMessageStartingWith(call + "(")
				.withMessageContaining("pipe write end descriptor")
				.withMessageContaining(call.equals("sendfile") ? ", -1, 1" : "NONBLOCK")
				.withMessageEndingWith("failed: " + errno)
				.satisfies((ex) -> assertThat(ex.getClass().getSimpleName()).isEqualTo(kind))
				.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(errno));
			this.faults.fail(call, 1, new Errno(4711));
			assertThatExceptionOfType(SyscallUnknownException.class).isThrownBy(calling::get)
				.satisfies((ex) -> assertThat(ex.errno().number()).isEqualTo(4711));
			// the "system" cell is a result here
			this.faults.fail(call, 1, Errno.EAGAIN);
			assertThat(calling.get()).isEqualTo(Splicer.AGAIN);
		}
	}

	private Supplier<Long> calling(String call, Pipe from, Pipe to, SharedPages pages) {
		return switch (call) {
			case "splice" -> () -> this.splicer.splice(from.readEnd(), to.writeEnd(), 1, NONBLOCK);
			case "sendfile" -> () -> this.splicer.sendfile(from.readEnd(), Splicer.CURRENT, to.writeEnd(), 1);
			case "tee" -> () -> this.splicer.tee(from.readEnd(), to.writeEnd(), 1, NONBLOCK);
			default -> () -> this.splicer.vmsplice(to.writeEnd(), List.of(pages.all()), NONBLOCK);
		};
	}

	private static void refused(Errno errno, Runnable call) {
		assertThatExceptionOfType(SyscallArgumentException.class).isThrownBy(call::run)
			.satisfies((ex) -> assertThat(ex.errno()).isEqualTo(errno));
	}

	@Test
	void spliceWithoutAPipeIsInvalid() throws Exception {
		try (OwnedFd in = file("x"); OwnedFd out = open(Files.createFile(this.directory.resolve("out")), WRITE_ONLY)) {
			refused(Errno.EINVAL, () -> this.splicer.splice(in, out, 1, NONE));
		}
	}

	@Test
	void spliceToAnAppendedFileIsInvalidEvenWithAnOffset() throws Exception {
		try (Pipe pipe = this.pipes.open();
				OwnedFd out = open(Files.createFile(this.directory.resolve("out")), WRITE_ONLY | APPEND)) {
			write(pipe, "x");
			refused(Errno.EINVAL, () -> this.splicer.splice(pipe.readEnd(), out, 1, NONE));
			refused(Errno.EINVAL, () -> this.splicer.splice(pipe.readEnd(), Splicer.CURRENT, out, 0, 1, NONE));
		}
	}

	@Test
	void spliceWithAnOffsetOfAPipeIsIllegalSeek() throws Exception {
		try (Pipe from = this.pipes.open(); Pipe to = this.pipes.open(); OwnedFd in = file("x")) {
			refused(Errno.ESPIPE,
					() -> this.splicer.splice(from.readEnd(), 0, to.writeEnd(), Splicer.CURRENT, 1, NONE));
			refused(Errno.ESPIPE, () -> this.splicer.splice(in, 0, to.writeEnd(), 0, 1, NONE));
		}
	}

	@Test
	void spliceInTheWrongDirectionIsABadDescriptor() throws Exception {
		try (Pipe pipe = this.pipes.open(); OwnedFd in = file("x")) {
			write(pipe, "x");
			refused(Errno.EBADF, () -> this.splicer.splice(pipe.readEnd(), in, 1, NONE));
			refused(Errno.EBADF, () -> this.splicer.splice(in, pipe.readEnd(), 1, NONE));
		}
	}

	/** The JVM has a handler for SIGPIPE, or this would have been its end. */
	@Test
	void callsWhenNobodyReadsAreABrokenPipe() throws Exception {
		try (Pipe from = this.pipes.open();
				Pipe to = this.pipes.open();
				OwnedFd in = file("x");
				SharedPages pages = SharedPages.allocate(this.syscalls, 1)) {
			write(from, "x");
			to.readEnd().close();
			refused(Errno.EPIPE, () -> this.splicer.splice(in, to.writeEnd(), 1, NONE));
			refused(Errno.EPIPE, () -> this.splicer.tee(from.readEnd(), to.writeEnd(), 1, NONE));
			refused(Errno.EPIPE, () -> this.splicer.vmsplice(to.writeEnd(), List.of(pages.all()), NONE));
		}
		long caught = Files.readAllLines(Path.of("/proc/self/status"))
			.stream()
			.filter((line) -> line.startsWith("SigCgt:"))
			.mapToLong((line) -> Long.parseUnsignedLong(line.substring("SigCgt:".length()).strip(), 16))
			.sum();
		assertThat(caught & (1L << 12)).as("the handler of signal 13, SIGPIPE").isNotZero();
	}

	@Test
	void teeOfWhatIsNoPipeOrTheSamePipeIsInvalid() throws Exception {
		try (Pipe pipe = this.pipes.open(); OwnedFd in = file("x")) {
			refused(Errno.EINVAL, () -> this.splicer.tee(in, pipe.writeEnd(), 1, NONE));
			refused(Errno.EINVAL, () -> this.splicer.tee(pipe.readEnd(), pipe.writeEnd(), 1, NONE));
		}
	}

	@Test
	void vmspliceIntoAFileIsABadDescriptor() throws Exception {
		try (OwnedFd out = open(Path.of("/dev/null"), WRITE_ONLY);
				SharedPages pages = SharedPages.allocate(this.syscalls, 1)) {
			refused(Errno.EBADF, () -> this.splicer.vmsplice(out, List.of(pages.all()), NONE));
		}
	}

	/** The kernel would write what is in the pipe into the pages. */
	@Test
	void vmspliceOfTheReadEndIsRefusedBeforeTheCall() {
		try (Pipe pipe = this.pipes.open(); SharedPages pages = SharedPages.allocate(this.syscalls, 1)) {
			write(pipe, "x");
			assertThatIllegalArgumentException()
				.isThrownBy(() -> this.splicer.vmsplice(pipe.readEnd(), List.of(pages.all()), NONE))
				.withMessageMatching("vmsplice puts pages into the write end of a pipe, not into pipe read end .*");
			assertThat(this.faults.count("vmsplice")).isZero();
			assertThat(pages.bytes().get(0)).isZero();
		}
	}

	@Test
	void pagesWhenLentHaveTheByteOrderOfTheirBuffer() {
		for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
			try (SharedPages pages = SharedPages.lend(ByteBuffer.allocateDirect(8).order(order))) {
				assertThat(pages.bytes().order()).isEqualTo(order);
			}
		}
	}

	@Test
	void callsWithWrongArgumentsFailBeforeTheCall() throws Exception {
		try (Pipe pipe = this.pipes.open(); OwnedFd in = file("x")) {
			Fd out = pipe.writeEnd();
			assertThatIllegalArgumentException().isThrownBy(() -> this.splicer.splice(in, out, -1, NONE));
			assertThatIllegalArgumentException().isThrownBy(() -> this.splicer.splice(in, -2, out, -1, 1, NONE));
			assertThatIllegalArgumentException().isThrownBy(() -> this.splicer.splice(in, 0, out, -2, 1, NONE));
			assertThatIllegalArgumentException().isThrownBy(() -> this.splicer.sendfile(in, Splicer.CURRENT, out, -1));
			assertThatIllegalArgumentException().isThrownBy(() -> this.splicer.sendfile(in, -2, out, 1));
			assertThatIllegalArgumentException().isThrownBy(() -> this.splicer.tee(in, out, -1, NONE));
			assertThatIllegalArgumentException().isThrownBy(() -> this.splicer.vmsplice(out, List.of(), NONE));
			out.close();
			assertThatIllegalStateException().isThrownBy(() -> this.splicer.splice(in, out, 1, NONE));
			assertThatIllegalStateException().isThrownBy(() -> this.splicer.sendfile(in, 0, out, 1));
			for (String call : List.of("splice", "sendfile", "tee", "vmsplice")) {
				assertThat(this.faults.count(call)).as(call).isZero();
			}
		}
	}

	@Test
	void vmspliceTakesPartsInOrder() {
		try (Pipe pipe = this.pipes.open(); SharedPages pages = SharedPages.allocate(this.syscalls, 8192)) {
			pages.bytes().put(0, "abc".getBytes(StandardCharsets.US_ASCII));
			pages.bytes().put(4096, "defgh".getBytes(StandardCharsets.US_ASCII));
			assertThat(this.splicer.vmsplice(pipe.writeEnd(), List.of(pages.part(4096, 5), pages.part(1, 2)), NONE))
				.isEqualTo(7);
			assertThat(read(pipe)).isEqualTo("defghbc");
		}
	}

	/** The reason for the type: what is in the pipe is the page, not the bytes. */
	@Test
	void pagesWhenChangedLaterAreSeenChangedByTheReader() {
		ByteBuffer direct = ByteBuffer.allocateDirect(4096);
		try (Pipe pipe = this.pipes.open();
				SharedPages own = SharedPages.allocate(this.syscalls, 4096);
				SharedPages lent = SharedPages.lend(direct)) {
			own.bytes().put(0, "before".getBytes(StandardCharsets.US_ASCII));
			direct.put(0, "before".getBytes(StandardCharsets.US_ASCII));
			this.splicer.vmsplice(pipe.writeEnd(), List.of(own.part(0, 6), lent.part(0, 6)), NONE);
			own.bytes().put(0, "CHANGE".getBytes(StandardCharsets.US_ASCII));
			direct.put(0, "change".getBytes(StandardCharsets.US_ASCII));
			assertThat(read(pipe)).isEqualTo("CHANGEchange");
		}
	}

	@Test
	void pagesWhenClosedBeforeTheyAreReadAreReadAsTheyWere() {
		try (Pipe pipe = this.pipes.open()) {
			SharedPages pages = SharedPages.allocate(this.syscalls, 4096);
			pages.bytes().put(0, "kept".getBytes(StandardCharsets.US_ASCII));
			this.splicer.vmsplice(pipe.writeEnd(), List.of(pages.part(0, 4)), NONE);
			pages.close();
			List<SharedPages> others = new ArrayList<>();
			for (int i = 0; i < 100; i++) {
				SharedPages other = SharedPages.allocate(this.syscalls, 4096);
				other.bytes().put(0, "XXXX".getBytes(StandardCharsets.US_ASCII));
				others.add(other);
			}
			assertThat(read(pipe)).isEqualTo("kept");
			others.forEach(SharedPages::close);
		}
	}

	@Test
	void pagesWhenGivenAwayCannotBeUsedAgain() throws Exception {
		Path out = Files.createFile(this.directory.resolve("out"));
		try (Pipe pipe = this.pipes.open();
				OwnedFd target = open(out, WRITE_ONLY);
				SharedPages pages = SharedPages.allocate(this.syscalls, 8192);
				SharedPages lent = SharedPages.lend(ByteBuffer.allocateDirect(1))) {
			pages.bytes().put(0, (byte) 'g').put(4096, (byte) 'h');
			Flags<SpliceFlag> gift = Flags.of(SpliceFlag.GIFT);
			assertThatIllegalArgumentException()
				.isThrownBy(() -> this.splicer.vmsplice(pipe.writeEnd(), List.of(lent.all()), gift));
			assertThat(
					this.splicer.vmsplice(pipe.writeEnd(), List.of(pages.part(0, 4096), pages.part(4096, 4096)), gift))
				.isEqualTo(8192);
			assertThatIllegalStateException().isThrownBy(pages::bytes).withMessageContaining("given away");
			assertThatIllegalStateException()
				.isThrownBy(() -> this.splicer.vmsplice(pipe.writeEnd(), List.of(pages.all()), NONE));
			assertThat(this.splicer.splice(pipe.readEnd(), target, 8192, Flags.of(SpliceFlag.MOVE))).isEqualTo(8192);
		}
		assertThat(Files.readAllBytes(out)).hasSize(8192).startsWith('g', 0).endsWith(0);
	}

	@Test
	void pagesWhenClosedAreRefused() {
		SharedPages pages = SharedPages.allocate(this.syscalls, 1);
		SharedPages.Part part = pages.all();
		pages.close();
		assertThat(this.faults.count("munmap")).isEqualTo(1);
		assertThatIllegalStateException().isThrownBy(pages::close).withMessageContaining("is closed already");
		assertThatIllegalStateException().isThrownBy(pages::bytes);
		assertThat(this.faults.count("munmap")).isEqualTo(1);
		try (Pipe pipe = this.pipes.open()) {
			assertThatIllegalStateException()
				.isThrownBy(() -> this.splicer.vmsplice(pipe.writeEnd(), List.of(part), NONE));
			assertThat(this.faults.count("vmsplice")).isZero();
		}
	}

	@Test
	void pagesWhenClosedDuringACallAreMappedUntilItsEnd() {
		try (Pipe pipe = this.pipes.open()) {
			SharedPages pages = SharedPages.allocate(this.syscalls, 4096);
			this.faults.answer("vmsplice", 1, 1, (call) -> {
				pages.close();
				assertThat(this.faults.count("munmap")).isZero();
				return call.call();
			});
			assertThat(this.splicer.vmsplice(pipe.writeEnd(), List.of(pages.all()), NONE)).isEqualTo(4096);
			assertThat(this.faults.count("munmap")).isEqualTo(1);
		}
	}

	@Test
	void pagesWhenArgumentsAreWrongAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> SharedPages.allocate(this.syscalls, 0));
		assertThatIllegalArgumentException().isThrownBy(() -> SharedPages.lend(ByteBuffer.allocate(8)))
			.withMessageContaining("only a direct buffer");
		assertThatIllegalArgumentException().isThrownBy(() -> SharedPages.lend(ByteBuffer.allocateDirect(0)));
		this.faults.fail("mmapAnonymous", 1, Errno.ENOMEM);
		assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> SharedPages.allocate(this.syscalls, 4096))
			.withMessage("mmap(4096 bytes) failed: ENOMEM (Cannot allocate memory)");
		try (SharedPages pages = SharedPages.allocate(this.syscalls, 10)) {
			for (int[] wrong : new int[][] { { -1, 1 }, { 0, 0 }, { 0, 11 }, { 10, 1 }, { Integer.MAX_VALUE, 1 } }) {
				assertThatExceptionOfType(IndexOutOfBoundsException.class)
					.isThrownBy(() -> pages.part(wrong[0], wrong[1]));
			}
		}
	}

	/** The kernel refuses more than 1024 at once; each takes a page of the pipe. */
	@Test
	void vmspliceOfMoreThanTheKernelTakesTakesSome() {
		try (Pipe pipe = this.pipes.open(Flags.none(PipeFlag.class), 1 << 20);
				SharedPages pages = SharedPages.allocate(this.syscalls, 1500);
				NativeMemory vectors = NativeMemory.allocate(1025 * Iovec.BYTES)) {
			int number = pipe.writeEnd().acquire();
			assertThat(Errno.EINVAL.is(this.syscalls.vmsplice(number, vectors.address(), 1025, 0))).isTrue();
			pipe.writeEnd().release();
			StringBuilder expected = new StringBuilder();
			List<SharedPages.Part> parts = new ArrayList<>();
			for (int i = 0; i < 1500; i++) {
				pages.bytes().put(i, (byte) ('a' + i % 26));
				expected.append((char) ('a' + i % 26));
				parts.add(pages.part(i, 1));
			}
			StringBuilder arrived = new StringBuilder();
			int calls = 0;
			while (!parts.isEmpty()) {
				long taken = this.splicer.vmsplice(pipe.writeEnd(), parts, NONBLOCK);
				assertThat(taken).isBetween(1L, (long) Splicer.MAX_PARTS);
				parts.subList(0, (int) taken).clear();
				arrived.append(read(pipe));
				calls++;
			}
			assertThat(arrived).hasToString(expected.toString());
			assertThat(calls).isLessThan(20);
		}
	}

}
