package io.github.linuxfd.fanotify;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.ffi.Syscalls;

/**
 * The files that this JVM opens on its own: its home, its class path, its libraries, its
 * temporary directory and whatever it has open now. If it had to ask itself for
 * permission to open one of them, it could wait for itself for ever. Any thread may call.
 *
 * @author linuxfd
 * @since 0.1.0
 */
public final class OwnFiles {

	private final Syscalls syscalls;

	private final Set<Path> files = new LinkedHashSet<>();

	private OwnFiles(Syscalls syscalls) {
		this.syscalls = syscalls;
	}

	/**
	 * Look for the files of this JVM.
	 * @param syscalls the calls
	 * @param others what the application opens on its own, such as its log directory
	 * @return the files and directories there are now
	 */
	public static OwnFiles find(Syscalls syscalls, Collection<Path> others) {
		OwnFiles own = new OwnFiles(syscalls);
		others.forEach(own::add);
		own.add(System.getProperty("java.home"));
		own.add(System.getProperty("java.io.tmpdir"));
		// where HotSpot puts hsperfdata and listens for jcmd(1), whatever that property
		// is
		own.add("/tmp");
		for (String entry : System.getProperty("java.class.path", "").split(File.pathSeparator)) {
			own.add(entry);
		}
		own.addMapped();
		own.addOpen();
		return own;
	}

	private void add(@Nullable String path) {
		if (path != null && !path.isEmpty()) {
			try {
				add(Path.of(path));
			}
			catch (InvalidPathException ex) {
				// what is no path is no file either
			}
		}
	}

	private void add(Path path) {
		try {
			this.files.add(path.toRealPath());
		}
		catch (IOException ex) {
			// not there: what is above it decides where it would be
			Path above = path.toAbsolutePath().getParent();
			if (above != null && Files.exists(above)) {
				add(above);
			}
		}
	}

	/** Libraries, the JDK's modules and class data archives: the sixth column. */
	private void addMapped() {
		try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
			maps.map((line) -> line.indexOf('/') >= 0 ? line.substring(line.indexOf('/')) : "")
				.distinct()
				.filter((path) -> !path.isEmpty() && Files.isRegularFile(Path.of(path)))
				.forEach(this::add);
		}
		catch (IOException ex) {
			throw new IllegalStateException("The files of this JVM cannot be found: " + ex, ex);
		}
	}

	/** Log files, and the jars of class loaders that are in no class path. */
	private void addOpen() {
		try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
			for (Path descriptor : descriptors) {
				if (Files.isRegularFile(descriptor)) {
					Path file = Files.readSymbolicLink(descriptor);
					if (file.isAbsolute() && Files.exists(file)) {
						add(file);
					}
				}
			}
		}
		catch (IOException ex) {
			throw new IllegalStateException("The files of this JVM cannot be found: " + ex, ex);
		}
	}

	/**
	 * Return which of these files a mark would cover.
	 * @param kind what is marked
	 * @param path a path of it, or on it
	 * @return the first such file, or empty if there is none
	 * @throws SyscallException {@code ENOENT} - there is no such path
	 */
	public Optional<Path> coveredBy(FanotifyMark kind, Path path) {
		Mounts mounts = Mounts.read(this.syscalls);
		Predicate<Path> covers = switch (kind) {
			case INODE -> {
				Object marked = key(path);
				yield (file) -> marked.equals(key(file)) || marked.equals(key(file.getParent()));
			}
			case MOUNT -> {
				int marked = mounts.mountId(path);
				yield (file) -> marked == mounts.mountId(file);
			}
			case FILESYSTEM -> {
				String marked = mounts.device(path);
				yield (file) -> marked.equals(mounts.device(file));
			}
			case MNTNS -> (file) -> false;
		};
		return this.files.stream().filter(Files::exists).filter(covers).findFirst();
	}

	/** What is gone meanwhile is like nothing else. */
	private static Object key(@Nullable Path path) {
		try {
			return (path != null) ? Files.readAttributes(path, BasicFileAttributes.class).fileKey() : new Object();
		}
		catch (IOException ex) {
			return new Object();
		}
	}

}
