package io.github.linuxfd.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

import io.github.linuxfd.inotify.FileWriter;
import io.github.linuxfd.inotify.InotifyFactory;

/**
 * Tells whether a file is still being written.
 *
 * @author linuxfd
 */
@Component
class Writers {

	private static final Logger log = LoggerFactory.getLogger(Writers.class);

	private final InotifyFactory inotifies;

	private final Duration settleTime;

	@Autowired
	Writers(InotifyFactory inotifies, IntakeProperties properties) {
		this(inotifies, properties.settleTime());
	}

	Writers(InotifyFactory inotifies, Duration settleTime) {
		this.inotifies = inotifies;
		this.settleTime = settleTime;
	}

	/**
	 * Whether somebody has the file open for writing.
	 * @param file the file
	 * @return {@code true} if its {@code CLOSE_WRITE} is still to come
	 */
	boolean isBeingWritten(Path file) {
		return this.inotifies.writer(file) == FileWriter.PRESENT;
	}

	/**
	 * Whether a file that a scan found, and no event told of, may be incomplete. Where
	 * the kernel does not say who writes it, it is complete when it has not changed for a
	 * while.
	 * @param file the file
	 * @return {@code true} if it should be looked at again later
	 */
	boolean isUnsettled(Path file) {
		try {
			return this.inotifies.writer(file) == FileWriter.UNKNOWN
					&& Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS)
						.toInstant()
						.isAfter(Instant.now().minus(this.settleTime));
		}
		catch (IOException ex) {
			log.debug("{} is gone", file, ex);
			return false;
		}
	}

}
