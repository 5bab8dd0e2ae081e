/* bmrun.c - runs a program on the rack and is its terminal. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/bmrun.h"

#include "headnode/cli.h"
#include "headnode/local.h"
#include "headnode/options.h"
#include "headnode/program.h"
#include "headnode/say.h"
#include "headnode/sink.h"
#include "kernel/lib/err.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { RUN_LOOK_MS = 250, RUN_TWICE_NS = 1000000000,
	RUN_QUEUED_NS = 1000000000 };  /* shorter waits are not told */

/* Signals only leave a note; the loop reads it. */
static volatile int run_interrupts, run_terminated, run_stop;

struct run {
	const struct run_options *o;
	struct cli cli;
	struct proto_submit req;
	struct sink *sink;
	u32 job, ntasks;
	char nodelist[PROTO_LIST_MAX];
	int cancel_code;           /* 0: not cancelled by us */
	int seen_interrupts;
	u64 interrupted_ns;
	u64 queued_ns;             /* PENDING since; 0: not */
	char why[PROTO_NAME_MAX];  /* it is, if not told yet */
	bool over;
	int exit_code;
};

static u64
run_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

static void
on_signal(int number)
{
	if (number == SIGINT) {
		if (++run_interrupts > 1)
			run_stop = 1;
	} else {
		run_terminated = number;
		run_stop = 1;
	}
}

static void
run_signals(void)
{
	struct sigaction a = { .sa_handler = on_signal };

	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	sigaction(SIGHUP, &a, NULL);
	sigaction(SIGQUIT, &a, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* -- submission ------------------------------------------------------------- */

static void
run_string(char **text, size_t *len, u32 *count, const char *s)
{
	size_t n = strlen(s) + 1;

	*text = realloc(*text, *len + n);
	ASSERT(*text);
	memcpy(*text + *len, s, n);
	*len += n;
	(*count)++;
}

/* Is NAME of NAME=VALUE set by --env? Then the environment's is left out. */
static bool
run_is_replaced(const struct run_options *o, const char *var)
{
	size_t n = strcspn(var, "=") + 1;

	for (u32 i = 0; i < o->envs; i++)
		if (strncmp(o->env[i], var, n) == 0)
			return true;
	return false;
}

static void
run_submit(struct run *r, char **argv, int program)
{
	size_t len = 0, head = sizeof r->req;
	char *text = NULL, *all;

	for (; *argv; argv++)
		run_string(&text, &len, &r->req.argc, *argv);
	for (char **e = environ; *e && !r->o->no_env; e++)
		if (!run_is_replaced(r->o, *e))
			run_string(&text, &len, &r->req.envc, *e);
	for (u32 i = 0; i < r->o->envs; i++)
		run_string(&text, &len, &r->req.envc, r->o->env[i]);
	if (len > JOBMSG_ARGS_MAX / 2)
		say_die(SAY_EXIT_USAGE, "arguments and environment have %zu "
		    "bytes: at most %d (--export NONE leaves the environment "
		    "out)", len, JOBMSG_ARGS_MAX / 2);
	all = malloc(head + len);
	ASSERT(all);
	memcpy(all, &r->req, head);
	memcpy(all + head, text, len);
	if (cli_send(&r->cli, PROTO_SUBMIT, all, (u32)(head + len),
	        program) != 0)
		say_die(SAY_EXIT_OURS, "bmd closed the connection");
	close(program);
	free(all);
	free(text);
}

/* -- what bmd says ---------------------------------------------------------- */

static void
run_open_sink(struct run *r)
{
	const struct passwd *pw = getpwuid(geteuid());
	struct sink_config c = { .job = r->job, .ranks = r->ntasks,
		.label = r->o->label, .out = r->o->out, .err = r->o->err,
		.name = r->req.name, .user = pw ? pw->pw_name : "?",
		.nodelist = r->nodelist, .stop = &run_stop };

	r->sink = sink_open(&c);
	if (!r->sink)
		exit(SAY_EXIT_OURS); /* closing the connection cancels */
}

static void
run_state(struct run *r, const struct proto_state *s)
{
	if (s->state != JOB_PENDING)
		r->queued_ns = 0;
	switch (s->state) {
	case JOB_PENDING:
		if (!r->queued_ns)
			r->queued_ns = run_now();
		memcpy(r->why, s->reason, sizeof r->why);
		break;
	case JOB_CONFIGURING:
		r->ntasks = s->ntasks;
		memcpy(r->nodelist, s->nodelist, sizeof r->nodelist);
		run_open_sink(r);
		if (r->o->verbose)
			say_info("job %u: %u tasks on %s", s->job, s->ntasks,
			    s->nodelist);
		break;
	default:
		if (r->o->verbose)
			say_info("job %u: %s", s->job,
			    proto_job_state(s->state));
	}
}

static void
run_cancel(struct run *r, int code)
{
	struct proto_target t = { r->job };

	if (r->cancel_code || !r->job)
		return;
	r->cancel_code = code;
	cli_send(&r->cli, PROTO_CANCEL, &t, sizeof t, -1);
}

static void
run_output(struct run *r, const u8 *data, u32 len)
{
	struct proto_output o;
	int err;

	if (len < sizeof o || !r->sink)
		return;
	memcpy(&o, data, sizeof o);
	err = sink_write(r->sink, o.rank, o.stream, data + sizeof o,
	    len - sizeof o);
	if (err == ERR_CLOSED)
		run_cancel(r, 128 + SIGPIPE);
	else if (err)
		run_cancel(r, SAY_EXIT_OURS);
}

static void
run_message(struct run *r, u32 type, void *data, u32 len)
{
	struct proto_error e;
	struct proto_ended end;
	struct proto_state s;

	if (type == PROTO_OUTPUT) {
		run_output(r, data, len);
	} else if (type == PROTO_STATE && len == sizeof s) {
		memcpy(&s, data, sizeof s);
		run_state(r, &s);
	} else if (type == PROTO_SAY) {
		if (!r->o->quiet)
			say_error("%s", (const char *)data);
	} else if (type == PROTO_TASKS) {
		say_info("%s", (const char *)data);
		say_info("interrupt once more within 1 s to cancel");
	} else if (type == PROTO_SUBMITTED) {
		memcpy(&r->job, data, sizeof r->job);
	} else if (type == PROTO_ENDED && len == sizeof end) {
		memcpy(&end, data, sizeof end);
		r->over = true;
		r->exit_code = end.exit_code;
	} else if (type == PROTO_ERROR && len == sizeof e && !r->cancel_code) {
		memcpy(&e, data, sizeof e);
		say_error("%s", e.text);
		r->over = true;
		r->exit_code = (int)e.exit_code;
	}
}

static void
run_queued(struct run *r)
{
	if (!r->queued_ns || !r->why[0] || r->o->quiet ||
	    run_now() - r->queued_ns < RUN_QUEUED_NS)
		return;
	say_info("job %u is queued: %s", r->job, r->why);
	r->why[0] = 0;
}

/* One Ctrl-C shows the tasks, two within a second cancel, three leave. */
static void
run_interrupted(struct run *r)
{
	struct proto_target t = { r->job };
	u64 now = run_now();

	if (run_terminated)
		run_cancel(r, 128 + run_terminated);
	if (run_interrupts == r->seen_interrupts)
		return;
	if (r->cancel_code)
		exit(r->cancel_code);
	if (run_interrupts > r->seen_interrupts + 1 ||
	    (r->interrupted_ns && now - r->interrupted_ns < RUN_TWICE_NS)) {
		run_cancel(r, 128 + SIGINT);
	} else {
		run_stop = 0;
		run_interrupts = 1;
		cli_send(&r->cli, PROTO_TASKS, &t, sizeof t, -1);
	}
	r->seen_interrupts = run_interrupts;
	r->interrupted_ns = now;
}

static int
run_follow(struct run *r)
{
	while (!r->over) {
		u32 type, len;
		void *data;
		int err = cli_recv(&r->cli, &type, &data, &len, RUN_LOOK_MS);

		if (r->job)
			run_interrupted(r);
		run_queued(r);
		if (err == ERR_IO)
			say_die(SAY_EXIT_OURS, "bmd is gone: job %u was "
			    "cancelled", r->job);
		if (!err)
			run_message(r, type, data, len);
	}
	run_stop = 0;
	if (r->sink && sink_close(r->sink) == ERR_IO && !r->exit_code)
		r->exit_code = SAY_EXIT_OURS;
	return r->cancel_code ? r->cancel_code : r->exit_code;
}

static int
run_remote(const struct run_options *o, char **argv)
{
	static struct run run;
	struct run *r = &run;
	const char *slash = strrchr(argv[0], '/');
	char why[PROGRAM_TEXT_MAX + PATH_MAX];
	int program;

	r->o = o;
	r->req = o->req;
	program = program_open(argv[0], why, sizeof why);
	if (program < 0)
		say_die(-program, "%s", why);
	if (!r->req.name[0])
		snprintf(r->req.name, sizeof r->req.name, "%.*s",
		    PROTO_NAME_MAX - 1, slash ? slash + 1 : argv[0]);
	if (!r->req.dir[0] && !getcwd(r->req.dir, sizeof r->req.dir))
		say_die(SAY_EXIT_OURS, "working directory: %s",
		    strerror(errno));
	cli_open_or_die(&r->cli);
	run_signals();
	run_submit(r, argv, program);
	return run_follow(r);
}

/* No queue and no nodes: the first Ctrl-C ends it. */
static int
run_local(const struct run_options *o, char **argv)
{
	struct local_job job = { .ranks = o->req.ntasks ? o->req.ntasks : 1,
		.label = o->label, .out = o->out, .err = o->err,
		.limit_s = o->req.limit_s, .argv = argv, .env = o->env,
		.envs = o->envs, .stop = &run_stop };

	if (job.ranks > LOCAL_RANKS_MAX)
		say_die(SAY_EXIT_USAGE, "-n %u: at most %d with --local",
		    job.ranks, LOCAL_RANKS_MAX);
	run_signals();
	run_interrupts = 1;
	return local_run(&job);
}

int
main(int argc, char **argv)
{
	static struct run_options o;
	int at;

	say_tool("bmrun");
	at = run_options_parse(&o, argc, argv);
	return o.local ? run_local(&o, argv + at) : run_remote(&o, argv + at);
}
