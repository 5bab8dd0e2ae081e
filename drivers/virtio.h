/* virtio.h - virtio over PCI, modern and legacy: transport and virtqueues. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_VIRTIO_H
#define DRIVERS_VIRTIO_H

#include "kernel/lib/base.h"
#include "kernel/lib/endian.h"
#include "kernel/pci.h"

/* Section numbers: Virtual I/O Device (VIRTIO) Version 1.2. */

enum virtio_status {           /* §2.1 */
	VIRTIO_ACKNOWLEDGE = 1,
	VIRTIO_DRIVER = 2,
	VIRTIO_DRIVER_OK = 4,
	VIRTIO_FEATURES_OK = 8,
	VIRTIO_FAILED = 128,
};

#define VIRTIO_F_ANY_LAYOUT (1ull << 27)       /* §6.3, legacy */
#define VIRTIO_F_VERSION_1 (1ull << 32)        /* §6 */

enum {
	VIRTIO_QUEUE_MAX = 1024,   /* entries */
	VIRTIO_RESET_US_MAX = 100000,
	VIRTIO_NO_VECTOR = 0xffff,
};

struct virtio_desc {           /* §2.7.5 */
	u64 addr;
	u32 len;
	u16 flags;             /* 1 next, 2 device writes */
	u16 next;
};
enum { VIRTIO_DESC_NEXT = 1, VIRTIO_DESC_WRITE = 2 };

struct virtio_avail {          /* §2.7.6 */
	u16 flags;             /* 1: no interrupt please */
	u16 idx;
	u16 ring[];
};

struct virtio_used_elem {
	u32 id, len;
};

struct virtio_used {           /* §2.7.8 */
	u16 flags;             /* 1: no notification needed */
	u16 idx;
	struct virtio_used_elem ring[];
};

struct virtio {
	const struct pci_dev *pci;
	volatile u8 *common;   /* §4.1.4.3 */
	volatile u8 *device;   /* device-specific configuration */
	volatile u8 *notify;
	u32 notify_multiplier;
	u16 port;              /* of a legacy device's registers, else 0 */
};

struct virtq {
	struct virtio *dev;
	u16 index, size;
	u16 free_head, free_count; /* descriptors, linked by next */
	u16 avail_idx, used_seen;
	u16 published;             /* avail_idx as the device knows it */
	volatile struct virtio_desc *desc;
	volatile struct virtio_avail *avail;
	volatile struct virtio_used *used;
	volatile u16 *doorbell;    /* NULL: a legacy device's port */
};

/* Finds the capabilities, or a legacy device's ports (which have no
 * interrupt), resets, and agrees on features: the device must offer all of
 * `needed`; *features is what was agreed of `wanted`. */
int virtio_open(struct virtio *v, const struct pci_dev *pci, u64 needed,
    u64 wanted, u64 *features);
/* Sets DRIVER_OK: the queues are ready. */
void virtio_start(struct virtio *v);
/* Resets; when it returns 0 the device owns no memory. */
int virtio_reset(struct virtio *v);
/* `bytes` (1, 2 or 4) of the device's own configuration. */
u32 virtio_config(const struct virtio *v, u32 at, u32 bytes);

/* Allocates and enables queue `index` with at most `size` entries. */
int virtq_open(struct virtq *q, struct virtio *v, u16 index, u16 size);
void virtq_vector(struct virtq *q, u16 msix_entry);

/* A free descriptor (virtq.free_count > 0), and back. */
u16 virtq_desc_get(struct virtq *q);
void virtq_chain_put(struct virtq *q, u16 head);
/* Offers a chain; the device sees it after virtq_publish, which rings the
 * doorbell unless the device asked not to, or has been offered nothing. */
void virtq_offer(struct virtq *q, u16 head);
void virtq_publish(struct virtq *q);
/* The next used chain, or false. */
bool virtq_used(struct virtq *q, u16 *head, u32 *len);
/* Interrupts on or off; true if a used chain waits already. */
bool virtq_irq(struct virtq *q, bool on);

#endif
