package io.github.linuxfd.listener;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.MpscArrayQueue;
import org.jctools.queues.SpscArrayQueue;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Time to put a batch of events into a queue and to take it out again, which nobody else
 * uses at that moment. Only {@code EventQueue} keeps the time of the read too. It is in
 * this package because {@code EventQueue} is for its package alone.
 *
 * @author linuxfd
 */
@NullMarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HandOverBenchmark {

	private static final int CAPACITY = 4096;

	/** Events that come with one read. */
	@Param({ "1", "64", "1024" })
	public int batch;

	private final EventQueue eventQueue = new EventQueue();

	private final ArrayBlockingQueue<Object> arrayBlockingQueue = new ArrayBlockingQueue<>(CAPACITY);

	private final SpscArrayQueue<Object> spscArrayQueue = new SpscArrayQueue<>(CAPACITY);

	private final MpscArrayQueue<Object> mpscArrayQueue = new MpscArrayQueue<>(CAPACITY);

	private @Nullable Object[] events = new Object[0];

	private @Nullable Object[] taken = new Object[0];

	private long[] readNanos = new long[0];

	private final List<Object> list = new ArrayList<>(CAPACITY);

	@Setup
	public void fill() {
		this.events = new Object[this.batch];
		this.taken = new Object[this.batch];
		this.readNanos = new long[this.batch];
		for (int i = 0; i < this.batch; i++) {
			this.events[i] = new Object();
		}
	}

	@Benchmark
	public void eventQueue(Blackhole blackhole) {
		this.eventQueue.offer(this.events, this.batch, 1);
		int count = this.eventQueue.drainTo(this.taken, this.readNanos, this.batch);
		for (int i = 0; i < count; i++) {
			blackhole.consume(this.taken[i]);
		}
	}

	@Benchmark
	public void arrayBlockingQueue(Blackhole blackhole) {
		offer(this.arrayBlockingQueue);
		this.arrayBlockingQueue.drainTo(this.list, this.batch);
		this.list.forEach(blackhole::consume);
		this.list.clear();
	}

	@Benchmark
	public void spscArrayQueue(Blackhole blackhole) {
		offer(this.spscArrayQueue);
		drain(this.spscArrayQueue, blackhole);
	}

	@Benchmark
	public void mpscArrayQueue(Blackhole blackhole) {
		offer(this.mpscArrayQueue);
		drain(this.mpscArrayQueue, blackhole);
	}

	private void offer(Queue<Object> queue) {
		for (Object event : this.events) {
			if (event != null) {
				queue.offer(event);
			}
		}
	}

	private void drain(MessagePassingQueue<Object> queue, Blackhole blackhole) {
		queue.drain(blackhole::consume, this.batch);
	}

}
