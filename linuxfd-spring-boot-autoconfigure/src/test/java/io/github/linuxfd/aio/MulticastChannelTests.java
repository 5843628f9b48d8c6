package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.channels.MulticastChannel;
import java.util.concurrent.Callable;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * Tests of what {@link MulticastChannel} promises, over the loopback interface, which has
 * no route for groups of IPv6: {@link MulticastOfIpv6Tests} makes one.
 *
 * @author linuxfd
 */
@ParameterizedClass
@EnumSource(AsynchronousSpecification.Maker.class)
class MulticastChannelTests extends AsynchronousSpecification {

	@RegisterExtension
	final EngineExtension engine;

	private final NetworkInterface loopback;

	MulticastChannelTests(Maker maker) throws IOException {
		this.engine = new EngineExtension(maker.engine());
		this.loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
	}

	@Override
	void endThreads() {
		// none are ours
	}

	private MulticastChannel open(Family family) throws IOException {
		AioChannelProvider provider = this.engine.provider();
		return closing((provider != null) ? provider.openAsynchronousDatagramChannel(null)
				: DatagramChannel.open(family.protocol));
	}

	private MulticastChannel openBound(Family family) throws IOException {
		MulticastChannel channel = open(family);
		channel.bind(new InetSocketAddress(family.any, 0));
		return channel;
	}

	private static int port(MulticastChannel channel) throws IOException {
		return ((InetSocketAddress) channel.getLocalAddress()).getPort();
	}

	/** A sender whose datagrams do not leave this machine. */
	private DatagramChannel sender(Family family, InetAddress source) throws IOException {
		return closing(DatagramChannel.open(family.protocol))
			.setOption(StandardSocketOptions.IP_MULTICAST_IF, this.loopback)
			.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 0)
			.bind(new InetSocketAddress(source, 0));
	}

	private void send(Family family, InetAddress source, String text, InetAddress target, int port) throws IOException {
		sender(family, source).send(bytes(text), new InetSocketAddress(target, port));
	}

	/** Returns what comes first. */
	private static String receive(MulticastChannel channel) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(64);
		if (channel instanceof AioDatagramChannel ours) {
			RecordingHandler.await(ours.receive(buffer));
		}
		else {
			((DatagramChannel) channel).receive(buffer);
		}
		return text(buffer);
	}

	private void assertReceives(MulticastChannel channel, Family family, InetAddress source) throws IOException {
		send(family, source, "wanted", family.group, port(channel));
		assertThat(receive(channel)).isEqualTo("wanted");
	}

	/** What is sent to the channel itself comes always, and later. */
	private void assertReceivesNot(MulticastChannel channel, Family family, InetAddress source) throws IOException {
		send(family, source, "unwanted", family.group, port(channel));
		send(family, family.source, "later", family.source, port(channel));
		assertThat(receive(channel)).isEqualTo("later");
	}

	// -- memberships

	@ParameterizedTest
	@EnumSource(names = "IPV4")
	void joinReceivesUntilDropped(Family family) throws IOException {
		MulticastChannel channel = openBound(family);
		assertReceivesNot(channel, family, family.source);
		MembershipKey key = channel.join(family.group, this.loopback);
		assertThat(key.isValid()).isTrue();
		assertThat(key.channel()).isSameAs(channel);
		assertThat(key.group()).isEqualTo(family.group);
		assertThat(key.networkInterface()).isEqualTo(this.loopback);
		assertThat(key.sourceAddress()).isNull();
		assertReceives(channel, family, family.source);
		key.drop();
		assertThat(key.isValid()).isFalse();
		assertReceivesNot(channel, family, family.source);
		key.drop();
		assertThat(key.channel()).isSameAs(channel);
		MembershipKey again = channel.join(family.group, this.loopback);
		assertThat(again).isNotSameAs(key);
		assertThat(key.isValid()).isFalse();
		key.drop();
		assertReceives(channel, family, family.source);
	}

	@ParameterizedTest
	@EnumSource(names = "IPV4")
	void membershipOfAnotherChannelIsNotOurs(Family family) throws IOException {
		MulticastChannel channel = openBound(family);
		MembershipKey other = closing(DatagramChannel.open(family.protocol)).join(family.group, this.loopback);
		assertReceivesNot(channel, family, family.source);
		assertThat(other.isValid()).isTrue();
	}

	@ParameterizedTest
	@EnumSource(names = "IPV4")
	void blockedSourceIsNotReceivedUntilUnblocked(Family family) throws IOException {
		MulticastChannel channel = openBound(family);
		MembershipKey key = channel.join(family.group, this.loopback);
		assertThat(key.block(family.source)).isSameAs(key);
		assertThat(key.block(family.source)).isSameAs(key);
		assertReceivesNot(channel, family, family.source);
		if (!family.other.equals(family.source)) {
			assertReceives(channel, family, family.other);
		}
		assertThat(key.unblock(family.source)).isSameAs(key);
		assertReceives(channel, family, family.source);
		assertThatIllegalStateException().isThrownBy(() -> key.unblock(family.source));
		assertThatIllegalStateException().isThrownBy(() -> key.unblock(family.other));
	}

	@ParameterizedTest
	@EnumSource(names = "IPV4")
	void joinWhenSourceIsNamedReceivesFromItAlone(Family family) throws IOException {
		MulticastChannel channel = openBound(family);
		MembershipKey stranger = channel.join(family.group, this.loopback, family.stranger);
		assertReceivesNot(channel, family, family.source);
		MembershipKey key = channel.join(family.group, this.loopback, family.source);
		assertThat(key).isNotSameAs(stranger);
		assertThat(key.sourceAddress()).isEqualTo(family.source);
		assertReceives(channel, family, family.source);
		stranger.drop();
		assertThat(key.isValid()).isTrue();
		assertReceives(channel, family, family.source);
		key.drop();
		assertReceivesNot(channel, family, family.source);
		assertThat(channel.join(family.group, this.loopback).isValid()).isTrue();
		assertReceives(channel, family, family.source);
	}

	@ParameterizedTest
	@EnumSource
	void joinWhenMemberReturnsTheKeyOrThrows(Family family) throws IOException {
		MulticastChannel channel = open(family);
		MembershipKey key = channel.join(family.group, this.loopback);
		assertThat(channel.join(family.group, this.loopback)).isSameAs(key);
		assertThatIllegalStateException().isThrownBy(() -> channel.join(family.group, this.loopback, family.source));
		MembershipKey other = channel.join(family.otherGroup, this.loopback, family.source);
		assertThat(channel.join(family.otherGroup, this.loopback, family.source)).isSameAs(other);
		assertThatIllegalStateException().isThrownBy(() -> channel.join(family.otherGroup, this.loopback));
		key.drop();
		assertThat(other.isValid()).isTrue();
		MembershipKey named = channel.join(family.group, this.loopback, family.source);
		assertThat(named.isValid()).isTrue();
		assertThat(key.isValid()).isFalse();
	}

	@ParameterizedTest
	@EnumSource
	void argumentWhenInvalidThrows(Family family) throws IOException {
		MulticastChannel channel = open(family);
		InetAddress foreign = (family == Family.IPV4) ? Family.IPV6.source : Family.IPV4.source;
		assertThatIllegalArgumentException().isThrownBy(() -> channel.join(family.source, this.loopback));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> channel.join(family.source, this.loopback, family.source));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.join(family.any, this.loopback));
		MembershipKey key = channel.join(family.group, this.loopback);
		for (InetAddress source : new InetAddress[] { family.any, family.group, foreign }) {
			assertThatIllegalArgumentException()
				.isThrownBy(() -> channel.join(family.otherGroup, this.loopback, source));
			assertThatIllegalArgumentException().isThrownBy(() -> key.block(source));
		}
		assertThatNullPointerException().isThrownBy(() -> channel.join(null, this.loopback));
		assertThatNullPointerException().isThrownBy(() -> channel.join(family.group, null));
		assertThatNullPointerException().isThrownBy(() -> channel.join(family.group, this.loopback, null));
		assertThatNullPointerException().isThrownBy(() -> key.block(null));
		assertThat(key.isValid()).isTrue();
	}

	@Test
	void joinWhenSocketIsOfIpv4RefusesIpv6() throws Exception {
		MulticastChannel channel = (this.engine.provider() != null) ? openWithoutIpv6() : open(Family.IPV4);
		assertThatIllegalArgumentException().isThrownBy(() -> channel.join(Family.IPV6.group, this.loopback));
		assertThat(channel.join(Family.IPV4.group, this.loopback).isValid()).isTrue();
		assertOptionsAreGottenAsSet(channel);
	}

	private MulticastChannel openWithoutIpv6() throws Exception {
		return with("java.net.preferIPv4Stack", () -> open(Family.IPV4));
	}

	private static <T> T with(String property, Callable<T> call) throws Exception {
		System.setProperty(property, "true");
		try {
			return call.call();
		}
		finally {
			System.clearProperty(property);
		}
	}

	@ParameterizedTest
	@EnumSource
	void keyWhenNotValidRefusesEverythingButToBeDropped(Family family) throws IOException {
		MulticastChannel channel = open(family);
		MembershipKey dropped = channel.join(family.group, this.loopback);
		dropped.block(family.source);
		dropped.drop();
		assertThatIllegalStateException().isThrownBy(() -> dropped.block(family.stranger));
		assertThatIllegalStateException().isThrownBy(() -> dropped.unblock(family.stranger));
		MembershipKey named = channel.join(family.group, this.loopback, family.source);
		assertThatIllegalStateException().isThrownBy(() -> named.block(family.stranger));
		assertThatIllegalStateException().isThrownBy(() -> named.unblock(family.source));
		MembershipKey closed = channel.join(family.otherGroup, this.loopback);
		channel.close();
		assertThat(closed.isValid()).isFalse();
		assertThat(named.isValid()).isFalse();
		closed.drop();
		named.drop();
		assertThatIllegalStateException().isThrownBy(() -> closed.block(family.source));
		assertThatIllegalStateException().isThrownBy(() -> closed.unblock(family.source));
		assertThat(closed.channel()).isSameAs(channel);
		assertThat(closed.group()).isEqualTo(family.otherGroup);
		assertThatExceptionOfType(ClosedChannelException.class)
			.isThrownBy(() -> channel.join(family.group, this.loopback));
		assertThatExceptionOfType(ClosedChannelException.class)
			.isThrownBy(() -> channel.join(family.group, this.loopback, family.source));
	}

	// -- options

	@ParameterizedTest
	@EnumSource
	void optionsAreGottenAsSet(Family family) throws IOException {
		assertOptionsAreGottenAsSet(open(family));
	}

	private void assertOptionsAreGottenAsSet(MulticastChannel channel) throws IOException {
		assertThat(channel.supportedOptions()).contains(StandardSocketOptions.IP_MULTICAST_IF,
				StandardSocketOptions.IP_MULTICAST_TTL, StandardSocketOptions.IP_MULTICAST_LOOP);
		assertThat(channel.getOption(StandardSocketOptions.IP_MULTICAST_IF)).isNull();
		assertThat(channel.getOption(StandardSocketOptions.IP_MULTICAST_TTL)).isEqualTo(1);
		assertThat(channel.getOption(StandardSocketOptions.IP_MULTICAST_LOOP)).isTrue();
		assertThat(channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, this.loopback)).isSameAs(channel);
		assertThat(channel.getOption(StandardSocketOptions.IP_MULTICAST_IF)).isEqualTo(this.loopback);
		for (int hops : new int[] { 0, 255, 7 }) {
			channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, hops);
			assertThat(channel.getOption(StandardSocketOptions.IP_MULTICAST_TTL)).isEqualTo(hops);
		}
		for (boolean loop : new boolean[] { false, true }) {
			channel.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, loop);
			assertThat(channel.getOption(StandardSocketOptions.IP_MULTICAST_LOOP)).isEqualTo(loop);
		}
		for (Integer hops : new Integer[] { -1, 256, null }) {
			assertThatIllegalArgumentException()
				.isThrownBy(() -> channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, hops));
		}
		assertThatIllegalArgumentException()
			.isThrownBy(() -> channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, null));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> channel.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, null));
		assertThat(channel.getOption(StandardSocketOptions.IP_MULTICAST_TTL)).isEqualTo(7);
	}

	@ParameterizedTest
	@EnumSource(names = "IPV4")
	void sendGoesByTheInterfaceThatIsSet(Family family) throws IOException {
		DatagramChannel receiver = closing(DatagramChannel.open(family.protocol))
			.bind(new InetSocketAddress(family.any, 0));
		receiver.join(family.group, this.loopback);
		MulticastChannel channel = open(family);
		channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 0);
		channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, this.loopback);
		InetSocketAddress target = new InetSocketAddress(family.group, port(receiver));
		if (channel instanceof AioDatagramChannel ours) {
			RecordingHandler.await(ours.send(bytes("hello"), target));
		}
		else {
			((DatagramChannel) channel).send(bytes("hello"), target);
		}
		assertThat(receive(receiver)).isEqualTo("hello");
	}

	/**
	 * Addresses of a group and of the loopback interface.
	 */
	enum Family {

		IPV4(StandardProtocolFamily.INET, "0.0.0.0", "239.255.7.1", "239.255.7.2", "127.0.0.1", "127.0.0.2",
				"192.0.2.1"),

		/** The interface has but one of these. */
		IPV6(StandardProtocolFamily.INET6, "::", "ff15::7:1", "ff15::7:2", "::1", "::1", "2001:db8::1");

		private final ProtocolFamily protocol;

		private final InetAddress any;

		private final InetAddress group;

		private final InetAddress otherGroup;

		private final InetAddress source;

		private final InetAddress other;

		private final InetAddress stranger;

		Family(ProtocolFamily protocol, String any, String group, String otherGroup, String source, String other,
				String stranger) {
			this.protocol = protocol;
			this.any = address(any);
			this.group = address(group);
			this.otherGroup = address(otherGroup);
			this.source = address(source);
			this.other = address(other);
			this.stranger = address(stranger);
		}

		InetAddress group() {
			return this.group;
		}

		private static InetAddress address(String literal) {
			try {
				return InetAddress.getByName(literal);
			}
			catch (UnknownHostException ex) {
				throw new IllegalArgumentException(ex);
			}
		}

	}

}
