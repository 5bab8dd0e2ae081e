/* bmcancel.c - ends jobs. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/cli.h"
#include "headnode/options.h"
#include "headnode/say.h"
#include "kernel/lib/err.h"

#include <stdlib.h>

static const struct option_row rows[] = {
	{ 'a', "all", NULL, "all jobs that are not over" },
	{ 'q', "quiet", NULL, "no error for jobs that are over" },
};

struct cancel {
	bool all, quiet;
	int exit_code;
};

static int
set(void *ctx, int key, const char *arg)
{
	struct cancel *c = ctx;

	(void)arg;
	if (key == 'a')
		c->all = true;
	else
		c->quiet = true;
	return 0;
}

/* Says what is wrong with one job and goes on to the next. */
static void
cancel_one(struct cancel *c, struct cli *cli, u32 id)
{
	struct proto_target t = { id };
	u32 type, len;
	void *data;

	if (cli_send(cli, PROTO_CANCEL, &t, sizeof t, -1) != 0 ||
	    cli_recv(cli, &type, &data, &len, CLI_TIMEOUT_MS) != 0)
		say_die(SAY_EXIT_OURS, "bmd does not answer");
	if (type == PROTO_OK || c->quiet)
		return;
	if (type == PROTO_ERROR && len == sizeof(struct proto_error))
		say_error("%s", ((struct proto_error *)data)->text);
	c->exit_code = 1;
}

static void
cancel_all(struct cancel *c, struct cli *cli)
{
	const struct proto_job *j;
	u32 len, count = 0, *id;
	void *data;

	cli_ask(cli, PROTO_JOBS, NULL, 0, PROTO_JOBS, &data, &len);
	j = data;
	id = calloc(len / sizeof *j + 1, sizeof *id);
	ASSERT(id);
	for (u32 i = 0; i < len / sizeof *j; i++)
		if (!proto_job_is_over(j[i].state))
			id[count++] = j[i].id;
	for (u32 i = 0; i < count; i++)
		cancel_one(c, cli, id[i]);
	free(id);
}

int
main(int argc, char **argv)
{
	static const struct options options = {
		.tool = "bmcancel",
		.usage = "[options] JOB...",
		.about = "Ends jobs, whether they wait or run.\n",
		.row = rows,
		.rows = ARRAY_LEN(rows),
		.set = set,
	};
	struct cancel c = { .exit_code = 0 };
	struct cli cli;
	int at;

	say_tool("bmcancel");
	at = options_parse(&options, argc, argv, &c);
	if (at == argc && !c.all)
		say_die(SAY_EXIT_USAGE, "a job is missing; see --help");
	cli_open_or_die(&cli);
	if (c.all)
		cancel_all(&c, &cli);
	for (; at < argc; at++) {
		u64 id;

		if (options_number("job", argv[at], 1, UINT32_MAX, &id))
			cancel_one(&c, &cli, (u32)id);
		else
			c.exit_code = 1;
	}
	cli_close(&cli);
	return c.exit_code;
}
