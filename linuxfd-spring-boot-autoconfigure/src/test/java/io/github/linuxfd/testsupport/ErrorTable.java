package io.github.linuxfd.testsupport;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.params.provider.Arguments;

import io.github.linuxfd.errno.Errno;
import io.github.linuxfd.errno.SyscallArgumentException;
import io.github.linuxfd.errno.SyscallException;
import io.github.linuxfd.errno.SyscallInternalException;
import io.github.linuxfd.errno.SyscallMemoryException;
import io.github.linuxfd.errno.SyscallPermissionException;
import io.github.linuxfd.errno.SyscallRetryException;
import io.github.linuxfd.errno.SyscallSystemException;
import io.github.linuxfd.errno.SyscallUnknownException;

/**
 * Which errno of which call is which kind of error, written as a table.
 *
 * @author linuxfd
 */
public final class ErrorTable {

	private static final List<Class<? extends SyscallException>> KINDS = List.of(SyscallArgumentException.class,
			SyscallPermissionException.class, SyscallMemoryException.class, SyscallSystemException.class,
			SyscallInternalException.class, SyscallRetryException.class);

	private ErrorTable() {
	}

	/**
	 * Return the cells of a table, and for each call an errno that is in none.
	 * @param table lines of
	 * {@code call | argument | permission | memory | system | internal | retry}
	 * @return the call, the errno and the exception of each cell
	 */
	public static Stream<Arguments> cells(String table) {
		return table.lines().flatMap(ErrorTable::row);
	}

	private static Stream<Arguments> row(String line) {
		String[] columns = Arrays.stream(line.split("\\|", -1)).map(String::strip).toArray(String[]::new);
		Stream<Arguments> named = IntStream.range(0, KINDS.size())
			.boxed()
			.flatMap((kind) -> Arrays.stream(columns[kind + 1].split(" "))
				.filter((name) -> !name.isEmpty())
				.map((name) -> Arguments.of(columns[0], errno(name), KINDS.get(kind))));
		return Stream.concat(named,
				Stream.of(Arguments.of(columns[0], new Errno(4711), SyscallUnknownException.class)));
	}

	private static Errno errno(String name) {
		return IntStream.range(1, 134)
			.mapToObj(Errno::new)
			.filter((errno) -> errno.name().equals(name))
			.findFirst()
			.orElseThrow();
	}

}
