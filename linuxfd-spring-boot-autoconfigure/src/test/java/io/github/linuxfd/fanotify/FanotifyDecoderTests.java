package io.github.linuxfd.fanotify;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of {@link FanotifyDecoder} with bytes that no kernel has written.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(120)
class FanotifyDecoderTests {

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final FanotifyFactory factory = new FanotifyFactory(this.faults.syscalls());

	@Test
	void bytesWhenTheyAreNoEventAreRefused() {
		try (Fanotify fanotify = this.factory.open(); NativeMemory memory = NativeMemory.allocate(256)) {
			FanotifyDecoder decoder = new FanotifyDecoder(fanotify, this.faults.syscalls());
			ByteBuffer bytes = memory.bytes();
			assertMalformed(decoder, bytes, 23, "event of 23 bytes");
			metadata(bytes, 24, 4, 24);
			assertMalformed(decoder, bytes, 24, "event of version 4 instead of 3");
			metadata(bytes, 25, 3, 24);
			assertMalformed(decoder, bytes, 24, "event of 25 bytes, with 24 of metadata, in 24 bytes read");
			metadata(bytes, 24, 3, 23);
			assertMalformed(decoder, bytes, 24, "with 23 of metadata");
			metadata(bytes, 24, 3, 25);
			assertMalformed(decoder, bytes, 24, "with 25 of metadata");
			metadata(bytes, -1, 3, 24);
			assertMalformed(decoder, bytes, 24, "event of -1 bytes");
			metadata(bytes, 26, 3, 24);
			assertMalformed(decoder, bytes, 26, "record of 0 bytes, where 2 are left");
			info(bytes, 40, 1, 3);
			assertMalformed(decoder, bytes, 40, "record of 3 bytes");
			info(bytes, 40, 1, 17);
			assertMalformed(decoder, bytes, 40, "record of 17 bytes, where 16 are left");
			info(bytes, 40, 1, 16);
			assertMalformed(decoder, bytes, 40, "record of 16 bytes with a handle of -1");
			for (int handleBytes : new int[] { -1, 9, 129, Integer.MAX_VALUE }) {
				info(bytes, 52, 2, 28);
				bytes.putInt(24 + 12, handleBytes);
				assertMalformed(decoder, bytes, 52, "record of 28 bytes with a handle of ");
			}
			for (int type : new int[] { 4, 5, 6, 7 }) {
				info(bytes, 30, type, 6);
				assertMalformed(decoder, bytes, 30, "record of type " + type + " of 6 bytes");
			}
			// a name without an end, and a record of tomorrow
			info(bytes, 60, 2, 28);
			bytes.putInt(24 + 12, 4).put(24 + 24, "name".getBytes());
			bytes.put(52, (byte) 99).putShort(54, (short) 8);
			List<FanotifyEvent> events = new ArrayList<>();
			decoder.decode(bytes, 60, events::add);
			assertThat(events).singleElement().satisfies((event) -> assertThat(event.name()).hasValue("name"));
			info(bytes, 36, 5, 12);
			for (int number : new int[] { 117, -117 }) {
				bytes.putInt(28, number).putInt(32, -1);
				decoder.decode(bytes, 36, events::add);
				assertThat(events.remove(1).fileSystemError())
					.hasValue(new FanotifyError(new Errno(117), 0xffff_ffffL));
			}
			info(bytes, 40, 7, 16);
			bytes.putLong(32, 4711);
			decoder.decode(bytes, 40, events::add);
			assertThat(events.get(1).mountId()).isEqualTo(4711);
			info(bytes, 48, 6, 24);
			bytes.putLong(32, 1L << 40).putLong(40, 4096);
			decoder.decode(bytes, 48, events::add);
			assertThat(events.get(2).range()).hasValue(new FanotifyRange(1L << 40, 4096));
			metadata(bytes, 24, 3, 24);
			bytes.putInt(16, -24);
			decoder.decode(bytes, 24, events::add);
			assertThat(events.get(3).failure()).hasValue(Errno.EMFILE);
			bytes.putLong(8, FanotifyEventFlag.Q_OVERFLOW.bit()).putInt(16, -Errno.EBADF.number());
			decoder.decode(bytes, 24, events::add);
			assertThat(events.get(4).isOverflow()).isTrue();
			assertThat(events.get(4).failure()).isEmpty();
		}
	}

	private static void metadata(ByteBuffer bytes, int size, int version, int metadata) {
		for (int i = 0; i < bytes.capacity(); i++) {
			bytes.put(i, (byte) 0);
		}
		bytes.putInt(0, size).put(4, (byte) version).putShort(6, (short) metadata).putInt(16, -1);
	}

	private static void info(ByteBuffer bytes, int size, int type, int infoSize) {
		metadata(bytes, size, 3, 24);
		bytes.put(24, (byte) type).putShort(26, (short) infoSize);
	}

	private static void assertMalformed(FanotifyDecoder decoder, ByteBuffer bytes, int length, String message) {
		assertThatIllegalStateException().isThrownBy(() -> decoder.decode(bytes, length, (event) -> {
		})).withMessageContaining(message);
	}

}
