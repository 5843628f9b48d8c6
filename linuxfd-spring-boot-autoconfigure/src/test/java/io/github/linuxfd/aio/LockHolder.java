package io.github.linuxfd.aio;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;

import io.github.linuxfd.testsupport.ForkedJvm;

/**
 * Another program that holds a lock on part of a file until it ends.
 *
 * @author linuxfd
 */
final class LockHolder {

	private LockHolder() {
	}

	/**
	 * Start the program and wait for its lock.
	 * @param file the file
	 * @param position where the locked region starts
	 * @param size how long it is
	 * @param shared whether others may share it
	 * @return the program, whose end releases the lock
	 */
	static ForkedJvm start(Path file, long position, long size, boolean shared) {
		ForkedJvm holder = ForkedJvm.start(LockHolder.class, file.toString(), Long.toString(position),
				Long.toString(size), Boolean.toString(shared));
		holder.awaitLine("locked");
		return holder;
	}

	public static void main(String[] arguments) throws IOException, InterruptedException {
		try (FileChannel channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.READ,
				StandardOpenOption.WRITE);
				FileLock lock = channel.lock(Long.parseLong(arguments[1]), Long.parseLong(arguments[2]),
						Boolean.parseBoolean(arguments[3]))) {
			System.out.println(lock.isValid() ? "locked" : "not locked");
			new CountDownLatch(1).await();
		}
	}

}
