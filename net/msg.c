/* msg.c - the API: open, send, poll, close, one deliver upcall. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/msg.h"

#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "net/bulk.h"
#include "net/endpoint.h"
#include "net/peer.h"
#include "net/rx.h"
#include "net/tx.h"

/* -- open and close -------------------------------------------------------- */

static u32
msg_hash_len(u32 peers_max)
{
	u32 len = 4;

	while (len < 2 * peers_max)
		len *= 2;
	return len;
}

/* The arena: endpoint, slots, hash, peers, buffers. */
static size_t
msg_fixed_bytes(u32 peers_max)
{
	return ALIGN_UP(sizeof(struct msg_ep), (size_t)CACHE_LINE) +
	    ALIGN_UP(peers_max * sizeof(struct slot), (size_t)CACHE_LINE) +
	    ALIGN_UP(msg_hash_len(peers_max) * sizeof(u32),
		(size_t)CACHE_LINE) +
	    BUF_LEAST * sizeof(struct buf) + 2 * CACHE_LINE;
}

static size_t
msg_peer_bytes(void)
{
	return sizeof(struct peer) + BUF_PER_PEER * sizeof(struct buf);
}

size_t
msg_arena_bytes(u32 peers_max, u32 active)
{
	return msg_fixed_bytes(peers_max) +
	    (size_t)MIN(active, peers_max) * msg_peer_bytes();
}

static void *
msg_carve(u8 **at, size_t bytes)
{
	void *part = *at;

	*at += ALIGN_UP(bytes, (size_t)CACHE_LINE);
	return part;
}

static void
msg_lay_out(struct msg_ep *ep, u8 *at, u32 peers_max, u32 active)
{
	u32 bufs = BUF_LEAST + active * BUF_PER_PEER;

	ep->slots = msg_carve(&at, peers_max * sizeof(struct slot));
	ep->hash_mask = msg_hash_len(peers_max) - 1;
	ep->hash = msg_carve(&at, (ep->hash_mask + 1) * sizeof(u32));
	memset(ep->slots, 0, peers_max * sizeof(struct slot));
	memset(ep->hash, 0, (ep->hash_mask + 1) * sizeof(u32));
	ep->peers = msg_carve(&at, active * sizeof(struct peer));
	for (u32 i = 0; i < active; i++)
		list_put(&ep->idle, &ep->peers[i].link);
	buf_init(&ep->pool, at, bufs);
}

int
msg_open(struct msg_ep **out, const struct msg_config *cfg)
{
	size_t fixed = msg_fixed_bytes(cfg->peers_max);
	u8 *at = (u8 *)ALIGN_UP((uintptr_t)cfg->arena, (uintptr_t)CACHE_LINE);
	struct msg_ep *ep;
	u64 active;

	if (cfg->peers_max == 0 || cfg->peers_max > MSG_PEERS_MAX ||
	    cfg->epoch == 0 || cfg->port->mtu < WIRE_FRAME_MAX)
		return ERR_INVAL;
	if (cfg->arena_bytes < fixed + msg_peer_bytes())
		return ERR_NOMEM;
	active = (cfg->arena_bytes - fixed) / msg_peer_bytes();
	active = MIN(active, (u64)cfg->peers_max);
	ep = msg_carve(&at, sizeof(*ep));
	memset(ep, 0, sizeof(*ep));
	ep->port = cfg->port;
	ep->self = cfg->self;
	ep->key = cfg->key;
	ep->epoch = cfg->epoch;
	ep->deliver = cfg->deliver;
	ep->ctx = cfg->ctx;
	ep->peers_max = cfg->peers_max;
	ep->chunk_copied = bulk_chunk_max(cfg->port->mtu);
	ep->chunk_max = bulk_chunk_max(MAX(cfg->port->mtu,
	    cfg->port->bulk_mtu));
	ep->next_timer = UINT64_MAX;
	list_init(&ep->active);
	list_init(&ep->idle);
	list_init(&ep->busy);
	list_init(&ep->ready);
	list_init(&ep->granted);
	list_init(&ep->pulls);
	list_init(&ep->pulling);
	list_init(&ep->pulled);
	list_init(&ep->limbo);
	msg_lay_out(ep, at, cfg->peers_max, (u32)active);
	ep->now = cfg->port->now(cfg->port);
	*out = ep;
	return 0;
}

void
msg_close(struct msg_ep *ep)
{
	ASSERT(!ep->upcall);
	endpoint_enter_surely(ep);
	for (u32 n = 0; n < ep->peers_max; n++)
		if (ep->slots[n].peer)
			peer_fail(ep, ep->slots[n].peer, ERR_CLOSED);
	ep->closed = true;
	endpoint_leave(ep);
}

void
msg_attach(struct msg_ep *ep, msg_deliver_fn *deliver, void *ctx)
{
	endpoint_enter_surely(ep);
	ep->deliver = deliver;
	ep->ctx = ctx;
	if (deliver && !list_is_empty(&ep->ready))
		endpoint_news(ep);
	endpoint_leave(ep);
}

/* -- peers ----------------------------------------------------------------- */

int
msg_peer_set(struct msg_ep *ep, u32 peer, const struct port_addr *addr,
    u32 node)
{
	int err;

	endpoint_enter_surely(ep);
	err = peer_bind(ep, peer, addr, node);
	if (!err)
		ep->slots[peer].node = node;
	endpoint_leave(ep);
	return err;
}

void
msg_accept(struct msg_ep *ep, msg_accept_fn *fn, void *ctx)
{
	endpoint_enter_surely(ep);
	ep->accept = fn;
	ep->accept_ctx = ctx;
	endpoint_leave(ep);
}

void
msg_peer_drop(struct msg_ep *ep, u32 peer)
{
	endpoint_enter_surely(ep);
	peer_unbind(ep, peer);
	endpoint_leave(ep);
}

void
msg_node_dead(struct msg_ep *ep, u32 node)
{
	for (u32 n = 0; n < ep->peers_max; n++) {
		struct slot *slot = &ep->slots[n];

		if (slot->used && slot->node == node)
			__atomic_store_n(&slot->dead, true, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&ep->deaths, 1, __ATOMIC_SEQ_CST);
	if (endpoint_try(ep))
		endpoint_leave(ep);
}

/* -- shared memory --------------------------------------------------------- */

void
msg_shm_own(struct msg_ep *ep, void *segment, u64 owner, msg_copy_fn *copy,
    void *ctx)
{
	endpoint_enter_surely(ep);
	ep->shm = segment;
	ep->copy = copy;
	ep->copy_ctx = ctx;
	shm_own(ep->shm, owner);
	endpoint_leave(ep);
}

int
msg_shm_peer(struct msg_ep *ep, u32 peer, void *segment)
{
	int err = ERR_INVAL;

	endpoint_enter_surely(ep);
	if (ep->shm && peer < ep->peers_max && ep->slots[peer].used &&
	    !ep->slots[peer].peer) {
		ep->slots[peer].shm = segment;
		err = 0;
	}
	endpoint_leave(ep);
	return err;
}

void
msg_park(struct msg_ep *ep, bool parked)
{
	if (ep->shm)
		shm_park(ep->shm, parked);
}

/* -- send and pull --------------------------------------------------------- */

static int
msg_send_now(struct msg_ep *ep, u32 peer, const void *head, u32 head_len,
    const void *data, u64 len)
{
	struct peer *p;
	int err = ERR_NOMEM;

	if (!endpoint_enter(ep))
		return ERR_AGAIN;
	p = peer_get(ep, peer);
	if (p)
		err = tx_eager_now(ep, p, head, head_len, data, len);
	endpoint_leave(ep);
	return err;
}

int
msg_send(struct msg_ep *ep, u32 peer, const void *head, u32 head_len,
    const void *data, u64 len, u32 flags, struct msg_req *req)
{
	if (head_len > MSG_HEAD_MAX)
		return ERR_TOOBIG;
	if (peer >= ep->peers_max || !ep->slots[peer].used)
		return ERR_NOENT;
	if (__atomic_load_n(&ep->slots[peer].dead, __ATOMIC_RELAXED))
		return ERR_DEAD;
	if (!req) {
		if (len > MSG_EAGER_MAX || flags & MSG_OFFER)
			return ERR_INVAL;
		return msg_send_now(ep, peer, head, head_len, data, len);
	}
	memset(req, 0, offsetof(struct msg_req, head));
	memcpy(req->head, head, head_len);
	req->head_len = (u8)head_len;
	req->data = (void *)(uintptr_t)data;
	req->len = len;
	req->peer = peer;
	req->flags = (u8)flags;
	req->state = REQ_SUBMIT_SEND;
	if (!endpoint_enter(ep)) {
		endpoint_submit(ep, req);
		return 0;
	}
	tx_submit(ep, req);
	endpoint_leave(ep);
	return 0;
}

int
msg_pull(struct msg_ep *ep, u32 peer, u64 offer, void *buf, u64 len,
    struct msg_req *req)
{
	u32 chunk = (u32)(offer >> 32 & 0xffff);

	if (peer >= ep->peers_max || chunk < WIRE_CHUNK_MIN)
		return ERR_INVAL;
	memset(req, 0, offsetof(struct msg_req, head));
	req->data = buf;
	req->len = len;
	req->peer = peer;
	req->offer = (u32)offer;
	req->chunk = chunk;
	req->state = REQ_SUBMIT_PULL;
	if (!endpoint_enter(ep)) {
		endpoint_submit(ep, req);
		return 0;
	}
	bulk_pull(ep, req);
	if (!ep->upcall)
		endpoint_flush(ep);
	endpoint_leave(ep);
	return 0;
}

/* -- progress -------------------------------------------------------------- */

int
msg_poll(struct msg_ep *ep)
{
	u32 before;

	if (ep->upcall || !endpoint_try(ep))
		return 0;
	before = ep->events;
	endpoint_progress(ep);
	if (!list_is_empty(&ep->ready)) {
		rx_deliver(ep);
		endpoint_flush(ep);
	}
	__atomic_store_n(&ep->news, 0, __ATOMIC_RELAXED);
	before = ep->events - before;
	endpoint_leave(ep);
	return (int)before;
}

int
msg_progress(struct msg_ep *ep)
{
	u32 before;

	if (!endpoint_try(ep))
		return 0;
	before = ep->events;
	endpoint_progress(ep);
	before = ep->events - before;
	endpoint_leave(ep);
	return (int)before;
}

bool
msg_ready(const struct msg_ep *ep)
{
	return __atomic_load_n(&ep->news, __ATOMIC_ACQUIRE) != 0 ||
	    (ep->shm && !shm_is_empty(ep->shm));
}

bool
msg_is_quiet(const struct msg_ep *ep)
{
	return !__atomic_load_n(&ep->news, __ATOMIC_ACQUIRE) &&
	    __atomic_load_n(&ep->deadline, __ATOMIC_RELAXED) == UINT64_MAX &&
	    (!ep->shm || shm_is_empty(ep->shm));
}

u64
msg_deadline(const struct msg_ep *ep)
{
	return __atomic_load_n(&ep->deadline, __ATOMIC_RELAXED);
}

bool
msg_is_drained(const struct msg_ep *ep)
{
	return __atomic_load_n(&ep->submitted, __ATOMIC_ACQUIRE) == 0 &&
	    __atomic_load_n(&ep->unfinished, __ATOMIC_RELAXED) == 0;
}

u64
stats_get(const struct msg_ep *ep, enum stat s)
{
	return ep->stat[s];
}

u64
msg_heard(const struct msg_ep *ep)
{
	return ep->heard;
}
