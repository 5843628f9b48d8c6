// read_uring FILE DEPTH READS [direct]: the limit for reads in flight. Each enter takes all completions and submits as many reads anew.
#include "blocks.h"
#include "uring.h"

struct reader {
	uint64_t random, left;
	char *buffer;
};

static struct ring ring;
static struct blocks file;
static struct reader *readers;
static unsigned depth;

static void read_next(unsigned reader) {
	submit(&ring, (struct io_uring_sqe) {
		.opcode = IORING_OP_READ, .fd = file.fd, .off = next_offset(&readers[reader].random, file.count),
		.addr = (uintptr_t) readers[reader].buffer, .len = BLOCK, .user_data = reader
	});
}

static void read_blocks(uint64_t each) {
	unsigned busy = depth, head;
	for (unsigned i = 0; i < depth; i++) {
		readers[i].left = each;
		read_next(i);
	}
	while (busy) {
		enter(&ring, 1);
		unsigned end = completed(&ring, &head);
		for (; head != end; head++) {
			struct io_uring_cqe *done = completion(&ring, head);
			if (done->res != BLOCK) {
				errno = done->res < 0 ? -done->res : ENODATA;
				fail("read");
			}
			if (readers[done->user_data].left-- > 1)
				read_next((unsigned) done->user_data);
			else
				busy--;
		}
		consumed(&ring, head);
	}
}

int main(int argc, char **argv) {
	need_arguments(argc, 4, "read_uring FILE DEPTH READS [direct]");
	file = open_blocks(argv[1], argc > 4);
	depth = (unsigned) atoi(argv[2]);
	uint64_t each = strtoull(argv[3], NULL, 10) / depth;
	ring = open_ring(2 * depth, 0);
	readers = calloc(depth, sizeof *readers);
	char *buffers = block_buffers(depth);
	for (unsigned i = 0; i < depth; i++)
		readers[i] = (struct reader) { .random = random_of(i), .buffer = buffers + (size_t) i * BLOCK };
	read_blocks(each / 2);
	say_ready();
	uint64_t start_ns = now_ns();
	read_blocks(each);
	print_reads(each * depth, start_ns);
}
