/* nic.h - the contract that every NIC driver fulfils. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_NIC_H
#define NET_NIC_H

#include "kernel/lib/base.h"

/*
 * The shape is the 82599's: queue pairs as handles, filters that steer
 * frames to a queue, gather transmit with completion cookies, receive
 * buffers that the caller posts. A driver without a feature says so in
 * struct nic_info and its method returns ERR_UNSUPP; the transport falls
 * back.
 *
 * Rules for every method: nothing blocks; every wait on hardware is bounded
 * (the bound stands in the driver); only the holder of a queue's try-lock
 * calls the methods of that queue; memory given to the device is named by
 * (ptr, len) and translated by the driver through dma_addr().
 */

enum {
	NIC_SEGS_MAX = 4,    /* pieces of one transmitted frame */
	NIC_BATCH_MAX = 64,  /* frames of one batch call */
	NIC_QUEUES_MAX = 128,
	NIC_SPLIT_BYTES = 64, /* of a frame's head, if it is split off */
	NIC_RX_HELD_MAX = 32, /* posted buffers the device has yet to hear of */
};

enum nic_feature {
	NIC_TX_GATHER = 1 << 0,     /* more than one segment per frame */
	NIC_TX_UDP_CSUM = 1 << 1,   /* fills in the UDP checksum */
	NIC_RX_UDP_CSUM = 1 << 2,   /* checks it: NIC_RX_CSUM_OK */
	NIC_FILTERS = 1 << 3,       /* filter_add() works */
	NIC_RX_SPLIT = 1 << 4,      /* rx_post_split() works */
	NIC_IRQ = 1 << 5,           /* can wake a parked core */
};

struct nic_info {
	char name[16];      /* "virtio0" */
	char driver[16];    /* "virtio-net" */
	u8 mac[6];
	u16 queues;         /* queue pairs that may be opened */
	u32 features;       /* enum nic_feature */
	u32 frame_max;      /* bytes, Ethernet header included, FCS not */
	u32 link_mbps;      /* 0: no link */
};

/* One frame to send; the buffers stay the caller's but may not change until
 * its cookie comes back from reclaim(). */
struct nic_tx {
	struct iov seg[NIC_SEGS_MAX];
	u16 segs;
	u16 flags;          /* NIC_TX_CSUM: fill in the UDP checksum, whose
			     * place holds the pseudo header's sum */
	void *cookie;       /* returned by reclaim(); NULL: not reported */
};

/* One received frame in a buffer that rx_post() had handed over; the buffer
 * is the caller's again. */
struct nic_rx {
	void *buf;          /* as posted */
	void *cookie;       /* as posted */
	u32 offset;         /* where the frame begins in buf */
	u32 len;            /* bytes in buf, FCS stripped */
	u32 flags;          /* enum nic_rx_flag */
};

enum nic_tx_flag { NIC_TX_CSUM = 1 << 0 };
/* NIC_RX_CSUM_OK: the UDP checksum is right, or the frame has none. */
enum nic_rx_flag { NIC_RX_CSUM_OK = 1 << 0, NIC_RX_ERROR = 1 << 1 };

/* Steers IPv4/UDP frames with this destination port to a queue. */
struct nic_filter {
	u16 udp_port;
	u16 queue;
};

struct nic;
struct nic_queue;

struct nic_stats {
	u64 rx_frames, rx_bytes, rx_errors, rx_missed;
	u64 tx_frames, tx_bytes, tx_errors;
};

struct nic_ops {
	/* Fills in info; cheap; link state is read afresh. */
	void (*info)(struct nic *nic, struct nic_info *info);

	/*
	 * Opens queue pair `index` with rings of at least `rx` and `tx`
	 * entries (rounded by the driver). ERR_INVAL if index is too high,
	 * ERR_NOMEM, ERR_BUSY if open.
	 */
	int (*queue_open)(struct nic *nic, u16 index, u16 rx, u16 tx,
	    struct nic_queue **q);

	/* Stops the queue; when it returns the device owns no buffer. */
	void (*queue_close)(struct nic_queue *q);

	/* Queues up to n frames, one doorbell. Returns how many were taken
	 * (0 when the ring is full); the rest stay the caller's. */
	int (*tx_batch)(struct nic_queue *q, const struct nic_tx *tx, int n);

	/* Cookies of frames that the device is done with. */
	int (*reclaim)(struct nic_queue *q, void **cookies, int n);

	/*
	 * Hands a receive buffer to the device; ERR_AGAIN: ring full. The
	 * device may hear of it later, together with others: with the next
	 * rx_batch, or when NIC_RX_HELD_MAX are held back. A queue's first
	 * buffer tells the length of all; later ones are no shorter.
	 */
	int (*rx_post)(struct nic_queue *q, void *buf, u32 len, void *cookie);

	/*
	 * As rx_post, but a frame's first NIC_SPLIT_BYTES go to head and only
	 * the rest to buf, which takes len bytes: a whole number of KiB, the
	 * same for all of a queue, which knows only split buffers then.
	 * ERR_INVAL: buf is odd or not in one piece of the device's memory.
	 */
	int (*rx_post_split)(struct nic_queue *q, void *head, void *buf,
	    u32 len, void *cookie);

	/* Up to n received frames, in order. 0: none. */
	int (*rx_batch)(struct nic_queue *q, struct nic_rx *rx, int n);

	/* Nothing has come since the last rx_batch. A hint, for anybody and
	 * at any time: it reads memory that the device writes, no more. */
	bool (*is_idle)(const struct nic_queue *q);

	/*
	 * Takes back every buffer that the device still holds, receive and
	 * transmit, without closing; used before memory is reused. Cookies
	 * of receive buffers come back in rx_cookies (up to n); returns
	 * how many. Repeat until 0.
	 */
	int (*queue_reclaim)(struct nic_queue *q, void **rx_cookies, int n);

	int (*filter_add)(struct nic *nic, const struct nic_filter *f);
	int (*filter_del)(struct nic *nic, const struct nic_filter *f);

	/* Arms or disarms the queue's interrupt; arming reports true if a
	 * frame is already waiting (then do not park). */
	bool (*irq_arm)(struct nic_queue *q, bool on);

	/* Sends the queue's interrupt as `vector` to the core with this APIC
	 * id; it stays disarmed. ERR_UNSUPP without NIC_IRQ. */
	int (*irq_route)(struct nic_queue *q, u8 vector, u32 apic_id);

	void (*stats)(struct nic *nic, struct nic_stats *st);

	/* Bus mastering off, pending transactions waited for: recycle. */
	void (*quiesce)(struct nic *nic);
};

/* Embedded first in each driver's own struct. */
struct nic {
	const struct nic_ops *ops;
};

#endif
