package io.github.linuxfd.aio;

import java.nio.channels.spi.AsynchronousChannelProvider;

import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests of {@link AioDatagramChannel} on io_uring.
 *
 * @author linuxfd
 */
class UringDatagramChannelTests extends AioDatagramChannelSpecification {

	@RegisterExtension
	final EngineExtension engine = new EngineExtension(AioEngine.IO_URING);

	@Override
	AsynchronousChannelProvider provider() {
		return this.engine.provider();
	}

}
