/* land.h - large messages that the machine itself puts in place. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_LAND_H
#define NET_LAND_H

#include "net/port.h"

struct msg_ep;
struct msg_req;

enum {
	LAND_NONE = 0xffffffff,
	LAND_MIN = 64 * 1024,      /* bytes: shorter pulls are copied */
	LAND_TRIES = 7,            /* silent ones: then never again */
	LAND_LOOK_NS = 20 * 1000,  /* a core that waits looks as often */
};

/* A place that was posted, and what came into it. */
struct land_place {
	u8 *at;
	u32 chunk;                 /* the one expected, */
	u32 came;                  /* and the one that came; LAND_NONE */
	u32 len;                   /* its bytes */
	bool aside;                /* at is not where `chunk` belongs */
};

/*
 *	first ......... got ............ put
 *	came, out of order | the machine's
 */
struct land {
	struct msg_req *req;       /* whose turn it is; NULL: nobody's */
	struct land_place place[PORT_LAND_RING];
	u32 first, got, put;
	u32 turn;                  /* counts up with each end */
	u32 bufs;                  /* free ones of port->land_bufs, a bit each */
	u64 came;                  /* chunks from req->base on, out of order */
	u64 last_ns;               /* when the last frame came */
	bool broken;               /* they do not come in order */
};

/* Can this pull of chunks of at most `chunk` bytes land? */
bool land_may(const struct msg_ep *ep, const struct msg_req *req, u32 chunk);

/* It is this pull's turn. */
void land_begin(struct msg_ep *ep, struct msg_req *req);

/* Posts places for chunks of the mask, lowest first, and returns those for
 * which there was one. */
u64 land_post(struct msg_ep *ep, struct msg_req *req, u64 mask);

/* What has come is taken, or seen to be out of order. */
void land_poll(struct msg_ep *ep);

/* No place is the machine's any more; what came out of order is copied to
 * where it belongs and counts as had. */
void land_settle(struct msg_ep *ep);

/* When to settle if nothing more comes. */
u64 land_due(const struct msg_ep *ep);

/* The pull is over, one way or another: its memory is its own again. */
void land_end(struct msg_ep *ep, struct msg_req *req);

#endif
