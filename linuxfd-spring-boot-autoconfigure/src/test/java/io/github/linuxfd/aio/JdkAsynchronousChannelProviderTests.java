package io.github.linuxfd.aio;

import java.nio.channels.spi.AsynchronousChannelProvider;

/**
 * The control: tests of the specification by the JDK's own
 * {@link AsynchronousChannelProvider}.
 *
 * @author linuxfd
 */
class JdkAsynchronousChannelProviderTests extends AsynchronousChannelProviderSpecification {

	@Override
	AsynchronousChannelProvider provider() {
		return AsynchronousChannelProvider.provider();
	}

}
