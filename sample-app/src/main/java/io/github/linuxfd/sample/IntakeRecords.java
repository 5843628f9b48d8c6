package io.github.linuxfd.sample;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.stereotype.Repository;

/**
 * What the database knows of files: the tables {@code intake_file} and
 * {@code intake_row}. A file is entered with what became of it, and ticked off when it
 * has left the inbox.
 *
 * @author linuxfd
 */
@Repository
class IntakeRecords {

	private static final String SELECT_UNMOVED = "select id, name, inode, size_bytes, modified_nanos, reason"
			+ " from intake_file where moved = false";

	private static final String INSERT_ROW = "insert into intake_row (file_id, row_number, cells) values (?, ?, ?)";

	private final JdbcClient client;

	private final JdbcTemplate template;

	private final JsonMapper json;

	private final boolean writesLater;

	IntakeRecords(JdbcClient client, JdbcTemplate template, JsonMapper json) {
		this.client = client;
		this.template = template;
		this.json = json;
		this.writesLater = "H2"
			.equals(template.execute((Connection connection) -> connection.getMetaData().getDatabaseProductName()));
	}

	/**
	 * Find a file that was dealt with and has not left the inbox yet.
	 * @param file a file in the inbox, perhaps changed since
	 * @return its record, or {@code null} if it is new
	 */
	@Nullable FileRecord findUnmoved(ArrivedFile file) {
		return this.client.sql(SELECT_UNMOVED + " and name = ? and inode = ?")
			.params(file.name(), file.inode())
			.query(IntakeRecords::fileRecord)
			.optional()
			.orElse(null);
	}

	/**
	 * Return all files that were dealt with and did not leave the inbox, as far as is
	 * known.
	 * @return their records
	 */
	List<FileRecord> findUnmoved() {
		return this.client.sql(SELECT_UNMOVED).query(IntakeRecords::fileRecord).list();
	}

	private static FileRecord fileRecord(ResultSet row, int number) throws SQLException {
		return new FileRecord(row.getLong("id"), row.getString("name"), row.getLong("inode"), row.getLong("size_bytes"),
				row.getLong("modified_nanos"), row.getString("reason"));
	}

	/**
	 * Enter a file.
	 * @param file the file
	 * @param reason why it failed, or {@code null} if it is ingested
	 * @return the record's id
	 */
	long add(ArrivedFile file, @Nullable String reason) {
		GeneratedKeyHolder id = new GeneratedKeyHolder();
		this.client.sql("""
				insert into intake_file (name, inode, size_bytes, modified_nanos, outcome, reason, row_count, moved)
				values (?, ?, ?, ?, ?, ?, 0, false)
				""")
			.params(file.name(), file.inode(), file.size(), file.modified(), (reason != null) ? "FAILED" : "INGESTED")
			.param(reason)
			.update(id, "id");
		Number key = id.getKey();
		if (key == null) {
			throw new IllegalStateException("The database gave the file no id");
		}
		return key.longValue();
	}

	/**
	 * Enter rows of a file.
	 * @param id the file's record
	 * @param first the number of the first of the rows, from 1
	 * @param rows the rows' cells
	 */
	void addRows(long id, int first, List<String[]> rows) {
		int[] number = { first };
		this.template.batchUpdate(INSERT_ROW, rows, rows.size(), (statement, cells) -> {
			statement.setLong(1, id);
			statement.setInt(2, number[0]++);
			statement.setString(3, text(number[0] - 1, cells));
		});
	}

	private String text(int number, String[] cells) {
		String text = this.json.writeValueAsString(cells);
		if (text.length() > CsvFile.MAX_RECORD_LENGTH) {
			throw new UnusableFileException(
					"row " + number + " is longer than " + CsvFile.MAX_RECORD_LENGTH + " characters");
		}
		return text;
	}

	void setRowCount(long id, int rows) {
		this.client.sql("update intake_file set row_count = ? where id = ?").params(rows, id).update();
	}

	/**
	 * Forget a file that has not left the inbox, and its rows.
	 * @param id the file's record
	 */
	void remove(long id) {
		this.client.sql("delete from intake_row where file_id = ?").param(id).update();
		this.client.sql("delete from intake_file where id = ?").param(id).update();
	}

	/**
	 * Make sure that all that was committed survives the end of this process. H2 writes
	 * commits to its file half a second later unless it is told to; other databases are
	 * sure when they return.
	 */
	void makeSure() {
		if (this.writesLater) {
			this.client.sql("checkpoint sync").update();
		}
	}

	/**
	 * Tick off files that have left the inbox.
	 * @param ids the files' records
	 */
	void setMoved(List<Long> ids) {
		this.template.batchUpdate("update intake_file set moved = true where id = ?", ids, Math.max(ids.size(), 1),
				(statement, id) -> statement.setLong(1, id));
	}

	Totals totals() {
		return this.client.sql("""
				select count(case when outcome = 'INGESTED' then 1 end) as files,
					coalesce(sum(row_count), 0) as row_total,
					count(case when outcome = 'FAILED' then 1 end) as failed
				from intake_file
				""")
			.query((row, number) -> new Totals(row.getLong("files"), row.getLong("row_total"), row.getLong("failed")))
			.single();
	}

	/**
	 * A file that was dealt with, as it was then.
	 *
	 * @param id the record's id
	 * @param name the file's name
	 * @param inode the file's inode number
	 * @param size the file's size
	 * @param modified when the file was last written to
	 * @param reason why it failed, or {@code null} if it was ingested
	 */
	record FileRecord(long id, String name, long inode, long size, long modified, @Nullable String reason) {

		/**
		 * Whether it is about this file, as it was or changed.
		 */
		boolean isOf(ArrivedFile file) {
			return this.name.equals(file.name()) && this.inode == file.inode();
		}

		boolean isUnchanged(ArrivedFile file) {
			return isOf(file) && this.size == file.size() && this.modified == file.modified();
		}

	}

}
