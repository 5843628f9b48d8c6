package io.github.linuxfd.seccomp;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * By which architecture a system call is made: the processors linuxfd runs on, and those
 * whose programs they run too. Each has numbers of its own for the same calls.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man3/seccomp_arch_add.3.html">seccomp_arch_add.3</a>
 */
public enum SeccompArchitecture {

	/** {@code SCMP_ARCH_X86}: 32-bit calls of any program on x86-64. */
	X86(0x4000_0003),

	/** {@code SCMP_ARCH_X86_64}. */
	X86_64(0xc000_003e),

	/** {@code SCMP_ARCH_X32}: 64-bit calls with 32-bit pointers. */
	X32(0x4000_003e),

	/** {@code SCMP_ARCH_ARM}: 32-bit programs on aarch64. */
	ARM(0x4000_0028),

	/** {@code SCMP_ARCH_AARCH64}. */
	AARCH64(0xc000_00b7);

	private final int token;

	SeccompArchitecture(int token) {
		this.token = token;
	}

	/**
	 * Return the kernel's value of this architecture.
	 * @return the token
	 */
	public int token() {
		return this.token;
	}

	/**
	 * Return the architecture of a token.
	 * @param token the token
	 * @return the architecture, or empty if linuxfd does not know it
	 */
	public static Optional<SeccompArchitecture> of(int token) {
		return Arrays.stream(values()).filter((architecture) -> architecture.token == token).findFirst();
	}

	/**
	 * Return the other architectures whose calls this one's kernel takes from any
	 * program. A filter that leaves them out can be walked around.
	 * @return the architectures, possibly none
	 */
	public List<SeccompArchitecture> others() {
		return switch (this) {
			case X86_64 -> List.of(X86, X32);
			case AARCH64 -> List.of(ARM);
			default -> List.of();
		};
	}

}
