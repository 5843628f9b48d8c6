package io.github.linuxfd.eventloop;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import io.github.linuxfd.epoll.EpollFactory;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.eventfd.EventfdFlag;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

/**
 * A loop and an executor for tests of the asynchronous level.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
abstract class AsyncEventsTestSupport {

	static final Flags<EventfdFlag> SEMAPHORE = Flags.of(EventfdFlag.SEMAPHORE);

	final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	final EventfdFactory eventfds = new EventfdFactory(this.faults.syscalls());

	final ExecutorService executor = Executors.newCachedThreadPool();

	EventLoop loop;

	AsyncEvents async;

	@BeforeEach
	void start() {
		this.loop = new EventLoop(new EpollFactory(this.faults.syscalls()), this.eventfds, "linuxfd-loop");
		this.async = new AsyncEvents(this.loop, this.executor, 16);
	}

	@AfterEach
	void close() {
		this.loop.close();
		this.executor.shutdownNow();
	}

}
