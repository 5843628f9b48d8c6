package io.github.linuxfd.aio;

import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import com.sun.nio.file.ExtendedOpenOption;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Architecture;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.kernel.Remedy;
import io.github.linuxfd.uring.IoUringFactory;

/**
 * The engines of an {@link Aio}: the best that this kernel, container and user allow, or
 * those that were asked for. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioEngines implements AutoCloseable {

	private static final int O_WRONLY = 0x1;

	private static final int O_RDWR = 0x2;

	private static final int O_CREAT = 0x40;

	private static final int O_EXCL = 0x80;

	private static final int O_TRUNC = 0x200;

	private static final int O_APPEND = 0x400;

	private static final int O_DSYNC = 0x1000;

	private static final int O_SYNC = 0x101000;

	static final int RW_FOR_ALL = 0666;

	private static final System.Logger LOGGER = System.getLogger(Aio.class.getName());

	/** A limit that is reached is no reason to do without io_uring for ever. */
	private static final Set<Errno> LIMITS = Set.of(Errno.EMFILE, Errno.ENFILE);

	private final Syscalls syscalls;

	private final AioSettings settings;

	/** Of io_uring. */
	private final List<UringEngine> rings;

	private final @Nullable Fallback fallback;

	private final @Nullable SyscallException refusal;

	private final @Nullable String reason;

	private final AioStatistics statistics = new AioStatistics();

	private final AtomicInteger turn = new AtomicInteger();

	/**
	 * Open the engines, with an event loop of their own if they need one.
	 * @param syscalls the calls
	 * @param settings which, and how
	 * @throws SyscallException if what was asked for is refused
	 */
	public AioEngines(Syscalls syscalls, AioSettings settings) {
		this(syscalls, settings, null);
	}

	/**
	 * Open the engines.
	 * @param syscalls the calls
	 * @param settings which, and how
	 * @param loop waits for what io_uring would, if that is not used; to be closed after
	 * this
	 * @throws SyscallException if what was asked for is refused
	 */
	public AioEngines(Syscalls syscalls, AioSettings settings, @Nullable EventLoop loop) {
		this.syscalls = syscalls;
		this.settings = settings;
		List<UringEngine> opened = List.of();
		SyscallException refused = null;
		if (settings.engine() == AioEngine.AUTO || settings.engine() == AioEngine.IO_URING) {
			try {
				opened = openRings();
			}
			catch (SyscallException ex) {
				if (settings.engine() == AioEngine.IO_URING || LIMITS.contains(ex.errno())) {
					throw ex;
				}
				refused = ex;
			}
		}
		this.rings = opened;
		this.refusal = refused;
		this.fallback = opened.isEmpty() ? new Fallback(syscalls, settings, loop, this.statistics) : null;
		this.reason = reasonNow();
		LOGGER.log(System.Logger.Level.INFO, () -> "Asynchronous I/O by " + this);
	}

	private List<UringEngine> openRings() {
		IoUringFactory factory = new IoUringFactory(this.syscalls);
		EventfdFactory eventfds = new EventfdFactory(this.syscalls);
		List<UringEngine> opened = new ArrayList<>();
		boolean done = false;
		try {
			for (int i = 0; i < this.settings.rings(); i++) {
				String name = (this.settings.rings() == 1) ? "linuxfd-uring" : "linuxfd-uring-" + i;
				opened.add(UringEngine.open(factory, eventfds, this.settings, this.statistics, name));
			}
			done = true;
			return opened;
		}
		finally {
			if (!done) {
				opened.forEach(Engine::close);
			}
		}
	}

	AioSettings settings() {
		return this.settings;
	}

	/**
	 * How handlers are called: by the executor of the settings, by the thread that has
	 * got the completion if that is io_uring's, and by threads of the engines if it is an
	 * event loop's.
	 */
	Delivery delivery() {
		Fallback present = this.fallback;
		return (present != null && this.settings.executor() == null) ? present.delivery()
				: new Delivery(this.settings.executor());
	}

	/**
	 * Return what is used.
	 * @return never {@link AioEngine#AUTO}
	 */
	public AioEngine kind() {
		return (this.fallback != null) ? this.fallback.kind() : AioEngine.IO_URING;
	}

	/**
	 * Return what they have done.
	 * @return the counts, which go on
	 */
	public AioStatistics statistics() {
		return this.statistics;
	}

	/**
	 * Return how often the completion queue of a ring was too short, and the kernel kept
	 * completions until there was room.
	 * @return the number of overflows of all rings
	 */
	public long overflows() {
		return this.rings.stream().mapToLong(UringEngine::overflows).sum();
	}

	/**
	 * Return why io_uring is not used.
	 * @return the call that was refused, or empty if it is used or was not asked for
	 */
	public Optional<SyscallException> refusal() {
		return Optional.ofNullable(this.refusal);
	}

	/**
	 * Return why something less than what was asked for is used, and what would mend it:
	 * for a log or an actuator.
	 * @return the reason, or empty if there is nothing to be mended
	 */
	public Optional<String> reason() {
		return Optional.ofNullable(this.reason);
	}

	/** With the limits and sysctls as they are now. */
	private @Nullable String reasonNow() {
		Optional<SyscallException> direct = Optional.ofNullable(this.fallback).flatMap(Fallback::refusal);
		String reasons = Stream.concat(refusal().stream(), direct.stream())
			.map(AioEngines::reason)
			.collect(Collectors.joining(" "));
		return reasons.isEmpty() ? null : reasons;
	}

	private static String reason(SyscallException refusal) {
		String remedy = Remedy.of(refusal).map((found) -> " " + found.cause() + " " + found.action()).orElse("");
		return refusal.getMessage() + "." + remedy;
	}

	@Override
	public String toString() {
		String used = (this.fallback != null) ? this.fallback.toString()
				: "io_uring, " + this.rings.size() + ((this.rings.size() == 1) ? " ring" : " rings");
		return used + reason().map((text) -> "; not better, because " + text).orElse("");
	}

	AioSocket openSocket(int type, Delivery delivery) {
		Engine engine = (this.fallback != null) ? this.fallback.sockets() : ring();
		return AioSocket.open(this.syscalls, type, engine, delivery);
	}

	/** With these permissions, less the umask, if it is made. */
	AioFile openFile(Path path, Set<? extends OpenOption> options, int permissions, Delivery delivery) {
		int flags = flags(options);
		boolean direct = options.contains(ExtendedOpenOption.DIRECT);
		Engine engine = (this.fallback != null) ? this.fallback.files(direct) : ring();
		OwnedFd fd = OwnedFd.adopt(this.syscalls,
				this.syscalls.open(NativePaths.encode(path), flags | Syscalls.CLOEXEC, permissions), "open",
				path + ", " + options);
		return new AioFile(this.syscalls, fd, path, direct, engine, delivery);
	}

	/** In turns, so that the rings have the same to do. */
	private Engine ring() {
		int count = this.rings.size();
		return this.rings.get((count == 1) ? 0 : Math.floorMod(this.turn.getAndIncrement(), count));
	}

	private static int flags(Set<? extends OpenOption> options) {
		if (options.contains(StandardOpenOption.APPEND)) {
			for (OpenOption other : Set.of(StandardOpenOption.READ, StandardOpenOption.TRUNCATE_EXISTING)) {
				if (options.contains(other)) {
					throw new IllegalArgumentException(other + " + APPEND not allowed");
				}
			}
		}
		boolean write = options.contains(StandardOpenOption.WRITE) || options.contains(StandardOpenOption.APPEND);
		boolean read = options.contains(StandardOpenOption.READ) || !write;
		int flags = (read && write) ? O_RDWR : write ? O_WRONLY : 0;
		for (OpenOption option : options) {
			flags |= flag(option, write);
		}
		return flags;
	}

	private static int flag(OpenOption option, boolean write) {
		if (option instanceof StandardOpenOption standard) {
			return switch (standard) {
				case READ, WRITE, SPARSE -> 0;
				case APPEND -> O_APPEND;
				case TRUNCATE_EXISTING -> write ? O_TRUNC : 0;
				case CREATE -> write ? O_CREAT : 0;
				case CREATE_NEW -> write ? O_CREAT | O_EXCL : 0;
				case SYNC -> O_SYNC;
				case DSYNC -> O_DSYNC;
				case DELETE_ON_CLOSE -> throw new UnsupportedOperationException(option + " not supported");
			};
		}
		if (option == LinkOption.NOFOLLOW_LINKS) {
			return Architecture.current().noFollowFlag();
		}
		if (option == ExtendedOpenOption.DIRECT) {
			return Architecture.current().directFlag();
		}
		throw new UnsupportedOperationException(option + " not supported");
	}

	/**
	 * Complete everything, and end the threads. The second call does nothing.
	 */
	@Override
	public void close() {
		this.rings.forEach(Engine::close);
		if (this.fallback != null) {
			this.fallback.close();
		}
	}

}
