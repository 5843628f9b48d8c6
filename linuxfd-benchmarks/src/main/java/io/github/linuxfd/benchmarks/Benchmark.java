package io.github.linuxfd.benchmarks;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is measured, and the kinds of contestants there are for it.
 *
 * @param arguments the names of the arguments after the kind, optional ones in brackets
 * @param kinds the contestants by kind; made by lambdas, so that none loads the classes
 * of another
 * @author linuxfd
 */
record Benchmark(String arguments, Map<String, Contestant> kinds) {

	Benchmark {
		kinds = new TreeMap<>(kinds);
	}

	/** How many arguments have to follow the kind. */
	long required() {
		return Arrays.stream(this.arguments.split(" ")).filter((name) -> name.matches("\\w+")).count();
	}

}
