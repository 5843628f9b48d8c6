package io.github.linuxfd.listener;

import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.event.ChildExitEvent;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.pidfd.ExitStatus;
import io.github.linuxfd.pidfd.Pidfd;
import io.github.linuxfd.pidfd.PidfdFactory;

/**
 * Watches processes, of which every
 * {@link io.github.linuxfd.annotation.ChildExitListener @ChildExitListener} is told when
 * they end. Each watch takes one descriptor and no thread, and is over with its one
 * event. Ends that come before the listeners have started, or while one of them has no
 * room, are told later. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class ChildProcesses implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(ChildProcesses.class);

	private final EventLoop loop;

	private final PidfdFactory pidfds;

	private final List<ChildExitListenerContainer> containers = new CopyOnWriteArrayList<>();

	private final Set<ChildWatch> watches = ConcurrentHashMap.newKeySet();

	/**
	 * Not told yet. Their descriptors are closed already, and there is one at most for
	 * each watch, so that nothing is gained by leaving them in the kernel.
	 */
	private final Queue<ChildExitEvent> held = new ConcurrentLinkedQueue<>();

	private volatile boolean delivering;

	/** Whether the loop's thread may be at work for us. */
	private volatile boolean used;

	private volatile boolean closed;

	/**
	 * Watch processes.
	 * @param loop waits for their ends
	 * @param pidfds opens them
	 */
	public ChildProcesses(EventLoop loop, PidfdFactory pidfds) {
		this.loop = loop;
		this.pidfds = pidfds;
	}

	/**
	 * {@code pidfd_open(2)} - has the listeners told once when a child ends, also if it
	 * has ended already. {@link Process#waitFor()} and {@link Process#exitValue()} have
	 * their answers as before. Linux 5.3.
	 * <p>
	 * If the JVM has waited for the child before the kernel could be asked, which may be
	 * before Linux 6.15, the status has the JVM's exit value only: 143 is then a
	 * {@linkplain ExitStatus#code() code} and no signal.
	 * @param process the child
	 * @throws SyscallException {@code EMFILE}, {@code ENFILE} - no descriptor is left;
	 * {@code ENOSPC} - {@code fs.epoll.max_user_watches} is used up; {@code ENOSYS},
	 * {@code EPERM} - the kernel is older, or a seccomp filter does not know the call
	 * @throws IllegalStateException if this is closed
	 */
	public void watch(Process process) {
		checkOpen();
		Pidfd pidfd;
		try {
			pidfd = this.pidfds.open(process);
		}
		catch (SyscallException ex) {
			if (!ex.errno().equals(Errno.ESRCH)) {
				throw ex;
			}
			this.used = true;
			whenReaped(process, () -> tell(new ChildExitEvent(process.pid(), statusFromJvm(process), process)));
			return;
		}
		watch(pidfd, process);
	}

	/**
	 * {@code pidfd_open(2)} - has the listeners told once when a process ends, which need
	 * not be a child. The number must be that of the process still, see
	 * {@link PidfdFactory#open(long)}. Linux 5.3.
	 * <p>
	 * How it ended is told of a child, and of another process since Linux 6.15, if its
	 * parent waits for it within a second.
	 * @param pid the process id
	 * @throws SyscallException {@code ESRCH} - there is no such process, or it has ended
	 * and its parent has waited for it; otherwise as {@link #watch(Process)}
	 * @throws IllegalStateException if this is closed
	 */
	public void watch(long pid) {
		checkOpen();
		watch(this.pidfds.open(pid), null);
	}

	private void checkOpen() {
		if (this.closed) {
			throw new IllegalStateException("The application context is closed");
		}
	}

	private void watch(Pidfd pidfd, @Nullable Process process) {
		ChildWatch watch = new ChildWatch(this, this.loop, pidfd, process);
		this.used = true;
		this.watches.add(watch);
		try {
			this.loop.register(watch);
		}
		catch (RuntimeException | Error ex) {
			this.watches.remove(watch);
			pidfd.close();
			throw ex;
		}
	}

	/**
	 * Run a command on the loop's thread once the JVM knows how a child has ended.
	 */
	@SuppressWarnings("FutureReturnValueIgnored")
	void whenReaped(Process process, Runnable command) {
		if (process.isAlive()) {
			process.onExit().thenRun(() -> execute(command));
		}
		else {
			execute(command);
		}
	}

	/** Of a child that the JVM has waited for; it says no more than a shell does. */
	static Optional<ExitStatus> statusFromJvm(Process process) {
		int value = process.exitValue();
		// negative if somebody else has waited for it
		return (value >= 0) ? Optional.of(ExitStatus.exited(value)) : Optional.empty();
	}

	private void execute(Runnable command) {
		try {
			this.loop.execute(command);
		}
		catch (RejectedExecutionException ex) {
			logger.debug("The loop has ended before all child processes", ex);
		}
	}

	// the loop's thread

	void ended(ChildWatch watch, ChildExitEvent event) {
		if (this.watches.remove(watch)) {
			tell(event);
		}
	}

	/** Only the loop itself can fail while a process runs. */
	void failed(Throwable failure) {
		this.containers.forEach((container) -> container.failed(failure));
	}

	private void tell(ChildExitEvent event) {
		this.held.add(event);
		tellHeld();
	}

	private void tellHeld() {
		while (this.delivering && !this.held.isEmpty() && begin()) {
			ChildExitEvent event = this.held.poll();
			if (event != null) {
				tellContainers(event);
			}
		}
	}

	private void tellContainers(ChildExitEvent event) {
		if (this.containers.isEmpty()) {
			logger.debug("Nobody listens to " + event);
		}
		for (ChildExitListenerContainer container : this.containers) {
			container.accept(event);
			container.end();
		}
	}

	private boolean begin() {
		boolean room = true;
		for (ChildExitListenerContainer container : this.containers) {
			room &= container.begin();
		}
		return room;
	}

	// called by the containers and the registry

	void subscribe(ChildExitListenerContainer container) {
		this.containers.add(container);
	}

	void unsubscribe(ChildExitListenerContainer container) {
		if (this.used) {
			try {
				// not in the middle of telling it something
				this.loop.call(() -> this.containers.remove(container));
			}
			catch (RejectedExecutionException ex) {
				logger.debug("The loop has ended before its listeners", ex);
				this.containers.remove(container);
			}
			// the others may have waited for this one only
			resume();
		}
		else {
			this.containers.remove(container);
		}
	}

	void resume() {
		if (!this.held.isEmpty()) {
			execute(this::tellHeld);
		}
	}

	/** All listeners have started. */
	void deliver() {
		this.delivering = true;
		resume();
	}

	/** The listeners are about to stop. */
	void hold() {
		this.delivering = false;
	}

	/**
	 * End all watches and close their descriptors; the processes live on. The second call
	 * does nothing.
	 */
	@Override
	public void close() {
		this.closed = true;
		if (!this.watches.isEmpty()) {
			try {
				this.loop.call(this::cancelAll);
			}
			catch (RejectedExecutionException ex) {
				logger.debug("The loop has closed all watches with itself", ex);
			}
		}
		int late = this.held.size();
		if (late > 0) {
			this.held.clear();
			logger.warn(late + " child processes ended too late for their listeners");
		}
	}

	private void cancelAll() {
		List.copyOf(this.watches).forEach(this.loop::cancel);
		this.watches.clear();
	}

}
