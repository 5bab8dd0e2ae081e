/* bmq.c - lists jobs, as squeue does. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/cli.h"
#include "headnode/duration.h"
#include "headnode/options.h"
#include "headnode/say.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OPT_ME = OPTIONS_LONG, OPT_JSON, OPT_NO_HEADER };

static const struct option_row rows[] = {
	{ 'a', "all", NULL, "jobs that are over, too" },
	{ 'j', "job", "JOB", "only this job" },
	{ 'n', "name", "NAME", "only jobs of this name" },
	{ 't', "state", "STATE", "only jobs in this state (name or code)" },
	{ 'u', "user", "USER", "only this user's" },
	{ OPT_ME, "me", NULL, "only mine" },
	{ OPT_NO_HEADER, "noheader", NULL, "without the first line" },
	{ OPT_JSON, "json", NULL, "as JSON" },
};

struct query {
	bool all, me, no_header, json;
	u64 job;
	const char *name, *state, *user;
};

static int
set(void *ctx, int key, const char *arg)
{
	struct query *q = ctx;

	switch (key) {
	case 'a':
		q->all = true;
		break;
	case 'j':
		q->all = true;
		return options_number("--job", arg, 1, UINT32_MAX, &q->job)
		    ? 0 : -1;
	case 'n':
		q->name = arg;
		break;
	case 't':
		q->all = true;
		q->state = arg;
		break;
	case 'u':
		q->user = arg;
		break;
	case OPT_ME:
		q->me = true;
		break;
	case OPT_JSON:
		q->json = true;
		break;
	case OPT_NO_HEADER:
		q->no_header = true;
		break;
	}
	return 0;
}

static bool
query_wants(const struct query *q, const struct proto_job *j)
{
	if (!q->all && proto_job_is_over(j->state))
		return false;
	if (q->job && j->id != q->job)
		return false;
	if (q->state && strcmp(q->state, proto_job_state(j->state)) != 0 &&
	    strcmp(q->state, proto_job_code(j->state)) != 0)
		return false;
	return (!q->name || strcmp(q->name, j->name) == 0) &&
	    (!q->user || strcmp(q->user, j->user) == 0) &&
	    (!q->me || j->uid == geteuid());
}

static void
print_job(const struct proto_job *j)
{
	char time[32], where[PROTO_LIST_MAX + 2];

	duration_format(j->elapsed_ms / 1000, time, sizeof time);
	if (j->nodelist[0])
		snprintf(where, sizeof where, "%s", j->nodelist);
	else
		snprintf(where, sizeof where, "(%s)",
		    j->reason[0] ? j->reason : "None");
	printf("%8u %-16.16s %-10.10s %-2s %10s %5u %5u %s\n", j->id, j->name,
	    j->user, proto_job_code(j->state), time, j->nodes, j->ntasks,
	    where);
}

static json_t *
job_json(const struct proto_job *j)
{
	return json_pack("{s:i, s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:i, s:I, "
	    "s:I, s:I, s:I}", "id", (int)j->id, "name", j->name, "user",
	    j->user, "state", proto_job_state(j->state), "nodes",
	    (int)j->nodes, "ntasks", (int)j->ntasks, "nodelist", j->nodelist,
	    "reason", j->reason, "exit_code", (int)j->exit_code, "submit",
	    (json_int_t)j->submit_utc, "start", (json_int_t)j->start_utc,
	    "end", (json_int_t)j->end_utc, "elapsed_ms",
	    (json_int_t)j->elapsed_ms);
}

int
main(int argc, char **argv)
{
	static const struct options options = {
		.tool = "bmq",
		.usage = "[options]",
		.about = "Lists the jobs that wait and run.\n",
		.row = rows,
		.rows = ARRAY_LEN(rows),
		.set = set,
	};
	struct query q = { .job = 0 };
	json_t *list = json_array();
	const struct proto_job *j;
	struct cli cli;
	void *data;
	u32 len;

	say_tool("bmq");
	if (options_parse(&options, argc, argv, &q) != argc)
		say_die(SAY_EXIT_USAGE, "no arguments are wanted; see --help");
	cli_open_or_die(&cli);
	cli_ask(&cli, PROTO_JOBS, NULL, 0, PROTO_JOBS, &data, &len);
	j = data;
	if (!q.json && !q.no_header)
		printf("%8s %-16s %-10s %-2s %10s %5s %5s %s\n", "JOBID",
		    "NAME", "USER", "ST", "TIME", "NODES", "TASKS",
		    "NODELIST(REASON)");
	for (u32 i = 0; i < len / sizeof *j; i++) {
		if (!query_wants(&q, &j[i]))
			continue;
		if (q.json)
			json_array_append_new(list, job_json(&j[i]));
		else
			print_job(&j[i]);
	}
	if (q.json) {
		json_dumpf(list, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(list);
	cli_close(&cli);
	return 0;
}
