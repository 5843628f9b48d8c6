package io.github.linuxfd.aio;

import java.nio.channels.spi.AsynchronousChannelProvider;

import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests of {@link AioSocketChannel} by readiness.
 *
 * @author linuxfd
 */
class EpollAsynchronousSocketChannelTests extends AsynchronousSocketChannelSpecification {

	@RegisterExtension
	final EngineExtension engine = new EngineExtension(AioEngine.EPOLL);

	@Override
	AsynchronousChannelProvider provider() {
		return this.engine.provider();
	}

}
