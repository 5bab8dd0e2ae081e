/* buf.h - buffers for frames that may have to be sent again. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_BUF_H
#define NET_BUF_H

#include "net/wire.h"

enum {
	BUF_RESERVE = 8,       /* kept for ACK, PULL and TAKEN */
	/* What our own sending leaves alone: a whole message that comes by a
	 * ring is copied here. Without it two that only send would each drop
	 * what the other sends, for ever. */
	BUF_RX_SHARE = BUF_RESERVE + MSG_SEGS_MAX,
	BUF_LEAST = 64,        /* of an endpoint, whatever its peers */
	BUF_PER_PEER = 8,
};

/*
 * A buffer is free, in a peer's send queue, or (released while the port still
 * reads it) in the limbo list until `pending` is 0.
 */
struct buf {
	struct buf *next;
	u64 sent_ns;
	u32 pending;           /* uses by the port, or by our own receiver */
	u32 seq;
	u32 len;               /* payload bytes behind the head */
	u8 kind, flags;        /* of the frame */
	u8 sent;               /* times; stays at 255 */
	bool lost, sacked;
	struct wire_head head;
	u8 payload[WIRE_PAYLOAD_MAX];
};

struct buf_pool {
	struct buf *free, *limbo;
	u32 frees, total;
};

/* Header of a BULK frame that the port still reads. */
struct bulk_slot {
	struct wire_bulk head;
	u32 pending;
	struct msg_req *req;   /* NULL: free */
};

enum { BULK_SLOTS = 128 };

/* Makes `count` buffers out of mem. */
void buf_init(struct buf_pool *pool, void *mem, u32 count);

/* A buffer with zeroed bookkeeping; NULL when fewer than `keep` would stay. */
struct buf *buf_get(struct buf_pool *pool, u32 keep);

/* Gives it back, now or when the port is done with it. */
void buf_put(struct buf_pool *pool, struct buf *b);

/* Frees what the port has finished; true if any became free. */
bool buf_reap(struct buf_pool *pool);

#endif
