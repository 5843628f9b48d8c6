package io.github.linuxfd.fd;

import java.io.FileDescriptor;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;

import org.jspecify.annotations.Nullable;

/**
 * What the JDK's channels do not show: the number of their descriptor, and what keeps it
 * from being closed. The same in Java 17 to 25.
 *
 * @author linuxfd
 */
final class JdkChannels {

	private static final String PACKAGE = "sun.nio.ch";

	private static volatile @Nullable JdkChannels instance;

	private final Class<?> fileChannel;

	private final Class<?> socketChannel;

	/** {@code FileChannelImpl.fd} and then {@code IOUtil.fdVal}. */
	private final MethodHandle fileNumber;

	/** {@code FileChannelImpl.threads}: {@code close()} waits for those in it. */
	private final MethodHandle fileThreads;

	private final MethodHandle addThread;

	private final MethodHandle removeThread;

	private final MethodHandle socketNumber;

	/** {@code SocketChannelImpl.stateLock}: {@code close()} needs it. */
	private final MethodHandle socketLock;

	/**
	 * {@code SocketChannelImpl.forcedNonBlocking}, of a JDK with virtual threads: the
	 * descriptor does not block although the channel does.
	 */
	private final @Nullable MethodHandle socketForced;

	private JdkChannels() throws ReflectiveOperationException {
		this.fileChannel = Class.forName(PACKAGE + ".FileChannelImpl");
		this.socketChannel = Class.forName(PACKAGE + ".SocketChannelImpl");
		Class<?> threadSet = Class.forName(PACKAGE + ".NativeThreadSet");
		Lookup lookup = MethodHandles.privateLookupIn(this.fileChannel, MethodHandles.lookup());
		MethodHandle number = lookup.findStatic(Class.forName(PACKAGE + ".IOUtil"), "fdVal",
				MethodType.methodType(int.class, FileDescriptor.class));
		MethodHandle descriptor = lookup.findGetter(this.fileChannel, "fd", FileDescriptor.class);
		this.fileNumber = MethodHandles.filterReturnValue(descriptor, number)
			.asType(MethodType.methodType(int.class, Object.class));
		this.fileThreads = lookup.findGetter(this.fileChannel, "threads", threadSet)
			.asType(MethodType.methodType(Object.class, Object.class));
		this.addThread = lookup.findVirtual(threadSet, "add", MethodType.methodType(int.class))
			.asType(MethodType.methodType(int.class, Object.class));
		this.removeThread = lookup.findVirtual(threadSet, "remove", MethodType.methodType(void.class, int.class))
			.asType(MethodType.methodType(void.class, Object.class, int.class));
		Lookup sockets = MethodHandles.privateLookupIn(this.socketChannel, MethodHandles.lookup());
		this.socketNumber = sockets.findVirtual(this.socketChannel, "getFDVal", MethodType.methodType(int.class))
			.asType(MethodType.methodType(int.class, Object.class));
		this.socketLock = sockets.findGetter(this.socketChannel, "stateLock", Object.class)
			.asType(MethodType.methodType(Object.class, Object.class));
		this.socketForced = forced(sockets);
	}

	private @Nullable MethodHandle forced(Lookup sockets) throws IllegalAccessException {
		try {
			return sockets.findGetter(this.socketChannel, "forcedNonBlocking", boolean.class)
				.asType(MethodType.methodType(boolean.class, Object.class));
		}
		catch (NoSuchFieldException ex) {
			return null; // Java 17
		}
	}

	/**
	 * Return the access to what the channels hide.
	 * @throws InaccessibleFdException if the JVM was not started with the option for it
	 */
	static JdkChannels instance() {
		JdkChannels known = instance;
		if (known == null) {
			known = open();
			instance = known;
		}
		return known;
	}

	private static JdkChannels open() {
		try {
			return new JdkChannels();
		}
		catch (IllegalAccessException ex) {
			Module module = JdkChannels.class.getModule();
			throw new InaccessibleFdException(
					"The JVM does not let the descriptors of its channels and streams be had. Start it with --add-opens java.base/"
							+ PACKAGE + "=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED")
							+ ", or give files by their path",
					ex);
		}
		catch (ReflectiveOperationException ex) {
			throw new InaccessibleFdException("The channels of Java " + Runtime.version()
					+ " are not made as those of Java 17 to 25: " + ex.getMessage(), ex);
		}
	}

	boolean isFile(Object channel) {
		return this.fileChannel.isInstance(channel);
	}

	boolean isSocket(Object channel) {
		return this.socketChannel.isInstance(channel);
	}

	int fileNumber(Object channel) {
		try {
			return (int) this.fileNumber.invokeExact(channel);
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	Object fileThreads(Object channel) {
		try {
			return this.fileThreads.invokeExact(channel);
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	/**
	 * Let {@code close()} wait for this thread.
	 * @return what to {@linkplain #leave leave} with
	 */
	int enter(Object threads) {
		try {
			return (int) this.addThread.invokeExact(threads);
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	void leave(Object threads, int index) {
		try {
			this.removeThread.invokeExact(threads, index);
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	int socketNumber(Object channel) {
		try {
			return (int) this.socketNumber.invokeExact(channel);
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	Object socketLock(Object channel) {
		try {
			return this.socketLock.invokeExact(channel);
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	/**
	 * Whether the descriptor has to be non-blocking whatever the channel's mode, because
	 * the channel was used on a virtual thread. To be asked under {@linkplain #socketLock
	 * the lock}.
	 */
	boolean isSocketForced(Object channel) {
		MethodHandle forced = this.socketForced;
		try {
			return forced != null && (boolean) forced.invokeExact(channel);
		}
		catch (Throwable ex) {
			throw unexpected(ex);
		}
	}

	/** None of these methods throws anything checked. */
	private static RuntimeException unexpected(Throwable ex) {
		if (ex instanceof Error error) {
			throw error;
		}
		return (ex instanceof RuntimeException unchecked) ? unchecked : new IllegalStateException(ex);
	}

}
