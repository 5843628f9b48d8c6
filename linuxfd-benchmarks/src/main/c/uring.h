// An io_uring by its bare system calls: set up once, one io_uring_enter submits all that is new and waits.
#ifndef URING_H
#define URING_H

#include <linux/io_uring.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include "bench.h"

struct ring {
	int fd;
	unsigned sq_entries, sq_mask, sq_next, submitted, cq_mask;
	_Atomic unsigned *sq_tail, *cq_head, *cq_tail;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static inline void *map_ring(int fd, size_t bytes, off_t what) {
	void *address = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, what);
	if (address == MAP_FAILED)
		fail("mmap of the ring");
	return address;
}

// With twice as many completions as submissions, as the kernel has it by default.
static inline struct ring open_ring(unsigned entries, unsigned flags) {
	struct io_uring_params params = { .flags = flags };
	int fd = (int) check(syscall(SYS_io_uring_setup, entries, &params), "io_uring_setup");
	size_t sq_bytes = params.sq_off.array + params.sq_entries * sizeof(unsigned);
	size_t cq_bytes = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	char *rings = map_ring(fd, sq_bytes > cq_bytes ? sq_bytes : cq_bytes, IORING_OFF_SQ_RING); // one mapping since Linux 5.4
	unsigned *order = (void *) (rings + params.sq_off.array);
	for (unsigned i = 0; i < params.sq_entries; i++)
		order[i] = i;
	return (struct ring) {
		.fd = fd,
		.sq_entries = params.sq_entries,
		.sq_mask = params.sq_entries - 1,
		.sq_tail = (void *) (rings + params.sq_off.tail),
		.cq_mask = params.cq_entries - 1,
		.cq_head = (void *) (rings + params.cq_off.head),
		.cq_tail = (void *) (rings + params.cq_off.tail),
		.sqes = map_ring(fd, params.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES),
		.cqes = (void *) (rings + params.cq_off.cqes)
	};
}

static inline void enter(struct ring *ring, unsigned completions) {
	atomic_store_explicit(ring->sq_tail, ring->sq_next, memory_order_release);
	long taken;
	do
		taken = syscall(SYS_io_uring_enter, ring->fd, ring->sq_next - ring->submitted, completions, IORING_ENTER_GETEVENTS, NULL, 0);
	while (taken < 0 && errno == EINTR);
	ring->submitted += (unsigned) check(taken, "io_uring_enter");
}

static inline void submit(struct ring *ring, struct io_uring_sqe sqe) {
	if (ring->sq_next - ring->submitted == ring->sq_entries)
		enter(ring, 0);
	ring->sqes[ring->sq_next++ & ring->sq_mask] = sqe;
}

// The completions that are there: from *head up to what is returned.
static inline unsigned completed(struct ring *ring, unsigned *head) {
	*head = atomic_load_explicit(ring->cq_head, memory_order_relaxed);
	return atomic_load_explicit(ring->cq_tail, memory_order_acquire);
}

static inline struct io_uring_cqe *completion(struct ring *ring, unsigned at) {
	return &ring->cqes[at & ring->cq_mask];
}

static inline void consumed(struct ring *ring, unsigned head) {
	atomic_store_explicit(ring->cq_head, head, memory_order_release);
}

#endif
