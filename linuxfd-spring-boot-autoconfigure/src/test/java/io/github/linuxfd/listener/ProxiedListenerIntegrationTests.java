package io.github.linuxfd.listener;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import javax.sql.DataSource;

import net.javacrumbs.shedlock.core.LockAssert;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.LockProvider;
import net.javacrumbs.shedlock.core.SimpleLock;
import net.javacrumbs.shedlock.spring.annotation.EnableSchedulerLock;
import net.javacrumbs.shedlock.spring.annotation.SchedulerLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.aop.support.AopUtils;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseBuilder;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseType;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import io.github.linuxfd.annotation.InotifyListener;
import io.github.linuxfd.annotation.TimerfdScheduled;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.timerfd.TimerEvent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Handlers whose beans are proxied.
 *
 * @author linuxfd
 */
@Timeout(120)
class ProxiedListenerIntegrationTests {

	@TempDir
	private Path directory;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LinuxFdAutoConfiguration.class))
			.withPropertyValues("test.dir=" + this.directory);
	}

	@Test
	void transactionalHandlerWhenItThrowsIsRolledBack() {
		runner().withUserConfiguration(Transactions.class, TransactionalHandler.class).run((context) -> {
			TransactionalHandler handler = context.getBean(TransactionalHandler.class);
			assertThat(AopUtils.isCglibProxy(handler)).isTrue();
			Files.createFile(this.directory.resolve("bad"));
			Files.createFile(this.directory.resolve("good"));
			JdbcClient database = JdbcClient.create(context.getBean(DataSource.class));
			await().untilAsserted(() -> {
				assertThat(database.sql("select name from file").query(String.class).list()).containsExactly("good");
				assertThat(context.getBean(LinuxFdListenerEndpointRegistry.class).containers())
					.allMatch((container) -> container.errors() == 1);
			});
		});
	}

	@Test
	void interfaceProxiedHandlerWhenFileArrivesIsCalledThroughTheProxy() {
		runner().withUserConfiguration(Transactions.class, InterfaceHandler.class)
			.withPropertyValues("test.proxy=interface")
			.run((context) -> {
				Handler handler = context.getBean(Handler.class);
				assertThat(AopUtils.isAopProxy(handler)).isTrue();
				Files.createFile(this.directory.resolve("a"));
				await().untilAsserted(() -> assertThat(handler.inTransaction()).isTrue());
			});
	}

	@Test
	void lockedScheduleWhenAnotherHoldsTheLockIsSkipped() {
		runner().withUserConfiguration(Locked.class).run((context) -> {
			Locked locked = context.getBean(Locked.class);
			await().untilAsserted(() -> assertThat(locked.calls).hasValueGreaterThan(2));
			locked.heldElsewhere.set(true);
			int refusals = locked.refusals.get();
			await().untilAsserted(() -> assertThat(locked.refusals).hasValueGreaterThan(refusals + 1));
			int calls = locked.calls.get();
			int more = locked.refusals.get();
			await().untilAsserted(() -> assertThat(locked.refusals).hasValueGreaterThan(more + 3));
			assertThat(locked.calls).hasValue(calls);
		});
	}

	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement
	static class Transactions {

		@Bean
		DataSource dataSource() {
			return new EmbeddedDatabaseBuilder().generateUniqueName(true).setType(EmbeddedDatabaseType.H2).build();
		}

		@Bean
		PlatformTransactionManager transactionManager(DataSource dataSource) {
			return new DataSourceTransactionManager(dataSource);
		}

	}

	static class TransactionalHandler {

		private final JdbcClient database;

		TransactionalHandler(DataSource dataSource) {
			this.database = JdbcClient.create(dataSource);
			this.database.sql("create table file (name varchar(100))").update();
		}

		@Transactional
		@InotifyListener(path = "${test.dir}")
		void arrived(Path path) {
			this.database.sql("insert into file values (?)").param(path.getFileName().toString()).update();
			if (path.endsWith("bad")) {
				throw new IllegalStateException("on purpose");
			}
		}

	}

	interface Handler {

		void arrived();

		boolean inTransaction();

	}

	@Transactional
	static class InterfaceHandler implements Handler {

		private volatile boolean inTransaction;

		@Override
		@InotifyListener(path = "${test.dir}")
		public void arrived() {
			this.inTransaction = TransactionSynchronizationManager.isActualTransactionActive();
		}

		@Override
		public boolean inTransaction() {
			return this.inTransaction;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableSchedulerLock(defaultLockAtMostFor = "10s")
	static class Locked {

		final AtomicInteger calls = new AtomicInteger();

		final AtomicInteger refusals = new AtomicInteger();

		final AtomicBoolean heldElsewhere = new AtomicBoolean();

		@Bean
		LockProvider lockProvider() {
			return this::lock;
		}

		private Optional<SimpleLock> lock(LockConfiguration configuration) {
			if (this.heldElsewhere.get()) {
				this.refusals.incrementAndGet();
				return Optional.empty();
			}
			return Optional.of(() -> assertThat(configuration.getLockAtMostUntil())
				.isAfter(Instant.now().minus(Duration.ofSeconds(10))));
		}

		@Bean
		Report report() {
			return new Report(this.calls);
		}

	}

	static class Report {

		private final AtomicInteger calls;

		Report(AtomicInteger calls) {
			this.calls = calls;
		}

		@TimerfdScheduled(fixedRate = "5ms")
		@SchedulerLock(name = "report")
		public void tick(TimerEvent tick) {
			LockAssert.assertLocked();
			this.calls.incrementAndGet();
		}

	}

}
