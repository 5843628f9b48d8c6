package io.github.linuxfd;

import java.util.ArrayList;
import java.util.List;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

/**
 * Which package may use which.
 *
 * @author linuxfd
 */
class ArchitectureTests {

	private static final String ROOT = "io.github.linuxfd.";

	private static final String[] KERNEL_FLOOR = packages("errno", "ffi", "flags", "fd", "kernel", "epoll", "eventfd",
			"timerfd", "signalfd", "inotify", "fanotify", "pidfd", "pipe", "uring", "aio", "process", "mount",
			"hostname", "namespace", "seccomp", "psi", "eventloop");

	private static final String[] SPRING_FLOOR = packages("annotation", "event", "listener", "metrics", "health",
			"actuate", "autoconfigure");

	private static final List<String> FACILITIES = List.of("epoll", "eventfd", "timerfd", "signalfd", "inotify",
			"fanotify", "pidfd", "pipe", "uring", "aio", "process", "mount", "hostname", "namespace", "seccomp", "psi");

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages("io.github.linuxfd");

	private static String[] packages(String... names) {
		String[] packages = new String[names.length];
		for (int i = 0; i < names.length; i++) {
			packages[i] = ROOT + names[i] + "..";
		}
		return packages;
	}

	@Test
	void kernelFloorKnowsNothingOfTheSpringFloor() {
		noClasses().that()
			.resideInAnyPackage(KERNEL_FLOOR)
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(SPRING_FLOOR)
			.check(CLASSES);
	}

	@Test
	void kernelFloorKnowsNeitherSpringNorMicrometer() {
		noClasses().that()
			.resideInAnyPackage(KERNEL_FLOOR)
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("org.springframework..", "io.micrometer..", "org.slf4j..", "org.apache..")
			.check(CLASSES);
	}

	@Test
	void ffiAloneKnowsTheForeignFunctionInterface() {
		noClasses().that()
			.resideOutsideOfPackage(ROOT + "ffi..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("jnr..", "com.kenai..")
			.check(CLASSES);
	}

	@Test
	void packagesAreFreeOfCycles() {
		SlicesRuleDefinition.slices().matching("io.github.linuxfd.(*)..").should().beFreeOfCycles().check(CLASSES);
	}

	@ParameterizedTest
	@ValueSource(strings = { "epoll", "eventfd", "timerfd", "signalfd", "inotify", "fanotify", "pipe", "process",
			"mount", "hostname", "namespace", "seccomp", "psi", "uring" })
	void facilityKnowsNoOtherFacility(String facility) {
		List<String> others = new ArrayList<>(FACILITIES);
		others.remove(facility);
		others.add("eventloop");
		noClasses().that()
			.resideInAPackage(ROOT + facility + "..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(packages(others.toArray(String[]::new)))
			.check(CLASSES);
	}

	/** It sends signals, and names the one that has ended a process. */
	@Test
	void pidfdKnowsSignalfdOnly() {
		List<String> others = new ArrayList<>(FACILITIES);
		others.removeAll(List.of("pidfd", "signalfd"));
		others.add("eventloop");
		noClasses().that()
			.resideInAPackage(ROOT + "pidfd..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(packages(others.toArray(String[]::new)))
			.check(CLASSES);
	}

	/**
	 * Where there is no ring it waits for sockets by the event loop, with time limits.
	 */
	@Test
	void aioKnowsTheRingsTimersAndWhatTheEventLoopIsMadeOf() {
		List<String> others = new ArrayList<>(FACILITIES);
		others.removeAll(List.of("aio", "uring", "epoll", "eventfd", "timerfd"));
		noClasses().that()
			.resideInAPackage(ROOT + "aio..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(packages(others.toArray(String[]::new)))
			.check(CLASSES);
	}

	@Test
	void eventLoopKnowsEpollAndEventfdOnly() {
		List<String> others = new ArrayList<>(FACILITIES);
		others.removeAll(List.of("epoll", "eventfd"));
		noClasses().that()
			.resideInAPackage(ROOT + "eventloop..")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(packages(others.toArray(String[]::new)))
			.check(CLASSES);
	}

	@Test
	void foundationKnowsNoFacility() {
		List<String> above = new ArrayList<>(FACILITIES);
		above.add("eventloop");
		noClasses().that()
			.resideInAnyPackage(packages("errno", "flags", "ffi", "fd", "kernel"))
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(packages(above.toArray(String[]::new)))
			.check(CLASSES);
	}

	@Test
	void metricsAloneKnowsMicrometer() {
		noClasses().that()
			.resideOutsideOfPackage(ROOT + "metrics..")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("io.micrometer..")
			.check(CLASSES);
	}

	@Test
	void actuateAloneKnowsTheActuator() {
		noClasses().that()
			.resideOutsideOfPackages(ROOT + "actuate..", ROOT + "autoconfigure..")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("org.springframework.boot.actuate..")
			.check(CLASSES);
	}

	@Test
	void nobodyKnowsAutoConfigure() {
		noClasses().that()
			.resideOutsideOfPackage(ROOT + "autoconfigure..")
			.should()
			.dependOnClassesThat()
			.resideInAPackage(ROOT + "autoconfigure..")
			.check(CLASSES);
	}

	@Test
	void noPackageHasANameThatSaysNothing() {
		noClasses().should().resideInAnyPackage(packages("util", "common", "impl", "manager", "helper")).check(CLASSES);
	}

}
