// copy FILE PORT REPEATS: a file into a TCP connection by splice, so that no byte comes into this process.
#include <fcntl.h>
#include "tcp.h"

static void send_file(int file, off_t size, const int pipe[2], size_t capacity, int connection) {
	for (off_t offset = 0; offset < size;) {
		long held = check(splice(file, &offset, pipe[1], NULL, capacity, SPLICE_F_MOVE), "splice from the file");
		while (held > 0)
			held -= check(splice(pipe[0], NULL, connection, NULL, (size_t) held, SPLICE_F_MOVE | SPLICE_F_MORE), "splice to the socket");
	}
}

int main(int argc, char **argv) {
	need_arguments(argc, 4, "copy FILE PORT REPEATS");
	int file = (int) check(open(argv[1], O_RDONLY | O_CLOEXEC), argv[1]);
	int repeats = atoi(argv[3]), pipe[2];
	off_t size = check(lseek(file, 0, SEEK_END), "lseek");
	check(pipe2(pipe, O_CLOEXEC), "pipe2");
	// as pipe2 gives it: the pages of a larger one do not stay in the cache
	size_t capacity = (size_t) check(fcntl(pipe[1], F_GETPIPE_SZ), "F_GETPIPE_SZ");
	int connection = connect_to_loopback(atoi(argv[2]));
	say_ready();
	uint64_t start = now_ns(), received = 0;
	for (int i = 0; i < repeats; i++)
		send_file(file, size, pipe, capacity, connection);
	check(shutdown(connection, SHUT_WR), "shutdown");
	check(recv(connection, &received, sizeof received, MSG_WAITALL), "recv");
	printf("RESULT {\"bytes\":%" PRIu64 ",\"secs\":%.6f}\n", received, (double) (now_ns() - start) / SECOND);
}
