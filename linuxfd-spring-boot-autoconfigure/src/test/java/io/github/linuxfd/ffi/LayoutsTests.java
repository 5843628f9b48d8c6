package io.github.linuxfd.ffi;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.linuxfd.epoll.EpollFlag;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.eventfd.EventfdFlag;
import io.github.linuxfd.fanotify.FanotifyClass;
import io.github.linuxfd.fanotify.FanotifyEventFlag;
import io.github.linuxfd.fanotify.FanotifyFileFlag;
import io.github.linuxfd.fanotify.FanotifyInitFlag;
import io.github.linuxfd.fanotify.FanotifyMark;
import io.github.linuxfd.fanotify.FanotifyMarkFlag;
import io.github.linuxfd.fanotify.FanotifyResponse;
import io.github.linuxfd.flags.Flag;
import io.github.linuxfd.inotify.InotifyEventFlag;
import io.github.linuxfd.inotify.InotifyWatchFlag;
import io.github.linuxfd.mount.FsconfigCommand;
import io.github.linuxfd.mount.MountAttribute;
import io.github.linuxfd.mount.MountFlag;
import io.github.linuxfd.mount.OpenTreeFlag;
import io.github.linuxfd.mount.UmountFlag;
import io.github.linuxfd.namespace.CloneFlag;
import io.github.linuxfd.pipe.PipeFlag;
import io.github.linuxfd.pipe.SpliceFlag;
import io.github.linuxfd.pipe.Splicer;
import io.github.linuxfd.seccomp.SeccompAction;
import io.github.linuxfd.seccomp.SeccompArchitecture;
import io.github.linuxfd.seccomp.SeccompComparator;
import io.github.linuxfd.signalfd.Signal;
import io.github.linuxfd.testsupport.EnabledIfCompiler;
import io.github.linuxfd.testsupport.Shell;
import io.github.linuxfd.timerfd.TimerfdClock;
import io.github.linuxfd.uring.IoUringFeature;
import io.github.linuxfd.uring.IoUringOperation;
import io.github.linuxfd.uring.IoUringSetupFlag;
import io.github.linuxfd.uring.SubmissionQueueEntry;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds every layout, number and constant against the headers of the C library, by
 * compiling a file of assertions.
 *
 * @author linuxfd
 */
@Timeout(120)
class LayoutsTests {

	private static final String INCLUDES = """
			#define _GNU_SOURCE
			#include <errno.h>
			#include <fcntl.h>
			#include <linux/nsfs.h>
			#include <limits.h>
			#include <poll.h>
			#include <sched.h>
			#include <signal.h>
			#include <stddef.h>
			#include <sys/epoll.h>
			#include <sys/eventfd.h>
			#include <sys/inotify.h>
			#include <sys/ioctl.h>
			#include <sys/mman.h>
			#include <sys/mount.h>
			#include <sys/signalfd.h>
			#include <sys/syscall.h>
			#include <sys/timerfd.h>
			#include <sys/uio.h>
			#include <sys/wait.h>
			#include <time.h>
			#include <ucontext.h>
			""";

	/**
	 * Apart, because the kernel's headers do not go with the library's; with what older
	 * ones lack.
	 */
	private static final String PIDFD_INCLUDES = """
			#include <linux/ioctl.h>
			#include <linux/pidfd.h>
			#include <stddef.h>
			#ifndef PIDFD_GET_INFO
			struct pidfd_info {
				__u64 mask, cgroupid;
				__u32 pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
				__s32 exit_code;
			};
			#define PIDFD_INFO_SIZE_VER0 sizeof(struct pidfd_info)
			#define PIDFD_INFO_EXIT (1UL << 3)
			#endif
			#ifndef PIDFD_INFO_EXIT
			#define PIDFD_INFO_EXIT (1UL << 3)
			#define exit_code spare0
			#endif
			""";

	/** The library's own header is there where its development files are. */
	private static final String SECCOMP_INCLUDES = """
			#include <linux/seccomp.h>
			#include <stddef.h>
			#include <sys/ioctl.h>
			#include <sys/syscall.h>
			#if __has_include(<seccomp.h>)
			#include <seccomp.h>
			#else
			#include <linux/audit.h>
			enum scmp_compare { SCMP_CMP_NE = 1, SCMP_CMP_LT, SCMP_CMP_LE, SCMP_CMP_EQ, SCMP_CMP_GE, SCMP_CMP_GT,
				SCMP_CMP_MASKED_EQ };
			struct scmp_arg_cmp { unsigned int arg; enum scmp_compare op; __u64 datum_a; __u64 datum_b; };
			#define SCMP_ARCH_X86 AUDIT_ARCH_I386
			#define SCMP_ARCH_X86_64 AUDIT_ARCH_X86_64
			#define SCMP_ARCH_X32 (62|__AUDIT_ARCH_LE)
			#define SCMP_ARCH_ARM AUDIT_ARCH_ARM
			#define SCMP_ARCH_AARCH64 AUDIT_ARCH_AARCH64
			#endif
			""";

	/** With what older headers lack. */
	private static final String FANOTIFY_INCLUDES = """
			#define _GNU_SOURCE
			#include <fcntl.h>
			#include <stddef.h>
			#include <sys/fanotify.h>
			#include <sys/vfs.h>
			#ifndef FAN_PRE_ACCESS
			#define FAN_PRE_ACCESS 0x00100000
			#endif
			#ifndef FAN_EVENT_INFO_TYPE_RANGE
			#define FAN_EVENT_INFO_TYPE_RANGE 6
			struct fanotify_event_info_range {
				struct fanotify_event_info_header hdr;
				__u32 pad;
				__u64 offset;
				__u64 count;
			};
			#endif
			#ifndef FAN_REPORT_FD_ERROR
			#define FAN_REPORT_FD_ERROR 0x00002000
			#endif
			#ifndef FAN_REPORT_MNT
			#define FAN_REPORT_MNT 0x00004000
			#define FAN_MNT_ATTACH 0x01000000
			#define FAN_MNT_DETACH 0x02000000
			#define FAN_MARK_MNTNS 0x00000110
			#define FAN_EVENT_INFO_TYPE_MNT 7
			struct fanotify_event_info_mnt {
				struct fanotify_event_info_header hdr;
				__u64 mnt_id;
			};
			#endif
			""";

	/** With what older headers lack. */
	private static final String AIO_INCLUDES = """
			#define _GNU_SOURCE
			#include <errno.h>
			#include <fcntl.h>
			#include <linux/aio_abi.h>
			#include <linux/io_uring.h>
			#include <netinet/in.h>
			#include <netinet/tcp.h>
			#include <poll.h>
			#include <stddef.h>
			#include <sys/epoll.h>
			#include <sys/mman.h>
			#include <sys/socket.h>
			#include <sys/syscall.h>
			#include <sys/un.h>
			#include <unistd.h>
			#ifndef IORING_FEAT_REG_REG_RING
			#define IORING_FEAT_REG_REG_RING (1U << 13)
			#endif
			#ifndef IORING_SETUP_DEFER_TASKRUN
			#define IORING_SETUP_SINGLE_ISSUER (1U << 12)
			#define IORING_SETUP_DEFER_TASKRUN (1U << 13)
			#endif
			#ifndef IORING_RECV_MULTISHOT
			#define IORING_RECV_MULTISHOT (1U << 1)
			#endif
			""";

	@TempDir
	private Path directory;

	@Test
	@EnabledIfCompiler("gcc")
	void layoutsAreThoseOfTheCompilerOnX86() throws Exception {
		assertThat(compile("gcc", asserts(Architecture.X86_64)).output()).isEmpty();
	}

	@Test
	@EnabledIfCompiler("aarch64-linux-gnu-gcc")
	void layoutsAreThoseOfTheCompilerOnAarch64() throws Exception {
		assertThat(compile("aarch64-linux-gnu-gcc", asserts(Architecture.AARCH64)).output()).isEmpty();
	}

	@Test
	@EnabledIfCompiler({ "gcc", "aarch64-linux-gnu-gcc" })
	void layoutsWhenOfTheOtherArchitectureAreReported() throws Exception {
		assertThat(compile("gcc", asserts(Architecture.AARCH64)).output()).contains("sizeof(struct epoll_event) == 16")
			.contains("offsetof(ucontext_t, uc_sigmask) == 40")
			.contains("SYS_rt_sigqueueinfo == 138");
		assertThat(compile("aarch64-linux-gnu-gcc", asserts(Architecture.X86_64)).output())
			.contains("sizeof(struct epoll_event) == 12")
			.contains("SYS_gettid == 186");
	}

	@Test
	@EnabledIfCompiler("gcc")
	void assertionWhenWrongIsReported() throws Exception {
		List<String> asserts = new ArrayList<>();
		equal(asserts, "IN_CLOSE_WRITE", 9);
		Shell.Result result = compile("gcc", asserts);
		assertThat(result.status()).isNotZero();
		assertThat(result.output()).contains("IN_CLOSE_WRITE == 9");
	}

	@Test
	@EnabledIfCompiler("gcc")
	void layoutOfPidfdInfoIsThatOfTheKernelsHeader() throws Exception {
		List<String> asserts = new ArrayList<>();
		struct(asserts, "struct pidfd_info", Layouts.PidfdInfo.class, "", Map.of());
		// the struct grows, and its first version is accepted for ever
		asserts.replaceAll((line) -> line.replace("sizeof(struct pidfd_info)", "PIDFD_INFO_SIZE_VER0"));
		constants(asserts, "io.github.linuxfd.pidfd.Pidfd", "PIDFD_INFO_EXIT");
		equal(asserts, "_IOWR(0xFF, 11, char[PIDFD_INFO_SIZE_VER0])",
				constant("io.github.linuxfd.pidfd.Pidfd", "PIDFD_GET_INFO"));
		assertThat(compile("gcc", PIDFD_INCLUDES, asserts).output()).isEmpty();
	}

	@Test
	@EnabledIfCompiler({ "gcc", "aarch64-linux-gnu-gcc" })
	void layoutsOfSeccompAreThoseOfTheHeaders() throws Exception {
		assertThat(compile("gcc", SECCOMP_INCLUDES, seccompAsserts(Architecture.X86_64)).output()).isEmpty();
		assertThat(compile("aarch64-linux-gnu-gcc", SECCOMP_INCLUDES, seccompAsserts(Architecture.AARCH64)).output())
			.isEmpty();
		assertThat(compile("gcc", SECCOMP_INCLUDES, seccompAsserts(Architecture.AARCH64)).output())
			.contains("SYS_seccomp == 277");
	}

	private static List<String> seccompAsserts(Architecture architecture) throws Exception {
		List<String> asserts = new ArrayList<>();
		equal(asserts, "SYS_seccomp", architecture.seccompNumber());
		struct(asserts, "struct scmp_arg_cmp", Layouts.ScmpArgCmp.class, "", Map.of());
		struct(asserts, "struct seccomp_notif_sizes", Layouts.SeccompNotifSizes.class, "", Map.of());
		struct(asserts, "struct seccomp_notif", Layouts.SeccompNotif.class, "", Map.of("NR", "data.nr", "ARCH",
				"data.arch", "INSTRUCTION_POINTER", "data.instruction_pointer", "ARGS", "data.args"));
		struct(asserts, "struct seccomp_notif_resp", Layouts.SeccompNotifResp.class, "", Map.of());
		constants(asserts, "io.github.linuxfd.seccomp.SeccompNotifications", "SECCOMP_GET_NOTIF_SIZES",
				"SECCOMP_IOCTL_NOTIF_RECV", "SECCOMP_IOCTL_NOTIF_SEND", "SECCOMP_IOCTL_NOTIF_ID_VALID",
				"SECCOMP_USER_NOTIF_FLAG_CONTINUE");
		for (SeccompArchitecture each : SeccompArchitecture.values()) {
			equal(asserts, "(int) SCMP_ARCH_" + each, each.token());
		}
		for (SeccompComparator comparator : SeccompComparator.values()) {
			equal(asserts, "SCMP_CMP_" + comparator, comparator.ordinal() + 1);
		}
		Map<String, String> names = Map.of("NOTIFY", "USER_NOTIF");
		for (SeccompAction.Kind kind : SeccompAction.Kind.values()) {
			int data = (kind == SeccompAction.Kind.ERRNO) ? 1 : 0;
			equal(asserts, "(int) (SECCOMP_RET_" + names.getOrDefault(kind.name(), kind.name()) + " + " + data + ")",
					kernelValue(new SeccompAction(kind, data)));
		}
		return asserts;
	}

	private static int kernelValue(SeccompAction action) throws Exception {
		java.lang.reflect.Method bits = SeccompAction.class.getDeclaredMethod("bits");
		bits.setAccessible(true);
		return (int) bits.invoke(action);
	}

	@Test
	@EnabledIfCompiler("gcc")
	void layoutsOfFanotifyAreThoseOfTheHeadersOnX86() throws Exception {
		assertThat(compile("gcc", FANOTIFY_INCLUDES, fanotifyAsserts()).output()).isEmpty();
	}

	@Test
	@EnabledIfCompiler("aarch64-linux-gnu-gcc")
	void layoutsOfFanotifyAreThoseOfTheHeadersOnAarch64() throws Exception {
		assertThat(compile("aarch64-linux-gnu-gcc", FANOTIFY_INCLUDES, fanotifyAsserts()).output()).isEmpty();
	}

	private static List<String> fanotifyAsserts() throws Exception {
		List<String> asserts = new ArrayList<>();
		struct(asserts, "struct fanotify_event_metadata", Layouts.FanotifyEventMetadata.class, "", Map.of());
		struct(asserts, "struct fanotify_event_info_header", Layouts.FanotifyEventInfoHeader.class, "", Map.of());
		struct(asserts, "struct fanotify_event_info_fid", Layouts.FanotifyEventInfoFid.class, "", Map.of());
		struct(asserts, "struct fanotify_event_info_pidfd", Layouts.FanotifyEventInfoPidfd.class, "", Map.of());
		struct(asserts, "struct fanotify_event_info_error", Layouts.FanotifyEventInfoError.class, "", Map.of());
		struct(asserts, "struct fanotify_event_info_range", Layouts.FanotifyEventInfoRange.class, "", Map.of());
		struct(asserts, "struct fanotify_event_info_mnt", Layouts.FanotifyEventInfoMnt.class, "", Map.of());
		struct(asserts, "struct fanotify_response", Layouts.FanotifyResponse.class, "", Map.of());
		struct(asserts, "struct file_handle", Layouts.FileHandle.class, "", Map.of());
		struct(asserts, "struct statfs", Layouts.Statfs.class, "f_", Map.of());
		flags(asserts, "FAN_", FanotifyEventFlag.values());
		flags(asserts, "FAN_", FanotifyInitFlag.values());
		flags(asserts, "FAN_MARK_", FanotifyMarkFlag.values());
		flags(asserts, "O_", FanotifyFileFlag.values());
		for (FanotifyClass type : FanotifyClass.values()) {
			equal(asserts, "FAN_CLASS_" + type, type.value());
		}
		for (FanotifyMark mark : FanotifyMark.values()) {
			equal(asserts, "FAN_MARK_" + mark, mark.value());
		}
		equal(asserts, "FAN_ALLOW", FanotifyResponse.ALLOW.value());
		equal(asserts, "FAN_DENY", FanotifyResponse.DENY.value());
		equal(asserts, "FAN_ALLOW | FAN_AUDIT", FanotifyResponse.ALLOW_AUDIT.value());
		equal(asserts, "FAN_DENY | FAN_AUDIT", FanotifyResponse.DENY_AUDIT.value());
		constants(asserts, "io.github.linuxfd.fanotify.FanotifyFactory", "FAN_CLOEXEC", "FAN_NONBLOCK");
		constants(asserts, "io.github.linuxfd.kernel.KernelSupport", "FAN_CLOEXEC", "FAN_CLASS_CONTENT",
				"FAN_REPORT_FID");
		constants(asserts, "io.github.linuxfd.fanotify.Fanotify", "FAN_MARK_ADD", "FAN_MARK_REMOVE", "FAN_MARK_FLUSH");
		constants(asserts, "io.github.linuxfd.fanotify.FanotifyDecoder", "FANOTIFY_METADATA_VERSION",
				"FAN_EVENT_INFO_TYPE_FID", "FAN_EVENT_INFO_TYPE_DFID_NAME", "FAN_EVENT_INFO_TYPE_DFID",
				"FAN_EVENT_INFO_TYPE_PIDFD", "FAN_EVENT_INFO_TYPE_ERROR", "FAN_EVENT_INFO_TYPE_RANGE",
				"FAN_EVENT_INFO_TYPE_MNT", "FAN_EVENT_INFO_TYPE_OLD_DFID_NAME", "FAN_EVENT_INFO_TYPE_NEW_DFID_NAME",
				"FAN_NOFD");
		constants(asserts, "io.github.linuxfd.fanotify.FileHandles", "O_PATH");
		constants(asserts, "io.github.linuxfd.fanotify.Mounts", "O_PATH");
		equal(asserts, "MAX_HANDLE_SZ", constant("io.github.linuxfd.fanotify.FileHandle", "MAX_BYTES"));
		constants(asserts, "io.github.linuxfd.ffi.JffiSyscalls", "AT_FDCWD");
		return asserts;
	}

	@Test
	@EnabledIfCompiler({ "gcc", "aarch64-linux-gnu-gcc" })
	void layoutsOfAsynchronousIoAreThoseOfTheHeaders() throws Exception {
		assertThat(compile("gcc", AIO_INCLUDES, aioAsserts(Architecture.X86_64)).output()).isEmpty();
		assertThat(compile("aarch64-linux-gnu-gcc", AIO_INCLUDES, aioAsserts(Architecture.AARCH64)).output()).isEmpty();
		assertThat(compile("gcc", AIO_INCLUDES, aioAsserts(Architecture.AARCH64)).output())
			.contains("SYS_io_getevents == 4")
			.contains("O_NOFOLLOW == 32768");
	}

	private static List<String> aioAsserts(Architecture architecture) throws Exception {
		List<String> asserts = new ArrayList<>();
		equal(asserts, "SYS_io_setup", architecture.ioSetupNumber());
		equal(asserts, "SYS_io_destroy", architecture.ioDestroyNumber());
		equal(asserts, "SYS_io_getevents", architecture.ioGeteventsNumber());
		equal(asserts, "SYS_io_submit", architecture.ioSubmitNumber());
		equal(asserts, "SYS_io_cancel", architecture.ioCancelNumber());
		equal(asserts, "O_DIRECT", architecture.directFlag());
		equal(asserts, "O_NOFOLLOW", architecture.noFollowFlag());
		for (String name : List.of("SETUP", "ENTER", "REGISTER")) {
			equal(asserts, "SYS_io_uring_" + name.toLowerCase(Locale.ROOT),
					constant("io.github.linuxfd.ffi.JffiSyscalls", "SYS_IO_URING_" + name));
		}
		equal(asserts, "MAP_SHARED | MAP_POPULATE",
				constant("io.github.linuxfd.ffi.JffiSyscalls", "MAP_SHARED_POPULATE"));
		struct(asserts, "struct iocb", Layouts.Iocb.class, "aio_", Map.of());
		struct(asserts, "struct io_event", Layouts.IoEvent.class, "", Map.of());
		struct(asserts, "struct io_uring_params", Layouts.IoUringParams.class, "", Map.of());
		struct(asserts, "struct io_sqring_offsets", Layouts.IoSqringOffsets.class, "", Map.of());
		struct(asserts, "struct io_cqring_offsets", Layouts.IoCqringOffsets.class, "", Map.of());
		struct(asserts, "struct io_uring_sqe", Layouts.IoUringSqe.class, "", Map.of());
		struct(asserts, "struct io_uring_cqe", Layouts.IoUringCqe.class, "", Map.of());
		struct(asserts, "struct io_uring_buf", Layouts.IoUringBuf.class, "", Map.of());
		struct(asserts, "struct io_uring_buf_reg", Layouts.IoUringBufReg.class, "", Map.of());
		struct(asserts, "struct io_uring_probe", Layouts.IoUringProbe.class, "", Map.of());
		struct(asserts, "struct io_uring_probe_op", Layouts.IoUringProbeOp.class, "", Map.of());
		struct(asserts, "struct msghdr", Layouts.Msghdr.class, "msg_", Map.of());
		struct(asserts, "struct sockaddr_in", Layouts.SockaddrIn.class, "sin_", Map.of());
		struct(asserts, "struct sockaddr_in6", Layouts.SockaddrIn6.class, "sin6_", Map.of());
		struct(asserts, "struct sockaddr_un", Layouts.SockaddrUn.class, "sun_", Map.of());
		struct(asserts, "struct group_req", Layouts.GroupReq.class, "gr_", Map.of());
		struct(asserts, "struct group_source_req", Layouts.GroupSourceReq.class, "gsr_", Map.of());
		struct(asserts, "struct ip_mreqn", Layouts.IpMreqn.class, "imr_", Map.of());
		flags(asserts, "IORING_SETUP_", IoUringSetupFlag.values());
		flags(asserts, "IORING_FEAT_", IoUringFeature.values());
		for (IoUringOperation operation : IoUringOperation.values()) {
			equal(asserts, "IORING_OP_" + operation, operation.opcode());
		}
		constants(asserts, "io.github.linuxfd.uring.IoUring", "IORING_OFF_SQ_RING", "IORING_OFF_SQES",
				"IORING_ENTER_GETEVENTS", "IORING_REGISTER_BUFFERS", "IORING_UNREGISTER_BUFFERS",
				"IORING_REGISTER_FILES", "IORING_UNREGISTER_FILES", "IORING_REGISTER_PROBE", "IO_URING_OP_SUPPORTED");
		equal(asserts, "IORING_SETUP_CQSIZE", constant("io.github.linuxfd.uring.IoUringFactory", "CQSIZE"));
		equal(asserts, "IORING_SQ_CQ_OVERFLOW", constant("io.github.linuxfd.uring.SubmissionQueue", "CQ_OVERFLOW"));
		constants(asserts, "io.github.linuxfd.uring.ProvidedBuffers", "IORING_REGISTER_PBUF_RING",
				"IORING_UNREGISTER_PBUF_RING");
		for (Field field : SubmissionQueueEntry.class.getDeclaredFields()) {
			if (field.getName().startsWith("IO")) {
				constants(asserts, SubmissionQueueEntry.class.getName(), field.getName());
			}
		}
		Class<?> block = Class.forName("io.github.linuxfd.aio.IoControlBlock");
		for (Field field : block.getDeclaredFields()) {
			if (field.getName().startsWith("IOCB_")) {
				constants(asserts, block.getName(), field.getName());
			}
		}
		constants(asserts, "io.github.linuxfd.aio.ByteOperation", "MSG_NOSIGNAL", "MSG_DONTWAIT");
		constants(asserts, "io.github.linuxfd.aio.VectorOperation", "MSG_DONTWAIT");
		constants(asserts, "io.github.linuxfd.aio.MessageOperation", "MSG_TRUNC", "MSG_DONTWAIT");
		constants(asserts, "io.github.linuxfd.aio.SocketAddresses", "AF_UNSPEC", "AF_INET", "AF_INET6");
		constants(asserts, "io.github.linuxfd.aio.SocketOptions", "SOL_SOCKET", "IPPROTO_IP", "IPPROTO_IPV6",
				"IPPROTO_TCP", "IP_MULTICAST_IF", "IP_MULTICAST_TTL", "IP_MULTICAST_LOOP", "IPV6_MULTICAST_IF",
				"IPV6_MULTICAST_HOPS", "IPV6_MULTICAST_LOOP");
		constants(asserts, "io.github.linuxfd.aio.Memberships", "IP_MULTICAST_ALL", "IPV6_MULTICAST_ALL");
		Class<?> requests = Class.forName("io.github.linuxfd.aio.Memberships$Request");
		Field option = requests.getDeclaredField("option");
		option.setAccessible(true);
		for (Object request : requests.getEnumConstants()) {
			equal(asserts, "MCAST_" + request, option.getInt(request));
		}
		constants(asserts, "io.github.linuxfd.aio.AioSocket", "SOCK_STREAM", "SOCK_DGRAM", "IPV6_V6ONLY", "SHUT_RDWR");
		constants(asserts, "io.github.linuxfd.aio.AioFile", "SEEK_END");
		constants(asserts, "io.github.linuxfd.aio.AioEngines", "O_WRONLY", "O_RDWR", "O_CREAT", "O_EXCL", "O_TRUNC",
				"O_APPEND", "O_DSYNC", "O_SYNC");
		constants(asserts, "io.github.linuxfd.aio.UringEngine", "POLLIN");
		equal(asserts, "SOCK_CLOEXEC", Syscalls.CLOEXEC);
		equal(asserts, "SOCK_NONBLOCK", Syscalls.NONBLOCK);
		return asserts;
	}

	@Test
	void architectureIsFoundByEveryNameOfIt() {
		assertThat(Architecture.of("amd64")).hasValue(Architecture.X86_64);
		assertThat(Architecture.of("x86_64")).hasValue(Architecture.X86_64);
		assertThat(Architecture.of("AARCH64")).hasValue(Architecture.AARCH64);
		assertThat(Architecture.of("riscv64")).isEmpty();
	}

	private static List<String> asserts(Architecture architecture) throws Exception {
		List<String> asserts = new ArrayList<>();
		equal(asserts, "sizeof(struct epoll_event)", architecture.epollEventBytes());
		equal(asserts, "offsetof(struct epoll_event, events)", 0);
		equal(asserts, "offsetof(struct epoll_event, data)", architecture.epollEventDataOffset());
		equal(asserts, "offsetof(ucontext_t, uc_sigmask)", architecture.ucontextSigmaskOffset());
		equal(asserts, "SYS_gettid", architecture.gettidNumber());
		equal(asserts, "SYS_rt_sigqueueinfo", architecture.rtSigqueueinfoNumber());
		equal(asserts, "SYS_rt_tgsigqueueinfo", architecture.rtTgsigqueueinfoNumber());
		equal(asserts, "SYS_tgkill", architecture.tgkillNumber());
		struct(asserts, "siginfo_t", Layouts.Siginfo.class, "si_", Map.of());
		struct(asserts, "struct inotify_event", Layouts.InotifyEvent.class, "", Map.of());
		struct(asserts, "struct signalfd_siginfo", Layouts.SignalfdSiginfo.class, "ssi_", Map.of());
		struct(asserts, "struct itimerspec", Layouts.Itimerspec.class, "",
				Map.of("INTERVAL_SEC", "it_interval.tv_sec", "INTERVAL_NSEC", "it_interval.tv_nsec", "VALUE_SEC",
						"it_value.tv_sec", "VALUE_NSEC", "it_value.tv_nsec"));
		struct(asserts, "struct timespec", Layouts.Timespec.class, "tv_", Map.of());
		struct(asserts, "struct pollfd", Layouts.Pollfd.class, "", Map.of());
		struct(asserts, "struct flock", Layouts.Flock.class, "l_", Map.of());
		struct(asserts, "struct sigaction", Layouts.Sigaction.class, "sa_", Map.of("HANDLER", "sa_sigaction"));
		struct(asserts, "sigset_t", Layouts.Sigset.class, "", Map.of());
		struct(asserts, "siginfo_t", Layouts.Siginfo.class, "si_", Map.of());
		for (String name : List.of("O_CLOEXEC", "IN_CLOEXEC", "EFD_CLOEXEC", "TFD_CLOEXEC", "SFD_CLOEXEC",
				"EPOLL_CLOEXEC")) {
			equal(asserts, name, Syscalls.CLOEXEC);
		}
		for (String name : List.of("O_NONBLOCK", "IN_NONBLOCK", "EFD_NONBLOCK", "TFD_NONBLOCK", "SFD_NONBLOCK")) {
			equal(asserts, name, Syscalls.NONBLOCK);
		}
		flags(asserts, "IN_", InotifyEventFlag.values());
		flags(asserts, "IN_", InotifyWatchFlag.values());
		flags(asserts, "EPOLL", EpollFlag.values());
		flags(asserts, "EFD_", EventfdFlag.values());
		for (TimerfdClock clock : TimerfdClock.values()) {
			equal(asserts, "CLOCK_" + clock, clock.id());
		}
		for (int number = 1; number < 200; number++) {
			String name = new Errno(number).name();
			if (name.startsWith("E")) {
				equal(asserts, name, number);
			}
		}
		for (int number = 1; number < 32; number++) {
			equal(asserts, "SIG" + new Signal(number).name(), number);
		}
		constants(asserts, "io.github.linuxfd.inotify.FileLease", "F_SETSIG", "F_SETLEASE", "F_RDLCK", "F_UNLCK",
				"SIGURG");
		constants(asserts, "io.github.linuxfd.signalfd.Disposition", "SA_SIGINFO", "SA_ONSTACK", "SA_RESTART");
		constants(asserts, "io.github.linuxfd.signalfd.HandlerPage", "PROT_READ", "PROT_WRITE", "PROT_EXEC");
		constants(asserts, "io.github.linuxfd.signalfd.Signals", "SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK");
		constants(asserts, "io.github.linuxfd.signalfd.ThreadMasks", "SI_QUEUE");
		equal(asserts, "TFD_TIMER_ABSTIME", constant("io.github.linuxfd.timerfd.Timerfd", "ABSTIME"));
		equal(asserts, "TFD_TIMER_CANCEL_ON_SET", constant("io.github.linuxfd.timerfd.Timerfd", "CANCEL_ON_SET"));
		equal(asserts, "EPOLL_CTL_ADD", constant("io.github.linuxfd.epoll.Epoll", "ADD"));
		equal(asserts, "EPOLL_CTL_MOD", constant("io.github.linuxfd.epoll.Epoll", "MODIFY"));
		equal(asserts, "EPOLL_CTL_DEL", constant("io.github.linuxfd.epoll.Epoll", "DELETE"));
		equal(asserts, "POLLIN", constant("io.github.linuxfd.fd.EventDescriptor", "POLLIN"));
		equal(asserts, "MAP_PRIVATE | MAP_ANONYMOUS",
				constant("io.github.linuxfd.ffi.JffiSyscalls", "MAP_PRIVATE_ANONYMOUS"));
		equal(asserts, "SYS_pidfd_open", constant("io.github.linuxfd.ffi.JffiSyscalls", "SYS_PIDFD_OPEN"));
		equal(asserts, "SYS_pidfd_send_signal",
				constant("io.github.linuxfd.ffi.JffiSyscalls", "SYS_PIDFD_SEND_SIGNAL"));
		constants(asserts, "io.github.linuxfd.pidfd.Pidfd", "POLLIN", "P_PIDFD", "WNOHANG", "WEXITED", "WNOWAIT",
				"CLD_EXITED", "CLD_DUMPED", "SI_QUEUE");
		equal(asserts, "SYS_getpid", architecture.getpidNumber());
		equal(asserts, "SYS_getppid", architecture.getppidNumber());
		equal(asserts, "SYS_pivot_root", architecture.pivotRootNumber());
		for (String name : List.of("OPEN_TREE", "MOVE_MOUNT", "FSOPEN", "FSCONFIG", "FSMOUNT", "MOUNT_SETATTR")) {
			equal(asserts, "SYS_" + name.toLowerCase(Locale.ROOT),
					constant("io.github.linuxfd.ffi.JffiSyscalls", "SYS_" + name));
		}
		constants(asserts, "io.github.linuxfd.ffi.JffiSyscalls", "AT_FDCWD", "AT_EMPTY_PATH",
				"MOVE_MOUNT_F_EMPTY_PATH");
		constants(asserts, "io.github.linuxfd.mount.Mounts", "AT_RECURSIVE", "FSOPEN_CLOEXEC", "FSMOUNT_CLOEXEC");
		flags(asserts, "", OpenTreeFlag.values());
		for (FsconfigCommand command : FsconfigCommand.values()) {
			equal(asserts, "FSCONFIG_" + command, command.number());
		}
		constants(asserts, "io.github.linuxfd.kernel.KernelSupport", "O_RDWR", "FSOPEN_CLOEXEC", "CLONE_NEWUTS");
		constants(asserts, "io.github.linuxfd.mount.MountedFileSystem", "O_PATH");
		constants(asserts, "io.github.linuxfd.namespace.Namespaces", "MS_REC", "MS_PRIVATE");
		constants(asserts, "io.github.linuxfd.namespace.NamespaceFd", "NS_GET_NSTYPE");
		struct(asserts, "struct mount_attr", Layouts.MountAttr.class, "", Map.of());
		flags(asserts, "MS_", MountFlag.values());
		flags(asserts, "", UmountFlag.values());
		flags(asserts, "MOUNT_ATTR_", MountAttribute.values());
		flags(asserts, "CLONE_", CloneFlag.values());
		struct(asserts, "struct iovec", Layouts.Iovec.class, "iov_", Map.of());
		flags(asserts, "SPLICE_F_", SpliceFlag.values());
		equal(asserts, "O_NONBLOCK", PipeFlag.NONBLOCK.bit());
		equal(asserts, "O_DIRECT", architecture.directFlag());
		equal(asserts, "IOV_MAX", Splicer.MAX_PARTS);
		constants(asserts, "io.github.linuxfd.pipe.Pipe", "F_SETPIPE_SZ", "F_GETPIPE_SZ", "FIONREAD");
		constants(asserts, "io.github.linuxfd.pipe.TransferEnd", "O_RDONLY", "O_WRONLY", "O_TRUNC", "O_APPEND");
		constants(asserts, "io.github.linuxfd.pipe.Transfer", "POLLIN", "POLLOUT");
		equal(asserts, "(PROT_READ | PROT_WRITE)", constant("io.github.linuxfd.pipe.SharedPages", "PROT_READ_WRITE"));
		constants(asserts, "io.github.linuxfd.fd.LentSocket", "F_GETFL", "F_SETFL", "F_DUPFD_CLOEXEC");
		return asserts;
	}

	private static void constants(List<String> asserts, String type, String... names) throws Exception {
		for (String name : names) {
			equal(asserts, name, constant(type, name));
		}
	}

	private static long constant(String type, String name) throws Exception {
		Field field = Class.forName(type).getDeclaredField(name);
		field.setAccessible(true);
		return ((Number) field.get(null)).longValue();
	}

	private static void struct(List<String> asserts, String struct, Class<?> layout, String prefix,
			Map<String, String> names) throws Exception {
		for (Field field : layout.getFields()) {
			String member = names.getOrDefault(field.getName(), prefix + field.getName().toLowerCase(Locale.ROOT));
			equal(asserts, field.getName().equals("BYTES") ? "sizeof(" + struct + ")"
					: "offsetof(" + struct + ", " + member + ")", field.getInt(null));
		}
	}

	private static void flags(List<String> asserts, String prefix, Flag[] flags) {
		for (Flag flag : flags) {
			equal(asserts, "(unsigned) " + prefix + flag.name(), flag.bit());
		}
	}

	private static void equal(List<String> asserts, String expression, long value) {
		String assertion = (expression.contains(" | ") ? "(" + expression + ")" : expression) + " == " + value;
		asserts.add("_Static_assert(" + assertion + ", \"" + assertion + "\");");
	}

	private Shell.Result compile(String compiler, List<String> asserts) throws IOException {
		return compile(compiler, INCLUDES, asserts);
	}

	private Shell.Result compile(String compiler, String includes, List<String> asserts) throws IOException {
		Path source = Files.writeString(this.directory.resolve("layouts.c"),
				includes + String.join("\n", asserts) + "\n");
		return Shell.run(List.of(compiler, "-fsyntax-only", "-Wall", source.toString()));
	}

}
