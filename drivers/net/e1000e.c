/* e1000e.c - Intel 82574L: one queue pair, rings as intel.c has them. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/net/e1000e_regs.h"
#include "drivers/net/intel.h"
#include "kernel/dma.h"
#include "kernel/driver.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"

/* intel.c has the rings. Section numbers: Intel 82574 datasheet. */

enum {
	FRAME_MAX = 1514,
	MTA_WORDS = 128,
	TIPG_VALUE = 0x00602006,       /* §10.2.6.3, copper */
	BAR_BYTES = 0x20000,
};
#define RX_ERRORS 0xff000000u          /* §7.1.5.2, extended errors */

struct e1000e {
	struct intel_nic d;            /* first */
	struct nic_queue queue;
};

/* §4.6.1: mask interrupts, reset, mask again; 1 us before the next access. */
static int
reset(struct intel_nic *d)
{
	int err;

	intel_write(d, E1000E_IMC, 0xffffffff);
	intel_write(d, E1000E_RCTL, 0);
	intel_write(d, E1000E_TCTL, TCTL_PSP);
	err = intel_reset(d, INTEL_CTRL_RST);
	intel_write(d, E1000E_IMC, 0xffffffff);
	intel_read(d, E1000E_ICR);
	return err;
}

static void
setup(struct intel_nic *d)
{
	intel_mac(d, E1000E_RAL);
	intel_write(d, E1000E_RAH, intel_read(d, E1000E_RAH) | RAH_AV);
	intel_write(d, INTEL_CTRL,
	    (intel_read(d, INTEL_CTRL) | CTRL_SLU) & ~CTRL_PHY_RST);
	for (u32 i = 0; i < MTA_WORDS; i++)
		intel_write(d, E1000E_MTA + 4 * i, 0);
	intel_write(d, E1000E_TIPG, TIPG_VALUE);
	intel_write(d, E1000E_ITR, 0);
}

static void
op_info(struct nic *nic, struct nic_info *info)
{
	static const u16 mbps[4] = { 10, 100, 1000, 1000 };
	struct intel_nic *d = intel_self(nic);
	u32 status = intel_read(d, INTEL_STATUS);

	*info = (struct nic_info){ .name = "e1000e", .driver = "e1000e",
		.queues = 1, .features = NIC_TX_GATHER | NIC_IRQ,
		.frame_max = FRAME_MAX };
	if (status & STATUS_LU)
		info->link_mbps = mbps[(status >> STATUS_SPEED_SHIFT) & 3];
	memcpy(info->mac, d->mac, 6);
}

static void
start_rings(struct intel_nic *d, struct nic_queue *q)
{
	q->rx_regs = d->regs + E1000E_RX;
	q->tx_regs = d->regs + E1000E_TX;
	/* §4.6.5 receive initialisation */
	intel_ring_start(q->rx_regs, q->rx, q->rx_mask);
	intel_write(d, E1000E_RDTR, 0);
	intel_write(d, E1000E_RX + INTEL_XDCTL, XDCTL_GRAN);
	intel_write(d, E1000E_RFCTL, RFCTL_EXSTEN);
	/* BSIZE 00: 2048-byte buffers */
	intel_write(d, E1000E_RCTL, RCTL_EN | RCTL_BAM | RCTL_SECRC);
	/* §4.6.6 transmit initialisation */
	intel_ring_start(q->tx_regs, q->tx, q->tx_mask);
	intel_write(d, E1000E_TX + INTEL_XDCTL, XDCTL_GRAN);
	intel_write(d, E1000E_TCTL, TCTL_EN | TCTL_PSP | 15 << TCTL_CT_SHIFT |
	    63 << TCTL_COLD_SHIFT);
}

static int
op_queue_open(struct nic *nic, u16 index, u16 rx, u16 tx,
    struct nic_queue **out)
{
	struct e1000e *e = (struct e1000e *)nic;
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
	intel_write(q->dev, on ? E1000E_IMS : E1000E_IMC, INT_RXQ0);
	return !intel_is_idle(q);
}

/* §7.4.1: MSI-X vector 0 for receive queue 0, cause cleared by itself. */
static int
op_irq_route(struct nic_queue *q, u8 vector, u32 apic_id)
{
	int err = pci_msix_route(q->dev->pci, 0, vector, apic_id);

	if (err)
		return err;
	intel_write(q->dev, E1000E_IVAR, IVAR_RXQ0_VALID);
	intel_write(q->dev, E1000E_EIAC, INT_RXQ0);
	return 0;
}

static void
op_stats(struct nic *nic, struct nic_stats *st)
{
	struct intel_nic *d = intel_self(nic);

	d->stats.rx_missed += intel_read(d, E1000E_MPC);
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
	struct e1000e *e = dma_alloc(sizeof(*e));
	int err;

	if (!e)
		return ERR_NOMEM;
	e->d.nic.ops = &ops;
	e->d.rx_bad = RX_ERRORS;
	err = intel_open(&e->d, pci, BAR_BYTES);
	if (!err)
		err = reset(&e->d);
	if (err)
		return err;
	setup(&e->d);
	*out = &e->d.nic;
	return 0;
}

static const struct pci_id ids[] = {
	{ 0x8086, 0x10d3 },    /* 82574L */
	{ 0x8086, 0x10f6 },    /* 82574LA */
	{ 0, 0 },
};

const struct nic_driver e1000e_driver = { "e1000e", ids, probe };
