/* hostlist_test.c - node lists: expanded, folded, refused. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/hostlist.h"

#include "kernel/lib/err.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static char joined[4096];
static char names[64][HOSTLIST_NAME_MAX];
static u32 count;

static int
join(void *ctx, const char *name)
{
	(void)ctx;
	if (count < ARRAY_LEN(names))
		snprintf(names[count], sizeof names[0], "%s", name);
	count++;
	if (strlen(joined) + strlen(name) + 2 < sizeof joined) {
		strcat(joined, name);
		strcat(joined, " ");
	}
	return 0;
}

static int
expand(const char *text)
{
	joined[0] = 0;
	count = 0;
	return hostlist_each(text, join, NULL);
}

TEST(hostlist_each__names_ranges_zeros)
{
	CHECK_EQ(expand("node1"), 0);
	CHECK(strcmp(joined, "node1 ") == 0);
	CHECK_EQ(expand("a,b[1-3,007-009],c"), 0);
	CHECK(strcmp(joined, "a b1 b2 b3 b007 b008 b009 c ") == 0);
	CHECK_EQ(expand("r[1-2]-x"), 0);
	CHECK(strcmp(joined, "r1-x r2-x ") == 0);
	CHECK_EQ(expand("n[08-11]"), 0);
	CHECK(strcmp(joined, "n08 n09 n10 n11 ") == 0);
}

TEST(hostlist_each__malformed_is_refused)
{
	static const char *const wrong[] = { "", ",", "a,", "a,,b", "n[1", "n]",
		"n[]", "n[1-]", "n[-2]", "n[3-1]", "n[a]", "n[1-2]x[3]",
		"n[1,]", "n[1-99999999]",
		"a-name-that-is-far-longer-than-a-name-may-be" };

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		if (expand(wrong[i]) != ERR_INVAL)
			test_fail(__FILE__, __LINE__, "\"%s\" was taken",
			    wrong[i]);
	CHECK_EQ(expand("n[1-4000],m[1-4000]"), ERR_INVAL);
}

TEST(hostlist_fold__is_the_inverse)
{
	static const char *const lists[] = { "node1", "node[1-4]",
		"node[1-2,4,6-8]", "a,b,c", "n[08-11]", "x,n[1-2],y",
		"login,node[1-3],gpu[1-2]" };
	char text[1024];

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		CHECK_EQ(expand(lists[i]), 0);
		hostlist_fold((const char (*)[HOSTLIST_NAME_MAX])names, count,
		    text, sizeof text);
		if (strcmp(text, lists[i]) != 0)
			test_fail(__FILE__, __LINE__, "%s became %s", lists[i],
			    text);
	}
	hostlist_fold((const char (*)[HOSTLIST_NAME_MAX])names, 0, text,
	    sizeof text);
	CHECK(text[0] == 0);
	CHECK_EQ(expand("a,b,c,d,e,f,g"), 0);
	hostlist_fold((const char (*)[HOSTLIST_NAME_MAX])names, count, text,
	    80);
	CHECK(strstr(text, "..."));
}
