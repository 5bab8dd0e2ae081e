/* rawnic.c - network cards whose queue an application owns. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/job/rawnic.h"

#include "kernel/calltable.h"
#include "kernel/job/agent.h"
#include "kernel/job/job.h"
#include "kernel/lib/err.h"

/*
 * A card that the node does not need itself (it is neither the way to bmd nor to
 * other ranks) is lent to a rank, for the rest of this life: the agent leaves it
 * alone, the rank calls its driver directly. Opening and closing
 * allocate, so they happen under the agent's lock; all else is the owner's
 * alone. A rank with several threads keeps order among them itself.
 */

enum { OPENS_MAX = 16 };        /* of one card: rings are not freed */

static struct {
	struct nic *nic;
	struct nic_queue *q;
	struct rank *owner;     /* NULL: closed */
	u32 opens;
} raw[LIMIT_NICS];

static struct nic_queue *
queue_of(u32 i)
{
	return i < LIMIT_NICS && raw[i].owner == rank_this() ? raw[i].q : NULL;
}

int
rawnic_info(u32 i, struct nic_info *info)
{
	struct netif *n = agent_netif(i);

	if (!n)
		return ERR_NOENT;
	n->nic->ops->info(n->nic, info);
	return 0;
}

struct wish {
	u32 i;
	u16 rx, tx;
};

static int
open_locked(void *arg)
{
	const struct wish *w = arg;
	u32 i = w->i;
	int err = agent_give_nic(i);

	if (err)
		return err;
	if (raw[i].owner || raw[i].opens == OPENS_MAX)
		return ERR_BUSY;
	raw[i].opens++;
	raw[i].nic = agent_netif(i)->nic;
	err = raw[i].nic->ops->queue_open(raw[i].nic, 0, w->rx, w->tx,
	    &raw[i].q);
	if (!err)
		raw[i].owner = rank_this();
	return err;
}

int
rawnic_open(u32 i, u16 rx, u16 tx)
{
	struct wish w = { i, rx, tx };

	return agent_lend(open_locked, &w);
}

int
rawnic_post(u32 i, void *buf, u32 len, void *cookie)
{
	struct nic_queue *q = queue_of(i);

	/* Also marks the pages as written, for the scrub. */
	calltable_touch(buf, len, true);
	return q ? raw[i].nic->ops->rx_post(q, buf, len, cookie) : ERR_CLOSED;
}

int
rawnic_rx(u32 i, struct nic_rx *rx, int n)
{
	struct nic_queue *q = queue_of(i);

	if (!q)
		return ERR_CLOSED;
	return n < 1 ? 0 : raw[i].nic->ops->rx_batch(q, rx,
	    MIN(n, (int)NIC_BATCH_MAX));
}

static bool
may_leave(const struct nic_tx *tx, u32 frame_max)
{
	u64 len = 0;

	if (tx->segs == 0 || tx->segs > NIC_SEGS_MAX)
		return false;
	for (u32 k = 0; k < tx->segs; k++) {
		if (tx->seg[k].len == 0 || tx->seg[k].len > frame_max)
			return false;
		len += tx->seg[k].len;
		calltable_touch(tx->seg[k].ptr, tx->seg[k].len, false);
	}
	return len <= frame_max;
}

int
rawnic_tx(u32 i, const struct nic_tx *tx, int n)
{
	struct nic_queue *q = queue_of(i);

	if (!q)
		return ERR_CLOSED;
	n = MIN(n, (int)NIC_BATCH_MAX);
	for (int k = 0; k < n; k++)
		if (!may_leave(&tx[k], agent_netif(i)->info.frame_max))
			return ERR_TOOBIG;
	return n < 1 ? 0 : raw[i].nic->ops->tx_batch(q, tx, n);
}

int
rawnic_reclaim(u32 i, void **cookies, int n)
{
	struct nic_queue *q = queue_of(i);

	if (!q)
		return ERR_CLOSED;
	return n < 1 ? 0 : raw[i].nic->ops->reclaim(q, cookies,
	    MIN(n, (int)NIC_BATCH_MAX));
}

static int
close_locked(void *arg)
{
	u32 i = *(u32 *)arg;

	raw[i].nic->ops->queue_close(raw[i].q);
	raw[i].owner = NULL;
	raw[i].q = NULL;
	return 0;
}

void
rawnic_close(u32 i)
{
	if (queue_of(i))
		agent_lend(close_locked, &i);
}

void
rawnic_release(struct rank *r)
{
	for (u32 i = 0; i < LIMIT_NICS; i++)
		if (raw[i].owner == r)
			close_locked(&i);
}
