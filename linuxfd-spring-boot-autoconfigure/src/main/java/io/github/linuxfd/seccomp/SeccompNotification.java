package io.github.linuxfd.seccomp;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A system call that waits for an answer: {@code struct seccomp_notif}.
 *
 * @param id the notification's number
 * @param pid the id of the thread that waits, of this process or of a child; 0 if it is
 * in another PID namespace
 * @param architecture the token of the architecture by which it calls, see
 * {@link SeccompArchitecture#of}
 * @param number the number of the call there
 * @param call the name of the call, or its number if libseccomp knows no such call
 * @param instructionPointer the address of the instruction after the call
 * @param arguments the six registers of arguments, of which the call may have fewer
 * @author linuxfd
 * @since 0.1.0
 * @see <a href=
 * "https://man7.org/linux/man-pages/man2/seccomp_unotify.2.html">seccomp_unotify.2</a>
 */
public record SeccompNotification(long id, int pid, int architecture, int number, String call, long instructionPointer,
		List<Long> arguments) {

	/**
	 * Return one of the arguments.
	 * @param index from 0 to 5
	 * @return the register's 64 bits
	 */
	public long argument(int index) {
		return this.arguments.get(index);
	}

	/**
	 * Return the call as programmers write it.
	 * @return for instance {@code execve(0x7f01, 0x7f02, 0x7f03, 0x0, 0x0, 0x0) of 4711}
	 */
	@Override
	public String toString() {
		return this.arguments.stream()
			.map((argument) -> "0x" + Long.toHexString(argument))
			.collect(Collectors.joining(", ", this.call + "(", ") of " + this.pid));
	}

}
