package io.github.linuxfd.inotify;

import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.flags.Flags;

/**
 * What happened to a watched file or directory: {@code struct inotify_event}.
 *
 * @param watch the watch that reports, or {@code null} for a queue overflow
 * @param mask the kernel's event bits
 * @param cookie joins the two halves of a rename, otherwise 0
 * @param name the entry's name inside a watched directory, or {@code null} if the event
 * is about the watched file or directory itself. Bytes that are not UTF-8 are kept as
 * lone surrogates, so that {@link #path()} always names the real file
 * @param recovered whether a scan found this file, and not the kernel's queue: the file
 * was there before the watch, or its event was lost in an overflow
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man7/inotify.7.html">inotify.7</a>
 */
public record InotifyEvent(@Nullable InotifyWatch watch, int mask, int cookie, @Nullable String name,
		boolean recovered) {

	private static final int Q_OVERFLOW = (int) InotifyEventFlag.Q_OVERFLOW.bit();

	/**
	 * Return the watch descriptor.
	 * @return the kernel's number, or -1 for a queue overflow
	 */
	public int wd() {
		return (this.watch != null) ? this.watch.wd() : -1;
	}

	/**
	 * Return the path of the file the event is about. Made anew by each call.
	 * @return the watched directory's path with the entry's name, or the watched path
	 * @throws IllegalStateException for a queue overflow, which is about no file
	 */
	public Path path() {
		if (this.watch == null) {
			throw new IllegalStateException("An inotify queue overflow names no file");
		}
		return (this.name != null) ? NativePaths.resolve(this.watch.path(), this.name) : this.watch.path();
	}

	/**
	 * Return the event bits as flags.
	 * @return the mask
	 */
	public Flags<InotifyEventFlag> flags() {
		return Flags.ofBits(InotifyEventFlag.class, this.mask & 0xffff_ffffL);
	}

	/**
	 * Whether an event bit is set.
	 * @param flag the bit
	 * @return {@code true} if it is set
	 */
	public boolean is(InotifyEventFlag flag) {
		return flag.in(this.mask);
	}

	/**
	 * Whether the event is about a directory.
	 * @return {@code true} if {@code IN_ISDIR} is set
	 */
	public boolean isDirectory() {
		return is(InotifyEventFlag.ISDIR);
	}

	/**
	 * Whether the kernel lost events because its queue was full.
	 * @return {@code true} if {@code IN_Q_OVERFLOW} is set
	 */
	public boolean isOverflow() {
		return (this.mask & Q_OVERFLOW) != 0;
	}

	@Override
	public String toString() {
		return "InotifyEvent[" + flags() + ((this.watch != null) ? " " + path() : "")
				+ ((this.cookie != 0) ? " cookie=" + Integer.toUnsignedString(this.cookie) : "")
				+ (this.recovered ? " recovered" : "") + "]";
	}

}
