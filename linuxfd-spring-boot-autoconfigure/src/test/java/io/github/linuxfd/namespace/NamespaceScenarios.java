package io.github.linuxfd.namespace;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

import org.awaitility.Awaitility;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.fd.OwnedFd;
import io.github.linuxfd.ffi.Syscalls;
import io.github.linuxfd.flags.Flags;
import io.github.linuxfd.hostname.Hostname;
import io.github.linuxfd.mount.MountAttribute;
import io.github.linuxfd.mount.MountFlag;
import io.github.linuxfd.mount.MountedFileSystem;
import io.github.linuxfd.mount.Mounts;
import io.github.linuxfd.pidfd.Pidfd;
import io.github.linuxfd.pidfd.PidfdFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What {@link Namespaces} does with privileges. Run in a JVM with mounts and host name of
 * its own.
 *
 * @author linuxfd
 */
final class NamespaceScenarios {

	private static final long SELF = ProcessHandle.current().pid();

	private static final Syscalls syscalls = Syscalls.system();

	private static final Namespaces namespaces = new Namespaces(syscalls);

	private static final Hostname hostname = new Hostname(syscalls);

	private static final Mounts mounts = new Mounts(syscalls);

	private NamespaceScenarios() {
	}

	static void hostnameWhenSetOnAFreshThreadIsItsOwn() throws Exception {
		String before = hostname.get();
		ExecutorService pool = Executors.newFixedThreadPool(2);
		try {
			String inside = namespaces.fresh(CloneFlag.NEWUTS).call(() -> {
				hostname.set("inside");
				return hostname.get();
			});
			assertThat(inside).isEqualTo("inside");
			assertThat(hostname.get()).isEqualTo(before);
			for (int i = 0; i < 2; i++) {
				assertThat(pool.submit(() -> hostname.get()).get()).isEqualTo(before);
			}
		}
		finally {
			pool.shutdownNow();
		}
	}

	/** Even where mounts are shared, as systemd makes them. */
	static void mountWhenMadeOnAFreshThreadIsItsOwn() throws Exception {
		Path directory = Files.createTempDirectory("linuxfd");
		mounts.mount(null, Path.of("/"), null, Flags.of(MountFlag.REC, MountFlag.SHARED), null);
		String before = Files.readString(Path.of("/proc/self/mountinfo"));
		String inside = namespaces.fresh(CloneFlag.NEWNS).call(() -> {
			mounts.mount("tmpfs", directory, "tmpfs", Flags.none(MountFlag.class), null);
			Files.writeString(directory.resolve("file"), "inside");
			assertThat(mountinfo()).contains(" " + directory + " ").doesNotContain("shared:");
			assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).isEqualTo(before);
			return Files.readString(directory.resolve("file"));
		});
		assertThat(inside).isEqualTo("inside");
		assertThat(directory.resolve("file")).doesNotExist();
		assertThat(mountinfo()).isEqualTo(before);
		mounts.makePrivate(Path.of("/"));
		Files.delete(directory);
	}

	private static String mountinfo() throws Exception {
		return Files.readString(Path.of("/proc/thread-self/mountinfo"));
	}

	static void everyThreadNamespaceIsFresh() throws Exception {
		List<CloneFlag> types = List.of(CloneFlag.NEWNS, CloneFlag.NEWUTS, CloneFlag.NEWIPC, CloneFlag.NEWNET,
				CloneFlag.NEWCGROUP);
		List<String> outside = links(types);
		List<String> inside = namespaces.fresh(types.get(0), types.subList(1, types.size()).toArray(CloneFlag[]::new))
			.call(() -> links(types));
		assertThat(inside).hasSize(5).doesNotContainAnyElementsOf(outside);
		assertThat(links(types)).isEqualTo(outside);
		Awaitility.await("no thread is left there")
			.untilAsserted(() -> assertThat(linksOfAllThreads()).doesNotContainAnyElementsOf(inside));
	}

	private static List<String> links(List<CloneFlag> types) throws Exception {
		return links(Path.of("/proc/thread-self"), types);
	}

	private static List<String> links(Path task, List<CloneFlag> types) throws Exception {
		List<String> links = new ArrayList<>();
		for (CloneFlag type : types) {
			links.add(Files.readSymbolicLink(task.resolve("ns").resolve(type.file())).toString());
		}
		return links;
	}

	private static List<String> linksOfAllThreads() throws Exception {
		List<String> links = new ArrayList<>();
		try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
			for (Path task : tasks.toList()) {
				links.addAll(links(task, List.of(CloneFlag.NEWNS, CloneFlag.NEWUTS, CloneFlag.NEWNET)));
			}
		}
		return links;
	}

	static void actionWhenTimeIsOverKeepsItsNamespaceToItself() throws Exception {
		String before = hostname.get();
		CountDownLatch ended = new CountDownLatch(1);
		assertThatExceptionOfType(TimeoutException.class)
			.isThrownBy(() -> namespaces.fresh(CloneFlag.NEWUTS).withTimeout(Duration.ofSeconds(3)).call(() -> {
				try {
					return new CountDownLatch(1).await(1, TimeUnit.MINUTES);
				}
				catch (InterruptedException ex) {
					hostname.set("late");
					ended.countDown();
					return false;
				}
			}));
		assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(hostname.get()).isEqualTo(before);
	}

	/** A process that is started on the thread inherits what the thread is in. */
	static void processBuilderOnTheThreadInheritsItsNamespaces() throws Exception {
		Path directory = Files.createTempDirectory("linuxfd");
		String output = namespaces.fresh(CloneFlag.NEWUTS, CloneFlag.NEWNS).call(() -> {
			hostname.set("parent");
			mounts.mount("tmpfs", directory, "tmpfs", Flags.none(MountFlag.class), null);
			Files.writeString(directory.resolve("file"), "seen");
			return output(new ProcessBuilder("sh", "-c", "hostname; cat " + directory + "/file"));
		});
		assertThat(output).isEqualTo("parent\nseen");
		Files.delete(directory);
	}

	static void threadWhenLeftBehindIsReported() throws Exception {
		CountDownLatch end = new CountDownLatch(1);
		Thread left = namespaces.fresh(CloneFlag.NEWUTS).call(() -> {
			CountDownLatch running = new CountDownLatch(1);
			Thread thread = new Thread(() -> {
				running.countDown();
				try {
					end.await();
				}
				catch (InterruptedException ex) {
					throw new IllegalStateException(ex);
				}
			}, "left-behind");
			thread.start();
			running.await();
			return thread;
		});
		end.countDown();
		left.join();
	}

	static void freshProcessIsTheFirstOfItsPidNamespace() throws Exception {
		String output = output(namespaces.freshProcess(Flags.of(CloneFlag.NEWPID, CloneFlag.NEWNS), "sh", "-c",
				"echo $$ /proc/[0-9]*; exit 7"), 7);
		assertThat(output).isEqualTo("1 /proc/1");
	}

	static void freshProcessHasAllThatWasAskedFor() throws Exception {
		String output = output(namespaces.freshProcess(
				Flags.of(CloneFlag.NEWUTS, CloneFlag.NEWIPC, CloneFlag.NEWNET, CloneFlag.NEWCGROUP, CloneFlag.NEWTIME),
				"sh", "-c",
				"hostname child; hostname; for n in uts ipc net cgroup time; do readlink /proc/self/ns/$n; done"));
		List<String> lines = output.lines().toList();
		assertThat(lines.get(0)).isEqualTo("child");
		assertThat(lines.subList(1, lines.size())).hasSize(5)
			.doesNotContainAnyElementsOf(links(List.of(CloneFlag.NEWUTS, CloneFlag.NEWIPC, CloneFlag.NEWNET,
					CloneFlag.NEWCGROUP, CloneFlag.NEWTIME)));
		assertThat(hostname.get()).isNotEqualTo("child");
	}

	static void freshProcessWhenDestroyedForciblyLeavesNobody() throws Exception {
		Process process = namespaces.freshProcess(Flags.of(CloneFlag.NEWPID), "sh", "-c", "echo up; exec sleep 1000")
			.start();
		BufferedReader reader = process.inputReader();
		assertThat(reader.readLine()).isEqualTo("up");
		ProcessHandle child = Awaitility.await()
			.until(() -> process.children().findFirst(), Optional::isPresent)
			.orElseThrow();
		process.destroyForcibly().waitFor();
		Awaitility.await().until(() -> !child.isAlive());
	}

	static void enteringIsWhereTheProcessIs() throws Exception {
		Path directory = Files.createTempDirectory("linuxfd");
		Process process = namespaces
			.freshProcess(Flags.of(CloneFlag.NEWUTS, CloneFlag.NEWNS), "sh", "-c",
					"hostname there; mount -t tmpfs tmpfs " + directory + "; echo seen > " + directory
							+ "/file; echo up; read x")
			.start();
		String before = hostname.get();
		try (NamespaceFd uts = openAfter(process, CloneFlag.NEWUTS);
				NamespaceFd mnt = namespaces.open(process.pid(), CloneFlag.NEWNS);
				Pidfd pidfd = new PidfdFactory(syscalls).open(process)) {
			List<NamespaceThread> ways = List.of(namespaces.entering(uts, mnt), namespaces.entering(mnt, uts),
					namespaces.entering(pidfd.fd(), CloneFlag.NEWNS, CloneFlag.NEWUTS));
			for (NamespaceThread way : ways) {
				assertThat(way.call(() -> hostname.get() + " " + Files.readString(directory.resolve("file")).strip()))
					.isEqualTo("there seen");
			}
			assertThat(output(namespaces.enteringProcess(process.pid(), Flags.of(CloneFlag.NEWUTS, CloneFlag.NEWNS),
					"sh", "-c", "hostname; cat " + directory + "/file")))
				.isEqualTo("there\nseen");
			assertThat(output(
					namespaces.enteringProcess(List.of(uts, mnt), "sh", "-c", "hostname; cat " + directory + "/file")))
				.isEqualTo("there\nseen");
			assertThat(hostname.get()).isEqualTo(before);
			assertThat(directory.resolve("file")).doesNotExist();
		}
		finally {
			process.getOutputStream().close();
			process.waitFor();
		}
		Files.delete(directory);
	}

	/** A thread cannot, as far as processes, users and clocks go. */
	static void enteringProcessTakesWhatAThreadCannotEnter() throws Exception {
		Flags<CloneFlag> types = Flags.of(CloneFlag.NEWUSER, CloneFlag.NEWPID, CloneFlag.NEWNS, CloneFlag.NEWTIME);
		Process process = namespaces.freshProcess(types, "sh", "-c", "echo up; read x").start();
		assertThat(process.inputReader().readLine()).isEqualTo("up");
		long child = process.children().findFirst().orElseThrow().pid();
		try (NamespaceFd user = namespaces.open(child, CloneFlag.NEWUSER);
				NamespaceFd pid = namespaces.open(child, CloneFlag.NEWPID);
				NamespaceFd mnt = namespaces.open(child, CloneFlag.NEWNS);
				NamespaceFd time = namespaces.open(child, CloneFlag.NEWTIME)) {
			String output = output(namespaces.enteringProcess(List.of(user, pid, mnt, time), "sh", "-c",
					"for n in user pid mnt time; do readlink /proc/self/ns/$n; done; cat /proc/1/comm"));
			assertThat(output.lines()).containsExactly(user.name(), pid.name(), mnt.name(), time.name(), "sh");
		}
		finally {
			process.getOutputStream().close();
			process.waitFor();
		}
	}

	private static NamespaceFd openAfter(Process process, CloneFlag type) throws Exception {
		assertThat(process.inputReader().readLine()).isEqualTo("up");
		return namespaces.open(process.pid(), type);
	}

	/** It lives as long as it is open, without any process in it. */
	static void enteringWhenItsProcessHasEndedStillWorks() throws Exception {
		try (NamespaceFd kept = namespaces.fresh(CloneFlag.NEWUTS).call(() -> {
			hostname.set("kept");
			return namespaces.open(Path.of("/proc/thread-self/ns/uts"));
		})) {
			for (int i = 0; i < 2; i++) {
				String name = namespaces.entering(kept).call(hostname::get);
				assertThat(name).isEqualTo("kept");
			}
			assertThat(output(namespaces.enteringProcess(List.of(kept), "hostname"))).isEqualTo("kept");
		}
	}

	static void setnsWhenRefusedSaysWhy() throws Exception {
		try (NamespaceFd user = namespaces.open(SELF, CloneFlag.NEWUSER);
				NamespaceFd time = namespaces.open(SELF, CloneFlag.NEWTIME);
				NamespaceFd mnt = namespaces.open(SELF, CloneFlag.NEWNS);
				NamespaceFd uts = namespaces.open(SELF, CloneFlag.NEWUTS)) {
			assertSetns(user.fd(), CloneFlag.NEWUSER, Errno.EINVAL);
			assertSetns(time.fd(), CloneFlag.NEWTIME, Errno.EUSERS);
			assertSetns(mnt.fd(), CloneFlag.NEWNS, Errno.EINVAL);
			assertSetns(uts.fd(), CloneFlag.NEWNET, Errno.EINVAL);
			assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> namespaces.entering(uts, user));
		}
		Process ended = new ProcessBuilder("sh", "-c", "read x").start();
		try (Pidfd pidfd = new PidfdFactory(syscalls).open(ended)) {
			ended.getOutputStream().close();
			ended.waitFor();
			assertSetns(pidfd.fd(), CloneFlag.NEWUTS, Errno.ESRCH);
		}
	}

	private static void assertSetns(OwnedFd fd, CloneFlag type, Errno errno) {
		assertThatExceptionOfType(SyscallException.class).isThrownBy(() -> namespaces.setns(fd, Flags.of(type)))
			.withMessage("setns(%s, %s) failed: %s", fd, type, errno);
	}

	/** On threads that end at once. */
	static void unshareTakesEveryFlagThatAThreadMayLeave() throws Exception {
		for (CloneFlag flag : List.of(CloneFlag.FILES, CloneFlag.FS, CloneFlag.SYSVSEM, CloneFlag.NEWNS,
				CloneFlag.NEWUTS, CloneFlag.NEWIPC, CloneFlag.NEWNET, CloneFlag.NEWCGROUP, CloneFlag.NEWPID,
				CloneFlag.NEWTIME)) {
			FutureTask<Boolean> task = new FutureTask<>(() -> {
				namespaces.unshare(Flags.of(flag));
				return true;
			});
			new Thread(task).start();
			assertThat(task.get(10, TimeUnit.SECONDS)).as("%s", flag).isTrue();
		}
	}

	static void namespacesWhenUsedUpIsALimit() throws Exception {
		Path limit = Path.of("/proc/sys/user/max_uts_namespaces");
		String before = Files.readString(limit).strip();
		// in a user namespace of its own, whose limit is nobody else's
		assertThat(output(namespaces.freshProcess(Flags.of(CloneFlag.NEWUSER), "sh", "-c",
				"echo 0 > " + limit + "; unshare --uts true 2>&1; cat " + limit)))
			.contains("No space left on device")
			.endsWith("\n0");
		assertThat(Files.readString(limit).strip()).isEqualTo(before);
	}

	static void threadWhenMadeHundredsOfTimesLeaksNothing() throws Exception {
		NamespaceThread thread = namespaces.fresh(CloneFlag.NEWUTS);
		try (NamespaceFd uts = namespaces.open(SELF, CloneFlag.NEWUTS)) {
			NamespaceThread entering = namespaces.entering(uts);
			thread.call(() -> "warm");
			int open = OwnedFd.openCount();
			long descriptors = descriptors();
			for (int i = 0; i < 300; i++) {
				thread.call(() -> "fresh");
				entering.call(() -> "entered");
			}
			assertThat(OwnedFd.openCount()).isEqualTo(open);
			assertThat(descriptors()).as("the JVM has some, too").isLessThan(descriptors + 100);
		}
		Awaitility.await()
			.untilAsserted(() -> assertThat(linksOfAllThreads().stream().filter((link) -> link.startsWith("uts")))
				.containsOnly(links(List.of(CloneFlag.NEWUTS)).get(0)));
	}

	static void setnsWhenCalledTenThousandTimesLeaksNothing() throws Exception {
		PidfdFactory pidfds = new PidfdFactory(syscalls);
		long descriptors = descriptors();
		List<String> inside = namespaces.fresh(CloneFlag.NEWUTS).call(() -> {
			for (int i = 0; i < 10_000; i++) {
				try (NamespaceFd uts = namespaces.open(SELF, CloneFlag.NEWUTS); Pidfd self = pidfds.open(SELF)) {
					namespaces.setns(uts.fd(), Flags.of(CloneFlag.NEWUTS));
					namespaces.setns(self.fd(), Flags.of(CloneFlag.NEWUTS));
				}
			}
			return links(List.of(CloneFlag.NEWUTS));
		});
		assertThat(inside).isEqualTo(links(List.of(CloneFlag.NEWUTS)));
		assertThat(descriptors()).as("the JVM has some, too").isLessThan(descriptors + 100);
	}

	private static long descriptors() throws Exception {
		try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
			return links.count();
		}
	}

	static void mountOfAFreshThreadIsClosedThereOnly() throws Exception {
		Path directory = Files.createTempDirectory("linuxfd");
		MountedFileSystem mount = namespaces.fresh(CloneFlag.NEWNS)
			.call(() -> mounts.mount("tmpfs", directory, Map.of(), Flags.none(MountAttribute.class)));
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(mount::close)
			.withMessageEndingWith("or not in the mount namespace of this thread");
		Files.delete(directory);
	}

	static String output(ProcessBuilder builder) throws Exception {
		return output(builder, 0);
	}

	private static String output(ProcessBuilder builder, int status) throws Exception {
		Process process = builder.redirectErrorStream(true).start();
		process.getOutputStream().close();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
		assertThat(process.waitFor()).as(output).isEqualTo(status);
		return output;
	}

}
