package io.github.linuxfd.aio;

import java.nio.channels.spi.AsynchronousChannelProvider;

import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests of {@link AioChannelProvider} by readiness.
 *
 * @author linuxfd
 */
class EpollAsynchronousChannelProviderTests extends AsynchronousChannelProviderSpecification {

	@RegisterExtension
	final EngineExtension engine = new EngineExtension(AioEngine.EPOLL);

	@Override
	AsynchronousChannelProvider provider() {
		return this.engine.provider();
	}

}
