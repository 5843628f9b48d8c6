package io.github.linuxfd.eventloop;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import io.github.linuxfd.epoll.EpollFactory;
import io.github.linuxfd.eventfd.Eventfd;
import io.github.linuxfd.eventfd.EventfdFactory;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

/**
 * What the tests of {@link EventLoop} share: a loop, and what it has opened.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
abstract class EventLoopSpecification {

	final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	final EpollFactory epolls = new EpollFactory(this.faults.syscalls());

	final EventfdFactory eventfds = new EventfdFactory(this.faults.syscalls());

	EventLoop loop = newLoop();

	int descriptorsBefore;

	long memoryBefore;

	final EventLoop newLoop() {
		return new EventLoop(this.epolls, this.eventfds, "linuxfd-loop");
	}

	@BeforeEach
	final void start() {
		this.descriptorsBefore = OwnedFd.openCount();
		this.memoryBefore = NativeMemory.allocated();
	}

	@AfterEach
	final void close() {
		this.loop.close();
	}

	final Eventfd eventfd() {
		return this.eventfds.open();
	}

}
