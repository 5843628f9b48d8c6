package io.github.linuxfd.testsupport;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/**
 * Any system call, by another way than the one that is tested.
 *
 * @author linuxfd
 */
public final class RawCall {

	private static final C LIBRARY = LibraryLoader.create(C.class).load("c");

	private RawCall() {
	}

	/**
	 * Make a call.
	 * @param number its number
	 * @param arguments its first three arguments
	 * @return its result or {@code -errno}
	 */
	public static long make(int number, long... arguments) {
		long result = LIBRARY.syscall(number, argument(arguments, 0), argument(arguments, 1), argument(arguments, 2));
		return (result == -1) ? -Runtime.getRuntime(LIBRARY).getLastError() : result;
	}

	private static long argument(long[] arguments, int index) {
		return (index < arguments.length) ? arguments[index] : 0;
	}

	/**
	 * Of the C library.
	 */
	public interface C {

		/**
		 * {@code syscall(2)}.
		 * @param number the number
		 * @param first an argument
		 * @param second an argument
		 * @param third an argument
		 * @return the result
		 */
		long syscall(long number, long first, long second, long third);

	}

}
