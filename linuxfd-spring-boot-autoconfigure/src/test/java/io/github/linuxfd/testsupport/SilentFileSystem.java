package io.github.linuxfd.testsupport;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.ffi.NativeMemory;
import io.github.linuxfd.ffi.NativePaths;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.mount.MountFlag;
import io.github.linuxfd.mount.Mounts;

/**
 * A file system that answers until it is asked for a certain name, and never again: what
 * then touches it hangs in the kernel. It speaks the protocol of {@code /dev/fuse},
 * fuse(4), in a JVM of its own, with whose end the kernel refuses all that still waits.
 * Each other name in it is that of one empty file. To be mounted in a mount namespace
 * that ends with the test.
 *
 * @author linuxfd
 */
public final class SilentFileSystem {

	/** Nothing is answered any more once somebody has looked for this name. */
	public static final String SILENCE = "silence";

	/** A line on the output: it is mounted. */
	public static final String MOUNTED = "mounted";

	private static final Path DEVICE = Path.of("/dev/fuse");

	private static final Duration LIFETIME = Duration.ofSeconds(45);

	private static final int O_RDWR = 2;

	private static final int BUFFER_BYTES = 64 * 1024;

	/** {@code struct fuse_in_header}: length, opcode, unique, node and so on. */
	private static final int IN_BYTES = 40;

	/** {@code struct fuse_out_header}: length, error, unique. */
	private static final int OUT_BYTES = 16;

	private static final int ATTRIBUTE_BYTES = 88;

	private static final long ROOT = 1;

	private static final long FILE = 2;

	private final Syscalls syscalls;

	private final int device;

	private final NativeMemory request = NativeMemory.allocate(BUFFER_BYTES);

	private final NativeMemory reply = NativeMemory.allocate(BUFFER_BYTES);

	private boolean silent;

	private SilentFileSystem(Syscalls syscalls, int device) {
		this.syscalls = syscalls;
		this.device = device;
	}

	/**
	 * Mount it, and answer until the standard input ends with whoever has started this.
	 * @param arguments the directory to mount it on
	 */
	public static void main(String[] arguments) throws Exception {
		Syscalls syscalls = Syscalls.system();
		int device = syscalls.open(NativePaths.encode(DEVICE), O_RDWR | Syscalls.CLOEXEC);
		if (device < 0) {
			System.out.println("SKIPPED: no " + DEVICE + ": " + Errno.ofResult(device));
			return;
		}
		new Mounts(syscalls).mount("linuxfd", Path.of(arguments[0]), "fuse", Flags.none(MountFlag.class),
				"fd=" + device + ",rootmode=40000,user_id=0,group_id=0");
		SilentFileSystem files = new SilentFileSystem(syscalls, device);
		Thread serving = new Thread(files::serve);
		serving.setDaemon(true);
		serving.start();
		Thread parent = new Thread(SilentFileSystem::awaitEndOfInput);
		parent.setDaemon(true);
		parent.start();
		System.out.println(MOUNTED);
		// whatever becomes of the others
		parent.join(LIFETIME.toMillis());
		Runtime.getRuntime().halt(0);
	}

	private static void awaitEndOfInput() {
		try {
			System.in.transferTo(OutputStream.nullOutputStream());
		}
		catch (IOException ex) {
			System.out.println("The input ended: " + ex);
		}
	}

	private void serve() {
		while (!this.silent) {
			long length = this.syscalls.read(this.device, this.request.address(), BUFFER_BYTES);
			// a request that was interrupted before it could be read
			if (length != -Errno.ENOENT.number() && length != -Errno.EAGAIN.number()) {
				if (length < IN_BYTES) {
					System.out.println("read: " + length);
					return;
				}
				answer((int) length);
			}
		}
	}

	/** Only what a file that is opened, read and looked at takes. */
	private void answer(int length) {
		ByteBuffer in = this.request.bytes();
		int opcode = in.getInt(4);
		long node = in.getLong(16);
		switch (opcode) {
			case 1 -> lookup(name(length));
			case 2, 36, 42 -> {
				// FORGET, INTERRUPT and BATCH_FORGET have no answer
			}
			case 3 -> reply(0, attributes(16, node)); // GETATTR, valid for no time
			case 14 -> reply(0, zeros(16)); // OPEN
			case 15 -> reply(0, 0); // READ: the end of the file
			case 18, 25 -> reply(0, 0); // RELEASE, FLUSH
			case 26 -> init();
			default -> reply(-Errno.ENOSYS.number(), 0);
		}
	}

	private String name(int length) {
		byte[] name = new byte[length - IN_BYTES - 1];
		this.request.bytes().get(IN_BYTES, name);
		return new String(name, StandardCharsets.UTF_8);
	}

	/** Each name is asked for each time: entry and attributes are valid for no time. */
	private void lookup(String name) {
		if (name.equals(SILENCE)) {
			reply(-Errno.ENOENT.number(), 0);
			this.silent = true;
		}
		else {
			int bytes = attributes(40, FILE);
			this.reply.bytes().putLong(OUT_BYTES, FILE);
			reply(0, bytes);
		}
	}

	/** Returns how long the answer is, of which the attributes are the end. */
	private int attributes(int offset, long node) {
		int bytes = zeros(offset + ATTRIBUTE_BYTES);
		int start = OUT_BYTES + offset;
		this.reply.bytes()
			.putLong(start, node)
			.putInt(start + 60, (node == ROOT) ? 0040755 : 0100644)
			.putInt(start + 64, 1)
			.putInt(start + 80, 4096);
		return bytes;
	}

	private int zeros(int bytes) {
		this.reply.bytes().put(OUT_BYTES, new byte[bytes]);
		return bytes;
	}

	/** The version that the kernel had when it got all that is used here. */
	private void init() {
		int bytes = zeros(64);
		this.reply.bytes().putInt(OUT_BYTES, 7).putInt(OUT_BYTES + 4, 31).putInt(OUT_BYTES + 20, 4096);
		reply(0, bytes);
	}

	private void reply(int error, int bytes) {
		this.reply.bytes().putInt(0, OUT_BYTES + bytes).putInt(4, error).putLong(8, this.request.bytes().getLong(8));
		this.syscalls.write(this.device, this.reply.address(), OUT_BYTES + bytes);
	}

}
