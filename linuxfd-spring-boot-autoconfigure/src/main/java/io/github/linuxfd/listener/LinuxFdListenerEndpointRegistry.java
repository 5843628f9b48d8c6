package io.github.linuxfd.listener;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.util.ErrorHandler;

import io.github.linuxfd.annotation.Dispatch;
import io.github.linuxfd.event.ChildExitEvent;
import io.github.linuxfd.eventloop.EventLoop;
import io.github.linuxfd.inotify.InotifyFactory;
import io.github.linuxfd.signalfd.SignalfdFactory;
import io.github.linuxfd.signalfd.Signals;
import io.github.linuxfd.timerfd.TimerfdFactory;

/**
 * All listeners of an application context. Starts late, when their beans are ready, and
 * stops early, while they still work.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class LinuxFdListenerEndpointRegistry implements SmartLifecycle {

	private static final int PHASE = Integer.MAX_VALUE - 100;

	private static final String CHILDREN_ID = "linuxfdChildProcesses";

	private final ListenerContext context;

	private final InotifyWatchDefinitions watches;

	private final KeepAlive keepAlive = new KeepAlive();

	private final Map<String, ListenerContainer<?>> containers = new LinkedHashMap<>();

	private final List<Consumer<ListenerContainer<?>>> observers = new ArrayList<>();

	private volatile boolean running;

	/**
	 * Make a registry without listeners.
	 * @param applicationContext takes published events
	 * @param loop reads the descriptors
	 * @param executor runs the handlers
	 * @param errorHandler is told what handlers throw
	 * @param settings how events are handed over
	 * @param watches the watches declared in the properties
	 * @param inotifies opens inotify instances
	 * @param timerfds opens timers
	 * @param signalfds opens signal descriptors
	 * @param signals blocks signals
	 * @param signalSettings how signals come
	 * @param children watches child processes
	 */
	public LinuxFdListenerEndpointRegistry(ApplicationContext applicationContext, EventLoop loop, Executor executor,
			ErrorHandler errorHandler, DispatchSettings settings, InotifyWatchDefinitions watches,
			InotifyFactory inotifies, TimerfdFactory timerfds, SignalfdFactory signalfds, Signals signals,
			SignalSettings signalSettings, ChildProcesses children) {
		ShutdownAnnouncement announcement = new ShutdownAnnouncement(applicationContext, signalSettings.preStopDelay(),
				settings.shutdownTimeout());
		SignalSources signalSources = new SignalSources(
				new SignalContext(loop, executor, signalfds, signals, signalSettings, announcement));
		this.context = new ListenerContext(applicationContext, loop, executor, errorHandler, settings, inotifies,
				timerfds, signalSources, new HashSet<>(), children);
		this.watches = watches;
	}

	/**
	 * Return a listener's container.
	 * @param id the listener's id
	 * @return the container, or empty if there is no such listener
	 */
	public synchronized Optional<ListenerContainer<?>> container(String id) {
		return Optional.ofNullable(this.containers.get(id));
	}

	/**
	 * Return the containers of all listeners.
	 * @return the containers, in the order of registration
	 */
	public synchronized Collection<ListenerContainer<?>> containers() {
		return List.copyOf(this.containers.values());
	}

	/**
	 * Return how the signals come that this context listens to.
	 * @return the signals by number, each with its way
	 */
	public List<SignalDelivery> signalDeliveries() {
		return this.context.signals().deliveries();
	}

	/**
	 * Be told of every container there is and will be.
	 * @param observer is called once for each
	 */
	public synchronized void observe(Consumer<ListenerContainer<?>> observer) {
		this.observers.add(observer);
		this.containers.values().forEach(observer);
	}

	/** Take all handlers, or none if one cannot be what it should. */
	synchronized void registerAll(Collection<ListenerEndpoint> endpoints) {
		List<ListenerContainer<?>> registered = new ArrayList<>();
		try {
			for (ListenerEndpoint endpoint : endpoints) {
				ListenerContainer<?> container = register(endpoint);
				registered.add(container);
				if (this.running) {
					start(container);
					this.keepAlive.set(true);
				}
			}
		}
		catch (RuntimeException | Error ex) {
			forget(registered);
			stop(registered);
			throw ex;
		}
	}

	private ListenerContainer<?> register(ListenerEndpoint endpoint) {
		ListenerContainer<?> same = this.containers.get(endpoint.id());
		if (same != null) {
			throw endpoint.invalid("its id '" + endpoint.id() + "' is taken by " + same.endpoint().declaration()
					+ "; give it an id of its own", null);
		}
		ListenerContainer<?> container = endpoint.createContainer(this.context);
		this.containers.put(endpoint.id(), container);
		this.observers.forEach((observer) -> observer.accept(container));
		return container;
	}

	/** The bean is destroyed: its listeners end. */
	void unregister(Object bean) {
		List<ListenerContainer<?>> ending;
		synchronized (this) {
			ending = this.containers.values().stream().filter((container) -> container.endpoint().isOf(bean)).toList();
			forget(ending);
			this.keepAlive.set(this.running && !this.containers.isEmpty());
		}
		stop(ending);
	}

	private void forget(Collection<ListenerContainer<?>> ending) {
		this.containers.values().removeAll(ending);
		ending.forEach((container) -> {
			if (container instanceof InotifyListenerContainer inotify) {
				this.context.publishedWatches().remove(inotify.publishedWatch());
			}
		});
	}

	@Override
	public synchronized void start() {
		if (this.running) {
			return;
		}
		registerUnheardWatches();
		registerPublishedChildren();
		List<ListenerContainer<?>> started = new ArrayList<>();
		try {
			for (ListenerContainer<?> container : this.containers.values()) {
				start(container);
				started.add(container);
			}
			this.context.children().deliver();
			this.context.signals().startAnnouncing();
			this.running = true;
			this.keepAlive.set(!this.containers.isEmpty());
		}
		catch (RuntimeException | Error ex) {
			stop(started);
			throw ex;
		}
	}

	private void registerUnheardWatches() {
		this.watches.watches().forEach((name, watch) -> {
			if (!this.context.publishedWatches().contains(name)) {
				register(new InotifyListenerEndpoint(name, InotifyWatchDefinitions.property(name), null, null,
						Dispatch.EXECUTOR, 1, watch, name, true));
			}
		});
	}

	private void registerPublishedChildren() {
		if (!this.containers.containsKey(CHILDREN_ID)
				&& new EventPublication(this.context.applicationContext(), ChildExitEvent.class).isWanted()) {
			register(new ChildExitListenerEndpoint(CHILDREN_ID, "the bean " + CHILDREN_ID, null, null,
					Dispatch.EXECUTOR));
		}
	}

	private static void start(ListenerContainer<?> container) {
		try {
			container.start();
		}
		catch (ListenerConfigurationException ex) {
			throw ex;
		}
		catch (RuntimeException ex) {
			throw container.endpoint().invalid(String.valueOf(ex.getMessage()), ex);
		}
	}

	/**
	 * Stop all listeners: no more events are read, then what was read is handled, for no
	 * longer than the shutdown timeout.
	 */
	@Override
	public void stop() {
		this.running = false;
		this.context.children().hold();
		try {
			stop(containers());
		}
		finally {
			this.context.signals().stopAnnouncing();
			this.keepAlive.set(false);
		}
	}

	private void stop(Collection<ListenerContainer<?>> ending) {
		ending.forEach(ListenerContainer::beginStop);
		long deadlineNanos = System.nanoTime() + this.context.settings().shutdownTimeout().toNanos();
		ending.forEach((container) -> container.finish(deadlineNanos));
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

}
