/* runopts.c - bmrun's options: srun's letters, mpirun's aliases. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/bmrun.h"

#include "headnode/config.h"
#include "headnode/duration.h"
#include "headnode/options.h"
#include "headnode/say.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OPT_PER_NODE = OPTIONS_LONG,
	OPT_LOCAL,
	OPT_ENV,
	OPT_EXPORT,
	OPT_TIMEOUT,
};

static const struct option_row rows[] = {
	{ 'n', "ntasks", "N", "tasks (MPI ranks); -np as well" },
	{ 'N', "nodes", "MIN[-MAX]", "nodes" },
	{ OPT_PER_NODE, "ntasks-per-node", "K", "tasks on each node" },
	{ 'c', "cpus-per-task", "C", "cores of each task (1)" },
	{ 'O', "overcommit", NULL, "several tasks may share a core" },
	{ 'w', "nodelist", "LIST", "on these nodes, like node[1-3,7]" },
	{ 'x', "exclude", "LIST", "not on these nodes" },
	{ 't', "time", "LIMIT", "MM, MM:SS, HH:MM:SS, D-HH[:MM[:SS]]" },
	{ 'J', "job-name", "NAME", "name of the job (the program's)" },
	{ 'l', "label", NULL, "\"RANK: \" in front of each line" },
	{ 'o', "output", "FILE", "stdout to a file; %j job, %t task ..." },
	{ 'e', "error", "FILE", "stderr to a file" },
	{ 'D', "chdir", "DIR", "directory of the job (this one)" },
	{ OPT_ENV, "env", "NAME=VALUE", "an environment variable; repeatable" },
	{ OPT_EXPORT, "export", "ALL|NONE", "our environment to the job (ALL)" },
	{ 'I', "immediate", NULL, "refuse instead of waiting in the queue" },
	{ OPT_TIMEOUT, "timeout", "S", "-t in seconds" },
	{ OPT_LOCAL, "local", NULL, "as processes here (bmcc --host), for gdb" },
	{ 'Q', "quiet", NULL, "only the application's output" },
	{ 'v', "verbose", NULL, "say what happens" },
	{ 'H', "host", "LIST", NULL },
	{ OPT_PER_NODE, "npernode", "K", NULL },
	{ 'n', "np", "N", NULL },
	{ 'l', "tag-output", NULL, NULL },
	{ 'O', "oversubscribe", NULL, NULL },
	{ 'D', "wdir", "DIR", NULL },
	{ 'u', "unbuffered", NULL, NULL },
};

static int
set_count(const char *what, const char *arg, u64 max, u32 *out)
{
	u64 v;

	if (!options_number(what, arg, 1, max, &v))
		return -1;
	*out = (u32)v;
	return 0;
}

static int
set_nodes(struct run_options *o, const char *arg)
{
	char first[16];
	const char *dash = strchr(arg, '-');
	size_t n = dash ? (size_t)(dash - arg) : strlen(arg);

	snprintf(first, sizeof first, "%.*s", (int)MIN(n, sizeof first - 1),
	    arg);
	if (set_count("--nodes", first, CONFIG_NODES_MAX,
	        &o->req.nodes_min) != 0)
		return -1;
	o->req.nodes_max = o->req.nodes_min;
	if (!dash)
		return 0;
	if (set_count("--nodes", dash + 1, CONFIG_NODES_MAX,
	        &o->req.nodes_max) != 0)
		return -1;
	if (o->req.nodes_max >= o->req.nodes_min)
		return 0;
	say_error("--nodes %s: the larger number comes last", arg);
	return -1;
}

static int
set_text(const char *what, const char *arg, char *out, size_t size)
{
	if (*arg && strlen(arg) < size) {
		strcpy(out, arg);
		return 0;
	}
	say_error("%s %.100s: 1 to %zu bytes are wanted", what, arg, size - 1);
	return -1;
}

static int
set_dir(struct run_options *o, const char *arg)
{
	char full[PATH_MAX];

	if (realpath(arg, full) && chdir(full) == 0)
		return set_text("--chdir", full, o->req.dir,
		    sizeof o->req.dir);
	say_error("--chdir %s: %s", arg, strerror(errno));
	return -1;
}

static int
set_env(struct run_options *o, const char *arg)
{
	if (o->envs == RUN_ENV_MAX || !strchr(arg, '=') || arg[0] == '=') {
		say_error("--env %s: NAME=VALUE, at most %d times", arg,
		    RUN_ENV_MAX);
		return -1;
	}
	o->env[o->envs++] = arg;
	return 0;
}

static int
set_export(struct run_options *o, const char *arg)
{
	o->no_env = strcmp(arg, "NONE") == 0;
	if (o->no_env || strcmp(arg, "ALL") == 0)
		return 0;
	say_error("--export %s: ALL or NONE (--env sets single variables)",
	    arg);
	return -1;
}

static int
set_limit(struct run_options *o, const char *arg)
{
	if (duration_parse(arg, &o->req.limit_s) == 0)
		return 0;
	say_error("-t %s: no time limit; MM, MM:SS, HH:MM:SS, D-HH, D-HH:MM "
	    "or D-HH:MM:SS", arg);
	return -1;
}

static int
set(void *ctx, int key, const char *arg)
{
	struct run_options *o = ctx;
	struct proto_submit *r = &o->req;

	switch (key) {
	case 'n':
		return set_count("-n", arg, JOBMSG_RANKS_MAX, &r->ntasks);
	case 'N':
		return set_nodes(o, arg);
	case OPT_PER_NODE:
		return set_count("--ntasks-per-node", arg, 65536,
		    &r->tasks_per_node);
	case 'c':
		return set_count("-c", arg, 65536, &r->cpus_per_task);
	case 'w':
	case 'H':
		return set_text("-w", arg, r->nodelist, sizeof r->nodelist);
	case 'x':
		return set_text("-x", arg, r->exclude, sizeof r->exclude);
	case 't':
		return set_limit(o, arg);
	case OPT_TIMEOUT:
		return set_count("--timeout", arg, 1u << 30, &r->limit_s);
	case 'J':
		return set_text("-J", arg, r->name, sizeof r->name);
	case 'D':
		return set_dir(o, arg);
	case OPT_ENV:
		return set_env(o, arg);
	case OPT_EXPORT:
		return set_export(o, arg);
	case 'o':
		o->out = arg;
		return 0;
	case 'e':
		o->err = arg;
		return 0;
	case 'l':
		o->label = true;
		return 0;
	case 'O':
		r->overcommit = 1;
		return 0;
	case 'I':
		r->immediate = 1;
		return 0;
	case 'Q':
		o->quiet = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case OPT_LOCAL:
		o->local = true;
		return 0;
	default:
		return 0; /* -u: output is never buffered */
	}
}

static const struct options options = {
	.tool = "bmrun",
	.usage = "[options] PROGRAM [ARGUMENT...]",
	.about =
	    "Runs a program on the nodes of a rack and shows its output.\n\n"
	    "The exit code is the largest of all tasks, 128 + signal for a "
	    "crash, 143 for\nthe time limit, 127 and 126 for a program that "
	    "is not there or cannot run,\n125 when the rack failed. Ctrl-C "
	    "shows the tasks; twice within 1 s cancels.\n",
	.row = rows,
	.rows = ARRAY_LEN(rows),
	.set = set,
};

/* mpirun's one-dash spellings become ours; only before the program's name. */
static void
run_aliases(int argc, char **argv)
{
	static char np[] = "--np", per[] = "--npernode";

	for (int i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--") == 0)
			return;
		if (strcmp(argv[i], "-np") == 0)
			argv[i] = np;
		else if (strcmp(argv[i], "-npernode") == 0)
			argv[i] = per;
		if (options_takes_next(&options, argv[i]))
			i++;
	}
}

int
run_options_parse(struct run_options *o, int argc, char **argv)
{
	int at;

	o->req.cpus_per_task = 1;
	run_aliases(argc, argv);
	at = options_parse(&options, argc, argv, o);
	if (at == argc)
		say_die(SAY_EXIT_USAGE, "a program is missing; see bmrun "
		    "--help");
	return at;
}
