package io.github.linuxfd.benchmarks.jmh;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;

import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import io.github.linuxfd.ffi.Layouts.InotifyEvent;
import io.github.linuxfd.ffi.NativeMemory;

/**
 * Time per record to read the fixed part of inotify records from native memory.
 *
 * @author linuxfd
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MemoryAccessBenchmark {

	private static final int RECORDS = 2048;

	private static final int RECORD_BYTES = 32;

	private static final VarHandle INTS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

	private final NativeMemory memory = NativeMemory.allocate(RECORDS * RECORD_BYTES);

	private final Pointer pointer = Runtime.getSystemRuntime()
		.getMemoryManager()
		.newPointer(this.memory.address(), RECORDS * RECORD_BYTES);

	@TearDown
	public void free() {
		this.memory.close();
	}

	/** As linuxfd does it. */
	@Benchmark
	@OperationsPerInvocation(RECORDS)
	public int byteBuffer() {
		ByteBuffer bytes = this.memory.bytes();
		int sum = 0;
		for (int at = 0; at < RECORDS * RECORD_BYTES; at += RECORD_BYTES) {
			sum += bytes.getInt(at + InotifyEvent.WD) + bytes.getInt(at + InotifyEvent.MASK)
					+ bytes.getInt(at + InotifyEvent.COOKIE) + bytes.getInt(at + InotifyEvent.LEN);
		}
		return sum;
	}

	/** As JNR-FFI offers it. */
	@Benchmark
	@OperationsPerInvocation(RECORDS)
	public int jnrPointer() {
		int sum = 0;
		for (int at = 0; at < RECORDS * RECORD_BYTES; at += RECORD_BYTES) {
			sum += this.pointer.getInt(at + InotifyEvent.WD) + this.pointer.getInt(at + InotifyEvent.MASK)
					+ this.pointer.getInt(at + InotifyEvent.COOKIE) + this.pointer.getInt(at + InotifyEvent.LEN);
		}
		return sum;
	}

	/** By a view of the buffer. */
	@Benchmark
	@OperationsPerInvocation(RECORDS)
	public int varHandle() {
		ByteBuffer bytes = this.memory.bytes();
		int sum = 0;
		for (int at = 0; at < RECORDS * RECORD_BYTES; at += RECORD_BYTES) {
			sum += (int) INTS.get(bytes, at + InotifyEvent.WD) + (int) INTS.get(bytes, at + InotifyEvent.MASK)
					+ (int) INTS.get(bytes, at + InotifyEvent.COOKIE) + (int) INTS.get(bytes, at + InotifyEvent.LEN);
		}
		return sum;
	}

}
