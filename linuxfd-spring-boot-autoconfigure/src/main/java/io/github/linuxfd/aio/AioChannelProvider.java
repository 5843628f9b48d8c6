package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.IllegalChannelGroupException;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Makes the JDK's asynchronous channels, whose operations are completed by the engines of
 * an {@link Aio}. Handlers of the default group are called as those of {@link Aio} are,
 * with io_uring by the ring's own thread: what they start costs no hand-over, and while
 * they wait for something all others wait. Those of other groups are called in the
 * group's executor. Any thread may call.
 * <p>
 * A program that knows only the JDK's types gets these by
 * {@code -Djava.nio.channels.spi.AsynchronousChannelProvider=io.github.linuxfd.aio.AioChannelProvider}.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioChannelProvider extends AsynchronousChannelProvider {

	private final AioEngines engines;

	private final AioChannelGroup defaultGroup;

	/**
	 * Open engines of its own, by the default settings, which last as long as the JVM:
	 * for the JDK, which makes one such provider.
	 * @throws SyscallException if no engine can be opened
	 */
	public AioChannelProvider() {
		this(new AioEngines(Syscalls.system(), AioSettings.DEFAULT));
	}

	/**
	 * Make channels by these engines.
	 * @param engines the engines, which are closed by whoever has opened them
	 */
	public AioChannelProvider(AioEngines engines) {
		this.engines = engines;
		this.defaultGroup = new AioChannelGroup(this, engines.delivery());
	}

	/**
	 * Make a group with threads of its own for the handlers.
	 * @param threads how many there are at most
	 * @param factory makes them
	 * @return the group
	 * @throws IllegalArgumentException if there is to be no thread
	 */
	@Override
	public AsynchronousChannelGroup openAsynchronousChannelGroup(int threads, ThreadFactory factory) {
		Objects.requireNonNull(factory, "'factory' is null");
		return new AioChannelGroup(this, Executors.newFixedThreadPool(threads, factory));
	}

	/**
	 * Make a group whose handlers are called in an executor.
	 * @param executor for this group alone, which shuts it down when it terminates
	 * @param initialSize is of no use here, because no thread of the executor waits for
	 * completions
	 * @return the group
	 */
	@Override
	public AsynchronousChannelGroup openAsynchronousChannelGroup(ExecutorService executor, int initialSize) {
		return new AioChannelGroup(this, Objects.requireNonNull(executor, "'executor' is null"));
	}

	@Override
	public AsynchronousServerSocketChannel openAsynchronousServerSocketChannel(@Nullable AsynchronousChannelGroup group)
			throws IOException {
		AioChannelGroup ours = checkGroup(group);
		return new AioServerSocketChannel(this, ours, openSocket(AioSocket.SOCK_STREAM, ours));
	}

	@Override
	public AsynchronousSocketChannel openAsynchronousSocketChannel(@Nullable AsynchronousChannelGroup group)
			throws IOException {
		AioChannelGroup ours = checkGroup(group);
		return new AioSocketChannel(this, ours, openSocket(AioSocket.SOCK_STREAM, ours), null);
	}

	/**
	 * {@code socket(2)} - opens a channel for UDP.
	 * @param group the group, or {@code null} for the default group
	 * @return the channel, to be closed by the caller
	 * @throws ShutdownChannelGroupException if the group is shut down
	 * @throws IllegalChannelGroupException if the group is of another provider
	 * @throws IOException if no descriptor is left
	 */
	public AioDatagramChannel openAsynchronousDatagramChannel(@Nullable AsynchronousChannelGroup group)
			throws IOException {
		AioChannelGroup ours = checkGroup(group);
		return new AioDatagramChannel(this, ours, openSocket(AioSocket.SOCK_DGRAM, ours));
	}

	private AioChannelGroup checkGroup(@Nullable AsynchronousChannelGroup group) {
		if (group == null) {
			return this.defaultGroup;
		}
		if (!(group instanceof AioChannelGroup ours) || ours.provider() != this) {
			throw new IllegalChannelGroupException();
		}
		if (ours.isShutdown()) {
			throw new ShutdownChannelGroupException();
		}
		return ours;
	}

	private AioSocket openSocket(int type, AioChannelGroup group) throws IOException {
		try {
			return this.engines.openSocket(type, group.delivery());
		}
		catch (SyscallException ex) {
			throw IoFailures.of(ex);
		}
	}

}
