package io.github.linuxfd.event;

import io.github.linuxfd.seccomp.SeccompNotification;

/**
 * A system call would have been denied, and was made: {@code linuxfd.seccomp.mode} is
 * {@code log}.
 *
 * @param call the call
 * @param pid the id of the process whose thread made it, 0 if that has ended
 * @param process the name of the process, empty if it has ended
 * @param thread the name of the thread, empty if it has ended
 * @author linuxfd
 * @since 0.1.0
 */
public record SystemCallReportedEvent(SeccompNotification call, int pid, String process, String thread) {
}
