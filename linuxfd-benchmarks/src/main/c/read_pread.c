// read_pread FILE READS [direct]: one read after the other.
#include "blocks.h"

static void read_blocks(const struct blocks *file, uint64_t *random, char *buffer, uint64_t reads) {
	for (uint64_t i = 0; i < reads; i++) {
		if (check(pread(file->fd, buffer, BLOCK, (off_t) next_offset(random, file->count)), "pread") != BLOCK) {
			errno = ENODATA;
			fail("pread");
		}
	}
}

int main(int argc, char **argv) {
	need_arguments(argc, 3, "read_pread FILE READS [direct]");
	struct blocks file = open_blocks(argv[1], argc > 3);
	uint64_t reads = strtoull(argv[2], NULL, 10), random = random_of(0);
	char *buffer = block_buffers(1);
	read_blocks(&file, &random, buffer, reads / 2);
	say_ready();
	uint64_t start_ns = now_ns();
	read_blocks(&file, &random, buffer, reads);
	print_reads(reads, start_ns);
}
