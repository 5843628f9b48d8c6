package io.github.linuxfd.ffi;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link NativePaths}.
 *
 * @author linuxfd
 */
@Timeout(240)
class NativePathsTests {

	private static final String[] NAMES = { "61", "c3a4", "e282ac", "f09f9880", "e9", "ff", "80", "c3", "e282",
			"f09f98", "efbfbd", "eda080", "edb3bf", "c080", "f8888080", "61e962", "c3a4e9", "f09f9880ff", "2561",
			"253431", "3f", "20", "0a", "5c", "23", "e9efbfbde9", "fffe", "f4908080", "2b", "3b", "c2a0" };

	@TempDir
	private Path directory;

	@ParameterizedTest
	@ValueSource(strings = { "a", "\u00e4\u20ac", "\ud83d\ude00", "\uFFFD" })
	void decodeWhenBytesAreUtf8GivesTheText(String text) {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		assertThat(NativePaths.decode(bytes, bytes.length)).isEqualTo(text);
	}

	@Test
	void decodeWhenByteIsNotUtf8GivesALoneSurrogate() {
		assertThat(NativePaths.decode(new byte[] { 'a', (byte) 0xe9, 'b', 'c', 'd' }, 3)).isEqualTo("a\udce9b");
	}

	@Test
	void decodeWhenBytesDifferGivesDifferentNames() {
		Random random = new Random(1);
		byte[] pool = { 'a', (byte) 0xc3, (byte) 0xa4, (byte) 0xe2, (byte) 0x82, (byte) 0xac, (byte) 0xed, (byte) 0xb2,
				(byte) 0x80, (byte) 0xef, (byte) 0xbf, (byte) 0xbd, (byte) 0xf0, (byte) 0x9f, (byte) 0xff };
		for (int i = 0; i < 20_000; i++) {
			byte[] bytes = new byte[1 + random.nextInt(8)];
			for (int at = 0; at < bytes.length; at++) {
				bytes[at] = pool[random.nextInt(pool.length)];
			}
			String name = NativePaths.decode(bytes, bytes.length);
			Path path = NativePaths.resolve(Path.of("/"), name);
			assertThat(NativePaths.encode(path)).as(HexFormat.of().formatHex(bytes))
				.isEqualTo(Arrays.copyOf(concat((byte) '/', bytes), bytes.length + 2));
			assertThat(NativePaths.name(path)).isEqualTo(name);
		}
	}

	private static byte[] concat(byte first, byte[] rest) {
		byte[] all = new byte[rest.length + 1];
		all[0] = first;
		System.arraycopy(rest, 0, all, 1, rest.length);
		return all;
	}

	@Test
	void namesWhenOfAnyBytesGoThereAndBack() throws Exception {
		createFiles();
		assertThat(checkNames(this.directory)).isEqualTo("right: " + NAMES.length + " names");
	}

	@ParameterizedTest
	@ValueSource(strings = { "LC_ALL=C", "LC_ALL=POSIX", "LC_ALL=C.UTF-8" })
	void namesWhenOfAnyBytesGoThereAndBackInEveryLocale(String locale) throws Exception {
		createFiles();
		try (ForkedJvm jvm = ForkedJvm.startBy(java.util.List.of("env", locale), Main.class,
				this.directory.toString())) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).containsExactly("right: " + NAMES.length + " names");
		}
	}

	@Test
	void encodeWhenPathIsADirectoryHasNoSlashAtTheEnd() throws Exception {
		Path made = Files.createDirectory(NativePaths.resolve(this.directory, "\udce9"));
		byte[] bytes = NativePaths.encode(made);
		assertThat(bytes).endsWith('/', 0xe9, 0);
		assertThat(NativePaths.encode(Path.of("/"))).containsExactly('/', 0);
		assertThat(NativePaths.name(made)).isEqualTo("\udce9");
	}

	private void createFiles() {
		StringBuilder script = new StringBuilder("cd \"$1\"\n");
		for (String name : NAMES) {
			script.append(": > $'").append(name.replaceAll("..", "\\\\x$0")).append("'\n");
		}
		Shell.bash(script.toString(), this.directory.toString()).orFail();
	}

	static String checkNames(Path directory) throws Exception {
		Syscalls syscalls = Syscalls.system();
		int right = 0;
		for (String hex : NAMES) {
			byte[] bytes = HexFormat.of().parseHex(hex);
			String name = NativePaths.decode(bytes, bytes.length);
			Path path = NativePaths.resolve(directory, name);
			byte[] encoded = NativePaths.encode(path);
			int start = encoded.length - 1 - bytes.length;
			int fd = syscalls.open(encoded, Syscalls.CLOEXEC);
			boolean isRight = Arrays.equals(encoded, start, encoded.length - 1, bytes, 0, bytes.length)
					&& Files.exists(path) && Files.size(path) == 0 && NativePaths.name(path).equals(name) && fd >= 0;
			if (!isRight) {
				return "wrong: " + hex;
			}
			syscalls.close(fd);
			right++;
		}
		try (var listed = Files.list(directory)) {
			for (Path path : (Iterable<Path>) listed::iterator) {
				byte[] back = NativePaths.encode(NativePaths.resolve(directory, NativePaths.name(path)));
				if (!Arrays.equals(back, NativePaths.encode(path))) {
					return "not the same: " + path;
				}
			}
		}
		return "right: " + right + " names";
	}

	static final class Main {

		private Main() {
		}

		public static void main(String[] arguments) throws Exception {
			System.out.println(checkNames(Path.of(arguments[0])));
		}

	}

}
