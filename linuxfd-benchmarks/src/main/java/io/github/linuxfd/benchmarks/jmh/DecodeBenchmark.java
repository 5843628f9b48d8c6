package io.github.linuxfd.benchmarks.jmh;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

import io.github.linuxfd.ffi.Layouts;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.inotify.Inotify;
import io.github.linuxfd.inotify.InotifyEvent;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.inotify.InotifyFactory;

/**
 * Time per event of a read that fills the buffer, from a kernel that only copies.
 *
 * @author linuxfd
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DecodeBenchmark {

	private static final int NAME_BYTES = 16;

	private static final int EVENTS = 64 * 1024 / (Layouts.InotifyEvent.BYTES + NAME_BYTES);

	private static final int BYTES = EVENTS * (Layouts.InotifyEvent.BYTES + NAME_BYTES);

	private final NativeMemory prepared = NativeMemory.allocate(BYTES);

	private final Inotify inotify = new InotifyFactory(CopyingKernel.syscalls(this.prepared)).open();

	@Setup
	public void prepare() {
		int wd = this.inotify.addWatch(Path.of("/watched"), Flags.of(InotifyEventFlag.CLOSE_WRITE)).wd();
		ByteBuffer bytes = this.prepared.bytes();
		for (int i = 0; i < EVENTS; i++) {
			int position = i * (Layouts.InotifyEvent.BYTES + NAME_BYTES);
			bytes.putInt(position + Layouts.InotifyEvent.WD, wd);
			bytes.putInt(position + Layouts.InotifyEvent.MASK, (int) InotifyEventFlag.CLOSE_WRITE.bit());
			bytes.putInt(position + Layouts.InotifyEvent.LEN, NAME_BYTES);
			bytes.put(position + Layouts.InotifyEvent.NAME,
					String.format(Locale.ROOT, "f%08d", i).getBytes(StandardCharsets.US_ASCII));
		}
	}

	@TearDown
	public void free() {
		this.inotify.close();
		this.prepared.close();
	}

	/** Events as objects. */
	@Benchmark
	@OperationsPerInvocation(EVENTS)
	public void drain(Blackhole blackhole) {
		Consumer<InotifyEvent> sink = blackhole::consume;
		this.inotify.drain(sink);
	}

	/** What the kernel's part of it costs here: the copy alone. */
	@Benchmark
	@OperationsPerInvocation(EVENTS)
	public void copy(CopyTarget target) {
		NativeMemory.copy(this.prepared.address(), target.memory.address(), BYTES);
	}

	/**
	 * Where to copy to.
	 */
	@State(Scope.Thread)
	public static class CopyTarget {

		private final NativeMemory memory = NativeMemory.allocate(BYTES);

		@TearDown
		public void free() {
			this.memory.close();
		}

	}

}
