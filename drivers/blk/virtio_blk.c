/* virtio_blk.c - virtio block devices. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/virtio.h"
#include "kernel/blk.h"
#include "kernel/dma.h"
#include "kernel/driver.h"
#include "kernel/lib/err.h"
#include "kernel/mmio.h"

/*
 * VIRTIO 1.2 §5.2. A request is a chain of a header that the device reads, the
 * data, and a status byte that it writes. There is one at a time, and whoever
 * asks polls for its end. A device that does not answer is given up: it would
 * write to memory that is used otherwise by then.
 */

enum {
	SECTOR = 512,              /* bytes, whatever the medium: §5.2.4 */
	CONFIG_CAPACITY = 0,
	TYPE_IN = 0,
	TYPE_OUT = 1,
	TYPE_FLUSH = 4,
	STATUS_OK = 0,
	STATUS_NONE = 0xff,        /* not written yet */
	QUEUE_SIZE = 64,           /* pages of BLK_MOVE_MAX, and some */
	ANSWER_US_MAX = 10000000,
};
#define F_RO (1ull << 5)
#define F_FLUSH (1ull << 9)

struct request {
	le32 type, reserved;
	le64 sector;
	volatile u8 status;
};

struct virtio_blk {
	struct blk blk;            /* first: methods cast back */
	struct virtio dev;
	struct virtq q;
	u64 features;
	bool dead;
	struct request *request;
};

static struct virtio_blk *
self(struct blk *blk)
{
	return (struct virtio_blk *)blk;
}

static void
op_info(struct blk *blk, struct blk_info *info)
{
	struct virtio_blk *b = self(blk);

	*info = (struct blk_info){ .driver = "virtio-blk",
		.blocks = virtio_config(&b->dev, CONFIG_CAPACITY, 4) |
		    (u64)virtio_config(&b->dev, CONFIG_CAPACITY + 4, 4) << 32,
		.block_bytes = SECTOR,
		.read_only = (b->features & F_RO) != 0 };
}

/* Appends [p, p + len), which may lie on scattered pages; the last one. */
static u16
add(struct virtq *q, u16 last, const volatile void *p, size_t len, u16 flags)
{
	const u8 *at = (const u8 *)(uintptr_t)p;

	while (len) {
		size_t run;
		u64 addr = dma_addr(at, len, &run);
		u16 d = virtq_desc_get(q);

		q->desc[d].addr = addr;
		q->desc[d].len = (u32)run;
		q->desc[d].flags = flags;
		if (last != d) {
			q->desc[last].next = d;
			q->desc[last].flags |= VIRTIO_DESC_NEXT;
		}
		last = d;
		at += run;
		len -= run;
	}
	return last;
}

static int
answer(struct virtio_blk *b)
{
	u64 end = clock_now_ns() + ANSWER_US_MAX * 1000ull;
	u16 head;
	u32 len;

	while (!virtq_used(&b->q, &head, &len)) {
		if (clock_now_ns() > end) {
			b->dead = true;
			virtio_reset(&b->dev);
			return ERR_TIMEOUT;
		}
		__builtin_ia32_pause();
	}
	virtq_chain_put(&b->q, head);
	return b->request->status == STATUS_OK ? 0 : ERR_IO;
}

static int
ask(struct virtio_blk *b, u32 type, u64 sector, void *buf, u32 bytes)
{
	u16 head = b->q.free_head, last;

	if (b->dead)
		return ERR_IO;
	b->request->type = le32_of(type);
	b->request->sector = le64_of(sector);
	b->request->status = STATUS_NONE;
	last = add(&b->q, head, b->request, offsetof(struct request, status),
	    0);
	last = add(&b->q, last, buf, bytes,
	    type == TYPE_IN ? VIRTIO_DESC_WRITE : 0);
	add(&b->q, last, &b->request->status, 1, VIRTIO_DESC_WRITE);
	virtq_offer(&b->q, head);
	virtq_publish(&b->q);
	return answer(b);
}

static int
op_move(struct blk *blk, u64 first, void *buf, u32 bytes, bool write)
{
	struct virtio_blk *b = self(blk);
	int err = ask(b, write ? TYPE_OUT : TYPE_IN, first, buf, bytes);

	if (!err && write && (b->features & F_FLUSH))
		err = ask(b, TYPE_FLUSH, 0, NULL, 0);
	return err;
}

static const struct blk_ops ops = { op_info, op_move };

static int
probe(const struct pci_dev *pci, struct blk **out)
{
	struct virtio_blk *b = dma_alloc(sizeof(*b));
	int err;

	if (!b)
		return ERR_NOMEM;
	b->blk.ops = &ops;
	b->request = dma_alloc(sizeof(*b->request));
	if (!b->request)
		return ERR_NOMEM;
	err = virtio_open(&b->dev, pci, 0, F_RO | F_FLUSH, &b->features);
	if (!err)
		err = virtq_open(&b->q, &b->dev, 0, QUEUE_SIZE);
	if (err)
		return err;
	if (b->q.size < QUEUE_SIZE)
		return ERR_UNSUPP;
	virtio_start(&b->dev);
	*out = &b->blk;
	return 0;
}

static const struct pci_id ids[] = {
	{ 0x1af4, 0x1042 },     /* §4.1.2: modern */
	{ 0x1af4, 0x1001 },     /* transitional: modern, if it can */
	{ 0, 0 },
};

const struct blk_driver virtio_blk_driver = { "virtio-blk", ids, probe };
