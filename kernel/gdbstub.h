/* gdbstub.h - the node's end of a debugger: stop, look, change, go on. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_GDBSTUB_H
#define KERNEL_GDBSTUB_H

#include "kernel/trap.h"

/*
 * gdb's own protocol is spoken at the head node (headnode/gdbserver.c), or on
 * the serial line (gdbline.c); here arrive the few things that only the node
 * can do: JOBMSG_DEBUG.
 */

struct fiber;
struct job;
struct rank;

enum { GDBSTUB_PAGES = 64 };    /* pages of text with breakpoints, per rank */

enum gdbstub_state {
	GDBSTUB_OFF,            /* nobody looks at the rank */
	GDBSTUB_RUNNING,
	GDBSTUB_STOPPING,       /* asked to stop, as soon as it may */
	GDBSTUB_STOPPED,
};

struct gdbstub {
	volatile u32 state;     /* enum gdbstub_state */
	u32 signal;             /* why it stopped */
	bool told;              /* bmd knows that */
	bool line;              /* the debugger is at the serial line */
	bool step;              /* it goes on for one instruction */
	u64 asked_ns;           /* the last NMI */
	struct fiber *fiber;    /* that stopped last */
	struct trap_frame frame;
	u8 *vectors;            /* XSAVE area while it is stopped */
	u64 deadline_ns;        /* of the wait that it was stopped in */
	u32 pages;              /* of text that this rank has for itself */
	struct {
		u64 va;
		u8 *own;
		const u8 *shared;
	} page[GDBSTUB_PAGES];
};

/* A JOBMSG_DEBUG, opened; data has room for an answer of the largest size.
 * Under the agent's lock, as is gdbstub_poll: it stops ranks and says so. */
void gdbstub_message(struct job *j, u8 *data, u64 len);
void gdbstub_poll(struct job *j);

/* For a debugger at the serial line. A rank that runs here and has none, or
 * NULL; j may be NULL. Does one enum jobmsg_debug_op; data has room for an
 * answer of the largest size, *len is of what it holds. */
struct rank *gdbstub_find(struct job *j, u32 rank);
int gdbstub_do(struct rank *r, u32 op, u64 va, u32 bytes, u8 *data, u32 *len);

/* An NMI for the debugger's sake, or any interrupt: the core that asks may be
 * the rank's. */
void gdbstub_nmi(struct trap_frame *f);
/* An exception: true if it was the debugger's affair; the code goes on from
 * the frame, which has changed. */
bool gdbstub_trap(struct trap_frame *f);

#endif
