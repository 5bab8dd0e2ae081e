/* req.h - sends and receives under way. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_REQ_H
#define MPI_LITE_REQ_H

#include "mpi-lite/state.h"
#include "mpi-lite/type.h"

enum req_kind {
	REQ_SEND, REQ_RECV,
	REQ_PERSIST,           /* `start` begins what it describes */
	REQ_COLL,              /* a strand ends it */
	REQ_RMA,               /* answers from the target end it */
	REQ_GENERAL,           /* the program ends it */
	REQ_PART,              /* partitioned */
};

enum req_state {
	REQ_POSTED,            /* receive: not matched yet */
	REQ_MOVING,            /* the transport has it */
	REQ_DONE,
	REQ_INACTIVE,          /* persistent, not started */
};

enum req_mode { REQ_STANDARD, REQ_SYNC };

/*
 * On the heap behind an MPI_Request, or on the stack of a blocking call. It
 * holds references to its communicator and type until it is done.
 */
struct req {
	struct tag tag;
	u8 kind, state, mode;
	u8 cancelled, orphan;  /* orphan: freed by the program while posted */
	struct list link;      /* s->posted or s->orphans */
	struct comm *comm;
	const struct type *type;
	void *buf;
	i64 count;
	u64 context;
	int source;            /* receive: world rank wanted, or ANY */
	int tag_wanted;
	u32 order;
	void *packed;          /* the stream, if the type is not plain */
	u64 bytes;             /* of the stream: capacity, or sent */
	struct msg_req net;
	/* the status */
	int from, tag_got, err;
	u64 got;
	/* persistent */
	struct req *run, *spare_next;
	int dest;
	/* Begins r->run, which is new; r->what is the describer's. */
	void (*start)(struct state *s, struct req *r);
	void (*forget)(struct state *s, void *what); /* when r is freed */
	void *what;
};

/* Arguments of a message as MPI gives them; context says whose it is. */
struct req_args {
	struct comm *comm;
	u64 context;
	void *buf;
	i64 count;
	const struct type *type;
	int peer, tag;
	u8 mode;               /* enum req_mode */
	u32 order;             /* see struct match_head */
};

struct req *req_new(struct state *s);
void req_free(struct state *s, struct req *r);

/* Begin; r need not be initialised. Complete by req_wait or req_is_done. */
void req_send(struct state *s, struct req *r, const struct req_args *a);
/* The receive of a message that MPI_Mprobe took. */
struct match_arrived;
void req_recv_message(struct state *s, struct req *r, const struct req_args *a,
    struct match_arrived *m);
void req_recv(struct state *s, struct req *r, const struct req_args *a);

/* Has it ended? Finishes what is left to do when the bytes are here. */
bool req_is_done(struct req *r);
/* Progress until it has; the MPI code. */
int req_wait(struct state *s, struct req *r);
/* After the end: lets go of the communicator. */
void req_close(struct req *r);
/* Is it done? For threads that share the rank: under its lock. */
bool req_look(struct state *s, struct req *r);
/* One round of progress; how much moved. */
int req_move(struct state *s);
/* One round of progress; waits for something to happen if nothing did and
 * `idle` says that the caller has nothing to do. */
void req_progress(struct state *s, bool idle);

void req_status(const struct req *r, MPI_Status *status);

/* The request behind a handle; NULL: MPI_REQUEST_NULL. */
struct req *req_of(MPI_Request handle);
/* An active persistent request's work, else the request itself. */
struct req *req_run(struct req *r);
/* After completion: the handle becomes null, or inactive. */
void req_retire(struct state *s, MPI_Request *handle);

/* A request that something other than the transport ends; held references:
 * the communicator's, if c is not NULL. */
struct req *req_plain(struct state *s, struct comm *c, enum req_kind kind);

/* Blocking calls of the collectives: whole messages of one type; a shorter
 * one is an error too. */
int req_send_wait(struct state *s, const struct req_args *a);
int req_recv_wait(struct state *s, const struct req_args *a);

#endif
