package io.github.linuxfd.sample;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.mockito.Mockito;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.inotify.InotifyFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An intake on real directories and a real database, without the application around it.
 * Its parts are spies, so that tests can make them fail.
 *
 * @author linuxfd
 */
class IntakeFixture implements AutoCloseable {

	final HikariDataSource dataSource = new HikariDataSource();

	final IntakeDirectory directory;

	final IntakeRecords records;

	final Writers writers = Mockito.spy(new Writers(new InotifyFactory(Syscalls.system()), Duration.ZERO));

	final RunningTotals totals = new RunningTotals(new SimpleMeterRegistry());

	final LiveFeed feed = new LiveFeed(this.totals);

	final FileIntake intake;

	final JdbcClient client;

	IntakeFixture(Path root) throws IOException {
		this.dataSource.setJdbcUrl("jdbc:h2:file:" + root + "/database/intake" + System.getProperty("h2x", "")
				+ ";DB_CLOSE_ON_EXIT=FALSE");
		this.dataSource.setMaximumPoolSize(3);
		new ResourceDatabasePopulator(new ClassPathResource("schema.sql")).execute(this.dataSource);
		this.client = JdbcClient.create(this.dataSource);
		this.directory = Mockito.spy(new IntakeDirectory(properties(root)));
		this.records = Mockito
			.spy(new IntakeRecords(this.client, new JdbcTemplate(this.dataSource), JsonMapper.shared()));
		this.intake = new FileIntake(this.directory, this.records,
				new TransactionTemplate(new JdbcTransactionManager(this.dataSource)), this.writers, this.totals,
				this.feed);
		this.intake.recover();
	}

	static IntakeProperties properties(Path root) {
		return new IntakeProperties(root, Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(60));
	}

	Path inbox(String name) {
		return this.directory.inbox().resolve(name);
	}

	Path drop(String name, String content) throws IOException {
		return Files.writeString(inbox(name), content);
	}

	/**
	 * Drop a file and ingest it.
	 * @param name the file's name
	 * @param content its text
	 * @throws IOException if it cannot be written
	 */
	void ingest(String name, String content) throws IOException {
		this.intake.ingest(List.of(drop(name, content)));
	}

	/**
	 * Ingest whatever is in the inbox.
	 * @throws IOException if it cannot be read
	 */
	void scan() throws IOException {
		List<Path> paths = new ArrayList<>();
		try (DirectoryStream<Path> entries = Files.newDirectoryStream(this.directory.inbox())) {
			entries.forEach(paths::add);
		}
		this.intake.ingest(paths);
	}

	/**
	 * Do what the retry timer does.
	 * @throws IOException if the inbox cannot be read
	 */
	void retry() throws IOException {
		assertThat(this.intake.takeLeftBehind()).isTrue();
		this.intake.recover();
		scan();
	}

	List<String> inbox() throws IOException {
		return names(this.directory.inbox());
	}

	List<String> done() throws IOException {
		return names(this.directory.done());
	}

	List<String> failed() throws IOException {
		return names(this.directory.failed());
	}

	static List<String> names(Path directory) throws IOException {
		TreeSet<String> names = new TreeSet<>();
		try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
			entries.forEach((entry) -> names.add(entry.getFileName().toString()));
		}
		return List.copyOf(names);
	}

	List<String> cells() {
		return this.client.sql("select cells from intake_row order by file_id, row_number").query(String.class).list();
	}

	int unmovedCount() {
		return this.client.sql("select count(*) from intake_file where moved = false").query(Integer.class).single();
	}

	@Override
	public void close() throws IOException {
		this.dataSource.close();
		this.directory.close();
	}

}
