package io.github.linuxfd.fanotify;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Layouts;
import io.github.linuxfd.ffi.Layouts.FanotifyEventInfoError;
import io.github.linuxfd.ffi.Layouts.FanotifyEventInfoFid;
import io.github.linuxfd.ffi.Layouts.FanotifyEventInfoHeader;
import io.github.linuxfd.ffi.Layouts.FanotifyEventInfoMnt;
import io.github.linuxfd.ffi.Layouts.FanotifyEventInfoPidfd;
import io.github.linuxfd.ffi.Layouts.FanotifyEventInfoRange;
import io.github.linuxfd.ffi.Layouts.FanotifyEventMetadata;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Makes events of the bytes of one read. No length is trusted: a record that says it ends
 * behind its event, or an event behind the bytes read, is an error and not a wild read.
 *
 * @author linuxfd
 */
final class FanotifyDecoder {

	private static final int FANOTIFY_METADATA_VERSION = 3;

	private static final int FAN_EVENT_INFO_TYPE_FID = 1;

	private static final int FAN_EVENT_INFO_TYPE_DFID_NAME = 2;

	private static final int FAN_EVENT_INFO_TYPE_DFID = 3;

	private static final int FAN_EVENT_INFO_TYPE_PIDFD = 4;

	private static final int FAN_EVENT_INFO_TYPE_ERROR = 5;

	private static final int FAN_EVENT_INFO_TYPE_RANGE = 6;

	private static final int FAN_EVENT_INFO_TYPE_MNT = 7;

	private static final int FAN_EVENT_INFO_TYPE_OLD_DFID_NAME = 10;

	private static final int FAN_EVENT_INFO_TYPE_NEW_DFID_NAME = 12;

	private static final int FAN_NOFD = -1;

	private final Fanotify group;

	private final Syscalls syscalls;

	private byte[] nameBytes = new byte[256];

	/** What happens next is most often in the same directory. */
	private @Nullable FileHandle lastDirectory;

	FanotifyDecoder(Fanotify group, Syscalls syscalls) {
		this.group = group;
		this.syscalls = syscalls;
	}

	void decode(ByteBuffer bytes, int length, Consumer<? super FanotifyEvent> sink) {
		int position = 0;
		while (position < length) {
			if (length - position < FanotifyEventMetadata.BYTES) {
				throw malformed("event of " + (length - position) + " bytes");
			}
			int size = bytes.getInt(position + FanotifyEventMetadata.EVENT_LEN);
			int version = Byte.toUnsignedInt(bytes.get(position + FanotifyEventMetadata.VERS));
			int metadata = Short.toUnsignedInt(bytes.getShort(position + FanotifyEventMetadata.METADATA_LEN));
			if (version != FANOTIFY_METADATA_VERSION) {
				throw malformed("event of version " + version + " instead of " + FANOTIFY_METADATA_VERSION);
			}
			if (metadata < FanotifyEventMetadata.BYTES || size < metadata || size > length - position) {
				throw malformed("event of " + size + " bytes, with " + metadata + " of metadata, in "
						+ (length - position) + " bytes read");
			}
			sink.accept(event(bytes, position, version, position + metadata, position + size));
			position += size;
		}
	}

	private static IllegalStateException malformed(String what) {
		return new IllegalStateException("The kernel has reported a fanotify " + what);
	}

	private FanotifyEvent event(ByteBuffer bytes, int position, int version, int infos, int end) {
		int fd = bytes.getInt(position + FanotifyEventMetadata.FD);
		long mask = bytes.getLong(position + FanotifyEventMetadata.MASK);
		OwnedFd descriptor = (fd >= 0) ? OwnedFd.adopt(this.syscalls, fd, "fanotify event", "") : null;
		// an overflow has no file, which FAN_REPORT_FD_ERROR calls EBADF
		Errno failure = (fd < FAN_NOFD && !FanotifyEventFlag.Q_OVERFLOW.in(mask)) ? Errno.ofResult(fd) : null;
		FanotifyEvent event = new FanotifyEvent(this.group, version, mask,
				bytes.getInt(position + FanotifyEventMetadata.PID), descriptor, failure);
		try {
			addInfos(event, bytes, infos, end);
			return event;
		}
		catch (RuntimeException ex) {
			event.close();
			throw ex;
		}
	}

	private void addInfos(FanotifyEvent event, ByteBuffer bytes, int start, int end) {
		int position = start;
		while (position < end) {
			int left = end - position;
			int size = (left >= FanotifyEventInfoHeader.BYTES)
					? Short.toUnsignedInt(bytes.getShort(position + FanotifyEventInfoHeader.LEN)) : 0;
			if (size < FanotifyEventInfoHeader.BYTES || size > left) {
				throw malformed("record of " + size + " bytes, where " + left + " are left");
			}
			addInfo(event, bytes, position, size);
			position += size;
		}
	}

	private void addInfo(FanotifyEvent event, ByteBuffer bytes, int position, int size) {
		int type = Byte.toUnsignedInt(bytes.get(position + FanotifyEventInfoHeader.INFO_TYPE));
		switch (type) {
			case FAN_EVENT_INFO_TYPE_FID -> event.add(handle(bytes, position, size));
			case FAN_EVENT_INFO_TYPE_DFID -> event.add(directory(bytes, position, size), null);
			case FAN_EVENT_INFO_TYPE_DFID_NAME, FAN_EVENT_INFO_TYPE_NEW_DFID_NAME ->
				event.add(directory(bytes, position, size), name(bytes, position, size));
			case FAN_EVENT_INFO_TYPE_OLD_DFID_NAME ->
				event.addOld(directory(bytes, position, size), name(bytes, position, size));
			case FAN_EVENT_INFO_TYPE_PIDFD -> {
				atLeast(FanotifyEventInfoPidfd.BYTES, size, type);
				int pidfd = bytes.getInt(position + FanotifyEventInfoPidfd.PIDFD);
				// otherwise the process has ended, or no descriptor is left for it
				if (pidfd >= 0) {
					event.add(OwnedFd.adopt(this.syscalls, pidfd, "fanotify pidfd", ""));
				}
			}
			case FAN_EVENT_INFO_TYPE_ERROR -> {
				atLeast(FanotifyEventInfoError.BYTES, size, type);
				int number = bytes.getInt(position + FanotifyEventInfoError.ERROR);
				// some of the kernel's own places report it negated
				event.add(new FanotifyError(new Errno(Math.abs(number)),
						Integer.toUnsignedLong(bytes.getInt(position + FanotifyEventInfoError.ERROR_COUNT))));
			}
			case FAN_EVENT_INFO_TYPE_RANGE -> {
				atLeast(FanotifyEventInfoRange.BYTES, size, type);
				event.add(new FanotifyRange(bytes.getLong(position + FanotifyEventInfoRange.OFFSET),
						bytes.getLong(position + FanotifyEventInfoRange.COUNT)));
			}
			case FAN_EVENT_INFO_TYPE_MNT -> {
				atLeast(FanotifyEventInfoMnt.BYTES, size, type);
				event.addMount(bytes.getLong(position + FanotifyEventInfoMnt.MNT_ID));
			}
			default -> {
				// a newer kernel's, which nobody has asked for
			}
		}
	}

	private static void atLeast(int needed, int size, int type) {
		if (size < needed) {
			throw malformed("record of type " + type + " of " + size + " bytes");
		}
	}

	/** Returns how long the handle is, which is in the record as a whole. */
	private static int handleBytes(ByteBuffer bytes, int position, int size) {
		int fixed = FanotifyEventInfoFid.BYTES + Layouts.FileHandle.BYTES;
		int count = (size >= fixed)
				? bytes.getInt(position + FanotifyEventInfoFid.HANDLE + Layouts.FileHandle.HANDLE_BYTES) : -1;
		if (count < 0 || count > FileHandle.MAX_BYTES || count > size - fixed) {
			throw malformed("record of " + size + " bytes with a handle of " + count);
		}
		return count;
	}

	private static FileHandle handle(ByteBuffer bytes, int position, int size) {
		handleBytes(bytes, position, size);
		return FileHandle.read(bytes.getLong(position + FanotifyEventInfoFid.FSID), bytes,
				position + FanotifyEventInfoFid.HANDLE);
	}

	private FileHandle directory(ByteBuffer bytes, int position, int size) {
		handleBytes(bytes, position, size);
		FileHandle last = this.lastDirectory;
		if (last == null || !last.isAt(bytes.getLong(position + FanotifyEventInfoFid.FSID), bytes,
				position + FanotifyEventInfoFid.HANDLE)) {
			last = handle(bytes, position, size);
			this.lastDirectory = last;
		}
		return last;
	}

	/** Behind the handle, ended by NUL and padded. */
	private String name(ByteBuffer bytes, int position, int size) {
		int start = position + FanotifyEventInfoFid.BYTES + Layouts.FileHandle.BYTES
				+ handleBytes(bytes, position, size);
		int end = start;
		while (end < position + size && bytes.get(end) != 0) {
			end++;
		}
		int length = end - start;
		if (length > this.nameBytes.length) {
			this.nameBytes = new byte[length];
		}
		bytes.get(start, this.nameBytes, 0, length);
		return NativePaths.decode(this.nameBytes, length);
	}

}
