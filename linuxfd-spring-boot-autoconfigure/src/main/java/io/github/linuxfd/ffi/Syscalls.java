package io.github.linuxfd.ffi;

import org.jspecify.annotations.Nullable;

/**
 * The seam to the kernel: every call of the C library that linuxfd makes. Results are
 * those of the call, or {@code -errno}. {@code EINTR} is retried here, with the time that
 * is left, except for {@code close}, where a second try could close somebody else's
 * descriptor. Addresses are native; the caller keeps their memory alive until the call
 * has returned. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public interface Syscalls {

	/** {@code O_CLOEXEC}, also under the names of the descriptor-making calls. */
	int CLOEXEC = 0x80000;

	/** {@code O_NONBLOCK}, also under the names of the descriptor-making calls. */
	int NONBLOCK = 0x800;

	/**
	 * Return the calls of this process's C library.
	 * @return the calls
	 * @throws IllegalStateException if jffi cannot be loaded here
	 */
	static Syscalls system() {
		return JffiSyscalls.instance();
	}

	/**
	 * {@code epoll_create1(2)}.
	 * @param flags the flags
	 * @return a descriptor or {@code -errno}
	 */
	int epollCreate1(int flags);

	/**
	 * {@code epoll_ctl(2)}.
	 * @param epfd the epoll descriptor
	 * @param op 1 add, 2 delete, 3 modify
	 * @param fd the descriptor
	 * @param event address of a {@code struct epoll_event}, or 0
	 * @return 0 or {@code -errno}
	 */
	int epollCtl(int epfd, int op, int fd, long event);

	/**
	 * {@code epoll_pwait2(2)}, or {@code epoll_wait(2)} before Linux 5.11 and glibc 2.35,
	 * where the timeout is rounded up to milliseconds.
	 * @param epfd the epoll descriptor
	 * @param events address of an array of {@code struct epoll_event}
	 * @param max the number of elements
	 * @param timeoutNanos the longest wait, negative for ever
	 * @return the number of events or {@code -errno}
	 */
	int epollWait(int epfd, long events, int max, long timeoutNanos);

	/**
	 * {@code eventfd(2)}.
	 * @param initial the counter's start
	 * @param flags the flags
	 * @return a descriptor or {@code -errno}
	 */
	int eventfd(int initial, int flags);

	/**
	 * {@code inotify_init1(2)}.
	 * @param flags the flags
	 * @return a descriptor or {@code -errno}
	 */
	int inotifyInit1(int flags);

	/**
	 * {@code inotify_add_watch(2)}.
	 * @param fd the inotify descriptor
	 * @param path the path, ended by NUL
	 * @param mask the event and control bits
	 * @return a watch descriptor or {@code -errno}
	 */
	int inotifyAddWatch(int fd, byte[] path, int mask);

	/**
	 * {@code inotify_rm_watch(2)}.
	 * @param fd the inotify descriptor
	 * @param wd the watch descriptor
	 * @return 0 or {@code -errno}
	 */
	int inotifyRmWatch(int fd, int wd);

	/**
	 * {@code timerfd_create(2)}.
	 * @param clock the clock's id
	 * @param flags the flags
	 * @return a descriptor or {@code -errno}
	 */
	int timerfdCreate(int clock, int flags);

	/**
	 * {@code timerfd_settime(2)}.
	 * @param fd the timer descriptor
	 * @param flags 1 absolute, 2 cancel when the clock is set
	 * @param newValue address of a {@code struct itimerspec}
	 * @param oldValue address of a {@code struct itimerspec}, or 0
	 * @return 0 or {@code -errno}
	 */
	int timerfdSettime(int fd, int flags, long newValue, long oldValue);

	/**
	 * {@code timerfd_gettime(2)}.
	 * @param fd the timer descriptor
	 * @param value address of a {@code struct itimerspec}
	 * @return 0 or {@code -errno}
	 */
	int timerfdGettime(int fd, long value);

	/**
	 * {@code clock_gettime(2)}.
	 * @param clock the clock's id
	 * @param time address of a {@code struct timespec}
	 * @return 0 or {@code -errno}
	 */
	int clockGettime(int clock, long time);

	/**
	 * {@code signalfd(2)}.
	 * @param fd the descriptor to change, or -1 for a new one
	 * @param mask address of a {@code sigset_t}
	 * @param flags the flags
	 * @return a descriptor or {@code -errno}
	 */
	int signalfd(int fd, long mask, int flags);

	/**
	 * {@code pthread_sigmask(3)} of the calling thread.
	 * @param how 0 block, 1 unblock, 2 set
	 * @param set address of a {@code sigset_t}, or 0
	 * @param old address of a {@code sigset_t}, or 0
	 * @return 0 or {@code -errno}
	 */
	int pthreadSigmask(int how, long set, long old);

	/**
	 * {@code sigaction(2)}.
	 * @param signal the signal's number
	 * @param action address of a {@code struct sigaction}, or 0
	 * @param old address of a {@code struct sigaction}, or 0
	 * @return 0 or {@code -errno}
	 */
	int sigaction(int signal, long action, long old);

	/**
	 * {@code kill(2)}.
	 * @param pid the process; 0 is the caller's group, -1 everybody, less a group
	 * @param signal the signal's number; 0 only looks whether it may be sent
	 * @return 0 or {@code -errno}
	 */
	int kill(int pid, int signal);

	/**
	 * {@code tgkill(2)}.
	 * @param pid the process
	 * @param tid its thread
	 * @param signal the signal's number
	 * @return 0 or {@code -errno}
	 */
	int tgkill(int pid, int tid, int signal);

	/**
	 * {@code sigqueue(3)}.
	 * @param pid the process
	 * @param signal the signal's number
	 * @param value the {@code union sigval}
	 * @return 0 or {@code -errno}
	 */
	int sigqueue(int pid, int signal, long value);

	/**
	 * {@code rt_tgsigqueueinfo(2)}.
	 * @param pid the process
	 * @param tid its thread
	 * @param signal the signal's number
	 * @param info address of a {@code siginfo_t}
	 * @return 0 or {@code -errno}
	 */
	int rtTgsigqueueinfo(int pid, int tid, int signal, long info);

	/**
	 * {@code read(2)}.
	 * @param fd the descriptor
	 * @param buffer address of the buffer
	 * @param count the most bytes to read
	 * @return the number of bytes or {@code -errno}
	 */
	long read(int fd, long buffer, long count);

	/**
	 * {@code write(2)}.
	 * @param fd the descriptor
	 * @param buffer address of the bytes
	 * @param count the number of bytes
	 * @return the number of bytes written or {@code -errno}
	 */
	long write(int fd, long buffer, long count);

	/**
	 * {@code poll(2)}.
	 * @param fds address of an array of {@code struct pollfd}
	 * @param count the number of elements
	 * @param timeoutMillis the longest wait, -1 for ever
	 * @return the number of ready descriptors or {@code -errno}
	 */
	int poll(long fds, int count, int timeoutMillis);

	/**
	 * {@code open(2)} of a file that exists.
	 * @param path the path, ended by NUL
	 * @param flags the flags
	 * @return a descriptor or {@code -errno}
	 */
	int open(byte[] path, int flags);

	/**
	 * {@code fcntl(2)}.
	 * @param fd the descriptor
	 * @param command the command
	 * @param argument its argument
	 * @return the command's result or {@code -errno}
	 */
	int fcntl(int fd, int command, long argument);

	/**
	 * {@code close(2)}, never retried.
	 * @param fd the descriptor
	 * @return 0 or {@code -errno}
	 */
	int close(int fd);

	/**
	 * {@code mmap(2)} of anonymous private memory.
	 * @param length the size in bytes
	 * @param protection 1 read, 2 write, 4 execute
	 * @return the address or {@code -errno}
	 */
	long mmapAnonymous(long length, int protection);

	/**
	 * {@code mprotect(2)}.
	 * @param address the address of a page
	 * @param length the size in bytes
	 * @param protection 1 read, 2 write, 4 execute
	 * @return 0 or {@code -errno}
	 */
	int mprotect(long address, long length, int protection);

	/**
	 * {@code pidfd_open(2)}, always close-on-exec.
	 * @param pid the process id
	 * @param flags the flags
	 * @return a descriptor or {@code -errno}
	 */
	int pidfdOpen(int pid, int flags);

	/**
	 * {@code pidfd_send_signal(2)}.
	 * @param pidfd the pidfd
	 * @param signal the signal's number, or 0 to send none
	 * @param info address of a {@code siginfo_t}, or 0 for what kill(2) says
	 * @param flags the flags
	 * @return 0 or {@code -errno}
	 */
	int pidfdSendSignal(int pidfd, int signal, long info, int flags);

	/**
	 * {@code waitid(2)}.
	 * @param type what the id is: 1 a process id, 3 a pidfd
	 * @param id the id
	 * @param info address of a {@code siginfo_t}
	 * @param options the options
	 * @return 0 or {@code -errno}
	 */
	int waitid(int type, int id, long info, int options);

	/**
	 * {@code ioctl(2)}.
	 * @param fd the descriptor
	 * @param request the request
	 * @param argument its argument
	 * @return the request's result or {@code -errno}
	 */
	int ioctl(int fd, long request, long argument);

	/**
	 * {@code getuid(2)}, which cannot fail.
	 * @return the real user id of this process
	 */
	int getuid();

	/**
	 * {@code munmap(2)}.
	 * @param address the address of a page
	 * @param length the size in bytes
	 * @return 0 or {@code -errno}
	 */
	int munmap(long address, long length);

	/**
	 * {@code gethostname(2)}.
	 * @param name address of the buffer, where the name is ended by NUL
	 * @param length the buffer's size
	 * @return 0 or {@code -errno}
	 */
	int gethostname(long name, long length);

	/**
	 * {@code sethostname(2)}.
	 * @param name the name, not ended by anything
	 * @return 0 or {@code -errno}
	 */
	int sethostname(byte[] name);

	/**
	 * {@code getpid(2)} as a system call, which cannot fail.
	 * @return the process id, in this process's PID namespace
	 */
	int getpid();

	/**
	 * {@code getppid(2)} as a system call, which cannot fail.
	 * @return the parent's process id; 0 if it is in another PID namespace
	 */
	int getppid();

	/**
	 * {@code mount(2)}. All texts end in NUL.
	 * @param source the source, if there is one
	 * @param target the mount point
	 * @param type the type of file system, if there is one
	 * @param flags the flags
	 * @param data the options of the file system, if there are any
	 * @return 0 or {@code -errno}
	 */
	int mount(byte @Nullable [] source, byte[] target, byte @Nullable [] type, long flags, byte @Nullable [] data);

	/**
	 * {@code umount2(2)}.
	 * @param target the mount point, ended by NUL
	 * @param flags the flags
	 * @return 0 or {@code -errno}
	 */
	int umount2(byte[] target, int flags);

	/**
	 * {@code pivot_root(2)}.
	 * @param newRoot the mount point of the new root, ended by NUL
	 * @param putOld where the old root goes, ended by NUL
	 * @return 0 or {@code -errno}
	 */
	int pivotRoot(byte[] newRoot, byte[] putOld);

	/**
	 * {@code open_tree(2)} of a path, relative to the working directory.
	 * @param path the path, ended by NUL
	 * @param flags the flags
	 * @return a descriptor or {@code -errno}
	 */
	int openTree(byte[] path, int flags);

	/**
	 * {@code move_mount(2)} of what a descriptor stands for, by
	 * {@code MOVE_MOUNT_F_EMPTY_PATH}.
	 * @param fd the descriptor of a mount
	 * @param target the mount point, ended by NUL
	 * @return 0 or {@code -errno}
	 */
	int moveMount(int fd, byte[] target);

	/**
	 * {@code mount_setattr(2)} of what a descriptor stands for, by {@code AT_EMPTY_PATH}.
	 * @param fd the descriptor of a mount
	 * @param flags more flags
	 * @param attributes address of a {@code struct mount_attr}
	 * @param bytes its size
	 * @return 0 or {@code -errno}
	 */
	int mountSetattr(int fd, int flags, long attributes, long bytes);

	/**
	 * {@code fsopen(2)}.
	 * @param type the type of file system, ended by NUL
	 * @param flags the flags
	 * @return a descriptor or {@code -errno}
	 */
	int fsopen(byte[] type, int flags);

	/**
	 * {@code fsconfig(2)} of a text, a switch or a command.
	 * @param fd the descriptor of fsopen(2)
	 * @param command what to do
	 * @param key the option, ended by NUL, if there is one
	 * @param value its value, ended by NUL, if there is one
	 * @return 0 or {@code -errno}
	 */
	int fsconfig(int fd, int command, byte @Nullable [] key, byte @Nullable [] value);

	/**
	 * {@code fsmount(2)}.
	 * @param fd the descriptor of fsopen(2)
	 * @param flags the flags
	 * @param attributes the mount's attributes
	 * @return a descriptor or {@code -errno}
	 */
	int fsmount(int fd, int flags, int attributes);

	/**
	 * {@code unshare(2)}: of the calling thread alone.
	 * @param flags the flags
	 * @return 0 or {@code -errno}
	 */
	int unshare(int flags);

	/**
	 * {@code setns(2)}: of the calling thread alone.
	 * @param fd the descriptor of a namespace, or a pidfd
	 * @param types the namespace's type or 0; of a pidfd the types to enter
	 * @return 0 or {@code -errno}
	 */
	int setns(int fd, int types);

	/**
	 * {@code pipe2(2)}.
	 * @param fds address of two ints, for the read end and the write end
	 * @param flags the flags
	 * @return 0 or {@code -errno}
	 */
	int pipe2(long fds, int flags);

	/**
	 * {@code splice(2)}. One of the two is a pipe.
	 * @param in the descriptor to take from
	 * @param inOffset address of where to start there, which is moved on, or 0
	 * @param out the descriptor to give to
	 * @param outOffset address of where to start there, which is moved on, or 0
	 * @param length the most bytes
	 * @param flags the flags
	 * @return the number of bytes or {@code -errno}
	 */
	long splice(int in, long inOffset, int out, long outOffset, long length, int flags);

	/**
	 * {@code sendfile(2)}.
	 * @param out the descriptor to give to
	 * @param in the file to take from
	 * @param offset address of where to start there, which is moved on, or 0
	 * @param count the most bytes
	 * @return the number of bytes or {@code -errno}
	 */
	long sendfile(int out, int in, long offset, long count);

	/**
	 * {@code tee(2)}. Both are pipes.
	 * @param in the descriptor whose bytes stay there
	 * @param out the descriptor that gets them too
	 * @param length the most bytes
	 * @param flags the flags
	 * @return the number of bytes or {@code -errno}
	 */
	long tee(int in, int out, long length, int flags);

	/**
	 * {@code vmsplice(2)}.
	 * @param fd the pipe
	 * @param vectors address of an array of {@code struct iovec}
	 * @param count the number of elements
	 * @param flags the flags
	 * @return the number of bytes or {@code -errno}
	 */
	long vmsplice(int fd, long vectors, long count, int flags);

	/**
	 * {@code memfd_create(2)}.
	 * @param name what proc(5) shows, ended by NUL
	 * @param flags 1 close-on-exec
	 * @return a descriptor or {@code -errno}
	 */
	int memfdCreate(byte[] name, int flags);

	/**
	 * {@code seccomp(2)}; filters are loaded by {@link Libseccomp#load}.
	 * @param operation 3 asks for the sizes of the structs of user notification
	 * @param flags the flags
	 * @param argument address of the operation's argument
	 * @return the operation's result or {@code -errno}
	 */
	int seccomp(int operation, int flags, long argument);

	/**
	 * {@code fanotify_init(2)}.
	 * @param flags the class and the flags
	 * @param eventFlags the flags that events' files are opened with
	 * @return a descriptor or {@code -errno}
	 */
	int fanotifyInit(int flags, int eventFlags);

	/**
	 * {@code fanotify_mark(2)} of a path that is absolute or relative to the working
	 * directory.
	 * @param fd the fanotify descriptor
	 * @param flags the operation, the kind of mark and the flags
	 * @param mask the event bits
	 * @param path the path, ended by NUL
	 * @return 0 or {@code -errno}
	 */
	int fanotifyMark(int fd, int flags, long mask, byte[] path);

	/**
	 * {@code name_to_handle_at(2)} of a path that is absolute or relative to the working
	 * directory.
	 * @param path the path, ended by NUL
	 * @param handle address of a {@code struct file_handle}
	 * @param mountId address of an int that takes the id of the mount
	 * @param flags the flags
	 * @return 0 or {@code -errno}
	 */
	int nameToHandleAt(byte[] path, long handle, long mountId, int flags);

	/**
	 * {@code open_by_handle_at(2)}.
	 * @param mountFd a descriptor of anything on the file system
	 * @param handle address of a {@code struct file_handle}
	 * @param flags the flags
	 * @return a descriptor or {@code -errno}
	 */
	int openByHandleAt(int mountFd, long handle, int flags);

	/**
	 * {@code statfs(2)}.
	 * @param path the path, ended by NUL
	 * @param status address of a {@code struct statfs}
	 * @return 0 or {@code -errno}
	 */
	int statfs(byte[] path, long status);

	/**
	 * {@code pread(2)}.
	 * @param fd the descriptor
	 * @param buffer address of the buffer
	 * @param count its size
	 * @param offset where to read, whatever the descriptor's own position
	 * @return the number of bytes or {@code -errno}
	 */
	long pread(int fd, long buffer, long count, long offset);

	/**
	 * {@code io_uring_setup(2)}, always close-on-exec.
	 * @param entries the size of the submission queue
	 * @param params address of a {@code struct io_uring_params}
	 * @return a descriptor or {@code -errno}
	 */
	int ioUringSetup(int entries, long params);

	/**
	 * {@code io_uring_enter(2)}. What was submitted before an interrupt is told first, so
	 * nothing is submitted twice.
	 * @param fd the ring's descriptor
	 * @param submit how many entries of the submission queue to take
	 * @param complete for how many completions to wait
	 * @param flags the flags
	 * @return the number of entries taken or {@code -errno}
	 */
	int ioUringEnter(int fd, int submit, int complete, int flags);

	/**
	 * {@code io_uring_register(2)}.
	 * @param fd the ring's descriptor
	 * @param operation what to register
	 * @param argument address of the operation's argument
	 * @param count the number of its elements
	 * @return the operation's result or {@code -errno}
	 */
	int ioUringRegister(int fd, int operation, long argument, int count);

	/**
	 * {@code mmap(2)} of what a descriptor stands for, shared, for reading and writing.
	 * @param fd the descriptor
	 * @param length the size in bytes
	 * @param offset where to start
	 * @return the address or {@code -errno}
	 */
	long mmapShared(int fd, long length, long offset);

	/**
	 * {@code socket(2)}.
	 * @param domain the family of addresses
	 * @param type the type and the flags
	 * @param protocol the protocol, or 0
	 * @return a descriptor or {@code -errno}
	 */
	int socket(int domain, int type, int protocol);

	/**
	 * {@code bind(2)}.
	 * @param fd the socket
	 * @param address address of a {@code struct sockaddr}
	 * @param length its size
	 * @return 0 or {@code -errno}
	 */
	int bind(int fd, long address, int length);

	/**
	 * {@code listen(2)}.
	 * @param fd the socket
	 * @param backlog how many connections may wait to be accepted
	 * @return 0 or {@code -errno}
	 */
	int listen(int fd, int backlog);

	/**
	 * {@code accept4(2)} of a socket that does not block.
	 * @param fd the socket
	 * @param address address of room for a {@code struct sockaddr}, or 0
	 * @param length address of an int with its size, or 0
	 * @param flags the flags of the new socket
	 * @return a descriptor or {@code -errno}
	 */
	int accept4(int fd, long address, long length, int flags);

	/**
	 * {@code connect(2)} of a socket that does not block, and so is not retried.
	 * @param fd the socket
	 * @param address address of a {@code struct sockaddr}
	 * @param length its size
	 * @return 0 or {@code -errno}
	 */
	int connect(int fd, long address, int length);

	/**
	 * {@code getsockname(2)}.
	 * @param fd the socket
	 * @param address address of room for a {@code struct sockaddr}
	 * @param length address of an int with its size
	 * @return 0 or {@code -errno}
	 */
	int getsockname(int fd, long address, long length);

	/**
	 * {@code getpeername(2)}.
	 * @param fd the socket
	 * @param address address of room for a {@code struct sockaddr}
	 * @param length address of an int with its size
	 * @return 0 or {@code -errno}
	 */
	int getpeername(int fd, long address, long length);

	/**
	 * {@code getsockopt(2)}.
	 * @param fd the socket
	 * @param level the protocol
	 * @param option the option
	 * @param value address of room for the value
	 * @param length address of an int with its size
	 * @return 0 or {@code -errno}
	 */
	int getsockopt(int fd, int level, int option, long value, long length);

	/**
	 * {@code setsockopt(2)}.
	 * @param fd the socket
	 * @param level the protocol
	 * @param option the option
	 * @param value address of the value
	 * @param length its size
	 * @return 0 or {@code -errno}
	 */
	int setsockopt(int fd, int level, int option, long value, int length);

	/**
	 * {@code shutdown(2)} of a socket.
	 * @param fd the socket
	 * @param how 0 reading, 1 writing, 2 both
	 * @return 0 or {@code -errno}
	 */
	int shutdown(int fd, int how);

	/**
	 * {@code recv(2)}.
	 * @param fd the socket
	 * @param buffer address of the buffer
	 * @param count its size
	 * @param flags the flags
	 * @return the number of bytes or {@code -errno}
	 */
	long recv(int fd, long buffer, long count, int flags);

	/**
	 * {@code send(2)}.
	 * @param fd the socket
	 * @param buffer address of the bytes
	 * @param count the number of bytes
	 * @param flags the flags
	 * @return the number of bytes or {@code -errno}
	 */
	long send(int fd, long buffer, long count, int flags);

	/**
	 * {@code recvmsg(2)}.
	 * @param fd the socket
	 * @param message address of a {@code struct msghdr}
	 * @param flags the flags
	 * @return the number of bytes or {@code -errno}
	 */
	long recvmsg(int fd, long message, int flags);

	/**
	 * {@code sendmsg(2)}.
	 * @param fd the socket
	 * @param message address of a {@code struct msghdr}
	 * @param flags the flags
	 * @return the number of bytes or {@code -errno}
	 */
	long sendmsg(int fd, long message, int flags);

	/**
	 * {@code open(2)} of a file that may have to be made.
	 * @param path the path, ended by NUL
	 * @param flags the flags
	 * @param mode the permissions of a new file, less the umask
	 * @return a descriptor or {@code -errno}
	 */
	int open(byte[] path, int flags, int mode);

	/**
	 * {@code pwrite(2)}.
	 * @param fd the descriptor
	 * @param buffer address of the bytes
	 * @param count the number of bytes
	 * @param offset where to write, whatever the descriptor's own position
	 * @return the number of bytes or {@code -errno}
	 */
	long pwrite(int fd, long buffer, long count, long offset);

	/**
	 * {@code preadv(2)}.
	 * @param fd the descriptor
	 * @param vectors address of an array of {@code struct iovec}
	 * @param count the number of elements
	 * @param offset where to read
	 * @return the number of bytes or {@code -errno}
	 */
	long preadv(int fd, long vectors, int count, long offset);

	/**
	 * {@code pwritev(2)}.
	 * @param fd the descriptor
	 * @param vectors address of an array of {@code struct iovec}
	 * @param count the number of elements
	 * @param offset where to write
	 * @return the number of bytes or {@code -errno}
	 */
	long pwritev(int fd, long vectors, int count, long offset);

	/**
	 * {@code fsync(2)}.
	 * @param fd the descriptor
	 * @return 0 or {@code -errno}
	 */
	int fsync(int fd);

	/**
	 * {@code fdatasync(2)}.
	 * @param fd the descriptor
	 * @return 0 or {@code -errno}
	 */
	int fdatasync(int fd);

	/**
	 * {@code ftruncate(2)}.
	 * @param fd the descriptor
	 * @param size the new size in bytes
	 * @return 0 or {@code -errno}
	 */
	int ftruncate(int fd, long size);

	/**
	 * {@code lseek(2)}.
	 * @param fd the descriptor
	 * @param offset the offset
	 * @param whence 0 from the start, 1 from the position, 2 from the end
	 * @return the new position or {@code -errno}
	 */
	long lseek(int fd, long offset, int whence);

	/**
	 * {@code io_setup(2)}.
	 * @param count how many operations may be in flight
	 * @param context address of a word, zero before the call, that gets the context
	 * @return 0 or {@code -errno}
	 */
	int ioSetup(int count, long context);

	/**
	 * {@code io_destroy(2)}, which waits for what is in flight.
	 * @param context the context
	 * @return 0 or {@code -errno}
	 */
	int ioDestroy(long context);

	/**
	 * {@code io_submit(2)}.
	 * @param context the context
	 * @param count the number of pointers
	 * @param blocks address of pointers to {@code struct iocb}
	 * @return how many were taken, or {@code -errno} of the first
	 */
	int ioSubmit(long context, long count, long blocks);

	/**
	 * {@code io_getevents(2)}.
	 * @param context the context
	 * @param least for how many to wait
	 * @param most how many there is room for
	 * @param events address of an array of {@code struct io_event}
	 * @param timeout address of a {@code struct timespec}, or 0 for no limit
	 * @return how many there were, or {@code -errno}
	 */
	int ioGetevents(long context, long least, long most, long events, long timeout);

	/**
	 * {@code io_cancel(2)}.
	 * @param context the context
	 * @param block address of the {@code struct iocb}
	 * @param event address of a {@code struct io_event}, which newer kernels leave alone
	 * @return {@code -EINPROGRESS} if the operation will end soon, another {@code -errno}
	 * if it cannot be cancelled
	 */
	int ioCancel(long context, long block, long event);

}
