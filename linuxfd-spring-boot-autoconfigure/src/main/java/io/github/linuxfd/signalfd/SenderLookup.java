package io.github.linuxfd.signalfd;

import java.util.List;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.ffi.Syscalls;

/**
 * Looks up who sent a signal. Who sends many is looked up once a second only: the kernel
 * does not give a process id to another process as fast as that, though the process may
 * have executed another program meanwhile. For one thread at a time.
 *
 * @author linuxfd
 */
final class SenderLookup implements AutoCloseable {

	private static final long FRESH_NANOS = 1_000_000_000;

	private final ProcReader reader;

	private @Nullable SignalSender last;

	private long lastNanos;

	SenderLookup(Syscalls syscalls) {
		this.reader = new ProcReader(syscalls);
	}

	@Nullable SignalSender sender(int code, int pid, int uid) {
		if (!SignalOrigin.isProcess(code)) {
			return null;
		}
		long nowNanos = System.nanoTime();
		SignalSender last = this.last;
		if (last != null && last.pid() == pid && last.uid() == uid && nowNanos - this.lastNanos < FRESH_NANOS) {
			return last;
		}
		SignalSender sender = lookUp(pid, uid);
		this.last = sender;
		this.lastNanos = nowNanos;
		return sender;
	}

	private SignalSender lookUp(int pid, int uid) {
		if (pid == 0) {
			return new SignalSender(0, uid, null, List.of(), null);
		}
		String directory = "/proc/" + pid;
		String command = this.reader.readStart(directory + "/comm");
		String commandLine = this.reader.readStart(directory + "/cmdline");
		return new SignalSender(pid, uid, (command != null) ? command.stripTrailing() : null,
				(commandLine == null || commandLine.isEmpty()) ? List.of() : List.of(commandLine.split("\0")),
				cgroup(this.reader.readStart(directory + "/cgroup")));
	}

	/** That of cgroup v2, or of systemd's own hierarchy of v1: see cgroups(7). */
	private static @Nullable String cgroup(@Nullable String cgroups) {
		if (cgroups == null) {
			return null;
		}
		String found = null;
		for (String line : cgroups.lines().toList()) {
			String[] fields = line.split(":", 3); // hierarchy, controllers, path
			if (fields.length == 3 && (fields[0].equals("0") || fields[1].equals("name=systemd") || found == null)) {
				found = fields[2];
			}
		}
		return found;
	}

	@Override
	public void close() {
		this.reader.close();
	}

}
