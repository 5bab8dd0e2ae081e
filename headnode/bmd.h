/* bmd.h - what the parts of the daemon share. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_BMD_H
#define HEADNODE_BMD_H

#include "headnode/config.h"
#include "headnode/proto.h"
#include "headnode/store.h"
#include "kernel/lib/base.h"
#include "kernel/lib/list.h"

#include <event2/event.h>

/*
 * bmd is one thread and one loop (libevent). The parts, and who calls whom:
 *
 *	client.c  tools' socket      -> job.c (submit, cancel), node.c (show)
 *	job.c     states of a job    -> queue.c place.c launch.c output.c files.c
 *	node.c    states of a node   -> job.c (a node was lost)
 *	link.c    messages of nodes  -> node.c (register, heartbeat), job.c
 *	console.c what nodes say, in files and to who watches
 *	boot.c    HTTP for booting nodes, dhcp.c dnsmasq
 *	store.c   the event log: job.c and node.c append, bmd.c commits
 *
 * Only job.c changes a job's state, only node.c a node's.
 */

struct link;
struct boot;
struct dhcp;
struct job;
struct node;
struct clients;

enum { BMD_TICK_MS = 200 };

struct bmd {
	struct config cfg;
	struct event_base *base;
	struct store *store;
	struct link *link;
	struct boot *boot;
	struct dhcp *dhcp;
	struct clients *clients;
	struct event *tick;
	u64 tick_last_ms;
	u64 late_ms;           /* how long bmd itself did not run, in all */
	struct node *node;     /* [CONFIG_NODES_MAX]: nodes of them in use */
	u32 nodes;
	struct list jobs;      /* struct job.link, by id; over ones stay a
	                          while for bmq and bmctl */
	u32 job_last;
	u32 jobs_over;
	u64 console_lost;      /* lines that no file would take */
	bool stop;             /* SIGTERM came */
};

/* Milliseconds and nanoseconds, monotonic; nanoseconds since 1970, UTC. */
u64 bmd_now_ms(void);
u64 bmd_utc_ns(void);

/* Runs until SIGTERM or SIGINT. 0; -1 if a part did not open (logged). */
int daemon_run(const struct config *cfg);

/* Something changed that queued jobs may have waited for. queue.c. */
void queue_run(struct bmd *b);

#endif
