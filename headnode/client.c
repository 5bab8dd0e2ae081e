/* client.c - bmd's end of the tools' connections. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/client.h"

#include "headnode/console.h"
#include "headnode/job.h"
#include "headnode/journal.h"
#include "headnode/node.h"
#include "headnode/output.h"
#include "kernel/lib/err.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * Bytes in: gathered until a message is whole, then the table below says which
 * lengths are right and who handles it. What is malformed ends the connection;
 * it is counted and logged once. Bytes out: queued, and written only while the
 * store is clean, so that nobody hears of what could still be lost.
 *
 * Who is asking comes from the kernel (SO_PEERCRED). Everybody who can open
 * the socket may look; jobs are run for bmd's own user and for root.
 */

struct client {
	struct list link;
	struct bmd *bmd;
	int fd, passed;            /* passed: descriptor received, or -1 */
	uid_t uid;
	bool greeted, closing;
	struct event *readable, *writable;
	struct evbuffer *in, *out;
	struct job *job;
	struct node *console;      /* that this tool watches */
	struct proto_debug debug;  /* the rank that it debugs; job 0: none */
};

struct clients {
	struct list list;
	u32 count;
	int fd;
	struct event *event;
	u64 malformed, full;
};

static void client_close(struct client *c);

/* -- out -------------------------------------------------------------------- */

void
client_send2(struct client *c, u32 type, const void *a, u32 a_len,
    const void *b, u32 b_len)
{
	struct proto_head h = { type, a_len + b_len };

	evbuffer_add(c->out, &h, sizeof h);
	evbuffer_add(c->out, a, a_len);
	evbuffer_add(c->out, b, b_len);
}

void
client_send(struct client *c, u32 type, const void *data, u32 len)
{
	client_send2(c, type, data, len, NULL, 0);
}

size_t
client_backlog(const struct client *c)
{
	return evbuffer_get_length(c->out);
}

static void PRINTF_LIKE(3, 4)
client_refuse(struct client *c, u32 exit_code, const char *fmt, ...)
{
	struct proto_error e = { .exit_code = exit_code };
	va_list args;

	va_start(args, fmt);
	vsnprintf(e.text, sizeof e.text, fmt, args);
	va_end(args);
	client_send(c, PROTO_ERROR, &e, sizeof e);
}

void
client_job_ended(struct client *c, const struct proto_ended *e)
{
	client_send(c, PROTO_ENDED, e, sizeof *e);
	c->job = NULL;
}

static void
client_write(evutil_socket_t fd, short what, void *ctx)
{
	struct client *c = ctx;
	struct job *job = c->job;

	(void)what;
	if (store_is_dirty(c->bmd->store))
		return;
	if (evbuffer_get_length(c->out) && evbuffer_write(c->out, fd) < 0 &&
	    errno != EAGAIN && errno != EINTR) {
		client_close(c);
		return;
	}
	if (evbuffer_get_length(c->out))
		event_add(c->writable, NULL);
	else if (c->closing)
		client_close(c);
	if (job)
		output_drained(job);
}

void
clients_flush(struct bmd *b)
{
	struct list *it, *next;

	LIST_EACH(it, next, &b->clients->list) {
		struct client *c = CONTAINER_OF(it, struct client, link);

		if (!evbuffer_get_length(c->out) ||
		    event_pending(c->writable, EV_WRITE, NULL))
			continue;
		if (evbuffer_get_length(c->out) > CLIENT_BACKLOG_MAX)
			client_close(c);
		else
			client_write(c->fd, 0, c);
	}
}

/* -- requests --------------------------------------------------------------- */

static void
handle_hello(struct client *c, const u8 *data, u32 len)
{
	struct proto_hello h;

	(void)len;
	memcpy(&h, data, sizeof h);
	c->greeted = h.version == PROTO_VERSION;
	h.version = PROTO_VERSION;
	h.nodes = c->bmd->nodes;
	client_send(c, PROTO_HELLO, &h, sizeof h);
	c->closing = !c->greeted;
}

static void
handle_nodes(struct client *c, const u8 *data, u32 len)
{
	u32 n = c->bmd->nodes;
	struct proto_node *p = calloc(n + 1, sizeof *p);

	(void)data;
	(void)len;
	ASSERT(p);
	for (u32 i = 0; i < n; i++)
		node_describe(&c->bmd->node[i], &p[i]);
	client_send(c, PROTO_NODES, p, n * (u32)sizeof *p);
	free(p);
}

/* The newest that fit into one message. */
static void
handle_jobs(struct client *c, const u8 *data, u32 len)
{
	const u32 max = PROTO_LEN_MAX / sizeof(struct proto_job);
	struct proto_job *p = calloc(max, sizeof *p);
	struct list *it;
	u32 n = max;

	(void)data;
	(void)len;
	ASSERT(p);
	for (it = c->bmd->jobs.prev; it != &c->bmd->jobs && n; it = it->prev)
		job_describe(CONTAINER_OF(it, struct job, link), &p[--n]);
	client_send(c, PROTO_JOBS, p + n, (max - n) * (u32)sizeof *p);
	free(p);
}

/* Every text ended, every number sane, the strings as many as promised. */
static bool
submit_ok(const struct proto_submit *r, const char *strings, size_t len)
{
	u32 count = 0;

	for (size_t i = 0; i < len; i++)
		count += strings[i] == 0;
	return len && strings[len - 1] == 0 && len <= JOBMSG_ARGS_MAX / 2 &&
	    r->argc >= 1 && r->argc + (u64)r->envc == count &&
	    memchr(r->name, 0, sizeof r->name) && r->name[0] &&
	    memchr(r->nodelist, 0, sizeof r->nodelist) &&
	    memchr(r->exclude, 0, sizeof r->exclude) &&
	    memchr(r->dir, 0, sizeof r->dir) && r->dir[0] == '/' &&
	    r->cpus_per_task >= 1 && r->cpus_per_task <= 65536 &&
	    r->ntasks <= JOBMSG_RANKS_MAX &&
	    r->nodes_min <= CONFIG_NODES_MAX && r->tasks_per_node <= 65536 &&
	    (!r->nodes_max || r->nodes_max >= r->nodes_min);
}

static void
handle_submit(struct client *c, const u8 *data, u32 len)
{
	struct proto_submit r;
	char *strings, why[PROTO_TEXT_MAX];
	size_t bytes = len - sizeof r;

	memcpy(&r, data, sizeof r);
	if (c->job || c->passed < 0 ||
	    !submit_ok(&r, (const char *)data + sizeof r, bytes)) {
		client_refuse(c, 125, "a malformed job was refused");
		return;
	}
	if (c->uid != 0 && c->uid != geteuid()) {
		client_refuse(c, 125, "this bmd runs jobs of user %u only, "
		    "you are %u", geteuid(), c->uid);
		return;
	}
	strings = malloc(bytes);
	ASSERT(strings);
	memcpy(strings, data + sizeof r, bytes);
	c->job = job_submit(c->bmd, c, c->uid, &r, strings, bytes, c->passed,
	    why, sizeof why);
	if (!c->job) {
		free(strings);
		client_refuse(c, 125, "%s", why);
		return;
	}
	c->passed = -1;
	queue_run(c->bmd);
}

static struct job *
client_target(struct client *c, const u8 *data)
{
	struct proto_target t;
	struct job *j;

	memcpy(&t, data, sizeof t);
	j = job_find(c->bmd, t.job);
	if (!j)
		client_refuse(c, 1, "there is no job %u", t.job);
	return j;
}

static void
handle_tasks(struct client *c, const u8 *data, u32 len)
{
	struct job *j = client_target(c, data);
	char text[8192];

	(void)len;
	if (!j)
		return;
	job_tasks(j, text, sizeof text);
	client_send(c, PROTO_TASKS, text, (u32)strlen(text));
}

static void
handle_cancel(struct client *c, const u8 *data, u32 len)
{
	struct job *j = client_target(c, data);

	(void)len;
	if (!j)
		return;
	if (c->uid != 0 && c->uid != geteuid() && c->uid != j->uid) {
		client_refuse(c, 1, "job %u belongs to %s", j->id, j->user);
	} else if (proto_job_is_over(j->state)) {
		client_refuse(c, 1, "job %u is over (%s)", j->id,
		    proto_job_state(j->state));
	} else {
		client_send(c, PROTO_OK, NULL, 0);
		job_end(j, JOB_CANCELLED, 143, "job %u CANCELLED", j->id);
		queue_run(c->bmd);
	}
}

static void
handle_node_set(struct client *c, const u8 *data, u32 len)
{
	struct proto_node_set s;
	struct node *n;

	(void)len;
	memcpy(&s, data, sizeof s);
	s.name[sizeof s.name - 1] = 0;
	s.reason[sizeof s.reason - 1] = 0;
	n = node_by_name(c->bmd, s.name);
	if (c->uid != 0 && c->uid != geteuid())
		client_refuse(c, 1, "only bmd's own user may do that");
	else if (!n)
		client_refuse(c, 1, "there is no node named %s", s.name);
	else if (s.drain && !s.reason[0])
		client_refuse(c, 1, "drain needs a reason");
	else {
		client_send(c, PROTO_OK, NULL, 0);
		node_drain(n, s.drain != 0, s.reason);
	}
}

static void
handle_console(struct client *c, const u8 *data, u32 len)
{
	char text[CONSOLE_REPLAY];
	struct proto_console p;

	(void)len;
	memcpy(&p, data, sizeof p);
	p.name[sizeof p.name - 1] = 0;
	c->console = node_by_name(c->bmd, p.name);
	if (!c->console) {
		client_refuse(c, 1, "there is no node named %s", p.name);
		return;
	}
	client_send(c, PROTO_OK, NULL, 0);
	client_send(c, PROTO_CONSOLE_TEXT, text,
	    (u32)console_replay(c->console, text, sizeof text));
}

static void
handle_console_text(struct client *c, const u8 *data, u32 len)
{
	if (!c->console)
		client_refuse(c, 125, "no console was asked for");
	else if (c->uid != 0 && c->uid != geteuid())
		client_refuse(c, 1, "only bmd's own user may type there");
	else if (console_type(c->console, c->uid, (const char *)data,
	             len) != 0)
		client_refuse(c, 1, "%s is not there (%s)", c->console->name,
		    proto_node_state(c->console->state));
}

void
clients_console(struct bmd *b, const struct node *n, const char *text, u32 len)
{
	struct list *it, *next;

	if (!b->clients)
		return;
	LIST_EACH(it, next, &b->clients->list) {
		struct client *c = CONTAINER_OF(it, struct client, link);

		if (c->console == n)
			client_send(c, PROTO_CONSOLE_TEXT, text, len);
	}
}

/* -- debuggers -------------------------------------------------------------- */

static void
handle_program(struct client *c, const u8 *data, u32 len)
{
	struct job *j = client_target(c, data);
	struct proto_program p = { .path = "" };
	char link[64];
	ssize_t n;

	(void)len;
	if (!j)
		return;
	snprintf(link, sizeof link, "/proc/self/fd/%d", j->program);
	n = proto_job_is_over(j->state) ? -1 : readlink(link, p.path,
	    sizeof p.path - 1);
	snprintf(p.kernel, sizeof p.kernel, "%s.elf", c->bmd->cfg.image);
	if (n < 0)
		client_refuse(c, 1, "job %u is over", j->id);
	else
		client_send(c, PROTO_PROGRAM, &p, sizeof p);
}

static struct client *
client_debugging(struct bmd *b, u32 job, u32 rank)
{
	struct list *it, *next;

	LIST_EACH(it, next, &b->clients->list) {
		struct client *c = CONTAINER_OF(it, struct client, link);

		if (c->debug.job == job && c->debug.rank == rank)
			return c;
	}
	return NULL;
}

static void
handle_debug(struct client *c, const u8 *data, u32 len)
{
	struct proto_debug p;
	struct client *other;
	struct job *j = client_target(c, data);

	if (!j)
		return;
	memcpy(&p, data, sizeof p);
	other = client_debugging(c->bmd, p.job, p.rank);
	if (c->uid != 0 && c->uid != geteuid() && c->uid != j->uid) {
		client_refuse(c, 1, "job %u belongs to %s", j->id, j->user);
	} else if (other && other != c) {
		client_refuse(c, 1, "task %u of job %u has a debugger already",
		    p.rank, p.job);
	} else if (job_debug(j, p.rank, data + sizeof p, len - sizeof p) != 0) {
		client_refuse(c, 1, "task %u of job %u does not run (%s)",
		    p.rank, p.job, proto_job_state(j->state));
	} else {
		c->debug = p;
	}
}

void
clients_debug(struct bmd *b, u32 job, u32 rank, const u8 *data, u32 len)
{
	struct proto_debug p = { job, rank };
	struct client *c = client_debugging(b, job, rank);

	if (c)
		client_send2(c, PROTO_DEBUG, &p, sizeof p, data, len);
}

void
clients_job_over(struct bmd *b, u32 job)
{
	struct list *it, *next;

	LIST_EACH(it, next, &b->clients->list) {
		struct client *c = CONTAINER_OF(it, struct client, link);

		if (c->debug.job != job)
			continue;
		c->debug.job = 0;
		client_refuse(c, 1, "job %u is over", job);
	}
}

/* A debugger that is gone leaves no rank standing. */
static void
client_debug_gone(struct bmd *b, const struct proto_debug *p)
{
	struct jobmsg_debug d = { .op = le32_of(JOBMSG_DEBUG_DETACH) };
	struct job *j = p->job ? job_find(b, p->job) : NULL;

	if (j)
		job_debug(j, p->rank, (const u8 *)&d, sizeof d);
}

static const struct {
	u32 type, least, most;
	void (*handle)(struct client *c, const u8 *data, u32 len);
} handlers[] = {
	{ PROTO_HELLO, sizeof(struct proto_hello), sizeof(struct proto_hello),
	  handle_hello },
	{ PROTO_NODES, 0, 0, handle_nodes },
	{ PROTO_JOBS, 0, 0, handle_jobs },
	{ PROTO_SUBMIT, sizeof(struct proto_submit) + 2,
	  sizeof(struct proto_submit) + JOBMSG_ARGS_MAX / 2, handle_submit },
	{ PROTO_TASKS, sizeof(struct proto_target),
	  sizeof(struct proto_target), handle_tasks },
	{ PROTO_CANCEL, sizeof(struct proto_target),
	  sizeof(struct proto_target), handle_cancel },
	{ PROTO_NODE_SET, sizeof(struct proto_node_set),
	  sizeof(struct proto_node_set), handle_node_set },
	{ PROTO_CONSOLE, sizeof(struct proto_console),
	  sizeof(struct proto_console), handle_console },
	{ PROTO_CONSOLE_TEXT, 1, JOBMSG_LINE_MAX, handle_console_text },
	{ PROTO_PROGRAM, sizeof(struct proto_target),
	  sizeof(struct proto_target), handle_program },
	{ PROTO_DEBUG, sizeof(struct proto_debug) +
	    sizeof(struct jobmsg_debug), sizeof(struct proto_debug) +
	    sizeof(struct jobmsg_debug) + JOBMSG_DEBUG_MAX, handle_debug },
};

/* -- in --------------------------------------------------------------------- */

static bool
client_dispatch(struct client *c, const struct proto_head *h, const u8 *data)
{
	if (!c->greeted && h->type != PROTO_HELLO)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(handlers); i++) {
		if (handlers[i].type != h->type)
			continue;
		if (h->len < handlers[i].least || h->len > handlers[i].most)
			return false;
		handlers[i].handle(c, data, h->len);
		return true;
	}
	return false;
}

/* All whole messages; false: the connection is to be closed. */
static bool
client_messages(struct client *c)
{
	struct proto_head h;

	while (!c->closing &&
	    evbuffer_copyout(c->in, &h, sizeof h) == sizeof h) {
		u8 *data;
		bool ok;

		if (h.len > PROTO_LEN_MAX)
			return false;
		if (evbuffer_get_length(c->in) < sizeof h + h.len)
			return true;
		data = evbuffer_pullup(c->in, (ev_ssize_t)(sizeof h + h.len));
		ok = data && client_dispatch(c, &h, data + sizeof h);
		evbuffer_drain(c->in, sizeof h + h.len);
		if (!ok)
			return false;
	}
	return true;
}

/* One read, with the descriptor that may come along. */
static ssize_t
client_receive(struct client *c)
{
	char control[CMSG_SPACE(sizeof(int))];
	static u8 data[65536];
	struct iovec v = { data, sizeof data };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof control };
	ssize_t n = recvmsg(c->fd, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *h = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;

	if (h && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS &&
	    h->cmsg_len == CMSG_LEN(sizeof(int))) {
		if (c->passed >= 0)
			close(c->passed);
		memcpy(&c->passed, CMSG_DATA(h), sizeof c->passed);
	}
	if (n > 0)
		evbuffer_add(c->in, data, (size_t)n);
	return n;
}

static void
client_read(evutil_socket_t fd, short what, void *ctx)
{
	struct client *c = ctx;
	ssize_t n = client_receive(c);

	(void)fd;
	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_close(c);
	} else if (!client_messages(c)) {
		journal_count(&c->bmd->clients->malformed,
		    "a tool sent a malformed message");
		client_close(c);
	}
}

static void
client_close(struct client *c)
{
	struct bmd *b = c->bmd;
	struct job *job = c->job;
	struct proto_debug debug = c->debug;

	list_take(&c->link);
	b->clients->count--;
	event_free(c->readable);
	event_free(c->writable);
	evbuffer_free(c->in);
	evbuffer_free(c->out);
	close(c->fd);
	if (c->passed >= 0)
		close(c->passed);
	free(c);
	client_debug_gone(b, &debug);
	if (job) {
		job_client_gone(job);
		queue_run(b);
	}
}

static void
clients_accept(evutil_socket_t fd, short what, void *ctx)
{
	struct bmd *b = ctx;
	int one = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred cred;
	socklen_t len = sizeof cred;
	struct client *c;

	(void)what;
	if (one < 0)
		return;
	if (b->clients->count == CLIENT_MAX ||
	    getsockopt(one, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0) {
		journal_count(&b->clients->full, "no room for another tool");
		close(one);
		return;
	}
	c = calloc(1, sizeof *c);
	ASSERT(c);
	c->bmd = b;
	c->fd = one;
	c->passed = -1;
	c->uid = cred.uid;
	c->in = evbuffer_new();
	c->out = evbuffer_new();
	c->readable = event_new(b->base, one, EV_READ | EV_PERSIST, client_read,
	    c);
	c->writable = event_new(b->base, one, EV_WRITE, client_write, c);
	ASSERT(c->in && c->out && c->readable && c->writable);
	event_add(c->readable, NULL);
	list_put(&b->clients->list, &c->link);
	b->clients->count++;
}

int
clients_open(struct bmd *b)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct clients *s = calloc(1, sizeof *s);
	mode_t mask = umask(0);
	bool ok;

	ASSERT(s);
	list_init(&s->list);
	b->clients = s;
	snprintf(a.sun_path, sizeof a.sun_path, "%s", b->cfg.socket);
	unlink(a.sun_path);
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ok = s->fd >= 0 &&
	    bind(s->fd, (struct sockaddr *)&a, sizeof a) == 0 &&
	    listen(s->fd, 128) == 0;
	umask(mask);
	if (!ok) {
		journal_warn("%s: %s", a.sun_path, strerror(errno));
		return ERR_IO;
	}
	s->event = event_new(b->base, s->fd, EV_READ | EV_PERSIST,
	    clients_accept, b);
	event_add(s->event, NULL);
	return 0;
}

void
clients_close(struct bmd *b)
{
	struct list *it, *next;

	LIST_EACH(it, next, &b->clients->list) {
		struct client *c = CONTAINER_OF(it, struct client, link);

		c->job = NULL;
		client_close(c);
	}
	if (b->clients->event)
		event_free(b->clients->event);
	if (b->clients->fd >= 0)
		close(b->clients->fd);
	unlink(b->cfg.socket);
	free(b->clients);
	b->clients = NULL;
}
