package io.github.linuxfd.ffi;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * File names as the kernel has them, which are bytes, and as Java has them. A byte that
 * is not part of UTF-8 becomes a lone surrogate (U+DC80 to U+DCFF), so that the way back
 * is exact; whatever the JVM's own file name encoding cannot express takes the way
 * through a {@code file:} URI, which can name any byte.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class NativePaths {

	private static final boolean UTF_8_FILE_NAMES = StandardCharsets.UTF_8
		.equals(Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));

	private static final char REPLACEMENT = '\uFFFD';

	private static final int SURROGATE_BASE = 0xDC00;

	private NativePaths() {
	}

	/**
	 * Decode a name.
	 * @param bytes holds the name
	 * @param length the number of bytes of the name, from the start
	 * @return the name; bytes outside UTF-8 are lone surrogates
	 */
	public static String decode(byte[] bytes, int length) {
		String name = new String(bytes, 0, length, StandardCharsets.UTF_8);
		return (name.indexOf(REPLACEMENT) < 0) ? name : decodeByCharacter(bytes, length);
	}

	private static String decodeByCharacter(byte[] bytes, int length) {
		StringBuilder name = new StringBuilder(length);
		for (int i = 0; i < length;) {
			int size = Math.min(utf8Size(bytes[i]), length - i);
			String character = new String(bytes, i, size, StandardCharsets.UTF_8);
			byte[] back = character.getBytes(StandardCharsets.UTF_8);
			if (Arrays.equals(back, 0, back.length, bytes, i, i + size)) {
				name.append(character);
				i += size;
			}
			else {
				name.append((char) (SURROGATE_BASE + (bytes[i] & 0xff)));
				i++;
			}
		}
		return name.toString();
	}

	private static int utf8Size(byte first) {
		int bits = first & 0xff;
		return (bits < 0xC0) ? 1 : (bits < 0xE0) ? 2 : (bits < 0xF0) ? 3 : 4;
	}

	/**
	 * Return the path of an entry.
	 * @param directory the directory
	 * @param name a decoded name
	 * @return the path that names exactly the bytes the name was decoded from
	 */
	public static Path resolve(Path directory, String name) {
		if (isAscii(name) || (UTF_8_FILE_NAMES && !hasSurrogates(name))) {
			return directory.resolve(name);
		}
		Path absolute = Path.of(URI.create("file:///" + percentEncoded(encode(name))));
		return directory.resolve(absolute.getFileName());
	}

	/**
	 * Return the last name of a path, as {@link #decode} would have it.
	 * @param path the path
	 * @return the name
	 */
	public static String name(Path path) {
		byte[] bytes = encode(path);
		int start = bytes.length - 1;
		while (start > 0 && bytes[start - 1] != '/') {
			start--;
		}
		byte[] name = Arrays.copyOfRange(bytes, start, bytes.length);
		return decode(name, name.length - 1);
	}

	/**
	 * Return a path as the kernel takes it.
	 * @param path the path
	 * @return its bytes, ended by NUL
	 */
	public static byte[] encode(Path path) {
		String text = path.toString();
		byte[] bytes = isAscii(text) ? text.getBytes(StandardCharsets.US_ASCII) : encodeByUri(path);
		return Arrays.copyOf(bytes, bytes.length + 1);
	}

	/*
	 * UnixPath keeps the bytes it was made from and hands them out in no other way. The
	 * URI of a directory ends in a slash, which is not part of its name.
	 */
	private static byte[] encodeByUri(Path path) {
		String raw = path.toUri().getRawPath();
		ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
		int end = (raw.length() > 1 && raw.endsWith("/")) ? raw.length() - 1 : raw.length();
		for (int i = 0; i < end; i++) {
			if (raw.charAt(i) == '%') {
				bytes.write(HexFormat.fromHexDigits(raw, i + 1, i + 3));
				i += 2;
			}
			else {
				bytes.write(raw.charAt(i));
			}
		}
		return bytes.toByteArray();
	}

	private static byte[] encode(String name) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream(name.length());
		for (int i = 0; i < name.length(); i++) {
			int character = name.codePointAt(i);
			if (character >= SURROGATE_BASE + 0x80 && character <= SURROGATE_BASE + 0xff) {
				bytes.write(character - SURROGATE_BASE);
			}
			else {
				bytes.writeBytes(Character.toString(character).getBytes(StandardCharsets.UTF_8));
				i += Character.charCount(character) - 1;
			}
		}
		return bytes.toByteArray();
	}

	private static String percentEncoded(byte[] bytes) {
		return "%" + HexFormat.ofDelimiter("%").formatHex(bytes);
	}

	private static boolean isAscii(String text) {
		for (int i = 0; i < text.length(); i++) {
			if (text.charAt(i) >= 0x80) {
				return false;
			}
		}
		return true;
	}

	private static boolean hasSurrogates(String text) {
		for (int i = 0; i < text.length(); i++) {
			if (Character.isSurrogate(text.charAt(i))) {
				return true;
			}
		}
		return false;
	}

}
