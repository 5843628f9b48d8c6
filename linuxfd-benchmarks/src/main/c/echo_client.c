// echo_client PORT CONNECTIONS MESSAGES: sends messages of 64 bytes, one in flight on each connection, and checks what comes back.
#include <fcntl.h>
#include <sys/epoll.h>
#include "tcp.h"

#define MESSAGE 64
#define CONNECTIONS 1024
#define STALL_MS 10000

struct connection {
	int fd;
	size_t received;
	uint64_t sent[MESSAGE / sizeof(uint64_t)], buffer[MESSAGE / sizeof(uint64_t)];
};

static uint64_t sent, received;

static void send_next(struct connection *connection) {
	connection->sent[0] = ++sent; // told apart by their number
	connection->received = 0;
	if (check(write(connection->fd, connection->sent, MESSAGE), "write") != MESSAGE) {
		errno = EMSGSIZE;
		fail("write");
	}
}

// Returns whether that was the rest of a message.
static bool receive(struct connection *connection) {
	long n = check(read(connection->fd, (char *) connection->buffer + connection->received, MESSAGE - connection->received), "read");
	if (!n) {
		errno = ECONNRESET;
		fail("the server has closed");
	}
	connection->received += (size_t) n;
	if (connection->received < MESSAGE)
		return false;
	if (memcmp(connection->sent, connection->buffer, MESSAGE)) {
		errno = EBADMSG;
		fail("another message has come back");
	}
	return true;
}

int main(int argc, char **argv) {
	need_arguments(argc, 4, "echo_client PORT CONNECTIONS MESSAGES");
	static struct connection connections[CONNECTIONS];
	int count = atoi(argv[2]), epoll = (int) check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	uint64_t messages = strtoull(argv[3], NULL, 10);
	if (count > CONNECTIONS || (uint64_t) count > messages) {
		errno = EINVAL;
		fail("CONNECTIONS");
	}
	for (int i = 0; i < count; i++) {
		struct connection *connection = &connections[i];
		connection->fd = connect_to_loopback(atoi(argv[1]));
		no_delay(connection->fd);
		memset(connection->sent, 'a' + i % 26, MESSAGE);
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
		check(epoll_ctl(epoll, EPOLL_CTL_ADD, connection->fd, &event), "epoll_ctl");
	}
	uint64_t start_ns = now_ns();
	for (int i = 0; i < count; i++)
		send_next(&connections[i]);
	while (received < messages) {
		static struct epoll_event ready[CONNECTIONS];
		long arrived = check(epoll_wait(epoll, ready, CONNECTIONS, STALL_MS), "epoll_wait");
		if (!arrived) {
			errno = ETIMEDOUT;
			fail("the server does not answer");
		}
		for (long i = 0; i < arrived; i++) {
			if (!receive(ready[i].data.ptr))
				continue;
			received++;
			if (sent < messages)
				send_next(ready[i].data.ptr);
		}
	}
	printf("{\"n\":%" PRIu64 ",\"secs\":%.6f}\n", received, (double) (now_ns() - start_ns) / SECOND);
}
