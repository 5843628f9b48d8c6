package io.github.linuxfd.aio;

import java.nio.channels.OverlappingFileLockException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The locks on files that this JVM holds or waits for: those of the kernel know nothing
 * of threads, and are owned by the channel.
 *
 * @author linuxfd
 */
final class FileLockTable {

	/** By file, whatever its names. */
	private static final Map<Object, List<AioFileLock>> LOCKS = new HashMap<>();

	private FileLockTable() {
	}

	static synchronized void add(Object file, AioFileLock lock) {
		List<AioFileLock> present = LOCKS.computeIfAbsent(file, (key) -> new ArrayList<>());
		for (AioFileLock other : present) {
			if (other.overlaps(lock.position(), lock.size())) {
				throw new OverlappingFileLockException();
			}
		}
		present.add(lock);
	}

	static synchronized void remove(Object file, AioFileLock lock) {
		List<AioFileLock> present = LOCKS.get(file);
		if (present != null && present.remove(lock) && present.isEmpty()) {
			LOCKS.remove(file);
		}
	}

	/** Takes out what a channel has, and makes it invalid. */
	static synchronized void removeAll(AioFileChannel channel) {
		LOCKS.values().removeIf((present) -> {
			present.removeIf((lock) -> lock.acquiredBy() == channel && lock.invalidate());
			return present.isEmpty();
		});
	}

}
