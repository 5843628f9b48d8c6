package io.github.linuxfd.benchmarks;

import java.util.Map;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Architecture;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * What a call of the kernel costs through our seam to the C library.
 *
 * @author linuxfd
 */
final class Calls {

	static final Benchmark BENCHMARK = new Benchmark("", Map.of("linuxfd", (arguments) -> run()));

	private static final int WARM_UP_RUNS = 3;

	private static final int RUNS = 7;

	private static final int CALLS = 200_000;

	private static final int EPOLL_CTL_ADD = 1;

	private static final int EPOLLIN = 1;

	private Calls() {
	}

	private static void run() {
		Syscalls syscalls = Syscalls.system();
		try (NativeMemory counter = NativeMemory.allocate(Long.BYTES);
				NativeMemory event = NativeMemory.allocate(Architecture.current().epollEventBytes())) {
			int counting = eventfd(syscalls, 0);
			int empty = eventfd(syscalls, 0);
			int ready = eventfd(syscalls, 1);
			int epoll = SyscallException.check("epoll_create1", syscalls.epollCreate1(Syscalls.CLOEXEC), "");
			event.bytes().putInt(0, EPOLLIN);
			SyscallException.check("epoll_ctl", syscalls.epollCtl(epoll, EPOLL_CTL_ADD, ready, event.address()), "");
			counter.bytes().putLong(0, 1);
			Contract.ready();
			Contract.result(new Json()
				.put("eventfd_rw",
						best(() -> syscalls.write(counting, counter.address(), Long.BYTES)
								+ syscalls.read(counting, counter.address(), Long.BYTES)) / 2)
				.put("read_eagain", best(() -> syscalls.read(empty, counter.address(), Long.BYTES)))
				.put("epoll_wait0", best(() -> syscalls.epollWait(epoll, event.address(), 1, 0))));
		}
	}

	private static int eventfd(Syscalls syscalls, int initial) {
		return SyscallException.check("eventfd", syscalls.eventfd(initial, Syscalls.CLOEXEC | Syscalls.NONBLOCK), "");
	}

	/** Nanoseconds per call in the best run. */
	private static double best(Call call) {
		double best = Double.MAX_VALUE;
		for (int run = 0; run < WARM_UP_RUNS + RUNS; run++) {
			long startNanos = System.nanoTime();
			long sum = 0;
			for (int i = 0; i < CALLS; i++) {
				sum += call.make();
			}
			long nanos = System.nanoTime() - startNanos;
			if (sum == 0) {
				throw new IllegalStateException("The calls did nothing");
			}
			if (run >= WARM_UP_RUNS) {
				best = Math.min(best, (double) nanos / CALLS);
			}
		}
		return best;
	}

	/**
	 * A call, or several.
	 */
	@FunctionalInterface
	private interface Call {

		long make();

	}

}
