// pingpong N: round trips between two threads, each waiting in a blocking read of its own eventfd.
#include <pthread.h>
#include <sys/eventfd.h>
#include "bench.h"

static int there, back;
static long total;

static void pass(int fd) {
	uint64_t one = 1;
	check(write(fd, &one, sizeof one), "write");
}

static void await(int fd) {
	uint64_t value;
	check(read(fd, &value, sizeof value), "read");
}

static void *answer(void *unused) {
	for (long i = 0; i < total; i++) {
		await(there);
		pass(back);
	}
	return unused;
}

int main(int argc, char **argv) {
	need_arguments(argc, 2, "pingpong N");
	long n = atol(argv[1]), warm_up = n / 4;
	total = n + warm_up;
	there = (int) check(eventfd(0, EFD_CLOEXEC), "eventfd");
	back = (int) check(eventfd(0, EFD_CLOEXEC), "eventfd");
	pthread_t thread;
	if (pthread_create(&thread, NULL, answer, NULL))
		fail("pthread_create");
	uint64_t start = 0;
	for (long i = 0; i < total; i++) {
		if (i == warm_up) {
			say_ready();
			start = now_ns();
		}
		pass(there);
		await(back);
	}
	printf("RESULT {\"n\":%ld,\"secs\":%.6f}\n", n, (double) (now_ns() - start) / SECOND);
}
