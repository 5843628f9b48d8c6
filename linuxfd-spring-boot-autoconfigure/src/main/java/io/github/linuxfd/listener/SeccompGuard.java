package io.github.linuxfd.listener;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.util.ErrorHandler;

import io.github.linuxfd.epoll.EpollFactory;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.ffi.Libseccomp;
import io.github.linuxfd.seccomp.SeccompAction;
import io.github.linuxfd.seccomp.SeccompFactory;
import io.github.linuxfd.seccomp.SeccompNotifyListener;
import io.github.linuxfd.timerfd.TimerfdFactory;

/**
 * Loads the filter of {@code linuxfd.seccomp} when all singletons are made and before the
 * web server takes its first request. It stays when the context is closed, because the
 * kernel has no way back.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class SeccompGuard implements SmartLifecycle {

	/** Before Boot's web server, which is 2048 from the end. */
	private static final int PHASE = Integer.MAX_VALUE - 4096;

	private final @Nullable SeccompFactory filters;

	private final SeccompSettings settings;

	private final @Nullable SeccompNotifyListener listener;

	private final ApplicationContext context;

	private final ErrorHandler errorHandler;

	private final SeccompResponder.Resources resources;

	/** Whether rules of this context ask its listener. */
	private volatile boolean asks;

	private volatile boolean running;

	/**
	 * Guard this JVM.
	 * @param filters opens filters; absent where libseccomp is
	 * @param settings the rules
	 * @param listeners the one that answers calls, if there are rules that ask
	 * @param context takes events: calls that would be denied, and the end of the answers
	 * @param errorHandler is told what the listener throws
	 * @param epolls opens the epoll of the loop that receives calls
	 * @param eventfds opens the eventfd that wakes it
	 * @param timerfds opens the timer that bounds answers
	 * @throws SeccompConfigurationException if there are rules, and no libseccomp that
	 * they can do without, or not the one listener they need
	 */
	public SeccompGuard(Optional<SeccompFactory> filters, SeccompSettings settings,
			ObjectProvider<SeccompNotifyListener> listeners, ApplicationContext context, ErrorHandler errorHandler,
			EpollFactory epolls, EventfdFactory eventfds, TimerfdFactory timerfds) {
		this.filters = filters.orElse(null);
		this.settings = settings;
		this.context = context;
		this.errorHandler = errorHandler;
		this.resources = new SeccompResponder.Resources(
				() -> new EventLoop(epolls, eventfds, SeccompResponder.THREAD_NAME), timerfds);
		if (!settings.rules().isEmpty() && this.filters == null) {
			settings.unavailable("linuxfd.seccomp has rules, and " + Libseccomp.SONAME + " is not installed.",
					"Install it: apt-get install libseccomp2 (Fedora: dnf install libseccomp, Alpine has no glibc and "
							+ "is not supported), or remove the presets and rules of linuxfd.seccomp.",
					null);
		}
		this.listener = listener(listeners);
	}

	private @Nullable SeccompNotifyListener listener(ObjectProvider<SeccompNotifyListener> listeners) {
		if (this.settings.dryRun()) {
			return new SeccompDryRun(this.context);
		}
		if (this.settings.rules().stream().noneMatch((rule) -> rule.action().equals(SeccompAction.NOTIFY))) {
			return null;
		}
		try {
			return Optional.ofNullable(listeners.getIfAvailable())
				.orElseThrow(() -> new SeccompConfigurationException(
						"linuxfd.seccomp.rules has the action notify, and there is no bean to answer.",
						"Declare a bean of type " + SeccompNotifyListener.class.getSimpleName()
								+ ", or choose another action.",
						null));
		}
		catch (NoUniqueBeanDefinitionException ex) {
			// without the cause, of which Boot would say less
			throw new SeccompConfigurationException(
					"linuxfd.seccomp.rules has the action notify, a call has one answer, and there are "
							+ ex.getNumberOfBeansFound() + " beans to answer: " + ex.getBeanNamesFound() + ".",
					"Mark one of them as @Primary, or let one bean ask the others.", null);
		}
	}

	@Override
	public void start() {
		if (this.filters == null) {
			return;
		}
		try {
			this.asks = SeccompProcess.apply(this.filters, this.settings, this.resources);
		}
		catch (SyscallException ex) {
			// a call after the load that failed leaves a filter that is loaded
			if (!this.settings.optional() || !ex.syscall().equals("seccomp_load")) {
				throw ex; // Boot says what mends it
			}
			this.settings.unavailable("The rules of linuxfd.seccomp are not loaded.", "", ex);
			return;
		}
		catch (IllegalArgumentException | IllegalStateException ex) {
			throw new SeccompConfigurationException("The rules of linuxfd.seccomp are not loaded. " + ex.getMessage(),
					"Correct linuxfd.seccomp.rules; linuxfd.seccomp.force=true loads them nevertheless if all there "
							+ "is against them is that the JVM may not survive them.",
					ex);
		}
		if (this.asks && this.listener != null) {
			SeccompProcess.subscribe(new SeccompResponder.Subscription(this.listener, this.errorHandler, this.context));
		}
		this.running = true;
	}

	/**
	 * Let the configured answer be given from now on. The filter stays.
	 */
	@Override
	public void stop() {
		if (this.listener != null) {
			SeccompProcess.unsubscribe(this.listener);
		}
		if (this.listener instanceof SeccompDryRun dryRun) {
			dryRun.summarize();
		}
		this.running = false;
	}

	/**
	 * Return why calls are not asked about any more.
	 * @return the failure, or empty if this does not answer calls, or does
	 */
	public Optional<String> failure() {
		return (this.running && this.asks) ? SeccompProcess.failure() : Optional.empty();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public boolean isAutoStartup() {
		return !this.settings.rules().isEmpty();
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

}
