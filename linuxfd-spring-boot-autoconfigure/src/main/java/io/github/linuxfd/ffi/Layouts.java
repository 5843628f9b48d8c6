package io.github.linuxfd.ffi;

/**
 * Layouts of the structs that are the same on every architecture. Sizes and offsets are
 * in bytes. A test holds them against the C compiler's.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class Layouts {

	private Layouts() {
	}

	/**
	 * {@code struct inotify_event}.
	 */
	public static final class InotifyEvent {

		/** Size without the name. */
		public static final int BYTES = 16;

		/** The watch descriptor. */
		public static final int WD = 0;

		/** The event bits. */
		public static final int MASK = 4;

		/** The rename cookie. */
		public static final int COOKIE = 8;

		/** The size of the name with its padding. */
		public static final int LEN = 12;

		/** The name, padded with NUL. */
		public static final int NAME = 16;

		private InotifyEvent() {
		}

	}

	/**
	 * {@code struct signalfd_siginfo}.
	 */
	public static final class SignalfdSiginfo {

		/** Size. */
		public static final int BYTES = 128;

		/** Signal number. */
		public static final int SIGNO = 0;

		/** Error number. */
		public static final int ERRNO = 4;

		/** Signal code. */
		public static final int CODE = 8;

		/** Sender's process id. */
		public static final int PID = 12;

		/** Sender's user id. */
		public static final int UID = 16;

		/** Descriptor (SIGIO). */
		public static final int FD = 20;

		/** Timer id. */
		public static final int TID = 24;

		/** Band event (SIGIO). */
		public static final int BAND = 28;

		/** Timer overrun count. */
		public static final int OVERRUN = 32;

		/** Trap number. */
		public static final int TRAPNO = 36;

		/** Exit status or signal (SIGCHLD). */
		public static final int STATUS = 40;

		/** Integer sent by sigqueue(3). */
		public static final int INT = 44;

		/** Pointer sent by sigqueue(3). */
		public static final int PTR = 48;

		/** User CPU time (SIGCHLD). */
		public static final int UTIME = 56;

		/** System CPU time (SIGCHLD). */
		public static final int STIME = 64;

		/** Address that caused the fault. */
		public static final int ADDR = 72;

		/** Least significant bit of the address (SIGBUS). */
		public static final int ADDR_LSB = 80;

		/** System call number (SIGSYS). */
		public static final int SYSCALL = 84;

		/** Address of the system call (SIGSYS). */
		public static final int CALL_ADDR = 88;

		/** Architecture of the system call (SIGSYS). */
		public static final int ARCH = 96;

		private SignalfdSiginfo() {
		}

	}

	/**
	 * {@code struct itimerspec}.
	 */
	public static final class Itimerspec {

		/** Size. */
		public static final int BYTES = 32;

		/** Seconds of the interval. */
		public static final int INTERVAL_SEC = 0;

		/** Nanoseconds of the interval. */
		public static final int INTERVAL_NSEC = 8;

		/** Seconds of the value. */
		public static final int VALUE_SEC = 16;

		/** Nanoseconds of the value. */
		public static final int VALUE_NSEC = 24;

		private Itimerspec() {
		}

	}

	/**
	 * {@code struct timespec}.
	 */
	public static final class Timespec {

		/** Size. */
		public static final int BYTES = 16;

		/** Seconds. */
		public static final int SEC = 0;

		/** Nanoseconds. */
		public static final int NSEC = 8;

		private Timespec() {
		}

	}

	/**
	 * {@code struct pollfd}.
	 */
	public static final class Pollfd {

		/** Size. */
		public static final int BYTES = 8;

		/** Descriptor. */
		public static final int FD = 0;

		/** Events asked for. */
		public static final int EVENTS = 4;

		/** Events that came. */
		public static final int REVENTS = 6;

		private Pollfd() {
		}

	}

	/**
	 * The C library's {@code struct sigaction}, which is not the kernel's.
	 */
	public static final class Sigaction {

		/** Size. */
		public static final int BYTES = 152;

		/** Handler's address. */
		public static final int HANDLER = 0;

		/** Signals blocked while the handler runs. */
		public static final int MASK = 8;

		/** Flags. */
		public static final int FLAGS = 136;

		private Sigaction() {
		}

	}

	/**
	 * The C library's {@code sigset_t}. Bit {@code n - 1} is signal {@code n}; the kernel
	 * knows the first eight bytes only.
	 */
	public static final class Sigset {

		/** Size. */
		public static final int BYTES = 128;

		private Sigset() {
		}

	}

	/**
	 * {@code siginfo_t}, as far as it tells of a child or is sent with a value.
	 */
	public static final class Siginfo {

		/** Size. */
		public static final int BYTES = 128;

		/** Signal number. */
		public static final int SIGNO = 0;

		/** Signal code. */
		public static final int CODE = 8;

		/** Child's or sender's process id. */
		public static final int PID = 16;

		/** Child's or sender's user id. */
		public static final int UID = 20;

		/** Exit code or signal of a child. */
		public static final int STATUS = 24;

		/** Value sent along, an integer or a pointer. */
		public static final int VALUE = 24;

		private Siginfo() {
		}

	}

	/**
	 * The first version of {@code struct pidfd_info}.
	 */
	public static final class PidfdInfo {

		/** Size. */
		public static final int BYTES = 64;

		/** What is asked for, and what was answered. */
		public static final int MASK = 0;

		/** Wait status of a process that has ended. */
		public static final int EXIT_CODE = 60;

		private PidfdInfo() {
		}

	}

	/**
	 * The first version of {@code struct mount_attr}.
	 */
	public static final class MountAttr {

		/** Size. */
		public static final int BYTES = 32;

		/** Attributes to set. */
		public static final int ATTR_SET = 0;

		/** Attributes to clear. */
		public static final int ATTR_CLR = 8;

		/** Propagation. */
		public static final int PROPAGATION = 16;

		/** User namespace of an idmapped mount. */
		public static final int USERNS_FD = 24;

		private MountAttr() {
		}

	}

	/**
	 * libseccomp's {@code struct scmp_arg_cmp}.
	 */
	public static final class ScmpArgCmp {

		/** Size. */
		public static final int BYTES = 24;

		/** Number of the argument, from 0. */
		public static final int ARG = 0;

		/** How it is compared. */
		public static final int OP = 4;

		/** The value, or the mask. */
		public static final int DATUM_A = 8;

		/** The value behind a mask. */
		public static final int DATUM_B = 16;

		private ScmpArgCmp() {
		}

	}

	/**
	 * {@code struct iovec}.
	 */
	public static final class Iovec {

		/** Size. */
		public static final int BYTES = 16;

		/** Address of the bytes. */
		public static final int BASE = 0;

		/** Number of bytes. */
		public static final int LEN = 8;

		private Iovec() {
		}

	}

	/**
	 * {@code struct seccomp_notif_sizes}.
	 */
	public static final class SeccompNotifSizes {

		/** Size. */
		public static final int BYTES = 6;

		/** Size of the kernel's {@code struct seccomp_notif}. */
		public static final int SECCOMP_NOTIF = 0;

		/** Size of the kernel's {@code struct seccomp_notif_resp}. */
		public static final int SECCOMP_NOTIF_RESP = 2;

		private SeccompNotifSizes() {
		}

	}

	/**
	 * {@code struct seccomp_notif}, which newer kernels may lengthen.
	 */
	public static final class SeccompNotif {

		/** Size. */
		public static final int BYTES = 80;

		/** Number of the notification. */
		public static final int ID = 0;

		/** Id of the thread that waits. */
		public static final int PID = 8;

		/** Number of the system call. */
		public static final int NR = 16;

		/** Token of the architecture by which it is called. */
		public static final int ARCH = 20;

		/** Address of the instruction after the call. */
		public static final int INSTRUCTION_POINTER = 24;

		/** The six arguments. */
		public static final int ARGS = 32;

		private SeccompNotif() {
		}

	}

	/**
	 * {@code struct seccomp_notif_resp}, which newer kernels may lengthen.
	 */
	public static final class SeccompNotifResp {

		/** Size. */
		public static final int BYTES = 24;

		/** Number of the notification. */
		public static final int ID = 0;

		/** What the call returns. */
		public static final int VAL = 8;

		/** The negative error. */
		public static final int ERROR = 16;

		/** Whether the call goes on. */
		public static final int FLAGS = 20;

		private SeccompNotifResp() {
		}

	}

	/**
	 * {@code struct fanotify_event_metadata}.
	 */
	public static final class FanotifyEventMetadata {

		/** Size. */
		public static final int BYTES = 24;

		/** Size of the event with its information records. */
		public static final int EVENT_LEN = 0;

		/** Version of the struct. */
		public static final int VERS = 4;

		/** Size of the struct in this version. */
		public static final int METADATA_LEN = 6;

		/** The event bits. */
		public static final int MASK = 8;

		/** Descriptor of the file. */
		public static final int FD = 16;

		/** Process or thread id. */
		public static final int PID = 20;

		private FanotifyEventMetadata() {
		}

	}

	/**
	 * {@code struct fanotify_event_info_header}.
	 */
	public static final class FanotifyEventInfoHeader {

		/** Size. */
		public static final int BYTES = 4;

		/** Kind of the record. */
		public static final int INFO_TYPE = 0;

		/** Size of the record with this header. */
		public static final int LEN = 2;

		private FanotifyEventInfoHeader() {
		}

	}

	/**
	 * {@code struct fanotify_event_info_fid}, the {@code struct file_handle} of which may
	 * be followed by a name.
	 */
	public static final class FanotifyEventInfoFid {

		/** Size without the handle. */
		public static final int BYTES = 12;

		/** File system. */
		public static final int FSID = 4;

		/** The file's handle. */
		public static final int HANDLE = 12;

		private FanotifyEventInfoFid() {
		}

	}

	/**
	 * {@code struct fanotify_event_info_pidfd}.
	 */
	public static final class FanotifyEventInfoPidfd {

		/** Size. */
		public static final int BYTES = 8;

		/** Descriptor of the process. */
		public static final int PIDFD = 4;

		private FanotifyEventInfoPidfd() {
		}

	}

	/**
	 * {@code struct fanotify_event_info_error}.
	 */
	public static final class FanotifyEventInfoError {

		/** Size. */
		public static final int BYTES = 12;

		/** First error. */
		public static final int ERROR = 4;

		/** Number of errors since. */
		public static final int ERROR_COUNT = 8;

		private FanotifyEventInfoError() {
		}

	}

	/**
	 * {@code struct fanotify_event_info_range}.
	 */
	public static final class FanotifyEventInfoRange {

		/** Size. */
		public static final int BYTES = 24;

		/** Start of the range. */
		public static final int OFFSET = 8;

		/** Size of the range. */
		public static final int COUNT = 16;

		private FanotifyEventInfoRange() {
		}

	}

	/**
	 * {@code struct fanotify_event_info_mnt}.
	 */
	public static final class FanotifyEventInfoMnt {

		/** Size. */
		public static final int BYTES = 16;

		/** Id of the mount. */
		public static final int MNT_ID = 8;

		private FanotifyEventInfoMnt() {
		}

	}

	/**
	 * {@code struct fanotify_response}.
	 */
	public static final class FanotifyResponse {

		/** Size. */
		public static final int BYTES = 8;

		/** Descriptor of the event. */
		public static final int FD = 0;

		/** The answer. */
		public static final int RESPONSE = 4;

		private FanotifyResponse() {
		}

	}

	/**
	 * {@code struct file_handle}.
	 */
	public static final class FileHandle {

		/** Size without the handle. */
		public static final int BYTES = 8;

		/** Size of the handle. */
		public static final int HANDLE_BYTES = 0;

		/** Kind of the handle. */
		public static final int HANDLE_TYPE = 4;

		private FileHandle() {
		}

	}

	/**
	 * {@code struct statfs}.
	 */
	public static final class Statfs {

		/** Size. */
		public static final int BYTES = 120;

		/** Id of the file system. */
		public static final int FSID = 56;

		private Statfs() {
		}

	}

	/**
	 * {@code struct io_uring_params}.
	 */
	public static final class IoUringParams {

		/** Size. */
		public static final int BYTES = 120;

		/** Size of the submission queue. */
		public static final int SQ_ENTRIES = 0;

		/** Size of the completion queue. */
		public static final int CQ_ENTRIES = 4;

		/** The flags. */
		public static final int FLAGS = 8;

		/** What the kernel says it can. */
		public static final int FEATURES = 20;

		/** Where the parts of the submission queue are. */
		public static final int SQ_OFF = 40;

		/** Where the parts of the completion queue are. */
		public static final int CQ_OFF = 80;

		private IoUringParams() {
		}

	}

	/**
	 * {@code struct io_sqring_offsets}.
	 */
	public static final class IoSqringOffsets {

		/** Size. */
		public static final int BYTES = 40;

		/** The head. */
		public static final int HEAD = 0;

		/** The tail. */
		public static final int TAIL = 4;

		/** The mask of an index. */
		public static final int RING_MASK = 8;

		/** The number of entries. */
		public static final int RING_ENTRIES = 12;

		/** The flags. */
		public static final int FLAGS = 16;

		/** The number of invalid entries. */
		public static final int DROPPED = 20;

		/** The array of indexes. */
		public static final int ARRAY = 24;

		private IoSqringOffsets() {
		}

	}

	/**
	 * {@code struct io_cqring_offsets}.
	 */
	public static final class IoCqringOffsets {

		/** Size. */
		public static final int BYTES = 40;

		/** The head. */
		public static final int HEAD = 0;

		/** The tail. */
		public static final int TAIL = 4;

		/** The mask of an index. */
		public static final int RING_MASK = 8;

		/** The number of entries. */
		public static final int RING_ENTRIES = 12;

		/** The number of completions that were lost. */
		public static final int OVERFLOW = 16;

		/** The entries. */
		public static final int CQES = 20;

		private IoCqringOffsets() {
		}

	}

	/**
	 * {@code struct io_uring_sqe}.
	 */
	public static final class IoUringSqe {

		/** Size. */
		public static final int BYTES = 64;

		/** The operation. */
		public static final int OPCODE = 0;

		/** The flags of the entry. */
		public static final int FLAGS = 1;

		/** The priority, or the flags of a socket operation. */
		public static final int IOPRIO = 2;

		/** The descriptor. */
		public static final int FD = 4;

		/** The offset, or a second address. */
		public static final int OFF = 8;

		/** The address. */
		public static final int ADDR = 16;

		/** The length. */
		public static final int LEN = 24;

		/** The flags of the operation. */
		public static final int RW_FLAGS = 28;

		/** What comes back with the completion. */
		public static final int USER_DATA = 32;

		/** The registered buffer, or the group of provided ones. */
		public static final int BUF_INDEX = 40;

		/** A second descriptor, or the index of a registered file. */
		public static final int SPLICE_FD_IN = 44;

		private IoUringSqe() {
		}

	}

	/**
	 * {@code struct io_uring_cqe}.
	 */
	public static final class IoUringCqe {

		/** Size. */
		public static final int BYTES = 16;

		/** What came with the submission. */
		public static final int USER_DATA = 0;

		/** The result. */
		public static final int RES = 8;

		/** The flags. */
		public static final int FLAGS = 12;

		private IoUringCqe() {
		}

	}

	/**
	 * {@code struct io_uring_buf}.
	 */
	public static final class IoUringBuf {

		/** Size. */
		public static final int BYTES = 16;

		/** The address. */
		public static final int ADDR = 0;

		/** The length. */
		public static final int LEN = 8;

		/** The id. */
		public static final int BID = 12;

		/** Of the first one: the tail of the ring. */
		public static final int RESV = 14;

		private IoUringBuf() {
		}

	}

	/**
	 * {@code struct io_uring_buf_reg}.
	 */
	public static final class IoUringBufReg {

		/** Size. */
		public static final int BYTES = 40;

		/** The address of the ring. */
		public static final int RING_ADDR = 0;

		/** The number of entries. */
		public static final int RING_ENTRIES = 8;

		/** The id of the group. */
		public static final int BGID = 12;

		private IoUringBufReg() {
		}

	}

	/**
	 * {@code struct io_uring_probe}.
	 */
	public static final class IoUringProbe {

		/** Size without its elements. */
		public static final int BYTES = 16;

		/** The last operation that the kernel knows. */
		public static final int LAST_OP = 0;

		/** The number of elements. */
		public static final int OPS_LEN = 1;

		private IoUringProbe() {
		}

	}

	/**
	 * {@code struct io_uring_probe_op}.
	 */
	public static final class IoUringProbeOp {

		/** Size. */
		public static final int BYTES = 8;

		/** The operation. */
		public static final int OP = 0;

		/** Whether it is supported. */
		public static final int FLAGS = 2;

		private IoUringProbeOp() {
		}

	}

	/**
	 * {@code struct msghdr}.
	 */
	public static final class Msghdr {

		/** Size. */
		public static final int BYTES = 56;

		/** Address of the socket address. */
		public static final int NAME = 0;

		/** Its size. */
		public static final int NAMELEN = 8;

		/** Address of the vectors. */
		public static final int IOV = 16;

		/** Their number. */
		public static final int IOVLEN = 24;

		/** Address of the control data. */
		public static final int CONTROL = 32;

		/** Its size. */
		public static final int CONTROLLEN = 40;

		/** The flags of a received message. */
		public static final int FLAGS = 48;

		private Msghdr() {
		}

	}

	/**
	 * {@code struct sockaddr_in}.
	 */
	public static final class SockaddrIn {

		/** Size. */
		public static final int BYTES = 16;

		/** The family. */
		public static final int FAMILY = 0;

		/** The port, in network order. */
		public static final int PORT = 2;

		/** The address. */
		public static final int ADDR = 4;

		private SockaddrIn() {
		}

	}

	/**
	 * {@code struct sockaddr_in6}.
	 */
	public static final class SockaddrIn6 {

		/** Size. */
		public static final int BYTES = 28;

		/** The family. */
		public static final int FAMILY = 0;

		/** The port, in network order. */
		public static final int PORT = 2;

		/** The flow. */
		public static final int FLOWINFO = 4;

		/** The address. */
		public static final int ADDR = 8;

		/** The interface. */
		public static final int SCOPE_ID = 24;

		private SockaddrIn6() {
		}

	}

	/**
	 * {@code struct sockaddr_un}.
	 */
	public static final class SockaddrUn {

		/** Size. */
		public static final int BYTES = 110;

		/** The family. */
		public static final int FAMILY = 0;

		/** The path. */
		public static final int PATH = 2;

		private SockaddrUn() {
		}

	}

	/**
	 * {@code struct iocb}.
	 */
	public static final class Iocb {

		/** Size. */
		public static final int BYTES = 64;

		/** What comes back with the completion. */
		public static final int DATA = 0;

		/** The flags of the operation. */
		public static final int RW_FLAGS = 12;

		/** The operation. */
		public static final int LIO_OPCODE = 16;

		/** The priority. */
		public static final int REQPRIO = 18;

		/** The descriptor. */
		public static final int FILDES = 20;

		/** The address. */
		public static final int BUF = 24;

		/** The length, or the number of vectors. */
		public static final int NBYTES = 32;

		/** Where in the file. */
		public static final int OFFSET = 40;

		/** Zero. */
		public static final int RESERVED2 = 48;

		/** Whether there is an eventfd. */
		public static final int FLAGS = 56;

		/** The eventfd. */
		public static final int RESFD = 60;

		private Iocb() {
		}

	}

	/**
	 * {@code struct io_event}.
	 */
	public static final class IoEvent {

		/** Size. */
		public static final int BYTES = 32;

		/** What came with the submission. */
		public static final int DATA = 0;

		/** The address of what was submitted. */
		public static final int OBJ = 8;

		/** The result. */
		public static final int RES = 16;

		/** A second result. */
		public static final int RES2 = 24;

		private IoEvent() {
		}

	}

	/**
	 * {@code struct flock}.
	 */
	public static final class Flock {

		/** Size. */
		public static final int BYTES = 32;

		/** Shared, exclusive or none. */
		public static final int TYPE = 0;

		/** From where the start counts. */
		public static final int WHENCE = 2;

		/** The first byte. */
		public static final int START = 8;

		/** The number of bytes, 0 for all. */
		public static final int LEN = 16;

		/** Whose it is. */
		public static final int PID = 24;

		private Flock() {
		}

	}

	/**
	 * {@code struct group_req}.
	 */
	public static final class GroupReq {

		/** Size. */
		public static final int BYTES = 136;

		/** The index of the interface. */
		public static final int INTERFACE = 0;

		/** The address of the group. */
		public static final int GROUP = 8;

		private GroupReq() {
		}

	}

	/**
	 * {@code struct group_source_req}, which begins as {@link GroupReq}.
	 */
	public static final class GroupSourceReq {

		/** Size. */
		public static final int BYTES = 264;

		/** The index of the interface. */
		public static final int INTERFACE = 0;

		/** The address of the group. */
		public static final int GROUP = 8;

		/** The address of the source. */
		public static final int SOURCE = 136;

		private GroupSourceReq() {
		}

	}

	/**
	 * {@code struct ip_mreqn}.
	 */
	public static final class IpMreqn {

		/** Size. */
		public static final int BYTES = 12;

		/** The address of the group. */
		public static final int MULTIADDR = 0;

		/** An address of the interface. */
		public static final int ADDRESS = 4;

		/** The index of the interface. */
		public static final int IFINDEX = 8;

		private IpMreqn() {
		}

	}

}
