/* igb.c - Intel 82576, 82580, I350 and I210: four queues. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/net/igb_regs.h"

#include "drivers/net/intel.h"
#include "kernel/clock.h"
#include "kernel/dma.h"
#include "kernel/driver.h"
#include "kernel/lib/err.h"
#include "kernel/mmio.h"

/*
 * intel.c has the rings. Section numbers: Intel 82576 datasheet; the others
 * differ in where an interrupt's vector stands.
 *
 * All frames go to queue 0: QEMU's 82576 takes port filters and does not heed
 * them, so none are offered. A queue without buffers drops what comes: it holds
 * up no other. The receive half of a queue starts with the first buffer that is
 * posted, which says how long the buffers are: whole KiB.
 */

enum {
	QUEUES = 4,                    /* the I210 has no more */
	FRAME_MAX = 1514,
	MTA_WORDS = 128,
	KIB_MAX = 16,
	EEPROM_US_MAX = 20000,
	LINK_US = 20000,               /* for the MAC to see the PHY's */
	BAR_BYTES = 0x20000,
	ID_82576_FIRST = 0x10c9,       /* to 0x10e8, and 0x150a to 0x150d */
	ID_82576_LAST = 0x150d,
};

struct igb {
	struct intel_nic d;            /* first */
	struct nic_queue queue[QUEUES];
};

static struct igb *
self(struct nic *nic)
{
	return (struct igb *)nic;
}

/* §4.6.2 and §4.6.3: mask, reset, mask again, wait for the EEPROM. */
static int
reset(struct intel_nic *d)
{
	int err;

	intel_write(d, IGB_EIMC, ~0u);
	intel_write(d, IGB_IMC, ~0u);
	intel_write(d, IGB_RCTL, 0);
	intel_write(d, IGB_TCTL, TCTL_PSP);
	err = intel_reset(d, INTEL_CTRL_RST);
	/* Some boards have none and never say so. */
	mmio_wait32(d->regs + IGB_EECD, EECD_AUTO_RD, EECD_AUTO_RD,
	    EEPROM_US_MAX);
	intel_write(d, IGB_EIMC, ~0u);
	intel_write(d, IGB_IMC, ~0u);
	return err;
}

/* What all queues share; reset values hold for the rest. */
static void
setup(struct intel_nic *d)
{
	intel_mac(d, IGB_RAL);
	intel_write(d, IGB_RAL + 4, intel_read(d, IGB_RAL + 4) | RAH_AV);
	intel_write(d, INTEL_CTRL, intel_read(d, INTEL_CTRL) | CTRL_SLU);
	for (u32 i = 0; i < MTA_WORDS; i++)
		intel_write(d, IGB_MTA + 4 * i, 0);
	intel_write(d, IGB_MRQC, 0);
	intel_write(d, IGB_RCTL, RCTL_EN | RCTL_BAM | RCTL_SECRC);
	intel_write(d, IGB_TCTL, TCTL_EN | TCTL_PSP | 15 << TCTL_CT_SHIFT);
}

/* §3.5.7.8: the PHY keeps its link over a reset of the MAC. If it has none it
 * may be asleep. */
static void
start_link(struct intel_nic *d)
{
	if (mmio_wait32(d->regs + INTEL_STATUS, INTEL_STATUS_LU,
		INTEL_STATUS_LU, LINK_US) != 0)
		intel_write(d, IGB_MDIC, MDIC_NEGOTIATE);
}

static void
op_info(struct nic *nic, struct nic_info *info)
{
	*info = (struct nic_info){ .name = "igb", .driver = "igb",
		.queues = QUEUES, .features = NIC_TX_GATHER | NIC_IRQ,
		.frame_max = FRAME_MAX };
	intel_link(intel_self(nic), info);
}

/* -- queues ----------------------------------------------------------------- */

static int
op_queue_open(struct nic *nic, u16 index, u16 rx, u16 tx,
    struct nic_queue **out)
{
	struct igb *x = self(nic);
	struct nic_queue *q;
	int err;

	if (index >= QUEUES)
		return ERR_INVAL;
	q = &x->queue[index];
	if (q->open)
		return ERR_BUSY;
	*q = (struct nic_queue){ .dev = &x->d, .index = index,
		.rx_regs = x->d.regs + IGB_RX + IGB_STRIDE * index,
		.tx_regs = x->d.regs + IGB_TX + IGB_STRIDE * index };
	err = intel_rings_alloc(q, rx, tx);
	if (err)
		return err;
	intel_ring_start(q->tx_regs, q->tx, q->tx_mask);
	err = intel_ring_enable(q->tx_regs, INTEL_XDCTL_ENABLE);
	if (err)
		return err;
	q->rx_bytes = 0;
	q->open = true;
	*out = q;
	return 0;
}

/* If the device does not obey it is reset, and then the other queues stand
 * still until they are closed and opened, too. */
static void
op_queue_close(struct nic_queue *q)
{
	if (intel_rings_stop(q) != 0) {
		reset(q->dev);
		setup(q->dev);
	}
	q->open = false;
}

/* §4.6.9.1 */
static int
start_rx(struct nic_queue *q, u32 len)
{
	u32 kib = MIN(len / 1024, (u32)KIB_MAX);

	q->rx_bytes = kib * 1024;
	mmio_write32(q->rx_regs + IGB_SRRCTL,
	    kib | SRRCTL_ADVANCED | SRRCTL_DROP_EN);
	intel_ring_start(q->rx_regs, q->rx, q->rx_mask);
	return intel_ring_enable(q->rx_regs, INTEL_XDCTL_ENABLE);
}

static int
op_rx_post(struct nic_queue *q, void *buf, u32 len, void *cookie)
{
	int err = len < 1024 ? ERR_INVAL : 0;

	if (!err && !q->rx_bytes)
		err = start_rx(q, len);
	return err ? err : intel_rx_post(q, buf, len, cookie);
}

/* -- interrupts, statistics, the end ---------------------------------------- */

static bool
op_irq_arm(struct nic_queue *q, bool on)
{
	intel_write(q->dev, on ? IGB_EIMS : IGB_EIMC, 1u << q->index);
	return !intel_is_idle(q);
}

/* §7.3.1.2: queue i's receive cause is MSI-X vector i, cleared by itself. The
 * 82576 has a register for queues i and i + 8, the others for two neighbours. */
static int
op_irq_route(struct nic_queue *q, u8 vector, u32 apic_id)
{
	u16 id = q->dev->pci->device;
	u32 i = q->index, reg = i, shift = 0, ivar;
	int err = pci_msix_route(q->dev->pci, (u16)i, vector, apic_id);

	if (err)
		return err;
	if (id < ID_82576_FIRST || id > ID_82576_LAST) {
		reg = i / 2;
		shift = i % 2 * 16;
	}
	reg = IGB_IVAR + 4 * reg;
	intel_write(q->dev, IGB_GPIE, GPIE_MSIX | GPIE_NSICR | GPIE_PBA);
	intel_write(q->dev, IGB_EIAC, intel_read(q->dev, IGB_EIAC) | 1u << i);
	ivar = intel_read(q->dev, reg) & ~(0xffu << shift);
	intel_write(q->dev, reg, ivar | (IVAR_VALID | i) << shift);
	return 0;
}

static void
op_stats(struct nic *nic, struct nic_stats *st)
{
	struct intel_nic *d = intel_self(nic);

	d->stats.rx_missed += intel_read(d, IGB_MPC);
	*st = d->stats;
}

static const struct nic_ops ops = {
	.info = op_info,
	.queue_open = op_queue_open,
	.queue_close = op_queue_close,
	.tx_batch = intel_tx_batch,
	.reclaim = intel_reclaim,
	.rx_post = op_rx_post,
	.rx_batch = intel_rx_batch,
	.is_idle = intel_is_idle,
	.queue_reclaim = intel_queue_reclaim,
	.filter_add = intel_no_filter,
	.filter_del = intel_no_filter,
	.irq_arm = op_irq_arm,
	.irq_route = op_irq_route,
	.stats = op_stats,
	.quiesce = intel_quiesce,
};

static int
probe(const struct pci_dev *pci, struct nic **out)
{
	struct igb *x = dma_alloc(sizeof(*x));
	int err;

	if (!x)
		return ERR_NOMEM;
	x->d.nic.ops = &ops;
	x->d.tx_cmd = INTEL_TX_DEXT | INTEL_TX_DATA;
	x->d.rx_bad = RX_RXE;
	err = intel_open(&x->d, pci, BAR_BYTES);
	if (!err)
		err = reset(&x->d);
	if (err)
		return err;
	setup(&x->d);
	start_link(&x->d);
	*out = &x->d.nic;
	return 0;
}

static const struct pci_id ids[] = {
	{ 0x8086, 0x10c9 },    /* 82576 */
	{ 0x8086, 0x10e6 },    /* 82576 fibre */
	{ 0x8086, 0x10e7 },    /* 82576 SerDes */
	{ 0x8086, 0x10e8 },    /* 82576, four ports */
	{ 0x8086, 0x150a },    /* 82576NS */
	{ 0x8086, 0x150d },    /* 82576 SerDes, four ports */
	{ 0x8086, 0x150e },    /* 82580 */
	{ 0x8086, 0x1521 },    /* I350 */
	{ 0x8086, 0x1522 },    /* I350 fibre */
	{ 0x8086, 0x1523 },    /* I350 SerDes */
	{ 0x8086, 0x1533 },    /* I210 */
	{ 0x8086, 0x1536 },    /* I210 fibre */
	{ 0x8086, 0x1539 },    /* I211 */
	{ 0x8086, 0x1f41 },    /* I354 */
	{ 0, 0 },
};

const struct nic_driver igb_driver = { "igb", ids, probe };
