package io.github.linuxfd.benchmarks;

import java.util.List;

/**
 * One way to do what a benchmark asks for.
 *
 * @author linuxfd
 */
@FunctionalInterface
interface Contestant {

	/** Run with the arguments that follow the kind; says all it has to say itself. */
	void run(List<String> arguments) throws Exception;

}
