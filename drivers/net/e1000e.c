/* e1000e.c - Intel 82574L: one queue pair, legacy descriptors. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/net/e1000e_regs.h"
#include "kernel/clock.h"
#include "kernel/dma.h"
#include "kernel/driver.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "kernel/mmio.h"
#include "net/nic.h"

/*
 * Rings: hardware owns [head, tail), we own the rest; one entry stays free so
 * that a full ring differs from an empty one. A frame's pieces take one
 * descriptor each; only the last reports status, and its cookie stands beside
 * it. Section numbers: Intel 82574 datasheet.
 */

enum {
	RING_MAX = 1024,
	RING_ALIGN = 8,                /* entries: RDLEN counts 128 bytes */
	FRAME_MAX = 1514,
	RESET_US_MAX = 10000,
	MASTER_US_MAX = 80000,         /* §5.2.6: pending transactions */
	MTA_WORDS = 128,
	TIPG_VALUE = 0x00602006,       /* §10.2.6.3, copper */
};

struct nic_queue {
	struct e1000e *dev;
	volatile struct e1000e_rx_desc *rx;
	volatile struct e1000e_tx_desc *tx;
	void **rx_buf, **rx_cookie, **tx_cookie;
	u32 rx_len, tx_len;
	u32 rx_next, rx_tail;          /* to look at, to post */
	u32 rx_told;                   /* rx_tail as the device knows it */
	u32 tx_next, tx_done;          /* to fill, to look at */
	bool open;
};

struct e1000e {
	struct nic nic;                /* first */
	const struct pci_dev *pci;
	volatile u8 *regs;
	struct nic_queue queue;
	struct nic_stats stats;
	u8 mac[6];
};

static u32
reg_read(struct e1000e *d, u32 reg)
{
	return mmio_read32(d->regs + reg);
}

static void
reg_write(struct e1000e *d, u32 reg, u32 value)
{
	mmio_write32(d->regs + reg, value);
}

static struct e1000e *
self(struct nic *nic)
{
	return (struct e1000e *)nic;
}

/* §4.6.1: mask interrupts, reset, mask again; 1 us before the next access. */
static int
reset(struct e1000e *d)
{
	int err;

	reg_write(d, E1000E_IMC, 0xffffffff);
	reg_write(d, E1000E_RCTL, 0);
	reg_write(d, E1000E_TCTL, TCTL_PSP);
	reg_write(d, E1000E_CTRL, reg_read(d, E1000E_CTRL) | CTRL_RST);
	clock_delay_us(1);
	err = mmio_wait32(d->regs + E1000E_CTRL, CTRL_RST, 0, RESET_US_MAX);
	reg_write(d, E1000E_IMC, 0xffffffff);
	reg_read(d, E1000E_ICR);
	return err;
}

static void
setup(struct e1000e *d)
{
	u32 low, high;

	low = reg_read(d, E1000E_RAL);
	high = reg_read(d, E1000E_RAH);
	for (int i = 0; i < 6; i++)
		d->mac[i] = (u8)(i < 4 ? low >> (8 * i) : high >> (8 * i - 32));
	reg_write(d, E1000E_RAH, high | RAH_AV);
	reg_write(d, E1000E_CTRL,
	    (reg_read(d, E1000E_CTRL) | CTRL_SLU) & ~CTRL_PHY_RST);
	for (u32 i = 0; i < MTA_WORDS; i++)
		reg_write(d, E1000E_MTA + 4 * i, 0);
	reg_write(d, E1000E_TIPG, TIPG_VALUE);
	reg_write(d, E1000E_ITR, 0);
}

static void
op_info(struct nic *nic, struct nic_info *info)
{
	static const u16 mbps[4] = { 10, 100, 1000, 1000 };
	struct e1000e *d = self(nic);
	u32 status = reg_read(d, E1000E_STATUS);

	*info = (struct nic_info){ .name = "e1000e", .driver = "e1000e",
		.queues = 1, .features = NIC_TX_GATHER | NIC_IRQ,
		.frame_max = FRAME_MAX };
	if (status & STATUS_LU)
		info->link_mbps = mbps[(status >> STATUS_SPEED_SHIFT) & 3];
	memcpy(info->mac, d->mac, 6);
}

static u64
bus(const volatile void *p)
{
	size_t run;

	return dma_addr((const void *)(uintptr_t)p, 1, &run);
}

static int
alloc_rings(struct nic_queue *q, u16 rx, u16 tx)
{
	q->rx_len = ALIGN_UP(MIN((u32)rx, (u32)RING_MAX), (u32)RING_ALIGN);
	/* Up to four pieces of a frame and its header. */
	q->tx_len = ALIGN_UP(MIN((u32)tx * 4, (u32)RING_MAX), (u32)RING_ALIGN);
	q->rx = dma_alloc(q->rx_len * sizeof(*q->rx));
	q->tx = dma_alloc(q->tx_len * sizeof(*q->tx));
	q->rx_buf = dma_alloc(q->rx_len * sizeof(void *));
	q->rx_cookie = dma_alloc(q->rx_len * sizeof(void *));
	q->tx_cookie = dma_alloc(q->tx_len * sizeof(void *));
	return q->rx && q->tx && q->rx_buf && q->rx_cookie && q->tx_cookie ?
	    0 : ERR_NOMEM;
}

static void
start_rings(struct e1000e *d, struct nic_queue *q)
{
	u64 rx = bus(q->rx), tx = bus(q->tx);

	/* §4.6.5 receive initialisation */
	reg_write(d, E1000E_RDBAL, (u32)rx);
	reg_write(d, E1000E_RDBAH, (u32)(rx >> 32));
	reg_write(d, E1000E_RDLEN, q->rx_len * 16);
	reg_write(d, E1000E_RDH, 0);
	reg_write(d, E1000E_RDT, 0);
	reg_write(d, E1000E_RDTR, 0);
	reg_write(d, E1000E_RXDCTL, XDCTL_GRAN);
	/* BSIZE 00: 2048-byte buffers */
	reg_write(d, E1000E_RCTL, RCTL_EN | RCTL_BAM | RCTL_SECRC);
	/* §4.6.6 transmit initialisation */
	reg_write(d, E1000E_TDBAL, (u32)tx);
	reg_write(d, E1000E_TDBAH, (u32)(tx >> 32));
	reg_write(d, E1000E_TDLEN, q->tx_len * 16);
	reg_write(d, E1000E_TDH, 0);
	reg_write(d, E1000E_TDT, 0);
	reg_write(d, E1000E_TXDCTL, XDCTL_GRAN);
	reg_write(d, E1000E_TCTL, TCTL_EN | TCTL_PSP | 15 << TCTL_CT_SHIFT |
	    63 << TCTL_COLD_SHIFT);
}

static int
op_queue_open(struct nic *nic, u16 index, u16 rx, u16 tx,
    struct nic_queue **out)
{
	struct e1000e *d = self(nic);
	struct nic_queue *q = &d->queue;
	int err;

	if (index > 0)
		return ERR_INVAL;
	if (q->open)
		return ERR_BUSY;
	*q = (struct nic_queue){ .dev = d };
	err = alloc_rings(q, rx, tx);
	if (err)
		return err;
	start_rings(d, q);
	q->open = true;
	*out = q;
	return 0;
}

static void
op_queue_close(struct nic_queue *q)
{
	reset(q->dev);
	setup(q->dev);
	q->open = false;
}

/* §5.2.6 (PCIe master disable): wait until no transaction is pending. */
static void
op_quiesce(struct nic *nic)
{
	struct e1000e *d = self(nic);

	reg_write(d, E1000E_RCTL, 0);
	reg_write(d, E1000E_TCTL, TCTL_PSP);
	reg_write(d, E1000E_CTRL,
	    reg_read(d, E1000E_CTRL) | CTRL_GIO_MASTER_DISABLE);
	mmio_wait32(d->regs + E1000E_STATUS, STATUS_GIO_MASTER_ENABLE, 0,
	    MASTER_US_MAX);
	reset(d);
	pci_enable(d->pci, true, false, false);
}

static u32
tx_room(const struct nic_queue *q)
{
	return (q->tx_done + q->tx_len - q->tx_next - 1) % q->tx_len;
}

/* Descriptors that a piece needs; pieces may lie on scattered pages. */
static u32
count_runs(const struct nic_tx *tx)
{
	u32 runs = 0;

	for (int i = 0; i < tx->segs; i++) {
		const u8 *p = tx->seg[i].ptr;
		size_t left = tx->seg[i].len, run;

		for (; left; left -= run, p += run, runs++)
			dma_addr(p, left, &run);
	}
	return runs;
}

static void
fill(struct nic_queue *q, const struct nic_tx *tx)
{
	u32 last = q->tx_next;

	for (int i = 0; i < tx->segs; i++) {
		const u8 *p = tx->seg[i].ptr;
		size_t left = tx->seg[i].len, run;

		for (; left; left -= run, p += run) {
			volatile struct e1000e_tx_desc *t = &q->tx[q->tx_next];

			last = q->tx_next;
			t->addr = dma_addr(p, left, &run);
			t->len = (u16)run;
			t->cmd = TX_IFCS;
			t->status = 0;
			q->tx_cookie[last] = NULL;
			q->dev->stats.tx_bytes += run;
			q->tx_next = (q->tx_next + 1) % q->tx_len;
		}
	}
	q->tx[last].cmd = TX_IFCS | TX_EOP | TX_RS;
	q->tx_cookie[last] = tx->cookie;
	q->dev->stats.tx_frames++;
}

static int
op_tx_batch(struct nic_queue *q, const struct nic_tx *tx, int n)
{
	int sent = 0;

	while (sent < n && count_runs(&tx[sent]) <= tx_room(q))
		fill(q, &tx[sent++]);
	if (sent) {
		__atomic_thread_fence(__ATOMIC_RELEASE);
		reg_write(q->dev, E1000E_TDT, q->tx_next);
	}
	return sent;
}

/* The end of the frame that begins at tx_done, if hardware is done with it. */
static bool
frame_done(const struct nic_queue *q, u32 *end)
{
	u32 i = q->tx_done;

	while (i != q->tx_next && !(q->tx[i].cmd & TX_EOP))
		i = (i + 1) % q->tx_len;
	*end = i;
	return i != q->tx_next && (q->tx[i].status & TX_DD);
}

static int
op_reclaim(struct nic_queue *q, void **cookies, int n)
{
	int done = 0;
	u32 end;

	while (done < n && frame_done(q, &end)) {
		if (q->tx_cookie[end])
			cookies[done++] = q->tx_cookie[end];
		q->tx_done = (end + 1) % q->tx_len;
	}
	return done;
}

/* Posted buffers that the device has not heard of: one doorbell for all. */
static void
tell_rx(struct nic_queue *q)
{
	if (q->rx_told == q->rx_tail)
		return;
	q->rx_told = q->rx_tail;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	reg_write(q->dev, E1000E_RDT, q->rx_told);
}

static int
op_rx_post(struct nic_queue *q, void *buf, u32 len, void *cookie)
{
	u32 i = q->rx_tail, next = (i + 1) % q->rx_len;
	size_t run;

	if (next == q->rx_next)
		return ERR_AGAIN;
	if (len < 2048)
		return ERR_INVAL;
	q->rx[i].addr = dma_addr(buf, 2048, &run);
	q->rx[i].status = 0;
	q->rx_buf[i] = buf;
	q->rx_cookie[i] = cookie;
	q->rx_tail = next;
	if ((next + q->rx_len - q->rx_told) % q->rx_len >= NIC_RX_HELD_MAX)
		tell_rx(q);
	return 0;
}

static int
op_rx_batch(struct nic_queue *q, struct nic_rx *rx, int n)
{
	struct nic_stats *st = &q->dev->stats;
	int got = 0;

	tell_rx(q);
	while (got < n && q->rx_next != q->rx_tail) {
		u32 i = q->rx_next;
		u8 status = q->rx[i].status;

		if (!(status & RX_DD))
			break;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		rx[got] = (struct nic_rx){ q->rx_buf[i], q->rx_cookie[i], 0,
			q->rx[i].len, 0 };
		if (!(status & RX_EOP) || q->rx[i].errors) {
			rx[got].flags = NIC_RX_ERROR;
			st->rx_errors++;
		} else {
			st->rx_frames++;
			st->rx_bytes += rx[got].len;
		}
		got++;
		q->rx_next = (i + 1) % q->rx_len;
	}
	return got;
}

static bool
op_is_idle(const struct nic_queue *q)
{
	return !(q->rx[q->rx_next].status & RX_DD);
}

/* A reset takes everything back; the rings start empty again. */
static int
op_queue_reclaim(struct nic_queue *q, void **rx_cookies, int n)
{
	(void)rx_cookies;
	(void)n;
	op_queue_close(q);
	return 0;
}

static int
op_filter(struct nic *nic, const struct nic_filter *f)
{
	(void)nic;
	(void)f;
	return ERR_UNSUPP;
}

static bool
op_irq_arm(struct nic_queue *q, bool on)
{
	reg_write(q->dev, on ? E1000E_IMS : E1000E_IMC, INT_RXQ0);
	return q->rx_next != q->rx_tail &&
	    (q->rx[q->rx_next].status & RX_DD);
}

/* §7.4.1: MSI-X vector 0 for receive queue 0, cause cleared by itself. */
static int
op_irq_route(struct nic_queue *q, u8 vector, u32 apic_id)
{
	int err = pci_msix_route(q->dev->pci, 0, vector, apic_id);

	if (err)
		return err;
	reg_write(q->dev, E1000E_IVAR, IVAR_RXQ0_VALID);
	reg_write(q->dev, E1000E_EIAC, INT_RXQ0);
	return 0;
}

static void
op_stats(struct nic *nic, struct nic_stats *st)
{
	struct e1000e *d = self(nic);

	d->stats.rx_missed += reg_read(d, E1000E_MPC);
	*st = d->stats;
}

static const struct nic_ops ops = {
	.info = op_info,
	.queue_open = op_queue_open,
	.queue_close = op_queue_close,
	.tx_batch = op_tx_batch,
	.reclaim = op_reclaim,
	.rx_post = op_rx_post,
	.rx_batch = op_rx_batch,
	.is_idle = op_is_idle,
	.queue_reclaim = op_queue_reclaim,
	.filter_add = op_filter,
	.filter_del = op_filter,
	.irq_arm = op_irq_arm,
	.irq_route = op_irq_route,
	.stats = op_stats,
	.quiesce = op_quiesce,
};

static int
probe(const struct pci_dev *pci, struct nic **out)
{
	struct e1000e *d = dma_alloc(sizeof(*d));
	u64 size;
	int err;

	if (!d)
		return ERR_NOMEM;
	d->nic.ops = &ops;
	d->pci = pci;
	pci_enable(pci, true, false, true);
	d->regs = pci_bar_map(pci, 0, &size);
	if (!d->regs || size < 0x20000)
		return ERR_IO;
	err = reset(d);
	if (err)
		return err;
	setup(d);
	*out = &d->nic;
	return 0;
}

static const struct pci_id ids[] = {
	{ 0x8086, 0x10d3 },    /* 82574L */
	{ 0x8086, 0x10f6 },    /* 82574LA */
	{ 0, 0 },
};

const struct nic_driver e1000e_driver = { "e1000e", ids, probe };
