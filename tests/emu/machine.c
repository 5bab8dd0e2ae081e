/* machine.c - clock, memory and a wire for hosted tests of node code. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/machine.h"

#include "kernel/clock.h"
#include "kernel/dma.h"
#include "kernel/lib/err.h"
#include "net/node/netif.h"

#include <stdlib.h>
#include <string.h>

u64 machine_now_ns = 1000000000;

u64
clock_now_ns(void)
{
	return machine_now_ns;
}

u32
netif_core(void)
{
	return 0;
}

/* As on the node, nothing is given back before the end. */
enum { ALLOCATIONS_MAX = 4096 };
static void *given[ALLOCATIONS_MAX];
static u32 given_count;

__attribute__((destructor)) static void
give_back(void)
{
	while (given_count)
		free(given[--given_count]);
}

void *
dma_alloc(size_t bytes)
{
	void *p = aligned_alloc(4096, ALIGN_UP(bytes, (size_t)4096));

	if (!p || given_count == ALLOCATIONS_MAX)
		return NULL;
	given[given_count++] = p;
	return memset(p, 0, bytes);
}

u64
dma_addr(const void *p, size_t len, size_t *run)
{
	*run = len;
	return (u64)(uintptr_t)p;
}

static struct wire_nic *
self(struct nic_queue *q)
{
	return (struct wire_nic *)(void *)q;
}

static void
op_info(struct nic *nic, struct nic_info *info)
{
	struct wire_nic *w = (struct wire_nic *)nic;

	*info = (struct nic_info){ .name = "wire", .driver = "wire",
		.queues = 1, .features = NIC_TX_GATHER, .frame_max = 1514,
		.link_mbps = 1000 };
	memcpy(info->mac, w->mac, 6);
}

static int
op_open(struct nic *nic, u16 index, u16 rx, u16 tx, struct nic_queue **q)
{
	(void)index;
	(void)rx;
	(void)tx;
	*q = (struct nic_queue *)(void *)nic;
	return 0;
}

bool
wire_inject(struct wire_nic *n, const void *frame, u32 len)
{
	u32 i;

	if (n->posted_head == n->posted_tail) {
		n->lost++;
		return false;
	}
	i = n->posted_tail++ % WIRE_RING;
	memcpy(n->posted[i], frame, len);
	n->arrived[n->arrived_head++ % WIRE_RING] = (struct nic_rx){
		n->posted[i], n->cookie[i], 0, len, 0 };
	return true;
}

/* As after a reset: nothing is owned any more. */
static void
op_close(struct nic_queue *q)
{
	struct wire_nic *w = self(q);

	w->posted_head = w->posted_tail = 0;
	w->arrived_head = w->arrived_tail = 0;
	w->done_head = w->done_tail = 0;
}

static int
op_tx(struct nic_queue *q, const struct nic_tx *tx, int n)
{
	struct wire_nic *w = self(q);
	u8 frame[2048];

	if (w->stuck)
		return 0;
	if (w->keeps)
		return n;
	for (int i = 0; i < n; i++) {
		u32 len = 0;

		for (int s = 0; s < tx[i].segs; s++) {
			memcpy(frame + len, tx[i].seg[s].ptr,
			    tx[i].seg[s].len);
			len += (u32)tx[i].seg[s].len;
		}
		wire_inject(w->other, frame, len);
		w->sent++;
		w->done[w->done_head++ % WIRE_RING] = tx[i].cookie;
	}
	return n;
}

static int
op_reclaim(struct nic_queue *q, void **cookies, int n)
{
	struct wire_nic *w = self(q);
	int got = 0;

	while (got < n && w->done_tail != w->done_head)
		cookies[got++] = w->done[w->done_tail++ % WIRE_RING];
	return got;
}

static int
op_post(struct nic_queue *q, void *buf, u32 len, void *cookie)
{
	struct wire_nic *w = self(q);

	(void)len;
	if (w->posted_head - w->posted_tail == WIRE_RING / 2)
		return ERR_AGAIN;
	w->posted[w->posted_head % WIRE_RING] = buf;
	w->cookie[w->posted_head++ % WIRE_RING] = cookie;
	return 0;
}

static int
op_rx(struct nic_queue *q, struct nic_rx *rx, int n)
{
	struct wire_nic *w = self(q);
	int got = 0;

	while (got < n && w->arrived_tail != w->arrived_head)
		rx[got++] = w->arrived[w->arrived_tail++ % WIRE_RING];
	return got;
}

static const struct nic_ops wire_ops = {
	.info = op_info,
	.queue_open = op_open,
	.queue_close = op_close,
	.tx_batch = op_tx,
	.reclaim = op_reclaim,
	.rx_post = op_post,
	.rx_batch = op_rx,
};

void
wire_join(struct wire_nic *a, struct wire_nic *b)
{
	memset(a, 0, sizeof(*a));
	memset(b, 0, sizeof(*b));
	a->nic.ops = b->nic.ops = &wire_ops;
	a->other = b;
	b->other = a;
	memcpy(a->mac, "\2\0\0\0\0\1", 6);
	memcpy(b->mac, "\2\0\0\0\0\2", 6);
}
