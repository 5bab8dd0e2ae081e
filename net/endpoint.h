/* endpoint.h - the state of one endpoint and of its peers. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_ENDPOINT_H
#define NET_ENDPOINT_H

#include "kernel/lib/list.h"
#include "net/buf.h"
#include "net/land.h"
#include "net/shm.h"
#include "net/stats.h"

/*
 * Rules.
 * - Everything below is guarded by `lock`, a try-lock that nobody waits for,
 *   but for what stands before `port`, slots' `dead` and requests' `done`.
 * - Whoever is refused leaves: progress is being made by the holder. An owner
 *   with a request in hand pushes it on `submit` first; the holder looks at
 *   `submit` again after it has released the lock.
 * - During the deliver upcall the lock stays held and `upcall` is set. Only
 *   the owner calls msg_send and msg_pull, so a caller that finds `upcall`
 *   set is inside the upcall and already has the lock.
 */

/* Where a received DATA frame waits for its turn. */
struct hold {
	u8 *data;              /* payload; NULL: not here */
	u32 len;
	u32 flags;             /* enum wire_flag */
	void *cookie;          /* the port's, when own is NULL */
	struct buf *own;       /* from ourselves: peer.self */
};

/*
 * The stream from a peer:
 *
 *	deliver ... commit ..... next ... deliver + WIRE_WINDOW
 *	whole messages | a part of one | frames with gaps
 *	acknowledged   | may be given up when buffers run out (sack)
 *
 * The stream to a peer, in `tx` in order of number:
 *
 *	una ........... unsent ........ next
 *	sent, some sacked or lost | waits for credit (edge) or cwnd
 */
struct peer {
	/* sending */
	struct buf *tx, **tx_end, *unsent;
	u32 tx_next, tx_una, tx_edge;
	u32 queued;            /* buffers in tx */
	u32 flight;            /* sent, not sacked, not lost */
	u32 lost;
	u32 cwnd, cwnd_acks;
	u64 retry_at;          /* 0: no timer */
	u32 tries;             /* timeouts since something was heard */
	/* receiving */
	u32 rx_deliver, rx_commit, rx_next;
	u64 rx_map;            /* bit seq % 64: held, not committed */
	u64 ack_at;            /* 0: no timer */
	u32 ack_due;           /* frames since the last acknowledgement */
	bool ack_now;
	bool self;
	struct shm *shm;       /* its segment, if it is on our node */
	u32 epoch;
	u32 number;

	struct list link;      /* ep->active, or ep->idle */
	struct list busy;      /* has something to send */
	struct list ready;     /* has a message to deliver */
	struct list waiting;   /* requests: no buffer yet */
	struct list offers;    /* requests: not taken yet */
	u64 srtt, rttvar, rto;
	u64 bulk_srtt, bulk_rttvar; /* from a PULL to its last chunk */
	u32 edge_sent;
	u32 old[WIRE_EPOCHS_OLD];
	struct port_addr addr;
	struct hold hold[WIRE_WINDOW];
};

/* What is known of every peer number, active or not. */
struct slot {
	struct port_addr addr;
	u32 node;
	bool used, dead;
	bool landed, no_landing; /* large frames get through, or do not */
	struct peer *peer;     /* NULL: nothing was said yet */
	struct shm *shm;
};

enum req_state {
	REQ_IDLE,
	REQ_WAITING,           /* send: for a buffer */
	REQ_OFFERED,           /* send: for the receiver */
	REQ_PULL_WAITING,      /* pull: for its turn */
	REQ_PULLING,
	REQ_PULLED,            /* pull: for a buffer to tell the sender */
	REQ_LIMBO,             /* over, but the port still reads its data */
	REQ_SUBMIT_SEND,       /* on `submit` */
	REQ_SUBMIT_PULL,
};

/* What much code names comes first: offsets below 128 are short. */
struct msg_ep {
	u32 lock;
	u32 news;              /* messages or completions for the owner */
	u32 submitted;         /* requests on `submit` or being taken off */
	u32 deaths;            /* a slot was marked dead: look at all */
	struct slot *slots;
	struct port *port;
	u64 now, next_timer;
	struct shm *shm;       /* ours; NULL: no shared memory */
	struct buf_pool pool;
	u32 *hash, hash_mask;  /* address -> peer number + 1 */
	u32 peers_max;
	u32 events;
	bool upcall, closed;
	bool tx_full;          /* the port refused; try at the next poll */
	struct list ready;

	u64 stat[STATS];
	struct list active, idle, busy;
	u32 actives, window;   /* window: credit of each active peer */
	struct msg_req *submit;
	u64 deadline;          /* as msg_deadline tells it */
	struct peer *peers;    /* all of them */
	struct peer *privileged; /* may take others' buffers */
	u64 privileged_until;
	struct port_addr self;
	u32 key, epoch;
	msg_deliver_fn *deliver;
	msg_accept_fn *accept;
	void *ctx, *accept_ctx;
	msg_copy_fn *copy;
	void *copy_ctx;

	struct list granted;   /* offers with chunks to send */
	struct list pulls;     /* REQ_PULL_WAITING, in order */
	struct list pulling, pulled, limbo;
	u32 pulling_count;
	u32 unfinished;        /* requests and frames not yet acknowledged */
	u32 waiting;           /* requests that wait for a buffer */
	u32 held;              /* port buffers in holds */
	u32 bulk_put, bulk_got;
	u32 next_offer, next_pull;
	u32 chunk_max, chunk_copied; /* largest BULK that we send, copy */
	u64 heard;             /* frames of peers as they live now */
	struct bulk_slot bulk[BULK_SLOTS];
	struct land land;
};

/* Takes the lock or not: for anybody who is not the owner. */
bool endpoint_try(struct msg_ep *ep);
/* The owner's: true when the caller may touch the state; then endpoint_leave(). */
bool endpoint_enter(struct msg_ep *ep);
void endpoint_leave(struct msg_ep *ep);
/* The owner's, for set-up and tear-down: tries until it has the lock. */
void endpoint_enter_surely(struct msg_ep *ep);
/* Leaves req for the holder of the lock. */
void endpoint_submit(struct msg_ep *ep, struct msg_req *req);

/* One round of everything but upcalls; the lock is held. */
void endpoint_progress(struct msg_ep *ep);
/* Its second half: whatever can be sent now is. */
void endpoint_flush(struct msg_ep *ep);

/* Ends a request: at once, or when the port has read its last byte. */
void endpoint_finish(struct msg_ep *ep, struct msg_req *req, int err);

/* Requests and frames that are not yet finished: msg_is_drained reads it. */
static inline void
endpoint_unfinished(struct msg_ep *ep, i32 by)
{
	__atomic_store_n(&ep->unfinished, ep->unfinished + (u32)by,
	    __ATOMIC_RELAXED);
}

/* Lowers the time at which timers are looked at. */
static inline void
endpoint_timer(struct msg_ep *ep, u64 at)
{
	if (at < ep->next_timer)
		ep->next_timer = at;
}

/* The peer will be looked at by tx_peer() in this round. */
static inline void
endpoint_kick(struct msg_ep *ep, struct peer *p)
{
	if (list_is_empty(&p->busy))
		list_put(&ep->busy, &p->busy);
}

static inline void
endpoint_news(struct msg_ep *ep)
{
	ep->events++;
	__atomic_store_n(&ep->news, 1, __ATOMIC_RELEASE);
}

#endif
