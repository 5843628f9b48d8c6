package io.github.linuxfd.aio;

import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;

/**
 * The control: tests of the specification by the JDK's own
 * {@link AsynchronousSocketChannel}.
 *
 * @author linuxfd
 */
class JdkAsynchronousSocketChannelTests extends AsynchronousSocketChannelSpecification {

	@Override
	AsynchronousChannelProvider provider() {
		return AsynchronousChannelProvider.provider();
	}

}
