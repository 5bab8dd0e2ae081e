/* daemon.c - bmd's parts in order, its loop, and the end in reverse. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/bmd.h"

#include "headnode/boot.h"
#include "headnode/client.h"
#include "headnode/job.h"
#include "headnode/journal.h"
#include "headnode/link.h"
#include "headnode/node.h"
#include "headnode/power.h"

#include <event2/event.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* SIGTERM and SIGINT end the loop in order, SIGCHLD may be dnsmasq. */
static void
on_signal(evutil_socket_t number, short what, void *ctx)
{
	struct bmd *b = ctx;
	int status;
	pid_t pid;

	(void)what;
	if (number != SIGCHLD) {
		event_base_loopbreak(b->base);
		b->stop = true;
		return;
	}
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		dhcp_child_ended(b, pid, status);
		power_child_ended(b, pid, status);
	}
}

/*
 * The tick finds nodes that fell silent. If it comes late, bmd (or the whole
 * machine) did not run, and nobody can be blamed for silence: the lost time
 * is left out of every node's account.
 */
static void
on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct bmd *b = ctx;
	u64 now = bmd_now_ms(), passed = now - b->tick_last_ms;

	(void)fd;
	(void)what;
	if (passed > 2 * BMD_TICK_MS)
		b->late_ms += passed - BMD_TICK_MS;
	b->tick_last_ms = now;
	node_tick(b);
	power_tick(b);
	link_tick(b);
}

/* Jobs that ran or waited when the last bmd ended without ending them. */
struct open_jobs {
	u32 id[4096];
	u32 count;
};

static void
remember_job(void *ctx, u32 id)
{
	struct open_jobs *o = ctx;

	if (o->count < ARRAY_LEN(o->id))
		o->id[o->count++] = id;
}

static void
close_old_jobs(struct bmd *b)
{
	static struct open_jobs open;

	store_jobs_open(b->store, remember_job, &open);
	for (u32 i = 0; i < open.count; i++) {
		journal_warn("job %u ended with the bmd before", open.id[i]);
		store_job_event(b->store, open.id[i], "CANCELLED",
		    "bmd was restarted");
	}
	b->job_last = store_last_job(b->store);
}

static int
open_parts(struct bmd *b)
{
	mkdir(b->cfg.state_dir, 0700);
	if (store_open(&b->store, b->cfg.state_dir) != 0)
		return -1;
	close_old_jobs(b);
	node_init(b);
	if (link_open(b) != 0 || boot_open(b) != 0 || dhcp_open(b) != 0)
		return -1;
	return clients_open(b);
}

static void
run(struct bmd *b)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGCHLD };
	struct timeval every = { 0, BMD_TICK_MS * 1000 };
	struct event *ev[ARRAY_LEN(signals)];

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		ev[i] = evsignal_new(b->base, signals[i], on_signal, b);
		event_add(ev[i], NULL);
	}
	b->tick_last_ms = bmd_now_ms();
	b->tick = event_new(b->base, -1, EV_PERSIST, on_tick, b);
	event_add(b->tick, &every);
	journal_info("bmd is ready: %u nodes known", b->nodes);
	while (!b->stop) {
		event_base_loop(b->base, EVLOOP_ONCE);
		store_commit(b->store);
		clients_flush(b);
	}
	journal_info("bmd ends");
	event_free(b->tick);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		event_free(ev[i]);
}

static void
close_parts(struct bmd *b)
{
	job_fini(b);
	store_commit(b->store);
	clients_flush(b);
	clients_close(b);
	dhcp_close(b);
	boot_close(b);
	link_close(b);
	node_fini(b);
	store_close(b->store);
}

int
daemon_run(const struct config *cfg)
{
	struct bmd *b = calloc(1, sizeof *b);
	int err = -1;

	ASSERT(b);
	b->cfg = *cfg;
	list_init(&b->jobs);
	signal(SIGPIPE, SIG_IGN);
	b->base = event_base_new();
	if (sodium_init() >= 0 && b->base && open_parts(b) == 0) {
		run(b);
		close_parts(b);
		err = 0;
	}
	if (b->base)
		event_base_free(b->base);
	free(b);
	return err;
}
