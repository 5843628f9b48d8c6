// echo_uring: what echo_epoll does, by completions: a receive, then a send. Each enter submits what follows from all that has completed.
#include "tcp.h"
#include "uring.h"

#define CONNECTIONS 1024
#define BUFFER 4096

struct connection {
	bool sending;
	__u32 length; // of what is being sent
	char buffer[BUFFER];
};

static struct ring ring;
static struct connection connections[CONNECTIONS]; // by descriptor

static void take_next(int server) {
	submit(&ring, (struct io_uring_sqe) { .opcode = IORING_OP_ACCEPT, .fd = server, .accept_flags = SOCK_CLOEXEC, .user_data = (__u64) server });
}

static void transfer(int fd, bool send, __u32 length) {
	connections[fd].sending = send;
	connections[fd].length = length;
	submit(&ring, (struct io_uring_sqe) {
		.opcode = send ? IORING_OP_SEND : IORING_OP_RECV, .fd = fd, .addr = (uintptr_t) connections[fd].buffer,
		.len = length, .user_data = (__u64) fd
	});
}

static void accepted(int connection) {
	if (connection >= CONNECTIONS) {
		errno = EMFILE;
		fail("accept");
	}
	no_delay(connection);
	transfer(connection, false, BUFFER);
}

static void transferred(int fd, __u32 length) {
	struct connection *connection = &connections[fd];
	if (!connection->sending && length)
		transfer(fd, true, length);
	else if (!connection->sending)
		close(fd);
	else if (length == connection->length)
		transfer(fd, false, BUFFER);
	else {
		errno = EMSGSIZE;
		fail("send");
	}
}

int main(void) {
	int server = listen_on_loopback(0);
	ring = open_ring(CONNECTIONS, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
	take_next(server);
	say_listening(server);
	for (;;) {
		enter(&ring, 1);
		unsigned head, end = completed(&ring, &head);
		for (; head != end; head++) {
			struct io_uring_cqe *done = completion(&ring, head);
			int fd = (int) done->user_data;
			if (done->res < 0) {
				errno = -done->res;
				fail(fd == server ? "accept" : "transfer");
			}
			if (fd == server) {
				accepted(done->res);
				take_next(server);
			} else
				transferred(fd, (__u32) done->res);
		}
		consumed(&ring, head);
	}
}
