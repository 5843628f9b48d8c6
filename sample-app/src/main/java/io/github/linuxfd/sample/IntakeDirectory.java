package io.github.linuxfd.sample;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;

/**
 * The directories of the intake, and who may name what in them. They exist, and are this
 * process's own, once this object does: before any listener starts.
 *
 * @author linuxfd
 */
@Component
class IntakeDirectory implements AutoCloseable {

	private static final String REASON_SUFFIX = ".reason.txt";

	private static final Logger log = LoggerFactory.getLogger(IntakeDirectory.class);

	private final Path inbox;

	private final Path done;

	private final Path failed;

	private final FileChannel lock;

	IntakeDirectory(IntakeProperties properties) throws IOException {
		Path directory = properties.directory().toAbsolutePath().normalize();
		this.inbox = Files.createDirectories(directory.resolve("inbox"));
		this.done = Files.createDirectories(directory.resolve("done"));
		this.failed = Files.createDirectories(directory.resolve("failed"));
		this.lock = lock(directory);
		log.info("Taking files from {}", this.inbox);
	}

	/*
	 * H2 keeps a second process out of its files; another database would not.
	 */
	private static FileChannel lock(Path directory) throws IOException {
		FileChannel channel = FileChannel.open(directory.resolve(".lock"), StandardOpenOption.CREATE,
				StandardOpenOption.WRITE);
		FileLock lock = null;
		try {
			lock = channel.tryLock();
		}
		catch (OverlappingFileLockException ex) {
			log.debug("Locked by this very process", ex);
		}
		if (lock == null) {
			channel.close();
			throw new IllegalStateException(
					"Another file intake works on " + directory + "; give this one another intake.directory");
		}
		return channel;
	}

	Path inbox() {
		return this.inbox;
	}

	Path done() {
		return this.done;
	}

	Path failed() {
		return this.failed;
	}

	/**
	 * Move a file to {@code done/}.
	 * @param file a file in the inbox
	 * @return where it is now
	 * @throws IOException if it stays where it was
	 */
	Path moveToDone(Path file) throws IOException {
		Files.createDirectories(this.done);
		return move(file, freeName(file, this.done, null));
	}

	/**
	 * Move a file to {@code failed/}, with the reason next to it. The reason comes first:
	 * whoever finds the file finds the reason.
	 * @param file a file in the inbox
	 * @param reason what is wrong with it
	 * @return where it is now
	 * @throws IOException if it stays where it was
	 */
	Path moveToFailed(Path file, String reason) throws IOException {
		Files.createDirectories(this.failed);
		String text = reason + "\n";
		Path target = freeName(file, this.failed, text);
		writeReason(beside(target), text);
		return move(file, target);
	}

	/**
	 * Put a file where nothing is.
	 * @param file the file
	 * @param target its new path
	 * @return the new path
	 * @throws IOException if it stays where it was
	 */
	Path move(Path file, Path target) throws IOException {
		return Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
	}

	/*
	 * Whole or not at all: a torn one would not be recognised as ours after a crash. The
	 * reason is in the database as well, so that a name too long for one is no obstacle.
	 */
	private void writeReason(Path path, String text) throws IOException {
		Path draft = this.failed.resolve(".reason");
		try {
			Files.writeString(draft, text);
			Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE);
		}
		catch (IOException ex) {
			log.error("The reason could not be written next to the file: {}", ArrivedFile.printable(text.strip()), ex);
			Files.deleteIfExists(draft);
		}
	}

	/*
	 * rename(2) replaces what has the name already. A reason without its file, with these
	 * very words, was left by a crash between the two.
	 */
	private static Path freeName(Path file, Path directory, @Nullable String reason) throws IOException {
		for (int number = 0;; number++) {
			Path target = directory.resolve(numbered(file, number));
			if (!exists(target) && (reason == null || isFree(beside(target), reason))) {
				return target;
			}
		}
	}

	private static boolean isFree(Path path, String text) throws IOException {
		return !exists(path) || (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && Files.size(path) < 100_000
				&& new String(Files.readAllBytes(path), StandardCharsets.UTF_8).equals(text));
	}

	private static boolean exists(Path path) {
		return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
	}

	private static Path beside(Path file) {
		return rename(file, rawName(file) + REASON_SUFFIX);
	}

	private static Path numbered(Path file, int number) {
		if (number == 0) {
			return file.getFileName();
		}
		String name = rawName(file);
		int dot = name.lastIndexOf('.');
		int end = (dot > 0) ? dot : name.length();
		return rename(file, name.substring(0, end) + "." + number + name.substring(end)).getFileName();
	}

	/*
	 * A path's URI names every byte, whatever the JVM's encoding of file names can say.
	 */
	private static String rawName(Path file) {
		String uri = file.toUri().getRawPath();
		return uri.substring(uri.lastIndexOf('/') + 1);
	}

	private static Path rename(Path file, String rawName) {
		String uri = file.toUri().toString();
		return Path.of(URI.create(uri.substring(0, uri.lastIndexOf('/') + 1) + rawName));
	}

	@Override
	public void close() throws IOException {
		this.lock.close();
	}

}
