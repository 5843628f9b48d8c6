package io.github.linuxfd.signalfd;

import java.util.Set;

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

}
