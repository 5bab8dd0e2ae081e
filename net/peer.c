/* peer.c - numbers, addresses and lives of peers. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/peer.h"

#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "net/credit.h"
#include "net/rx.h"
#include "net/tx.h"

/*
 *	unknown --peer_bind, accept--> bound --peer_get--> active
 *	   ^                            |  |                 |  new epoch:
 *	   +-------- peer_unbind -------+  +---- dead <------+  both streams
 *	                                                        begin again
 */

enum { PEER_CWND_FIRST = 16 };

/* -- addresses ------------------------------------------------------------- */

static u32
peer_hash(const struct msg_ep *ep, const struct port_addr *a)
{
	u64 x = ((u64)a->ip4 << 16 | a->udp_port) * 0x9e3779b97f4a7c15u;

	return (u32)(x >> 32) & ep->hash_mask;
}

static bool
peer_addr_is(const struct port_addr *a, const struct port_addr *b)
{
	return a->ip4 == b->ip4 && a->udp_port == b->udp_port;
}

/* The place of the address in the hash, or the free one where it would be. */
static u32
peer_hash_find(const struct msg_ep *ep, const struct port_addr *a)
{
	u32 at = peer_hash(ep, a);

	while (ep->hash[at] &&
	    !peer_addr_is(&ep->slots[ep->hash[at] - 1].addr, a))
		at = (at + 1) & ep->hash_mask;
	return at;
}

/* Entries behind a removed one move up if their way led past it. */
static void
peer_hash_remove(struct msg_ep *ep, u32 at)
{
	u32 next = at;

	for (;;) {
		u32 home;

		ep->hash[at] = 0;
		do {
			next = (next + 1) & ep->hash_mask;
			if (!ep->hash[next])
				return;
			home = peer_hash(ep, &ep->slots[ep->hash[next] - 1].addr);
		} while (((next - home) & ep->hash_mask) <
		    ((next - at) & ep->hash_mask));
		ep->hash[at] = ep->hash[next];
		at = next;
	}
}

struct slot *
peer_slot_of(struct msg_ep *ep, const struct port_addr *from)
{
	u32 entry = ep->hash[peer_hash_find(ep, from)];

	return entry ? &ep->slots[entry - 1] : NULL;
}

struct slot *
peer_slot_accept(struct msg_ep *ep, const struct port_addr *from)
{
	struct slot *slot = peer_slot_of(ep, from);

	if (slot || !ep->accept)
		return slot;
	for (u32 n = 0; n < ep->peers_max; n++) {
		if (ep->slots[n].used)
			continue;
		if (!ep->accept(ep->accept_ctx, n, from) ||
		    peer_bind(ep, n, from, 0))
			return NULL;
		return &ep->slots[n];
	}
	return NULL;
}

int
peer_bind(struct msg_ep *ep, u32 number, const struct port_addr *addr,
    u32 node)
{
	struct slot *slot;
	u32 at;

	if (number >= ep->peers_max)
		return ERR_INVAL;
	slot = &ep->slots[number];
	at = peer_hash_find(ep, addr);
	if (slot->used || ep->hash[at])
		return slot->used && peer_addr_is(&slot->addr, addr) ?
		    0 : ERR_BUSY;
	slot->addr = *addr;
	slot->node = node;
	slot->used = true;
	slot->dead = false;
	ep->hash[at] = number + 1;
	return 0;
}

/* -- states ---------------------------------------------------------------- */

static void
peer_streams_begin(struct peer *p)
{
	p->tx = p->unsent = NULL;
	p->tx_end = &p->tx;
	p->tx_next = p->tx_una = 0;
	p->tx_edge = WIRE_CREDIT_MIN;
	p->queued = p->flight = p->lost = 0;
	p->cwnd = PEER_CWND_FIRST;
	p->retry_at = 0;
	p->tries = 0;
	p->rx_deliver = p->rx_commit = p->rx_next = 0;
	p->rx_map = 0;
	p->edge_sent = WIRE_CREDIT_MIN;
	p->ack_due = 0;
	p->ack_at = 0;
	p->ack_now = false;
}

struct peer *
peer_get(struct msg_ep *ep, u32 number)
{
	struct slot *slot;
	struct peer *p;

	if (number >= ep->peers_max || !ep->slots[number].used ||
	    ep->slots[number].dead)
		return NULL;
	slot = &ep->slots[number];
	if (slot->peer)
		return slot->peer;
	if (list_is_empty(&ep->idle))
		return NULL;
	p = CONTAINER_OF(ep->idle.next, struct peer, link);
	list_take(&p->link);
	list_put(&ep->active, &p->link);
	ep->actives++;
	credit_share(ep);
	memset(&p->busy, 0, sizeof(*p) - offsetof(struct peer, busy));
	list_init(&p->busy);
	list_init(&p->ready);
	list_init(&p->waiting);
	list_init(&p->offers);
	p->number = number;
	p->addr = slot->addr;
	p->shm = slot->shm;
	p->self = peer_addr_is(&p->addr, &ep->self);
	p->rto = WIRE_RTO_FIRST_NS;
	peer_streams_begin(p);
	slot->peer = p;
	return p;
}

static void
peer_fail_list(struct msg_ep *ep, struct list *reqs, int err)
{
	struct list *it, *next;

	LIST_EACH(it, next, reqs)
		endpoint_finish(ep, CONTAINER_OF(it, struct msg_req, link),
		    err);
}

/* Pulls of all peers share their lists. */
static void
peer_fail_pulls(struct msg_ep *ep, struct peer *p, struct list *pulls, int err)
{
	struct list *it, *next;

	LIST_EACH(it, next, pulls) {
		struct msg_req *req = CONTAINER_OF(it, struct msg_req, link);

		if (req->peer != p->number)
			continue;
		if (req->state == REQ_PULLING && !req->reasked)
			ep->pulling_count--;
		land_end(ep, req);
		endpoint_finish(ep, req, err);
	}
}

void
peer_fail(struct msg_ep *ep, struct peer *p, int err)
{
	struct buf *b, *next;
	struct list *it, *after;

	LIST_EACH(it, after, &p->waiting)
		ep->waiting--;
	peer_fail_list(ep, &p->waiting, err);
	peer_fail_list(ep, &p->offers, err);
	peer_fail_pulls(ep, p, &ep->pulls, err);
	peer_fail_pulls(ep, p, &ep->pulling, err);
	peer_fail_pulls(ep, p, &ep->pulled, err);
	for (b = p->tx; b; b = next) {
		next = b->next;
		endpoint_unfinished(ep, -1);
		buf_put(&ep->pool, b);
	}
	rx_drop_stream(ep, p);
	list_take(&p->busy);
	peer_streams_begin(p);
}

void
peer_unbind(struct msg_ep *ep, u32 number)
{
	struct slot *slot;
	struct peer *p;

	if (number >= ep->peers_max || !ep->slots[number].used)
		return;
	slot = &ep->slots[number];
	p = slot->peer;
	if (p) {
		peer_fail(ep, p, ERR_CLOSED);
		list_take(&p->link);
		list_put(&ep->idle, &p->link);
		ep->actives--;
		credit_share(ep);
	}
	peer_hash_remove(ep, peer_hash_find(ep, &slot->addr));
	memset(slot, 0, sizeof(*slot));
}

static bool
peer_epoch_is_old(const struct peer *p, u32 epoch)
{
	for (u32 i = 0; i < WIRE_EPOCHS_OLD; i++)
		if (p->old[i] == epoch)
			return true;
	return false;
}

bool
peer_epoch_ok(struct msg_ep *ep, struct peer *p, const struct wire_head *h)
{
	u32 src = le32_get(h->src_epoch), dst = le32_get(h->dst_epoch);

	if (src == 0 || peer_epoch_is_old(p, src))
		return false;
	if (dst != 0 && dst != ep->epoch) {
		if ((h->version_kind & 15) != WIRE_ACK)
			tx_tell_epoch(ep, p, src);
		return false;
	}
	if (p->epoch == src)
		return true;
	if (p->epoch != 0) {
		for (u32 i = WIRE_EPOCHS_OLD - 1; i > 0; i--)
			p->old[i] = p->old[i - 1];
		p->old[0] = p->epoch;
		ep->stat[STAT_RESTARTS]++;
		peer_fail(ep, p, ERR_CLOSED);
	}
	p->epoch = src;
	return true;
}
