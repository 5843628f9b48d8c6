package io.github.linuxfd.aio;

import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.ShutdownChannelGroupException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Channels whose handlers are called by the same threads: those of an executor, or, in
 * the default group of an {@link AioChannelProvider}, those that call the handlers of an
 * {@link Aio}. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioChannelGroup extends AsynchronousChannelGroup {

	private final @Nullable ExecutorService executor;

	private final Delivery delivery;

	/** Guarded by itself, as is the change of {@link #shutdown}. */
	private final Set<ChannelHandle<?>> members = new HashSet<>();

	private final CountDownLatch left = new CountDownLatch(1);

	private volatile boolean shutdown;

	/** The default group. */
	AioChannelGroup(AioChannelProvider provider, Delivery delivery) {
		super(provider);
		this.executor = null;
		this.delivery = delivery;
	}

	AioChannelGroup(AioChannelProvider provider, ExecutorService executor) {
		super(provider);
		this.executor = executor;
		this.delivery = new Delivery(executor);
	}

	Delivery delivery() {
		return this.delivery;
	}

	void join(ChannelHandle<?> member) {
		synchronized (this.members) {
			if (this.shutdown) {
				throw new ShutdownChannelGroupException();
			}
			this.members.add(member);
		}
	}

	/** Nothing of the channel will be delivered any more. */
	void leave(ChannelHandle<?> member) {
		boolean last;
		synchronized (this.members) {
			this.members.remove(member);
			last = this.shutdown && this.members.isEmpty();
		}
		if (last) {
			end();
		}
	}

	private void end() {
		if (this.executor != null) {
			this.executor.shutdown();
		}
		this.left.countDown();
	}

	@Override
	public boolean isShutdown() {
		return this.shutdown;
	}

	@Override
	public boolean isTerminated() {
		return this.left.getCount() == 0 && (this.executor == null || this.executor.isTerminated());
	}

	@Override
	public void shutdown() {
		refuseMembers();
	}

	@Override
	public void shutdownNow() {
		refuseMembers().forEach(ChannelHandle::close);
	}

	/** Returns those that are there, and live on. */
	private List<ChannelHandle<?>> refuseMembers() {
		List<ChannelHandle<?>> present;
		synchronized (this.members) {
			this.shutdown = true;
			present = List.copyOf(this.members);
		}
		if (present.isEmpty()) {
			end();
		}
		return present;
	}

	/**
	 * Wait until the group has been shut down, its channels are closed and their handlers
	 * have returned. Must not be called by a handler.
	 */
	@Override
	public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
		long start = System.nanoTime();
		long nanos = unit.toNanos(timeout);
		if (!this.left.await(nanos, TimeUnit.NANOSECONDS)) {
			return false;
		}
		return this.executor == null
				|| this.executor.awaitTermination(nanos - (System.nanoTime() - start), TimeUnit.NANOSECONDS);
	}

	@Override
	public String toString() {
		return "AioChannelGroup[" + ((this.executor != null) ? this.executor : "default") + "]";
	}

}
