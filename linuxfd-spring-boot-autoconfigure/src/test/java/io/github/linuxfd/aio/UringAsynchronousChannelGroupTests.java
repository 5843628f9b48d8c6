package io.github.linuxfd.aio;

import java.nio.channels.spi.AsynchronousChannelProvider;

import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests of {@link AioChannelGroup} on io_uring.
 *
 * @author linuxfd
 */
class UringAsynchronousChannelGroupTests extends AsynchronousChannelGroupSpecification {

	@RegisterExtension
	final EngineExtension engine = new EngineExtension(AioEngine.IO_URING);

	@Override
	AsynchronousChannelProvider provider() {
		return this.engine.provider();
	}

}
