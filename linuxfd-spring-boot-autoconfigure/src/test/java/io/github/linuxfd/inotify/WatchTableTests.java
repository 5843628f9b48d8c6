package io.github.linuxfd.inotify;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.Test;

import io.github.linuxfd.flags.Flags;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link WatchTable} against a model.
 *
 * @author linuxfd
 */
class WatchTableTests {

	private static InotifyWatch watch(int wd) {
		return new InotifyWatch(wd, Path.of("/"), Flags.of(InotifyEventFlag.CREATE));
	}

	@Test
	void operationsWhenRandomAreThoseOfAMap() {
		for (int seed = 0; seed < 50; seed++) {
			Random random = new Random(seed);
			// few numbers that collide, or many that make it grow, or any at all
			int range = (seed % 3 == 0) ? 40 : (seed % 3 == 1) ? 5000 : Integer.MAX_VALUE;
			int stride = (seed % 2 == 0) ? 1 : 16;
			WatchTable table = new WatchTable();
			Map<Integer, InotifyWatch> model = new HashMap<>();
			for (int step = 0; step < 4000; step++) {
				int wd = (random.nextInt(range) * stride) & Integer.MAX_VALUE;
				switch (random.nextInt(3)) {
					case 0 -> {
						InotifyWatch watch = watch(wd);
						table.put(watch);
						model.put(wd, watch);
					}
					case 1 -> {
						table.remove(wd);
						model.remove(wd);
					}
					default -> assertThat(table.get(wd)).isSameAs(model.get(wd));
				}
				assertThat(table.size()).isEqualTo(model.size());
			}
			assertThat(table.watches()).containsExactlyInAnyOrderElementsOf(model.values());
			for (Map.Entry<Integer, InotifyWatch> entry : model.entrySet()) {
				assertThat(table.get(entry.getKey())).isSameAs(entry.getValue());
			}
		}
	}

	@Test
	void watchesWhenAddedInTheOrderOfTheKernelAreAllFoundAndRemoved() {
		WatchTable table = new WatchTable();
		for (int wd = 1; wd <= 20_000; wd++) {
			table.put(watch(wd));
			if (wd > 100) {
				table.remove(wd - 100);
			}
		}
		assertThat(table.size()).isEqualTo(100);
		assertThat(table.get(19_900)).isNull();
		assertThat(table.get(19_901)).isNotNull();
		for (int wd = 19_901; wd <= 20_000; wd++) {
			table.remove(wd);
			table.remove(wd);
		}
		assertThat(table.size()).isZero();
		assertThat(table.watches()).isEmpty();
	}

}
