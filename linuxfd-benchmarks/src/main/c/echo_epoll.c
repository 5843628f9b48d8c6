// echo_epoll: the limit for echoes, an epoll loop that reads and writes. Ended by SIGTERM.
#include <sys/epoll.h>
#include "tcp.h"

static int epoll;

static void watch(int fd) {
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

static void take_connection(int server) {
	int connection = (int) check(accept4(server, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), "accept4");
	no_delay(connection);
	watch(connection);
}

static void echo(int connection) {
	static char buffer[4096];
	ssize_t length = check(read(connection, buffer, sizeof buffer), "read");
	if (!length)
		close(connection);
	else if (check(write(connection, buffer, (size_t) length), "write") != length) {
		errno = EMSGSIZE;
		fail("write");
	}
}

int main(void) {
	int server = listen_on_loopback(SOCK_NONBLOCK);
	epoll = (int) check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	watch(server);
	say_listening(server);
	static struct epoll_event ready[256];
	for (;;) {
		long count = check(epoll_wait(epoll, ready, 256, -1), "epoll_wait");
		for (long i = 0; i < count; i++) {
			if (ready[i].data.fd == server)
				take_connection(server);
			else
				echo(ready[i].data.fd);
		}
	}
}
