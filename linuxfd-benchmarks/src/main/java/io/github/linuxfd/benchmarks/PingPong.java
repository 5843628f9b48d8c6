package io.github.linuxfd.benchmarks;

import java.util.Map;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Two threads that wake each other in turn.
 *
 * @author linuxfd
 */
interface PingPong {

	/** The ways of waking. */
	Benchmark BENCHMARK = new Benchmark("N",
			Map.of("eventfd", (arguments) -> run(Long.parseLong(arguments.get(0)), new ByEventfd()), "park",
					(arguments) -> run(Long.parseLong(arguments.get(0)), new ByPark()), "exchange",
					(arguments) -> run(Long.parseLong(arguments.get(0)), new ByQueue())));

	/** Wake the other one and wait to be woken. */
	void ping() throws InterruptedException;

	/** Wait to be woken and wake the other one. */
	void pong() throws InterruptedException;

	/** Measure round trips. */
	private static void run(long roundTrips, PingPong game) throws InterruptedException {
		Thread other = new Thread(() -> {
			try {
				while (true) {
					game.pong();
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}, "pong");
		other.setDaemon(true);
		other.start();
		for (long i = 0; i < roundTrips / 4; i++) {
			game.ping();
		}
		Contract.ready();
		long startNanos = System.nanoTime();
		for (long i = 0; i < roundTrips; i++) {
			game.ping();
		}
		long nanos = System.nanoTime() - startNanos;
		Contract.result(new Json().put("n", roundTrips).put("secs", (double) nanos / TimeUnit.SECONDS.toNanos(1)));
	}

	/**
	 * By our handles.
	 */
	final class ByEventfd implements PingPong {

		private final Eventfd there;

		private final Eventfd back;

		ByEventfd() {
			EventfdFactory eventfds = new EventfdFactory(Syscalls.system());
			this.there = eventfds.open();
			this.back = eventfds.open();
		}

		@Override
		public void ping() {
			this.there.increment(1);
			this.back.readEvent();
		}

		@Override
		public void pong() {
			this.there.readEvent();
			this.back.increment(1);
		}

	}

	/**
	 * By parking.
	 */
	final class ByPark implements PingPong {

		private final Thread pinger = Thread.currentThread();

		private volatile @Nullable Thread ponger;

		private volatile boolean there;

		@Override
		public void ping() {
			this.there = true;
			LockSupport.unpark(this.ponger);
			while (this.there) {
				LockSupport.park(this);
			}
		}

		@Override
		public void pong() {
			this.ponger = Thread.currentThread();
			while (!this.there) {
				LockSupport.park(this);
			}
			this.there = false;
			LockSupport.unpark(this.pinger);
		}

	}

	/**
	 * By handing something over.
	 */
	final class ByQueue implements PingPong {

		private final SynchronousQueue<Object> there = new SynchronousQueue<>();

		private final SynchronousQueue<Object> back = new SynchronousQueue<>();

		@Override
		public void ping() throws InterruptedException {
			this.there.put(this);
			this.back.take();
		}

		@Override
		public void pong() throws InterruptedException {
			this.there.take();
			this.back.put(this);
		}

	}

}
