package io.github.linuxfd.event;

import io.github.linuxfd.seccomp.SeccompNotification;

/**
 * A system call would have been denied, and was made: {@code linuxfd.seccomp.mode} is
 * {@code log}.
 *
 * @param call the call
 * @param process the name of the process or thread that made it, empty if it has ended
 * @author linuxfd
 * @since 0.1.0
 */
public record SystemCallReportedEvent(SeccompNotification call, String process) {
}
