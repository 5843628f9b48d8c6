package io.github.linuxfd.inotify;

import java.nio.ByteBuffer;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.Layouts;
import io.github.linuxfd.ffi.NativePaths;

/**
 * The event that {@link Inotify#drainCursor} is at, read in place: for those who look at
 * many events and keep few. It is another event as soon as the sink returns.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class InotifyCursor {

	private static final int IGNORED = (int) InotifyEventFlag.IGNORED.bit();

	private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

	private final WatchTable watches;

	private ByteBuffer bytes = NOTHING;

	private int position;

	private int end;

	private int length;

	private int mask;

	private @Nullable InotifyWatch watch;

	private byte[] nameBytes = new byte[256];

	InotifyCursor(WatchTable watches) {
		this.watches = watches;
	}

	/** Stand before the first event. */
	void start(ByteBuffer bytes, int length) {
		this.bytes = bytes;
		this.end = 0;
		this.length = length;
	}

	/** Stand nowhere: the buffer may be freed from now on. */
	void end() {
		this.bytes = NOTHING;
		this.position = 0;
		this.end = 0;
		this.length = 0;
		this.watch = null;
	}

	boolean next() {
		this.position = this.end;
		if (this.position >= this.length) {
			return false;
		}
		int nameLength = this.bytes.getInt(this.position + Layouts.InotifyEvent.LEN);
		this.end = this.position + Layouts.InotifyEvent.BYTES + nameLength;
		if (nameLength < 0 || this.end > this.length) {
			throw new IllegalStateException(
					"An inotify event of " + nameLength + " name bytes ends behind the " + this.length + " bytes read");
		}
		int wd = this.bytes.getInt(this.position + Layouts.InotifyEvent.WD);
		this.mask = this.bytes.getInt(this.position + Layouts.InotifyEvent.MASK);
		this.watch = (wd >= 0) ? this.watches.get(wd) : null;
		if ((this.mask & IGNORED) != 0) {
			this.watches.remove(wd);
		}
		return true;
	}

	/**
	 * Return the watch that reports.
	 * @return the watch, or {@code null} for a queue overflow
	 */
	public @Nullable InotifyWatch watch() {
		return this.watch;
	}

	/**
	 * Return the kernel's event bits.
	 * @return the mask
	 */
	public int mask() {
		return this.mask;
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
	 * Return what joins the two halves of a rename.
	 * @return the cookie, otherwise 0
	 */
	public int cookie() {
		return this.bytes.getInt(this.position + Layouts.InotifyEvent.COOKIE);
	}

	/**
	 * Return how long the name of the directory's entry is.
	 * @return the number of bytes, 0 if the event is about the watched file or directory
	 * itself
	 */
	public int nameLength() {
		int start = this.position + Layouts.InotifyEvent.NAME;
		int last = this.end;
		// padded with NUL, inotify(7)
		while (last > start && this.bytes.get(last - 1) == 0) {
			last--;
		}
		return Math.max(0, last - start);
	}

	/**
	 * Return a byte of the name.
	 * @param index from 0 to one less than {@link #nameLength()}
	 * @return the byte as the kernel has it
	 * @throws IndexOutOfBoundsException if the event has no such byte
	 */
	public byte nameByte(int index) {
		int start = this.position + Layouts.InotifyEvent.NAME;
		return this.bytes.get(start + Objects.checkIndex(index, this.end - start));
	}

	/**
	 * Return the name of the directory's entry. Made anew by each call.
	 * @return the name, as {@link InotifyEvent#name()}
	 */
	public @Nullable String name() {
		int start = this.position + Layouts.InotifyEvent.NAME;
		int padded = this.end - start;
		if (padded <= 0) {
			return null;
		}
		if (padded > this.nameBytes.length) {
			this.nameBytes = new byte[padded];
		}
		this.bytes.get(start, this.nameBytes, 0, padded);
		int length = padded;
		while (length > 0 && this.nameBytes[length - 1] == 0) {
			length--;
		}
		return NativePaths.decode(this.nameBytes, length);
	}

	/**
	 * Return the event as a value that may be kept.
	 * @return a new event
	 */
	public InotifyEvent event() {
		return new InotifyEvent(this.watch, this.mask, cookie(), name(), false);
	}

	@Override
	public String toString() {
		return (this.position < this.length) ? event().toString() : "InotifyCursor[at no event]";
	}

}
