/* duration_test.c - time limits as Slurm's users write them. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/duration.h"

#include "kernel/lib/err.h"
#include "tests/test.h"

#include <string.h>

TEST(duration_parse__all_six_formats)
{
	static const struct {
		const char *text;
		u32 seconds;
	} right[] = { { "5", 300 }, { "0:05", 5 }, { "1:30", 90 },
		{ "2:00:00", 7200 }, { "1-2", 93600 }, { "1-2:3", 93780 },
		{ "1-02:03:04", 93784 }, { "0", 0 }, { "UNLIMITED", 0 },
		{ "90:00", 5400 }, { "0-0:0:1", 1 } };
	u32 s;

	for (size_t i = 0; i < ARRAY_LEN(right); i++) {
		CHECK_EQ(duration_parse(right[i].text, &s), 0);
		CHECK_EQ(s, right[i].seconds);
	}
}

TEST(duration_parse__anything_else_is_refused)
{
	static const char *const wrong[] = { "", "x", "5x", "-5", "1:", ":1",
		"1:2:3:4", "1-", "-", "1-2-3", "1.5", " 5", "5 ",
		"99999999999999999999", "1:-1", "9999-0", "1:2x" };
	u32 s;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		if (duration_parse(wrong[i], &s) != ERR_INVAL)
			test_fail(__FILE__, __LINE__, "\"%s\" was taken",
			    wrong[i]);
}

TEST(duration_format__grows_with_the_time)
{
	static const struct {
		u64 seconds;
		const char *text;
	} right[] = { { 0, "0:00" }, { 65, "1:05" }, { 3725, "1:02:05" },
		{ 93784, "1-02:03:04" } };
	char text[32];

	for (size_t i = 0; i < ARRAY_LEN(right); i++) {
		duration_format(right[i].seconds, text, sizeof text);
		CHECK(strcmp(text, right[i].text) == 0);
	}
}
