package io.github.linuxfd.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Fails a test class after which this machine has other mounts or another name.
 *
 * @author linuxfd
 */
public final class HostUntouchedExtension implements BeforeAllCallback, AfterAllCallback {

	private static final Namespace NAMESPACE = Namespace.create(HostUntouchedExtension.class);

	@Override
	public void beforeAll(ExtensionContext context) throws IOException {
		context.getStore(NAMESPACE).put(context.getUniqueId(), Host.now());
	}

	@Override
	public void afterAll(ExtensionContext context) throws IOException {
		Host before = context.getStore(NAMESPACE).get(context.getUniqueId(), Host.class);
		if (!Host.now().equals(before)) {
			throw new AssertionError(context.getDisplayName() + " has changed " + before + " into " + Host.now());
		}
	}

	private record Host(String name, String mounts, String namespaces) {

		static Host now() throws IOException {
			return new Host(Files.readString(Path.of("/proc/sys/kernel/hostname")),
					Files.readString(Path.of("/proc/self/mountinfo")),
					Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")) + " "
							+ Files.readSymbolicLink(Path.of("/proc/self/ns/uts")));
		}

	}

}
