// inotifywait DIR: runs the program of this name from inotify-tools and counts the lines it writes.
// Its CPU time is what is measured, not that of this reader.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "reports.h"

static pid_t start(const char *directory, int output, int errors) {
	pid_t child = (pid_t) check(fork(), "fork");
	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL); // it must not outlive a reader that was ended
	dup2(output, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	execlp("inotifywait", "inotifywait", "--monitor", "--event", "create,close_write,moved_to", "--format", "%f",
		directory, (char *) NULL);
	_exit(127);
}

int main(int argc, char **argv) {
	need_arguments(argc, 2, "inotifywait DIR");
	int output[2], errors[2];
	check(pipe2(output, O_CLOEXEC), "pipe2");
	check(pipe2(errors, O_CLOEXEC), "pipe2");
	fcntl(output[0], F_SETPIPE_SZ, 1 << 20); // so that it seldom waits for this reader
	pid_t child = start(argv[1], output[1], errors[1]);
	close(output[1]);
	close(errors[1]);

	char line[4096];
	FILE *messages = fdopen(errors[0], "r");
	do {
		if (!fgets(line, sizeof line, messages)) {
			fputs("inotifywait ended before it watched\n", stderr);
			return 1;
		}
	} while (!strstr(line, "Watches established"));
	printf("READY pid=%d\n", (int) child);
	fflush(stdout);

	static char buffer[256 * 1024];
	static struct reports reports;
	size_t filled = 0;
	for (bool end = false; !end;) {
		ssize_t length = check(read(output[0], buffer + filled, sizeof buffer - filled), "read");
		if (!length)
			break;
		filled += (size_t) length;
		char *at = buffer;
		for (char *newline; (newline = memchr(at, '\n', (size_t) (buffer + filled - at))); at = newline + 1) {
			*newline = '\0';
			end |= report(&reports, at);
		}
		filled = (size_t) (buffer + filled - at);
		memmove(buffer, at, filled);
		end_of_batch(&reports);
	}
	print_reports(&reports);
	usleep(200000); // its CPU clock is read when the result arrives, and goes with it
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
}
