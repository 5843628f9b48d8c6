package io.github.linuxfd.testsupport;

import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A test for each scenario of a class, all of which run in one other JVM.
 *
 * @author linuxfd
 */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(240)
public abstract class ScenarioTests {

	private final List<String> wrapper;

	private final Class<?> type;

	private Scenarios scenarios;

	/**
	 * Test scenarios.
	 * @param type the class with the scenarios
	 * @param wrapper the program that starts the JVM, and its arguments
	 */
	protected ScenarioTests(Class<?> type, String... wrapper) {
		this.type = type;
		this.wrapper = List.of(wrapper);
	}

	@BeforeAll
	void start() {
		this.scenarios = Scenarios.start(this.wrapper, this.type);
	}

	@AfterAll
	void end() {
		this.scenarios.close();
	}

	Stream<String> names() {
		return Scenarios.names(this.type);
	}

	@ParameterizedTest
	@MethodSource("names")
	void scenario(String name) {
		this.scenarios.assertPassed(name);
	}

	/**
	 * Return the JVM.
	 * @return the JVM, which ends by itself
	 */
	protected final ForkedJvm jvm() {
		return this.scenarios.jvm();
	}

}
