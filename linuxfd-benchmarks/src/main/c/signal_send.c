// Prints {"n":..,"start_ns":..,"secs":..}.
//   signal_send SHM PID pace SIGNAL N PERIOD_NS   one a period, stamped with its time
//   signal_send SHM PID burst SIGNAL N            as fast as it can, again where the queue of a real-time signal is full
//   signal_send SHM PID stop                      the last one
#include <sched.h>
#include <signal.h>
#include "shm.h"

static void pace(struct page *page, pid_t pid, int signal, long count, uint64_t period) {
	uint64_t start = now_ns();
	for (long k = 1; k <= count; k++) {
		sleep_until(start + (uint64_t) k * period);
		page->stamp = now_ns();
		check(kill(pid, signal), "kill");
	}
}

static void burst(pid_t pid, int signal, long count) {
	for (long k = 0; k < count; k++) {
		while (sigqueue(pid, signal, (union sigval) { .sival_int = (int) k })) {
			if (errno != EAGAIN)
				fail("sigqueue");
			sched_yield();
		}
	}
}

int main(int argc, char **argv) {
	need_arguments(argc, 4, "signal_send SHM PID pace|burst|stop [SIGNAL N [PERIOD_NS]]");
	struct page *page = map_page(argv[1]);
	pid_t pid = atoi(argv[2]);
	int signal = argc > 4 ? atoi(argv[4]) : SIGUSR1;
	long count = argc > 5 ? atol(argv[5]) : 1;
	uint64_t start = now_ns();
	if (!strcmp(argv[3], "pace"))
		pace(page, pid, signal, count, argc > 6 ? strtoull(argv[6], NULL, 10) : SECOND / 1000);
	else if (!strcmp(argv[3], "burst"))
		burst(pid, signal, count);
	else {
		page->stop = 1;
		check(kill(pid, signal), "kill");
	}
	printf("{\"n\":%ld,\"start_ns\":%" PRIu64 ",\"secs\":%.6f}\n", count, start, (double) (now_ns() - start) / SECOND);
}
