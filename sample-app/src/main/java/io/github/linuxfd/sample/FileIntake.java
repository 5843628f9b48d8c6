package io.github.linuxfd.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

import jakarta.annotation.PostConstruct;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionOperations;

import io.github.linuxfd.sample.IntakeRecords.FileRecord;
import io.github.linuxfd.sample.LiveEvent.Kind;

/**
 * Takes files from the inbox into the database, each of them once, however often it is
 * asked to and wherever it was killed before.
 * <p>
 * A file's rows and its record are committed together, and the record says that the file
 * has not left the inbox. When that is sure to survive, the file moves, and the record is
 * ticked off. What a crash leaves between these steps is told by the record: a file in
 * the inbox that has one only needs to move. The last two steps are taken for a group of
 * files at once, since to make something sure takes a database longer than to store it.
 *
 * @author linuxfd
 */
@Component
class FileIntake {

	private static final int FILES_PER_GROUP = 100;

	private static final int ROWS_PER_BATCH = 500;

	private static final int ATTEMPTS = 3;

	private static final Set<String> UNFINISHED = Set.of(".part", ".filepart", ".tmp");

	private static final Logger log = LoggerFactory.getLogger(FileIntake.class);

	private final IntakeDirectory directory;

	private final IntakeRecords records;

	private final TransactionOperations transaction;

	private final Writers writers;

	private final RunningTotals totals;

	private final LiveFeed feed;

	/**
	 * One group at a time, whoever asks.
	 */
	private final ReentrantLock lock = new ReentrantLock();

	/**
	 * Held while files move and until they are counted.
	 */
	private final ReentrantLock moving = new ReentrantLock();

	private final AtomicBoolean leftBehind = new AtomicBoolean();

	private boolean totalsInDoubt = true;

	FileIntake(IntakeDirectory directory, IntakeRecords records, TransactionOperations transaction, Writers writers,
			RunningTotals totals, LiveFeed feed) {
		this.directory = directory;
		this.records = records;
		this.transaction = transaction;
		this.writers = writers;
		this.totals = totals;
		this.feed = feed;
	}

	/**
	 * Learn from the database what was done before: by an earlier run, or while it was
	 * away. Files that are in the inbox are for the inbox listener to bring.
	 * @throws IOException if the inbox cannot be read
	 */
	@PostConstruct
	void recover() throws IOException {
		this.lock.lock();
		try {
			countIfInDoubt();
			tickOffMoved();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Return the totals. They count a file exactly if it has left the inbox, for whoever
	 * looks at both.
	 * @return the totals
	 */
	Totals totals() {
		this.moving.lock();
		try {
			return this.totals.current();
		}
		finally {
			this.moving.unlock();
		}
	}

	/**
	 * Ingest files that may be complete. One that is gone was dealt with before.
	 * @param paths entries of the inbox
	 */
	void ingest(List<Path> paths) {
		boolean databaseWorks = true;
		for (int start = 0; databaseWorks && start < paths.size(); start += FILES_PER_GROUP) {
			databaseWorks = ingestGroup(paths.subList(start, Math.min(start + FILES_PER_GROUP, paths.size())));
		}
	}

	/**
	 * Ingest files that a scan found. Nobody said that they are complete.
	 * @param paths entries of the inbox
	 */
	void ingestFound(List<Path> paths) {
		List<Path> complete = new ArrayList<>(paths.size());
		for (Path path : paths) {
			if (this.writers.isUnsettled(path)) {
				log.debug("{} may be incomplete", path);
				this.leftBehind.set(true);
			}
			else {
				complete.add(path);
			}
		}
		ingest(complete);
	}

	/**
	 * Return whether something had to stay in the inbox since this was last asked.
	 * @return {@code true} if it should be tried again
	 */
	boolean takeLeftBehind() {
		return this.leftBehind.getAndSet(false);
	}

	private boolean ingestGroup(List<Path> paths) {
		this.lock.lock();
		try {
			countIfInDoubt();
			Group group = new Group();
			boolean settled = true;
			for (Path path : paths) {
				settled &= store(path, group);
			}
			settled &= move(group);
			if (!settled) {
				this.leftBehind.set(true);
			}
			return true;
		}
		catch (DataAccessException | TransactionException ex) {
			this.totalsInDoubt = true;
			this.leftBehind.set(true);
			log.error("The database failed; what it did not take stays in the inbox", ex);
			this.feed.publish(LiveEvent.of(Kind.NOTICE, null, "the database failed; files stay in the inbox"));
			return false;
		}
		finally {
			this.lock.unlock();
		}
	}

	/*
	 * False if the file has to stay in the inbox. A database that fails for one file is
	 * asked whether it fails for all.
	 */
	private boolean store(Path path, Group group) {
		if (isIgnored(path)) {
			log.debug("Ignored: {}", path);
			return true;
		}
		try {
			for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
				ArrivedFile file = ArrivedFile.at(path);
				if (file == null) {
					reportIfOddity(path);
					return true;
				}
				if (this.writers.isBeingWritten(path)) {
					// its CLOSE_WRITE follows, unless it was opened by a name outside the
					// inbox
					log.debug("{} is being written", file);
					return false;
				}
				if (store(file, group)) {
					return true;
				}
				log.debug("{} changed while it was read", file);
			}
		}
		catch (DataAccessException | TransactionException ex) {
			stays(path, ex);
			this.totalsInDoubt = true;
			this.records.totals();
		}
		catch (IOException | UncheckedIOException ex) {
			stays(path, ex);
		}
		return false;
	}

	private void stays(Path path, Exception ex) {
		log.error("{} stays in the inbox", ArrivedFile.printable(path.toString()), ex);
		this.feed.publish(LiveEvent.of(Kind.NOTICE, path.getFileName().toString(), "stays in the inbox: " + ex));
	}

	/*
	 * Names that a program gives a file until it is complete.
	 */
	private static boolean isIgnored(Path path) {
		String name = path.getFileName().toString();
		return name.startsWith(".") || UNFINISHED.stream().anyMatch(name::endsWith);
	}

	private static void reportIfOddity(Path path) {
		if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
			log.debug("{} is a directory", path);
		}
		else if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
			log.warn("{} is not a regular file and is ignored", ArrivedFile.printable(path.toString()));
		}
		else {
			log.debug("{} was dealt with before", path);
		}
	}

	/*
	 * False if the file changed meanwhile.
	 */
	private boolean store(ArrivedFile file, Group group) throws IOException {
		FileRecord earlier = this.records.findUnmoved(file);
		if (earlier != null && earlier.isUnchanged(file)) {
			group.addIfAbsent(new Stored(file, earlier.id(), 0, earlier.reason(), false));
			return true;
		}
		if (earlier != null) {
			log.info("{} was written to after it had been closed, and is read again", file);
			group.remove(earlier.id());
			this.totalsInDoubt = true;
		}
		try {
			Stored stored = this.transaction.execute((status) -> read(file, earlier));
			if (stored != null) {
				group.addIfAbsent(stored);
			}
			return stored != null;
		}
		catch (FileChangedException ex) {
			return false;
		}
		catch (UnusableFileException ex) {
			if (!file.isSameAs(ArrivedFile.at(file.path()))) {
				return false;
			}
			Stored stored = this.transaction.execute((status) -> reject(file, earlier, ex.reason()));
			if (stored != null) {
				group.addIfAbsent(stored);
			}
			return stored != null;
		}
	}

	private Stored read(ArrivedFile file, @Nullable FileRecord earlier) {
		if (earlier != null) {
			this.records.remove(earlier.id());
		}
		long id = this.records.add(file, null);
		int count = 0;
		List<String[]> rows = new ArrayList<>();
		try (CsvFile csv = CsvFile.open(file.path())) {
			while (csv.hasNext()) {
				rows.add(csv.next());
				count++;
				if (rows.size() == ROWS_PER_BATCH) {
					this.records.addRows(id, count - rows.size() + 1, rows);
					rows.clear();
				}
			}
			if (!rows.isEmpty()) {
				this.records.addRows(id, count - rows.size() + 1, rows);
			}
			this.records.setRowCount(id, count);
			if (!file.isSameAs(ArrivedFile.at(file.path()))) {
				throw new FileChangedException();
			}
		}
		catch (NoSuchFileException ex) {
			throw new FileChangedException();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return new Stored(file, id, count, null, true);
	}

	private Stored reject(ArrivedFile file, @Nullable FileRecord earlier, String reason) {
		if (earlier != null) {
			this.records.remove(earlier.id());
		}
		return new Stored(file, this.records.add(file, reason), 0, reason, true);
	}

	private boolean move(Group group) {
		if (group.isEmpty()) {
			return true;
		}
		this.records.makeSure();
		boolean settled = true;
		List<Long> moved = new ArrayList<>(group.stored.size());
		this.moving.lock();
		try {
			for (Stored stored : group.stored) {
				if (move(stored)) {
					moved.add(stored.id());
				}
				else {
					settled = false;
				}
			}
			group.stored.forEach(this::count);
			this.transaction.executeWithoutResult((status) -> this.records.setMoved(moved));
			countIfInDoubt();
		}
		finally {
			this.moving.unlock();
		}
		return settled;
	}

	private boolean move(Stored stored) {
		ArrivedFile file = stored.file();
		String reason = stored.reason();
		try {
			ArrivedFile present = ArrivedFile.at(file.path());
			if (present == null || present.inode() != file.inode()) {
				log.warn("{} is in the database, and was taken from the inbox by somebody else", file);
				return true;
			}
			if (!file.isSameAs(present) || this.writers.isBeingWritten(file.path())) {
				log.debug("{} is written to again", file);
				return false;
			}
			Path target = (reason != null) ? this.directory.moveToFailed(file.path(), reason)
					: this.directory.moveToDone(file.path());
			if (!file.isSameAs(ArrivedFile.at(target))) {
				log.warn("{} was written to while it moved; its end is in {} but not in the database", file,
						ArrivedFile.printable(target.toString()));
			}
			return true;
		}
		catch (IOException ex) {
			stays(file.path(), ex);
			return false;
		}
	}

	private void count(Stored stored) {
		ArrivedFile file = stored.file();
		String reason = stored.reason();
		if (!stored.isNew()) {
			log.info("{} was in the database already and only had to move", file);
		}
		else if (reason != null) {
			log.warn("{} failed: {}", file, reason);
			this.totals.change(Totals::withFailed);
			this.feed.publish(LiveEvent.of(Kind.FAILED, file.name(), reason));
		}
		else {
			log.debug("{} is ingested, rows: {}", file, stored.rows());
			this.totals.change((totals) -> totals.withIngested(stored.rows()));
			this.feed.publish(LiveEvent.of(Kind.INGESTED, file.name(),
					stored.rows() + ((stored.rows() == 1) ? " row" : " rows")));
		}
	}

	/*
	 * A record whose file is not in the inbox any more: the process died, or lost the
	 * database, right after the move. To keep it would make the same file look dealt with
	 * should somebody put it back.
	 */
	private void tickOffMoved() throws IOException {
		List<FileRecord> unmoved = new ArrayList<>(this.records.findUnmoved());
		if (unmoved.isEmpty()) {
			return;
		}
		try (DirectoryStream<Path> entries = Files.newDirectoryStream(this.directory.inbox())) {
			for (Path entry : entries) {
				ArrivedFile file = ArrivedFile.at(entry);
				if (file != null) {
					unmoved.removeIf((record) -> record.isOf(file));
				}
			}
		}
		this.records.setMoved(unmoved.stream().map(FileRecord::id).toList());
	}

	/*
	 * After a failure nobody knows what was committed.
	 */
	private void countIfInDoubt() {
		if (this.totalsInDoubt) {
			Totals counted = this.records.totals();
			this.totals.change((totals) -> counted);
			this.totalsInDoubt = false;
		}
	}

	/**
	 * A file in the database that has to leave the inbox.
	 *
	 * @param file the file
	 * @param id its record
	 * @param rows the number of its rows
	 * @param reason why it failed, or {@code null} if it is ingested
	 * @param isNew whether it was stored just now, and not before a crash
	 */
	private record Stored(ArrivedFile file, long id, int rows, @Nullable String reason, boolean isNew) {
	}

	private static final class Group {

		private final List<Stored> stored = new ArrayList<>();

		boolean isEmpty() {
			return this.stored.isEmpty();
		}

		void addIfAbsent(Stored file) {
			if (this.stored.stream().noneMatch((other) -> other.id() == file.id())) {
				this.stored.add(file);
			}
		}

		void remove(long id) {
			this.stored.removeIf((file) -> file.id() == id);
		}

	}

	private static final class FileChangedException extends RuntimeException {

		FileChangedException() {
			super(null, null, false, false);
		}

	}

}
