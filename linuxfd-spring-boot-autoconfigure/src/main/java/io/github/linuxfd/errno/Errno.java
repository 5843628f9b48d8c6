package io.github.linuxfd.errno;

import java.util.Arrays;
import java.util.Optional;

/**
 * An error number of the kernel. A value and not an enum: a number that this table does
 * not name keeps its number. The numbers are those of x86-64 and aarch64.
 *
 * @param number the positive error number
 * @author linuxfd
 * @since 0.1.0
 * @see <a href="https://man7.org/linux/man-pages/man3/errno.3.html">errno.3</a>
 */
public record Errno(int number) {

	/**
	 * Operation not permitted.
	 */
	public static final Errno EPERM = new Errno(1);

	/**
	 * No such file or directory.
	 */
	public static final Errno ENOENT = new Errno(2);

	/**
	 * No such process.
	 */
	public static final Errno ESRCH = new Errno(3);

	/**
	 * Interrupted system call.
	 */
	public static final Errno EINTR = new Errno(4);

	/**
	 * Input/output error.
	 */
	public static final Errno EIO = new Errno(5);

	/**
	 * No such device or address.
	 */
	public static final Errno ENXIO = new Errno(6);

	/**
	 * Bad file descriptor.
	 */
	public static final Errno EBADF = new Errno(9);

	/**
	 * No child processes.
	 */
	public static final Errno ECHILD = new Errno(10);

	/**
	 * Resource temporarily unavailable.
	 */
	public static final Errno EAGAIN = new Errno(11);

	/**
	 * Cannot allocate memory.
	 */
	public static final Errno ENOMEM = new Errno(12);

	/**
	 * Permission denied.
	 */
	public static final Errno EACCES = new Errno(13);

	/**
	 * Bad address.
	 */
	public static final Errno EFAULT = new Errno(14);

	/**
	 * Block device required.
	 */
	public static final Errno ENOTBLK = new Errno(15);

	/**
	 * Device or resource busy.
	 */
	public static final Errno EBUSY = new Errno(16);

	/**
	 * File exists.
	 */
	public static final Errno EEXIST = new Errno(17);

	/**
	 * Invalid cross-device link.
	 */
	public static final Errno EXDEV = new Errno(18);

	/**
	 * No such device.
	 */
	public static final Errno ENODEV = new Errno(19);

	/**
	 * Not a directory.
	 */
	public static final Errno ENOTDIR = new Errno(20);

	/**
	 * Is a directory.
	 */
	public static final Errno EISDIR = new Errno(21);

	/**
	 * Invalid argument.
	 */
	public static final Errno EINVAL = new Errno(22);

	/**
	 * Too many open files in system.
	 */
	public static final Errno ENFILE = new Errno(23);

	/**
	 * Too many open files.
	 */
	public static final Errno EMFILE = new Errno(24);

	/**
	 * Numerical argument out of domain.
	 */
	public static final Errno EDOM = new Errno(33);

	/**
	 * Operation now in progress.
	 */
	public static final Errno EINPROGRESS = new Errno(115);

	/**
	 * File too large.
	 */
	public static final Errno EFBIG = new Errno(27);

	/**
	 * No space left on device.
	 */
	public static final Errno ENOSPC = new Errno(28);

	/**
	 * Illegal seek.
	 */
	public static final Errno ESPIPE = new Errno(29);

	/**
	 * Read-only file system.
	 */
	public static final Errno EROFS = new Errno(30);

	/**
	 * Broken pipe.
	 */
	public static final Errno EPIPE = new Errno(32);

	/**
	 * File name too long.
	 */
	public static final Errno ENAMETOOLONG = new Errno(36);

	/**
	 * Function not implemented.
	 */
	public static final Errno ENOSYS = new Errno(38);

	/**
	 * Too many levels of symbolic links.
	 */
	public static final Errno ELOOP = new Errno(40);

	/**
	 * Value too large for defined data type.
	 */
	public static final Errno EOVERFLOW = new Errno(75);

	/**
	 * Too many users.
	 */
	public static final Errno EUSERS = new Errno(87);

	/**
	 * Operation not supported.
	 */
	public static final Errno EOPNOTSUPP = new Errno(95);

	/**
	 * Connection reset by peer.
	 */
	public static final Errno ECONNRESET = new Errno(104);

	/**
	 * Operation canceled.
	 */
	public static final Errno ECANCELED = new Errno(125);

	/**
	 * Protocol error.
	 */
	public static final Errno EPROTO = new Errno(71);

	/**
	 * Software caused connection abort.
	 */
	public static final Errno ECONNABORTED = new Errno(103);

	/**
	 * No buffer space available.
	 */
	public static final Errno ENOBUFS = new Errno(105);

	/**
	 * Timer expired.
	 */
	public static final Errno ETIME = new Errno(62);

	/**
	 * Address family not supported by protocol.
	 */
	public static final Errno EAFNOSUPPORT = new Errno(97);

	/**
	 * Address already in use.
	 */
	public static final Errno EADDRINUSE = new Errno(98);

	/**
	 * Transport endpoint is not connected.
	 */
	public static final Errno ENOTCONN = new Errno(107);

	/**
	 * Connection refused.
	 */
	public static final Errno ECONNREFUSED = new Errno(111);

	/**
	 * No route to host.
	 */
	public static final Errno EHOSTUNREACH = new Errno(113);

	/**
	 * Network is unreachable.
	 */
	public static final Errno ENETUNREACH = new Errno(101);

	/**
	 * Network is down.
	 */
	public static final Errno ENETDOWN = new Errno(100);

	/**
	 * Host is down.
	 */
	public static final Errno EHOSTDOWN = new Errno(112);

	/**
	 * Machine is not on the network.
	 */
	public static final Errno ENONET = new Errno(64);

	/**
	 * Protocol not available.
	 */
	public static final Errno ENOPROTOOPT = new Errno(92);

	/**
	 * Connection timed out.
	 */
	public static final Errno ETIMEDOUT = new Errno(110);

	/**
	 * Operation already in progress.
	 */
	public static final Errno EALREADY = new Errno(114);

	/**
	 * Transport endpoint is already connected.
	 */
	public static final Errno EISCONN = new Errno(106);

	/**
	 * Stale file handle.
	 */
	public static final Errno ESTALE = new Errno(116);

	/**
	 * Text file busy.
	 */
	public static final Errno ETXTBSY = new Errno(26);

	/**
	 * No locks available.
	 */
	public static final Errno ENOLCK = new Errno(37);

	/**
	 * Socket operation on non-socket.
	 */
	public static final Errno ENOTSOCK = new Errno(88);

	/**
	 * Destination address required.
	 */
	public static final Errno EDESTADDRREQ = new Errno(89);

	/**
	 * Message too long.
	 */
	public static final Errno EMSGSIZE = new Errno(90);

	/**
	 * Protocol wrong type for socket.
	 */
	public static final Errno EPROTOTYPE = new Errno(91);

	/**
	 * Protocol not supported.
	 */
	public static final Errno EPROTONOSUPPORT = new Errno(93);

	/**
	 * Cannot assign requested address.
	 */
	public static final Errno EADDRNOTAVAIL = new Errno(99);

	/**
	 * Disk quota exceeded.
	 */
	public static final Errno EDQUOT = new Errno(122);

	private static final String[] NAMES = new String[134];

	private static final String[] DESCRIPTIONS = new String[134];

	static {
		add(1, "EPERM", "Operation not permitted");
		add(2, "ENOENT", "No such file or directory");
		add(3, "ESRCH", "No such process");
		add(4, "EINTR", "Interrupted system call");
		add(5, "EIO", "Input/output error");
		add(6, "ENXIO", "No such device or address");
		add(7, "E2BIG", "Argument list too long");
		add(8, "ENOEXEC", "Exec format error");
		add(9, "EBADF", "Bad file descriptor");
		add(10, "ECHILD", "No child processes");
		add(11, "EAGAIN", "Resource temporarily unavailable");
		add(12, "ENOMEM", "Cannot allocate memory");
		add(13, "EACCES", "Permission denied");
		add(14, "EFAULT", "Bad address");
		add(15, "ENOTBLK", "Block device required");
		add(16, "EBUSY", "Device or resource busy");
		add(17, "EEXIST", "File exists");
		add(18, "EXDEV", "Invalid cross-device link");
		add(19, "ENODEV", "No such device");
		add(20, "ENOTDIR", "Not a directory");
		add(21, "EISDIR", "Is a directory");
		add(22, "EINVAL", "Invalid argument");
		add(23, "ENFILE", "Too many open files in system");
		add(24, "EMFILE", "Too many open files");
		add(25, "ENOTTY", "Inappropriate ioctl for device");
		add(26, "ETXTBSY", "Text file busy");
		add(27, "EFBIG", "File too large");
		add(28, "ENOSPC", "No space left on device");
		add(29, "ESPIPE", "Illegal seek");
		add(30, "EROFS", "Read-only file system");
		add(31, "EMLINK", "Too many links");
		add(32, "EPIPE", "Broken pipe");
		add(33, "EDOM", "Numerical argument out of domain");
		add(34, "ERANGE", "Numerical result out of range");
		add(35, "EDEADLK", "Resource deadlock avoided");
		add(36, "ENAMETOOLONG", "File name too long");
		add(37, "ENOLCK", "No locks available");
		add(38, "ENOSYS", "Function not implemented");
		add(39, "ENOTEMPTY", "Directory not empty");
		add(40, "ELOOP", "Too many levels of symbolic links");
		add(42, "ENOMSG", "No message of desired type");
		add(43, "EIDRM", "Identifier removed");
		add(44, "ECHRNG", "Channel number out of range");
		add(45, "EL2NSYNC", "Level 2 not synchronized");
		add(46, "EL3HLT", "Level 3 halted");
		add(47, "EL3RST", "Level 3 reset");
		add(48, "ELNRNG", "Link number out of range");
		add(49, "EUNATCH", "Protocol driver not attached");
		add(50, "ENOCSI", "No CSI structure available");
		add(51, "EL2HLT", "Level 2 halted");
		add(52, "EBADE", "Invalid exchange");
		add(53, "EBADR", "Invalid request descriptor");
		add(54, "EXFULL", "Exchange full");
		add(55, "ENOANO", "No anode");
		add(56, "EBADRQC", "Invalid request code");
		add(57, "EBADSLT", "Invalid slot");
		add(59, "EBFONT", "Bad font file format");
		add(60, "ENOSTR", "Device not a stream");
		add(61, "ENODATA", "No data available");
		add(62, "ETIME", "Timer expired");
		add(63, "ENOSR", "Out of streams resources");
		add(64, "ENONET", "Machine is not on the network");
		add(65, "ENOPKG", "Package not installed");
		add(66, "EREMOTE", "Object is remote");
		add(67, "ENOLINK", "Link has been severed");
		add(68, "EADV", "Advertise error");
		add(69, "ESRMNT", "Srmount error");
		add(70, "ECOMM", "Communication error on send");
		add(71, "EPROTO", "Protocol error");
		add(72, "EMULTIHOP", "Multihop attempted");
		add(73, "EDOTDOT", "RFS specific error");
		add(74, "EBADMSG", "Bad message");
		add(75, "EOVERFLOW", "Value too large for defined data type");
		add(76, "ENOTUNIQ", "Name not unique on network");
		add(77, "EBADFD", "File descriptor in bad state");
		add(78, "EREMCHG", "Remote address changed");
		add(79, "ELIBACC", "Can not access a needed shared library");
		add(80, "ELIBBAD", "Accessing a corrupted shared library");
		add(81, "ELIBSCN", ".lib section in a.out corrupted");
		add(82, "ELIBMAX", "Attempting to link in too many shared libraries");
		add(83, "ELIBEXEC", "Cannot exec a shared library directly");
		add(84, "EILSEQ", "Invalid or incomplete multibyte or wide character");
		add(85, "ERESTART", "Interrupted system call should be restarted");
		add(86, "ESTRPIPE", "Streams pipe error");
		add(87, "EUSERS", "Too many users");
		add(88, "ENOTSOCK", "Socket operation on non-socket");
		add(89, "EDESTADDRREQ", "Destination address required");
		add(90, "EMSGSIZE", "Message too long");
		add(91, "EPROTOTYPE", "Protocol wrong type for socket");
		add(92, "ENOPROTOOPT", "Protocol not available");
		add(93, "EPROTONOSUPPORT", "Protocol not supported");
		add(94, "ESOCKTNOSUPPORT", "Socket type not supported");
		add(95, "EOPNOTSUPP", "Operation not supported");
		add(96, "EPFNOSUPPORT", "Protocol family not supported");
		add(97, "EAFNOSUPPORT", "Address family not supported by protocol");
		add(98, "EADDRINUSE", "Address already in use");
		add(99, "EADDRNOTAVAIL", "Cannot assign requested address");
		add(100, "ENETDOWN", "Network is down");
		add(101, "ENETUNREACH", "Network is unreachable");
		add(102, "ENETRESET", "Network dropped connection on reset");
		add(103, "ECONNABORTED", "Software caused connection abort");
		add(104, "ECONNRESET", "Connection reset by peer");
		add(105, "ENOBUFS", "No buffer space available");
		add(106, "EISCONN", "Transport endpoint is already connected");
		add(107, "ENOTCONN", "Transport endpoint is not connected");
		add(108, "ESHUTDOWN", "Cannot send after transport endpoint shutdown");
		add(109, "ETOOMANYREFS", "Too many references: cannot splice");
		add(110, "ETIMEDOUT", "Connection timed out");
		add(111, "ECONNREFUSED", "Connection refused");
		add(112, "EHOSTDOWN", "Host is down");
		add(113, "EHOSTUNREACH", "No route to host");
		add(114, "EALREADY", "Operation already in progress");
		add(115, "EINPROGRESS", "Operation now in progress");
		add(116, "ESTALE", "Stale file handle");
		add(117, "EUCLEAN", "Structure needs cleaning");
		add(118, "ENOTNAM", "Not a XENIX named type file");
		add(119, "ENAVAIL", "No XENIX semaphores available");
		add(120, "EISNAM", "Is a named type file");
		add(121, "EREMOTEIO", "Remote I/O error");
		add(122, "EDQUOT", "Disk quota exceeded");
		add(123, "ENOMEDIUM", "No medium found");
		add(124, "EMEDIUMTYPE", "Wrong medium type");
		add(125, "ECANCELED", "Operation canceled");
		add(126, "ENOKEY", "Required key not available");
		add(127, "EKEYEXPIRED", "Key has expired");
		add(128, "EKEYREVOKED", "Key has been revoked");
		add(129, "EKEYREJECTED", "Key was rejected by service");
		add(130, "EOWNERDEAD", "Owner died");
		add(131, "ENOTRECOVERABLE", "State not recoverable");
		add(132, "ERFKILL", "Operation not possible due to RF-kill");
		add(133, "EHWPOISON", "Memory page has hardware error");
	}

	public Errno {
		if (number <= 0) {
			throw new IllegalArgumentException("An error number is positive, not " + number);
		}
	}

	/**
	 * Return the error that a result of the seam stands for.
	 * @param result a negative result, {@code -errno}
	 * @return the error
	 */
	public static Errno ofResult(long result) {
		return new Errno(Math.toIntExact(-result));
	}

	/**
	 * Return the error of that name.
	 * @param name for instance {@code ENOSPC}
	 * @return the error, or empty if no error has that name
	 */
	public static Optional<Errno> named(String name) {
		int number = Arrays.asList(NAMES).indexOf(name);
		return (number > 0) ? Optional.of(new Errno(number)) : Optional.empty();
	}

	private static void add(int number, String name, String description) {
		NAMES[number] = name;
		DESCRIPTIONS[number] = description;
	}

	/**
	 * Whether a result of the seam is this error.
	 * @param result a result, {@code -errno} if negative
	 * @return {@code true} if the call failed with this error
	 */
	public boolean is(long result) {
		return result == -this.number;
	}

	/**
	 * Return the name that is searched for.
	 * @return for instance {@code ENOSPC}, or {@code errno 4711}
	 */
	public String name() {
		return isNamed() ? NAMES[this.number] : "errno " + this.number;
	}

	/**
	 * Return what the C library says to it.
	 * @return for instance {@code No space left on device}
	 */
	public String description() {
		return isNamed() ? DESCRIPTIONS[this.number] : "Unknown error " + this.number;
	}

	private boolean isNamed() {
		return this.number < NAMES.length && NAMES[this.number] != null;
	}

	@Override
	public String toString() {
		return name() + " (" + description() + ")";
	}

}
