/* place.c - which nodes a job gets, and which rank goes where. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/job.h"

#include "headnode/hostlist.h"
#include "kernel/lib/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A node runs one job at a time: it starts anew after each. A place is
 * cpus_per_task cores; with -O it takes PLACE_SHARE tasks. Nodes are taken in
 * the order of bmd.conf, or of -w: as few as hold all tasks, but at least -N.
 * Ranks are laid in blocks: without -N each node is filled before the next, with
 * -N the tasks are spread evenly.
 */

enum { PLACE_SHARE = 64 };     /* kernel/limits.h: LIMIT_RANKS_PER_CORE */

struct pick {
	struct node *node;
	u32 places;            /* that it has */
	u32 ranks;             /* that it gets */
};

struct place {
	struct job *j;
	struct bmd *b;
	struct pick pick[CONFIG_NODES_MAX];
	u32 picks;
	char missing[JOBMSG_NAME_MAX];
};

/* -- candidates ------------------------------------------------------------- */

static int
place_add(void *ctx, const char *name)
{
	struct place *p = ctx;
	struct node *n = node_by_name(p->b, name);

	if (!n) {
		snprintf(p->missing, sizeof p->missing, "%s", name);
		return ERR_NOENT;
	}
	for (u32 i = 0; i < p->picks; i++)
		if (p->pick[i].node == n)
			return 0;
	p->pick[p->picks++].node = n;
	return 0;
}

static int
place_remove(void *ctx, const char *name)
{
	struct place *p = ctx;

	for (u32 i = 0; i < p->picks; i++)
		if (strcmp(p->pick[i].node->name, name) == 0) {
			memmove(&p->pick[i], &p->pick[i + 1],
			    (p->picks - i - 1) * sizeof p->pick[0]);
			p->picks--;
			return 0;
		}
	snprintf(p->missing, sizeof p->missing, "%s", name);
	return node_by_name(p->b, name) ? 0 : ERR_NOENT;
}

static int
place_candidates(struct place *p, char *why, size_t size)
{
	const struct proto_submit *r = &p->j->req;
	int err = 0;

	if (r->nodelist[0])
		err = hostlist_each(r->nodelist, place_add, p);
	else
		for (u32 i = 0; i < p->b->nodes; i++)
			p->pick[p->picks++].node = &p->b->node[i];
	if (!err && r->exclude[0])
		err = hostlist_each(r->exclude, place_remove, p);
	if (err == ERR_NOENT)
		snprintf(why, size, "there is no node named %s; `bminfo -N` "
		    "lists them", p->missing);
	else if (err)
		snprintf(why, size, "malformed node list (like node[1-3,7])");
	return err ? ERR_INVAL : 0;
}

/* Cores of a node that has not told yet: as many as the largest that has. */
static u32
place_guess(const struct place *p)
{
	u32 most = 0;

	for (u32 i = 0; i < p->b->nodes; i++)
		most = MAX(most, le32_get(p->b->node[i].facts.cores));
	return most;
}

static void
place_count(struct place *p)
{
	const struct proto_submit *r = &p->j->req;
	u32 guess = place_guess(p);

	for (u32 i = 0; i < p->picks; i++) {
		struct pick *k = &p->pick[i];
		u32 cores = le32_get(k->node->facts.cores);

		k->places = (cores ? cores : guess) / r->cpus_per_task *
		    (r->overcommit ? PLACE_SHARE : 1);
		if (r->tasks_per_node)
			k->places = k->places < r->tasks_per_node
			    ? 0 : r->tasks_per_node;
	}
}

/* -- choice ----------------------------------------------------------------- */

static u32
place_tasks(const struct place *p)
{
	const struct proto_submit *r = &p->j->req;
	u32 per_node = MAX(r->tasks_per_node, 1u);

	if (r->ntasks)
		return r->ntasks;
	if (r->nodes_min)
		return r->nodes_min * per_node;
	return r->nodelist[0] ? p->picks * per_node : per_node;
}

static u32
place_nodes_least(const struct place *p, u32 ntasks)
{
	const struct proto_submit *r = &p->j->req;

	if (r->nodes_min)
		return r->nodes_min;
	return r->nodelist[0] ? MIN(p->picks, ntasks) : 1;
}

/*
 * How many of the first nodes (free ones, if `now`) hold all tasks; 0: not
 * enough. Those that are not usable are squeezed out when now.
 */
static u32
place_enough(struct place *p, u32 ntasks, u32 least, bool now)
{
	u32 used = 0, places = 0, most = p->j->req.nodes_max;

	for (u32 i = 0; i < p->picks; i++) {
		struct pick k = p->pick[i];

		if (!k.places || (now && !node_is_free(k.node)))
			continue;
		if (now)
			p->pick[used] = k;
		places += k.places;
		if (++used >= least && places >= ntasks)
			return most && used > most ? 0 : used;
	}
	return 0;
}

/* trust reset: nodes that ran another user's job come last, in their order. */
static void
place_own_first(struct place *p)
{
	static struct pick others[CONFIG_NODES_MAX];
	u32 own = 0, n = 0;

	for (u32 i = 0; i < p->picks; i++)
		if (node_is_anothers(p->pick[i].node, p->j->uid))
			others[n++] = p->pick[i];
		else
			p->pick[own++] = p->pick[i];
	memcpy(&p->pick[own], others, n * sizeof others[0]);
}

/* Those of the chosen start anew first; how many those are. */
static u32
place_reset(struct place *p, u32 nodes)
{
	u32 n = 0;

	for (u32 i = 0; i < nodes; i++)
		if (node_is_anothers(p->pick[i].node, p->j->uid)) {
			node_reset(p->pick[i].node);
			n++;
		}
	return n;
}

static void
place_spread(struct place *p, u32 nodes, u32 ntasks, bool evenly)
{
	u32 left = ntasks;

	for (u32 i = 0; i < nodes; i++)
		p->pick[i].ranks = 0;
	/* Each node of the job has a rank; then fill or deal. */
	for (u32 i = 0; i < nodes; i++, left--)
		p->pick[i].ranks = 1;
	while (left)
		for (u32 i = 0; i < nodes && left; i++) {
			struct pick *k = &p->pick[i];
			u32 room = k->places - k->ranks;
			u32 more = MIN(evenly ? MIN(room, 1u) : room, left);

			k->ranks += more;
			left -= more;
		}
}

/* What the ranks take of a node; with -O less than they were given. */
static u32
place_cores(const struct node *n, u32 ranks, u32 each)
{
	u32 cores = le32_get(n->facts.cores);

	return cores ? MIN(ranks * each, cores / each * each) : ranks * each;
}

static void
place_commit(struct place *p, u32 nodes, u32 ntasks)
{
	static char names[CONFIG_NODES_MAX][HOSTLIST_NAME_MAX];
	struct job *j = p->j;
	u32 rank = 0;

	j->nodes = nodes;
	j->ntasks = ntasks;
	j->at = calloc(nodes, sizeof *j->at);
	j->rank = calloc(ntasks, sizeof *j->rank);
	ASSERT(j->at && j->rank);
	for (u32 i = 0; i < nodes; i++) {
		struct node *n = p->pick[i].node;
		struct job_node *at = &j->at[i];

		at->node = n;
		at->id = n->id;
		at->ip4 = node_data_ip4(n);
		memcpy(at->name, n->name, sizeof at->name);
		memcpy(names[i], n->name, sizeof names[i]);
		at->first = rank;
		at->ranks = p->pick[i].ranks;
		for (u32 k = 0; k < at->ranks; k++)
			j->rank[rank++].node = i;
		node_allocate(n, j, place_cores(n, at->ranks,
		    j->req.cpus_per_task));
	}
	ASSERT(rank == ntasks);
	hostlist_fold((const char (*)[HOSTLIST_NAME_MAX])names, nodes,
	    j->nodelist, sizeof j->nodelist);
}

/* What there is, for whoever asked for more. */
static void
place_explain(const struct place *p, u32 ntasks, u32 least, char *why,
    size_t size)
{
	u32 places = 0, nodes = 0, free_places = 0, idle = 0;
	u32 c = p->j->req.cpus_per_task;

	for (u32 i = 0; i < p->picks; i++) {
		if (!p->pick[i].places)
			continue;
		nodes++;
		places += p->pick[i].places;
		if (!node_is_free(p->pick[i].node))
			continue;
		idle++;
		free_places += p->pick[i].places;
	}
	snprintf(why, size, "%u task%s of %u core%s on at least %u node%s "
	    "cannot fit: %u usable node%s with room for %u task%s (free now: "
	    "%u nodes, %u tasks)", ntasks, ntasks == 1 ? "" : "s", c,
	    c == 1 ? "" : "s", least, least == 1 ? "" : "s", nodes,
	    nodes == 1 ? "" : "s", places, places == 1 ? "" : "s", idle,
	    free_places);
}

int
place_job(struct job *j, char *why, size_t why_size)
{
	static struct place place;
	struct place *p = &place;
	u32 ntasks, least, nodes;

	memset(p, 0, sizeof *p);
	p->j = j;
	p->b = j->bmd;
	if (place_candidates(p, why, why_size) != 0)
		return ERR_INVAL;
	place_count(p);
	ntasks = place_tasks(p);
	least = place_nodes_least(p, ntasks);
	if (ntasks < least || ntasks > JOBMSG_RANKS_MAX) {
		snprintf(why, why_size, "%u tasks on at least %u nodes: each "
		    "node needs a task, and at most %d tasks are possible",
		    ntasks, least, JOBMSG_RANKS_MAX);
		return ERR_INVAL;
	}
	if (place_guess(p) == 0) {
		snprintf(why, why_size, "no node is up yet");
		return ERR_AGAIN;
	}
	if (!place_enough(p, ntasks, least, false)) {
		place_explain(p, ntasks, least, why, why_size);
		return ERR_INVAL;
	}
	place_own_first(p);
	nodes = place_enough(p, ntasks, least, true);
	if (!nodes || place_reset(p, nodes)) {
		snprintf(why, why_size, "Resources");
		return ERR_AGAIN;
	}
	place_spread(p, nodes, ntasks, j->req.nodes_min != 0);
	place_commit(p, nodes, ntasks);
	return 0;
}
