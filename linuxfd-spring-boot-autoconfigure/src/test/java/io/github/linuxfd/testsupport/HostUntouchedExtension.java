package io.github.linuxfd.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Fails a test or test class after which this machine has other mounts, another name or
 * another time, or this process is in other namespaces.
 *
 * @author linuxfd
 */
public final class HostUntouchedExtension
		implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback {

	private static final Namespace NAMESPACE = Namespace.create(HostUntouchedExtension.class);

	@Override
	public void beforeAll(ExtensionContext context) throws IOException {
		remember(context);
	}

	@Override
	public void beforeEach(ExtensionContext context) throws IOException {
		remember(context);
	}

	@Override
	public void afterEach(ExtensionContext context) throws IOException {
		compare(context);
	}

	@Override
	public void afterAll(ExtensionContext context) throws IOException {
		compare(context);
	}

	private static void remember(ExtensionContext context) throws IOException {
		context.getStore(NAMESPACE).put(context.getUniqueId(), Host.now());
	}

	private static void compare(ExtensionContext context) throws IOException {
		Host before = context.getStore(NAMESPACE).get(context.getUniqueId(), Host.class);
		Host after = Host.now();
		if (!after.isSameAs(before)) {
			throw new AssertionError(context.getDisplayName() + " has changed " + before + " into " + after);
		}
	}

	record Host(String name, String mounts, String namespaces, Duration bootTime) {

		/** More than a correction of the clock while a test runs. */
		private static final Duration CLOCK_CORRECTION = Duration.ofSeconds(10);

		static Host now() throws IOException {
			String uptime = Files.readString(Path.of("/proc/uptime"));
			long uptimeMillis = (long) (Double.parseDouble(uptime.substring(0, uptime.indexOf(' '))) * 1000);
			return new Host(Files.readString(Path.of("/proc/sys/kernel/hostname")),
					Files.readString(Path.of("/proc/self/mountinfo")),
					Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")) + " "
							+ Files.readSymbolicLink(Path.of("/proc/self/ns/uts")),
					Duration.ofMillis(System.currentTimeMillis() - uptimeMillis));
		}

		boolean isSameAs(Host other) {
			return this.name.equals(other.name) && this.mounts.equals(other.mounts)
					&& this.namespaces.equals(other.namespaces)
					&& this.bootTime.minus(other.bootTime).abs().compareTo(CLOCK_CORRECTION) < 0;
		}

	}

}
