package io.github.linuxfd.aio;

import java.nio.channels.spi.AsynchronousChannelProvider;

import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests of {@link AioChannelGroup} by readiness.
 *
 * @author linuxfd
 */
class EpollAsynchronousChannelGroupTests extends AsynchronousChannelGroupSpecification {

	@RegisterExtension
	final EngineExtension engine = new EngineExtension(AioEngine.EPOLL);

	@Override
	AsynchronousChannelProvider provider() {
		return this.engine.provider();
	}

}
