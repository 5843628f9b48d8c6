package io.github.linuxfd.aio;

import java.nio.channels.spi.AsynchronousChannelProvider;

import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests of {@link AioChannelProvider} on io_uring.
 *
 * @author linuxfd
 */
class UringAsynchronousChannelProviderTests extends AsynchronousChannelProviderSpecification {

	@RegisterExtension
	final EngineExtension engine = new EngineExtension(AioEngine.IO_URING);

	@Override
	AsynchronousChannelProvider provider() {
		return this.engine.provider();
	}

}
