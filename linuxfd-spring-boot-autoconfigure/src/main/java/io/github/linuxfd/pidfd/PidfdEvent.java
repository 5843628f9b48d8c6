package io.github.linuxfd.pidfd;

import java.util.Optional;

/**
 * A process has ended.
 *
 * @param pid the number that it had
 * @param status how it ended; empty if the kernel does not tell, or not before the
 * process's parent has waited for it, as {@link Pidfd#exitStatus()} says
 * @author linuxfd
 * @since 0.1.0
 */
public record PidfdEvent(long pid, Optional<ExitStatus> status) {
}
