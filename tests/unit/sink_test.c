/* sink_test.c - labels, files by pattern, unfinished lines. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/sink.h"

#include "kernel/lib/err.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[64], text[300000];
static struct sink_config cfg;

static void
start(u32 ranks, bool label, const char *out, const char *err)
{
	static char paths[2][128];

	strcpy(dir, "/tmp/sink-test-XXXXXX");
	CHECK(mkdtemp(dir) != NULL);
	memset(&cfg, 0, sizeof cfg);
	cfg.job = 12;
	cfg.ranks = ranks;
	cfg.label = label;
	cfg.name = "app";
	cfg.user = "eve";
	cfg.nodelist = "node[1-2]";
	snprintf(paths[0], sizeof paths[0], "%s/%s", dir, out);
	cfg.out = paths[0];
	if (!err)
		return;
	snprintf(paths[1], sizeof paths[1], "%s/%s", dir, err);
	cfg.err = paths[1];
}

static const char *
contents(const char *name)
{
	char path[128];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "r");
	if (f) {
		n = fread(text, 1, sizeof text - 1, f);
		fclose(f);
		unlink(path);
	}
	text[n] = 0;
	return text;
}

static void
put(struct sink *s, u32 rank, u32 stream, const char *bytes)
{
	CHECK_EQ(sink_write(s, rank, stream, bytes, strlen(bytes)), 0);
}

TEST(sink_write__without_labels_bytes_pass_as_they_are)
{
	struct sink *s;

	start(2, false, "o", "e");
	s = sink_open(&cfg);
	CHECK(s);
	put(s, 0, 1, "a\nb");
	put(s, 1, 1, "c\n");
	put(s, 1, 2, "error");
	CHECK_EQ(sink_close(s), 0);
	CHECK(strcmp(contents("o"), "a\nbc\n") == 0);
	CHECK(strcmp(contents("e"), "error") == 0);
	rmdir(dir);
}

TEST(sink_write__labels_stand_at_line_starts_only)
{
	struct sink *s;

	start(12, true, "o", NULL);
	s = sink_open(&cfg);
	CHECK(s);
	put(s, 3, 1, "on");
	put(s, 11, 1, "two\nthr");
	put(s, 3, 1, "e\n\n");
	put(s, 11, 1, "ee");
	put(s, 3, 2, "err");
	CHECK_EQ(sink_close(s), 0);
	CHECK(strcmp(contents("o"), "11: two\n 3: one\n 3: \n11: three\n"
	                            " 3: err\n") == 0);
	rmdir(dir);
}

TEST(sink_write__very_long_lines_come_in_pieces)
{
	static char line[SINK_LINE_MAX + 100];
	struct sink *s;

	start(1, true, "o", NULL);
	s = sink_open(&cfg);
	CHECK(s);
	memset(line, 'x', sizeof line);
	line[sizeof line - 1] = '\n';
	CHECK_EQ(sink_write(s, 0, 1, line, sizeof line), 0);
	CHECK_EQ(sink_close(s), 0);
	/* Both pieces labelled, one newline more than was written. */
	CHECK_EQ(strlen(contents("o")), sizeof line + 2 * 3 + 1);
	rmdir(dir);
}

TEST(sink_open__a_file_per_rank_by_pattern)
{
	struct sink *s;

	start(2, false, "%j-%3t.%x", NULL);
	s = sink_open(&cfg);
	CHECK(s);
	put(s, 0, 1, "zero");
	put(s, 1, 2, "one");
	CHECK_EQ(sink_close(s), 0);
	CHECK(strcmp(contents("12-000.app"), "zero") == 0);
	CHECK(strcmp(contents("12-001.app"), "one") == 0);
	rmdir(dir);
}

TEST(sink_pattern__letters_and_refusals)
{
	struct sink_config c = { .job = 7, .name = "n", .user = "u",
		.nodelist = "l" };
	char out[32];

	CHECK_EQ(sink_pattern(&c, "%j.%5J.%t.%s.%x.%u.%N.%%", 3, out,
	    sizeof out), 0);
	CHECK(strcmp(out, "7.00007.3.0.n.u.l.%") == 0);
	CHECK_EQ(sink_pattern(&c, "%q", 0, out, sizeof out), ERR_INVAL);
	CHECK_EQ(sink_pattern(&c, "%", 0, out, sizeof out), ERR_INVAL);
	CHECK_EQ(sink_pattern(&c, "a-much-longer-name-than-fits-%j", 0, out, 20),
	    ERR_INVAL);
}
