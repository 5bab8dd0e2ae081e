/* msg.h - reliable ordered messages between endpoints: the API of net/. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_MSG_H
#define NET_MSG_H

#include "kernel/lib/base.h"
#include "kernel/lib/list.h"
#include "net/port.h"

/*
 * An endpoint talks to numbered peers. Messages of one pair of endpoints
 * arrive complete, once, and in the order in which they were sent. A message
 * is a head of at most MSG_HEAD_MAX bytes, which always travels, and data of
 * any length. Short data travels eagerly behind the head. Longer data (or any
 * data with MSG_OFFER) stays with the sender; the receiver is shown the offer
 * in the message's place in the order and pulls it when it has a place for
 * it: `msg_pull`.
 *
 * State is guarded by the endpoint's try-lock and nobody waits for it.
 * msg_poll is the owner's: it makes progress and runs the deliver upcall.
 * msg_progress is anybody's (tick, idle core): it moves acks, retransmits,
 * pulls and arrivals, and never runs an upcall.
 */

enum {
	MSG_HEAD_MAX = 64,
	MSG_EAGER_MAX = 16 * 1024,   /* data bytes sent without asking */
	MSG_PEERS_MAX = 65536,
	MSG_SEGS_MAX = 16,           /* pieces of a delivered eager message */
};

enum msg_flag {
	MSG_OFFER = 1 << 0,   /* never eager: done means the receiver took it */
};

struct msg_ep;

/*
 * A send or a pull under way. The caller owns the struct and leaves it, and
 * the data that it names, alone until `done` is set; then err is 0 or a
 * negative err.h number and moved the bytes. An eager send is done when its
 * bytes were copied or acknowledged, an offered one when the receiver has
 * pulled or declined it.
 */
struct msg_req {
	volatile u32 done;
	i32 err;
	u64 moved;
	/* the transport's own from here */
	struct msg_req *next;        /* submitted while the lock was taken */
	struct list link;            /* in the queue that state names */
	struct list grant;           /* offer: chunks asked for, not yet sent */
	void *data;
	u64 len;                     /* bytes to move */
	u64 want, have;              /* chunks from base on */
	u64 gave;                    /* offer: those sent */
	u64 asked_ns, heard_ns;      /* pull: last PULL sent, last chunk */
	u64 gap_ns;                  /* since when a chunk is overdue */
	u64 top_ns;                  /* when the chunk `top` was asked for */
	u32 room, top;               /* chunks under way at most; mark of ask */
	u32 base, chunk, chunks;     /* chunk: bytes; chunks: how many */
	u32 id, offer, peer;
	u32 pending;                 /* frames that the port still reads */
	u32 tries;
	u8 state, flags, head_len, reasked;
	u16 land_port;               /* offer: where its BULK is asked to */
	bool landing;                /* pull: the machine puts it in place */
	bool gently;                 /* pull: asked again, and waits on */
	u8 head[MSG_HEAD_MAX];
};

/*
 * A message as delivered: an eager one has all its data in seg[0..segs) (valid
 * during the upcall only); an offer has segs == 0 and offer != 0, and its data
 * is asked for by msg_pull(ep, peer, offer, ...), now or later, exactly once.
 */
struct msg_in {
	u32 peer;
	u32 head_len;
	const u8 *head;
	u64 len;              /* data bytes in all */
	u64 offer;            /* 0: eager */
	u32 segs;
	struct iov seg[MSG_SEGS_MAX];
};

/* Runs inside msg_poll; may call msg_send and msg_pull. */
typedef void msg_deliver_fn(void *ctx, const struct msg_in *in);

struct msg_config {
	struct port *port;    /* the endpoint's own, open until msg_close */
	struct port_addr self;
	u32 key;              /* frames with another key are dropped: job key */
	u32 epoch;            /* differs from every earlier endpoint at self */
	u32 peers_max;
	void *arena;          /* all of the endpoint's memory */
	size_t arena_bytes;   /* at least msg_arena_bytes() */
	msg_deliver_fn *deliver; /* may be NULL until msg_attach */
	void *ctx;
};

/* Memory for an endpoint that really talks to `active` of peers_max peers. */
size_t msg_arena_bytes(u32 peers_max, u32 active);

/* 0, ERR_INVAL, ERR_NOMEM. The handle lies inside the arena. */
int msg_open(struct msg_ep **ep, const struct msg_config *cfg);

/* Sets the upcall; before this, arrivals wait within their credits. */
void msg_attach(struct msg_ep *ep, msg_deliver_fn *deliver, void *ctx);

/* Says where peer number `peer` lives. Frames of unknown senders are dropped
 * unless msg_accept was given. ERR_INVAL, ERR_BUSY if set otherwise. */
int msg_peer_set(struct msg_ep *ep, u32 peer, const struct port_addr *addr,
    u32 node);

/*
 * bmd's and the agent's way: a sender that is not known yet gets the next free
 * peer number. `fn` may refuse by returning false.
 */
typedef bool msg_accept_fn(void *ctx, u32 peer, const struct port_addr *from);
void msg_accept(struct msg_ep *ep, msg_accept_fn *fn, void *ctx);

/*
 * Sends head and data to a peer. req may be NULL only for eager data; data
 * may then be reused at once (it is copied). 0: accepted, in order.
 * ERR_DEAD; ERR_TOOBIG (head); ERR_AGAIN: no room now, poll and retry;
 * with a req, room is never the caller's problem: it is queued.
 */
int msg_send(struct msg_ep *ep, u32 peer, const void *head, u32 head_len,
    const void *data, u64 len, u32 flags, struct msg_req *req);

/*
 * Takes an offered message's data into buf: min(len, offered) bytes; the rest
 * is dropped. len 0 declines. When req is done, the sender's is told.
 */
int msg_pull(struct msg_ep *ep, u32 peer, u64 offer, void *buf, u64 len,
    struct msg_req *req);

/* Progress and upcalls; the owner's. Returns the number of events (frames,
 * deliveries, completions): 0 means nothing moved. */
int msg_poll(struct msg_ep *ep);

/* Progress without upcalls; anybody's. Returns at once if another core has
 * the lock. */
int msg_progress(struct msg_ep *ep);

/* Nothing has come, nothing is under way and nothing is due: msg_poll would find
 * nothing but what the port has not shown yet. */
bool msg_is_quiet(const struct msg_ep *ep);

/* True if a message waits for the owner or a request has completed since the
 * last msg_poll: do not park. */
bool msg_ready(const struct msg_ep *ep);

/* When msg_progress must be called next at the latest (port time);
 * UINT64_MAX: only when a frame arrives. */
u64 msg_deadline(const struct msg_ep *ep);

/* Everything sent has been acknowledged and every offer taken. */
bool msg_is_drained(const struct msg_ep *ep);

/* Counts up with each sound frame from a peer's present life: it is there. */
u64 msg_heard(const struct msg_ep *ep);

/* Every peer on this node is dead: what waits for them ends with ERR_DEAD,
 * now or when whoever holds the endpoint's lock leaves. Anybody's. */
void msg_node_dead(struct msg_ep *ep, u32 node);

/* Forgets a peer (its number may be set anew); its requests end ERR_CLOSED. */
void msg_peer_drop(struct msg_ep *ep, u32 peer);

/* Ends the endpoint; unfinished requests end with ERR_CLOSED. */
void msg_close(struct msg_ep *ep);

/*
 * Ranks of one node may exchange through shared memory. Every rank has a
 * segment of msg_shm_bytes(), zero at first and mapped by all of them.
 * msg_shm_own says which is ours (before msg_shm_peer), with a number by which
 * others name us to their copy function: it moves len bytes from address
 * `from` of that owner, and returns 0 or an error (then the data comes by the
 * port). Peers must be set, and nothing sent to them yet. The port stays in
 * use for offers that cannot be copied and to wake a parked owner.
 */
typedef int msg_copy_fn(void *ctx, u64 owner, void *to, u64 from, u64 len);
size_t msg_shm_bytes(void);
void msg_shm_own(struct msg_ep *ep, void *segment, u64 owner,
    msg_copy_fn *copy, void *ctx);
int msg_shm_peer(struct msg_ep *ep, u32 peer, void *segment);
/* Before the owner sleeps (then look at msg_ready again), and after. */
void msg_park(struct msg_ep *ep, bool parked);

/* Named counters, one per event and per reason for a drop: stats.c. */
struct msg_stat {
	const char *name;
	u64 value;
};
u32 msg_stats(const struct msg_ep *ep, struct msg_stat *st, u32 max);

#endif
