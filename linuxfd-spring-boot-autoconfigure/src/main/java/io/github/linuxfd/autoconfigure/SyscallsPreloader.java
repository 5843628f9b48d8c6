package io.github.linuxfd.autoconfigure;

import java.util.concurrent.atomic.AtomicBoolean;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

import io.github.linuxfd.ffi.Libseccomp;
import io.github.linuxfd.ffi.Syscalls;

/**
 * Loads the native libraries on a thread of its own while the application starts: it is
 * most of what the starter costs at start, and nobody needs it before the beans are made.
 *
 * @author linuxfd
 */
final class SyscallsPreloader implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {

	private static final Log logger = LogFactory.getLog(SyscallsPreloader.class);

	private static final AtomicBoolean STARTED = new AtomicBoolean();

	/** Right after the environment has its properties. */
	private static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 11;

	@Override
	public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
		Environment environment = event.getEnvironment();
		if (Runtime.getRuntime().availableProcessors() > 1 && OnLinuxCondition.matches(environment)
				&& environment.getProperty("linuxfd.enabled", Boolean.class, true)
				&& STARTED.compareAndSet(false, true)) {
			Thread thread = new Thread(SyscallsPreloader::load, "linuxfd-preload");
			thread.setDaemon(true);
			thread.start();
		}
	}

	static boolean isStarted() {
		return STARTED.get();
	}

	private static void load() {
		try {
			Syscalls.system();
			// whether it is there decides about beans
			Libseccomp.find();
		}
		catch (IllegalStateException ex) {
			// the bean that needs it fails with the same reason
			logger.debug("The native library cannot be loaded", ex);
		}
	}

	@Override
	public int getOrder() {
		return ORDER;
	}

}
