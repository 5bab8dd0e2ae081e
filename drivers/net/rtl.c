/* rtl.c - Realtek: RTL8139C+ and the RTL8169 family. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/net/rtl_regs.h"

#include "kernel/clock.h"
#include "kernel/dma.h"
#include "kernel/driver.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "kernel/mmio.h"
#include "net/nic.h"

/*
 * Two rings of descriptors. OWN says whose one is: the device's, or ours; it
 * is written last, and to the pieces of a frame from the last to the first. The
 * numbers of descriptors run freely; a ring's place is their remainder:
 *
 *	rx_taken <= rx_posted <= rx_taken + RING
 *	tx_done  <= tx_next   <= tx_done + RING
 *
 * The 8139 before C+ has rings of bytes instead, and is refused. The 8139 has
 * no interrupt of its own (MSI), so a core is not woken by it.
 */

enum {
	RING = 64,                     /* the 8139C+ has no more */
	FRAME_MAX = 1514,
	FCS_BYTES = 4,
	RX_BYTES = 1536,               /* of each buffer; whole 8 bytes */
	RESET_US_MAX = 10000,
	BAR_BYTES = 0x100,
	REVISION_CPLUS = 0x20,         /* of the 8139, and later */
	PCI_REVISION = 8,
	ID_8139 = 0x8139,
	ID_8168 = 0x8168,
};

struct nic_queue {
	struct rtl *dev;
	volatile struct rtl_desc *rx, *tx;
	struct {
		void *buf, *cookie;
	} rx_buf[RING];
	void *tx_cookie[RING];         /* at a frame's last descriptor */
	u32 rx_posted, rx_taken, tx_next, tx_done;
	bool open;
};

struct rtl {
	struct nic nic;                /* first */
	const struct pci_dev *pci;
	volatile u8 *regs;
	struct nic_stats stats;
	bool is_8139;
	u8 mac[6];
	struct nic_queue queue;
};

static struct rtl *
self(struct nic *nic)
{
	return (struct rtl *)nic;
}

/* -- the whole device ------------------------------------------------------- */

static int
reset(struct rtl *r)
{
	mmio_write16(r->regs + RTL_IMR, 0);
	mmio_write8(r->regs + RTL_CR, CR_RST);
	return mmio_wait8(r->regs + RTL_CR, CR_RST, 0, RESET_US_MAX);
}

static void
set_ring(struct rtl *r, u32 reg, volatile struct rtl_desc *ring)
{
	size_t run;
	u64 addr = dma_addr((const void *)(uintptr_t)ring, 1, &run);

	/* 8169 §2: the high half first. */
	mmio_write32(r->regs + reg + 4, (u32)(addr >> 32));
	mmio_write32(r->regs + reg, (u32)addr);
}

/* 8139C+ §5.21: C+ mode before the rings, the rings before RE and TE. */
static void
start(struct rtl *r)
{
	u16 mode = CPCR_MULRW | CPCR_DAC;

	if (r->is_8139)
		mode |= CPCR_TX_8139 | CPCR_RX_8139;
	mmio_write8(r->regs + RTL_9346CR, EEPROM_UNLOCK);
	mmio_write16(r->regs + RTL_CPCR, mode);
	set_ring(r, RTL_TNPDS, r->queue.tx);
	set_ring(r, RTL_RDSAR, r->queue.rx);
	mmio_write8(r->regs + RTL_CR, CR_RE | CR_TE);
	mmio_write32(r->regs + RTL_MAR, 0);
	mmio_write32(r->regs + RTL_MAR + 4, 0);
	mmio_write32(r->regs + RTL_TCR, TCR_BURST_MAX | TCR_IFG);
	mmio_write32(r->regs + RTL_RCR,
	    RCR_APM | RCR_AB | RCR_BURST_MAX | RCR_NO_THRESHOLD);
	if (!r->is_8139) {
		mmio_write16(r->regs + RTL_RMS, RX_BYTES);
		mmio_write8(r->regs + RTL_MTPS_8169, MTPS_MAX);
	}
	if (r->pci->device == ID_8168)
		mmio_write32(r->regs + RTL_MISC_8168,
		    mmio_read32(r->regs + RTL_MISC_8168) & ~(u32)MISC_RXDV_GATED);
	mmio_write8(r->regs + RTL_9346CR, EEPROM_LOCK);
}

static u32
link_mbps(const struct rtl *r)
{
	u8 s;

	if (r->is_8139) {
		s = mmio_read8(r->regs + RTL_MSR_8139);
		return s & MSR_LINK_BAD ? 0 : s & MSR_10 ? 10 : 100;
	}
	s = mmio_read8(r->regs + RTL_PHY_8169);
	if (!(s & PHY_LINK))
		return 0;
	return s & PHY_1000 ? 1000 : s & PHY_100 ? 100 : 10;
}

static void
op_info(struct nic *nic, struct nic_info *info)
{
	const struct rtl *r = self(nic);

	*info = (struct nic_info){ .name = "rtl", .driver = "rtl",
		.queues = 1, .features = NIC_TX_GATHER |
		    (r->is_8139 ? 0 : NIC_IRQ),
		.frame_max = FRAME_MAX, .link_mbps = link_mbps(r) };
	memcpy(info->mac, r->mac, sizeof(r->mac));
}

static int
op_queue_open(struct nic *nic, u16 index, u16 rx, u16 tx,
    struct nic_queue **out)
{
	struct rtl *r = self(nic);
	struct nic_queue *q = &r->queue;

	(void)rx;
	(void)tx;
	if (index > 0)
		return ERR_INVAL;
	if (q->open)
		return ERR_BUSY;
	*q = (struct nic_queue){ .dev = r };
	q->rx = dma_alloc(RING * sizeof(*q->rx));
	q->tx = dma_alloc(RING * sizeof(*q->tx));
	if (!q->rx || !q->tx)
		return ERR_NOMEM;
	start(r);
	q->open = true;
	*out = q;
	return 0;
}

static void
op_queue_close(struct nic_queue *q)
{
	reset(q->dev);
	q->open = false;
}

/* Closing takes everything back; the rings start empty again. */
static int
op_queue_reclaim(struct nic_queue *q, void **rx_cookies, int n)
{
	(void)rx_cookies;
	(void)n;
	op_queue_close(q);
	return 0;
}

/* -- transmit --------------------------------------------------------------- */

static u32
end_of_ring(u32 i)
{
	return i % RING == RING - 1 ? DESC_EOR : 0;
}

/* Gives a frame's pieces, which may lie on scattered pages, to the device; or
 * nothing, if there is no room for all. */
static bool
send_one(struct nic_queue *q, const struct nic_tx *tx)
{
	u32 next = q->tx_next, first = DESC_FS, bytes = 0;

	for (int i = 0; i < tx->segs; i++) {
		const u8 *p = tx->seg[i].ptr;
		size_t left = tx->seg[i].len, run;

		for (; left; left -= run, p += run, next++, first = 0) {
			volatile struct rtl_desc *d = &q->tx[next % RING];

			if (next - q->tx_done == RING)
				return false;
			d->addr = dma_addr(p, left, &run);
			d->cmd = first | (u32)run | end_of_ring(next);
			q->tx_cookie[next % RING] = NULL;
			bytes += (u32)run;
		}
	}
	q->tx[(next - 1) % RING].cmd |= DESC_LS;
	q->tx_cookie[(next - 1) % RING] = tx->cookie;
	q->dev->stats.tx_frames++;
	q->dev->stats.tx_bytes += bytes;
	for (u32 i = next; i != q->tx_next; i--) {
		__atomic_thread_fence(__ATOMIC_RELEASE);
		q->tx[(i - 1) % RING].cmd |= DESC_OWN;
	}
	q->tx_next = next;
	return true;
}

static int
op_tx_batch(struct nic_queue *q, const struct nic_tx *tx, int n)
{
	struct rtl *r = q->dev;
	int sent = 0;

	while (sent < n && send_one(q, &tx[sent]))
		sent++;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	if (sent)
		mmio_write8(r->regs + (r->is_8139 ? RTL_POLL_8139 :
		    RTL_POLL_8169), POLL_NPQ);
	return sent;
}

static int
op_reclaim(struct nic_queue *q, void **cookies, int n)
{
	int done = 0;

	while (done < n && q->tx_done != q->tx_next) {
		u32 i = q->tx_done % RING;

		if (q->tx[i].cmd & DESC_OWN)
			break;
		if (q->tx_cookie[i])
			cookies[done++] = q->tx_cookie[i];
		q->tx_done++;
	}
	return done;
}

/* -- receive ---------------------------------------------------------------- */

static int
op_rx_post(struct nic_queue *q, void *buf, u32 len, void *cookie)
{
	u32 i = q->rx_posted % RING;
	size_t run;

	if (q->rx_posted - q->rx_taken == RING)
		return ERR_AGAIN;
	if (len < RX_BYTES)
		return ERR_INVAL;
	q->rx_buf[i].buf = buf;
	q->rx_buf[i].cookie = cookie;
	q->rx[i].addr = dma_addr(buf, RX_BYTES, &run);
	q->rx[i].vlan = 0;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	q->rx[i].cmd = DESC_OWN | RX_BYTES | end_of_ring(i);
	q->rx_posted++;
	return 0;
}

static bool
op_is_idle(const struct nic_queue *q)
{
	return q->rx_taken == q->rx_posted ||
	    (q->rx[q->rx_taken % RING].cmd & DESC_OWN);
}

static int
op_rx_batch(struct nic_queue *q, struct nic_rx *rx, int n)
{
	struct nic_stats *st = &q->dev->stats;
	int got = 0;

	for (; got < n && !op_is_idle(q); got++, q->rx_taken++) {
		u32 i = q->rx_taken % RING, cmd = q->rx[i].cmd;
		u32 len = (cmd & DESC_LEN) - FCS_BYTES;
		bool whole = (cmd & (DESC_FS | DESC_LS | DESC_BAD)) ==
		    (DESC_FS | DESC_LS) && len <= RX_BYTES - FCS_BYTES;

		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		rx[got] = (struct nic_rx){ q->rx_buf[i].buf,
			q->rx_buf[i].cookie, 0, whole ? len : 0,
			whole ? 0 : NIC_RX_ERROR };
		st->rx_errors += !whole;
		st->rx_frames += whole;
		st->rx_bytes += rx[got].len;
	}
	return got;
}

/* -- the rest --------------------------------------------------------------- */

static int
op_filter(struct nic *nic, const struct nic_filter *f)
{
	(void)nic;
	(void)f;
	return ERR_UNSUPP;
}

/* Causes that stand would keep the next message back. */
static bool
op_irq_arm(struct nic_queue *q, bool on)
{
	mmio_write16(q->dev->regs + RTL_ISR, 0xffff);
	mmio_write16(q->dev->regs + RTL_IMR, on ? INT_ROK | INT_RDU : 0);
	return !op_is_idle(q);
}

static int
op_irq_route(struct nic_queue *q, u8 vector, u32 apic_id)
{
	return q->dev->is_8139 ? ERR_UNSUPP :
	    pci_msix_route(q->dev->pci, 0, vector, apic_id);
}

static void
op_stats(struct nic *nic, struct nic_stats *st)
{
	struct rtl *r = self(nic);

	r->stats.rx_missed += mmio_read32(r->regs + RTL_MPC) & 0xffffff;
	mmio_write32(r->regs + RTL_MPC, 0);
	*st = r->stats;
}

static void
op_quiesce(struct nic *nic)
{
	struct rtl *r = self(nic);

	reset(r);
	pci_enable(r->pci, true, false, false);
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
	struct rtl *r = dma_alloc(sizeof(*r));
	u64 size = 0;
	int err;

	if (!r)
		return ERR_NOMEM;
	r->nic.ops = &ops;
	r->pci = pci;
	r->is_8139 = pci->device == ID_8139;
	if (r->is_8139 && pci_read8(pci, PCI_REVISION) < REVISION_CPLUS)
		return ERR_UNSUPP;
	pci_enable(pci, true, false, true);
	/* Registers by memory: PCI chips have them in BAR 1, later in 2. */
	r->regs = pci_bar_map(pci, 1, &size);
	if (!r->regs)
		r->regs = pci_bar_map(pci, 2, &size);
	if (!r->regs || size < BAR_BYTES)
		return ERR_IO;
	err = reset(r);
	if (err)
		return err;
	for (u32 i = 0; i < sizeof(r->mac); i++)
		r->mac[i] = mmio_read8(r->regs + RTL_IDR + i);
	*out = &r->nic;
	return 0;
}

static const struct pci_id ids[] = {
	{ 0x10ec, ID_8139 },
	{ 0x10ec, ID_8168 },   /* 8111, 8168 and 8411 on PCIe */
	{ 0x10ec, 0x8169 },    /* PCI */
	{ 0x10ec, 0x8167 },    /* 8110SC and 8169SC */
	{ 0x10ec, 0x8136 },    /* 8101 to 8106: 100 Mbit/s */
	{ 0x1186, 0x4300 },    /* 8169, D-Link */
	{ 0, 0 },
};

const struct nic_driver rtl_driver = { "rtl", ids, probe };
