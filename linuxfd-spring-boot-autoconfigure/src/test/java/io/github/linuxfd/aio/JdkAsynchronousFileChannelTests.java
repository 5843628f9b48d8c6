package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.Set;
import java.util.concurrent.ExecutorService;

import org.jspecify.annotations.Nullable;

/**
 * The control: tests of the specification by the JDK's own
 * {@link AsynchronousFileChannel}.
 *
 * @author linuxfd
 */
class JdkAsynchronousFileChannelTests extends AsynchronousFileChannelSpecification {

	@Override
	AsynchronousFileChannel open(Path path, Set<? extends OpenOption> options, @Nullable ExecutorService executor,
			FileAttribute<?>... attributes) throws IOException {
		return AsynchronousFileChannel.open(path, options, executor, attributes);
	}

	@Override
	boolean lockOfSizeZeroTellsItsRealSize() {
		return Runtime.version().feature() > 17;
	}

}
