package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the specifications of {@link AsynchronousFileChannel} share: a file of ten bytes,
 * and whose channels are tested.
 *
 * @author linuxfd
 */
@ParameterizedClass
@EnumSource(AsynchronousSpecification.Maker.class)
abstract class AsynchronousFileSpecification extends AsynchronousSpecification {

	static final Set<OpenOption> READ = Set.of(StandardOpenOption.READ);

	static final Set<OpenOption> WRITE = Set.of(StandardOpenOption.WRITE);

	static final Set<OpenOption> READ_WRITE = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);

	@RegisterExtension
	final EngineExtension engine;

	private final ExecutorService executor = Executors.newCachedThreadPool(threads());

	@TempDir
	private Path directory;

	private Path file;

	AsynchronousFileSpecification(Maker maker) {
		this.engine = new EngineExtension(maker.engine());
	}

	@BeforeEach
	final void createFile() throws IOException {
		this.file = Files.writeString(this.directory.resolve("file"), "0123456789");
	}

	@Override
	final void endThreads() throws InterruptedException {
		this.executor.shutdown();
		assertThat(this.executor.awaitTermination(RecordingHandler.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
	}

	final ExecutorService executor() {
		return this.executor;
	}

	final Path directory() {
		return this.directory;
	}

	final Path file() {
		return this.file;
	}

	final String content() throws IOException {
		return Files.readString(this.file, StandardCharsets.US_ASCII);
	}

	final AsynchronousFileChannel open(Set<? extends OpenOption> options) throws IOException {
		return open(this.file, options);
	}

	final AsynchronousFileChannel open(Path path, Set<? extends OpenOption> options) throws IOException {
		return open(path, options, this.executor);
	}

	/**
	 * Open a channel of the kind to be tested.
	 * @param path the file
	 * @param options how to open it
	 * @param executor whose threads call handlers, or {@code null} for the default
	 * @param attributes of a new file
	 * @return the channel
	 * @throws IOException if that fails
	 */
	final AsynchronousFileChannel open(Path path, Set<? extends OpenOption> options, @Nullable ExecutorService executor,
			FileAttribute<?>... attributes) throws IOException {
		AioEngines engines = this.engine.engines();
		return closing((engines != null) ? AioFileChannel.open(engines, path, options, executor, attributes)
				: AsynchronousFileChannel.open(path, options, executor, attributes));
	}

}
