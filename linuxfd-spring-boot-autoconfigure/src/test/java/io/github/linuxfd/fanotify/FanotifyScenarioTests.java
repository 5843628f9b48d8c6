package io.github.linuxfd.fanotify;

import io.github.linuxfd.testsupport.EnabledIfCapability;
import io.github.linuxfd.testsupport.EnabledIfCompiler;
import io.github.linuxfd.testsupport.ScenarioTests;

/**
 * Tests of {@link Fanotify} in a JVM that has mounts of its own.
 *
 * @author linuxfd
 */
@EnabledIfCompiler("unshare")
@EnabledIfCapability("CAP_SYS_ADMIN")
class FanotifyScenarioTests extends ScenarioTests {

	FanotifyScenarioTests() {
		super(FanotifyScenarios.class, "unshare", "--mount");
	}

}
