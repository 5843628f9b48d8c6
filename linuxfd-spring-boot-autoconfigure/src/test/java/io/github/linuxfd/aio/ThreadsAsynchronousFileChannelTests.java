package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.Set;
import java.util.concurrent.ExecutorService;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Tests of {@link AioFileChannel} by threads.
 *
 * @author linuxfd
 */
class ThreadsAsynchronousFileChannelTests extends AsynchronousFileChannelSpecification {

	@RegisterExtension
	final EngineExtension engine = new EngineExtension(AioEngine.EPOLL);

	@Override
	AsynchronousFileChannel open(Path path, Set<? extends OpenOption> options, @Nullable ExecutorService executor,
			FileAttribute<?>... attributes) throws IOException {
		return AioFileChannel.open(this.engine.engines(), path, options, executor, attributes);
	}

}
