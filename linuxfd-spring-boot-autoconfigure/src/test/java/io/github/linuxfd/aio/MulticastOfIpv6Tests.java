package io.github.linuxfd.aio;

import java.nio.ByteBuffer;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import io.github.linuxfd.aio.AsynchronousSpecification.Maker;
import io.github.linuxfd.aio.MulticastChannelTests.Family;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.ForkedJvm;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The tests of {@link MulticastChannelTests} for whose datagrams of IPv6 there has to be
 * a route, in a network of their own.
 *
 * @author linuxfd
 */
@Timeout(120)
class MulticastOfIpv6Tests {

	@Test
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void datagramsAreReceivedAsThoseOfIpv4() {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("unshare", "--net"), Network.class)) {
			assertThat(jvm.awaitExit()).as("%s", jvm.lines()).isZero();
			assertThat(jvm.lines()).contains("JDK is right", "EPOLL is right", "IO_URING is right");
		}
	}

	/** Runs in a fresh network namespace. */
	static final class Network {

		private static final int AF_INET6 = 10;

		private static final int AF_NETLINK = 16;

		private static final int SOCK_RAW = 3;

		private static final int HEADER = 16;

		private static final short RTM_NEWLINK = 16;

		private static final short RTM_NEWROUTE = 24;

		private static final short REQUEST_CREATE_ACK = 0x405;

		private static final short RTA_DST = 1;

		private static final short RTA_OIF = 4;

		private static final int IFF_UP = 1;

		private static final int LOOPBACK = 1;

		private Network() {
		}

		public static void main(String[] arguments) throws Exception {
			Syscalls syscalls = Syscalls.system();
			try (OwnedFd netlink = OwnedFd.adopt(syscalls, syscalls.socket(AF_NETLINK, SOCK_RAW | Syscalls.CLOEXEC, 0),
					"socket", "AF_NETLINK"); NativeMemory memory = NativeMemory.allocate(4096)) {
				ByteBuffer bytes = memory.bytes();
				// struct ifinfomsg
				bytes.putInt(HEADER + 4, LOOPBACK).putInt(HEADER + 8, IFF_UP).putInt(HEADER + 12, IFF_UP);
				request(syscalls, netlink, memory, RTM_NEWLINK, HEADER + 16);
				// struct rtmsg: ff15::/16, table local, protocol static, type local
				bytes.put(HEADER, new byte[] { AF_INET6, 16, 0, 0, -1, 4, 0, 2, 0, 0, 0, 0 });
				int at = HEADER + 12;
				bytes.putShort(at, (short) 20).putShort(at + 2, RTA_DST).put(at + 4, Family.IPV6.group().getAddress());
				bytes.putShort(at + 20, (short) 8).putShort(at + 22, RTA_OIF).putInt(at + 24, LOOPBACK);
				request(syscalls, netlink, memory, RTM_NEWROUTE, at + 28);
			}
			// a JVM has IPv6 if there is an address of it when it starts
			try (ForkedJvm jvm = ForkedJvm.start(Checks.class)) {
				int exit = jvm.awaitExit();
				jvm.lines().forEach(System.out::println);
				System.exit(exit);
			}
		}

		private static void request(Syscalls syscalls, OwnedFd netlink, NativeMemory memory, short type, int length) {
			memory.bytes().putInt(0, length).putShort(4, type).putShort(6, REQUEST_CREATE_ACK);
			int number = netlink.acquire();
			try {
				assertThat(syscalls.send(number, memory.address(), length, 0)).isEqualTo(length);
				assertThat(syscalls.recv(number, memory.address(), 4096, 0)).isPositive();
				assertThat(memory.bytes().getInt(HEADER)).as("errno of %s", type).isZero();
			}
			finally {
				netlink.release();
			}
		}

	}

	/** Runs in that network. */
	static final class Checks {

		private static final List<Check> CHECKS = List.of(MulticastChannelTests::joinReceivesUntilDropped,
				MulticastChannelTests::blockedSourceIsNotReceivedUntilUnblocked,
				MulticastChannelTests::joinWhenSourceIsNamedReceivesFromItAlone,
				MulticastChannelTests::sendGoesByTheInterfaceThatIsSet);

		private Checks() {
		}

		public static void main(String[] arguments) throws Exception {
			for (Maker maker : Maker.values()) {
				for (Check check : CHECKS) {
					run(maker, check);
				}
				if (maker != Maker.JDK) { // which does not ask the kernel for it with
											// IPv6
					run(maker, MulticastChannelTests::membershipOfAnotherChannelIsNotOurs);
				}
				System.out.println(maker + " is right");
			}
		}

		private static void run(Maker maker, Check check) throws Exception {
			MulticastChannelTests tests = new MulticastChannelTests(maker);
			tests.engine.beforeEach(null);
			check.of(tests, Family.IPV6);
			tests.everyOperationHasCompletedOnce();
			tests.engine.afterEach(null);
		}

		private interface Check {

			void of(MulticastChannelTests tests, Family family) throws Exception;

		}

	}

}
