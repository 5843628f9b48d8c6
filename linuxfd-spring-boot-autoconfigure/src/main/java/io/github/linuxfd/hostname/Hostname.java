package io.github.linuxfd.hostname;

import java.nio.charset.StandardCharsets;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;

/**
 * The host name: one for each UTS namespace, so that a thread which is in another one
 * sees and sets another name. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/gethostname.2.html">gethostname.2</a>
 */
public final class Hostname {

	/** {@code HOST_NAME_MAX}: the longest name in bytes, without its end. */
	public static final int MAX_BYTES = 64;

	private final Syscalls syscalls;

	/**
	 * Ask and set through these calls.
	 * @param syscalls the calls
	 */
	public Hostname(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * {@code gethostname(2)} - returns the host name as it is now, in the UTS namespace
	 * of the calling thread. It is what the kernel has, and not what a name server knows.
	 * @return the name
	 * @throws SyscallException if the call is refused
	 */
	public String get() {
		return get(MAX_BYTES + 1);
	}

	/**
	 * {@code gethostname(2)} - returns the host name if it fits.
	 * @param bytes the buffer's size, for the name and one more byte
	 * @return the name
	 * @throws SyscallException {@code ENAMETOOLONG} - the name is longer
	 * @throws IllegalArgumentException if the size is not positive
	 */
	public String get(int bytes) {
		if (bytes < 1) {
			throw new IllegalArgumentException("A buffer has at least one byte, not " + bytes);
		}
		try (NativeMemory memory = NativeMemory.allocate(bytes)) {
			SyscallException.check("gethostname", this.syscalls.gethostname(memory.address(), bytes), bytes);
			byte[] name = new byte[bytes];
			memory.bytes().get(0, name);
			int length = 0;
			while (length < bytes && name[length] != 0) {
				length++;
			}
			return NativePaths.decode(name, length);
		}
	}

	/**
	 * {@code sethostname(2)} - sets the host name, for every process in the UTS namespace
	 * of the calling thread; on a thread that is in no other one this is the machine's.
	 * Needs {@code CAP_SYS_ADMIN} in the user namespace that the UTS namespace belongs
	 * to.
	 * @param name the name, at most 64 bytes of UTF-8
	 * @throws SyscallException {@code EPERM} - the capability is missing
	 * @throws IllegalArgumentException if the name is longer or has a NUL
	 */
	public void set(String name) {
		byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
		if (bytes.length > MAX_BYTES || name.indexOf('\0') >= 0) {
			throw new IllegalArgumentException(
					"A host name has at most " + MAX_BYTES + " bytes and no NUL, not \"" + name + "\"");
		}
		SyscallException.check("sethostname", this.syscalls.sethostname(bytes), "\"" + name + "\"");
	}

}
