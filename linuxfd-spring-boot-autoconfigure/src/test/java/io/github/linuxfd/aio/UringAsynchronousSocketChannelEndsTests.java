package io.github.linuxfd.aio;

import java.nio.channels.spi.AsynchronousChannelProvider;

import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests of how the operations of {@link AioSocketChannel} end on io_uring.
 *
 * @author linuxfd
 */
class UringAsynchronousSocketChannelEndsTests extends AsynchronousSocketChannelEndsSpecification {

	@RegisterExtension
	final EngineExtension engine = new EngineExtension(AioEngine.IO_URING);

	@Override
	AsynchronousChannelProvider provider() {
		return this.engine.provider();
	}

}
