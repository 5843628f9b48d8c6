package io.github.linuxfd.namespace;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.flags.Flags;

/**
 * Runs actions in namespaces, each on a platform thread that is made for it, goes into
 * the namespaces first, and ends with the action: no other code ever runs on it. Any
 * thread may call, also several at once; the caller stays where it is.
 * <p>
 * A thread that the action starts is in the same namespaces and stays there. That holds
 * for those that the JDK starts as well, for the common pool and for
 * {@link ProcessBuilder#start()}: an action had better start none. One that is left
 * behind is a warning in the log. Files are to be named by absolute paths: a JVM has its
 * own idea of the working directory.
 *
 * @author linuxfd
 * @since 0.1.0
 * @see Namespaces#fresh
 * @see Namespaces#entering
 */
public final class NamespaceThread {

	static final String THREAD_NAME = "linuxfd-namespace";

	private final Flags<CloneFlag> types;

	private final String description;

	private final Runnable entry;

	private final @Nullable Duration timeout;

	NamespaceThread(Flags<CloneFlag> types, String description, Runnable entry) {
		this(types, description, entry, null);
	}

	private NamespaceThread(Flags<CloneFlag> types, String description, Runnable entry, @Nullable Duration timeout) {
		this.types = types;
		this.description = description;
		this.entry = entry;
		this.timeout = timeout;
	}

	/**
	 * Return the same with a time limit.
	 * @param timeout the longest time for going in and for the action, positive
	 * @return another one of these
	 */
	public NamespaceThread withTimeout(Duration timeout) {
		if (timeout.isNegative() || timeout.isZero()) {
			throw new IllegalArgumentException("A time limit is positive, not " + timeout);
		}
		return new NamespaceThread(this.types, this.description, this.entry, timeout);
	}

	/**
	 * Run an action in the namespaces and wait for it. If the time is over or the caller
	 * is interrupted, the action is interrupted and not waited for any longer: should it
	 * go on, it does so on its own thread, in its own namespaces.
	 * @param <T> the result
	 * @param action the action
	 * @return what it returns
	 * @throws io.github.linuxfd.errno.SyscallException if the way into the namespaces is
	 * refused: {@code EPERM} - {@code CAP_SYS_ADMIN} is missing; {@code ENOSPC} - there
	 * are as many as {@code /proc/sys/user/max_*_namespaces} allows
	 * @throws TimeoutException if the time is over
	 * @throws InterruptedException if the caller is interrupted
	 * @throws Exception what the action throws
	 */
	public <T> T call(Callable<T> action) throws Exception {
		StrayThreads before = StrayThreads.now(this.types);
		FutureTask<T> task = new FutureTask<>(() -> {
			this.entry.run();
			return action.call();
		});
		Thread thread = new Thread(task, THREAD_NAME);
		thread.setDaemon(true);
		thread.start();
		try {
			T result = await(task);
			thread.join();
			return result;
		}
		catch (ExecutionException ex) {
			thread.join();
			throw unwrap(ex);
		}
		finally {
			task.cancel(true);
			warnOf(StrayThreads.now(this.types).without(before));
		}
	}

	private <T> T await(FutureTask<T> task) throws InterruptedException, ExecutionException, TimeoutException {
		if (this.timeout == null) {
			return task.get();
		}
		try {
			return task.get(TimeUnit.NANOSECONDS.convert(this.timeout), TimeUnit.NANOSECONDS);
		}
		catch (TimeoutException ex) {
			throw new TimeoutException(
					"The action in " + this.description + " has not ended in " + this.timeout + " and was interrupted");
		}
	}

	private static Exception unwrap(ExecutionException failure) {
		if (failure.getCause() instanceof Error error) {
			throw error;
		}
		return (failure.getCause() instanceof Exception exception) ? exception : failure;
	}

	private void warnOf(StrayThreads stray) {
		if (!stray.isEmpty()) {
			System.getLogger(NamespaceThread.class.getName())
				.log(Level.WARNING, "Threads were started in {0} and stay there: {1}. Start them before, and "
						+ "processes by Namespaces.freshProcess", this.description, stray);
		}
	}

}
