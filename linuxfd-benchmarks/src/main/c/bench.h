// What the programs share: the clock, the check of a system call, the record of latencies.
#ifndef BENCH_H
#define BENCH_H

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ull

static inline uint64_t now_ns(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t) now.tv_sec * SECOND + (uint64_t) now.tv_nsec;
}

static inline struct timespec timespec_of(uint64_t ns) {
	return (struct timespec) { .tv_sec = (time_t) (ns / SECOND), .tv_nsec = (long) (ns % SECOND) };
}

static inline void sleep_until(uint64_t ns) {
	struct timespec until = timespec_of(ns);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static inline _Noreturn void fail(const char *what) {
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static inline long check(long result, const char *what) {
	if (result < 0)
		fail(what);
	return result;
}

static inline void need_arguments(int given, int needed, const char *usage) {
	if (given < needed) {
		fprintf(stderr, "usage: %s\n", usage);
		exit(2);
	}
}

static inline void say_ready(void) {
	puts("READY");
	fflush(stdout);
}

struct latencies {
	uint64_t *values;
	size_t count, capacity;
};

static inline void record(struct latencies *all, uint64_t ns) {
	if (all->count == all->capacity) {
		all->capacity = all->capacity ? all->capacity * 2 : 1 << 16;
		all->values = realloc(all->values, all->capacity * sizeof *all->values);
		if (!all->values)
			fail("realloc");
	}
	all->values[all->count++] = ns;
}

static inline int compare_ns(const void *left, const void *right) {
	uint64_t a = *(const uint64_t *) left, b = *(const uint64_t *) right;
	return (a > b) - (a < b);
}

static inline uint64_t quantile(const struct latencies *sorted, double q) {
	return sorted->count ? sorted->values[(size_t) (q * (double) (sorted->count - 1))] : 0;
}

// The members of a JSON object, without its braces.
// Of the second half: the first one warms up.
static inline void print_latencies(struct latencies *all) {
	size_t warm_up = all->count / 2;
	if (all->count)
		memmove(all->values, all->values + warm_up, (all->count - warm_up) * sizeof *all->values);
	all->count -= warm_up;
	if (all->count)
		qsort(all->values, all->count, sizeof *all->values, compare_ns);
	printf("\"n\":%zu,\"p50\":%" PRIu64 ",\"p99\":%" PRIu64 ",\"p999\":%" PRIu64 ",\"max\":%" PRIu64,
		all->count, quantile(all, .5), quantile(all, .99), quantile(all, .999), quantile(all, 1));
}

#endif
