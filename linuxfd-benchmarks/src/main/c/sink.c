// sink: says READY port=N, then takes one connection after another, throws away what comes, and answers how many
// bytes that were (u64) when the peer has shut its side down.
#include "tcp.h"

int main(void) {
	int server = (int) check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
	struct sockaddr_in address = loopback(0);
	socklen_t length = sizeof address;
	check(bind(server, (struct sockaddr *) &address, sizeof address), "bind");
	check(listen(server, 1), "listen");
	check(getsockname(server, (struct sockaddr *) &address, &length), "getsockname");
	printf("READY port=%d\n", ntohs(address.sin_port));
	fflush(stdout);
	for (;;) {
		int connection = (int) check(accept(server, NULL, NULL), "accept");
		uint64_t received = 0;
		ssize_t n;
		while ((n = recv(connection, NULL, 1 << 20, MSG_TRUNC)) > 0) // MSG_TRUNC: without copying them here
			received += (uint64_t) n;
		send(connection, &received, sizeof received, MSG_NOSIGNAL);
		close(connection);
	}
}
