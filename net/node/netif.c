/* netif.c - one NIC queue shared by every endpoint of the node. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/node/netif.h"

#include "kernel/dma.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"

static u8 *
buf_next(const u8 *buf)
{
	u8 *next;

	memcpy(&next, buf, sizeof(next));
	return next;
}

static void
buf_link(u8 *buf, u8 *next)
{
	memcpy(buf, &next, sizeof(next));
}

static bool
netif_lock(struct netif *n)
{
	u32 none = 0;

	return !__atomic_load_n(&n->lock, __ATOMIC_RELAXED) &&
	    __atomic_compare_exchange_n(&n->lock, &none, netif_core() + 1,
		false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static u32
buf_index(const struct netif *n, const u8 *buf)
{
	return (u32)((size_t)(buf - n->bufs) / NETIF_BUF_BYTES);
}

/* -- slots: a lock-free stack of indices, with a tag against reuse -- */

struct netif_slot *
netif_slot_get(struct netif *n)
{
	u64 old = __atomic_load_n(&n->slots_free, __ATOMIC_ACQUIRE);
	u64 want;
	u32 i;

	do {
		i = (u32)old;
		if (!i) {
			n->stats.tx_noslot++;
			return NULL;
		}
		want = (((old >> 32) + 1) << 32) | n->slot_next[i - 1];
	} while (!__atomic_compare_exchange_n(&n->slots_free, &old, want, true,
	    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	n->slots[i - 1].busy = 1;
	n->slots[i - 1].pending = NULL;
	return &n->slots[i - 1];
}

void
netif_slot_put(struct netif *n, struct netif_slot *s)
{
	u32 i = (u32)(s - n->slots);
	u64 old = __atomic_load_n(&n->slots_free, __ATOMIC_ACQUIRE);
	u64 want;

	s->busy = s->given = 0;
	do {
		n->slot_next[i] = (u32)old;
		want = (((old >> 32) + 1) << 32) | (i + 1);
	} while (!__atomic_compare_exchange_n(&n->slots_free, &old, want, true,
	    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
}

static void
slot_done(struct netif *n, struct netif_slot *s)
{
	if (s->pending)
		__atomic_sub_fetch(s->pending, 1, __ATOMIC_RELEASE);
	netif_slot_put(n, s);
}

/* -- the lock holder's work -- */

static void
post(struct netif *n)
{
	while (n->spare) {
		u8 *next = buf_next(n->spare);

		if (n->nic->ops->rx_post(n->q, n->spare, NETIF_BUF_BYTES,
			n->spare) != 0)
			return;
		n->spare = next;
	}
}

static void
take_freed(struct netif *n)
{
	u8 *buf = __atomic_exchange_n(&n->freed, NULL, __ATOMIC_ACQUIRE);

	while (buf) {
		u8 *next = buf_next(buf);

		n->buf_ours[buf_index(n, buf)] = 1;
		buf_link(buf, n->spare);
		n->spare = buf;
		buf = next;
	}
}

static int
receive(struct netif *n)
{
	struct nic_rx rx[NIC_BATCH_MAX];
	int got = n->nic->ops->rx_batch(n->q, rx, NIC_BATCH_MAX);

	for (int i = 0; i < got; i++) {
		u8 *buf = rx[i].buf;

		n->stats.rx_frames++;
		if ((rx[i].flags & NIC_RX_ERROR) ||
		    !eth_rx(n, buf, rx[i].offset, rx[i].len,
			rx[i].flags)) {
			buf_link(buf, n->spare);
			n->spare = buf;
		} else {
			n->buf_ours[buf_index(n, buf)] = 0;
		}
	}
	return got;
}

static int
complete(struct netif *n)
{
	void *cookies[NIC_BATCH_MAX];
	int got = n->nic->ops->reclaim(n->q, cookies, NIC_BATCH_MAX);

	for (int i = 0; i < got; i++)
		slot_done(n, cookies[i]);
	n->given -= (u32)got;
	n->done += (u32)got;
	return got;
}

/* Moves the outbox behind what is queued already, oldest first. */
static void
take_outbox(struct netif *n)
{
	struct netif_slot *s, *turned = NULL;

	s = __atomic_exchange_n(&n->outbox, NULL, __ATOMIC_ACQUIRE);
	while (s) {
		struct netif_slot *next = s->next;

		s->next = turned;
		turned = s;
		s = next;
	}
	*n->queued_end = turned;
	while (*n->queued_end)
		n->queued_end = &(*n->queued_end)->next;
}

/* A packet to ourselves is copied into a receive buffer. */
static void
loop_back(struct netif *n, struct netif_slot *s)
{
	u8 *buf = n->spare;
	u32 at = s->head_len;

	if (buf) {
		n->spare = buf_next(buf);
		memcpy(buf, s->head, s->head_len);
		for (u32 i = 0; i < s->segs; i++) {
			memcpy(buf + at, s->seg[i].ptr, s->seg[i].len);
			at += (u32)s->seg[i].len;
		}
		if (!eth_rx(n, buf, 0, at, NIC_RX_CSUM_OK)) {
			buf_link(buf, n->spare);
			n->spare = buf;
		} else {
			n->buf_ours[buf_index(n, buf)] = 0;
		}
	} else {
		n->stats.drop_nobuf++;
	}
	slot_done(n, s);
}

static void
tx_fill(struct nic_tx *tx, struct netif_slot *s)
{
	tx->seg[0] = (struct iov){ s->head, s->head_len };
	for (u32 i = 0; i < s->segs; i++)
		tx->seg[i + 1] = s->seg[i];
	tx->segs = (u16)(s->segs + 1);
	tx->flags = s->summed ? NIC_TX_CSUM : 0;
	tx->cookie = s;
}

static int
transmit(struct netif *n)
{
	struct nic_tx tx[NIC_BATCH_MAX];
	int count = 0, sent;
	struct netif_slot *s;

	take_outbox(n);
	while (n->queued && n->queued->loop) {
		s = n->queued;
		n->queued = s->next;
		if (!n->queued)
			n->queued_end = &n->queued;
		loop_back(n, s);
	}
	for (s = n->queued; s && !s->loop && count < NIC_BATCH_MAX; s = s->next)
		tx_fill(&tx[count++], s);
	if (!count)
		return 0;
	sent = n->nic->ops->tx_batch(n->q, tx, count);
	for (int i = 0; i < sent; i++) {
		n->queued->given = 1;
		n->queued = n->queued->next;
	}
	n->given += (u32)sent;
	if (!n->queued)
		n->queued_end = &n->queued;
	n->stats.tx_frames += (u64)sent;
	return sent;
}

int
netif_poll(struct netif *n)
{
	int events = 0, moved;

	do {
		if (n->down || !netif_lock(n))
			return events;
		do {
			moved = receive(n) + complete(n);
			take_freed(n);
			post(n);
			moved += transmit(n);
			events += moved;
		} while (moved >= NIC_BATCH_MAX);
		__atomic_store_n(&n->lock, 0, __ATOMIC_SEQ_CST);
	} while (__atomic_load_n(&n->outbox, __ATOMIC_SEQ_CST) &&
	    (moved || !n->queued));
	return events;
}

/* -- anybody's -- */

void
netif_push(struct netif *n, struct netif_slot *s)
{
	s->next = __atomic_load_n(&n->outbox, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&n->outbox, &s->next, s, true,
	    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		;
}

void
netif_release(struct netif *n, u8 *buf)
{
	u8 *old = __atomic_load_n(&n->freed, __ATOMIC_RELAXED);

	do
		buf_link(buf, old);
	while (!__atomic_compare_exchange_n(&n->freed, &old, buf, true,
	    __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

int
netif_send(struct netif *n, u16 from_port, const struct port_addr *to,
    const struct iov *seg, u32 segs, u32 *pending)
{
	struct netif_slot *s;
	struct frame_udp *udp;
	u64 len = sizeof(*udp), mac = 0xffffffffffff;
	bool loop = to->ip4 == n->ip4 && n->ip4;

	ASSERT(segs <= PORT_SEGS_MAX);
	for (u32 i = 0; i < segs; i++)
		len += seg[i].len;
	if (len + FRAME_HEADERS - sizeof(*udp) >
	    (loop ? (u32)NETIF_BUF_BYTES : n->info.frame_max))
		return ERR_TOOBIG;
	if (!loop && to->ip4 != 0xffffffff)
		mac = arp_find(n, to->ip4);
	if (!mac)
		return ERR_AGAIN;
	s = netif_slot_get(n);
	if (!s)
		return ERR_AGAIN;
	eth_head(n, s, mac, FRAME_TYPE_IP);
	ip_head(n, s, to->ip4, (u32)len);
	udp = (struct frame_udp *)(s->head + s->head_len);
	*udp = (struct frame_udp){ be16_of(from_port), be16_of(to->udp_port),
		be16_of((u16)len), be16_of(0) };
	s->head_len = (u16)(s->head_len + sizeof(*udp));
	for (u32 i = 0; i < segs; i++)
		s->seg[i] = seg[i];
	s->summed = n->info.features & NIC_TX_UDP_CSUM ? 1 : 0;
	if (s->summed)
		udp->sum = be16_of(ip_pseudo_sum(s, (u32)len));
	s->segs = (u16)segs;
	s->loop = loop;
	s->pending = pending;
	if (pending)
		__atomic_add_fetch(pending, 1, __ATOMIC_RELAXED);
	netif_push(n, s);
	netif_poll(n);
	return 0;
}

/* All our buffers are spare again. */
static void
take_buffers(struct netif *n)
{
	n->spare = NULL;
	for (u32 i = 0; i < NETIF_RX_BUFS / n->share; i++)
		if (n->buf_ours[i]) {
			u8 *buf = n->bufs + (size_t)i * NETIF_BUF_BYTES;

			buf_link(buf, n->spare);
			n->spare = buf;
		}
}

/* All slots free, nothing queued. */
static void
start_over(struct netif *n)
{
	n->outbox = NULL;
	n->queued = NULL;
	n->queued_end = &n->queued;
	n->slots_free = 0;
	for (u32 i = 0; i < NETIF_SLOTS / n->share; i++) {
		struct netif_slot *s = &n->slots[i];

		if (s->busy && s->pending)
			__atomic_sub_fetch(s->pending, 1, __ATOMIC_RELEASE);
		netif_slot_put(n, s);
	}
	n->given = 0;
	take_buffers(n);
}

static int
start_queue(struct netif *n)
{
	int err = n->nic->ops->queue_open(n->nic, n->queue,
	    (u16)(NETIF_RX_RING / n->share), (u16)(NETIF_TX_RING / n->share),
	    &n->q);

	if (!err)
		post(n);
	n->down = err != 0;
	return err;
}

bool
netif_is_stuck(struct netif *n)
{
	bool still = n->given && n->given_seen && n->done == n->done_seen;

	n->done_seen = n->done;
	n->given_seen = n->given != 0;
	return n->down || still;
}

void
netif_recover(struct netif *n)
{
	if (!netif_lock(n))
		return;
	n->nic->ops->queue_close(n->q);
	for (u32 i = 0; i < NETIF_SLOTS / n->share; i++)
		if (n->slots[i].given)
			slot_done(n, &n->slots[i]);
	n->given = 0;
	n->given_seen = false;
	take_buffers(n);
	start_queue(n);
	n->irq_core = 0;
	__atomic_store_n(&n->lock, 0, __ATOMIC_SEQ_CST);
}

int
netif_reset(struct netif *n)
{
	n->nic->ops->queue_close(n->q);
	start_over(n);
	n->lock = 0;
	return start_queue(n);
}

/* Memory for the queue, of which `share` tells the size. */
static int
open_queue(struct netif *n, struct netif *base, struct nic *nic)
{
	size_t bufs = NETIF_RX_BUFS / n->share;
	size_t slots = NETIF_SLOTS / n->share;

	n->base = base;
	n->nic = nic;
	n->bufs = dma_alloc(bufs * NETIF_BUF_BYTES);
	n->buf_ours = dma_alloc(bufs);
	n->slots = dma_alloc(slots * sizeof(*n->slots));
	n->slot_next = dma_alloc(slots * sizeof(*n->slot_next));
	n->sockets = dma_alloc(n->ports * sizeof(*n->sockets));
	if (!n->bufs || !n->buf_ours || !n->slots || !n->slot_next ||
	    !n->arp || !n->sockets)
		return ERR_NOMEM;
	memset(n->buf_ours, 1, bufs);
	start_over(n);
	return start_queue(n);
}

int
netif_open(struct netif *n, struct nic *nic)
{
	memset(n, 0, sizeof(*n));
	nic->ops->info(nic, &n->info);
	if (!(n->info.features & NIC_TX_GATHER))
		return ERR_UNSUPP;
	n->share = 1;
	n->port_first = NETIF_PORT_FIRST;
	n->ports = NETIF_PORTS;
	n->arp = dma_alloc(NETIF_ARP * sizeof(*n->arp));
	return open_queue(n, n, nic);
}

int
netif_open_own(struct netif *n, struct netif *base, u16 queue, u16 udp_port)
{
	struct nic_filter f = { udp_port, queue };
	int err;

	n->info = base->info;
	if (!(n->info.features & NIC_FILTERS) || queue >= n->info.queues)
		return ERR_UNSUPP;
	n->share = NETIF_OWN;
	n->queue = queue;
	n->port_first = udp_port;
	n->ports = 1;
	n->arp = base->arp;
	n->ip4 = base->ip4;
	n->mask = base->mask;
	n->router = base->router;
	err = open_queue(n, base, base->nic);
	return err ? err : base->nic->ops->filter_add(base->nic, &f);
}
