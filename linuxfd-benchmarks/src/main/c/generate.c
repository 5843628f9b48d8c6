// Makes the files and the events. What is timed prints {"n":..,"secs":..}.
//   prep DIR N LETTER               N empty files LETTER########
//   rename FROM TO N LETTER         moves them, as fast as it can: one event each
//   back FROM TO N LETTER           the same for those that are there
//   write DIR N LETTER              creates, writes and closes N files: two events each
//   latency STAGE DIR PERIOD_NS N LETTER   one file a period, named by the letter and the time it was moved in
//   end DIR K                       the file EK, which ends a watcher
//   rm DIR                          DIR and all that is in it
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include "bench.h"

static int directory(const char *path) {
	return (int) check(open(path, O_DIRECTORY | O_CLOEXEC), path);
}

static void create(int dir, const char *name, const char *content) {
	int fd = (int) check(openat(dir, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600), name);
	check(write(fd, content, strlen(content)), "write");
	close(fd);
}

static void name_file(char name[16], char letter, unsigned file) {
	snprintf(name, 16, "%c%08u", letter, file % 100000000);
}

static void print_rate(unsigned count, uint64_t start) {
	printf("{\"n\":%u,\"secs\":%.6f}\n", count, (double) (now_ns() - start) / SECOND);
}

static void prepare(const char *path, unsigned count, char letter, const char *content) {
	char name[16];
	int dir = directory(path);
	uint64_t start = now_ns();
	for (unsigned file = 0; file < count; file++) {
		name_file(name, letter, file);
		create(dir, name, content);
	}
	print_rate(count, start);
}

static void move(const char *from_path, const char *to_path, unsigned count, char letter, bool all) {
	char name[16];
	int from = directory(from_path), to = directory(to_path);
	uint64_t start = now_ns();
	for (unsigned file = 0; file < count; file++) {
		name_file(name, letter, file);
		if (renameat(from, name, to, name) && (all || errno != ENOENT))
			fail(name);
	}
	print_rate(count, start);
}

static void pace(const char *stage_path, const char *path, uint64_t period, unsigned count, char letter) {
	char name[32];
	int stage = directory(stage_path), dir = directory(path);
	uint64_t start = now_ns();
	for (unsigned k = 1; k <= count; k++) {
		create(stage, "next", "x"); // before the sleep, so that the instant holds the move alone
		sleep_until(start + k * period);
		snprintf(name, sizeof name, "%c%" PRIu64, letter, now_ns());
		check(renameat(stage, "next", dir, name), "renameat");
	}
	print_rate(count, start);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *position) {
	(void) status, (void) type, (void) position;
	return remove(path);
}

int main(int argc, char **argv) {
	need_arguments(argc, 3, "generate prep|rename|back|write|latency|end|rm ..., see its source");
	const char *mode = argv[1];
	if (!strcmp(mode, "prep") && argc == 5)
		prepare(argv[2], (unsigned) atoi(argv[3]), argv[4][0], "");
	else if (!strcmp(mode, "write") && argc == 5)
		prepare(argv[2], (unsigned) atoi(argv[3]), argv[4][0], "x");
	else if ((!strcmp(mode, "rename") || !strcmp(mode, "back")) && argc == 6)
		move(argv[2], argv[3], (unsigned) atoi(argv[4]), argv[5][0], mode[0] == 'r');
	else if (!strcmp(mode, "latency") && argc == 7)
		pace(argv[2], argv[3], strtoull(argv[4], NULL, 10), (unsigned) atoi(argv[5]), argv[6][0]);
	else if (!strcmp(mode, "end") && argc == 4) {
		char name[32];
		snprintf(name, sizeof name, "E%s", argv[3]);
		create(directory(argv[2]), name, "");
	} else if (!strcmp(mode, "rm") && argc == 3)
		check(nftw(argv[2], remove_one, 16, FTW_DEPTH | FTW_PHYS), argv[2]);
	else
		need_arguments(0, 1, "generate prep|rename|back|write|latency|end|rm ..., see its source");
}
