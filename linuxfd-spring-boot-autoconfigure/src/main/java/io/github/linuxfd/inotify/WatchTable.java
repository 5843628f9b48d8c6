package io.github.linuxfd.inotify;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The watches of an inotify instance by watch descriptor, without boxing: open addressing
 * with linear probing. Not thread-safe.
 *
 * @author linuxfd
 */
final class WatchTable {

	private @Nullable InotifyWatch[] slots = new InotifyWatch[16];

	private int size;

	@Nullable InotifyWatch get(int wd) {
		for (int i = slot(wd);; i = next(i)) {
			InotifyWatch watch = this.slots[i];
			if (watch == null || watch.wd() == wd) {
				return watch;
			}
		}
	}

	void put(InotifyWatch watch) {
		if (this.size * 2 >= this.slots.length) {
			grow();
		}
		int i = slot(watch.wd());
		InotifyWatch there = this.slots[i];
		while (there != null && there.wd() != watch.wd()) {
			i = next(i);
			there = this.slots[i];
		}
		this.size += (there == null) ? 1 : 0;
		this.slots[i] = watch;
	}

	void remove(int wd) {
		int hole = slot(wd);
		InotifyWatch there = this.slots[hole];
		while (there != null && there.wd() != wd) {
			hole = next(hole);
			there = this.slots[hole];
		}
		if (there == null) {
			return;
		}
		this.size--;
		// close the hole, so that no probe ends early
		for (int i = next(hole); this.slots[i] != null; i = next(i)) {
			InotifyWatch moving = this.slots[i];
			int home = slot(moving.wd());
			boolean reachable = (hole <= i) ? (hole < home && home <= i) : (hole < home || home <= i);
			if (!reachable) {
				this.slots[hole] = moving;
				hole = i;
			}
		}
		this.slots[hole] = null;
	}

	int size() {
		return this.size;
	}

	List<InotifyWatch> watches() {
		List<InotifyWatch> watches = new ArrayList<>(this.size);
		for (InotifyWatch watch : this.slots) {
			if (watch != null) {
				watches.add(watch);
			}
		}
		return watches;
	}

	private void grow() {
		List<InotifyWatch> watches = watches();
		this.slots = new InotifyWatch[this.slots.length * 2];
		this.size = 0;
		watches.forEach(this::put);
	}

	private int slot(int wd) {
		return wd & (this.slots.length - 1);
	}

	private int next(int slot) {
		return (slot + 1) & (this.slots.length - 1);
	}

}
