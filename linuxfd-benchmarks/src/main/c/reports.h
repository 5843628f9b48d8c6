// What a watcher does with each reported name; the first letter says it.
#ifndef REPORTS_H
#define REPORTS_H

#include "bench.h"

#define MAX_FILES 100000000ul // eight digits

struct reports {
	uint64_t events, files, overflow, first_ns, last_ns;
	bool fresh; // something was counted since the clock was last read
	struct latencies latencies;
};

// One bit a file; a page of it exists once it is touched.
static uint8_t seen[MAX_FILES / 8], seen_in_warm_up[MAX_FILES / 8];

static inline void count_file(struct reports *all, uint8_t *files, const char *digits) {
	unsigned long file = 0;
	for (; *digits >= '0' && *digits <= '9'; digits++)
		file = file * 10 + (unsigned long) (*digits - '0');
	if (file >= MAX_FILES)
		return;
	uint8_t bit = (uint8_t) (1u << (file & 7));
	all->files += !(files[file >> 3] & bit);
	files[file >> 3] |= bit;
	all->events++;
	all->fresh = true;
	if (!all->first_ns)
		all->first_ns = now_ns();
}

// Returns whether this was the end.
static inline bool report(struct reports *all, const char *name) {
	static struct reports warm_up; // the same work, thrown away
	switch (name[0]) {
	case 'f': count_file(all, seen, name + 1); return false;
	case 'w': count_file(&warm_up, seen_in_warm_up, name + 1); return false;
	case 't': record(&all->latencies, now_ns() - strtoull(name + 1, NULL, 10)); return false;
	case 'u': record(&warm_up.latencies, now_ns() - strtoull(name + 1, NULL, 10)); return false;
	case 'E': return true;
	default: return false;
	}
}

// Once per read and not per event: reading the clock is a tenth of the work on an event.
static inline void end_of_batch(struct reports *all) {
	if (all->fresh)
		all->last_ns = now_ns();
	all->fresh = false;
}

static inline void print_reports(struct reports *all) {
	printf("RESULT {\"events\":%" PRIu64 ",\"files\":%" PRIu64 ",\"overflow\":%" PRIu64 ",\"first_ns\":%" PRIu64 ",\"last_ns\":%" PRIu64 ",\"lat\":{",
		all->events, all->files, all->overflow, all->first_ns, all->last_ns);
	print_latencies(&all->latencies);
	puts("}}");
	fflush(stdout);
}

#endif
