package io.github.linuxfd.listener;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.annotation.FanotifyListener;
import io.github.linuxfd.fanotify.Fanotify;
import io.github.linuxfd.fanotify.FanotifyClass;
import io.github.linuxfd.fanotify.FanotifyEventFlag;
import io.github.linuxfd.fanotify.FanotifyInitFlag;
import io.github.linuxfd.fanotify.FanotifyMark;
import io.github.linuxfd.fanotify.FanotifyMarkFlag;
import io.github.linuxfd.fanotify.FanotifyResponse;
import io.github.linuxfd.flags.Flags;

/**
 * A declared {@link FanotifyListener @FanotifyListener}.
 *
 * @author linuxfd
 */
final class FanotifyListenerEndpoint extends ListenerEndpoint {

	static final Flags<FanotifyEventFlag> PERMISSIONS = Flags.of(FanotifyEventFlag.OPEN_PERM,
			FanotifyEventFlag.ACCESS_PERM, FanotifyEventFlag.OPEN_EXEC_PERM, FanotifyEventFlag.PRE_ACCESS);

	private static final Flags<FanotifyEventFlag> ARRIVALS = Flags.of(FanotifyEventFlag.CLOSE_WRITE,
			FanotifyEventFlag.MOVED_TO);

	/** What happens to a directory, which a mark of a file knows nothing of. */
	private static final Flags<FanotifyEventFlag> ENTRIES = Flags.of(FanotifyEventFlag.CREATE, FanotifyEventFlag.DELETE,
			FanotifyEventFlag.MOVED_FROM, FanotifyEventFlag.MOVED_TO, FanotifyEventFlag.RENAME,
			FanotifyEventFlag.EVENT_ON_CHILD, FanotifyEventFlag.ONDIR);

	/** What is told of a file itself, and not of the directory that it is in. */
	private static final Flags<FanotifyEventFlag> OF_FILES = Flags.of(FanotifyEventFlag.DELETE_SELF,
			FanotifyEventFlag.MOVE_SELF, FanotifyEventFlag.FS_ERROR);

	private final FanotifyListener annotation;

	private final Path path;

	private final List<Path> ignored;

	private final @Nullable Duration timeout;

	private final @Nullable FanotifyResponse timeoutResponse;

	FanotifyListenerEndpoint(String id, String declaration, Object bean, ListenerMethod method,
			FanotifyListener annotation, Path path, List<Path> ignored, @Nullable Duration timeout,
			@Nullable FanotifyResponse timeoutResponse) {
		super(id, declaration, bean, method, annotation.dispatch(), annotation.concurrency());
		this.annotation = annotation;
		this.path = path;
		this.ignored = ignored;
		this.timeout = timeout;
		this.timeoutResponse = timeoutResponse;
		check();
	}

	private void check() {
		Flags<FanotifyEventFlag> others = events(this.annotation);
		for (FanotifyEventFlag permission : new FanotifyEventFlag[] { FanotifyEventFlag.OPEN_PERM,
				FanotifyEventFlag.ACCESS_PERM, FanotifyEventFlag.OPEN_EXEC_PERM, FanotifyEventFlag.PRE_ACCESS }) {
			others = others.without(permission);
		}
		others = others.without(FanotifyEventFlag.ONDIR).without(FanotifyEventFlag.EVENT_ON_CHILD);
		if (asksPermission(this.annotation) != others.isEmpty()) {
			throw invalid(
					"it is asked for permission and told of " + others + "; make a listener of its own of one of them",
					null);
		}
		if (events(this.annotation).contains(FanotifyEventFlag.PRE_ACCESS)
				&& events(this.annotation).contains(FanotifyEventFlag.ONDIR)) {
			throw invalid("it is asked by PRE_ACCESS with ONDIR, which the kernel refuses, because a directory has no "
					+ "content to be fetched; leave out ONDIR, or make a listener of its own of OPEN_PERM with ONDIR",
					null);
		}
		if (this.annotation.mark() == FanotifyMark.MNTNS) {
			throw invalid("it marks a mount namespace, whose events are no files; use FanotifyFactory", null);
		}
		if (asksPermission(this.annotation) && dispatch() == Dispatch.LOOP) {
			throw invalid("it is asked for permission with dispatch = LOOP, and the loop is what answers when the "
					+ "listener does not; use dispatch = EXECUTOR", null);
		}
		if (this.annotation.reportPidfd() && dispatch() == Dispatch.LOOP) {
			throw invalid("its events have a pidfd, which would be closed before they are published; use dispatch = "
					+ "EXECUTOR, or reportPidfd = false", null);
		}
		if (!asksPermission(this.annotation) && (this.timeout != null || this.timeoutResponse != null)) {
			throw invalid("it has a timeout and is asked for no permission", null);
		}
	}

	/** What the annotation says, or the arrival of complete files. */
	static Flags<FanotifyEventFlag> events(FanotifyListener annotation) {
		return (annotation.events().length == 0) ? ARRIVALS
				: Flags.of(FanotifyEventFlag.class, List.of(annotation.events()));
	}

	/** Whether the method is asked, and not only told. */
	static boolean asksPermission(FanotifyListener annotation) {
		return (events(annotation).bits() & PERMISSIONS.bits()) != 0;
	}

	@Override
	ListenerContainer<?> createContainer(ListenerContext context) {
		return new FanotifyListenerContainer(this, context);
	}

	Path path() {
		return this.path;
	}

	FanotifyMark mark() {
		return this.annotation.mark();
	}

	Flags<FanotifyEventFlag> events() {
		Flags<FanotifyEventFlag> events = events(this.annotation);
		return (mark() == FanotifyMark.INODE && Files.isDirectory(this.path))
				? events.with(FanotifyEventFlag.EVENT_ON_CHILD) : events;
	}

	/** Put marks on what is not to be told or asked of. */
	void ignore(Fanotify group) {
		for (Path each : this.ignored) {
			Flags<FanotifyEventFlag> events = ignorable(each);
			if (events.isEmpty()) {
				throw invalid("it ignores " + each + ", which has none of its events", null);
			}
			group.addMark(FanotifyMark.INODE, each, events,
					Flags.of(FanotifyMarkFlag.IGNORE, FanotifyMarkFlag.IGNORED_SURV_MODIFY));
		}
	}

	/** The kernel takes only what can happen there. */
	private Flags<FanotifyEventFlag> ignorable(Path path) {
		Flags<FanotifyEventFlag> events = events(this.annotation).without(FanotifyEventFlag.FS_ERROR);
		if (!Files.isDirectory(path)) {
			return Flags.ofBits(FanotifyEventFlag.class, events.bits() & ~ENTRIES.bits());
		}
		if (events.isEmpty()) {
			return events;
		}
		Flags<FanotifyEventFlag> entries = events.with(FanotifyEventFlag.EVENT_ON_CHILD);
		return events.contains(FanotifyEventFlag.PRE_ACCESS) ? entries : entries.with(FanotifyEventFlag.ONDIR);
	}

	boolean asksPermission() {
		return asksPermission(this.annotation);
	}

	/** Only the first class of all may be asked before the content is there. */
	FanotifyClass type() {
		return !asksPermission() ? FanotifyClass.NOTIF
				: events().contains(FanotifyEventFlag.PRE_ACCESS) ? FanotifyClass.PRE_CONTENT : FanotifyClass.CONTENT;
	}

	Flags<FanotifyInitFlag> flags() {
		Flags<FanotifyInitFlag> flags = asksPermission() ? Flags.none(FanotifyInitFlag.class)
				: Flags.of(FanotifyInitFlag.REPORT_DIR_FID, FanotifyInitFlag.REPORT_NAME);
		if ((events().bits() & OF_FILES.bits()) != 0) {
			flags = flags.with(FanotifyInitFlag.REPORT_FID);
		}
		if (this.annotation.unlimitedQueue()) {
			flags = flags.with(FanotifyInitFlag.UNLIMITED_QUEUE);
		}
		return this.annotation.reportPidfd() ? flags.with(FanotifyInitFlag.REPORT_PIDFD) : flags;
	}

	/** Whether each event holds descriptors open. */
	boolean hasDescriptors() {
		return asksPermission() || this.annotation.reportPidfd();
	}

	boolean isForced() {
		return this.annotation.force();
	}

	/** How long somebody waits for an answer, and which one it then is. */
	FanotifySettings settings(FanotifySettings defaults) {
		return new FanotifySettings((this.timeout != null) ? this.timeout : defaults.timeout(),
				(this.timeoutResponse != null) ? this.timeoutResponse : defaults.timeoutResponse());
	}

}
