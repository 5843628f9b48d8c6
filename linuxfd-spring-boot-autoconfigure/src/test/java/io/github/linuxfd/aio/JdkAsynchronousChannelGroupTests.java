package io.github.linuxfd.aio;

import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.spi.AsynchronousChannelProvider;

/**
 * The control: tests of the specification by the JDK's own
 * {@link AsynchronousChannelGroup}.
 *
 * @author linuxfd
 */
class JdkAsynchronousChannelGroupTests extends AsynchronousChannelGroupSpecification {

	@Override
	AsynchronousChannelProvider provider() {
		return AsynchronousChannelProvider.provider();
	}

	/** Rarely: then the method that closes throws ShutdownChannelGroupException. */
	@Override
	boolean closeOfTheLastChannelMayLoseItsHandlers() {
		return true;
	}

}
