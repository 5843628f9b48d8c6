// sink: says READY port=N, then takes one connection after another, throws away what comes, and answers how many
// bytes that were (u64) when the peer has shut its side down.
#include "tcp.h"

int main(void) {
	int server = listen_on_loopback(0);
	say_listening(server);
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
