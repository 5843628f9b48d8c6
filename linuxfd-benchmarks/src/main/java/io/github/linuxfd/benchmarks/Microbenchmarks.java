package io.github.linuxfd.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

import org.openjdk.jmh.Main;

/**
 * The small parts, measured by JMH.
 *
 * @author linuxfd
 */
final class Microbenchmarks {

	/** The first JDK that warns of native code not asked for. */
	private static final int NATIVE_ACCESS_VERSION = 22;

	private Microbenchmarks() {
	}

	static void run(List<String> arguments) throws IOException {
		Stream<String> jvm = (Runtime.version().feature() < NATIVE_ACCESS_VERSION) ? Stream.of()
				: Stream.of("-jvmArgsAppend", "--enable-native-access=ALL-UNNAMED");
		Main.main(Stream.concat(jvm, arguments.stream()).toArray(String[]::new));
	}

}
