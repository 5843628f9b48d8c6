package io.github.linuxfd.eventloop;

import java.util.concurrent.Executor;

import io.github.linuxfd.fd.EventReader;

/**
 * Gives descriptors to the loop and their events to whoever asks later: as a queue, or as
 * a reactive publisher. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AsyncEvents {

	private final EventLoop loop;

	private final Executor executor;

	private final int capacity;

	/**
	 * Read descriptors in a loop.
	 * @param loop reads them
	 * @param executor runs what waits for their events; best one that rejects nothing
	 * @param capacity how many events a queue holds before the kernel has to
	 */
	public AsyncEvents(EventLoop loop, Executor executor, int capacity) {
		this.loop = loop;
		this.executor = executor;
		this.capacity = capacity;
	}

	/**
	 * Open a queue of a descriptor's events.
	 * @param <E> the events
	 * @param descriptor the descriptor, which belongs to the loop from then on and is
	 * closed with the queue
	 * @return the queue, to be closed by the caller
	 * @throws io.github.linuxfd.errno.SyscallException {@code EEXIST} - the loop reads
	 * the descriptor already; {@code ENOSPC} - {@code fs.epoll.max_user_watches} is
	 * reached. The descriptor stays the caller's
	 * @throws java.util.concurrent.RejectedExecutionException if the loop is closed
	 */
	public <E> AsyncEventQueue<E> queue(EventReader<E> descriptor) {
		return queue(descriptor, this.capacity);
	}

	/**
	 * Open a queue of a descriptor's events, with room for so many.
	 * @param <E> the events
	 * @param descriptor the descriptor, which belongs to the loop from then on and is
	 * closed with the queue
	 * @param capacity how many events the queue holds before the kernel has to; one read
	 * may bring more
	 * @return the queue, to be closed by the caller
	 * @throws io.github.linuxfd.errno.SyscallException as {@link #queue(EventReader)}
	 * @throws java.util.concurrent.RejectedExecutionException if the loop is closed
	 */
	public <E> AsyncEventQueue<E> queue(EventReader<E> descriptor, int capacity) {
		return AsyncEventQueue.open(this.loop, this.executor, descriptor, capacity);
	}

	/**
	 * Make a publisher of a descriptor's events, for one subscriber.
	 * @param <E> the events
	 * @param descriptor the descriptor, which belongs to the publisher from then on and
	 * to the loop from the subscription on
	 * @return the publisher; closed by the caller, or by its subscriber
	 */
	public <E> AsyncEventPublisher<E> publisher(EventReader<E> descriptor) {
		return new AsyncEventPublisher<>(this.loop, this.executor, descriptor);
	}

}
