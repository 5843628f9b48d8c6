package io.github.linuxfd.ffi;

import java.util.Locale;
import java.util.Optional;

/**
 * What differs between the processors linuxfd runs on: struct layouts and the numbers of
 * the system calls that the C library does not wrap. Offsets and sizes are in bytes.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public enum Architecture {

	/**
	 * The 64-bit processors of Intel and AMD. {@code struct epoll_event} is packed here,
	 * and only here.
	 */
	X86_64,

	/**
	 * The 64-bit processors of Arm.
	 */
	AARCH64;

	/**
	 * Return the architecture of that name.
	 * @param osArch the system property {@code os.arch}
	 * @return the architecture, or empty if linuxfd does not know it
	 */
	public static Optional<Architecture> of(String osArch) {
		return switch (osArch.toLowerCase(Locale.ROOT)) {
			case "amd64", "x86_64", "x86-64" -> Optional.of(X86_64);
			case "aarch64", "arm64" -> Optional.of(AARCH64);
			default -> Optional.empty();
		};
	}

	/**
	 * Return the architecture of this JVM.
	 * @return the architecture
	 * @throws IllegalStateException if linuxfd does not know it
	 */
	public static Architecture current() {
		String osArch = System.getProperty("os.arch");
		return of(osArch)
			.orElseThrow(() -> new IllegalStateException("linuxfd knows x86-64 and aarch64, not " + osArch));
	}

	/**
	 * Return the size of {@code struct epoll_event}.
	 * @return the size
	 */
	public int epollEventBytes() {
		return Value.EPOLL_EVENT_BYTES.on(this);
	}

	/**
	 * Return where {@code epoll_event.data} is.
	 * @return the offset
	 */
	public int epollEventDataOffset() {
		return Value.EPOLL_EVENT_DATA_OFFSET.on(this);
	}

	/**
	 * Return where {@code ucontext_t.uc_sigmask} is.
	 * @return the offset
	 */
	public int ucontextSigmaskOffset() {
		return Value.UCONTEXT_SIGMASK_OFFSET.on(this);
	}

	/**
	 * Return the number of gettid(2).
	 * @return the number
	 */
	public int gettidNumber() {
		return Value.GETTID.on(this);
	}

	/**
	 * Return the number of rt_sigqueueinfo(2).
	 * @return the number
	 */
	public int rtSigqueueinfoNumber() {
		return Value.RT_SIGQUEUEINFO.on(this);
	}

	/**
	 * Return the number of rt_tgsigqueueinfo(2).
	 * @return the number
	 */
	public int rtTgsigqueueinfoNumber() {
		return Value.RT_TGSIGQUEUEINFO.on(this);
	}

	/**
	 * Return the number of tgkill(2).
	 * @return the number
	 */
	public int tgkillNumber() {
		return Value.TGKILL.on(this);
	}

	/**
	 * Return the number of getpid(2).
	 * @return the number
	 */
	public int getpidNumber() {
		return Value.GETPID.on(this);
	}

	/**
	 * Return the number of getppid(2).
	 * @return the number
	 */
	public int getppidNumber() {
		return Value.GETPPID.on(this);
	}

	/**
	 * Return the number of pivot_root(2).
	 * @return the number
	 */
	public int pivotRootNumber() {
		return Value.PIVOT_ROOT.on(this);
	}

	/**
	 * Return the value of {@code O_DIRECT}.
	 * @return the flag of open(2) and pipe2(2)
	 */
	public int directFlag() {
		return Value.O_DIRECT.on(this);
	}

	/**
	 * Return the value of {@code O_NOFOLLOW}.
	 * @return the flag of open(2)
	 */
	public int noFollowFlag() {
		return (this == X86_64) ? 0x20000 : 0x8000;
	}

	/**
	 * Return the number of seccomp(2).
	 * @return the number
	 */
	public int seccompNumber() {
		return Value.SECCOMP.on(this);
	}

	/** What it is on x86-64, and on aarch64. */
	private enum Value {

		EPOLL_EVENT_BYTES(12, 16),

		EPOLL_EVENT_DATA_OFFSET(4, 8),

		UCONTEXT_SIGMASK_OFFSET(296, 40),

		O_DIRECT(0x4000, 0x10000),

		GETTID(186, 178),

		RT_SIGQUEUEINFO(129, 138),

		RT_TGSIGQUEUEINFO(297, 240),

		TGKILL(234, 131),

		GETPID(39, 172),

		GETPPID(110, 173),

		PIVOT_ROOT(155, 41),

		SECCOMP(317, 277);

		private final int x86;

		private final int aarch;

		Value(int x86, int aarch) {
			this.x86 = x86;
			this.aarch = aarch;
		}

		int on(Architecture architecture) {
			return (architecture == X86_64) ? this.x86 : this.aarch;
		}

	}

	/**
	 * Return the number of io_setup(2).
	 * @return the number
	 */
	public int ioSetupNumber() {
		return (this == X86_64) ? 206 : 0;
	}

	/**
	 * Return the number of io_destroy(2).
	 * @return the number
	 */
	public int ioDestroyNumber() {
		return (this == X86_64) ? 207 : 1;
	}

	/**
	 * Return the number of io_getevents(2).
	 * @return the number
	 */
	public int ioGeteventsNumber() {
		return (this == X86_64) ? 208 : 4;
	}

	/**
	 * Return the number of io_submit(2).
	 * @return the number
	 */
	public int ioSubmitNumber() {
		return (this == X86_64) ? 209 : 2;
	}

	/**
	 * Return the number of io_cancel(2).
	 * @return the number
	 */
	public int ioCancelNumber() {
		return (this == X86_64) ? 210 : 3;
	}

}
