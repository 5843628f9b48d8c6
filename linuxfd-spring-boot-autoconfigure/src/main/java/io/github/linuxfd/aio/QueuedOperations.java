package io.github.linuxfd.aio;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Operations that have not begun, so that they can be cancelled: whoever takes one out
 * ends it. Any thread may call.
 *
 * @author linuxfd
 */
final class QueuedOperations {

	private final Set<Operation<?>> queued = new LinkedHashSet<>();

	synchronized void add(Operation<?> operation) {
		this.queued.add(operation);
	}

	/** Returns whether it was still there. */
	synchronized boolean take(Operation<?> operation) {
		return this.queued.remove(operation);
	}

	synchronized List<Operation<?>> takeAllOf(AioHandle handle) {
		List<Operation<?>> taken = new ArrayList<>();
		this.queued.removeIf((operation) -> operation.handle == handle && taken.add(operation));
		return taken;
	}

	synchronized List<Operation<?>> takeAll() {
		List<Operation<?>> taken = new ArrayList<>(this.queued);
		this.queued.clear();
		return taken;
	}

}
