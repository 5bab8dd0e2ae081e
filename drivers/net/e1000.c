/* e1000.c - Intel's gigabit NICs of one queue: 8254x, 8257x, 82583, ICH, PCH. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/net/e1000_regs.h"

#include "drivers/net/intel.h"
#include "kernel/dma.h"
#include "kernel/driver.h"
#include "kernel/lib/err.h"

/*
 * intel.c has the rings. Section numbers: Intel 82574 datasheet. The others
 * differ in two ways: the 8254x know only legacy receive descriptors, which
 * are rewritten where they lie once the device is done with them, and have no
 * interrupt that a core could be woken by; and only the 82574 has MSI-X, with
 * a cause of its own for the queue.
 */

enum {
	FRAME_MAX = 1514,
	MTA_WORDS = 128,
	TIPG_VALUE = 0x00602006,       /* §10.2.6.3, copper */
	BAR_BYTES = 0x20000,
};
#define RX_ERRORS 0xff000000u          /* §7.1.5.2, extended errors */

extern const struct nic_driver e1000_driver;

struct e1000 {
	struct intel_nic d;            /* first */
	struct nic_queue queue;
	u32 cause;                     /* of its interrupt; 0: has none */
};

static struct e1000 *
self(struct nic *nic)
{
	return (struct e1000 *)nic;
}

/* §4.6.1: mask interrupts, reset, mask again; 1 us before the next access. */
static int
reset(struct intel_nic *d)
{
	int err;

	intel_write(d, E1000_IMC, 0xffffffff);
	intel_write(d, E1000_RCTL, 0);
	intel_write(d, E1000_TCTL, TCTL_PSP);
	err = intel_reset(d, INTEL_CTRL_RST);
	intel_write(d, E1000_IMC, 0xffffffff);
	intel_read(d, E1000_ICR);
	return err;
}

static void
setup(struct intel_nic *d)
{
	intel_mac(d, E1000_RAL);
	intel_write(d, E1000_RAH, intel_read(d, E1000_RAH) | RAH_AV);
	intel_write(d, INTEL_CTRL,
	    (intel_read(d, INTEL_CTRL) | CTRL_SLU) & ~CTRL_PHY_RST);
	for (u32 i = 0; i < MTA_WORDS; i++)
		intel_write(d, E1000_MTA + 4 * i, 0);
	intel_write(d, E1000_TIPG, TIPG_VALUE);
	intel_write(d, E1000_ITR, 0);
}

static void
op_info(struct nic *nic, struct nic_info *info)
{
	struct e1000 *e = self(nic);

	*info = (struct nic_info){ .name = "e1000e", .driver = "e1000e",
		.queues = 1, .features = NIC_TX_GATHER | NIC_IRQ,
		.frame_max = FRAME_MAX };
	if (!e->cause) {
		info->features = NIC_TX_GATHER;
		info->name[5] = info->driver[5] = 0;
	}
	intel_link(&e->d, info);
}

static void
start_rings(struct intel_nic *d, struct nic_queue *q)
{
	q->rx_regs = d->regs + E1000_RX;
	q->tx_regs = d->regs + E1000_TX;
	/* §4.6.5 receive initialisation */
	intel_ring_start(q->rx_regs, q->rx, q->rx_mask);
	intel_write(d, E1000_RDTR, 0);
	intel_write(d, E1000_RX + INTEL_XDCTL, XDCTL_GRAN);
	if (self(&d->nic)->cause)
		intel_write(d, E1000_RFCTL, RFCTL_EXSTEN);
	/* BSIZE 00: 2048-byte buffers */
	intel_write(d, E1000_RCTL, RCTL_EN | RCTL_BAM | RCTL_SECRC);
	/* §4.6.6 transmit initialisation */
	intel_ring_start(q->tx_regs, q->tx, q->tx_mask);
	intel_write(d, E1000_TX + INTEL_XDCTL, XDCTL_GRAN);
	intel_write(d, E1000_TCTL, TCTL_EN | TCTL_PSP | 15 << TCTL_CT_SHIFT |
	    63 << TCTL_COLD_SHIFT);
}

static int
op_queue_open(struct nic *nic, u16 index, u16 rx, u16 tx,
    struct nic_queue **out)
{
	struct e1000 *e = self(nic);
	struct nic_queue *q = &e->queue;
	int err;

	if (index > 0)
		return ERR_INVAL;
	if (q->open)
		return ERR_BUSY;
	*q = (struct nic_queue){ .dev = &e->d };
	err = intel_rings_alloc(q, rx, tx);
	if (err)
		return err;
	start_rings(&e->d, q);
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

/* -- 8254x: legacy descriptors ------------------------------------------- */

/* 8254x manual §3.2.3: length and sum stand where status is otherwise, and
 * status and errors in place of the length. */
static bool
legacy_is_done(const volatile struct intel_rx *r)
{
	return r->len & INTEL_RX_DD;
}

static bool
legacy_is_idle(const struct nic_queue *q)
{
	return q->rx_next == q->rx_tail || !legacy_is_done(&q->rx[q->rx_next]);
}

static int
legacy_rx_batch(struct nic_queue *q, struct nic_rx *rx, int n)
{
	int done = 0;
	u32 i = q->rx_next;

	for (; done < n && i != q->rx_tail; done++, i = (i + 1) & q->rx_mask) {
		volatile struct intel_rx *r = &q->rx[i];
		u16 status = r->len;

		if (!legacy_is_done(r))
			break;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		r->len = (u16)r->status;
		r->status = (status & LEGACY_STATUS) |
		    (u32)(status & LEGACY_ERRORS) << 16;
	}
	return intel_rx_batch(q, rx, done);
}

/* -- interrupt, statistics, the end --------------------------------------- */

/* A cause that the interrupt does not clear itself is cleared first: frames
 * that have come by then are seen in the ring. */
static bool
op_irq_arm(struct nic_queue *q, bool on)
{
	u32 cause = self(&q->dev->nic)->cause;

	if (on && cause != INT_RXQ0)
		intel_read(q->dev, E1000_ICR);
	intel_write(q->dev, on ? E1000_IMS : E1000_IMC, cause);
	return !intel_is_idle(q);
}

/* §7.4.1: MSI-X vector 0 for receive queue 0, cause cleared by itself. */
static int
op_irq_route(struct nic_queue *q, u8 vector, u32 apic_id)
{
	u32 cause = self(&q->dev->nic)->cause;
	int err = cause ? pci_msix_route(q->dev->pci, 0, vector, apic_id) :
	    ERR_UNSUPP;

	if (err || cause != INT_RXQ0)
		return err;
	intel_write(q->dev, E1000_IVAR, IVAR_RXQ0_VALID);
	intel_write(q->dev, E1000_EIAC, INT_RXQ0);
	return 0;
}

static void
op_stats(struct nic *nic, struct nic_stats *st)
{
	struct intel_nic *d = intel_self(nic);

	d->stats.rx_missed += intel_read(d, E1000_MPC);
	*st = d->stats;
}

static void
op_quiesce(struct nic *nic)
{
	reset(intel_self(nic));
	intel_quiesce(nic);
}

static const struct nic_ops ops = {
	.info = op_info,
	.queue_open = op_queue_open,
	.queue_close = op_queue_close,
	.tx_batch = intel_tx_batch,
	.reclaim = intel_reclaim,
	.rx_post = intel_rx_post,
	.rx_batch = intel_rx_batch,
	.is_idle = intel_is_idle,
	.queue_reclaim = intel_queue_reclaim,
	.filter_add = intel_no_filter,
	.filter_del = intel_no_filter,
	.irq_arm = op_irq_arm,
	.irq_route = op_irq_route,
	.stats = op_stats,
	.quiesce = op_quiesce,
};

static const struct nic_ops legacy_ops = {
	.info = op_info,
	.queue_open = op_queue_open,
	.queue_close = op_queue_close,
	.tx_batch = intel_tx_batch,
	.reclaim = intel_reclaim,
	.rx_post = intel_rx_post,
	.rx_batch = legacy_rx_batch,
	.is_idle = legacy_is_idle,
	.queue_reclaim = intel_queue_reclaim,
	.filter_add = intel_no_filter,
	.filter_del = intel_no_filter,
	.irq_arm = op_irq_arm,
	.irq_route = op_irq_route,
	.stats = op_stats,
	.quiesce = op_quiesce,
};

static int
probe(const struct pci_dev *pci, struct nic **out)
{
	struct e1000 *e = dma_alloc(sizeof(*e));
	int err;

	if (!e)
		return ERR_NOMEM;
	e->d.nic.ops = &ops;
	e->d.rx_bad = RX_ERRORS;
	e->cause = INT_RXT0;
	if (pci->device == ID_82574L || pci->device == ID_82574LA)
		e->cause = INT_RXQ0;
	if (driver_is_for(e1000_driver.ids, pci)) {
		e->d.nic.ops = &legacy_ops;
		e->cause = 0;
	}
	err = intel_open(&e->d, pci, BAR_BYTES);
	if (!err)
		err = reset(&e->d);
	if (err)
		return err;
	setup(&e->d);
	*out = &e->d.nic;
	return 0;
}

static const struct pci_id e1000_ids[] = {
	{ 0x8086, 0x100e },    /* 82540EM */
	{ 0x8086, 0x1015 },    /* 82540EM, mobile */
	{ 0x8086, 0x100c },    /* 82544GC */
	{ 0x8086, 0x100f },    /* 82545EM */
	{ 0x8086, 0x1026 },    /* 82545GM */
	{ 0x8086, 0x1010 },    /* 82546EB */
	{ 0x8086, 0x1079 },    /* 82546GB */
	{ 0x8086, 0x1013 },    /* 82541EI */
	{ 0x8086, 0x1076 },    /* 82541GI */
	{ 0x8086, 0x1078 },    /* 82541ER */
	{ 0x8086, 0x1019 },    /* 82547EI */
	{ 0x8086, 0x1075 },    /* 82547GI */
	{ 0, 0 },
};

static const struct pci_id e1000e_ids[] = {
	{ 0x8086, ID_82574L },
	{ 0x8086, ID_82574LA },
	{ 0x8086, 0x105e },    /* 82571EB */
	{ 0x8086, 0x10b9 },    /* 82572EI */
	{ 0x8086, 0x109a },    /* 82573L */
	{ 0x8086, 0x150c },    /* 82583V */
	{ 0x8086, 0x1502 },    /* 82579LM */
	{ 0x8086, 0x1503 },    /* 82579V */
	{ 0x8086, 0x153a },    /* I217-LM */
	{ 0x8086, 0x153b },    /* I217-V */
	{ 0x8086, 0x15a2 },    /* I218-LM */
	{ 0x8086, 0x15a3 },    /* I218-V */
	{ 0x8086, 0x156f },    /* I219-LM */
	{ 0x8086, 0x1570 },    /* I219-V */
	{ 0x8086, 0x15b7 },    /* I219-LM, second */
	{ 0x8086, 0x15b8 },    /* I219-V, second */
	{ 0, 0 },
};

const struct nic_driver e1000_driver = { "e1000", e1000_ids, probe };
const struct nic_driver e1000e_driver = { "e1000e", e1000e_ids, probe };
