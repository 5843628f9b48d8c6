package io.github.linuxfd.testsupport;

import java.time.Duration;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;

/**
 * Fails a test class that leaves descriptors open or native memory allocated.
 *
 * @author linuxfd
 */
public final class FdLeakExtension implements BeforeAllCallback, AfterAllCallback {

	private static final Namespace NAMESPACE = Namespace.create(FdLeakExtension.class);

	@Override
	public void beforeAll(ExtensionContext context) {
		context.getStore(NAMESPACE).put(context.getUniqueId(), Held.now());
	}

	@Override
	public void afterAll(ExtensionContext context) {
		Held before = context.getStore(NAMESPACE).get(context.getUniqueId(), Held.class);
		try {
			// threads of the last test may still be giving back what they hold
			Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> Held.now().isNoMoreThan(before));
		}
		catch (ConditionTimeoutException ex) {
			throw new AssertionError(context.getDisplayName() + " leaks: " + before + " became " + Held.now(), ex);
		}
	}

	private record Held(int descriptors, long nativeBytes, OpenFiles files) {

		static Held now() {
			return new Held(OwnedFd.openCount(), NativeMemory.allocated(), OpenFiles.now());
		}

		/** What came before this class may have ended later, and is less then. */
		boolean isNoMoreThan(Held before) {
			return this.descriptors <= before.descriptors && this.nativeBytes <= before.nativeBytes
					&& this.files.byTarget()
						.entrySet()
						.stream()
						.allMatch((kind) -> kind.getValue() <= before.files.byTarget().getOrDefault(kind.getKey(), 0));
		}

	}

}
