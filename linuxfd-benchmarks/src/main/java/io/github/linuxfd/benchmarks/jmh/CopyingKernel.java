package io.github.linuxfd.benchmarks.jmh;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * A kernel whose every read(2) returns the same bytes; all else is the real one's. A call
 * costs some nanoseconds for the proxy, which is nothing for one that reads 64 KiB.
 *
 * @author linuxfd
 */
final class CopyingKernel {

	private static final int WATCH_DESCRIPTOR = 1;

	private CopyingKernel() {
	}

	static Syscalls syscalls(NativeMemory prepared) {
		Syscalls system = Syscalls.system();
		int length = prepared.bytes().capacity();
		InvocationHandler kernel = (proxy, method, arguments) -> switch (method.getName()) {
			case "read" -> {
				NativeMemory.copy(prepared.address(), (long) arguments[1], length);
				yield (long) length;
			}
			case "inotifyAddWatch" -> WATCH_DESCRIPTOR;
			default -> method.invoke(system, arguments);
		};
		return (Syscalls) Proxy.newProxyInstance(Syscalls.class.getClassLoader(), new Class<?>[] { Syscalls.class },
				kernel);
	}

}
