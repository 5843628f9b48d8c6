package io.github.linuxfd.event;

import java.nio.file.Path;
import java.time.Duration;

import io.github.linuxfd.psi.PressureLevel;

/**
 * Tasks have waited for memory longer than agreed.
 *
 * @param file the pressure file, whose first lines tell the averages
 * @param level who had to wait
 * @param stall how long at least
 * @param window within which time
 * @author linuxfd
 * @since 0.1.0
 */
public record MemoryPressureEvent(Path file, PressureLevel level, Duration stall, Duration window) {
}
