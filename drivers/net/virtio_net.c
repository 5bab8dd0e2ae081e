/* virtio_net.c - the virtio network device, modern and legacy. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/virtio.h"
#include "kernel/dma.h"
#include "kernel/driver.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "net/nic.h"

/*
 * One queue pair, no offloads. Each received frame takes one descriptor: the
 * header stands in front of it in the same buffer. Each sent one takes
 * a descriptor for a header that is all zeroes, shared by all, and one for
 * each piece. Section numbers: VIRTIO 1.2.
 */

enum {
	RXQ = 0,                /* §5.1.2 */
	TXQ = 1,
	HEADER_BYTES = 12,      /* §5.1.6 with VERSION_1 */
	HEADER_LEGACY = 10,     /* without merged buffers */
	FRAME_MAX = 1514,
	MTU_MAX = 9000,
	CONFIG_MAC = 0,         /* §5.1.4 */
	CONFIG_STATUS = 6,
	CONFIG_MTU = 10,
	STATUS_LINK_UP = 1,
};
#define F_MTU (1ull << 3)       /* §5.1.3 */
#define F_MAC (1ull << 5)
#define F_STATUS (1ull << 16)

struct nic_queue {
	struct virtio_net *net;
	struct virtq rx, tx;
	void **rx_cookie;       /* by descriptor */
	void **rx_buf;
	void **tx_cookie;       /* by head descriptor */
	u8 *zero_header;
	u32 header_bytes;
	bool open;
};

struct virtio_net {
	struct nic nic;         /* first */
	struct virtio dev;
	struct nic_queue queue;
	struct nic_stats stats;
	u64 features;
};

static struct virtio_net *
self(struct nic *nic)
{
	return (struct virtio_net *)nic;
}

static void
op_info(struct nic *nic, struct nic_info *info)
{
	struct virtio_net *n = self(nic);
	bool up = !(n->features & F_STATUS) ||
	    (virtio_config(&n->dev, CONFIG_STATUS, 2) & STATUS_LINK_UP);

	*info = (struct nic_info){ .name = "virtio", .driver = "virtio-net",
		.queues = 1, .features = NIC_TX_GATHER |
		    (n->dev.port ? 0 : NIC_IRQ),
		.frame_max = FRAME_MAX, .link_mbps = up ? 10000 : 0 };
	for (u32 i = 0; i < 6; i++)
		info->mac[i] = (u8)virtio_config(&n->dev, CONFIG_MAC + i, 1);
	if (n->features & F_MTU)
		info->frame_max = MIN(virtio_config(&n->dev, CONFIG_MTU, 2),
				      (u32)MTU_MAX) + 14u;
}

static int
op_queue_open(struct nic *nic, u16 index, u16 rx, u16 tx, struct nic_queue **out)
{
	struct virtio_net *n = self(nic);
	struct nic_queue *q = &n->queue;
	int err;

	if (index > 0)
		return ERR_INVAL;
	if (q->open)
		return ERR_BUSY;
	q->net = n;
	q->header_bytes = n->dev.port ? HEADER_LEGACY : HEADER_BYTES;
	/* A sent frame takes up to five descriptors. */
	err = virtq_open(&q->rx, &n->dev, RXQ, rx);
	if (!err)
		err = virtq_open(&q->tx, &n->dev, TXQ, (u16)(tx * 4));
	if (err)
		return err;
	q->rx_cookie = dma_alloc(q->rx.size * sizeof(void *));
	q->rx_buf = dma_alloc(q->rx.size * sizeof(void *));
	q->tx_cookie = dma_alloc(q->tx.size * sizeof(void *));
	q->zero_header = dma_alloc(HEADER_BYTES);
	if (!q->rx_cookie || !q->rx_buf || !q->tx_cookie || !q->zero_header)
		return ERR_NOMEM;
	q->open = true;
	virtio_start(&n->dev);
	*out = q;
	return 0;
}

static void
op_quiesce(struct nic *nic)
{
	struct virtio_net *n = self(nic);

	virtio_reset(&n->dev);
	pci_enable(n->dev.pci, true, false, false);
}

/* A reset forgets the features too: they are agreed on anew. */
static void
op_queue_close(struct nic_queue *q)
{
	struct virtio_net *n = q->net;

	q->open = false;
	if (virtio_open(&n->dev, n->dev.pci, F_MAC, F_STATUS | F_MTU,
		&n->features) != 0)
		log_warn("virtio-net: does not come back from a reset");
}

/* Fills descriptors for one piece, which may lie on scattered pages. Returns
 * the last one used, or -1 when they have run out. */
static int
add_piece(struct virtq *q, int last, const u8 *p, size_t len)
{
	while (len) {
		size_t run;
		u64 addr = dma_addr(p, len, &run);
		u16 d;

		if (!q->free_count)
			return -1;
		d = virtq_desc_get(q);
		q->desc[d].addr = addr;
		q->desc[d].len = (u32)run;
		q->desc[d].flags = 0;
		q->desc[last].next = d;
		q->desc[last].flags = VIRTIO_DESC_NEXT;
		last = d;
		p += run;
		len -= run;
	}
	return last;
}

static bool
send_one(struct nic_queue *q, const struct nic_tx *tx)
{
	struct virtq *v = &q->tx;
	size_t run, bytes = 0;
	u16 head;
	int last;

	if (v->free_count < tx->segs + 1)
		return false;
	head = virtq_desc_get(v);
	v->desc[head].addr = dma_addr(q->zero_header, q->header_bytes, &run);
	v->desc[head].len = q->header_bytes;
	v->desc[head].flags = 0;
	last = head;
	for (int i = 0; i < tx->segs && last >= 0; i++) {
		last = add_piece(v, last, tx->seg[i].ptr, tx->seg[i].len);
		bytes += tx->seg[i].len;
	}
	if (last < 0) {
		virtq_chain_put(v, head);
		return false;
	}
	q->tx_cookie[head] = tx->cookie;
	virtq_offer(v, head);
	q->net->stats.tx_frames++;
	q->net->stats.tx_bytes += bytes;
	return true;
}

static int
op_tx_batch(struct nic_queue *q, const struct nic_tx *tx, int n)
{
	int sent = 0;

	while (sent < n && send_one(q, &tx[sent]))
		sent++;
	if (sent)
		virtq_publish(&q->tx);
	return sent;
}

static int
op_reclaim(struct nic_queue *q, void **cookies, int n)
{
	int done = 0;
	u16 head;
	u32 len;

	while (done < n && virtq_used(&q->tx, &head, &len)) {
		virtq_chain_put(&q->tx, head);
		if (q->tx_cookie[head])
			cookies[done++] = q->tx_cookie[head];
	}
	return done;
}

static int
op_rx_post(struct nic_queue *q, void *buf, u32 len, void *cookie)
{
	struct virtq *v = &q->rx;
	size_t run;
	u16 d;

	if (!v->free_count)
		return ERR_AGAIN;
	d = virtq_desc_get(v);
	v->desc[d].addr = dma_addr(buf, len, &run);
	v->desc[d].len = (u32)run;
	v->desc[d].flags = VIRTIO_DESC_WRITE;
	q->rx_buf[d] = buf;
	q->rx_cookie[d] = cookie;
	virtq_offer(v, d);
	if ((u16)(v->avail_idx - v->published) >= NIC_RX_HELD_MAX)
		virtq_publish(v);
	return 0;
}

static int
op_rx_batch(struct nic_queue *q, struct nic_rx *rx, int n)
{
	struct nic_stats *st = &q->net->stats;
	int got = 0;
	u16 d;
	u32 len;

	virtq_publish(&q->rx);
	while (got < n && virtq_used(&q->rx, &d, &len)) {
		struct nic_rx *r = &rx[got++];

		*r = (struct nic_rx){ q->rx_buf[d], q->rx_cookie[d],
			q->header_bytes, 0, 0 };
		if (len < q->header_bytes || len > q->rx.desc[d].len) {
			r->flags = NIC_RX_ERROR;
			st->rx_errors++;
		} else {
			r->len = len - q->header_bytes;
			st->rx_frames++;
			st->rx_bytes += r->len;
		}
		virtq_chain_put(&q->rx, d);
	}
	return got;
}

static bool
op_is_idle(const struct nic_queue *q)
{
	return __atomic_load_n(&q->rx.used->idx, __ATOMIC_RELAXED) ==
	    q->rx.used_seen;
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
	return virtq_irq(&q->rx, on);
}

static int
op_irq_route(struct nic_queue *q, u8 vector, u32 apic_id)
{
	struct virtio *dev = &q->net->dev;
	int err = dev->port ? ERR_UNSUPP :
	    pci_msix_route(dev->pci, 0, vector, apic_id);

	if (!err)
		virtq_vector(&q->rx, 0);
	return err;
}

static void
op_stats(struct nic *nic, struct nic_stats *st)
{
	*st = self(nic)->stats;
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
	struct virtio_net *n = dma_alloc(sizeof(*n));
	int err;

	if (!n)
		return ERR_NOMEM;
	n->nic.ops = &ops;
	err = virtio_open(&n->dev, pci, F_MAC, F_STATUS | F_MTU, &n->features);
	if (err)
		return err;
	*out = &n->nic;
	return 0;
}

static const struct pci_id ids[] = {
	{ 0x1af4, 0x1041 },     /* §4.1.2: modern */
	{ 0x1af4, 0x1000 },     /* transitional: modern, if it can */
	{ 0, 0 },
};

const struct nic_driver virtio_net_driver = { "virtio-net", ids, probe };
