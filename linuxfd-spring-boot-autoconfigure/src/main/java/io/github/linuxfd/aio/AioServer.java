package io.github.linuxfd.aio;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;

/**
 * A listening socket of TCP whose connections are accepted by an {@link Aio}, and which
 * can be stopped gracefully. The connections belong to the handler, which closes them;
 * those that it has not closed when the time for that is over are closed here. Any thread
 * may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioServer implements AutoCloseable {

	private static final System.Logger LOGGER = System.getLogger(AioServer.class.getName());

	/** How many connections wait to be accepted if nobody says otherwise. */
	private static final int BACKLOG = 1024;

	/** accept(2): the connection has failed before it was accepted. */
	private static final Set<Errno> OF_ONE_CONNECTION = Set.of(Errno.ECONNABORTED, Errno.EPROTO, Errno.ENETDOWN,
			Errno.ENOPROTOOPT, Errno.EHOSTDOWN, Errno.ENONET, Errno.EHOSTUNREACH, Errno.EOPNOTSUPP, Errno.ENETUNREACH,
			Errno.ETIMEDOUT);

	/** What comes back when connections are closed. */
	private static final Set<Errno> SHORTAGES = Set.of(Errno.EMFILE, Errno.ENFILE, Errno.ENOBUFS, Errno.ENOMEM);

	private static final long SHORTAGE_MILLIS = 100;

	private final Aio aio;

	private final SocketAddress local;

	private final Consumer<AioSocket> handler;

	private final Set<AioSocket> connections = ConcurrentHashMap.newKeySet();

	private volatile @Nullable AioSocket listening;

	private volatile @Nullable Throwable failure;

	/** So that a shortage is one line in the log, however long it lasts. */
	private volatile boolean shortage;

	/**
	 * Serve an address, once started.
	 * @param aio does the operations
	 * @param local the address to listen at; with port 0 the kernel chooses one
	 * @param handler gets each connection, on the thread that has got the completion
	 */
	public AioServer(Aio aio, SocketAddress local, Consumer<AioSocket> handler) {
		this.aio = aio;
		this.local = local;
		this.handler = handler;
	}

	/**
	 * {@code bind(2)}, {@code listen(2)}, {@code accept4(2)} - starts to accept
	 * connections.
	 * @throws SyscallException {@code EADDRINUSE} - somebody else listens there;
	 * {@code EACCES} - the port needs {@code CAP_NET_BIND_SERVICE}
	 * @throws IllegalStateException if it is running
	 */
	public synchronized void start() {
		if (isRunning()) {
			throw new IllegalStateException(this + " is running already");
		}
		AioSocket socket = this.aio.openStreamSocket();
		boolean started = false;
		try {
			socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
			socket.bind(this.local);
			socket.listen(BACKLOG);
			this.failure = null;
			this.shortage = false;
			this.listening = socket;
			accept(socket);
			started = true;
		}
		finally {
			if (!started) {
				this.listening = null;
				socket.close();
			}
		}
	}

	private void accept(AioSocket socket) {
		this.aio.acceptMultishot(socket, (connection) -> serve(socket, connection))
			.whenComplete((none, failure) -> ended(socket, failure));
	}

	private void serve(AioSocket socket, AioSocket connection) {
		if (this.shortage) {
			this.shortage = false;
			LOGGER.log(System.Logger.Level.INFO, () -> this + " accepts again");
		}
		this.connections.add(connection);
		connection.onClose(() -> {
			synchronized (this.connections) {
				this.connections.remove(connection);
				this.connections.notifyAll();
			}
		});
		if (this.listening != socket) {
			connection.closeIfOpen(); // stopped meanwhile
			return;
		}
		try {
			this.handler.accept(connection);
		}
		catch (Throwable ex) {
			connection.closeIfOpen();
			Delivery.log(() -> "The handler of " + this + " has failed, and its connection is closed", ex);
		}
	}

	private void ended(AioSocket socket, Throwable failure) {
		if (this.listening != socket) {
			return; // stopped
		}
		if (failure instanceof SyscallException refusal) {
			Errno errno = refusal.errno();
			if (OF_ONE_CONNECTION.contains(errno)) {
				acceptAgain(socket);
				return;
			}
			if (SHORTAGES.contains(errno)) {
				if (!this.shortage) {
					this.shortage = true;
					LOGGER.log(System.Logger.Level.WARNING, () -> this + " waits: " + failure.getMessage());
				}
				CompletableFuture.delayedExecutor(SHORTAGE_MILLIS, TimeUnit.MILLISECONDS)
					.execute(() -> acceptAgain(socket));
				return;
			}
		}
		fail(socket, failure);
	}

	private void acceptAgain(AioSocket socket) {
		try {
			accept(socket);
		}
		catch (IllegalStateException ex) {
			fail(socket, ex);
		}
	}

	/** Does nothing if it has been stopped, and maybe started again. */
	private synchronized void fail(AioSocket socket, Throwable failure) {
		if (this.listening == socket) {
			this.failure = failure;
			LOGGER.log(System.Logger.Level.ERROR, () -> this + " accepts no more connections", failure);
			stopAccepting();
		}
	}

	/**
	 * Whether connections are accepted.
	 * @return {@code true} from the start to the stop, if accepting has not failed
	 */
	public boolean isRunning() {
		return this.listening != null;
	}

	/**
	 * Return why connections are not accepted any more.
	 * @return the failure, or {@code null} if there was none since the start
	 */
	public @Nullable Throwable failure() {
		return this.failure;
	}

	/**
	 * Return where it listens.
	 * @return the address, with the port that the kernel has chosen
	 * @throws IllegalStateException if it is not running
	 */
	public InetSocketAddress localAddress() {
		AioSocket socket = this.listening;
		if (socket == null) {
			throw new IllegalStateException(this + " is not running");
		}
		return socket.localAddress();
	}

	/**
	 * Return how many connections are open.
	 * @return the number of connections that were accepted and not closed
	 */
	public int connections() {
		return this.connections.size();
	}

	/**
	 * {@code close(2)} - accepts no more connections, waits until the handler has closed
	 * those that are open, and then closes the rest. Does nothing if it is not running.
	 * Not to be called by a handler, which the connections may wait for.
	 * @param grace the longest wait
	 * @return whether the handler has closed all in time
	 * @throws InterruptedException if the thread is interrupted while it waits; the
	 * connections are closed
	 */
	public boolean stop(Duration grace) throws InterruptedException {
		stopAccepting();
		try {
			return awaitConnections(grace);
		}
		finally {
			closeConnections();
		}
	}

	private synchronized void stopAccepting() {
		AioSocket socket = this.listening;
		this.listening = null;
		if (socket != null) {
			socket.close();
		}
	}

	private boolean awaitConnections(Duration grace) throws InterruptedException {
		synchronized (this.connections) {
			long deadline = System.nanoTime() + Math.min(TimeUnit.NANOSECONDS.convert(grace), Long.MAX_VALUE / 2);
			while (!this.connections.isEmpty()) {
				long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime() + 999_999);
				if (millis <= 0) {
					return false;
				}
				this.connections.wait(millis);
			}
			return true;
		}
	}

	private void closeConnections() {
		for (AioSocket connection : this.connections) {
			connection.closeIfOpen();
		}
	}

	/**
	 * Stop without waiting for anything but the kernel.
	 */
	@Override
	public void close() {
		stopAccepting();
		closeConnections();
	}

	@Override
	public String toString() {
		return "AioServer[" + this.local + "]";
	}

}
