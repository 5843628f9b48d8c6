// watch DIR [PAUSE_US]: the limit for inotify, nothing but a blocking read and a walk over the records.
// A pause after each read lets events gather, so that one wake-up serves many.
#include <sys/inotify.h>
#include "reports.h"

int main(int argc, char **argv) {
	need_arguments(argc, 2, "watch DIR [PAUSE_US]");
	unsigned pause_us = argc > 2 ? (unsigned) atoi(argv[2]) : 0;
	static _Alignas(struct inotify_event) char buffer[64 * 1024];
	static struct reports reports;
	int fd = (int) check(inotify_init1(IN_CLOEXEC), "inotify_init1");
	check(inotify_add_watch(fd, argv[1], IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO), argv[1]);
	say_ready();
	for (bool end = false; !end;) {
		ssize_t length = check(read(fd, buffer, sizeof buffer), "read");
		for (char *at = buffer; at < buffer + length;) {
			struct inotify_event *event = (void *) at;
			at += sizeof *event + event->len;
			if (event->mask & IN_Q_OVERFLOW)
				reports.overflow++;
			else if (event->len)
				end |= report(&reports, event->name);
		}
		end_of_batch(&reports);
		if (pause_us)
			usleep(pause_us);
	}
	print_reports(&reports);
}
