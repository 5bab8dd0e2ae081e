/* wire.h - every byte on the wire and every limit of the protocol. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_WIRE_H
#define NET_WIRE_H

#include "kernel/lib/endian.h"
#include "net/msg.h"

/*
 * A frame is the payload of one UDP datagram. docs/wire.md tells the story;
 * a test keeps it in step with this file.
 *
 *	DATA   a piece of the ordered stream: a message or a part of one
 *	ACK    what arrived, when there is nothing else to say
 *	PULL   the receiver of an offer asks for some of its chunks
 *	BULK   one chunk, with a header of 22 bytes: after Ethernet, IPv4 and
 *	       UDP the data begins at byte 64 of the frame
 *
 * DATA, ACK and PULL begin with struct wire_head and carry acknowledgement
 * and credit; BULK does not.
 */

enum {
	WIRE_VERSION = 1,
	WIRE_WINDOW = 64,          /* DATA frames under way to one peer */
	WIRE_CREDIT_MIN = MSG_SEGS_MAX, /* never less: one whole message */
	WIRE_FRAME_MAX = 1472,     /* bytes of a DATA, ACK or PULL frame */
	WIRE_CHUNKS = 64,          /* chunks that one PULL can name */
	WIRE_CHUNK_MIN = 256,      /* bytes of a chunk but the last */
	WIRE_CHUNK_MAX = 8192,     /* two pages: lands in place */
	WIRE_ACK_DELAY_NS = 200 * 1000,
	WIRE_ACK_EVERY = 8,        /* DATA frames acknowledged at once */
	WIRE_RTO_MIN_NS = 10 * 1000 * 1000,
	WIRE_PULL_MIN_NS = 20 * 1000 * 1000,
	WIRE_RTO_FIRST_NS = 50 * 1000 * 1000,
	WIRE_RTO_MAX_NS = 1000 * 1000 * 1000,
	WIRE_REORDER = 3,          /* later frames seen before one is lost */
	WIRE_PULLS_ACTIVE = 8,     /* pulls that hold grants at one time */
	WIRE_EPOCHS_OLD = 2,       /* earlier lives of a peer, remembered */
	WIRE_PRIVILEGE_NS = 2000 * 1000 * 1000,
};

_Static_assert((int)WIRE_CHUNK_MAX == PORT_LAND_BYTES, "a chunk is a place");

enum wire_kind { WIRE_DATA = 1, WIRE_ACK, WIRE_PULL, WIRE_BULK };

enum wire_flag {
	WIRE_FIRST = 1 << 0,   /* DATA: begins with struct wire_msg */
	WIRE_LAST = 1 << 1,    /* DATA: ends its message */
	WIRE_TAKEN = 1 << 2,   /* DATA: struct wire_taken, no message */
	WIRE_ASK = 1 << 3,     /* please acknowledge at once */
	WIRE_SUMMED = 1 << 4,  /* BULK: crc leaves out the data, which the UDP
				* checksum covers */
};

struct wire_head {
	u8 version_kind;       /* WIRE_VERSION << 4 | enum wire_kind */
	u8 flags;
	le16 len;              /* payload bytes behind this head */
	le32 key;              /* of the job */
	le32 src_epoch;        /* the sender's life */
	le32 dst_epoch;        /* the receiver's, 0 while unknown */
	le32 seq;              /* DATA: its number in the stream */
	le32 ack;              /* every DATA before this one is kept */
	le64 sack;             /* bit i: DATA ack + i is here, so far */
	le32 edge;             /* DATA up to here, exclusive, has credit */
	le32 crc;              /* CRC-32C of head before it and payload */
} PACKED;
_Static_assert(sizeof(struct wire_head) == 40, "wire format");

/* Begins a message; the head follows, then data. */
struct wire_msg {
	u8 head_len;
	u8 pad;
	le16 chunk_max;        /* offer: largest BULK chunk, bytes */
	le32 offer;            /* 0: eager, all data follows */
	le64 len;              /* data bytes in all */
} PACKED;
_Static_assert(sizeof(struct wire_msg) == 16, "wire format");

/* The offer's data has arrived, or nobody wants (the rest of) it. */
struct wire_taken {
	le32 offer;
	le32 pad;
	le64 moved;
} PACKED;
_Static_assert(sizeof(struct wire_taken) == 16, "wire format");

struct wire_pull {
	le32 offer;
	le32 pull;             /* number that the BULK frames carry */
	le16 chunk;            /* bytes of a chunk */
	le16 port;             /* UDP port that BULK goes to; 0: the usual */
	le32 base;             /* bit i of mask: chunk base + i */
	le64 mask;
	le64 len;              /* bytes wanted of the offer, from its start */
} PACKED;
_Static_assert(sizeof(struct wire_pull) == 32, "wire format");

struct wire_bulk {
	u8 version_kind;
	u8 flags;
	le32 key;
	le32 dst_epoch;
	le32 pull;
	le32 chunk;            /* its index: data lands at index * size */
	le32 crc;              /* of header before it and data */
} PACKED;
_Static_assert((int)sizeof(struct wire_bulk) == PORT_LAND_HEAD, "64 with Eth, IPv4 and UDP");

/* Data bytes of a message's first DATA frame, and of the others. */
enum {
	WIRE_PAYLOAD_MAX = WIRE_FRAME_MAX - sizeof(struct wire_head),
	WIRE_FRAMES_OF_MESSAGE = 1 + (MSG_EAGER_MAX + MSG_HEAD_MAX +
	    sizeof(struct wire_msg) - 1) / WIRE_PAYLOAD_MAX,
};
_Static_assert((int)WIRE_FRAMES_OF_MESSAGE <= (int)MSG_SEGS_MAX, "pieces fit");

enum wire_verdict {
	WIRE_OK,
	WIRE_BAD_SHORT,
	WIRE_BAD_VERSION,
	WIRE_BAD_KEY,
	WIRE_BAD_LENGTH,
	WIRE_BAD_CRC,
};

/* A frame whose lengths and sums are right. */
struct wire_view {
	enum wire_kind kind;
	const struct wire_head *head;  /* all but BULK */
	const struct wire_bulk *bulk;  /* BULK only */
	u8 *payload;
	u32 len;
};

/*
 * Looks at a frame of len bytes once and for all: whoever reads through the
 * view needs no further check of lengths of what the kind prescribes.
 */
enum wire_verdict wire_check(struct wire_view *v, u8 *frame, u32 len, u32 key);

/* The same without its sum: a frame that came through shared memory. */
enum wire_verdict wire_look(struct wire_view *v, u8 *frame, u32 len, u32 key);

/* A BULK frame whose head and data lie apart; `summed`: its UDP checksum was
 * right. */
enum wire_verdict wire_check_landed(struct wire_view *v, const u8 *head,
    u8 *data, u32 len, u32 key, bool summed);

/* Fill in crc; the other fields are set. */
void wire_sum(struct wire_head *head, const void *payload, u32 len);
void wire_sum_bulk(struct wire_bulk *bulk, const void *data, u32 len);

/* Numbers wrap: a is before b in the stream. */
static inline bool
wire_before(u32 a, u32 b)
{
	return (i32)(a - b) < 0;
}

#endif
