package io.github.linuxfd.listener;

import java.util.concurrent.CountDownLatch;

import org.jspecify.annotations.Nullable;

/**
 * Keeps the JVM alive while there are listeners: the loop's thread, which also waits for
 * signals that nobody listens to, does not.
 *
 * @author linuxfd
 */
final class KeepAlive {

	private @Nullable CountDownLatch end;

	synchronized void set(boolean alive) {
		if (alive && this.end == null) {
			CountDownLatch end = new CountDownLatch(1);
			new Thread(() -> await(end), "linuxfd-keep-alive").start();
			this.end = end;
		}
		else if (!alive && this.end != null) {
			this.end.countDown();
			this.end = null;
		}
	}

	private static void await(CountDownLatch end) {
		try {
			end.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt(); // somebody wants all threads to end
		}
	}

}
