package io.github.linuxfd.benchmarks.jmh;

import java.util.concurrent.TimeUnit;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.ffi.Architecture;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Time per call of the kernel, through the seam to the C library and through a handle.
 *
 * @author linuxfd
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CallBenchmark {

	private static final int EPOLL_CTL_ADD = 1;

	private static final int EPOLLIN = 1;

	private final Syscalls syscalls = Syscalls.system();

	private final NativeMemory counter = NativeMemory.allocate(Long.BYTES);

	private final NativeMemory event = NativeMemory.allocate(Architecture.current().epollEventBytes());

	private final Eventfd handle = new EventfdFactory(this.syscalls).open();

	private final LibC libc = LibraryLoader.create(LibC.class).load("c");

	private int eventfd;

	private int ready;

	private int empty;

	private int epoll;

	@Setup
	public void open() {
		this.eventfd = eventfd(0);
		this.ready = eventfd(1);
		this.empty = eventfd(0);
		this.epoll = SyscallException.check("epoll_create1", this.syscalls.epollCreate1(Syscalls.CLOEXEC), "");
		this.event.bytes().putInt(0, EPOLLIN);
		int result = this.syscalls.epollCtl(this.epoll, EPOLL_CTL_ADD, this.ready, this.event.address());
		SyscallException.check("epoll_ctl", result, "");
		this.counter.bytes().putLong(0, 1);
	}

	private int eventfd(int initial) {
		return SyscallException.check("eventfd", this.syscalls.eventfd(initial, Syscalls.CLOEXEC | Syscalls.NONBLOCK),
				"");
	}

	@TearDown
	public void close() {
		this.handle.close();
		this.syscalls.close(this.epoll);
		this.syscalls.close(this.empty);
		this.syscalls.close(this.ready);
		this.syscalls.close(this.eventfd);
		this.counter.close();
		this.event.close();
	}

	/** A write and a read. */
	@Benchmark
	public long eventfdWriteRead() {
		return this.syscalls.write(this.eventfd, this.counter.address(), Long.BYTES)
				+ this.syscalls.read(this.eventfd, this.counter.address(), Long.BYTES);
	}

	/** A write and a read through the handle. */
	@Benchmark
	public Long eventfdWriteReadHandle() {
		this.handle.increment(1);
		return this.handle.readEvent();
	}

	/** A read that has nothing to read, and says so by errno. */
	@Benchmark
	public long readEagain() {
		return this.syscalls.read(this.empty, this.counter.address(), Long.BYTES);
	}

	/** The same through an interface that JNR-FFI implements. */
	@Benchmark
	public long readEagainJnrFfi() {
		long result = this.libc.read(this.empty, this.counter.address(), Long.BYTES);
		return (result >= 0) ? result : -Runtime.getSystemRuntime().getLastError();
	}

	/** A look at one ready descriptor. */
	@Benchmark
	public int epollWait0() {
		return this.syscalls.epollWait(this.epoll, this.event.address(), 1, 0);
	}

	/** As JNR-FFI wants it. */
	public interface LibC {

		@ssize_t
		long read(int fd, @intptr_t long buffer, @size_t long count);

	}

}
