// timer PERIOD_NS N: the limit for timers, a blocking read of a periodic timerfd.
#include <sys/timerfd.h>
#include "bench.h"

int main(int argc, char **argv) {
	need_arguments(argc, 3, "timer PERIOD_NS N");
	uint64_t period = strtoull(argv[1], NULL, 10), warm_up = SECOND / period, last = warm_up + strtoull(argv[2], NULL, 10);
	int fd = (int) check(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd_create");
	uint64_t start = now_ns() + period;
	struct itimerspec times = { .it_interval = timespec_of(period), .it_value = timespec_of(start) };
	check(timerfd_settime(fd, TFD_TIMER_ABSTIME, &times, NULL), "timerfd_settime");

	struct latencies latencies = { 0 };
	uint64_t missed = 0;
	bool ready = false;
	for (uint64_t tick = 0, expirations; tick < last; tick += expirations) {
		if (!ready && tick >= warm_up) {
			say_ready();
			ready = true;
		}
		check(read(fd, &expirations, sizeof expirations), "read");
		if (ready) {
			record(&latencies, now_ns() - (start + tick * period)); // of the earliest tick that this read stands for
			missed += expirations - 1;
		}
	}
	printf("RESULT {\"missed\":%" PRIu64 ",", missed);
	print_latencies(&latencies);
	puts("}");
}
