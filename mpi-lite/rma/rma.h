/* rma.h - one-sided operations: windows, and the messages between them. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_RMA_RMA_H
#define MPI_LITE_RMA_RMA_H

#include "mpi-lite/req.h"

/*
 * Every operation is a message that the target's rank carries out when it
 * next makes progress, in the order in which its origin sent them, and
 * answers. An origin counts what is not answered yet, per target: flush,
 * unlock, complete and fence wait for that count to fall to 0, so what they
 * promise holds at the target too.
 *
 *   origin   PUT ACC GET GET_ACC CAS --->  target: apply, then ANSWER
 *            LOCK ----------------------->  ANSWER when it is granted
 *            UNLOCK, POST, COMPLETE ----->  (no answer)
 */
enum rma_kind {
	RMA_PUT = 1, RMA_GET, RMA_ACC, RMA_GET_ACC, RMA_CAS,
	RMA_LOCK, RMA_UNLOCK, RMA_POST, RMA_COMPLETE, RMA_ANSWER,
};

/* The head of all of them; no other message's head has this length. */
struct rma_head {
	u64 win;               /* the window's number; 0: an answer */
	u64 op;                /* comes back in the answer */
	i64 disp, count;       /* of the target's type */
	i32 err;               /* of an answer: an MPI code */
	u32 type_bytes;        /* a derived type, coded, comes first in data */
	u8 kind, rop;          /* enum rma_kind; enum tag_op */
	u8 elem, size, extent; /* of a basic type */
	u8 lock;               /* exclusive? */
	u16 spare;
};

/* Access epochs at the origin; MPI-3.1 §11.5. */
enum rma_fence { FENCE_NONE, FENCE_OPEN, FENCE_USED };

struct rma_region {            /* of a dynamic window */
	struct list link;
	u8 *base;
	u64 bytes;
};

struct rma_wish {              /* a lock that is not granted yet */
	struct list link;
	u32 peer;
	u64 op;
	bool exclusive;
};

struct win {
	struct tag tag;
	struct list link;      /* s->wins */
	u64 number;
	struct comm *comm;     /* the window's own */
	u8 *base;
	MPI_Aint size;
	int unit, flavor, model;
	const struct tag *handler;
	struct list attrs;
	struct info *info;
	char name[MPI_MAX_OBJECT_NAME];
	void *owned;           /* of MPI_Win_allocate */
	/* shared memory of a node's ranks */
	u8 *shared;
	size_t shared_bytes;
	struct rma_part {
		u64 at, size;
		i64 unit;
	} *part;               /* [ranks] */
	struct list regions;
	/* origin */
	u32 *pending;          /* [ranks] not answered */
	u32 *answered;         /* [ranks] answers so far */
	u8 *locked;            /* [ranks] by us */
	bool all_locked, started;
	enum rma_fence fence;
	struct group *start_group, *post_group;
	int err;               /* of an answer, not told yet */
	/* target */
	u32 *posts, *completes; /* [ranks] come and not used */
	bool held_exclusive;
	u32 holders;
	struct list wishes;
};

/* An operation under way at its origin. */
struct rma_op {
	struct list link;      /* s->rma_out, if the transport reads it */
	struct win *win;
	int target;            /* rank in the window; -1: a mere message */
	struct req *req;       /* MPI_Rput and the like; NULL */
	void *result;
	i64 count;
	const struct type *type; /* of result; held */
	void *data;            /* ours to free */
	struct msg_req net;
	bool left, answered;   /* both: it is over */
};

/* From match.c: a message for us; from req.c: progress, how much. */
void rma_arrive(struct state *s, const struct msg_in *in);
int rma_progress(struct state *s);

/* A message to a world rank; op->data, if any, is freed when it has left. op
 * itself too once it is answered (target -1: needs no answer). */
void rma_send(struct state *s, u32 peer, const struct rma_head *h,
    struct rma_op *op, const void *data, u64 len);
/* A message without data or answer. */
void rma_tell(struct state *s, u32 peer, const struct rma_head *h);
/* The answer to an operation. */
void rma_answer(struct state *s, u32 peer, u64 op, int err, void *data,
    u64 len);

/* What a message asks of a window: target.c. Data is aligned as malloc's. */
void rma_serve(struct state *s, u32 peer, const struct rma_head *h, u8 *data,
    u64 len);
/* Gives the lock to those that wait and may have it. */
void rma_grant(struct state *s, struct win *w);

/* Derived types as bytes: code.c. NULL out: only counts. */
u64 rma_type_code(const struct type *t, u8 *out);
/* NULL: malformed. To be dropped. */
const struct type *rma_type_read(const u8 *in, u64 bytes);
/* The basic type of which all elements are, or NULL. */
const struct type *rma_leaf(const struct type *t);

/* Windows: win.c. */
struct win *win_of(MPI_Win handle);
int win_check(MPI_Win handle, const char *func, struct win **w);
int win_raise(struct win *w, const char *func, int code);
static inline u32
win_world(const struct win *w, int rank)
{
	return (u32)group_world(w->comm->group, rank);
}
/* Waits until all that was sent to `rank` (-1: to all) before is answered; an
 * answer's error. */
int win_flush(struct state *s, struct win *w, int rank);
/* A new window over comm, collective; code. */
int win_make(struct comm *c, int flavor, MPI_Info info, struct win **out);
/* Gives shared memory back, collective; nothing if it has none. */
void win_unshare(struct win *w);
/* All know it from here on. */
int win_open(struct win *w, MPI_Win *out);

#endif
