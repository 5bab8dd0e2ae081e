/* stats.h - one counter per event and per reason for a drop. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_STATS_H
#define NET_STATS_H

#include "kernel/lib/base.h"

enum stat {
	STAT_TX_DATA,          /* DATA frames sent for the first time */
	STAT_TX_AGAIN,         /* DATA frames sent again */
	STAT_TX_ACK,           /* ACK frames */
	STAT_TX_PULL,
	STAT_TX_BULK,
	STAT_TX_REFUSED,       /* the port was full */
	STAT_COPIED,           /* offers of neighbours, by one copy */
	STAT_WAKES,            /* parked neighbours woken */
	STAT_RX_FRAMES,
	STAT_RX_BULK,
	STAT_RX_BYTES_BULK,
	STAT_RX_BYTES_LANDED,  /* of them, put in place by the machine */
	STAT_RX_COPIED_BYTES,  /* data moved by the processor */
	STAT_RX_TOUCHED_BYTES, /* data read by it: summed or copied */
	STAT_TX_COPIED_BYTES,
	STAT_MESSAGES_IN,      /* delivered */
	STAT_MESSAGES_OUT,     /* accepted */
	STAT_TIMEOUTS,         /* retry timer ran out */
	STAT_PULLS_AGAIN,      /* chunks asked for again */
	STAT_RESTARTS,         /* a peer came back with a new epoch */
	STAT_EVICTED,          /* frames given up for another peer's */
	/* reasons for a drop */
	STAT_DROP_SHORT,       /* in the order of enum wire_verdict */
	STAT_DROP_VERSION,
	STAT_DROP_KEY,
	STAT_DROP_LENGTH,
	STAT_DROP_CRC,
	STAT_DROP_STRANGER,    /* an unknown sender */
	STAT_DROP_EPOCH,       /* an earlier life of either side */
	STAT_DROP_DUPLICATE,
	STAT_DROP_WINDOW,      /* beyond the credit */
	STAT_DROP_NO_BUFFER,   /* the owner does not poll */
	STAT_DROP_NO_PEER,     /* no memory for another peer */
	STAT_DROP_MALFORMED,   /* a message that contradicts itself */
	STAT_DROP_BULK_STALE,  /* a chunk that nobody waits for */
	STAT_DROP_NO_OFFER,    /* a PULL for what is not offered */
	STAT_DROP_DEAD,        /* from a node declared dead */
	STATS,
};

struct msg_ep;
u64 stats_get(const struct msg_ep *ep, enum stat s);

/* The counter's name, as in metrics: "drop_crc". */
const char *stats_name(enum stat s);

#endif
