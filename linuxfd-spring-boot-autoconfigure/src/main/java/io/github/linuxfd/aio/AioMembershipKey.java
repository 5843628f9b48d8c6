package io.github.linuxfd.aio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.channels.MembershipKey;
import java.nio.channels.MulticastChannel;
import java.util.HashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * One of a channel's {@link Memberships}.
 *
 * @author linuxfd
 */
final class AioMembershipKey extends MembershipKey {

	private final MulticastChannel channel;

	private final Memberships memberships;

	private final InetAddress group;

	private final NetworkInterface networkInterface;

	private final @Nullable InetAddress source;

	/** Of the {@link Memberships}. */
	final Set<InetAddress> blocked = new HashSet<>();

	AioMembershipKey(MulticastChannel channel, Memberships memberships, InetAddress group,
			NetworkInterface networkInterface, @Nullable InetAddress source) {
		this.channel = channel;
		this.memberships = memberships;
		this.group = group;
		this.networkInterface = networkInterface;
		this.source = source;
	}

	@Override
	public boolean isValid() {
		return this.memberships.contains(this);
	}

	@Override
	public void drop() {
		this.memberships.drop(this);
	}

	@Override
	public MembershipKey block(InetAddress blocked) throws IOException {
		this.memberships.block(this, blocked);
		return this;
	}

	@Override
	public MembershipKey unblock(InetAddress unblocked) {
		this.memberships.unblock(this, unblocked);
		return this;
	}

	@Override
	public MulticastChannel channel() {
		return this.channel;
	}

	@Override
	public InetAddress group() {
		return this.group;
	}

	@Override
	public NetworkInterface networkInterface() {
		return this.networkInterface;
	}

	@Override
	public @Nullable InetAddress sourceAddress() {
		return this.source;
	}

	@Override
	public String toString() {
		return "<" + this.group.getHostAddress() + "," + this.networkInterface.getName() + ","
				+ ((this.source != null) ? this.source.getHostAddress() : "any source") + ">";
	}

}
