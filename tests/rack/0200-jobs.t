#!/bin/bash
# 0200-jobs.t - output, exit codes, labels, files and crashes of real jobs.
set -u
. tests/rack/rack.sh

app t <<'C'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* N bytes that a checker can make, too. */
static int
print(long n)
{
	static char buf[60000];

	for (long at = 0; at < n;) {
		long len = n - at < (long)sizeof buf ? n - at : (long)sizeof buf;

		for (long i = 0; i < len; i++, at++)
			buf[i] = at % 64 == 63 ? '\n' : 'a' + at / 64 % 26;
		if (fwrite(buf, 1, len, stdout) != (size_t)len)
			return 1;
	}
	return fflush(stdout) != 0;
}

static int
copy(const char *from, const char *to)
{
	char buf[30000];
	int in = open(from, O_RDONLY), out;
	struct stat st;
	ssize_t n;

	out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (in < 0 || out < 0)
		return 2;
	while ((n = read(in, buf, sizeof buf)) > 0)
		if (write(out, buf, n) != n)
			return 3;
	return n != 0 || close(out) != 0 || stat(to, &st) != 0;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "exit"))
		return atoi(argv[2]);
	if (!strcmp(what, "print"))
		return print(atol(argv[2]));
	if (!strcmp(what, "err")) {
		fputs("to stderr\n", stderr);
		puts("to stdout");
	}
	if (!strcmp(what, "env"))
		printf("%s %s\n", getenv("COLOUR"), getenv("BM_NTASKS"));
	if (!strcmp(what, "part"))
		fputs("no newline", stdout);
	if (!strcmp(what, "null"))
		*(volatile int *)0 = 1;
	if (!strcmp(what, "ud"))
		__builtin_trap();
	if (!strcmp(what, "copy"))
		return copy(argv[2], argv[3]);
	return 0;
}
C

rack_up -n 2
cd "$tmp"

run 30 bmrun -n 4 ./t err
is "stdout of four tasks" "$(yes 'to stdout' | head -4)" "$out"
is "stderr stays stderr" "$(yes 'to stderr' | head -4)" "$err"
run 30 bmrun -n 4 -l ./t err
is "-l labels each line" $'0: to stdout\n1: to stdout\n2: to stdout\n3: to stdout' \
	"$(sort out)"
run 30 bmrun -n 1 -l ./t part
is "-l labels an unfinished line" "0: no newline" "$out"
run 30 bmrun -n 1 ./t part
is "without -l bytes are as they came" "no newline" "$out"
run 30 bmrun -n 2 -N 2 ./t exit 7
is "the largest exit code comes back" 7 $rc
like "srun's words name node and task" \
	'bmrun: error: node2: task 1: Exited with exit code 7' "$err"
run 30 bmrun -n 2 --env COLOUR=blue ./t env
is "environment, given and ours" $'blue 2\nblue 2' "$out"
run 30 bmrun -np 3 --wdir / "$tmp/t" exit 0
is "mpirun's spellings" 0 $rc
run 30 bmrun -n 2 -o 'o.%j.%2t' ./t err
is "-o with a pattern: a file per task, both streams" \
	$'to stderr\nto stdout' "$(sort o.*.01)"

run 30 bmrun -n 2 ./t null
is "a crash is 128 + signal" 139 $rc
like "and one line" 'error: node[12]: task [01]: Segmentation fault at 0x0 ' "$err"
run 30 bmrun ./t ud
is "an illegal instruction is 132" 132 $rc
run 30 bmrun ./t exit 0
is "the next job runs" 0 $rc

head -c 1000000 /dev/urandom >from
run 60 bmrun ./t copy from to
is "a file is read and written on the head node" 0 $rc
cmp -s from to && ok "and it is the same" || not_ok "and it is the same"
run 30 bmrun ./t copy no-such-file to
is "a missing file is an error of the application" 2 $rc

# 100 MB from each of two ranks, byte for byte, and not faster than the reader.
awk 'BEGIN { for (l = 0; l < 100; l++) { s = ""; c = sprintf("%c", 97 + l % 26)
	for (i = 0; i < 63; i++) s = s c; print s } }' >pattern
BM_BYTES=100000000
run 200 bmrun -n 1 ./t print $BM_BYTES
is "100 MB arrive" $BM_BYTES "$(stat -c %s out)"
head -c 6400 out | cmp -s - pattern &&
	[ "$(head -c 99999744 out | sort -u | wc -l)" = 26 ] &&
	ok "and are what was written" || not_ok "and are what was written"
timeout 120 bmrun -n 2 ./t print 5000000 | { sleep 4; wc -c; } >count
is "a reader that sleeps loses nothing" 10000000 "$(tr -d ' ' <count)"
run 30 bash -c 'bmrun ./t print 100000000 | head -c 10 >/dev/null
	exit ${PIPESTATUS[0]}'
is "a reader that leaves ends the job with 141" 141 $rc
idle 2 20 && ok "all nodes are idle again" || not_ok "all nodes are idle again"
