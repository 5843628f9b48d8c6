// The page that signal_send shares with the contestant.
#ifndef SHM_H
#define SHM_H

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include "bench.h"

struct page {
	_Atomic uint64_t stamp; // when the latest signal was sent
	_Atomic uint64_t received; // how many signals have arrived
	_Atomic uint64_t stop; // the next signal is the last
	_Atomic uint64_t measured; // 1 once the warm-up is over
};

static inline struct page *map_page(const char *path) {
	int fd = (int) check(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), path);
	check(ftruncate(fd, 4096), "ftruncate");
	struct page *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		fail("mmap");
	return page;
}

#endif
