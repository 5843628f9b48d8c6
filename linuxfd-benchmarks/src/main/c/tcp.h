#ifndef TCP_H
#define TCP_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include "bench.h"

static inline struct sockaddr_in loopback(int port) {
	return (struct sockaddr_in) {
		.sin_family = AF_INET, .sin_port = htons((uint16_t) port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
}

// On a port that is free.
static inline int listen_on_loopback(int flags) {
	int server = (int) check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), "socket");
	struct sockaddr_in address = loopback(0);
	check(bind(server, (struct sockaddr *) &address, sizeof address), "bind");
	check(listen(server, SOMAXCONN), "listen");
	return server;
}

static inline void say_listening(int server) {
	struct sockaddr_in address;
	socklen_t length = sizeof address;
	check(getsockname(server, (struct sockaddr *) &address, &length), "getsockname");
	printf("READY port=%d\n", ntohs(address.sin_port));
	fflush(stdout);
}

static inline int connect_to_loopback(int port) {
	int connection = (int) check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
	struct sockaddr_in address = loopback(port);
	check(connect(connection, (struct sockaddr *) &address, sizeof address), "connect");
	return connection;
}

static inline void no_delay(int connection) {
	int on = 1;
	check(setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
}

#endif
