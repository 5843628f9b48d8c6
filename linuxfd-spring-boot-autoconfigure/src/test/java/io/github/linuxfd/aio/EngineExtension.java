package io.github.linuxfd.aio;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Engines of one kind for each test, of which nothing is left after it: no operation, no
 * descriptor and no native memory.
 *
 * @author linuxfd
 */
final class EngineExtension implements BeforeEachCallback, AfterEachCallback {

	private final @Nullable AioEngine kind;

	private int descriptors;

	private long nativeBytes;

	private AioEngines engines;

	private AioChannelProvider provider;

	/** With none there is nothing to be seen to. */
	EngineExtension(@Nullable AioEngine kind) {
		this.kind = kind;
	}

	@Nullable AioEngines engines() {
		return this.engines;
	}

	AioChannelProvider provider() {
		return this.provider;
	}

	@Override
	public void beforeEach(ExtensionContext context) {
		if (this.kind == null) {
			return;
		}
		this.descriptors = OwnedFd.openCount();
		this.nativeBytes = NativeMemory.allocated();
		this.engines = new AioEngines(Syscalls.system(), AioSettings.DEFAULT.withEngine(this.kind));
		assertThat(this.engines.kind()).isEqualTo(this.kind);
		this.provider = new AioChannelProvider(this.engines);
	}

	@Override
	public void afterEach(ExtensionContext context) {
		if (this.kind == null) {
			return;
		}
		// what was cancelled or closed last is still being confirmed
		RecordingHandler.eventually().untilAsserted(() -> assertThat(this.engines.statistics().inFlight()).isZero());
		this.engines.close();
		RecordingHandler.eventually().untilAsserted(() -> {
			assertThat(OwnedFd.openCount()).as("descriptors").isEqualTo(this.descriptors);
			assertThat(NativeMemory.allocated()).as("native bytes").isEqualTo(this.nativeBytes);
		});
	}

}
