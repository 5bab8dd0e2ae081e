/* intel.c - rings, reset and quiescing of Intel's Ethernet families. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/net/intel.h"

#include "kernel/clock.h"
#include "kernel/dma.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "kernel/mmio.h"

enum {
	RING_MAX = 1024,
	RING_MIN = 8,                  /* entries: LEN counts 128 bytes */
	BUF_MIN = 2048,
	RESET_US_MAX = 10000,
	MASTER_US_MAX = 80000,         /* 82574 §5.2.6, 82599 §5.2.5.3.2 */
};

u32
intel_read(const struct intel_nic *d, u32 reg)
{
	return mmio_read32(d->regs + reg);
}

void
intel_write(struct intel_nic *d, u32 reg, u32 value)
{
	mmio_write32(d->regs + reg, value);
}

int
intel_open(struct intel_nic *d, const struct pci_dev *pci, u64 bytes)
{
	u64 size;

	d->pci = pci;
	pci_enable(pci, true, false, true);
	d->regs = pci_bar_map(pci, 0, &size);
	return d->regs && size >= bytes ? 0 : ERR_IO;
}

int
intel_reset(struct intel_nic *d, u32 how)
{
	u32 ctrl = intel_read(d, INTEL_CTRL);

	intel_write(d, INTEL_CTRL, ctrl | INTEL_CTRL_MASTER_DISABLE);
	mmio_wait32(d->regs + INTEL_STATUS, INTEL_STATUS_MASTER, 0,
	    MASTER_US_MAX);
	intel_write(d, INTEL_CTRL, ctrl | how);
	clock_delay_us(1);
	return mmio_wait32(d->regs + INTEL_CTRL, how, 0, RESET_US_MAX);
}

void
intel_mac(struct intel_nic *d, u32 ral)
{
	u64 mac = intel_read(d, ral) | (u64)intel_read(d, ral + 4) << 32;

	for (int i = 0; i < 6; i++)
		d->mac[i] = (u8)(mac >> (8 * i));
}

void
intel_link(const struct intel_nic *d, struct nic_info *info)
{
	static const u16 mbps[4] = { 10, 100, 1000, 1000 };
	u32 status = intel_read(d, INTEL_STATUS);

	if ((status & INTEL_STATUS_LU) && status != ~0u)
		info->link_mbps = mbps[(status >> INTEL_STATUS_SPEED_SHIFT) & 3];
	memcpy(info->mac, d->mac, 6);
}

int
intel_no_filter(struct nic *nic, const struct nic_filter *f)
{
	(void)nic;
	(void)f;
	return ERR_UNSUPP;
}

/* Off the bus, rings stopped: the driver's close or a reset sees to those. */
void
intel_quiesce(struct nic *nic)
{
	struct intel_nic *d = intel_self(nic);

	intel_reset(d, INTEL_CTRL_RST);
	pci_enable(d->pci, true, false, false);
}

/* -- rings ------------------------------------------------------------------ */

static u32
ring_mask(u32 want)
{
	u32 len = RING_MIN;

	while (len < want && len < RING_MAX)
		len *= 2;
	return len - 1;
}

/* A queue that is opened again has its rings still. */
int
intel_rings_alloc(struct nic_queue *q, u16 rx, u16 tx)
{
	/* Up to four pieces of a frame and its header. */
	u32 rx_mask = ring_mask(rx), tx_mask = ring_mask((u32)tx * 4);

	if (!q->rx || q->rx_mask != rx_mask || q->tx_mask != tx_mask) {
		q->rx = dma_alloc((rx_mask + 1) * sizeof(*q->rx));
		q->tx = dma_alloc((tx_mask + 1) * sizeof(*q->tx));
		q->rx_buf = dma_alloc((rx_mask + 1) * sizeof(*q->rx_buf));
		q->tx_cookie = dma_alloc((tx_mask + 1) * sizeof(void *));
		q->rx_mask = rx_mask;
		q->tx_mask = tx_mask;
	}
	q->rx_next = q->rx_tail = q->rx_told = q->tx_next = q->tx_done = 0;
	q->armed = q->torn = false;
	q->rx_bytes = BUF_MIN;
	return q->rx && q->tx && q->rx_buf && q->tx_cookie ? 0 : ERR_NOMEM;
}

void
intel_ring_start(volatile u8 *regs, const volatile void *ring, u32 mask)
{
	size_t run;
	u64 addr = dma_addr((const void *)(uintptr_t)ring, 1, &run);

	mmio_write32(regs + INTEL_BAL, (u32)addr);
	mmio_write32(regs + INTEL_BAH, (u32)(addr >> 32));
	mmio_write32(regs + INTEL_LEN, (mask + 1) * 16);
	mmio_write32(regs + INTEL_HEAD, 0);
	mmio_write32(regs + INTEL_TAIL, 0);
}

int
intel_ring_enable(volatile u8 *regs, u32 xdctl)
{
	mmio_write32(regs + INTEL_XDCTL, xdctl);
	return mmio_wait32(regs + INTEL_XDCTL, INTEL_XDCTL_ENABLE,
	    xdctl & INTEL_XDCTL_ENABLE, INTEL_QUEUE_US_MAX);
}

int
intel_rings_stop(struct nic_queue *q)
{
	int tx = intel_ring_enable(q->tx_regs, 0);
	int rx = intel_ring_enable(q->rx_regs, 0);

	clock_delay_us(INTEL_DRAIN_US);
	return tx ? tx : rx;
}

/* -- transmit --------------------------------------------------------------- */

static u32
tx_room(const struct nic_queue *q)
{
	return (q->tx_done - q->tx_next - 1) & q->tx_mask;
}

/* Descriptors that a frame needs (pieces may lie on scattered pages) and, in
 * *bytes, its length. */
static u32
count_runs(const struct nic_tx *tx, u32 *bytes)
{
	u32 runs = 0;

	*bytes = 0;
	for (int i = 0; i < tx->segs; i++) {
		const u8 *p = tx->seg[i].ptr;
		size_t left = tx->seg[i].len, run;

		*bytes += (u32)left;
		for (; left; left -= run, p += run, runs++)
			dma_addr(p, left, &run);
	}
	return runs;
}

static void
fill(struct nic_queue *q, const struct nic_tx *tx, u32 bytes)
{
	u32 cmd = q->dev->tx_cmd | INTEL_TX_IFCS, last = q->tx_next, first = 0;

	/* 82599 §7.2.3.2.4: what holds for the frame stands in its first. */
	if (cmd & INTEL_TX_DEXT) {
		first = bytes << INTEL_TX_PAYLEN_SHIFT;
		if (tx->flags & NIC_TX_CSUM)
			first |= INTEL_TX_CC | INTEL_TX_TXSM;
	}
	for (int i = 0; i < tx->segs; i++) {
		const u8 *p = tx->seg[i].ptr;
		size_t left = tx->seg[i].len, run;

		for (; left; left -= run, p += run, first = 0) {
			last = q->tx_next;
			q->tx[last].addr = dma_addr(p, left, &run);
			q->tx[last].cmd = cmd | (u32)run;
			q->tx[last].status = first;
			q->tx_cookie[last] = NULL;
			q->tx_next = (last + 1) & q->tx_mask;
		}
	}
	q->tx[last].cmd |= INTEL_TX_EOP | INTEL_TX_RS;
	q->tx_cookie[last] = tx->cookie;
	q->dev->stats.tx_bytes += bytes;
	q->dev->stats.tx_frames++;
}

int
intel_tx_batch(struct nic_queue *q, const struct nic_tx *tx, int n)
{
	int sent = 0;
	u32 bytes;

	for (; sent < n && count_runs(&tx[sent], &bytes) <= tx_room(q); sent++)
		fill(q, &tx[sent], bytes);
	if (sent) {
		__atomic_thread_fence(__ATOMIC_RELEASE);
		mmio_write32(q->tx_regs + INTEL_TAIL, q->tx_next);
	}
	return sent;
}

/* True: hardware is done with the frame that begins at i and ends at *end. */
static bool
is_done(const struct nic_queue *q, u32 i, u32 *end)
{
	while (i != q->tx_next && !(q->tx[i].cmd & INTEL_TX_EOP))
		i = (i + 1) & q->tx_mask;
	*end = i;
	return i != q->tx_next && (q->tx[i].status & INTEL_TX_DD);
}

/* Frames are done in order: if the one behind is, a report was lost. */
static bool
frame_done(const struct nic_queue *q, u32 *end)
{
	u32 next;

	return is_done(q, q->tx_done, end) || (*end != q->tx_next &&
	    is_done(q, (*end + 1) & q->tx_mask, &next));
}

int
intel_reclaim(struct nic_queue *q, void **cookies, int n)
{
	int done = 0;
	u32 end;

	while (done < n && frame_done(q, &end)) {
		if (q->tx_cookie[end])
			cookies[done++] = q->tx_cookie[end];
		q->tx_done = (end + 1) & q->tx_mask;
	}
	return done;
}

/* -- receive ---------------------------------------------------------------- */

/* Posted buffers that the device has not heard of: one doorbell for all. */
static void
tell_rx(struct nic_queue *q)
{
	if (q->rx_told == q->rx_tail)
		return;
	q->rx_told = q->rx_tail;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	mmio_write32(q->rx_regs + INTEL_TAIL, q->rx_told);
}

/* head: where the first bytes go; 0: with the others. */
static int
post(struct nic_queue *q, u64 head, void *buf, u32 len, void *cookie)
{
	u32 i = q->rx_tail, next = (i + 1) & q->rx_mask;
	size_t run;

	if (next == q->rx_next)
		return ERR_AGAIN;
	if (len < q->rx_bytes)
		return ERR_INVAL;
	q->rx[i].status = (u32)head;
	q->rx[i].len = (u16)(head >> 32);
	q->rx[i].vlan = (u16)(head >> 48);
	q->rx[i].addr = dma_addr(buf, q->rx_bytes, &run);
	q->rx_buf[i] = (struct intel_buf){ buf, cookie };
	q->rx_tail = next;
	if (((next - q->rx_told) & q->rx_mask) >= NIC_RX_HELD_MAX)
		tell_rx(q);
	return 0;
}

int
intel_rx_post(struct nic_queue *q, void *buf, u32 len, void *cookie)
{
	return post(q, 0, buf, len, cookie);
}

int
intel_rx_post_split(struct nic_queue *q, void *head, void *buf, u32 len,
    void *cookie)
{
	size_t run;

	dma_addr(buf, len, &run);
	if (run < len || (uintptr_t)buf & 1 || len != q->rx_bytes)
		return ERR_INVAL;
	return post(q, dma_addr(head, NIC_SPLIT_BYTES, &run), buf, len, cookie);
}

/* A frame longer than its buffer comes in pieces: each is an error. */
static u32
rx_flags(struct nic_queue *q, u32 status, u32 len)
{
	struct nic_stats *st = &q->dev->stats;
	bool torn = q->torn || !(status & INTEL_RX_EOP);

	q->torn = !(status & INTEL_RX_EOP);
	if (torn || (status & q->dev->rx_bad)) {
		st->rx_errors++;
		return NIC_RX_ERROR;
	}
	st->rx_frames++;
	st->rx_bytes += len;
	return (status & (INTEL_RX_L4CS | INTEL_RX_L4E)) == INTEL_RX_L4CS ?
	    NIC_RX_CSUM_OK : 0;
}

int
intel_rx_batch(struct nic_queue *q, struct nic_rx *rx, int n)
{
	int got = 0;

	tell_rx(q);
	while (got < n && q->rx_next != q->rx_tail) {
		u32 i = q->rx_next, status = q->rx[i].status;
		u16 len;

		if (!(status & INTEL_RX_DD))
			break;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		len = q->rx[i].len;
		rx[got++] = (struct nic_rx){ q->rx_buf[i].buf,
			q->rx_buf[i].cookie, 0, len, rx_flags(q, status, len) };
		q->rx_next = (i + 1) & q->rx_mask;
	}
	return got;
}

bool
intel_is_idle(const struct nic_queue *q)
{
	return q->rx_next == q->rx_tail ||
	    !(q->rx[q->rx_next].status & INTEL_RX_DD);
}

/* Closing takes everything back; the rings start empty again. */
int
intel_queue_reclaim(struct nic_queue *q, void **rx_cookies, int n)
{
	(void)rx_cookies;
	(void)n;
	q->dev->nic.ops->queue_close(q);
	return 0;
}
