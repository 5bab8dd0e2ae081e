/* tx.c - a leaving message: segment, window, send, remember. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/tx.h"

#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "net/ack.h"
#include "net/credit.h"
#include "net/peer.h"
#include "net/retry.h"
#include "net/rx.h"

enum { TX_QUEUE_MAX = WIRE_WINDOW + MSG_SEGS_MAX };

/* -- segment --------------------------------------------------------------- */

static u32
tx_frames(u32 head_len, u64 len)
{
	u64 bytes = sizeof(struct wire_msg) + head_len + len;

	return (u32)((bytes + WIRE_PAYLOAD_MAX - 1) / WIRE_PAYLOAD_MAX);
}

static bool
tx_has_room(const struct msg_ep *ep, const struct peer *p, u32 frames)
{
	return p->queued + frames <= TX_QUEUE_MAX &&
	    ep->pool.frees >= frames + BUF_RX_SHARE;
}

/* The buffer becomes the next frame of the stream. */
static void
tx_queue(struct msg_ep *ep, struct peer *p, struct buf *b, u8 flags)
{
	b->kind = WIRE_DATA;
	b->flags = flags;
	b->seq = p->tx_next++;
	*p->tx_end = b;
	p->tx_end = &b->next;
	if (!p->unsent)
		p->unsent = b;
	p->queued++;
	endpoint_unfinished(ep, 1);
}

/* There is room: cuts the message into frames. data NULL: an offer. */
static void
tx_build(struct msg_ep *ep, struct peer *p, const struct wire_msg *msg,
    const void *head, const void *data)
{
	u64 left = data ? le64_get(msg->len) : 0;
	const u8 *from = data;
	u8 flags = WIRE_FIRST;

	do {
		struct buf *b = buf_get(&ep->pool, BUF_RX_SHARE);
		u32 at = 0, n;

		ASSERT(b != NULL);
		if (flags & WIRE_FIRST) {
			memcpy(b->payload, msg, sizeof(*msg));
			memcpy(b->payload + sizeof(*msg), head, msg->head_len);
			at = (u32)sizeof(*msg) + msg->head_len;
		}
		n = (u32)MIN(left, (u64)(WIRE_PAYLOAD_MAX - at));
		if (n)
			memcpy(b->payload + at, from, n);
		from += n;
		left -= n;
		b->len = at + n;
		if (left == 0)
			flags |= WIRE_LAST;
		tx_queue(ep, p, b, flags);
		flags = 0;
	} while (left);
	ep->stat[STAT_MESSAGES_OUT]++;
	ep->stat[STAT_TX_COPIED_BYTES] += data ? le64_get(msg->len) : 0;
}

int
tx_eager_now(struct msg_ep *ep, struct peer *p, const void *head,
    u32 head_len, const void *data, u64 len)
{
	struct wire_msg msg = { .head_len = (u8)head_len };

	if (!list_is_empty(&p->waiting) ||
	    !tx_has_room(ep, p, tx_frames(head_len, len)))
		return ERR_AGAIN;
	msg.len = le64_of(len);
	tx_build(ep, p, &msg, head, len ? data : &msg);
	tx_peer(ep, p);
	return 0;
}

static bool
tx_is_offer(const struct msg_req *req)
{
	return req->flags & MSG_OFFER || req->len > MSG_EAGER_MAX;
}

/* Sends a request's message if there is room. */
static bool
tx_start(struct msg_ep *ep, struct peer *p, struct msg_req *req)
{
	struct wire_msg msg = { .head_len = req->head_len };
	bool offer = tx_is_offer(req);

	if (!tx_has_room(ep, p, tx_frames(req->head_len, offer ? 0 : req->len)))
		return false;
	msg.len = le64_of(req->len);
	if (!offer) {
		tx_build(ep, p, &msg, req->head, req->len ? req->data : &msg);
		req->moved = req->len;
		endpoint_finish(ep, req, 0);
		return true;
	}
	if (++ep->next_offer == 0)
		ep->next_offer = 1;
	req->id = ep->next_offer;
	req->state = REQ_OFFERED;
	if (p->shm)
		shm_offer(ep->shm, req->id, req->data, req->len);
	list_take(&req->link);
	list_put(&p->offers, &req->link);
	msg.offer = le32_of(req->id);
	msg.chunk_max = le16_of((u16)ep->chunk_max);
	tx_build(ep, p, &msg, req->head, NULL);
	return true;
}

static void
tx_start_waiting(struct msg_ep *ep, struct peer *p)
{
	while (!list_is_empty(&p->waiting)) {
		struct msg_req *req = CONTAINER_OF(p->waiting.next,
		    struct msg_req, link);

		if (!tx_start(ep, p, req))
			return;
		ep->waiting--;
	}
}

void
tx_submit(struct msg_ep *ep, struct msg_req *req)
{
	struct peer *p = peer_get(ep, req->peer);

	list_init(&req->link);
	list_init(&req->grant);
	endpoint_unfinished(ep, 1);
	if (!p) {
		endpoint_finish(ep, req, req->peer < ep->peers_max &&
		    ep->slots[req->peer].dead ? ERR_DEAD : ERR_NOMEM);
		return;
	}
	req->state = REQ_WAITING;
	if (!list_is_empty(&p->waiting) || !tx_start(ep, p, req)) {
		list_put(&p->waiting, &req->link);
		ep->waiting++;
	}
	tx_peer(ep, p);
}

bool
tx_taken(struct msg_ep *ep, struct peer *p, u32 offer, u64 moved)
{
	struct wire_taken t = { .offer = le32_of(offer) };
	struct buf *b = buf_get(&ep->pool, BUF_RESERVE / 2);

	if (!b)
		return false;
	t.moved = le64_of(moved);
	memcpy(b->payload, &t, sizeof(t));
	b->len = sizeof(t);
	tx_queue(ep, p, b, WIRE_FIRST | WIRE_LAST | WIRE_TAKEN);
	endpoint_kick(ep, p);
	return true;
}

void
tx_kick_waiting(struct msg_ep *ep)
{
	struct list *it, *next;

	LIST_EACH(it, next, &ep->active) {
		struct peer *p = CONTAINER_OF(it, struct peer, link);

		if (!list_is_empty(&p->waiting))
			endpoint_kick(ep, p);
	}
}

/* -- send ------------------------------------------------------------------ */

static void
tx_fill(struct msg_ep *ep, struct peer *p, struct buf *b)
{
	struct wire_head *h = &b->head;

	h->version_kind = (u8)(WIRE_VERSION << 4 | b->kind);
	h->flags = b->flags;
	h->len = le16_of((u16)b->len);
	h->key = le32_of(ep->key);
	h->src_epoch = le32_of(ep->epoch);
	h->dst_epoch = le32_of(p->epoch);
	h->seq = le32_of(b->seq);
	ack_fill(ep, p, h);
}

/* A neighbour sleeps: a frame by the port wakes it. */
static void
tx_wake(struct msg_ep *ep, struct peer *p)
{
	struct buf *b = buf_get(&ep->pool, 0);
	struct iov seg;

	if (!b)
		return;
	b->kind = WIRE_ACK;
	b->flags = 0;
	b->seq = p->tx_next;
	b->len = 0;
	tx_fill(ep, p, b);
	wire_sum(&b->head, b->payload, 0);
	seg = (struct iov){ &b->head, sizeof(b->head) };
	ep->port->tx(ep->port, &p->addr, &seg, 1, &b->pending);
	ep->stat[STAT_WAKES]++;
	buf_put(&ep->pool, b);
}

/* By shared memory, or by the port with a sum. */
static int
tx_carry(struct msg_ep *ep, struct peer *p, struct buf *b)
{
	struct iov seg = { &b->head, sizeof(b->head) + b->len };

	if (p->shm) {
		if (!shm_put(p->shm, &ep->self, &b->head, b->payload, b->len))
			return ERR_AGAIN;
		if (shm_must_wake(p->shm))
			tx_wake(ep, p);
		return 0;
	}
	wire_sum(&b->head, b->payload, b->len);
	return ep->port->tx(ep->port, &p->addr, &seg, 1, &b->pending);
}

/* False: the port is full. */
static bool
tx_frame(struct msg_ep *ep, struct peer *p, struct buf *b)
{
	_Static_assert(offsetof(struct buf, payload) ==
	    offsetof(struct buf, head) + sizeof(struct wire_head), "one piece");
	tx_fill(ep, p, b);
	b->sent_ns = ep->now;
	if (tx_carry(ep, p, b) < 0) {
		ep->stat[STAT_TX_REFUSED]++;
		ep->tx_full = true;
		p->ack_now = true;
		endpoint_kick(ep, p);
		return false;
	}
	return true;
}

bool
tx_control(struct msg_ep *ep, struct peer *p, enum wire_kind kind, u8 flags,
    const void *payload, u32 len)
{
	struct buf *b = buf_get(&ep->pool, 0);
	bool sent;

	if (!b)
		return false;
	b->kind = (u8)kind;
	b->flags = flags;
	b->seq = p->tx_next;
	b->len = len;
	memcpy(b->payload, payload, len);
	sent = tx_frame(ep, p, b);
	buf_put(&ep->pool, b);
	if (sent)
		ep->stat[kind == WIRE_PULL ? STAT_TX_PULL : STAT_TX_ACK]++;
	return sent;
}

void
tx_tell_epoch(struct msg_ep *ep, struct peer *p, u32 epoch)
{
	u32 known = p->epoch;

	p->epoch = epoch;
	tx_control(ep, p, WIRE_ACK, 0, "", 0);
	p->epoch = known;
}

/* A frame is in the port's queue still: sending it again waits. */
static bool
tx_send_lost(struct msg_ep *ep, struct peer *p)
{
	struct buf *b;

	for (b = p->tx; b != p->unsent && p->lost; b = b->next) {
		if (!b->lost || b->pending)
			continue;
		if (p->flight >= p->cwnd)
			return true;
		if (!tx_frame(ep, p, b))
			return false;
		b->lost = false;
		if (b->sent < 255)
			b->sent++;
		p->lost--;
		p->flight++;
		ep->stat[STAT_TX_AGAIN]++;
	}
	return true;
}

static bool
tx_send_new(struct msg_ep *ep, struct peer *p)
{
	struct buf *b;

	while ((b = p->unsent) && wire_before(b->seq, p->tx_edge) &&
	    p->flight < p->cwnd) {
		if (!tx_frame(ep, p, b))
			return false;
		b->sent = 1;
		p->unsent = b->next;
		p->flight++;
		ep->stat[STAT_TX_DATA]++;
	}
	return true;
}

/* Frames to ourselves are handed over without a network. */
static void
tx_self(struct msg_ep *ep, struct peer *p)
{
	struct wire_head h;
	struct buf *b;

	memset(&h, 0, sizeof(h));
	ack_fill(ep, p, &h);
	p->tx_edge = le32_get(h.edge);
	while ((b = p->unsent) && wire_before(b->seq, p->tx_edge)) {
		b->sent = 1;
		p->unsent = b->next;
		p->flight++;
		rx_loop(ep, p, b);
	}
	ack_fill(ep, p, &h);
	ack_take(ep, p, &h);
}

void
tx_peer(struct msg_ep *ep, struct peer *p)
{
	if (ep->slots[p->number].dead)
		return;
	tx_start_waiting(ep, p);
	if (p->self) {
		tx_self(ep, p);
		return;
	}
	if (!tx_send_lost(ep, p) || !tx_send_new(ep, p))
		return;
	if (p->ack_now && !tx_control(ep, p, WIRE_ACK, 0, "", 0)) {
		endpoint_kick(ep, p);
		return;
	}
	if (!p->retry_at)
		retry_arm(ep, p);
}
