/* bmd.c - the program of the head node's daemon. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/bmd.h"

#include "headnode/options.h"
#include "headnode/say.h"

#include <stdio.h>

static const struct option_row rows[] = {
	{ 'c', "config", "FILE", "configuration (/etc/barerack/bmd.conf)" },
};

static int
set(void *ctx, int key, const char *arg)
{
	(void)key;
	*(const char **)ctx = arg;
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct options options = {
		.tool = "bmd",
		.usage = "[--config FILE]",
		.about = "The head node's daemon: boots nodes, queues and runs "
		         "jobs, stays in\nthe foreground and logs to stderr.\n",
		.row = rows,
		.rows = ARRAY_LEN(rows),
		.set = set,
	};
	static struct config cfg;
	const char *path = "/etc/barerack/bmd.conf";

	say_tool("bmd");
	if (options_parse(&options, argc, argv, &path) != argc)
		say_die(SAY_EXIT_USAGE, "no arguments are wanted; see --help");
	config_default(&cfg);
	if (config_load(&cfg, path) != 0)
		return SAY_EXIT_USAGE;
	setvbuf(stderr, NULL, _IOLBF, 0);
	if (daemon_run(&cfg) != 0)
		say_die(SAY_EXIT_OURS, "bmd cannot start; the reason is above");
	return 0;
}
