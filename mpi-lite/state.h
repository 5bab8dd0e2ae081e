/* state.h - all that mpi-lite remembers of one rank. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_STATE_H
#define MPI_LITE_STATE_H

#include "kernel/lib/list.h"
#include "mpi-lite/comm.h"
#include "mpi-lite/rankpage.h"
#include "net/msg.h"

enum { STATE_REQS_KEPT = 64, STATE_ATTRS = 16, STATE_TUNES = 2 };

/*
 * With MPI_THREAD_MULTIPLE one lock guards a rank's state. Whoever begins,
 * looks at or ends a request holds it; nobody holds it while he sleeps. It is
 * recursive: a collective's strand and an upcall run under their caller's.
 */
struct state_lock {
	u64 owner;             /* env_thread(); 0: free */
	u32 depth;
};

/* Hangs from rankpage->mpi, from the first MPI_Init or MPI_Session_init to
 * the end of the process. */
struct state {
	struct rankpage *page;
	struct msg_ep *ep;
	bool initialized, finalized, threads;
	int thread_level;
	u64 main_thread;
	struct state_lock lock;
	struct comm world, self;
	struct group world_group, self_group, empty_group;
	int self_rank[1];
	u32 contexts;          /* made here so far */
	struct list posted;    /* receives, in order of posting */
	struct list arrived;   /* unexpected messages, in order of arrival */
	struct list orphans;   /* freed requests that are still active */
	struct list strands;   /* collectives that nobody waits in */
	struct strand *strand; /* the one that runs now */
	struct list wins;
	struct list rma_in;    /* operations that wait for their data */
	struct list rma_out;   /* messages that the transport still reads */
	struct req *spare;     /* requests to use again */
	u32 spares;
	int attr[STATE_ATTRS]; /* values that attributes point at */
	struct list keyvals;
	int keyval_next;
	struct list codes;     /* MPI_Add_error_class, _code */
	int code_next;
	struct list type_names; /* of predefined types */
	struct list type_attrs; /* of them too */
	struct list parts;     /* partitioned channels made, counted */
	struct bsend *bsend;   /* the attached buffer */
	void **handle;         /* [handles] that have a Fortran number */
	MPI_Fint handles;
	struct info *env;      /* MPI_INFO_ENV */
	int tools;             /* MPI_T_init_thread calls that are not ended */
	int tune[STATE_TUNES]; /* enum tool_cvar */
	int sessions;          /* open ones */
};

/* The caller's state. Before MPI_Init or after MPI_Finalize: a line that
 * names the function, and the end of the job. */
struct state *state_of(const char *func);
/* The same, but NULL where there is none. */
struct state *state_any(void);

/* malloc that ends the job with a line when there is no memory. */
void *state_alloc(size_t bytes);
/* The same, zeroed. */
void *state_zalloc(size_t bytes);

void state_lock_slow(struct state *s);
void state_unlock_slow(struct state *s);

static inline void
state_lock(struct state *s)
{
	if (s->threads)
		state_lock_slow(s);
}

static inline void
state_unlock(struct state *s)
{
	if (s->threads)
		state_unlock_slow(s);
}

/* A counter of references that threads share. */
static inline void
state_hold(u32 *refs)
{
	__atomic_fetch_add(refs, 1, __ATOMIC_RELAXED);
}

/* True: that was the last one. */
static inline bool
state_drop(u32 *refs)
{
	return __atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL) == 0;
}

#endif
