/* bmctl.c - looks closer at a node or a job, and drains nodes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/cli.h"
#include "headnode/duration.h"
#include "headnode/gdbserver.h"
#include "headnode/hostlist.h"
#include "headnode/options.h"
#include "headnode/say.h"
#include "headnode/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { GDB_ARGS_MAX = 64 };

static int
set_nothing(void *ctx, int key, const char *arg)
{
	(void)ctx;
	(void)key;
	(void)arg;
	return 0;
}

static void
print_time(const char *what, u64 utc)
{
	char text[32] = "-";
	time_t t = (time_t)utc;
	struct tm tm;

	if (utc) {
		localtime_r(&t, &tm);
		strftime(text, sizeof text, "%F %T", &tm);
	}
	printf("  %-12s %s\n", what, text);
}

static void
show_node(const struct proto_node *n)
{
	printf("%s (node %u)\n", n->name, n->id);
	printf("  %-12s %s%s%s%s\n", "state", proto_node_state(n->state),
	    n->drained ? ", drained" : "", n->reason[0] ? ": " : "",
	    n->reason);
	printf("  %-12s %02x:%02x:%02x:%02x:%02x:%02x, %u.%u.%u.%u\n",
	    "address", n->mac[0], n->mac[1], n->mac[2], n->mac[3], n->mac[4],
	    n->mac[5], n->ip4 >> 24, n->ip4 >> 16 & 255, n->ip4 >> 8 & 255,
	    n->ip4 & 255);
	printf("  %-12s %u cores in %u NUMA node%s, %u thread%s a core, %s\n",
	    "cpu", n->cores, n->numa_nodes, n->numa_nodes == 1 ? "" : "s",
	    n->threads, n->threads == 1 ? "" : "s", n->cpu);
	printf("  %-12s %llu MiB\n", "memory",
	    (unsigned long long)n->mem_bytes >> 20);
	for (u32 i = 0; i < n->nics && i < JOBMSG_NICS_MAX; i++)
		printf("  nic %-8u %.16s, %u Mbit/s\n", i, n->nic[i].driver,
		    le16_get(n->nic[i].link_mbps_div10) * 10u);
	printf("  %-12s %s, build %s, ready after %u ms, %u recycles\n",
	    "boot", n->boot_path, n->build, n->boot_ms, n->recycles);
	printf("  %-12s %u.%u s ago\n", "last heard",
	    (u32)(n->silent_ms / 1000), (u32)(n->silent_ms / 100 % 10));
	printf("  %-12s %u, %u cores used\n", "job", n->job, n->cores_used);
	printf("  %-13s %llu corrected, %llu not\n", "memory errors",
	    (unsigned long long)n->mce_corrected,
	    (unsigned long long)n->mce_fatal);
	printf("  %-12s %llu dropped\n", "frames",
	    (unsigned long long)n->frames_dropped);
}

static void
show_job(struct cli *cli, const struct proto_job *j)
{
	struct proto_target t = { j->id };
	char time[32];
	void *data;
	u32 len;

	duration_format(j->elapsed_ms / 1000, time, sizeof time);
	printf("job %u, %s, of %s\n", j->id, j->name, j->user);
	printf("  %-12s %s%s%s\n", "state", proto_job_state(j->state),
	    j->reason[0] ? ": " : "", j->reason);
	printf("  %-12s %u of %u core%s each\n", "tasks", j->ntasks,
	    j->cpus_per_task, j->cpus_per_task == 1 ? "" : "s");
	printf("  %-12s %u%s%s\n", "nodes", j->nodes,
	    j->nodelist[0] ? ": " : "", j->nodelist);
	print_time("submitted", j->submit_utc);
	print_time("started", j->start_utc);
	print_time("ended", j->end_utc);
	printf("  %-12s %s", "time", time);
	duration_format(j->limit_s, time, sizeof time);
	printf(" of %s\n", j->limit_s ? time : "no limit");
	if (proto_job_is_over(j->state)) {
		printf("  %-12s %d\n", "exit code", j->exit_code);
		return;
	}
	cli_ask(cli, PROTO_TASKS, &t, sizeof t, PROTO_TASKS, &data, &len);
	printf("%.*s\n", (int)len, (const char *)data);
}

static int
show(struct cli *cli, char **argv)
{
	u32 len;
	void *data;

	if (strcmp(argv[0], "node") == 0) {
		const struct proto_node *n;

		cli_ask(cli, PROTO_NODES, NULL, 0, PROTO_NODES, &data, &len);
		n = data;
		for (u32 i = 0; i < len / sizeof *n; i++)
			if (strcmp(n[i].name, argv[1]) == 0) {
				show_node(&n[i]);
				return 0;
			}
	} else if (strcmp(argv[0], "job") == 0) {
		struct proto_job j, *all;
		u64 id;

		if (!options_number("job", argv[1], 1, UINT32_MAX, &id))
			return SAY_EXIT_USAGE;
		cli_ask(cli, PROTO_JOBS, NULL, 0, PROTO_JOBS, &data, &len);
		all = data;
		for (u32 i = 0; i < len / sizeof *all; i++)
			if (all[i].id == id) {
				j = all[i];
				show_job(cli, &j);
				return 0;
			}
	}
	say_die(SAY_EXIT_USAGE, "there is no %s %s", argv[0], argv[1]);
}

struct change {
	struct cli *cli;
	struct proto_node_set set;
};

static int
change_node(void *ctx, const char *name)
{
	struct change *c = ctx;
	void *data;
	u32 len;

	snprintf(c->set.name, sizeof c->set.name, "%s", name);
	cli_ask(c->cli, PROTO_NODE_SET, &c->set, sizeof c->set, PROTO_OK,
	    &data, &len);
	return 0;
}

static int
change(struct cli *cli, char **argv, bool drain)
{
	struct change c = { .cli = cli, .set = { .drain = drain } };

	if (drain)
		snprintf(c.set.reason, sizeof c.set.reason, "%s", argv[1]);
	if (hostlist_each(argv[0], change_node, &c) == 0)
		return 0;
	say_error("%s: malformed node list (like node[1-3,7])", argv[0]);
	return SAY_EXIT_USAGE;
}

static int
drain(struct cli *cli, char **argv)
{
	return change(cli, argv, true);
}

static int
resume(struct cli *cli, char **argv)
{
	return change(cli, argv, false);
}

static int
console(struct cli *cli, char **argv)
{
	return watch_console(cli, argv[0]);
}

/* JOB.RANK */
static void
task(const char *text, u32 *job, u32 *rank)
{
	char tail;

	if (sscanf(text, "%u.%u%c", job, rank, &tail) != 2)
		say_die(SAY_EXIT_USAGE, "%s: JOB.TASK is wanted, like 12.0",
		    text);
}

static int
gdbserver(struct cli *cli, char **argv)
{
	u32 job, rank;

	task(argv[0], &job, &rank);
	return gdbserver_run(cli, job, rank);
}

/* gdb starts us once more, as the other end of its pipe. */
static int
gdb(struct cli *cli, char **argv)
{
	struct proto_program p;
	char self[PROTO_PATH_MAX], target[2 * PROTO_PATH_MAX];
	char symbols[PROTO_PATH_MAX + 32];
	char *line[GDB_ARGS_MAX + 10] = { "gdb", "-q", p.path, "-ex", target,
		"-iex", "set confirm off", "-ex", symbols };
	u32 job, rank, n = 9;
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);

	task(argv[0], &job, &rank);
	self[MAX(len, 0)] = 0;
	gdbserver_program(cli, job, &p);
	/* The kernel's symbols, if they are there: calls lead through it. */
	if (access(p.kernel, R_OK) == 0)
		snprintf(symbols, sizeof symbols, "add-symbol-file %s",
		    p.kernel);
	else
		n -= 2;
	snprintf(target, sizeof target, "target remote | %s gdbserver %u.%u",
	    self, job, rank);
	for (argv++; *argv && n < ARRAY_LEN(line) - 1; argv++)
		line[n++] = *argv;
	line[n] = NULL;
	cli_close(cli);
	execvp("gdb", line);
	say_die(SAY_EXIT_OURS, "gdb: %s", strerror(errno));
}

static const struct {
	const char *word;
	int arguments;             /* -1: one or more */
	int (*run)(struct cli *cli, char **argv);
} commands[] = {
	{ "show", 2, show },
	{ "drain", 2, drain },
	{ "resume", 1, resume },
	{ "console", 1, console },
	{ "gdb", -1, gdb },
	{ "gdbserver", 1, gdbserver },
};

int
main(int argc, char **argv)
{
	static const struct options options = {
		.tool = "bmctl",
		.usage = "COMMAND ARGUMENT...",
		.about = "Looks closer, and changes what nodes may do:\n"
		         "  bmctl show node NAME\n"
		         "  bmctl show job JOB\n"
		         "  bmctl drain NODES REASON   no new jobs on them\n"
		         "  bmctl resume NODES         new jobs again\n"
		         "  bmctl console NODE         what it says; a line that "
		         "is typed is a\n"
		         "                             command for its monitor "
		         "(help lists them)\n"
		         "  bmctl gdb JOB.TASK [GDB ARGUMENT...]\n"
		         "                             gdb, attached to a task "
		         "that runs\n"
		         "  bmctl gdbserver JOB.TASK   the same for another gdb: "
		         "target remote | ...\n",
		.set = set_nothing,
	};
	struct cli cli;
	int at, err;

	say_tool("bmctl");
	at = options_parse(&options, argc, argv, NULL);
	for (size_t i = 0; i < ARRAY_LEN(commands) && at < argc; i++) {
		if (strcmp(argv[at], commands[i].word) != 0)
			continue;
		if (argc - at - 1 != commands[i].arguments &&
		    (commands[i].arguments >= 0 || argc - at < 2))
			say_die(SAY_EXIT_USAGE, "%s takes %d argument%s; see "
			    "--help", argv[at], abs(commands[i].arguments),
			    abs(commands[i].arguments) == 1 ? "" : "s");
		cli_open_or_die(&cli);
		err = commands[i].run(&cli, argv + at + 1);
		cli_close(&cli);
		return err;
	}
	say_die(SAY_EXIT_USAGE, "%s: no such command; see --help",
	    at < argc ? argv[at] : "(none)");
}
