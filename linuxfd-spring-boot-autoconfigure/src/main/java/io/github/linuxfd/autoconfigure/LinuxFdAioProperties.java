package io.github.linuxfd.autoconfigure;

import java.time.Duration;
import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

import io.github.linuxfd.aio.AioEngine;
import io.github.linuxfd.aio.AioSettings;
import io.github.linuxfd.annotation.Dispatch;

/**
 * Configuration properties for asynchronous I/O.
 *
 * @param engine By what the kernel is asked; the best that may be used, unless one is
 * named
 * @param rings Number of io_uring's rings, each with a thread
 * @param submissionQueueSize Number of operations that one call gives to the kernel at
 * most
 * @param completionQueueSize Number of completions that a ring has room for before the
 * kernel keeps them
 * @param threads Maximum number of threads for what cannot be had asynchronously
 * @param dispatch Who calls the handlers: the thread that has got the completion, or
 * linuxfd's executor
 * @param shutdownTimeout Time that the connections of a server are given to be closed by
 * their handler when the context stops
 * @author linuxfd
 * @since 0.1.0
 */
@ConfigurationProperties("linuxfd.aio")
public record LinuxFdAioProperties(@DefaultValue("auto") AioEngine engine, @DefaultValue("1") int rings,
		@DefaultValue("256") int submissionQueueSize, @DefaultValue("4096") int completionQueueSize,
		@DefaultValue("8") int threads, @DefaultValue("loop") Dispatch dispatch,
		@DefaultValue("10s") Duration shutdownTimeout) {

	public LinuxFdAioProperties {
		Assert.isTrue(!shutdownTimeout.isNegative(),
				() -> "shutdownTimeout is " + shutdownTimeout + ", and cannot be negative");
		// at the start, and not when the engines are opened
		new AioSettings(engine, rings, submissionQueueSize, completionQueueSize, threads, null);
	}

	AioSettings settings(Executor executor) {
		@Nullable Executor handlers = (this.dispatch == Dispatch.EXECUTOR) ? executor : null;
		return new AioSettings(this.engine, this.rings, this.submissionQueueSize, this.completionQueueSize,
				this.threads, handlers);
	}

}
