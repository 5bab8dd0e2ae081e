/* ixgbe.c - Intel 82599, X540 and X550: many queues, filters, sums, jumbo. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/net/ixgbe_regs.h"

#include "drivers/net/intel.h"
#include "kernel/clock.h"
#include "kernel/dma.h"
#include "kernel/driver.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "kernel/mmio.h"

/*
 * intel.c has the rings. Section numbers: Intel 82599 datasheet.
 *
 * A queue's transmit half starts with queue_open; its first descriptor tells
 * the device where the sums of Ethernet, IPv4 and UDP stand, once for all
 * frames. The receive half starts with the first buffer that is posted, which
 * says how long the buffers are: whole KiB, frames longer than that are torn
 * and come as errors.
 *
 * A filter sends a UDP port's frames to its queue. All others are spread by
 * their hash over the open queues, of the first 16, that no filter names;
 * over queue 0 if there is none. A queue without buffers drops what comes: it
 * holds up no other.
 *
 * Closing a queue leaves the link and the other queues alone. If the device
 * does not obey in time, it is reset, with its filters, and then the others
 * stand still until they are closed and opened, too. A device that is gone
 * reads as ones: waits end at their bounds, there is no link, and the next
 * open begins with a reset.
 */

enum {
	QUEUES = 64,
	QUEUES_RSS = 16,
	QUEUES_IRQ = 16,               /* EIAC names no more */
	FILTERS = 128,
	FRAME_MAX = 9018,
	FCS_BYTES = 4,
	RESET_US = 10000,              /* §4.6.3.2 */
	EEPROM_US_MAX = 100000,
	QUEUE_US_MAX = 10000,          /* §4.6.7.1: a few in practice */
	DRAIN_US = 100,                /* §4.6.7.1.2: memory is still written */
	BAR_BYTES = 0x20000,
};
#define RSS_KEY 0x6d5a6d5au            /* both directions hash alike */

struct ixgbe {
	struct intel_nic d;            /* first */
	bool sick;                     /* a reset failed: it must be done */
	struct nic_filter filter[FILTERS];
	u8 steered[QUEUES];            /* how many filters name it */
	struct nic_queue queue[QUEUES];
};

static struct ixgbe *
self(struct nic *nic)
{
	return (struct ixgbe *)nic;
}

/* -- the whole device ------------------------------------------------------- */

/* §4.6.3: mask, reset, mask again, wait for EEPROM and DMA. The link stays up
 * if it is: without LRST the MAC keeps it. */
static int
reset(struct intel_nic *d)
{
	bool up = intel_read(d, IXGBE_LINKS) & LINKS_UP;
	int err;

	for (int i = 0; i < 2; i++) {
		intel_write(d, IXGBE_EIMC, 0x7fffffff);
		intel_write(d, IXGBE_EIMC_EX, 0xffffffff);
		intel_write(d, IXGBE_EIMC_EX + 4, 0xffffffff);
		if (i > 0)
			break;
		err = intel_reset(d, INTEL_CTRL_RST | (up ? 0 : CTRL_LRST));
		clock_delay_us(RESET_US);
	}
	intel_read(d, IXGBE_EICR);
	if (!err)
		err = mmio_wait32(d->regs + IXGBE_EEC, EEC_ARD, EEC_ARD,
		    EEPROM_US_MAX);
	if (!err)
		err = mmio_wait32(d->regs + IXGBE_RDRXCTL, RDRXCTL_DMAIDONE,
		    RDRXCTL_DMAIDONE, EEPROM_US_MAX);
	return err;
}

static void
change(struct intel_nic *d, u32 reg, u32 clear, u32 set)
{
	intel_write(d, reg, (intel_read(d, reg) & ~clear) | set);
}

/* §4.6.7 and §4.6.8, what all queues share; reset values hold for the rest. */
static void
setup(struct intel_nic *d)
{
	intel_mac(d, IXGBE_RAL);
	for (u32 i = 0; i < 4 * FILTERS; i += 4) {
		intel_write(d, IXGBE_MTA + i, 0);
		intel_write(d, IXGBE_FTQF + i, 0);
	}
	for (u32 i = 0; i < 40; i += 4)
		intel_write(d, IXGBE_RSSRK + i, RSS_KEY);
	intel_write(d, IXGBE_PSRTYPE, 0);
	intel_write(d, IXGBE_RXCSUM, RXCSUM_PCSD);
	intel_write(d, IXGBE_MRQC, MRQC_RSS | MRQC_IPV4 | MRQC_UDP4);
	intel_write(d, IXGBE_FCTRL, FCTRL_BAM);
	change(d, IXGBE_HLREG0, 0, HLREG0_JUMBOEN);
	intel_write(d, IXGBE_MAXFRS, (FRAME_MAX + FCS_BYTES) << MAXFRS_SHIFT);
	change(d, IXGBE_RDRXCTL, RDRXCTL_RSCFRSTSIZE, RDRXCTL_CRCSTRIP);
	change(d, IXGBE_CTRL_EXT, 0, CTRL_EXT_NS_DIS);
	/* §4.6.11.3: the limit may change while the arbiter is off. */
	change(d, IXGBE_RTTDCS, 0, RTTDCS_ARBDIS);
	intel_write(d, IXGBE_DTXMXSZRQ, 0xfff);
	change(d, IXGBE_RTTDCS, RTTDCS_ARBDIS, 0);
	change(d, IXGBE_DMATXCTL, 0, DMATXCTL_TE);
	intel_write(d, IXGBE_RXCTRL, RXCTRL_RXEN);
}

/* §4.6.4: an SFP+ cage wants its transmitter on and 10G serial; backplanes
 * and the PHYs of X540 and X550 find their link alone. */
static void
start_link(struct intel_nic *d)
{
	u16 id = d->pci->device;

	if (id != 0x10fb && id != 0x1557 && id != 0x154d)
		return;
	change(d, IXGBE_ESDP, ESDP_SDP3, ESDP_SDP3_OUT);
	if (!(intel_read(d, IXGBE_LINKS) & LINKS_UP))
		change(d, IXGBE_AUTOC, AUTOC_LMS_MASK,
		    AUTOC_LMS_10G_SERIAL | AUTOC_RESTART);
}

static void
op_info(struct nic *nic, struct nic_info *info)
{
	static const u16 mbps[4] = { 0, 100, 1000, 10000 };
	struct intel_nic *d = intel_self(nic);
	u32 links = intel_read(d, IXGBE_LINKS);

	*info = (struct nic_info){ .name = "ixgbe", .driver = "ixgbe",
		.queues = QUEUES, .features = NIC_TX_GATHER |
		    NIC_TX_UDP_CSUM | NIC_RX_UDP_CSUM | NIC_FILTERS |
		    NIC_RX_SPLIT | NIC_IRQ,
		.frame_max = FRAME_MAX };
	if ((links & LINKS_UP) && links != ~0u)
		info->link_mbps = mbps[(links >> LINKS_SPEED_SHIFT) & 3];
	memcpy(info->mac, d->mac, 6);
}

/* -- who gets which frame --------------------------------------------------- */

static void
spread(struct ixgbe *x)
{
	u32 n = 0, word = 0;
	u8 to[QUEUES_RSS] = { 0 };

	for (u32 i = 0; i < QUEUES_RSS; i++)
		if (x->queue[i].open && !x->steered[i])
			to[n++] = (u8)i;
	for (u32 i = 0; i < 128; i++) {
		word = word >> 8 | (u32)to[n ? i % n : 0] << 24;
		if (i % 4 == 3)
			intel_write(&x->d, IXGBE_RETA + (i & ~3u), word);
	}
}

/* §7.1.2.5: UDP, any address, any source. The port stands in wire order. */
static void
steer(struct ixgbe *x, u32 i)
{
	const struct nic_filter *f = &x->filter[i];

	intel_write(&x->d, IXGBE_SDPQF + 4 * i,
	    (u32)__builtin_bswap16(f->udp_port) << 16);
	intel_write(&x->d, IXGBE_L34TIMIR + 4 * i,
	    L34TIMIR_ONE | (u32)f->queue << L34TIMIR_QUEUE_SHIFT);
	intel_write(&x->d, IXGBE_FTQF + 4 * i, f->udp_port ? FTQF_UDP |
	    FTQF_PRIORITY | FTQF_NO_ADDR | FTQF_NO_SPORT | FTQF_NO_POOL |
	    FTQF_ON : 0);
}

static int
op_filter_add(struct nic *nic, const struct nic_filter *f)
{
	struct ixgbe *x = self(nic);
	u32 i = 0;

	if (f->queue >= QUEUES || !f->udp_port)
		return ERR_INVAL;
	while (i < FILTERS && x->filter[i].udp_port)
		i++;
	if (i == FILTERS)
		return ERR_NOMEM;
	x->filter[i] = *f;
	x->steered[f->queue]++;
	steer(x, i);
	spread(x);
	return 0;
}

static int
op_filter_del(struct nic *nic, const struct nic_filter *f)
{
	struct ixgbe *x = self(nic);

	for (u32 i = 0; i < FILTERS; i++) {
		if (memcmp(&x->filter[i], f, sizeof(*f)) != 0)
			continue;
		x->filter[i].udp_port = 0;
		steer(x, i);
		x->steered[f->queue]--;
		spread(x);
		return 0;
	}
	return ERR_INVAL;
}

/* -- queues ----------------------------------------------------------------- */

/* §4.6.7.1, §4.6.8.1: ENABLE reads as written once the device has obeyed. */
static int
enable(volatile u8 *regs, u32 on, u32 rest)
{
	mmio_write32(regs + INTEL_XDCTL, on | rest);
	return mmio_wait32(regs + INTEL_XDCTL, XDCTL_ENABLE, on,
	    QUEUE_US_MAX);
}

static int
start_tx(struct nic_queue *q)
{
	int err;

	intel_ring_start(q->tx_regs, q->tx, q->tx_mask);
	err = enable(q->tx_regs, XDCTL_ENABLE, TXDCTL_PTHRESH | TXDCTL_HTHRESH);
	/* §7.2.3.2.3: one context, number 0, holds for every frame. */
	q->tx[0].addr = CONTEXT_MACLEN | CONTEXT_IPLEN;
	q->tx[0].cmd = INTEL_TX_DEXT | CONTEXT_DTYP | CONTEXT_IPV4;
	q->tx_next = q->tx_done = 1;
	return err;
}

/* `how`: SRRCTL's descriptor type. */
static int
start_rx(struct nic_queue *q, u32 len, u32 how)
{
	u32 kib = MIN(len / 1024, (u32)SRRCTL_KIB_MAX);

	q->rx_bytes = kib * 1024;
	intel_ring_start(q->rx_regs, q->rx, q->rx_mask);
	mmio_write32(q->rx_regs + IXGBE_DCA_RXCTRL,
	    mmio_read32(q->rx_regs + IXGBE_DCA_RXCTRL) & ~DCA_RXCTRL_ONE);
	mmio_write32(q->rx_regs + IXGBE_SRRCTL,
	    kib | how | SRRCTL_DROP_EN);
	return enable(q->rx_regs, XDCTL_ENABLE, 0);
}

/* The whole device, its filters too; its queues are closed then. */
static void
start_over(struct ixgbe *x)
{
	x->sick = reset(&x->d) != 0;
	setup(&x->d);
	for (u32 i = 0; i < FILTERS; i++)
		steer(x, i);
}

static int
op_queue_open(struct nic *nic, u16 index, u16 rx, u16 tx,
    struct nic_queue **out)
{
	struct ixgbe *x = self(nic);
	struct nic_queue *q;
	int err;

	if (index >= QUEUES)
		return ERR_INVAL;
	q = &x->queue[index];
	if (q->open)
		return ERR_BUSY;
	if (x->sick)
		start_over(x);
	if (x->sick)
		return ERR_TIMEOUT;
	q->dev = &x->d;
	q->index = index;
	q->rx_regs = x->d.regs + IXGBE_RX + IXGBE_STRIDE * index;
	q->tx_regs = x->d.regs + IXGBE_TX + IXGBE_STRIDE * index;
	err = intel_rings_alloc(q, rx, tx);
	if (!err)
		err = start_tx(q);
	if (err)
		return err;
	q->rx_bytes = 0;
	q->open = true;
	spread(x);
	*out = q;
	return 0;
}

static void
op_queue_close(struct nic_queue *q)
{
	struct ixgbe *x = self(&q->dev->nic);
	int tx = enable(q->tx_regs, 0, 0), rx = enable(q->rx_regs, 0, 0);

	clock_delay_us(DRAIN_US);
	if (tx || rx)
		start_over(x);
	q->open = false;
	spread(x);
}

static int
op_rx_post(struct nic_queue *q, void *buf, u32 len, void *cookie)
{
	int err = len < 1024 ? ERR_INVAL : 0;

	if (!err && !q->rx_bytes)
		err = start_rx(q, len, SRRCTL_ADVANCED);
	return err ? err : intel_rx_post(q, buf, len, cookie);
}

/* §7.1.10: no packet type is parsed (PSRTYPE), so the head is what fits. */
static int
op_rx_post_split(struct nic_queue *q, void *head, void *buf, u32 len,
    void *cookie)
{
	int err = len % 1024 || len / 1024 > SRRCTL_KIB_MAX ? ERR_INVAL : 0;

	if (!err && !q->rx_bytes)
		err = start_rx(q, len, SRRCTL_SPLIT);
	return err ? err : intel_rx_post_split(q, head, buf, len, cookie);
}

/* -- interrupts, statistics, the end ---------------------------------------- */

static bool
op_irq_arm(struct nic_queue *q, bool on)
{
	/* A core that never sleeps disarms over and over: that is free. */
	if (q->armed != on)
		intel_write(q->dev, on ? IXGBE_EIMS : IXGBE_EIMC,
		    1u << q->index);
	q->armed = on;
	return !intel_is_idle(q);
}

/* §7.3.4: queue i's receive cause is MSI-X vector i, cleared by itself. */
static int
op_irq_route(struct nic_queue *q, u8 vector, u32 apic_id)
{
	u32 i = q->index, shift = i % 2 * 16;
	int err = i < QUEUES_IRQ ?
	    pci_msix_route(q->dev->pci, (u16)i, vector, apic_id) : ERR_UNSUPP;

	if (err)
		return err;
	intel_write(q->dev, IXGBE_GPIE, GPIE_MSIX | GPIE_PBA);
	change(q->dev, IXGBE_EIAC, 0, 1u << i);
	change(q->dev, IXGBE_IVAR + i / 2 * 4, 0xffu << shift,
	    (IVAR_VALID | i) << shift);
	return 0;
}

static void
op_stats(struct nic *nic, struct nic_stats *st)
{
	struct intel_nic *d = intel_self(nic);

	d->stats.rx_missed += intel_read(d, IXGBE_RXMPC);
	for (u32 i = 0; i < QUEUES_RSS; i++)
		d->stats.rx_missed += intel_read(d, IXGBE_QPRDC +
		    IXGBE_STRIDE * i);
	*st = d->stats;
}

static const struct nic_ops ops = {
	.info = op_info,
	.queue_open = op_queue_open,
	.queue_close = op_queue_close,
	.tx_batch = intel_tx_batch,
	.reclaim = intel_reclaim,
	.rx_post = op_rx_post,
	.rx_post_split = op_rx_post_split,
	.rx_batch = intel_rx_batch,
	.is_idle = intel_is_idle,
	.queue_reclaim = intel_queue_reclaim,
	.filter_add = op_filter_add,
	.filter_del = op_filter_del,
	.irq_arm = op_irq_arm,
	.irq_route = op_irq_route,
	.stats = op_stats,
	.quiesce = intel_quiesce,
};

static int
probe(const struct pci_dev *pci, struct nic **out)
{
	struct ixgbe *x = dma_alloc(sizeof(*x));
	int err;

	if (!x)
		return ERR_NOMEM;
	x->d.nic.ops = &ops;
	x->d.tx_cmd = INTEL_TX_DEXT | INTEL_TX_DATA;
	/* Not L4E: a UDP frame without a sum may be marked (82599 specification
	 * update), and ours carry their own. */
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
	{ 0x8086, 0x10f7 },    /* 82599 KX4 */
	{ 0x8086, 0x10f8 },    /* 82599 backplane */
	{ 0x8086, 0x10fb },    /* 82599 SFP+ */
	{ 0x8086, 0x1517 },    /* 82599 KR */
	{ 0x8086, 0x154d },    /* 82599 SFP+, dual */
	{ 0x8086, 0x1557 },    /* 82599EN SFP+ */
	{ 0x8086, 0x1528 },    /* X540-AT2 */
	{ 0x8086, 0x1560 },    /* X540-AT1 */
	{ 0x8086, 0x1563 },    /* X550-AT2 */
	{ 0x8086, 0x15d1 },    /* X550-AT */
	{ 0, 0 },
};

const struct nic_driver ixgbe_driver = { "ixgbe", ids, probe };
