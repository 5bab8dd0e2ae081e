/* local_test.c - exit codes and output of jobs on this machine. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/local.h"
#include "headnode/say.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char out[] = "/tmp/local_test.out.XXXXXX";

static int
run_shell(u32 ranks, const char *script, u32 limit_s, bool label)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" },
		(char *)(uintptr_t)script, NULL };
	struct local_job job = { .ranks = ranks, .argv = argv,
		.limit_s = limit_s, .label = label, .out = out,
		.err = "/dev/null" };

	memcpy(out + sizeof(out) - 7, "XXXXXX", 6);
	close(mkstemp(out));
	say_tool("local_test");
	return local_run(&job);
}

static size_t
read_out(char *text, size_t max)
{
	FILE *f = fopen(out, "r");
	size_t n;

	CHECK(f);
	n = fread(text, 1, max - 1, f);
	text[n] = 0;
	fclose(f);
	unlink(out);
	return n;
}

TEST(local__largest_exit_code_and_every_byte)
{
	char *text = malloc(4000000);

	CHECK_EQ(run_shell(3, "head -c 1000001 /dev/zero; "
	    "exit $((BARERACK_RANK + 3))", 30, false), 5);
	CHECK_EQ(read_out(text, 4000000), 3 * 1000001);
	free(text);
}

TEST(local__labels_each_line_with_its_rank)
{
	char text[200];

	CHECK_EQ(run_shell(2, "[ $BARERACK_RANK = 1 ] && sleep 1; echo a; "
	    "echo b", 30, true), 0);
	read_out(text, sizeof(text));
	CHECK(strcmp(text, "0: a\n0: b\n1: a\n1: b\n") == 0);
}

TEST(local__signal_ends_all_and_is_told)
{
	time_t begin = time(NULL);

	CHECK_EQ(run_shell(3, "[ $BARERACK_RANK = 1 ] && kill -SEGV $$; "
	    "exec sleep 60", 50, false), 128 + 11);
	CHECK(time(NULL) - begin < 20);
	unlink(out);
}

/* Who ignores SIGTERM is killed a second later. */
TEST(local__time_limit_ends_also_the_stubborn)
{
	time_t begin = time(NULL);

	CHECK_EQ(run_shell(2, "trap '' TERM; while :; do sleep 1; done", 1,
	    false), 143);
	CHECK(time(NULL) - begin < 20);
	unlink(out);
}

TEST(local__program_that_is_not_there)
{
	char *argv[] = { (char[]){ "/nonexistent" }, NULL };
	struct local_job job = { .ranks = 2, .argv = argv };

	CHECK_EQ(local_run(&job), 127);
	argv[0] = (char[]){ "/dev/null" };
	CHECK_EQ(local_run(&job), 126);
	job.ranks = LOCAL_RANKS_MAX + 1;
	CHECK_EQ(local_run(&job), 1);
}
