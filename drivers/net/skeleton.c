/* skeleton.c - a driver that drives nothing: where to begin a new one. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/dma.h"
#include "kernel/driver.h"
#include "kernel/lib/err.h"
#include "kernel/mmio.h"
#include "net/nic.h"

/*
 * Copy this file, name the prefix after the chip, put its registers into
 * CHIP_regs.h (only those that you use, the datasheet's section beside each),
 * and fill in the methods from top to bottom; net/nic.h says what each must
 * do. Then add the driver to drivers/table.c. It compiles with the kernel so
 * that it cannot fall behind the contract, and no card has its id.
 *
 * Rings: the device owns [head, tail), the driver the rest. Let one entry stay
 * free, so that a full ring differs from an empty one.
 */

enum { SKELETON_RESET = 0x00, SKELETON_RESET_US_MAX = 1000 };

struct nic_queue {
	struct skeleton *dev;
	bool open;
};

struct skeleton {
	struct nic nic;                 /* first: methods cast back */
	const struct pci_dev *pci;
	volatile u8 *regs;
	struct nic_queue queue;
	struct nic_stats stats;
};

static struct skeleton *
self(struct nic *nic)
{
	return (struct skeleton *)nic;
}

static int
reset(struct skeleton *d)
{
	/* Every wait is bounded; the bound is the datasheet's. */
	mmio_write32(d->regs + SKELETON_RESET, 1);
	return mmio_wait32(d->regs + SKELETON_RESET, 1, 0,
	    SKELETON_RESET_US_MAX);
}

static void
op_info(struct nic *nic, struct nic_info *info)
{
	(void)nic;
	/* Features that are not named here are never asked for. */
	*info = (struct nic_info){ .name = "skeleton", .driver = "skeleton",
		.queues = 1, .features = NIC_TX_GATHER, .frame_max = 1514 };
}

static int
op_queue_open(struct nic *nic, u16 index, u16 rx, u16 tx,
    struct nic_queue **out)
{
	struct nic_queue *q = &self(nic)->queue;

	(void)rx;
	(void)tx;
	if (index > 0)
		return ERR_INVAL;
	if (q->open)
		return ERR_BUSY;
	q->dev = self(nic);
	q->open = true;
	*out = q;
	return 0;
}

/* When this returns the device owns no buffer: a reset sees to that. */
static void
op_queue_close(struct nic_queue *q)
{
	reset(q->dev);
	q->open = false;
}

/* Fill descriptors through dma_addr(), then one doorbell for the batch. */
static int
op_tx_batch(struct nic_queue *q, const struct nic_tx *tx, int n)
{
	(void)q;
	(void)tx;
	(void)n;
	return 0;
}

static int
op_reclaim(struct nic_queue *q, void **cookies, int n)
{
	(void)q;
	(void)cookies;
	(void)n;
	return 0;
}

static int
op_rx_post(struct nic_queue *q, void *buf, u32 len, void *cookie)
{
	(void)q;
	(void)buf;
	(void)len;
	(void)cookie;
	return ERR_AGAIN;
}

static int
op_rx_batch(struct nic_queue *q, struct nic_rx *rx, int n)
{
	(void)q;
	(void)rx;
	(void)n;
	return 0;
}

static bool
op_is_idle(const struct nic_queue *q)
{
	(void)q;
	return true;
}

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
	(void)q;
	(void)on;
	return false;
}

static int
op_irq_route(struct nic_queue *q, u8 vector, u32 apic_id)
{
	(void)q;
	(void)vector;
	(void)apic_id;
	return ERR_UNSUPP;
}

static void
op_stats(struct nic *nic, struct nic_stats *st)
{
	*st = self(nic)->stats;
}

static void
op_quiesce(struct nic *nic)
{
	reset(self(nic));
	pci_enable(self(nic)->pci, true, false, false);
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
	struct skeleton *d = dma_alloc(sizeof(*d));
	u64 size;
	int err;

	if (!d)
		return ERR_NOMEM;
	d->nic.ops = &ops;
	d->pci = pci;
	pci_enable(pci, true, false, true);
	d->regs = pci_bar_map(pci, 0, &size);
	if (!d->regs || size < 4096)
		return ERR_IO;
	err = reset(d);
	if (err)
		return err;
	*out = &d->nic;
	return 0;
}

static const struct pci_id ids[] = {
	{ 0, 0 },
};

const struct nic_driver skeleton_driver = { "skeleton", ids, probe };
