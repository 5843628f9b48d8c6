package io.github.linuxfd.ffi;

import java.nio.ByteOrder;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link NativeMemory}.
 *
 * @author linuxfd
 */
class NativeMemoryTests {

	@Test
	void allocateGivesZeroedBytesInNativeOrder() {
		try (NativeMemory memory = NativeMemory.allocate(1000)) {
			assertThat(memory.address()).isNotZero();
			assertThat(memory.bytes().isDirect()).isTrue();
			assertThat(memory.bytes().order()).isEqualTo(ByteOrder.nativeOrder());
			byte[] bytes = new byte[1000];
			memory.bytes().get(0, bytes);
			assertThat(bytes).containsOnly(0);
		}
	}

	@Test
	void closeWhenCalledTwiceFreesOnce() {
		long before = NativeMemory.allocated();
		NativeMemory memory = NativeMemory.allocate(64);
		assertThat(NativeMemory.allocated()).isEqualTo(before + 64);
		memory.close();
		memory.close();
		assertThat(NativeMemory.allocated()).isEqualTo(before);
	}

	@Test
	void copyMovesBytesBetweenAddresses() {
		try (NativeMemory from = NativeMemory.allocate(16); NativeMemory to = NativeMemory.allocate(16)) {
			from.bytes().putLong(8, 0x1122334455667788L);
			NativeMemory.copy(from.address() + 8, to.address(), 8);
			assertThat(to.bytes().getLong(0)).isEqualTo(0x1122334455667788L);
			assertThat(to.bytes().getLong(8)).isZero();
		}
	}

}
