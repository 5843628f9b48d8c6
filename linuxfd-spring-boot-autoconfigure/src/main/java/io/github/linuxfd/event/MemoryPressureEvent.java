package io.github.linuxfd.event;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import io.github.linuxfd.psi.PressureLevel;

/**
 * Tasks have waited for memory longer than agreed; or, where the kernel takes no
 * agreement, their control group has reached one of its limits.
 *
 * @param file the pressure file, whose first lines tell the averages; or the
 * {@code memory.events} that was read in its place
 * @param level who had to wait
 * @param stall how long at least
 * @param window within which time
 * @param counters empty if the level and the times above are what has happened. Otherwise
 * they are only what was asked for, and this is by how much the counters of
 * {@code memory.events} have risen: {@code high}, {@code max}, {@code oom} and so on
 * @author linuxfd
 * @since 0.1.0
 */
public record MemoryPressureEvent(Path file, PressureLevel level, Duration stall, Duration window,
		Map<String, Long> counters) {
}
