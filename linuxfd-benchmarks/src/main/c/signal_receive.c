// signal_receive SHM [epoll]: the limit for signals, a blocking read of a signalfd; with epoll, the limit of any event loop.
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include "shm.h"

int main(int argc, char **argv) {
	need_arguments(argc, 2, "signal_receive SHM [epoll]");
	struct page *page = map_page(argv[1]);
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &signals, NULL); // or they would end this process instead
	int fd = (int) check(signalfd(-1, &signals, SFD_CLOEXEC), "signalfd");

	static struct signalfd_siginfo buffer[64];
	static struct latencies latencies[2]; // of the warm-up in the first
	uint64_t events = 0, first_ns = 0, last_ns = 0;
	int epoll = -1;
	struct epoll_event ready = { .events = EPOLLIN };
	if (argc > 2) {
		epoll = (int) check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
		check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ready), "epoll_ctl");
	}
	say_ready();
	for (bool stop = false; !stop;) {
		if (epoll >= 0)
			check(epoll_wait(epoll, &ready, 1, -1), "epoll_wait");
		size_t count = (size_t) check(read(fd, buffer, sizeof buffer), "read") / sizeof buffer[0];
		uint64_t now = now_ns();
		for (size_t i = 0; i < count; i++) {
			if (page->stop) {
				stop = true;
				continue;
			}
			uint64_t stamp = page->stamp;
			record(&latencies[page->measured], now > stamp ? now - stamp : 0); // of the next one, where it is later than now
			atomic_store_explicit(&page->received, ++events, memory_order_relaxed);
			last_ns = now;
			if (!first_ns)
				first_ns = now;
		}
	}
	printf("RESULT {\"events\":%" PRIu64 ",\"first_ns\":%" PRIu64 ",\"last_ns\":%" PRIu64 ",\"lat\":{", events, first_ns, last_ns);
	print_latencies(&latencies[1]);
	puts("}}");
}
