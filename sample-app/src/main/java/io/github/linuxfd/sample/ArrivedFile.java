package io.github.linuxfd.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * A regular file in the inbox, and what tells it from another of the same name. All of it
 * survives a rename. The device number is left out: it may change when the machine starts
 * again.
 *
 * @param path where it is
 * @param name its name; bytes that are not text in the JVM's encoding are replaced
 * @param inode its inode number
 * @param size its size in bytes
 * @param modified when it was last written to, in nanoseconds since 1970
 * @author linuxfd
 */
record ArrivedFile(Path path, String name, long inode, long size, long modified) {

	/**
	 * Look at a file.
	 * @param path the file
	 * @return what is there, or {@code null} if nothing is there or it is not a regular
	 * file
	 * @throws IOException if it cannot be looked at
	 */
	static @Nullable ArrivedFile at(Path path) throws IOException {
		Map<String, Object> attributes;
		try {
			attributes = Files.readAttributes(path, "unix:isRegularFile,ino,size,lastModifiedTime",
					LinkOption.NOFOLLOW_LINKS);
		}
		catch (NoSuchFileException ex) {
			return null;
		}
		if (!Boolean.TRUE.equals(attributes.get("isRegularFile"))) {
			return null;
		}
		return new ArrivedFile(path, String.valueOf(path.getFileName()), number(attributes, "ino"),
				number(attributes, "size"),
				((FileTime) attributes.getOrDefault("lastModifiedTime", FileTime.fromMillis(0)))
					.to(TimeUnit.NANOSECONDS));
	}

	private static long number(Map<String, Object> attributes, String name) {
		return ((Number) attributes.getOrDefault(name, 0L)).longValue();
	}

	/**
	 * Whether that file is this one, unchanged.
	 * @param other a file, wherever it is
	 * @return {@code true} if nobody wrote to it in between
	 */
	boolean isSameAs(@Nullable ArrivedFile other) {
		return other != null && this.inode == other.inode && this.size == other.size && this.modified == other.modified;
	}

	/**
	 * Return the name for people: a file name may hold line breaks and terminal commands.
	 */
	@Override
	public String toString() {
		return printable(this.name);
	}

	static String printable(String name) {
		StringBuilder printable = new StringBuilder(name.length());
		name.codePoints().forEach((character) -> {
			int type = Character.getType(character);
			boolean visible = !Character.isISOControl(character) && type != Character.FORMAT
					&& type != Character.LINE_SEPARATOR && type != Character.PARAGRAPH_SEPARATOR;
			printable.appendCodePoint(visible ? character : '\uFFFD');
		});
		return printable.toString();
	}

}
