package io.github.linuxfd.listener;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;

import io.github.linuxfd.annotation.FanotifyListener;
import io.github.linuxfd.autoconfigure.LinuxFdAutoConfiguration;
import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.fanotify.FanotifyEvent;
import io.github.linuxfd.fanotify.FanotifyEventFlag;
import io.github.linuxfd.fanotify.FanotifyMark;
import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.EnabledIfCompiler;
import io.github.linuxfd.testsupport.Ext4Mount;
import io.github.linuxfd.testsupport.ForkedJvm;
import io.github.linuxfd.testsupport.PreAccessMount;
import io.github.linuxfd.testsupport.Shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * {@link FanotifyListener @FanotifyListener} on whole mounts and file systems, each in a
 * JVM of its own and in a mount namespace that ends with it.
 *
 * @author linuxfd
 */
@Timeout(240)
class FanotifyMountIntegrationTests {

	@TempDir
	private Path directory;

	private void passes(Class<?> test) {
		try (ForkedJvm jvm = ForkedJvm.startBy(List.of("unshare", "--mount"), test, this.directory.toString())) {
			String line = jvm.awaitLine((each) -> each.equals("passed") || each.startsWith("SKIPPED"));
			assumeThat(line).isEqualTo("passed");
			assertThat(jvm.awaitExit()).isZero();
		}
	}

	private static void mountTmpfs(String on) {
		Shell.run(List.of("mount", "-t", "tmpfs", "tmpfs", on)).orFail();
	}

	private static ApplicationContextRunner runner(Class<?> listener, String... properties) {
		return new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LinuxFdAutoConfiguration.class))
			.withPropertyValues("linuxfd.fanotify.timeout=30s")
			.withPropertyValues(properties)
			.withUserConfiguration(listener);
	}

	@Test
	@EnabledIfCompiler("unshare")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void fileSystemMarkReportsFiftyThousandDirectoriesWithoutWatches() {
		passes(FiftyThousand.class);
	}

	@Test
	@EnabledIfCompiler("unshare")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void mountIsAskedForAndReleasedWhateverTheListenerDoes() {
		passes(Asked.class);
	}

	@Test
	@EnabledIfCompiler("unshare")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void ignoredDirectoryIsLeftOutWithItsEntries() {
		passes(Ignoring.class);
	}

	@Test
	@EnabledIfCompiler({ "unshare", "mkfs.ext4" })
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void contentThatIsAboutToBeReadCanBeDeniedWithAnErrorUnlessIgnored() {
		passes(BeforeAccess.class);
	}

	@Test
	@EnabledIfCompiler({ "unshare", "mkfs.ext4", "findmnt" })
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void errorsOfTheFileSystemAreTold() {
		passes(Erroneous.class);
	}

	@Test
	@EnabledIfCompiler("unshare")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void ignoredDirectoryHasNoErrorsOfTheFileSystem() {
		passes(ToldOfErrors.class);
	}

	@Test
	@EnabledIfCompiler("unshare")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void openWhenTheJvmThatIsAskedIsKilledIsReleased() {
		passes(Killing.class);
	}

	@Test
	@EnabledIfCompiler("unshare")
	@EnabledIfCapability("CAP_SYS_ADMIN")
	void mountWithTheLogIsRefusedUnlessForced() {
		passes(Forced.class);
	}

	/** Creates, writes and renames one file in each. */
	static final class FiftyThousand {

		private static final int DIRECTORIES = 50_000;

		public static void main(String[] args) throws Exception {
			mountTmpfs(args[0]);
			Path root = Path.of(args[0]);
			for (int i = 0; i < 100; i++) {
				Path hundredth = Files.createDirectory(root.resolve("d" + i));
				for (int j = 0; j < DIRECTORIES / 100; j++) {
					Files.createDirectory(hundredth.resolve("e" + j));
				}
			}
			runner(Counting.class, "test.dir=" + root).run((context) -> {
				assertThat(context).hasNotFailed();
				Counting counting = context.getBean(Counting.class);
				for (int i = 0; i < DIRECTORIES; i++) {
					Path directory = root.resolve("d" + i % 100 + "/e" + i / 100);
					Files.move(Files.writeString(directory.resolve("part"), "x"), directory.resolve("f" + i));
				}
				await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
					assertThat(counting.renamed).hasSize(DIRECTORIES);
					assertThat(counting.created).hasValue(DIRECTORIES);
					assertThat(counting.written).hasValue(DIRECTORIES);
				});
				assertThat(counting.renamed).contains("d0/e0/f0", "d99/e499/f49999");
				assertThat(counting.unresolved).hasValue(0);
				assertThat(counting.overflows).hasValue(0);
				assertThat(inotifyWatches()).isZero();
			});
			System.out.println("passed");
		}

		private static long inotifyWatches() throws IOException {
			long watches = 0;
			try (Stream<Path> infos = Files.list(Path.of("/proc/self/fdinfo"))) {
				for (Path info : infos.filter(Files::exists).toList()) {
					watches += Files.readString(info).lines().filter((line) -> line.startsWith("inotify wd:")).count();
				}
			}
			return watches;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Counting {

		final Set<String> renamed = ConcurrentHashMap.newKeySet();

		final AtomicLong created = new AtomicLong();

		final AtomicLong written = new AtomicLong();

		final AtomicLong overflows = new AtomicLong();

		final AtomicLong unresolved = new AtomicLong();

		@FanotifyListener(path = "${test.dir}", unlimitedQueue = true,
				events = { FanotifyEventFlag.CREATE, FanotifyEventFlag.CLOSE_WRITE, FanotifyEventFlag.RENAME })
		void happened(FanotifyEvent event) {
			if (event.isOverflow()) {
				this.overflows.incrementAndGet();
			}
			if (event.is(FanotifyEventFlag.CREATE)) {
				this.created.incrementAndGet();
			}
			if (event.is(FanotifyEventFlag.CLOSE_WRITE)) {
				this.written.incrementAndGet();
			}
			if (event.is(FanotifyEventFlag.RENAME)) {
				event.path().ifPresentOrElse((path) -> {
					int names = path.getNameCount();
					this.renamed.add(path.subpath(names - 3, names).toString());
				}, this.unresolved::incrementAndGet);
			}
		}

	}

	/** The listener decides by the name, and hangs at one. */
	static final class Asked {

		public static void main(String[] args) throws Exception {
			mountTmpfs(args[0]);
			Path root = Path.of(args[0]);
			for (String name : List.of("good", "bad", "hang")) {
				Files.writeString(root.resolve(name), "text");
			}
			for (String mark : List.of("MOUNT", "FILESYSTEM")) {
				Class<?> listener = mark.equals("MOUNT") ? DecidingOnMount.class : DecidingOnFileSystem.class;
				runner(listener, "test.dir=" + root, "linuxfd.fanotify.timeout=4s",
						"linuxfd.dispatch.shutdown-timeout=10ms")
					.run((context) -> {
						assertThat(context).hasNotFailed();
						assertThat(cat(root, "good")).isEqualTo("0 text");
						assertThat(cat(root, "bad")).startsWith("1 ").contains("not permitted");
						assertThat(Files.readString(root.resolve("bad"))).as("the JVM itself").isEqualTo("text");
						long startNanos = System.nanoTime();
						assertThat(cat(root, "hang")).isEqualTo("0 text");
						assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
							.isGreaterThanOrEqualTo(Duration.ofSeconds(4));
						assertThat(cat(root, "bad")).as("nobody is there to deny").isEqualTo("0 text");
						context.getBean(Deciding.class).go.countDown();
					});
				assertThat(cat(root, "bad")).as("afterwards").isEqualTo("0 text");
			}
			System.out.println("passed");
		}

	}

	/** But not what is below them. */
	static final class Ignoring {

		public static void main(String[] args) throws Exception {
			mountTmpfs(args[0]);
			Path root = Path.of(args[0]);
			Files.createDirectories(root.resolve("free/below"));
			for (String name : List.of("bad", "free/bad", "free/below/bad")) {
				Files.writeString(root.resolve(name), "text");
			}
			runner(DecidingOnPart.class, "test.dir=" + root).run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(cat(root, "free/bad")).isEqualTo("0 text");
				assertThat(cat(root, "free/below/bad")).startsWith("1 ").contains("not permitted");
				assertThat(cat(root, "bad")).startsWith("1 ").contains("not permitted");
			});
			System.out.println("passed");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DecidingOnPart extends Deciding {

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.MOUNT, events = FanotifyEventFlag.OPEN_PERM,
				ignore = "${test.dir}/free")
		boolean mayOpen(FanotifyEvent event) {
			return decide(event);
		}

	}

	private static String cat(Path root, String name) {
		Shell.Result cat = Shell.run(List.of("cat", root.resolve(name).toString()));
		return cat.status() + " " + cat.output();
	}

	abstract static class Deciding {

		final CountDownLatch go = new CountDownLatch(1);

		boolean decide(FanotifyEvent event) {
			String name = event.path().orElseThrow().getFileName().toString();
			if (name.equals("hang")) {
				try {
					this.go.await();
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}
			return !name.equals("bad");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DecidingOnMount extends Deciding {

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.MOUNT, events = FanotifyEventFlag.OPEN_PERM)
		boolean mayOpen(FanotifyEvent event) {
			return decide(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DecidingOnFileSystem extends Deciding {

		@FanotifyListener(path = "${test.dir}",
				events = { FanotifyEventFlag.OPEN_PERM, FanotifyEventFlag.OPEN_EXEC_PERM })
		boolean mayOpen(FanotifyEvent event) {
			return decide(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DecidingOnContent {

		final Set<Long> offsets = ConcurrentHashMap.newKeySet();

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.MOUNT, events = FanotifyEventFlag.PRE_ACCESS,
				ignore = { "${test.dir}/free", "${test.dir}/single" })
		boolean mayRead(FanotifyEvent event) {
			this.offsets.add(event.range().orElseThrow().offset());
			return event.deny(Errno.EIO);
		}

	}

	/** What has not been fetched yet, but for two places. */
	static final class BeforeAccess {

		public static void main(String[] args) throws Exception {
			Optional<Path> mounted = PreAccessMount.in(Path.of(args[0]));
			if (mounted.isEmpty()) {
				return;
			}
			Path root = mounted.get();
			Files.createDirectory(root.resolve("free"));
			for (String name : List.of("file", "free/file", "single")) {
				Files.writeString(root.resolve(name), "text");
			}
			runner(DecidingOnContent.class, "test.dir=" + root).run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(cat(root, "free/file")).isEqualTo("0 text");
				assertThat(cat(root, "single")).isEqualTo("0 text");
				DecidingOnContent deciding = context.getBean(DecidingOnContent.class);
				assertThat(deciding.offsets).isEmpty();
				assertThat(cat(root, "file")).startsWith("1 ").contains("Input/output error");
				assertThat(deciding.offsets).contains(0L);
			});
			System.out.println("passed");
		}

	}

	/** What a file system says of itself when it is told that it is broken. */
	static final class Erroneous {

		public static void main(String[] args) throws Exception {
			Optional<Path> mounted = Ext4Mount.in(Path.of(args[0]));
			if (mounted.isEmpty()) {
				return;
			}
			Optional<Path> trigger = Ext4Mount.errorTrigger(mounted.get());
			if (trigger.isEmpty()) {
				return;
			}
			runner(Errors.class, "test.dir=" + mounted.get()).run((context) -> {
				assertThat(context).hasNotFailed();
				Files.writeString(trigger.get(), "this is only a test");
				Errors errors = context.getBean(Errors.class);
				await().untilAsserted(() -> assertThat(errors.numbers).containsExactly(117));
			});
			System.out.println("passed");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Errors {

		final Set<Integer> numbers = ConcurrentHashMap.newKeySet();

		@FanotifyListener(path = "${test.dir}", events = FanotifyEventFlag.FS_ERROR)
		void happened(FanotifyEvent event) {
			this.numbers.add(event.fileSystemError().orElseThrow().errno().number());
		}

	}

	/** An error is one of the file system and not of a directory. */
	static final class ToldOfErrors {

		public static void main(String[] args) throws Exception {
			mountTmpfs(args[0]);
			Path root = Path.of(args[0]);
			Path quiet = Files.createDirectory(root.resolve("quiet"));
			runner(Health.class, "test.dir=" + root).run((context) -> {
				assertThat(context).hasNotFailed();
				Files.writeString(quiet.resolve("file"), "");
				Files.writeString(root.resolve("loud"), "");
				Health health = context.getBean(Health.class);
				await().untilAsserted(() -> assertThat(health.names).containsExactly("loud"));
			});
			runner(OnlyErrors.class, "test.dir=" + root).run((context) -> assertThat(context.getStartupFailure())
				.hasStackTraceContaining("it ignores " + quiet + ", which has none of its events"));
			System.out.println("passed");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Health {

		final Set<String> names = ConcurrentHashMap.newKeySet();

		@FanotifyListener(path = "${test.dir}", ignore = "${test.dir}/quiet",
				events = { FanotifyEventFlag.FS_ERROR, FanotifyEventFlag.CLOSE_WRITE })
		void happened(FanotifyEvent event) {
			this.names.add(event.name().orElseThrow());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OnlyErrors {

		@FanotifyListener(path = "${test.dir}", ignore = "${test.dir}/quiet", events = FanotifyEventFlag.FS_ERROR)
		void happened() {
		}

	}

	/** In the same mount namespace as the JVM that is asked. */
	static final class Killing {

		public static void main(String[] args) throws Exception {
			mountTmpfs(args[0]);
			Path root = Path.of(args[0]);
			Files.writeString(root.resolve("hang"), "text");
			try (ForkedJvm asked = ForkedJvm.start(NeverAnswering.class, args[0])) {
				asked.awaitLine("ready");
				Map<Process, Path> cats = new ConcurrentHashMap<>();
				for (int i = 0; i < 5; i++) {
					Path output = Path.of(args[0] + ".out" + i);
					cats.put(new ProcessBuilder("cat", root.resolve("hang").toString()).redirectOutput(output.toFile())
						.start(), output);
				}
				asked.awaitLine("asked");
				assertThat(cats.keySet()).allSatisfy((cat) -> assertThat(cat.isAlive()).isTrue());
				asked.close();
				for (Map.Entry<Process, Path> cat : cats.entrySet()) {
					assertThat(cat.getKey().waitFor(20, TimeUnit.SECONDS)).isTrue();
					assertThat(Files.readString(cat.getValue())).isEqualTo("text");
					Files.delete(cat.getValue());
				}
			}
			System.out.println("passed");
		}

	}

	/** Is killed. */
	static final class NeverAnswering {

		public static void main(String[] args) {
			runner(DecidingLoudly.class, "test.dir=" + args[0], "linuxfd.fanotify.timeout=1h").run((context) -> {
				assertThat(context).hasNotFailed();
				System.out.println("ready");
				new CountDownLatch(1).await();
			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DecidingLoudly extends Deciding {

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.MOUNT, events = FanotifyEventFlag.OPEN_PERM)
		boolean mayOpen(FanotifyEvent event) {
			System.out.println("asked");
			return decide(event);
		}

	}

	/** The log directory is on the mount. */
	static final class Forced {

		public static void main(String[] args) throws Exception {
			mountTmpfs(args[0]);
			Path root = Path.of(args[0]);
			Files.writeString(root.resolve("bad"), "text");
			String[] properties = { "test.dir=" + root, "logging.file.path=" + root };
			runner(DecidingOnMount.class, properties).run((context) -> assertThat(context.getStartupFailure())
				.hasStackTraceContaining("its MOUNT mark covers " + root + ", which the JVM opens on its own"));
			runner(DecidingByForce.class, properties).run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(cat(root, "bad")).startsWith("1 ");
			});
			System.out.println("passed");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class DecidingByForce extends Deciding {

		@FanotifyListener(path = "${test.dir}", mark = FanotifyMark.MOUNT, events = FanotifyEventFlag.OPEN_PERM,
				force = true)
		boolean mayOpen(FanotifyEvent event) {
			return decide(event);
		}

	}

}
