package io.github.linuxfd.aio;

import java.nio.ByteBuffer;

import io.github.linuxfd.ffi.Layouts.Iocb;

/**
 * What Linux AIO is to do: {@code struct iocb}, one of several in a piece of native
 * memory.
 *
 * @author linuxfd
 */
final class IoControlBlock {

	private static final short IOCB_CMD_PREAD = 0;

	private static final short IOCB_CMD_PWRITE = 1;

	private static final short IOCB_CMD_FSYNC = 2;

	private static final short IOCB_CMD_FDSYNC = 3;

	private static final short IOCB_CMD_PREADV = 7;

	private static final short IOCB_CMD_PWRITEV = 8;

	private static final int IOCB_FLAG_RESFD = 1;

	private final ByteBuffer blocks;

	private final int at;

	/** With a number that comes back, and an eventfd that is told of the completion. */
	IoControlBlock(ByteBuffer blocks, int index, int eventfd) {
		this.blocks = blocks;
		this.at = index * Iocb.BYTES;
		blocks.putLong(this.at + Iocb.DATA, index)
			.putInt(this.at + Iocb.RW_FLAGS, 0)
			.putShort(this.at + Iocb.REQPRIO, (short) 0)
			.putLong(this.at + Iocb.RESERVED2, 0)
			.putInt(this.at + Iocb.FLAGS, IOCB_FLAG_RESFD)
			.putInt(this.at + Iocb.RESFD, eventfd);
	}

	void pread(int fd, long address, int length, long offset) {
		put(IOCB_CMD_PREAD, fd, address, length, offset);
	}

	void pwrite(int fd, long address, int length, long offset) {
		put(IOCB_CMD_PWRITE, fd, address, length, offset);
	}

	void preadv(int fd, long vectors, int count, long offset) {
		put(IOCB_CMD_PREADV, fd, vectors, count, offset);
	}

	void pwritev(int fd, long vectors, int count, long offset) {
		put(IOCB_CMD_PWRITEV, fd, vectors, count, offset);
	}

	void fsync(int fd, boolean dataOnly) {
		put(dataOnly ? IOCB_CMD_FDSYNC : IOCB_CMD_FSYNC, fd, 0, 0, 0);
	}

	private void put(short command, int fd, long address, int length, long offset) {
		this.blocks.putShort(this.at + Iocb.LIO_OPCODE, command)
			.putInt(this.at + Iocb.FILDES, fd)
			.putLong(this.at + Iocb.BUF, address)
			.putLong(this.at + Iocb.NBYTES, length)
			.putLong(this.at + Iocb.OFFSET, offset);
	}

}
