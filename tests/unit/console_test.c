/* console_test.c - lines of nodes in files: times, limits, hostile bytes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/bmd.h"
#include "headnode/console.h"
#include "headnode/rack/rack.h"
#include "kernel/lib/err.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { STAMP = 24 };               /* "2026-01-31 12:00:00.123 " */

static struct bmd bmd;
static struct node node;
static char dir[64], text[65536];

static void
start(void)
{
	strcpy(dir, "/tmp/console-test-XXXXXX");
	CHECK(mkdtemp(dir));
	memset(&bmd, 0, sizeof bmd);
	memset(&node, 0, sizeof node);
	config_default(&bmd.cfg);
	snprintf(bmd.cfg.state_dir, sizeof bmd.cfg.state_dir, "%s", dir);
	node.bmd = &bmd;
	strcpy(node.name, "node7");
}

/* The file's bytes in text; -1: there is none. */
static long
read_log(const char *end)
{
	char path[128];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/console/node7.log%s", dir, end);
	f = fopen(path, "re");
	if (!f)
		return -1;
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = 0;
	return (long)n;
}

static void
say(const char *words)
{
	console_text(&node, (const u8 *)words, strlen(words));
}

TEST(console__each_line_has_its_time)
{
	start();
	say("first\nsec");
	CHECK_EQ(read_log(""), STAMP + 6);
	say("ond\n\n");
	CHECK_EQ(read_log(""), STAMP + 6 + STAMP + 7 + STAMP + 1);
	CHECK(text[0] == '2' && text[4] == '-' && text[10] == ' ' &&
	    text[13] == ':' && text[19] == '.');
	CHECK(strncmp(text + STAMP, "first\n", 6) == 0);
	CHECK(strncmp(text + STAMP + 6 + STAMP, "second\n", 7) == 0);
	rackdir_clean(dir, true);
}

static void
send_log(u64 at, u32 again, const char *words)
{
	struct jobmsg_log h = { le64_of(at), le32_of(again) };
	u8 message[64];

	memcpy(message, &h, sizeof h);
	memcpy(message + sizeof h, words, strlen(words));
	console_log(&node, message, sizeof h + strlen(words));
}

/* A node that recycled before our acknowledgement says it all again. */
TEST(console__what_came_twice_is_kept_once)
{
	start();
	send_log(100, 0, "one\n");              /* a bmd that came later */
	send_log(100, 0, "one\ntwo\n");
	send_log(104, 0, "two\n");
	CHECK_EQ(read_log(""), 2 * (STAMP + 4));
	send_log(100, 1, "one\n");              /* the monitor's `log` */
	CHECK_EQ(read_log(""), 3 * (STAMP + 4));
	send_log(108, 0, "three\n");
	send_log(UINT64_MAX, 0, "four\n");
	CHECK(strstr((read_log(""), text), " three\n"));
	rackdir_clean(dir, true);
}

TEST(console__lines_wait_for_a_node_that_recycles)
{
	char line[] = "a line of the monitor, forty bytes long";

	start();
	CHECK_EQ(console_type(&node, 0, "cpu", 3), ERR_CLOSED);
	node.registered = node.connected = node.recycling = true;
	CHECK_EQ(console_type(&node, 0, "disk", 4), 0);
	CHECK_EQ(node.held_len, 5);
	while (console_type(&node, 0, line, sizeof line - 1) == 0)
		CHECK(node.held_len <= sizeof node.held);
	CHECK_EQ(console_type(&node, 0, line, sizeof line - 1), ERR_AGAIN);
	node.connected = false;         /* there is no link here */
	console_resume(&node);
	CHECK_EQ(node.held_len, 0);
	rackdir_clean(dir, true);
}

TEST(console__remarks_stand_on_lines_of_their_own)
{
	start();
	say("half");
	console_note(&node, "%s: %d", "down*", 7);
	CHECK_EQ(read_log(""), STAMP + 5 + STAMP + 12);
	CHECK(strstr(text, " half\n"));
	CHECK(strstr(text, " -- down*: 7\n"));
	rackdir_clean(dir, true);
}

TEST(console__a_remark_tears_no_line_of_a_node_that_is_well)
{
	start();
	node.state = NODE_UP;
	say("the first ha");
	console_note(&node, "idle");
	say("lf and the second\n");
	read_log("");
	CHECK(strstr(text, " the first half and the second\n"));
	CHECK(strstr(text, " -- idle\n"));
	rackdir_clean(dir, true);
}

TEST(console__hostile_bytes_are_made_harmless)
{
	u8 noise[256];

	start();
	for (u32 i = 0; i < sizeof noise; i++)
		noise[i] = (u8)i;
	console_text(&node, noise, sizeof noise);
	say("\n");
	CHECK(read_log("") > 0);
	for (char *p = text; *p; p++)
		CHECK(*p == '\n' || (*p >= ' ' && *p <= '~'));
	rackdir_clean(dir, true);
}

TEST(console__endless_lines_are_broken)
{
	start();
	memset(text, 'x', 3 * CONSOLE_LINE_MAX);
	text[3 * CONSOLE_LINE_MAX] = 0;
	say(text);
	CHECK_EQ(read_log(""), 2 * (STAMP + CONSOLE_LINE_MAX + 1));
	rackdir_clean(dir, true);
}

TEST(console__files_have_a_limit_and_rotate)
{
	char line[32], first[32];

	start();
	bmd.cfg.console_log_bytes = 4096;
	bmd.cfg.console_log_files = 2;
	for (u32 i = 0; i < 1000; i++) {
		snprintf(line, sizeof line, "line %04u\n", i);
		say(line);
		CHECK(read_log("") <= 4096);
	}
	CHECK(strstr(text, "line 0999\n"));
	memcpy(first, strchr(text, 'l'), 9);
	CHECK(read_log(".2") > 0);
	CHECK(read_log(".3") < 0);
	CHECK(read_log(".1") > 4096 - 64);
	/* The line before the newest file's first is the older one's last. */
	snprintf(line, sizeof line, "line %04d\n", atoi(first + 5) - 1);
	CHECK(strcmp(text + strlen(text) - 10, line) == 0);
	bmd.cfg.console_log_files = 0;
	for (u32 i = 0; i < 300; i++)
		say("no old file is kept\n");
	CHECK(read_log("") <= 4096);
	rackdir_clean(dir, true);
}

TEST(console__who_comes_late_sees_whole_lines_of_the_past)
{
	char past[100];
	size_t n;

	start();
	CHECK_EQ(console_replay(&node, past, sizeof past), 0);
	say("one\n");
	n = console_replay(&node, past, sizeof past);
	CHECK_EQ(n, STAMP + 4);
	for (u32 i = 0; i < 9; i++)
		say("another\n");
	n = console_replay(&node, past, sizeof past);
	CHECK_EQ(n, 3 * (STAMP + 8));
	rackdir_clean(dir, true);
}

TEST(console__nobody_types_to_a_node_that_is_not_there)
{
	start();
	CHECK_EQ(console_type(&node, 0, "off", 3), ERR_CLOSED);
	node.registered = true;
	CHECK_EQ(console_type(&node, 0, "off", 3), ERR_CLOSED);
	CHECK_EQ(read_log(""), -1);
	rackdir_clean(dir, true);
}

TEST(console__a_full_disk_is_counted)
{
	char path[128];

	start();
	snprintf(path, sizeof path, "%s/console", dir);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/console/node7.log", dir);
	CHECK_EQ(mkdir(path, 0700), 0);    /* nothing can be written there */
	say("lost\n");
	CHECK_EQ(bmd.console_lost, 1);
	rackdir_clean(dir, true);
}
