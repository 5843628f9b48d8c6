package io.github.linuxfd.listener;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.context.SmartLifecycle;

import io.github.linuxfd.aio.AioServer;

/**
 * Starts the servers among the beans last, and stops them first and gracefully, all at
 * the same time, as Boot does with web servers.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class AioServerLifecycle implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(AioServerLifecycle.class);

	private final List<AioServer> servers;

	private final Duration grace;

	private volatile boolean running;

	/**
	 * Start and stop these servers.
	 * @param servers the servers
	 * @param grace how long their connections may stay open
	 */
	public AioServerLifecycle(List<AioServer> servers, Duration grace) {
		this.servers = servers;
		this.grace = grace;
	}

	@Override
	public void start() {
		for (AioServer server : this.servers) {
			server.start();
			logger.info(server + " listens at " + server.localAddress());
		}
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
		CompletableFuture
			.allOf(this.servers.stream()
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
