package io.github.linuxfd.signalfd;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Layouts.Siginfo;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Which signals the threads of this process block. A thread can change its own mask only;
 * so to unblock signals in others, they are sent a real-time signal that nobody uses,
 * whose handler does it.
 *
 * @author linuxfd
 */
final class ThreadMasks {

	private static final System.Logger LOGGER = System.getLogger(ThreadMasks.class.getName());

	private static final int SI_QUEUE = -1;

	private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(2);

	/** From the handler into the thread's own code, whose mask is then the new one. */
	private static final long RETURN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

	private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

	private final Syscalls syscalls;

	ThreadMasks(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * Return what each thread blocks.
	 * @return the masks by thread id
	 */
	Map<Integer, Long> read() {
		Map<Integer, Long> masks = new HashMap<>();
		states().forEach((thread, state) -> masks.put(thread, state.blocked()));
		return masks;
	}

	private Map<Integer, State> states() {
		Map<Integer, State> states = new HashMap<>();
		try (ProcReader reader = new ProcReader(this.syscalls);
				DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
			for (Path thread : threads) {
				String status = reader.read(thread + "/status");
				if (status != null) { // else it has ended meanwhile
					states.put(Integer.parseInt(thread.getFileName().toString()), State.of(status));
				}
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot see which threads block signals", ex);
		}
		return states;
	}

	/**
	 * Unblock signals in all threads but some, once: a thread may learn to block them
	 * again at once.
	 * @param signals the mask of the signals
	 * @param except the threads that go on blocking them
	 */
	void unblock(long signals, Set<Integer> except) {
		synchronized (ThreadMasks.class) { // one messenger at a time
			Map<Integer, State> targets = states();
			targets.keySet().removeAll(except);
			targets.values().removeIf((state) -> (state.blocked() & signals) == 0);
			if (targets.isEmpty()) {
				return;
			}
			Signal messenger = messenger(targets.values());
			if (messenger == null) {
				LOGGER.log(System.Logger.Level.WARNING,
						"No real-time signal is free; threads go on blocking " + SignalSets.signals(signals));
				return;
			}
			try (Disposition before = Disposition.handle(this.syscalls, messenger,
					HandlerPage.get(this.syscalls).unblock())) {
				try {
					tellAll(messenger, signals, except);
				}
				finally {
					// drops what a thread has not taken yet, and which would end the JVM
					Disposition.ignore(this.syscalls, messenger).close();
					before.restore();
				}
			}
		}
	}

	/**
	 * One that hardly any thread blocks, and of these the highest one, because people
	 * count from the lowest.
	 */
	private @Nullable Signal messenger(Collection<State> targets) {
		Signal messenger = null;
		long fewest = Long.MAX_VALUE;
		for (int number = Signal.RTMAX.number(); number >= Signal.RTMIN.number() && fewest > 0; number--) {
			Signal signal = new Signal(number);
			long bit = SignalSets.mask(Set.of(signal));
			long blocking = targets.stream().filter((state) -> (state.blocked() & bit) != 0).count();
			if (blocking < fewest && isFree(signal)) {
				messenger = signal;
				fewest = blocking;
			}
		}
		return messenger;
	}

	private boolean isFree(Signal signal) {
		try (Disposition current = Disposition.of(this.syscalls, signal)) {
			return current.isDefault();
		}
	}

	private void tellAll(Signal messenger, long signals, Set<Integer> except) {
		long messengerBit = SignalSets.mask(Set.of(messenger));
		long deadlineNanos = System.nanoTime() + TIMEOUT_NANOS;
		long returnedNanos = Long.MAX_VALUE;
		Set<Integer> told = new HashSet<>();
		try (NativeMemory info = NativeMemory.allocate(Siginfo.BYTES)) {
			ByteBuffer bytes = info.bytes();
			int pid = (int) ProcessHandle.current().pid();
			bytes.putInt(Siginfo.SIGNO, messenger.number()).putInt(Siginfo.CODE, SI_QUEUE).putInt(Siginfo.PID, pid);
			bytes.putLong(Siginfo.VALUE, signals);
			while (true) {
				boolean pending = false;
				boolean blocked = false;
				// anew each time: threads that start have the mask of who starts them
				for (Map.Entry<Integer, State> entry : states().entrySet()) {
					int thread = entry.getKey();
					State state = entry.getValue();
					// who blocks the messenger too blocks all, as a thread that starts
					// does
					if (except.contains(thread) || (state.blocked() & signals) == 0
							|| (state.blocked() & messengerBit) != 0) {
						continue;
					}
					if (!told.contains(thread)) {
						pending = true;
						if (tell(pid, thread, messenger, info)) {
							told.add(thread);
						}
					}
					pending |= (state.pending() & messengerBit) != 0;
					blocked = true;
				}
				long nowNanos = System.nanoTime();
				if (pending) {
					returnedNanos = nowNanos + RETURN_NANOS;
				}
				if (!blocked || (!pending && nowNanos > returnedNanos)) {
					return; // those that block it now have learnt it anew
				}
				if (nowNanos > deadlineNanos) {
					LOGGER.log(System.Logger.Level.WARNING,
							"Some threads go on blocking " + SignalSets.signals(signals));
					return;
				}
				LockSupport.parkNanos(POLL_NANOS);
			}
		}
	}

	/** Returns whether it need not be told again. */
	private boolean tell(int pid, int thread, Signal messenger, NativeMemory info) {
		int result = this.syscalls.rtTgsigqueueinfo(pid, thread, messenger.number(), info.address());
		if (Errno.EAGAIN.is(result)) {
			return false; // RLIMIT_SIGPENDING
		}
		if (result < 0 && !Errno.ESRCH.is(result)) { // ESRCH: has ended
			throw SyscallException.of("rt_tgsigqueueinfo", result, thread + ", " + messenger);
		}
		return true;
	}

	/** Of a thread. */
	private record State(long blocked, long pending) {

		static State of(String status) {
			return new State(mask(status, "SigBlk:"), mask(status, "SigPnd:"));
		}

		private static long mask(String status, String key) {
			int from = status.indexOf(key);
			if (from < 0) {
				throw new IllegalStateException("/proc/self/task has no " + key);
			}
			int to = status.indexOf('\n', from);
			return Long.parseUnsignedLong(status.substring(from + key.length(), to).strip(), 16);
		}

	}

}
