package io.github.linuxfd.listener;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

import io.github.linuxfd.annotation.FanotifyListener;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.fanotify.FanotifyEvent;
import io.github.linuxfd.fanotify.FanotifyEventFlag;
import io.github.linuxfd.fanotify.FanotifyMark;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.kernel.Limits;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;
import io.github.linuxfd.testsupport.OpeningProcesses;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the tests of {@link FanotifyListener @FanotifyListener} share: a context with a
 * listener, and a directory of its own. What needs a mount of its own is in
 * {@link FanotifyMountIntegrationTests}.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
abstract class FanotifyListenerSpecification {

	final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	@RegisterExtension
	final OpeningProcesses processes = new OpeningProcesses();

	@TempDir
	Path directory;

	final ApplicationContextRunner runner(Class<?> listener) {
		return new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LinuxFdAutoConfiguration.class))
			.withBean(Syscalls.class, this.faults::syscalls)
			.withPropertyValues("test.dir=" + this.directory, "linuxfd.fanotify.timeout=30s")
			.withUserConfiguration(listener);
	}

	final Path file(String name) throws Exception {
		return Files.writeString(this.directory.resolve(name), "text");
	}

	static FanotifyListenerContainer container(ApplicationContext context) {
		return (FanotifyListenerContainer) context.getBean(LinuxFdListenerEndpointRegistry.class)
			.containers()
			.iterator()
			.next();
	}

	/** More files than the kernel's queue takes. */
	static void touch(Path directory, long more) {
		Shell
			.bash("cd \"$1\" && seq -f f%.0f 1 $2 | xargs touch", directory.toString(),
					Long.toString(Limits.sysctl("fs.fanotify.max_queued_events").orElseThrow() + more))
			.orFail();
	}

	@Configuration(proxyBeanMethods = false)
	static class Deciding {

		final Queue<String> seen = new ConcurrentLinkedQueue<>();

		volatile int published;

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.INODE, events = FanotifyEventFlag.OPEN_PERM)
		boolean mayOpen(FanotifyEvent event) {
			String name = event.path().orElseThrow().getFileName().toString();
			this.seen.add(name);
			return !name.equals("bad");
		}

		@EventListener
		void published(FanotifyEvent event) {
			assertThat(event.descriptor().orElseThrow().isOpen()).isTrue();
			this.published++;
		}

	}

}
