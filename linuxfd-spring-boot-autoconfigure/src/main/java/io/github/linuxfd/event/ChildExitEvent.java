package io.github.linuxfd.event;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.github.linuxfd.pidfd.ExitStatus;

/**
 * A watched process has ended.
 *
 * @param pid its process id, which may be another process's by now
 * @param status how it ended; empty if the kernel tells only the process's parent, which
 * is another one: before Linux 6.15, or if that parent does not wait for it
 * @param process the child, if it was watched as such
 * @author linuxfd
 * @since 0.1.0
 */
public record ChildExitEvent(long pid, Optional<ExitStatus> status, @Nullable Process process) {
}
