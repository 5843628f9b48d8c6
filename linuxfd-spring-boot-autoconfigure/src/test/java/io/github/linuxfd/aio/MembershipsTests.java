package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.channels.MembershipKey;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.testsupport.FaultInjectingSyscalls;
import io.github.linuxfd.testsupport.FdLeakExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link Memberships} that the kernel refuses.
 *
 * @author linuxfd
 */
@ExtendWith(FdLeakExtension.class)
@Timeout(240)
class MembershipsTests {

	private final FaultInjectingSyscalls faults = FaultInjectingSyscalls.ofSystem();

	private final AioEngines engines = new AioEngines(this.faults.syscalls(), AioSettings.DEFAULT);

	private final AioChannelProvider provider = new AioChannelProvider(this.engines);

	private InetAddress group;

	private InetAddress source;

	private NetworkInterface loopback;

	@BeforeEach
	void findAddresses() throws IOException {
		this.group = InetAddress.getByName("239.255.7.1");
		this.source = InetAddress.getByName("127.0.0.1");
		this.loopback = NetworkInterface.getByInetAddress(this.source);
	}

	@AfterEach
	void close() {
		this.faults.heal();
		this.engines.close();
	}

	@Test
	void joinWhenRefusedIsNoMembership() throws IOException {
		try (AioDatagramChannel channel = this.provider.openAsynchronousDatagramChannel(null)) {
			this.faults.fail("setsockopt", 1, Errno.ENOBUFS);
			assertThatExceptionOfType(SocketException.class).isThrownBy(() -> channel.join(this.group, this.loopback))
				.withMessage("No buffer space available")
				.havingCause()
				.isInstanceOf(SyscallException.class)
				.withMessageContaining(
						"setsockopt(MCAST_JOIN_GROUP, <239.255.7.1," + this.loopback.getName() + ",any source>)");
			// it would be refused if the other were one
			MembershipKey key = channel.join(this.group, this.loopback, this.source);
			assertThat(key.isValid()).isTrue();
			assertThat(key).hasToString("<239.255.7.1," + this.loopback.getName() + ",127.0.0.1>");
		}
	}

	@Test
	void keyWhenTheKernelRefusesIsAsItWas() throws IOException {
		try (AioDatagramChannel channel = this.provider.openAsynchronousDatagramChannel(null)) {
			MembershipKey key = channel.join(this.group, this.loopback);
			this.faults.fail("setsockopt", 1, Errno.ENOBUFS);
			assertThatExceptionOfType(SocketException.class).isThrownBy(() -> key.block(this.source))
				.havingCause()
				.withMessageContaining("setsockopt(MCAST_BLOCK_SOURCE, " + key + ", /127.0.0.1)");
			key.block(this.source);
			this.faults.fail("setsockopt", 1, Errno.EINVAL);
			assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> key.unblock(this.source));
			key.unblock(this.source);
			this.faults.fail("setsockopt", 1, Errno.EINVAL);
			assertThatExceptionOfType(SyscallException.class).isThrownBy(key::drop);
			assertThat(key.isValid()).isTrue();
			key.drop();
			assertThat(key.isValid()).isFalse();
		}
	}

	/** What comes back under its name is another one. */
	@Test
	void dropWhenTheInterfaceHasGoneDrops() throws IOException {
		try (AioDatagramChannel channel = this.provider.openAsynchronousDatagramChannel(null)) {
			MembershipKey key = channel.join(this.group, this.loopback, this.source);
			this.faults.failAfterwards("setsockopt", Errno.ENODEV);
			key.drop();
			assertThat(key.isValid()).isFalse();
			assertThat(channel.join(this.group, this.loopback, this.source)).isNotSameAs(key);
		}
	}

	@Test
	void openWhenRefusedClosesTheSocket() throws IOException {
		int descriptors = OwnedFd.openCount();
		this.faults.failAll("setsockopt", Errno.ENOPROTOOPT);
		assertThatExceptionOfType(SocketException.class)
			.isThrownBy(() -> this.provider.openAsynchronousDatagramChannel(null));
		this.faults.heal();
		this.faults.fail("setsockopt", 2, Errno.EPERM);
		assertThatExceptionOfType(SocketException.class)
			.isThrownBy(() -> this.provider.openAsynchronousDatagramChannel(null));
		RecordingHandler.eventually().until(() -> OwnedFd.openCount() == descriptors);
	}

	@Test
	void openWhenTheKernelIsTooOldForItIsDone() throws IOException {
		this.faults.fail("setsockopt", 3, Errno.ENOPROTOOPT);
		try (AioDatagramChannel channel = this.provider.openAsynchronousDatagramChannel(null)) {
			assertThat(channel.join(this.group, this.loopback).isValid()).isTrue();
		}
	}

}
