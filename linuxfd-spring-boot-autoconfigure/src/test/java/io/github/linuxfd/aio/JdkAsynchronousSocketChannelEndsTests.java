package io.github.linuxfd.aio;

import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;

/**
 * The control: how the operations end of the JDK's own {@link AsynchronousSocketChannel}.
 *
 * @author linuxfd
 */
class JdkAsynchronousSocketChannelEndsTests extends AsynchronousSocketChannelEndsSpecification {

	@Override
	AsynchronousChannelProvider provider() {
		return AsynchronousChannelProvider.provider();
	}

}
