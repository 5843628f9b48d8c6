// Reading blocks of a file at random.
#ifndef BLOCKS_H
#define BLOCKS_H

#include <fcntl.h>
#include "bench.h"

#define BLOCK 4096

struct blocks {
	int fd;
	uint64_t count;
};

static inline struct blocks open_blocks(const char *path, bool direct) {
	int fd = (int) check(open(path, O_RDONLY | O_CLOEXEC | (direct ? O_DIRECT : 0)), path);
	return (struct blocks) { fd, (uint64_t) check(lseek(fd, 0, SEEK_END), "lseek") / BLOCK };
}

static inline void *block_buffers(unsigned count) {
	void *buffers = aligned_alloc(BLOCK, (size_t) count * BLOCK);
	if (!buffers)
		fail("aligned_alloc");
	return buffers;
}

// Each reader has its own sequence, the same in every contestant.
static inline uint64_t random_of(unsigned reader) {
	return (reader + 1) * 0x9E3779B97F4A7C15u;
}

static inline uint64_t next_offset(uint64_t *random, uint64_t blocks) {
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return ((*random >> 32) * blocks >> 32) * BLOCK;
}

static inline void print_reads(uint64_t reads, uint64_t start_ns) {
	printf("RESULT {\"n\":%" PRIu64 ",\"secs\":%.6f}\n", reads, (double) (now_ns() - start_ns) / SECOND);
}

#endif
