/* program_test.c - files that no node could run are refused with a reason. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/program.h"

#include "headnode/say.h"
#include "kernel/lib/err.h"
#include "kernel/lib/prng.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char why[PROGRAM_TEXT_MAX + 100];

/* What program_open says to a file with these bytes and this mode. */
static int
open_bytes(const void *bytes, size_t len, mode_t mode)
{
	char path[] = "/tmp/program-test-XXXXXX";
	int fd = mkstemp(path), err;

	CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	CHECK_EQ(fchmod(fd, mode), 0);
	close(fd);
	err = program_open(path, why, sizeof why);
	unlink(path);
	return err;
}

TEST(program_open__missing_is_127_not_executable_126)
{
	CHECK_EQ(program_open("/no/such/file", why, sizeof why),
	    -SAY_EXIT_NOT_FOUND);
	CHECK(strstr(why, "No such file"));
	CHECK_EQ(program_open("/tmp", why, sizeof why), -SAY_EXIT_NOT_EXEC);
	CHECK_EQ(open_bytes("x", 1, 0644), -SAY_EXIT_NOT_EXEC);
	CHECK(strstr(why, "chmod +x"));
	CHECK_EQ(open_bytes("", 0, 0755), -SAY_EXIT_NOT_EXEC);
	CHECK(strstr(why, "empty"));
	CHECK_EQ(open_bytes("#!/bin/sh\n", 10, 0755), -SAY_EXIT_NOT_EXEC);
	CHECK(strstr(why, "script"));
}

TEST(program_open__linux_programs_are_refused_with_the_remedy)
{
	/* This test is one: dynamic, against glibc. */
	CHECK_EQ(program_open("/proc/self/exe", why, sizeof why),
	    -SAY_EXIT_NOT_EXEC);
	CHECK(strstr(why, "bmcc"));
}

TEST(program_check__noise_never_passes)
{
	static u8 noise[4096];
	struct prng p;

	prng_seed(&p, test_seed());
	for (int round = 0; round < 2000; round++) {
		for (size_t i = 0; i < sizeof noise; i++)
			noise[i] = (u8)prng_next(&p);
		if (round & 1)
			memcpy(noise, "\177ELF\2\1\1", 7);
		CHECK(program_check(noise, prng_below(&p, sizeof noise), why,
		    sizeof why) != 0);
		CHECK(why[0]);
	}
}
