package io.github.linuxfd.fanotify;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

import io.github.linuxfd.ffi.Layouts;

/**
 * What names a file for as long as it exists, whatever its path: {@code struct
 * file_handle} and the file system it is on.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/open_by_handle_at.2.html">open_by_handle_at.2</a>
 */
public final class FileHandle {

	/** {@code MAX_HANDLE_SZ}. */
	static final int MAX_BYTES = 128;

	private final long fileSystem;

	private final int type;

	private final byte[] bytes;

	private final int hash;

	private FileHandle(long fileSystem, int type, byte[] bytes) {
		this.fileSystem = fileSystem;
		this.type = type;
		this.bytes = bytes;
		this.hash = Long.hashCode(fileSystem) * 31 + Arrays.hashCode(bytes);
	}

	/**
	 * Read a {@code struct file_handle}.
	 * @param fileSystem the id of its file system
	 * @param memory holds the struct
	 * @param position where it is
	 */
	static FileHandle read(long fileSystem, ByteBuffer memory, int position) {
		byte[] bytes = new byte[memory.getInt(position + Layouts.FileHandle.HANDLE_BYTES)];
		memory.get(position + Layouts.FileHandle.BYTES, bytes);
		return new FileHandle(fileSystem, memory.getInt(position + Layouts.FileHandle.HANDLE_TYPE), bytes);
	}

	/**
	 * Parse what fdinfo has, which is all but the file system.
	 * @param type the type, in hexadecimal
	 * @param bytes the bytes, in hexadecimal
	 */
	static FileHandle parse(String type, String bytes) {
		return new FileHandle(0, Integer.parseInt(type, 16), HexFormat.of().parseHex(bytes));
	}

	/** Returns what {@link #parse} would return. */
	FileHandle onAnyFileSystem() {
		return new FileHandle(0, this.type, this.bytes);
	}

	/** Whether this is what {@link #read} would return. */
	boolean isAt(long otherFileSystem, ByteBuffer memory, int position) {
		if (this.fileSystem != otherFileSystem
				|| this.bytes.length != memory.getInt(position + Layouts.FileHandle.HANDLE_BYTES)
				|| this.type != memory.getInt(position + Layouts.FileHandle.HANDLE_TYPE)) {
			return false;
		}
		int start = position + Layouts.FileHandle.BYTES;
		for (int i = 0; i < this.bytes.length; i++) {
			if (this.bytes[i] != memory.get(start + i)) {
				return false;
			}
		}
		return true;
	}

	/** Write a {@code struct file_handle} to the start. */
	void write(ByteBuffer memory) {
		memory.putInt(Layouts.FileHandle.HANDLE_BYTES, this.bytes.length);
		memory.putInt(Layouts.FileHandle.HANDLE_TYPE, this.type);
		memory.put(Layouts.FileHandle.BYTES, this.bytes);
	}

	/**
	 * Return the file system.
	 * @return its id, as statfs(2) has it in {@code f_fsid}
	 */
	public long fileSystem() {
		return this.fileSystem;
	}

	/**
	 * Return the kind of handle.
	 * @return the {@code handle_type}, which only the file system understands
	 */
	public int type() {
		return this.type;
	}

	/**
	 * Return the handle.
	 * @return a copy of {@code f_handle}
	 */
	public byte[] bytes() {
		return this.bytes.clone();
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof FileHandle that && this.fileSystem == that.fileSystem && this.type == that.type
				&& Arrays.equals(this.bytes, that.bytes);
	}

	@Override
	public int hashCode() {
		return this.hash;
	}

	@Override
	public String toString() {
		return HexFormat.of().toHexDigits(this.fileSystem) + ":" + this.type + ":"
				+ HexFormat.of().formatHex(this.bytes);
	}

}
