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
	X86_64(12, 4, 296, 186, 129, 297, 234, 39, 110, 155, 317),

	/**
	 * The 64-bit processors of Arm.
	 */
	AARCH64(16, 8, 40, 178, 138, 240, 131, 172, 173, 41, 277);

	private final int epollEventBytes;

	private final int epollEventDataOffset;

	private final int ucontextSigmaskOffset;

	private final int gettidNumber;

	private final int rtSigqueueinfoNumber;

	private final int rtTgsigqueueinfoNumber;

	private final int tgkillNumber;

	private final int getpidNumber;

	private final int getppidNumber;

	private final int pivotRootNumber;

	private final int seccompNumber;

	Architecture(int epollEventBytes, int epollEventDataOffset, int ucontextSigmaskOffset, int gettidNumber,
			int rtSigqueueinfoNumber, int rtTgsigqueueinfoNumber, int tgkillNumber, int getpidNumber, int getppidNumber,
			int pivotRootNumber, int seccompNumber) {
		this.epollEventBytes = epollEventBytes;
		this.epollEventDataOffset = epollEventDataOffset;
		this.ucontextSigmaskOffset = ucontextSigmaskOffset;
		this.gettidNumber = gettidNumber;
		this.rtSigqueueinfoNumber = rtSigqueueinfoNumber;
		this.rtTgsigqueueinfoNumber = rtTgsigqueueinfoNumber;
		this.tgkillNumber = tgkillNumber;
		this.getpidNumber = getpidNumber;
		this.getppidNumber = getppidNumber;
		this.pivotRootNumber = pivotRootNumber;
		this.seccompNumber = seccompNumber;
	}

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
		return this.epollEventBytes;
	}

	/**
	 * Return where {@code epoll_event.data} is.
	 * @return the offset
	 */
	public int epollEventDataOffset() {
		return this.epollEventDataOffset;
	}

	/**
	 * Return where {@code ucontext_t.uc_sigmask} is.
	 * @return the offset
	 */
	public int ucontextSigmaskOffset() {
		return this.ucontextSigmaskOffset;
	}

	/**
	 * Return the number of gettid(2).
	 * @return the number
	 */
	public int gettidNumber() {
		return this.gettidNumber;
	}

	/**
	 * Return the number of rt_sigqueueinfo(2).
	 * @return the number
	 */
	public int rtSigqueueinfoNumber() {
		return this.rtSigqueueinfoNumber;
	}

	/**
	 * Return the number of rt_tgsigqueueinfo(2).
	 * @return the number
	 */
	public int rtTgsigqueueinfoNumber() {
		return this.rtTgsigqueueinfoNumber;
	}

	/**
	 * Return the number of tgkill(2).
	 * @return the number
	 */
	public int tgkillNumber() {
		return this.tgkillNumber;
	}

	/**
	 * Return the number of getpid(2).
	 * @return the number
	 */
	public int getpidNumber() {
		return this.getpidNumber;
	}

	/**
	 * Return the number of getppid(2).
	 * @return the number
	 */
	public int getppidNumber() {
		return this.getppidNumber;
	}

	/**
	 * Return the number of pivot_root(2).
	 * @return the number
	 */
	public int pivotRootNumber() {
		return this.pivotRootNumber;
	}

	/**
	 * Return the value of {@code O_DIRECT}.
	 * @return the flag of open(2) and pipe2(2)
	 */
	public int directFlag() {
		return (this == X86_64) ? 0x4000 : 0x10000;
	}

	/**
	 * Return the number of seccomp(2).
	 * @return the number
	 */
	public int seccompNumber() {
		return this.seccompNumber;
	}

}
