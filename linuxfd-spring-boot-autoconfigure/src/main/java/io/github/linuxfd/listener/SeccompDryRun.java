package io.github.linuxfd.listener;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.context.ApplicationEventPublisher;

import io.github.linuxfd.event.SystemCallReportedEvent;
import io.github.linuxfd.seccomp.SeccompAnswer;
import io.github.linuxfd.seccomp.SeccompNotification;
import io.github.linuxfd.seccomp.SeccompNotifyListener;

/**
 * Reports calls that would be denied, and lets them be made.
 *
 * @author linuxfd
 */
final class SeccompDryRun implements SeccompNotifyListener {

	private static final Log logger = LogFactory.getLog(SeccompDryRun.class);

	private final ApplicationEventPublisher events;

	/** The log has the first of a process, and the events all. */
	private final Set<String> reported = ConcurrentHashMap.newKeySet();

	SeccompDryRun(ApplicationEventPublisher events) {
		this.events = events;
	}

	@Override
	public SeccompAnswer answer(SeccompNotification notification) {
		String process = process(notification.pid());
		if (this.reported.add(notification.call() + " by " + process)) {
			logger.warn("seccomp would deny " + notification + " (" + process + ")");
		}
		this.events.publishEvent(new SystemCallReportedEvent(notification, process));
		return SeccompAnswer.CONTINUE;
	}

	private static String process(int pid) {
		try {
			return Files.readString(Path.of("/proc/" + pid + "/comm")).strip();
		}
		catch (IOException ex) {
			return "";
		}
	}

}
