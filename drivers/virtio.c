/* virtio.c - virtio over PCI, modern and legacy: transport and virtqueues. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "drivers/virtio.h"

#include "kernel/dma.h"
#include "kernel/lib/err.h"
#include "kernel/log.h"
#include "kernel/mmio.h"

enum {
	CAP_VENDOR = 0x09,         /* §4.1.4 */
	CFG_COMMON = 1,
	CFG_NOTIFY = 2,
	CFG_DEVICE = 4,
	CAPS_MAX = 48,
	/* common configuration, §4.1.4.3 */
	DEVICE_FEATURE_SELECT = 0,
	DEVICE_FEATURE = 4,
	DRIVER_FEATURE_SELECT = 8,
	DRIVER_FEATURE = 12,
	CONFIG_VECTOR = 16,
	DEVICE_STATUS = 20,
	QUEUE_SELECT = 22,
	QUEUE_SIZE = 24,
	QUEUE_VECTOR = 26,
	QUEUE_ENABLE = 28,
	QUEUE_NOTIFY_OFF = 30,
	QUEUE_DESC = 32,
	QUEUE_DRIVER = 40,
	QUEUE_DEVICE = 48,
	/* legacy: ports from BAR 0 on, §4.1.4.10 */
	REG_BAR0 = 0x10,
	BAR_IO = 1 << 0,
	LEGACY_DEVICE_FEATURE = 0,
	LEGACY_DRIVER_FEATURE = 4,
	LEGACY_QUEUE_PAGE = 8,
	LEGACY_QUEUE_SIZE = 12,
	LEGACY_QUEUE_SELECT = 14,
	LEGACY_QUEUE_NOTIFY = 16,
	LEGACY_STATUS = 18,
	LEGACY_DEVICE = 20,        /* without MSI-X */
	LEGACY_PAGE = 4096,        /* §2.7.2: the used ring begins on one */
};

static u8
status(struct virtio *v)
{
	return v->port ? io_read8(v->port + LEGACY_STATUS)
	               : mmio_read8(v->common + DEVICE_STATUS);
}

static void
status_set(struct virtio *v, u8 bits)
{
	if (v->port)
		io_write8(v->port + LEGACY_STATUS, bits);
	else
		mmio_write8(v->common + DEVICE_STATUS, bits);
}

static void
status_add(struct virtio *v, u8 bits)
{
	status_set(v, (u8)(status(v) | bits));
}

u32
virtio_config(const struct virtio *v, u32 at, u32 bytes)
{
	volatile u8 *p = v->device + at;

	if (v->port) {
		u32 value = 0;

		while (bytes--)
			value = value << 8 | io_read8((u16)(v->port +
			    LEGACY_DEVICE + at + bytes));
		return value;
	}
	return bytes == 1 ? mmio_read8(p) : bytes == 2 ? mmio_read16(p)
	                                               : mmio_read32(p);
}

static int
find_capabilities(struct virtio *v)
{
	u16 at = pci_cap(v->pci, CAP_VENDOR, 0);

	for (int i = 0; at && i < CAPS_MAX; i++) {
		u8 type = pci_read8(v->pci, (u16)(at + 3));
		u8 bar = pci_read8(v->pci, (u16)(at + 4));
		u32 offset = pci_read32(v->pci, (u16)(at + 8));
		volatile u8 *base = NULL;
		u64 size = 0;

		if (bar < 6 && (type == CFG_COMMON || type == CFG_NOTIFY ||
				   type == CFG_DEVICE))
			base = pci_bar_map(v->pci, bar, &size);
		if (base && offset < size) {
			if (type == CFG_COMMON)
				v->common = base + offset;
			else if (type == CFG_DEVICE)
				v->device = base + offset;
			else {
				v->notify = base + offset;
				v->notify_multiplier =
				    pci_read32(v->pci, (u16)(at + 16));
			}
		}
		at = pci_cap(v->pci, CAP_VENDOR, at);
	}
	return v->common && v->notify && v->device ? 0 : ERR_UNSUPP;
}

static int
find_port(struct virtio *v)
{
	u32 bar = pci_read32(v->pci, REG_BAR0);

	v->port = bar & BAR_IO ? (u16)(bar & ~3u) : 0;
	return v->port ? 0 : ERR_UNSUPP;
}

static u64
device_features(struct virtio *v)
{
	u64 low, high;

	if (v->port)
		return io_read32(v->port + LEGACY_DEVICE_FEATURE);
	mmio_write32(v->common + DEVICE_FEATURE_SELECT, 0);
	low = mmio_read32(v->common + DEVICE_FEATURE);
	mmio_write32(v->common + DEVICE_FEATURE_SELECT, 1);
	high = mmio_read32(v->common + DEVICE_FEATURE);
	return high << 32 | low;
}

int
virtio_reset(struct virtio *v)
{
	status_set(v, 0);
	/* §2.4.2: wait until it reads 0; a legacy device need not be. */
	if (v->port)
		return 0;
	return mmio_wait8(v->common + DEVICE_STATUS, 0xff, 0,
	    VIRTIO_RESET_US_MAX);
}

int
virtio_open(struct virtio *v, const struct pci_dev *pci, u64 needed, u64 wanted,
    u64 *features)
{
	int err;

	*v = (struct virtio){ .pci = pci };
	pci_enable(pci, true, true, true);
	err = find_capabilities(v);
	if (err)
		err = find_port(v);
	if (!err)
		err = virtio_reset(v);
	if (err)
		return err;
	/* §3.1.1: the order of initialisation. */
	status_add(v, VIRTIO_ACKNOWLEDGE);
	status_add(v, VIRTIO_DRIVER);
	needed |= v->port ? VIRTIO_F_ANY_LAYOUT : VIRTIO_F_VERSION_1;
	*features = device_features(v) & (wanted | needed);
	if ((*features & needed) != needed)
		return ERR_UNSUPP;
	if (v->port) {
		io_write32(v->port + LEGACY_DRIVER_FEATURE, (u32)*features);
		return 0;
	}
	mmio_write32(v->common + DRIVER_FEATURE_SELECT, 0);
	mmio_write32(v->common + DRIVER_FEATURE, (u32)*features);
	mmio_write32(v->common + DRIVER_FEATURE_SELECT, 1);
	mmio_write32(v->common + DRIVER_FEATURE, (u32)(*features >> 32));
	status_add(v, VIRTIO_FEATURES_OK);
	if (!(status(v) & VIRTIO_FEATURES_OK))
		return ERR_UNSUPP;
	mmio_write16(v->common + CONFIG_VECTOR, VIRTIO_NO_VECTOR);
	return 0;
}

void
virtio_start(struct virtio *v)
{
	status_add(v, VIRTIO_DRIVER_OK);
}

static u64
bus(const volatile void *p)
{
	size_t run;

	return dma_addr((const void *)(uintptr_t)p, 1, &run);
}

/* Selects queue `index`; the entries that the device offers. */
static u16
select(struct virtio *v, u16 index)
{
	if (v->port) {
		io_write16(v->port + LEGACY_QUEUE_SELECT, index);
		return io_read16(v->port + LEGACY_QUEUE_SIZE);
	}
	mmio_write16(v->common + QUEUE_SELECT, index);
	return mmio_read16(v->common + QUEUE_SIZE);
}

/* Where the used ring begins; a legacy device computes it, too. */
static size_t
used_at(const struct virtq *q)
{
	size_t avail = q->size * sizeof(struct virtio_desc) +
	    sizeof(struct virtio_avail) + q->size * 2 + 2;

	return ALIGN_UP(avail,
	    (size_t)(q->dev->port ? LEGACY_PAGE : CACHE_LINE));
}

static void
enable(struct virtq *q)
{
	struct virtio *v = q->dev;

	if (v->port) {
		io_write32(v->port + LEGACY_QUEUE_PAGE,
		    (u32)(bus(q->desc) / LEGACY_PAGE));
		return;
	}
	mmio_write16(v->common + QUEUE_SIZE, q->size);
	mmio_write16(v->common + QUEUE_VECTOR, VIRTIO_NO_VECTOR);
	mmio_write64(v->common + QUEUE_DESC, bus(q->desc));
	mmio_write64(v->common + QUEUE_DRIVER, bus(q->avail));
	mmio_write64(v->common + QUEUE_DEVICE, bus(q->used));
	q->doorbell = (volatile u16 *)(v->notify +
	    mmio_read16(v->common + QUEUE_NOTIFY_OFF) * v->notify_multiplier);
	mmio_write16(v->common + QUEUE_ENABLE, 1);
}

int
virtq_open(struct virtq *q, struct virtio *v, u16 index, u16 size)
{
	u8 *mem;

	*q = (struct virtq){ .dev = v, .index = index,
		.size = select(v, index) };
	/* A legacy device decides alone. */
	if (!v->port)
		q->size = MIN(MIN(q->size, size), (u16)VIRTIO_QUEUE_MAX);
	if (!q->size || q->size > VIRTIO_QUEUE_MAX)
		return ERR_INVAL;
	mem = dma_alloc(used_at(q) + sizeof(struct virtio_used) +
	    q->size * sizeof(struct virtio_used_elem) + 2);
	if (!mem)
		return ERR_NOMEM;
	q->desc = (void *)mem;
	q->avail = (void *)(mem + q->size * sizeof(struct virtio_desc));
	q->used = (void *)(mem + used_at(q));
	for (u16 i = 0; i < q->size; i++)
		q->desc[i].next = (u16)(i + 1);
	q->free_count = q->size;
	q->avail->flags = 1;
	enable(q);
	return 0;
}

void
virtq_vector(struct virtq *q, u16 msix_entry)
{
	mmio_write16(q->dev->common + QUEUE_SELECT, q->index);
	mmio_write16(q->dev->common + QUEUE_VECTOR, msix_entry);
}

u16
virtq_desc_get(struct virtq *q)
{
	u16 d = q->free_head;

	ASSERT(q->free_count);
	q->free_head = q->desc[d].next;
	q->free_count--;
	return d;
}

void
virtq_chain_put(struct virtq *q, u16 head)
{
	u16 d = head, n = 1;

	while (q->desc[d].flags & VIRTIO_DESC_NEXT) {
		d = q->desc[d].next;
		n++;
	}
	q->desc[d].next = q->free_head;
	q->free_head = head;
	q->free_count = (u16)(q->free_count + n);
}

void
virtq_offer(struct virtq *q, u16 head)
{
	q->avail->ring[q->avail_idx % q->size] = head;
	q->avail_idx++;
}

void
virtq_publish(struct virtq *q)
{
	if (q->published == q->avail_idx)
		return;
	q->published = q->avail_idx;
	/* §2.7.13: entries before the index, the index before the flags. */
	__atomic_store_n(&q->avail->idx, q->avail_idx, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (q->used->flags & 1)
		return;
	if (q->doorbell)
		mmio_write16(q->doorbell, q->index);
	else
		io_write16(q->dev->port + LEGACY_QUEUE_NOTIFY, q->index);
}

bool
virtq_used(struct virtq *q, u16 *head, u32 *len)
{
	volatile struct virtio_used_elem *e;

	if (__atomic_load_n(&q->used->idx, __ATOMIC_ACQUIRE) == q->used_seen)
		return false;
	e = &q->used->ring[q->used_seen % q->size];
	*head = (u16)e->id;
	*len = e->len;
	q->used_seen++;
	if (*head >= q->size) {
		log_warn("virtio: queue %u: device named descriptor %u",
		    q->index, *head);
		return false;
	}
	return true;
}

bool
virtq_irq(struct virtq *q, bool on)
{
	__atomic_store_n(&q->avail->flags, on ? 0 : 1, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&q->used->idx, __ATOMIC_ACQUIRE) !=
	    q->used_seen;
}
