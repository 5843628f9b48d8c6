// calls [second-thread]: what a system call takes. With a second thread in the process, as every JVM has, the kernel
// counts its references to a descriptor's file and each call on one is dearer; that is the limit for Java.
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include "bench.h"

#define RUNS 7
#define CALLS 200000

static int counter, empty, epoll;

static void call_getppid(void) {
	getppid();
}

static void write_and_read(void) {
	uint64_t value = 1;
	check(write(counter, &value, sizeof value), "write");
	check(read(counter, &value, sizeof value), "read");
}

static void read_nothing(void) {
	uint64_t value;
	if (read(empty, &value, sizeof value) >= 0 || errno != EAGAIN)
		fail("read");
}

static void wait_for_ready(void) {
	struct epoll_event events[8];
	check(epoll_wait(epoll, events, 8, 0), "epoll_wait");
}

static double best_ns(void (*call)(void)) {
	uint64_t best = UINT64_MAX;
	for (int run = 0; run < RUNS; run++) {
		uint64_t start = now_ns();
		for (int i = 0; i < CALLS; i++)
			call();
		uint64_t taken = now_ns() - start;
		if (taken < best)
			best = taken;
	}
	return (double) best / CALLS;
}

static void *idle(void *unused) {
	pause();
	return unused;
}

int main(int argc, char **argv) {
	pthread_t thread;
	if (argc > 1 && !strcmp(argv[1], "second-thread") && pthread_create(&thread, NULL, idle, NULL))
		fail("pthread_create");
	counter = (int) check(eventfd(0, EFD_NONBLOCK), "eventfd");
	empty = (int) check(eventfd(0, EFD_NONBLOCK), "eventfd");
	int ready = (int) check(eventfd(1, EFD_NONBLOCK), "eventfd");
	epoll = (int) check(epoll_create1(0), "epoll_create1");
	check(epoll_ctl(epoll, EPOLL_CTL_ADD, ready, &(struct epoll_event) { .events = EPOLLIN }), "epoll_ctl");
	say_ready();
	printf("RESULT {\"getppid\":%.2f,\"eventfd_rw\":%.2f,\"read_eagain\":%.2f,\"epoll_wait0\":%.2f}\n",
		best_ns(call_getppid), best_ns(write_and_read) / 2, best_ns(read_nothing), best_ns(wait_for_ready));
}
