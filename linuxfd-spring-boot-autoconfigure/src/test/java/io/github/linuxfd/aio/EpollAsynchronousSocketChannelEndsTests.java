package io.github.linuxfd.aio;

import java.nio.channels.spi.AsynchronousChannelProvider;

import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests of how the operations of {@link AioSocketChannel} end by readiness.
 *
 * @author linuxfd
 */
class EpollAsynchronousSocketChannelEndsTests extends AsynchronousSocketChannelEndsSpecification {

	@RegisterExtension
	final EngineExtension engine = new EngineExtension(AioEngine.EPOLL);

	@Override
	AsynchronousChannelProvider provider() {
		return this.engine.provider();
	}

}
