/* job.c - the state machine of a job: the only writer of its state. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/job.h"

#include "headnode/client.h"
#include "headnode/core.h"
#include "headnode/files.h"
#include "headnode/journal.h"
#include "headnode/link.h"
#include "headnode/output.h"
#include "kernel/lib/err.h"

#include <pwd.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
job_set_state(struct job *j, enum job_state state)
{
	struct proto_state s = { .job = j->id, .state = state,
		.ntasks = j->ntasks, .nodes = j->nodes };
	char text[STORE_TEXT_MAX];

	j->state = state;
	snprintf(text, sizeof text, "%.200s%s%.60s", j->nodelist,
	    j->reason[0] ? " " : "", j->reason);
	if (state == JOB_PENDING)
		snprintf(text, sizeof text, "uid %u n %u N %u name %s", j->uid,
		    j->req.ntasks, j->req.nodes_min, j->req.name);
	store_job_event(j->bmd->store, j->id, proto_job_state(state), text);
	journal_info("job %u: %s %s", j->id, proto_job_state(state), text);
	if (!j->client)
		return;
	memcpy(s.nodelist, j->nodelist, sizeof s.nodelist);
	memcpy(s.reason, j->reason, sizeof s.reason);
	client_send(j->client, PROTO_STATE, &s, sizeof s);
}

void
job_set_reason(struct job *j, const char *reason)
{
	struct proto_state s = { .job = j->id, .state = j->state };

	if (strcmp(j->reason, reason) == 0)
		return;
	snprintf(j->reason, sizeof j->reason, "%s", reason);
	if (!j->client)
		return;
	memcpy(s.reason, j->reason, sizeof s.reason);
	client_send(j->client, PROTO_STATE, &s, sizeof s);
}

static void PRINTF_LIKE(2, 0)
job_sayv(struct job *j, const char *fmt, va_list args)
{
	char text[PROTO_TEXT_MAX];

	vsnprintf(text, sizeof text, fmt, args);
	journal_info("job %u: %s", j->id, text);
	if (j->client)
		client_send(j->client, PROTO_SAY, text, (u32)strlen(text));
}

void
job_tell(struct job *j, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	job_sayv(j, fmt, args);
	va_end(args);
}

/* A line about one task: after JOB_LINES_MAX of them no more. */
static void PRINTF_LIKE(2, 3)
job_say_task(struct job *j, const char *fmt, ...)
{
	va_list args;

	if (j->lines++ >= JOB_LINES_MAX)
		return;
	va_start(args, fmt);
	job_sayv(j, fmt, args);
	va_end(args);
}

static struct job_node *
job_node_of(struct job *j, const struct node *n)
{
	for (u32 i = 0; i < j->nodes; i++)
		if (j->at[i].node == n)
			return &j->at[i];
	return NULL;
}

struct job *
job_find(struct bmd *b, u32 id)
{
	struct list *it, *next;

	LIST_EACH(it, next, &b->jobs) {
		struct job *j = CONTAINER_OF(it, struct job, link);

		if (j->id == id)
			return j;
	}
	return NULL;
}

/* -- the end ---------------------------------------------------------------- */

static void
job_free(struct job *j)
{
	list_take(&j->link);
	free(j->strings);
	free(j->at);
	free(j->rank);
	free(j);
}

/* Old jobs are in the store; memory keeps the last ones. */
static void
job_trim(struct bmd *b)
{
	struct list *it, *next;

	LIST_EACH(it, next, &b->jobs) {
		struct job *j = CONTAINER_OF(it, struct job, link);

		if (b->jobs_over <= JOB_OVER_MAX)
			return;
		if (proto_job_is_over(j->state) && !j->client) {
			b->jobs_over--;
			job_free(j);
		}
	}
}

/* Without a verdict the ranks' exit codes decide. */
static void
job_judge(struct job *j)
{
	if (j->verdict != JOB_PENDING)
		return;
	for (u32 i = 0; i < j->ntasks; i++)
		j->exit_code = MAX(j->exit_code, j->rank[i].code);
	j->verdict = j->exit_code ? JOB_FAILED : JOB_COMPLETED;
}

static void
job_finish(struct job *j)
{
	struct proto_ended e;

	job_judge(j);
	for (u32 i = 0; i < j->nodes; i++) {
		struct node *n = j->at[i].node;

		if (!n)
			continue;
		link_send(n, JOBMSG_RECYCLE, j->id, NULL, 0);
		node_release(n);
		j->at[i].node = NULL;
	}
	event_free(j->limit);
	event_free(j->kill);
	j->limit = j->kill = NULL;
	files_fini(j);
	close(j->program);
	j->end_ms = bmd_now_ms();
	j->end_utc = bmd_utc_ns() / 1000000000u;
	job_set_state(j, j->verdict);
	clients_job_over(j->bmd, j->id);
	j->bmd->jobs_over++;
	e = (struct proto_ended){ j->id, j->state, j->exit_code };
	if (j->client)
		client_job_ended(j->client, &e);
	j->client = NULL;
}

/* Finished once every node is done or lost, and every core written. */
static void
job_check(struct job *j)
{
	if (!list_is_empty(&j->cores))
		return;
	for (u32 i = 0; i < j->nodes; i++)
		if (!j->at[i].done)
			return;
	if (!proto_job_is_over(j->state))
		job_finish(j);
}

void
job_core_done(struct job *j)
{
	job_check(j);
}

static u32
job_cancel_reason(const struct job *j)
{
	switch (j->verdict) {
	case JOB_TIMEOUT:
		return JOBMSG_BY_TIME;
	case JOB_NODE_FAIL:
		return JOBMSG_BY_NODE;
	case JOB_CANCELLED:
		return JOBMSG_BY_USER;
	default:
		return JOBMSG_BY_FAULT;
	}
}

static void
job_arm(struct event *e, u64 ms)
{
	struct timeval t = { (time_t)(ms / 1000),
		(suseconds_t)(ms % 1000 * 1000) };

	evtimer_add(e, &t);
}

/*
 * Nodes that do not end: first nobody reads their output any more, which may
 * be what they wait for; then they are reset and count as lost.
 */
static void
job_kill(evutil_socket_t fd, short what, void *ctx)
{
	struct job *j = ctx;
	struct bmd *b = j->bmd;

	(void)fd;
	(void)what;
	if (!j->discard) {
		j->discard = true;
		output_drained(j);
		job_arm(j->kill, JOB_KILL_MS / 2);
		return;
	}
	for (u32 i = 0; i < j->nodes && !proto_job_is_over(j->state); i++) {
		struct node *n = j->at[i].node;

		if (!n || j->at[i].done)
			continue;
		link_send(n, JOBMSG_RESET, j->id, NULL, 0);
		node_lose(n, "did not end its job in time: reset");
	}
	queue_run(b);
}

void
job_end(struct job *j, enum job_state verdict, i32 exit_code, const char *fmt,
    ...)
{
	struct jobmsg_cancel c;
	va_list args;

	if (proto_job_is_over(j->state) || j->verdict != JOB_PENDING)
		return;
	va_start(args, fmt);
	job_sayv(j, fmt, args);
	va_end(args);
	j->verdict = verdict;
	j->exit_code = exit_code;
	va_start(args, fmt);
	vsnprintf(j->reason, sizeof j->reason, fmt, args);
	va_end(args);
	if (j->state == JOB_PENDING) {
		job_finish(j);
		return;
	}
	job_set_state(j, JOB_COMPLETING);
	c.reason = le32_of(job_cancel_reason(j));
	for (u32 i = 0; i < j->nodes; i++)
		if (j->at[i].node && !j->at[i].done)
			link_send(j->at[i].node, JOBMSG_CANCEL, j->id, &c,
			    sizeof c);
	job_arm(j->kill, JOB_KILL_MS / 2);
	job_check(j);
}

/* -- the beginning ---------------------------------------------------------- */

static void
job_limit(evutil_socket_t fd, short what, void *ctx)
{
	struct job *j = ctx;

	(void)fd;
	(void)what;
	if (j->state == JOB_CONFIGURING)
		job_end(j, JOB_FAILED, 125, "the program was not loaded by "
		    "all nodes in time");
	else
		job_end(j, JOB_TIMEOUT, 128 + SIGTERM, "job %u on %s CANCELLED "
		    "DUE TO TIME LIMIT (%u s)", j->id, j->nodelist,
		    j->req.limit_s);
}

struct job *
job_submit(struct bmd *b, struct client *c, u32 uid,
    const struct proto_submit *req, char *strings, size_t strings_bytes,
    int program, char *why, size_t why_size)
{
	struct job *j = calloc(1, sizeof *j);
	const struct passwd *pw = getpwuid(uid);
	struct proto_submitted s;

	if (!j) {
		snprintf(why, why_size, "bmd has too little memory");
		return NULL;
	}
	j->bmd = b;
	j->client = c;
	j->uid = uid;
	j->req = *req;
	j->strings = strings;
	j->strings_bytes = strings_bytes;
	j->program = program;
	j->id = ++b->job_last;
	snprintf(j->user, sizeof j->user, "%s", pw ? pw->pw_name : "?");
	j->limit = evtimer_new(b->base, job_limit, j);
	j->kill = evtimer_new(b->base, job_kill, j);
	ASSERT(j->limit && j->kill);
	files_init(j);
	list_init(&j->cores);
	j->submit_ms = bmd_now_ms();
	j->submit_utc = bmd_utc_ns() / 1000000000u;
	do
		randombytes_buf(&j->key, sizeof j->key);
	while (!j->key);
	list_put(&b->jobs, &j->link);
	job_trim(b);
	s.job = j->id;
	client_send(c, PROTO_SUBMITTED, &s, sizeof s);
	job_set_state(j, JOB_PENDING);
	return j;
}

void
job_launch(struct job *j)
{
	char why[PROTO_TEXT_MAX];

	j->reason[0] = 0;
	j->start_ms = bmd_now_ms();
	j->start_utc = bmd_utc_ns() / 1000000000u;
	job_set_state(j, JOB_CONFIGURING);
	if (launch_job(j, why, sizeof why) != 0)
		job_end(j, JOB_FAILED, 125, "%s", why);
	else
		job_arm(j->limit, JOB_LOAD_MS + (j->image_bytes >> 20) * 1000);
}

static void
job_start(struct job *j)
{
	evtimer_del(j->limit);
	j->start_ms = bmd_now_ms();
	job_set_state(j, JOB_RUNNING);
	for (u32 i = 0; i < j->nodes; i++)
		link_send(j->at[i].node, JOBMSG_START, j->id, NULL, 0);
	if (j->req.limit_s)
		job_arm(j->limit, (u64)j->req.limit_s * 1000);
}

/* -- messages of its nodes -------------------------------------------------- */

static void
job_loaded(struct job *j, struct job_node *at, const u8 *data)
{
	struct jobmsg_result r;

	memcpy(&r, data, sizeof r);
	r.text[sizeof r.text - 1] = 0;
	if (le32_get(r.err) != 0) {
		job_end(j, JOB_FAILED, 125, "%s: the program cannot be loaded: "
		    "%s", at->name, r.text[0] ? r.text
		        : err_name(-(int)le32_get(r.err)));
		return;
	}
	at->loaded = true;
	for (u32 i = 0; i < j->nodes; i++)
		if (!j->at[i].loaded)
			return;
	if (j->state == JOB_CONFIGURING)
		job_start(j);
}

/* The rank that a message is about, if it is one of this node; else NULL. */
static struct job_rank *
job_rank_of(struct job *j, const struct job_node *at, u32 rank)
{
	if (rank >= j->ntasks || &j->at[j->rank[rank].node] != at ||
	    j->rank[rank].ended)
		return NULL;
	return &j->rank[rank];
}

static void
job_rank_ended(struct job *j, struct job_rank *r, i32 code)
{
	r->ended = 1;
	r->code = code;
	if (++j->ended < j->ntasks || j->state != JOB_RUNNING)
		return;
	job_set_state(j, JOB_COMPLETING);
	job_arm(j->kill, JOB_DRAIN_MS);
}

static void
job_count_moved(struct node *n, const struct jobmsg_moved *m)
{
	n->rx_bulk += le64_get(m->rx_bulk);
	n->rx_copied += le64_get(m->rx_copied);
	n->rx_touched += le64_get(m->rx_touched);
	n->tx_copied += le64_get(m->tx_copied);
}

static void
job_exited(struct job *j, struct node *n, const struct job_node *at,
    const u8 *data)
{
	struct jobmsg_exit e;
	struct job_rank *r;
	u32 rank;
	i32 code;

	memcpy(&e, data, sizeof e);
	rank = le32_get(e.rank);
	code = (i32)(le32_get(e.code) & 255);
	r = job_rank_of(j, at, rank);
	if (!r)
		return;
	job_count_moved(n, &e.moved);
	job_rank_ended(j, r, code);
	if (le32_get(e.abort))
		job_end(j, JOB_FAILED, code ? code : 1, "%s: task %u: called "
		    "MPI_Abort with code %d", at->name, rank, code);
	else if (code && j->verdict == JOB_PENDING)
		job_say_task(j, "%s: task %u: Exited with exit code %d",
		    at->name, rank, code);
}

static void
job_faulted(struct job *j, const struct job_node *at, const u8 *data,
    size_t len)
{
	struct jobmsg_fault f;
	struct job_rank *r;
	char text[PROTO_TEXT_MAX / 2];
	i32 code;

	memcpy(&f, data, sizeof f);
	r = job_rank_of(j, at, le32_get(f.rank));
	if (!r)
		return;
	code = 128 + (i32)(le32_get(f.signal) & 127);
	fault_text(&f, text, sizeof text);
	job_rank_ended(j, r, code);
	if (j->verdict == JOB_PENDING)
		job_end(j, JOB_FAILED, code, "%s: task %u: %s", at->name,
		    le32_get(f.rank), text);
	else
		job_say_task(j, "%s: task %u: %s", at->name, le32_get(f.rank),
		    text);
	core_start(j, le32_get(f.rank), data, len);
}

void
job_message(struct job *j, struct node *n, u32 type, u8 *data, size_t len)
{
	struct job_node *at = job_node_of(j, n);
	le32 rank;

	if (!at)
		return;
	switch (type) {
	case JOBMSG_LOADED:
		job_loaded(j, at, data);
		break;
	case JOBMSG_OUTPUT:
		output_bytes(j, n, data, len);
		break;
	case JOBMSG_EXIT:
		job_exited(j, n, at, data);
		break;
	case JOBMSG_FAULT:
		job_faulted(j, at, data, len);
		break;
	case JOBMSG_FILE:
		files_call(j, n, data, len);
		break;
	case JOBMSG_DEBUG:
		memcpy(&rank, data, sizeof rank);
		if (job_rank_of(j, at, le32_get(rank)))
			clients_debug(j->bmd, j->id, le32_get(rank), data,
			    (u32)len);
		break;
	}
}

int
job_debug(struct job *j, u32 rank, const u8 *data, size_t len)
{
	struct jobmsg_debug d;
	struct node *n = NULL;
	u8 *copy;

	if (j->state == JOB_RUNNING && rank < j->ntasks && !j->rank[rank].ended)
		n = j->at[j->rank[rank].node].node;
	if (!n)
		return ERR_CLOSED;
	copy = malloc(len);
	ASSERT(copy);
	memcpy(copy, data, len);
	memcpy(&d, data, sizeof d);
	d.rank = le32_of(rank);
	memcpy(copy, &d, sizeof d);
	link_send_owned(n, JOBMSG_DEBUG, j->id, copy, len);
	return 0;
}

void
job_done(struct job *j, struct node *n)
{
	struct job_node *at = job_node_of(j, n);

	if (!at)
		return;
	at->done = true;
	job_check(j);
}

void
job_node_lost(struct job *j, struct node *n, const char *why)
{
	struct job_node *at = job_node_of(j, n);
	struct jobmsg_dead d = { le32_of(n->id) };
	bool was_done;

	if (!at)
		return;
	was_done = at->done;
	at->node = NULL;
	at->done = true;
	for (u32 i = 0; i < j->nodes && !was_done; i++)
		if (j->at[i].node)
			link_send(j->at[i].node, JOBMSG_NODE_DEAD, j->id, &d,
			    sizeof d);
	if (!was_done)
		job_end(j, JOB_NODE_FAIL, 125, "%s: node failure (%s); job %u "
		    "ends", at->name, why, j->id);
	job_check(j);
}

/* -- who asks --------------------------------------------------------------- */

void
job_client_gone(struct job *j)
{
	j->client = NULL;
	j->discard = true;
	job_end(j, JOB_CANCELLED, 128 + SIGTERM, "its bmrun is gone");
	output_drained(j);
}

void
job_describe(const struct job *j, struct proto_job *out)
{
	memset(out, 0, sizeof *out);
	out->id = j->id;
	out->state = j->state;
	out->uid = j->uid;
	out->nodes = j->nodes ? j->nodes : MAX(j->req.nodes_min, 1u);
	/* Until it is placed: as place.c will count. */
	out->ntasks = j->ntasks ? j->ntasks : j->req.ntasks ? j->req.ntasks :
	    out->nodes * MAX(j->req.tasks_per_node, 1u);
	out->cpus_per_task = j->req.cpus_per_task;
	out->exit_code = j->exit_code;
	out->limit_s = j->req.limit_s;
	out->submit_utc = j->submit_utc;
	out->start_utc = j->start_utc;
	out->end_utc = j->end_utc;
	if (j->start_ms)
		out->elapsed_ms = (j->end_ms ? j->end_ms : bmd_now_ms()) -
		    j->start_ms;
	memcpy(out->name, j->req.name, sizeof out->name);
	memcpy(out->user, j->user, sizeof out->user);
	memcpy(out->nodelist, j->nodelist, sizeof out->nodelist);
	memcpy(out->reason, j->reason, sizeof out->reason);
}

void
job_tasks(const struct job *j, char *text, size_t size)
{
	size_t at = (size_t)snprintf(text, size, "job %u is %s, %u of %u tasks "
	    "have ended", j->id, proto_job_state(j->state), j->ended,
	    j->ntasks);

	for (u32 i = 0; i < j->nodes && at + 120 < size; i++) {
		const struct job_node *n = &j->at[i];
		u32 ended = 0;

		for (u32 r = n->first; r < n->first + n->ranks; r++)
			ended += j->rank[r].ended;
		at += (size_t)snprintf(text + at, size - at,
		    "\n%s: tasks %u-%u: %u running, %u ended", n->name,
		    n->first, n->first + n->ranks - 1, n->ranks - ended,
		    ended);
	}
}

void
job_fini(struct bmd *b)
{
	struct list *it, *next;

	LIST_EACH(it, next, &b->jobs) {
		struct job *j = CONTAINER_OF(it, struct job, link);

		core_forget(j);
		if (!proto_job_is_over(j->state)) {
			job_end(j, JOB_CANCELLED, 125, "bmd ends");
			for (u32 i = 0; i < j->nodes; i++)
				j->at[i].done = true;
			job_check(j);
		}
		job_free(j);
	}
}
