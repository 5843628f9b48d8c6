package io.github.linuxfd.aio;

/**
 * What an operation does, as meters and messages name it.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public enum OperationKind {

	/** {@code pread(2)}. */
	READ("read"),

	/** {@code pwrite(2)}. */
	WRITE("write"),

	/** {@code preadv(2)}. */
	READV("readv"),

	/** {@code pwritev(2)}. */
	WRITEV("writev"),

	/** {@code fsync(2)}. */
	FSYNC("fsync"),

	/** {@code accept4(2)}. */
	ACCEPT("accept"),

	/** {@code connect(2)}. */
	CONNECT("connect"),

	/** {@code recv(2)}. */
	RECV("recv"),

	/** {@code send(2)}. */
	SEND("send"),

	/** {@code recvmsg(2)}. */
	RECVMSG("recvmsg"),

	/** {@code sendmsg(2)}. */
	SENDMSG("sendmsg");

	private final String syscall;

	OperationKind(String syscall) {
		this.syscall = syscall;
	}

	/**
	 * Return the name of the system call that this stands for.
	 * @return for instance {@code recv}
	 */
	public String syscall() {
		return this.syscall;
	}

	/** Whether it can go on when its socket is readable, and not when it is writable. */
	boolean waitsForInput() {
		return switch (this) {
			case READ, READV, ACCEPT, RECV, RECVMSG -> true;
			default -> false;
		};
	}

}
