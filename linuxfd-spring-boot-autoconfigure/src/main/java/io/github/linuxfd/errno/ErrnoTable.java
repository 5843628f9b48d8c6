package io.github.linuxfd.errno;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which errno of which call is which kind of error, as data.
 *
 * @author linuxfd
 */
final class ErrnoTable {

	private static final Map<String, Row> ROWS = new HashMap<>();

	private static final Map<String, String> CAPABILITIES = new HashMap<>();

	static {
		row("eventfd").is(Kind.ARGUMENT, Errno.EINVAL)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE, Errno.ENODEV);
		row("inotify_init1").is(Kind.ARGUMENT, Errno.EINVAL)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE);
		row("inotify_add_watch")
			.is(Kind.ARGUMENT, Errno.EINVAL, Errno.EBADF, Errno.EFAULT, Errno.ENOENT, Errno.EEXIST, Errno.ENOTDIR,
					Errno.ENAMETOOLONG, Errno.ELOOP)
			.is(Kind.PERMISSION, Errno.EACCES)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.ENOSPC);
		row("inotify_rm_watch").is(Kind.ARGUMENT, Errno.EINVAL, Errno.EBADF);
		row("signalfd").is(Kind.ARGUMENT, Errno.EINVAL, Errno.EBADF)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE, Errno.ENODEV);
		row("pthread_sigmask").is(Kind.ARGUMENT, Errno.EINVAL, Errno.EFAULT);
		row("sigaction").is(Kind.ARGUMENT, Errno.EINVAL, Errno.EFAULT);
		row("timerfd_create").is(Kind.ARGUMENT, Errno.EINVAL)
			.is(Kind.PERMISSION, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE, Errno.ENODEV);
		row("timerfd_gettime").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL).is(Kind.INTERNAL, Errno.EFAULT);
		row("timerfd_settime").is(Kind.ARGUMENT, Errno.EINVAL)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE, Errno.ENODEV)
			.is(Kind.INTERNAL, Errno.EFAULT);
		row("epoll_create1").is(Kind.ARGUMENT, Errno.EINVAL)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE);
		row("epoll_ctl").is(Kind.ARGUMENT, Errno.EBADF, Errno.EEXIST, Errno.EINVAL, Errno.ENOENT, Errno.ELOOP)
			.is(Kind.PERMISSION, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.ENOSPC);
		row("epoll_wait").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL).is(Kind.INTERNAL, Errno.EFAULT);
		row("poll").is(Kind.ARGUMENT, Errno.EINVAL).is(Kind.MEMORY, Errno.ENOMEM).is(Kind.INTERNAL, Errno.EFAULT);
		row("read").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.EISDIR)
			.is(Kind.SYSTEM, Errno.EIO)
			.is(Kind.INTERNAL, Errno.EFAULT)
			.is(Kind.RETRY, Errno.EAGAIN);
		row("pread").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.EISDIR, Errno.ESPIPE)
			.is(Kind.SYSTEM, Errno.EIO, Errno.ENODEV)
			.is(Kind.INTERNAL, Errno.EFAULT)
			.is(Kind.RETRY, Errno.EAGAIN);
		row("write").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.EFBIG)
			.is(Kind.PERMISSION, Errno.EPERM)
			.is(Kind.SYSTEM, Errno.EIO, Errno.ENOSPC, Errno.EPIPE)
			.is(Kind.INTERNAL, Errno.EFAULT)
			.is(Kind.RETRY, Errno.EAGAIN);
		row("open")
			.is(Kind.ARGUMENT, Errno.EINVAL, Errno.ENOENT, Errno.ENOTDIR, Errno.EISDIR, Errno.ELOOP, Errno.ENAMETOOLONG,
					Errno.EEXIST)
			.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM, Errno.EROFS)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE, Errno.ENODEV, Errno.ENXIO, Errno.ENOSPC);
		row("fcntl").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL)
			.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE)
			.is(Kind.INTERNAL, Errno.EFAULT)
			.is(Kind.RETRY, Errno.EAGAIN);
		row("mmap").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL)
			.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.ENFILE, Errno.ENODEV)
			.is(Kind.RETRY, Errno.EAGAIN);
		row("pidfd_open").is(Kind.ARGUMENT, Errno.EINVAL, Errno.ESRCH, Errno.ENOENT)
			.is(Kind.PERMISSION, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE, Errno.ENODEV);
		row("pidfd_send_signal").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.ESRCH)
			.is(Kind.PERMISSION, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.INTERNAL, Errno.EFAULT)
			.is(Kind.RETRY, Errno.EAGAIN);
		row("waitid").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.ECHILD)
			.is(Kind.INTERNAL, Errno.EFAULT)
			.is(Kind.RETRY, Errno.EAGAIN);
		row("mprotect").is(Kind.ARGUMENT, Errno.EINVAL).is(Kind.PERMISSION, Errno.EACCES).is(Kind.MEMORY, Errno.ENOMEM);
		namesAndMounts();
		row("pipe2").is(Kind.ARGUMENT, Errno.EINVAL)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE)
			.is(Kind.INTERNAL, Errno.EFAULT);
		row("splice").is(Kind.ARGUMENT, Errno.EINVAL, Errno.EBADF, Errno.EPIPE, Errno.ESPIPE)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EAGAIN, Errno.EIO, Errno.ENOSPC, Errno.ECONNRESET, Errno.ETIMEDOUT);
		row("sendfile").is(Kind.ARGUMENT, Errno.EINVAL, Errno.EBADF, Errno.EPIPE, Errno.ESPIPE, Errno.EOVERFLOW)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EAGAIN, Errno.EIO, Errno.ENOSPC, Errno.ECONNRESET, Errno.ETIMEDOUT);
		row("tee").is(Kind.ARGUMENT, Errno.EINVAL, Errno.EBADF, Errno.EPIPE)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EAGAIN);
		row("vmsplice").is(Kind.ARGUMENT, Errno.EINVAL, Errno.EBADF, Errno.EFAULT, Errno.EPIPE)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EAGAIN);
		row("fcntl").is(Kind.SYSTEM, Errno.EBUSY);
		row("memfd_create").is(Kind.ARGUMENT, Errno.EINVAL)
			.is(Kind.PERMISSION, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE)
			.is(Kind.INTERNAL, Errno.EFAULT);
		row("seccomp").is(Kind.ARGUMENT, Errno.EINVAL)
			.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.ENOSYS, Errno.EOPNOTSUPP)
			.is(Kind.INTERNAL, Errno.EFAULT);
		row("seccomp_init").is(Kind.ARGUMENT, Errno.EINVAL).is(Kind.MEMORY, Errno.ENOMEM);
		row("seccomp_reset").is(Kind.ARGUMENT, Errno.EINVAL).is(Kind.MEMORY, Errno.ENOMEM);
		row("seccomp_merge").is(Kind.ARGUMENT, Errno.EDOM, Errno.EEXIST, Errno.EINVAL).is(Kind.MEMORY, Errno.ENOMEM);
		row("seccomp_arch_add").is(Kind.ARGUMENT, Errno.EDOM, Errno.EEXIST, Errno.EINVAL).is(Kind.MEMORY, Errno.ENOMEM);
		row("seccomp_arch_remove").is(Kind.ARGUMENT, Errno.EDOM, Errno.EEXIST, Errno.EINVAL)
			.is(Kind.MEMORY, Errno.ENOMEM);
		row("seccomp_arch_exist").is(Kind.ARGUMENT, Errno.EINVAL);
		row("seccomp_attr_get").is(Kind.ARGUMENT, Errno.EINVAL, Errno.EEXIST);
		row("seccomp_attr_set").is(Kind.ARGUMENT, Errno.EACCES, Errno.EEXIST, Errno.EINVAL)
			.is(Kind.SYSTEM, Errno.EOPNOTSUPP);
		for (String addition : new String[] { "seccomp_rule_add_array", "seccomp_rule_add_exact_array" }) {
			row(addition).is(Kind.ARGUMENT, Errno.EACCES, Errno.EDOM, Errno.EEXIST, Errno.EINVAL)
				.is(Kind.MEMORY, Errno.ENOMEM)
				.is(Kind.SYSTEM, Errno.EOPNOTSUPP)
				.is(Kind.INTERNAL, Errno.EFAULT);
		}
		row("seccomp_load").is(Kind.ARGUMENT, Errno.EINVAL)
			.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EBUSY, Errno.ECANCELED, Errno.ENOSYS, Errno.EOPNOTSUPP, Errno.ESRCH)
			.is(Kind.INTERNAL, Errno.EFAULT);
		for (String export : new String[] { "seccomp_export_bpf", "seccomp_export_pfc" }) {
			row(export).is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL)
				.is(Kind.MEMORY, Errno.ENOMEM)
				.is(Kind.SYSTEM, Errno.ECANCELED)
				.is(Kind.INTERNAL, Errno.EFAULT);
		}
		row("seccomp_notify_fd").is(Kind.INTERNAL, Errno.EFAULT);
		row("SECCOMP_IOCTL_NOTIF_RECV").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL)
			.is(Kind.SYSTEM, Errno.ENOENT)
			.is(Kind.INTERNAL, Errno.EFAULT)
			.is(Kind.RETRY, Errno.EINTR);
		row("SECCOMP_IOCTL_NOTIF_SEND").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.EINPROGRESS)
			.is(Kind.SYSTEM, Errno.ENOENT)
			.is(Kind.INTERNAL, Errno.EFAULT)
			.is(Kind.RETRY, Errno.EINTR);
		row("SECCOMP_IOCTL_NOTIF_ID_VALID").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL)
			.is(Kind.SYSTEM, Errno.ENOENT)
			.is(Kind.INTERNAL, Errno.EFAULT);
		row("fanotify_init").is(Kind.ARGUMENT, Errno.EINVAL)
			.is(Kind.PERMISSION, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE);
		row("fanotify_mark")
			.is(Kind.ARGUMENT, Errno.EINVAL, Errno.EBADF, Errno.ENOENT, Errno.EEXIST, Errno.ENOTDIR, Errno.EISDIR,
					Errno.ENAMETOOLONG, Errno.ELOOP)
			.is(Kind.PERMISSION, Errno.EPERM, Errno.EACCES)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.ENOSPC, Errno.ENODEV, Errno.EOPNOTSUPP, Errno.EXDEV);
		row("name_to_handle_at")
			.is(Kind.ARGUMENT, Errno.EINVAL, Errno.EBADF, Errno.ENOENT, Errno.ENOTDIR, Errno.ENAMETOOLONG, Errno.ELOOP)
			.is(Kind.PERMISSION, Errno.EACCES)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EOPNOTSUPP)
			.is(Kind.INTERNAL, Errno.EFAULT, Errno.EOVERFLOW);
		sockets();
		filesThatAreNotWaitedFor();
	}

	private ErrnoTable() {
	}

	private static void namesAndMounts() {
		row("gethostname").is(Kind.ARGUMENT, Errno.EFAULT, Errno.EINVAL)
			.is(Kind.PERMISSION, Errno.EPERM)
			.is(Kind.INTERNAL, Errno.ENAMETOOLONG);
		row("sethostname").needs("CAP_SYS_ADMIN")
			.is(Kind.ARGUMENT, Errno.EFAULT, Errno.EINVAL)
			.is(Kind.PERMISSION, Errno.EPERM);
		row("unshare").needs("CAP_SYS_ADMIN")
			.is(Kind.ARGUMENT, Errno.EINVAL)
			.is(Kind.PERMISSION, Errno.EPERM, Errno.EUSERS)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.ENOSPC);
		row("setns").needs("CAP_SYS_ADMIN")
			.is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.ESRCH)
			.is(Kind.PERMISSION, Errno.EPERM, Errno.EUSERS)
			.is(Kind.MEMORY, Errno.ENOMEM);
		row("mount").needs("CAP_SYS_ADMIN")
			.is(Kind.ARGUMENT, Errno.EBUSY, Errno.EFAULT, Errno.EINVAL, Errno.ELOOP, Errno.ENAMETOOLONG, Errno.ENOENT,
					Errno.ENOTBLK, Errno.ENOTDIR)
			.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM, Errno.EROFS)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENODEV, Errno.ENXIO);
		row("umount2").needs("CAP_SYS_ADMIN")
			.is(Kind.ARGUMENT, Errno.EBUSY, Errno.EFAULT, Errno.EINVAL, Errno.ENAMETOOLONG, Errno.ENOENT)
			.is(Kind.PERMISSION, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.RETRY, Errno.EAGAIN);
		row("pivot_root").needs("CAP_SYS_ADMIN")
			.is(Kind.ARGUMENT, Errno.EINVAL, Errno.ENOTDIR, Errno.EBUSY, Errno.ENOENT)
			.is(Kind.PERMISSION, Errno.EPERM);
		row("open_tree").needs("CAP_SYS_ADMIN")
			.is(Kind.ARGUMENT, Errno.EBADF, Errno.EFAULT, Errno.EINVAL, Errno.ELOOP, Errno.ENAMETOOLONG, Errno.ENOENT,
					Errno.ENOTDIR)
			.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE, Errno.ENOSPC);
		row("move_mount").needs("CAP_SYS_ADMIN")
			.is(Kind.ARGUMENT, Errno.EBADF, Errno.EBUSY, Errno.EFAULT, Errno.EINVAL, Errno.ELOOP, Errno.ENAMETOOLONG,
					Errno.ENOENT, Errno.ENOTDIR)
			.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.ENOSPC);
		row("mount_setattr").needs("CAP_SYS_ADMIN")
			.is(Kind.ARGUMENT, Errno.EBADF, Errno.EBUSY, Errno.EINVAL, Errno.ENOENT)
			.is(Kind.PERMISSION, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.ENOSPC)
			.is(Kind.INTERNAL, Errno.EFAULT);
		row("fsopen").needs("CAP_SYS_ADMIN")
			.is(Kind.ARGUMENT, Errno.EFAULT, Errno.EINVAL)
			.is(Kind.PERMISSION, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE, Errno.ENODEV);
		row("fsconfig").needs("CAP_SYS_ADMIN")
			.is(Kind.ARGUMENT, Errno.EBADF, Errno.EBUSY, Errno.EFAULT, Errno.EINVAL, Errno.ELOOP, Errno.ENAMETOOLONG,
					Errno.ENOENT, Errno.ENOTBLK, Errno.ENOTDIR, Errno.EOPNOTSUPP)
			.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM, Errno.EROFS)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENODEV, Errno.ENXIO);
		row("fsmount").needs("CAP_SYS_ADMIN")
			.is(Kind.ARGUMENT, Errno.EBADF, Errno.EBUSY, Errno.EINVAL)
			.is(Kind.PERMISSION, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE);
		row("io_uring_setup").is(Kind.ARGUMENT, Errno.EINVAL)
			.is(Kind.PERMISSION, Errno.EPERM, Errno.EACCES)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE, Errno.ENOSYS)
			.is(Kind.INTERNAL, Errno.EFAULT);
		row("io_uring_enter").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.EOPNOTSUPP, Errno.ENXIO)
			.is(Kind.PERMISSION, Errno.EPERM, Errno.EACCES)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.ENOSYS)
			.is(Kind.INTERNAL, Errno.EFAULT)
			.is(Kind.RETRY, Errno.EAGAIN, Errno.EBUSY, Errno.EINTR);
		row("io_uring_register")
			.is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.EBUSY, Errno.EEXIST, Errno.ENXIO, Errno.EOPNOTSUPP)
			.is(Kind.PERMISSION, Errno.EPERM, Errno.EACCES)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENOSYS)
			.is(Kind.INTERNAL, Errno.EFAULT);
		row("io_setup").is(Kind.ARGUMENT, Errno.EINVAL)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EAGAIN, Errno.ENOSYS)
			.is(Kind.INTERNAL, Errno.EFAULT);
		row("io_destroy").is(Kind.ARGUMENT, Errno.EINVAL).is(Kind.SYSTEM, Errno.ENOSYS).is(Kind.INTERNAL, Errno.EFAULT);
		row("io_submit").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL)
			.is(Kind.SYSTEM, Errno.ENOSYS)
			.is(Kind.INTERNAL, Errno.EFAULT)
			.is(Kind.RETRY, Errno.EAGAIN);
		row("io_getevents").is(Kind.ARGUMENT, Errno.EINVAL)
			.is(Kind.SYSTEM, Errno.ENOSYS)
			.is(Kind.INTERNAL, Errno.EFAULT)
			.is(Kind.RETRY, Errno.EINTR);
		row("io_cancel").is(Kind.ARGUMENT, Errno.EINVAL)
			.is(Kind.SYSTEM, Errno.ENOSYS)
			.is(Kind.INTERNAL, Errno.EFAULT)
			.is(Kind.RETRY, Errno.EAGAIN, Errno.EINPROGRESS);
	}

	private static void sockets() {
		row("socket").is(Kind.ARGUMENT, Errno.EINVAL, Errno.EAFNOSUPPORT, Errno.EPROTONOSUPPORT)
			.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM, Errno.ENOBUFS)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE);
		row("bind")
			.is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.ENOTSOCK, Errno.EADDRNOTAVAIL, Errno.EAFNOSUPPORT)
			.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM, Errno.ENOBUFS)
			.is(Kind.SYSTEM, Errno.EADDRINUSE)
			.is(Kind.INTERNAL, Errno.EFAULT);
		row("listen").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.ENOTSOCK, Errno.EOPNOTSUPP)
			.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM, Errno.ENOBUFS)
			.is(Kind.SYSTEM, Errno.EADDRINUSE);
		row("accept").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.ENOTSOCK, Errno.EOPNOTSUPP)
			.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM, Errno.ENOBUFS)
			.is(Kind.SYSTEM, Errno.EMFILE, Errno.ENFILE, Errno.ECANCELED)
			.is(Kind.INTERNAL, Errno.EFAULT)
			// of the connection that could have been: the next may be better
			.is(Kind.RETRY, Errno.EAGAIN, Errno.ECONNABORTED, Errno.EPROTO, Errno.ENETDOWN, Errno.ENETUNREACH,
					Errno.EHOSTDOWN, Errno.EHOSTUNREACH, Errno.ETIMEDOUT);
		row("connect")
			.is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.ENOTSOCK, Errno.EAFNOSUPPORT, Errno.EPROTOTYPE,
					Errno.EALREADY, Errno.EISCONN, Errno.EOPNOTSUPP)
			.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM)
			.is(Kind.MEMORY, Errno.ENOMEM, Errno.ENOBUFS)
			.is(Kind.SYSTEM, Errno.ECONNREFUSED, Errno.ECONNRESET, Errno.ECONNABORTED, Errno.ETIMEDOUT,
					Errno.EADDRINUSE, Errno.EADDRNOTAVAIL, Errno.ENETDOWN, Errno.ENETUNREACH, Errno.EHOSTDOWN,
					Errno.EHOSTUNREACH, Errno.ECANCELED)
			.is(Kind.INTERNAL, Errno.EFAULT)
			.is(Kind.RETRY, Errno.EAGAIN);
		for (String receiving : new String[] { "recv", "recvmsg", "readv" }) {
			row(receiving).is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.ENOTSOCK, Errno.ENOTCONN)
				.is(Kind.MEMORY, Errno.ENOMEM, Errno.ENOBUFS)
				.is(Kind.SYSTEM, Errno.ECONNRESET, Errno.ECONNREFUSED, Errno.ETIMEDOUT, Errno.ENETDOWN,
						Errno.ENETUNREACH, Errno.EHOSTDOWN, Errno.EHOSTUNREACH, Errno.ECANCELED)
				.is(Kind.INTERNAL, Errno.EFAULT)
				.is(Kind.RETRY, Errno.EAGAIN);
		}
		for (String sending : new String[] { "send", "sendmsg", "writev" }) {
			row(sending)
				.is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.ENOTSOCK, Errno.ENOTCONN, Errno.EISCONN,
						Errno.EDESTADDRREQ, Errno.EMSGSIZE, Errno.EOPNOTSUPP, Errno.EAFNOSUPPORT)
				.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM)
				.is(Kind.MEMORY, Errno.ENOMEM, Errno.ENOBUFS)
				.is(Kind.SYSTEM, Errno.EPIPE, Errno.ECONNRESET, Errno.ECONNREFUSED, Errno.ETIMEDOUT, Errno.ENETDOWN,
						Errno.ENETUNREACH, Errno.EHOSTDOWN, Errno.EHOSTUNREACH, Errno.ECANCELED)
				.is(Kind.INTERNAL, Errno.EFAULT)
				.is(Kind.RETRY, Errno.EAGAIN);
		}
		for (String asking : new String[] { "getsockname", "getpeername" }) {
			row(asking).is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.ENOTSOCK)
				.is(Kind.MEMORY, Errno.ENOMEM, Errno.ENOBUFS)
				.is(Kind.INTERNAL, Errno.EFAULT);
		}
		for (String option : new String[] { "getsockopt", "setsockopt" }) {
			row(option)
				.is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.EDOM, Errno.ENOTSOCK, Errno.ENOPROTOOPT,
						Errno.EOPNOTSUPP)
				.is(Kind.PERMISSION, Errno.EACCES, Errno.EPERM)
				.is(Kind.MEMORY, Errno.ENOMEM, Errno.ENOBUFS)
				.is(Kind.INTERNAL, Errno.EFAULT);
		}
		row("setsockopt").is(Kind.ARGUMENT, Errno.EADDRINUSE, Errno.EADDRNOTAVAIL, Errno.ENODEV);
		row("shutdown").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.ENOTSOCK, Errno.ENOTCONN);
	}

	private static void filesThatAreNotWaitedFor() {
		row("read").is(Kind.ARGUMENT, Errno.ESPIPE).is(Kind.MEMORY, Errno.ENOMEM).is(Kind.SYSTEM, Errno.ECANCELED);
		row("readv").is(Kind.ARGUMENT, Errno.EISDIR, Errno.ESPIPE).is(Kind.SYSTEM, Errno.EIO);
		row("write").is(Kind.ARGUMENT, Errno.ESPIPE)
			.is(Kind.MEMORY, Errno.ENOMEM)
			.is(Kind.SYSTEM, Errno.EDQUOT, Errno.ECANCELED);
		row("writev").is(Kind.ARGUMENT, Errno.EFBIG, Errno.ESPIPE)
			.is(Kind.SYSTEM, Errno.EIO, Errno.ENOSPC, Errno.EDQUOT);
		for (String sync : new String[] { "fsync", "fdatasync" }) {
			row(sync).is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL)
				.is(Kind.PERMISSION, Errno.EROFS)
				.is(Kind.MEMORY, Errno.ENOMEM)
				.is(Kind.SYSTEM, Errno.EIO, Errno.ENOSPC, Errno.EDQUOT, Errno.ECANCELED);
		}
		row("ftruncate").is(Kind.ARGUMENT, Errno.EBADF, Errno.EINVAL, Errno.EFBIG)
			.is(Kind.PERMISSION, Errno.EPERM, Errno.EACCES, Errno.EROFS)
			.is(Kind.SYSTEM, Errno.EIO, Errno.ENOSPC, Errno.EDQUOT);
		row("lseek").is(Kind.ARGUMENT, Errno.EBADF, Errno.ENXIO, Errno.EOVERFLOW);
		row("open").is(Kind.ARGUMENT, Errno.EOVERFLOW).is(Kind.SYSTEM, Errno.ETXTBSY, Errno.EDQUOT);
		row("fcntl").is(Kind.SYSTEM, Errno.ENOLCK);
	}

	static Kind kind(String syscall, Errno errno) {
		Row row = ROWS.get(syscall);
		return (row != null) ? row.kinds.getOrDefault(errno, Kind.UNKNOWN) : Kind.UNKNOWN;
	}

	/** What the caller lacks when the call says {@code EPERM}. */
	static Optional<String> capability(String syscall, Errno errno) {
		return errno.equals(Errno.EPERM) ? Optional.ofNullable(CAPABILITIES.get(syscall)) : Optional.empty();
	}

	private static Row row(String syscall) {
		return ROWS.computeIfAbsent(syscall, (name) -> new Row(name, new HashMap<>()));
	}

	enum Kind {

		ARGUMENT, PERMISSION, MEMORY, SYSTEM, INTERNAL, RETRY, UNKNOWN

	}

	private record Row(String syscall, Map<Errno, Kind> kinds) {

		Row needs(String capability) {
			CAPABILITIES.put(this.syscall, capability);
			return this;
		}

		Row is(Kind kind, Errno... errnos) {
			for (Errno errno : errnos) {
				this.kinds.put(errno, kind);
			}
			return this;
		}

	}

}
