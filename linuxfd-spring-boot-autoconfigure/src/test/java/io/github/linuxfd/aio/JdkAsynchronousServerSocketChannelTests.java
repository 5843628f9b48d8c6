package io.github.linuxfd.aio;

import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;

/**
 * The control: tests of the specification by the JDK's own
 * {@link AsynchronousServerSocketChannel}.
 *
 * @author linuxfd
 */
class JdkAsynchronousServerSocketChannelTests extends AsynchronousServerSocketChannelSpecification {

	@Override
	AsynchronousChannelProvider provider() {
		return AsynchronousChannelProvider.provider();
	}

}
