package io.github.linuxfd.listener;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ApplicationContextEvent;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.ContextStartedEvent;
import org.springframework.context.event.ContextStoppedEvent;

import io.github.linuxfd.aio.AioServer;

/**
 * Starts the servers among the beans last, and stops them first and gracefully, all at
 * the same time, as Boot does with web servers. Those of a child context are started and
 * stopped with that: its events come here, too.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioServerLifecycle implements SmartLifecycle, ApplicationListener<ApplicationContextEvent> {

	private static final Log logger = LogFactory.getLog(AioServerLifecycle.class);

	private final ApplicationContext context;

	private final Duration grace;

	/** By context, those that are started and stopped with it. */
	private final Map<ApplicationContext, CopyOnWriteArrayList<AioServer>> servers = new ConcurrentHashMap<>();

	private volatile boolean running;

	/**
	 * Start and stop the servers of a context and of its children.
	 * @param context has the servers among its beans
	 * @param grace how long their connections may stay open
	 */
	public AioServerLifecycle(ApplicationContext context, Duration grace) {
		this.context = context;
		this.grace = grace;
	}

	@Override
	public void start() {
		this.running = true; // otherwise nobody would stop those before one that fails
		Set<ApplicationContext> owners = new LinkedHashSet<>(List.of(this.context));
		owners.addAll(this.servers.keySet()); // which have been stopped with this
		owners.forEach(this::start);
	}

	/** Of the contexts below: this one starts and stops what is a lifecycle. */
	@Override
	public void onApplicationEvent(ApplicationContextEvent event) {
		ApplicationContext child = event.getApplicationContext();
		if (child == this.context) {
			return;
		}
		if (event instanceof ContextRefreshedEvent) {
			startOrForget(child);
		}
		else if (event instanceof ContextStartedEvent) {
			start(child);
		}
		else if (event instanceof ContextStoppedEvent || event instanceof ContextClosedEvent) {
			List<AioServer> present = this.servers.remove(child);
			if (present != null) {
				stop(present);
			}
		}
	}

	/** A server that cannot start fails its context, which waits for those that stop. */
	@Override
	public boolean supportsAsyncExecution() {
		return false;
	}

	/** A context that cannot be refreshed closes its beans. */
	private void startOrForget(ApplicationContext child) {
		boolean done = false;
		try {
			start(child);
			done = true;
		}
		finally {
			if (!done) {
				this.servers.remove(child);
			}
		}
	}

	private void start(ApplicationContext owner) {
		for (AioServer server : serversOf(owner)) {
			this.servers.computeIfAbsent(owner, (first) -> new CopyOnWriteArrayList<>()).addIfAbsent(server);
			if (!server.isRunning()) {
				server.start();
				logger.info(server + " listens at " + server.localAddress());
			}
		}
	}

	/** In their order, and without those of the contexts above. */
	private static List<AioServer> serversOf(ApplicationContext owner) {
		Collection<AioServer> own = owner.getBeansOfType(AioServer.class, false, false).values();
		return owner.getBeanProvider(AioServer.class, false).orderedStream().filter(own::contains).toList();
	}

	@Override
	public void stop() {
		this.running = false;
		stop(this.servers.values().stream().flatMap(List::stream).toList());
	}

	private void stop(List<AioServer> present) {
		CompletableFuture
			.allOf(present.stream()
				.map((server) -> CompletableFuture.runAsync(() -> stop(server), AioServerLifecycle::inThread))
				.toArray(CompletableFuture[]::new))
			.join();
	}

	private static void inThread(Runnable stop) {
		new Thread(stop, "linuxfd-aio-stop").start();
	}

	private void stop(AioServer server) {
		int open = server.connections();
		try {
			if (!server.stop(this.grace)) {
				logger.warn(server + " has closed the connections that were open after " + this.grace);
			}
			else if (open > 0) {
				logger.info(server + " has stopped; the handler has closed its " + open + " connections");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return SmartLifecycle.DEFAULT_PHASE - 1024; // as a web server's
	}

}
