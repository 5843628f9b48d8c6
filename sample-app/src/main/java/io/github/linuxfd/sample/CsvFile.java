package io.github.linuxfd.sample;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.FilterReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;

import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * The rows of a CSV file as RFC 4180 has them, in UTF-8, one at a time. There is no
 * header: every record is a row. Empty lines are passed over, a byte order mark as well,
 * and a quote inside a cell that does not begin with one is just a character.
 *
 * @author linuxfd
 */
class CsvFile implements Iterator<String[]>, Closeable {

	/**
	 * A record longer than this is more likely an open quote than data.
	 */
	static final int MAX_RECORD_LENGTH = 1_000_000;

	private static final char BYTE_ORDER_MARK = '\uFEFF';

	private final CheckingReader reader;

	private final CSVParser parser;

	private final Iterator<CSVRecord> records;

	private int columns = -1;

	private CsvFile(CheckingReader reader) throws IOException {
		this.reader = reader;
		this.parser = CSVParser.parse(reader, CSVFormat.DEFAULT);
		this.records = this.parser.iterator();
	}

	/**
	 * Open a file.
	 * @param path the file
	 * @return its rows
	 * @throws UnusableFileException if it must not be read
	 * @throws IOException if it cannot be opened for another reason
	 */
	static CsvFile open(Path path) throws IOException {
		InputStream bytes;
		try {
			bytes = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS);
		}
		catch (AccessDeniedException ex) {
			throw new UnusableFileException("it cannot be read: permission denied", ex);
		}
		try {
			return new CsvFile(new CheckingReader(new InputStreamReader(new BufferedInputStream(bytes),
					StandardCharsets.UTF_8.newDecoder()
						.onMalformedInput(CodingErrorAction.REPORT)
						.onUnmappableCharacter(CodingErrorAction.REPORT))));
		}
		catch (IOException | RuntimeException ex) {
			bytes.close();
			throw ex;
		}
	}

	/**
	 * Whether there is another row.
	 * @throws UnusableFileException if what follows is not valid CSV
	 */
	@Override
	public boolean hasNext() {
		this.reader.startRecord();
		try {
			return this.records.hasNext();
		}
		catch (UncheckedIOException ex) {
			throw reasonOf(ex);
		}
	}

	@Override
	public String[] next() {
		if (!hasNext()) {
			throw new NoSuchElementException();
		}
		CSVRecord record = this.records.next();
		if (this.columns < 0) {
			this.columns = record.size();
		}
		if (record.size() != this.columns) {
			throw new UnusableFileException(
					"row " + record.getRecordNumber() + " (line " + this.parser.getCurrentLineNumber() + ") has "
							+ count(record.size()) + ", the first row has " + count(this.columns));
		}
		return record.values();
	}

	private static String count(int columns) {
		return columns + ((columns == 1) ? " column" : " columns");
	}

	private RuntimeException reasonOf(UncheckedIOException ex) {
		IOException cause = ex.getCause();
		String place = "after line " + this.parser.getCurrentLineNumber();
		if (cause == null || cause instanceof ClosedByInterruptException) {
			return ex;
		}
		if (cause instanceof CharacterCodingException) {
			return new UnusableFileException("it is not UTF-8 " + place, ex);
		}
		if (cause instanceof InvalidTextException invalid) {
			return new UnusableFileException(invalid.reason + " " + place, ex);
		}
		if (cause instanceof CSVException) {
			return new UnusableFileException("broken quotes: " + cause.getMessage(), ex);
		}
		return new UnusableFileException("it cannot be read: " + cause.getMessage(), ex);
	}

	@Override
	public void close() throws IOException {
		this.parser.close();
	}

	/**
	 * Stops the parser where it would collect without end, and at what no text holds.
	 */
	private static final class CheckingReader extends FilterReader {

		private int recordLength;

		private boolean started;

		CheckingReader(Reader reader) {
			super(reader);
		}

		void startRecord() {
			this.recordLength = 0;
		}

		@Override
		public int read() throws IOException {
			char[] one = new char[1];
			return (read(one, 0, 1) < 0) ? -1 : one[0];
		}

		@Override
		public int read(char[] buffer, int offset, int length) throws IOException {
			int count = super.read(buffer, offset, length);
			if (!this.started && count > 0) {
				this.started = true;
				if (buffer[offset] == BYTE_ORDER_MARK) {
					System.arraycopy(buffer, offset + 1, buffer, offset, --count);
					return (count > 0) ? check(buffer, offset, count) : read(buffer, offset, length);
				}
			}
			return check(buffer, offset, count);
		}

		private int check(char[] buffer, int offset, int count) throws InvalidTextException {
			for (int i = offset; i < offset + count; i++) {
				if (buffer[i] == 0) {
					throw new InvalidTextException("there is a NUL byte");
				}
			}
			this.recordLength += Math.max(count, 0);
			if (this.recordLength > MAX_RECORD_LENGTH) {
				throw new InvalidTextException("a row is longer than " + MAX_RECORD_LENGTH + " characters");
			}
			return count;
		}

	}

	private static final class InvalidTextException extends IOException {

		private final String reason;

		InvalidTextException(String reason) {
			super(reason);
			this.reason = reason;
		}

	}

}
