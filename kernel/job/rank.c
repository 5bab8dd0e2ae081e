/* rank.c - a rank on its core, from creation to its end. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/calltable.h"
#include "kernel/cpu.h"
#include "kernel/fiber.h"
#include "kernel/job/agent.h"
#include "kernel/job/job.h"
#include "kernel/lib/err.h"
#include "kernel/lib/print.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/sched.h"
#include "kernel/smp.h"
#include "kernel/wait.h"

/*
 * Rank r's endpoint knows every rank of the job by number: peer p is rank p,
 * at its node's address and port. Its core is its place among the node's ranks
 * times the cores that each gets; with more ranks than places (bmrun -O) it
 * begins again at core 0, and ranks of a core take turns when they wait.
 */

/* Queue 0 is everybody's; each rank has two, if there are so many. */
enum { RANK_QUEUES = 2, RANK_QUEUE_OWN = 1, RANK_QUEUE_LAND };

static void
wake_owner(void *ctx)
{
	wait_wake(((struct rank *)ctx)->waits_on);
}

void
rank_wake(const struct rank *r)
{
	for (u32 i = 0; i < r->page.cores; i++)
		wait_wake(r->core + i);
}

static int
set_peers(struct job *j, struct rank *r)
{
	int err = 0;

	for (u32 p = 0; p < j->load.ranks && !err; p++) {
		const struct jobmsg_node *n = &j->load.node[j->node_of[p]];
		struct port_addr at = { le32_get(n->ip4),
			(u16)(JOBMSG_PORT_RANKS +
			    le32_get(j->load.rank[p].local)), 0 };

		err = msg_peer_set(r->ep, p, &at, le32_get(n->node));
	}
	return err;
}

static int
open_endpoint(struct job *j, struct rank *r, struct netif *n)
{
	u32 peers = j->load.ranks;
	size_t bytes = msg_arena_bytes(peers, MIN(peers, 64u));
	struct msg_config cfg = { 0 };
	u16 port = (u16)(JOBMSG_PORT_RANKS + r->local), queue;
	struct netif *own;
	int err;

	cfg.port = &r->port.port;
	cfg.self = (struct port_addr){ n->ip4, port, 0 };
	cfg.key = j->key;
	cfg.epoch = (u32)cpu_entropy() | 1;
	cfg.peers_max = peers;
	cfg.arena = page_alloc_bytes(bytes);
	cfg.arena_bytes = bytes;
	if (!cfg.arena)
		return ERR_NOMEM;
	queue = (u16)(r->local * RANK_QUEUES);
	own = n->info.features & NIC_FILTERS ?
	    page_alloc_bytes(sizeof(*own)) : NULL;
	if (own && netif_open_own(own, n, queue + RANK_QUEUE_OWN, port) == 0) {
		n = own;
		agent_watch(n);
	}
	err = port_nic_open(&r->port, n, port, wake_owner, r);
	port_nic_land(&r->port, queue + RANK_QUEUE_LAND);
	if (!err)
		err = msg_open(&r->ep, &cfg);
	if (!err)
		err = set_peers(j, r);
	return err;
}

/* One address space: a neighbour's buffer is as near as one's own. */
static int
copy_from(void *ctx, u64 owner, void *to, u64 from, u64 len)
{
	(void)ctx;
	(void)owner;
	memcpy(to, (const void *)from, len);
	return 0;
}

int
rank_share(struct job *j)
{
	size_t each = ALIGN_UP(msg_shm_bytes(), (size_t)CACHE_LINE);
	u8 *all = page_alloc_bytes(each * j->locals);
	int err = 0;

	if (!all)
		return ERR_NOMEM;
	for (u32 i = 0; i < j->locals; i++) {
		struct rank *r = j->rank[i];

		msg_shm_own(r->ep, all + each * i, r->rank, copy_from, NULL);
		for (u32 k = 0; k < j->locals && !err; k++)
			if (k != i)
				err = msg_shm_peer(r->ep, j->rank[k]->rank,
				    all + each * k);
	}
	return err;
}

static u32
cores_each(const struct job *j)
{
	return MAX(le32_get(j->load.load->cpus_per_rank), 1u);
}

static void
fill_page(struct job *j, struct rank *r)
{
	struct rankpage *p = &r->page;

	p->rank = r->rank;
	p->size = j->load.ranks;
	p->job = j->id;
	p->node_index = j->load.self;
	p->nodes = j->load.nodes;
	p->local = r->local;
	p->locals = j->locals;
	p->cores = cores_each(j);
	p->ep = r->ep;
	p->node_of = j->node_of;
	print_copy(p->name, sizeof(p->name), j->load.node[j->load.self].name);
}

int
rank_create(struct job *j, u32 local, u32 rank, struct netif *n)
{
	struct rank *r = page_alloc_bytes(sizeof(*r));
	u32 cores = cores_each(j), places = smp_count() / cores;
	int err;

	if (!r)
		return ERR_NOMEM;
	if (!places || local / places >= LIMIT_RANKS_PER_CORE ||
	    le32_get(j->load.rank[rank].local) != local)
		return ERR_INVAL;
	j->rank[local] = r;
	r->rank = rank;
	r->local = local;
	r->core = r->waits_on = local % places * cores;
	r->team = cores > 1 ? sched_team(r->core, cores) : NULL;
	r->thread = page_alloc_bytes(LIMIT_THREADS * sizeof(*r->thread));
	if (!r->thread || (cores > 1 && !r->team))
		return ERR_NOMEM;
	err = output_init(r);
	if (!err)
		err = files_init(r);
	if (!err)
		err = open_endpoint(j, r, n);
	fill_page(j, r);
	return err;
}

struct rank *
rank_this(void)
{
	return cpu_this()->fiber->owner;
}

/* The fiber's first words, on the rank's own stack. */
static void
enter(void *arg)
{
	struct rank *r = arg;
	void (*start)(struct abi_start *);

	start = (void (*)(struct abi_start *))r->entry;
	r->start.abi = &calltable;
	r->start.rank = &r->page;
	start(&r->start);
	__builtin_unreachable();
}

void
rank_start(struct rank *r)
{
	r->fiber.owner = r;
	r->fiber.team = r->team;
	r->state = RANK_RUNNING;
	threads_start(r);
	fiber_start(&r->fiber, r->core, r->stack_top, r->fs_base, enter, r);
}

void
rank_exit(struct rank *r, int code, bool aborted)
{
	u32 running = RANK_RUNNING;

	/* The first of its threads to call this ends it. */
	if (__atomic_compare_exchange_n(&r->state, &running, RANK_ENDING,
		false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
		r->code = code;
		r->aborted = aborted;
		__atomic_store_n(&r->state, RANK_EXITED, __ATOMIC_SEQ_CST);
		agent_poll();
	}
	fiber_exit();
}

/*
 * By NMI to all cores: the ranks are on some of them. Whoever calls may itself
 * stand on a rank's stack (a tick, or a rank that waits): then that rank ends
 * when the agent is done. What the ranks were doing with the NICs' queues is left
 * half done: those begin anew.
 */
void
rank_stop_all(struct job *j)
{
	smp_stop_others(SMP_TO_IDLE);
	j->stopped = true;
	for (u32 i = 0; i < j->locals; i++) {
		struct rank *r = j->rank[i];

		if (r->state < RANK_EXITED)
			r->state = RANK_STOPPED;
	}
	agent_reset_nics();
}
