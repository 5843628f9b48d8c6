package io.github.linuxfd.listener;

import java.nio.file.Path;
import java.time.Duration;

import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.inotify.InotifyWatchFlag;

/**
 * What to watch and what to report.
 *
 * @param path the file or directory
 * @param events the events to report
 * @param flags how the watch behaves
 * @param recursive whether to watch the directories below too
 * @param existing whether to report the files that are there at start
 * @param optional whether the application starts without it, with a warning, if the path
 * cannot be watched
 * @param batchWindow how long the kernel collects events after its queue was read empty;
 * zero for none
 * @author linuxfd
 * @since 0.1.0
 */
public record InotifyWatchDefinition(Path path, Flags<InotifyEventFlag> events, Flags<InotifyWatchFlag> flags,
		boolean recursive, boolean existing, boolean optional, Duration batchWindow) {

	/**
	 * A complete file has arrived: its writer has closed it, or it was moved here.
	 */
	public static final Flags<InotifyEventFlag> ARRIVALS = Flags.of(InotifyEventFlag.CLOSE_WRITE,
			InotifyEventFlag.MOVED_TO);

}
