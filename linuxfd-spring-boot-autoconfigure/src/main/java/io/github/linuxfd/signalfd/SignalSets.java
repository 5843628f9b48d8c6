package io.github.linuxfd.signalfd;

import java.util.Set;
import java.util.TreeSet;
import java.util.Comparator;

import io.github.linuxfd.ffi.Layouts.Sigset;
import io.github.linuxfd.ffi.NativeMemory;

/**
 * Makes {@code sigset_t}s.
 *
 * @author linuxfd
 */
final class SignalSets {

	private SignalSets() {
	}

	static NativeMemory of(Set<Signal> signals) {
		NativeMemory set = NativeMemory.allocate(Sigset.BYTES);
		set.bytes().putLong(0, mask(signals));
		return set;
	}

	static long mask(Set<Signal> signals) {
		long mask = 0;
		for (Signal signal : signals) {
			mask |= 1L << (signal.number() - 1);
		}
		return mask;
	}

	/** The signals of a mask, by number. */
	static Set<Signal> signals(long mask) {
		Set<Signal> signals = new TreeSet<>(Comparator.comparingInt(Signal::number));
		for (int number = 1; number <= Long.SIZE; number++) {
			if ((mask & 1L << (number - 1)) != 0) {
				signals.add(new Signal(number));
			}
		}
		return signals;
	}

}
