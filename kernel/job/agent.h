/* agent.h - the node's end of bmd's conversation. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_JOB_AGENT_H
#define KERNEL_JOB_AGENT_H

#include "kernel/lib/base.h"

/*
 * The agent runs on no core of its own: whoever has nothing better to do, and
 * at the latest the tick, lends it a moment. One core at a time is inside; the
 * others are refused and return at once.
 */

/* Finds the NICs and begins to ask for an address. Last line of main.c. */
void agent_init(void);

/* A moment for the agent, from any core and any context. Returns events: 0
 * when nothing moved. */
int agent_poll(void);

/* Runs fn as the agent, waiting while another core is inside: for calls that
 * take pages or map them. Not from within the agent. */
int agent_lend(int (*fn)(void *arg), void *arg);

/* When agent_poll has something to do at the latest (clock_now_ns time). */
u64 agent_deadline(void);

/*
 * This core is about to park: arms the NICs to wake it. False if frames wait
 * already. agent_unpark undoes it.
 */
bool agent_park(void);
void agent_unpark(void);

struct netif;
/* A rank's own queue: its interrupt wakes this node, too, and idle cores look
 * at it. For ever: a job ends with a recycle. */
void agent_watch(struct netif *n);

/* The calling core is inside the agent: what fails now is the kernel's. */
bool agent_is_inside(void);
/* It is in the middle of receiving or sending for everybody. */
bool agent_holds_nic(void);

/* A rank's exception: its fault is filled in, its core leaves it. If the core
 * held the interface's lock the interface is reset. */
struct rank;
void agent_rank_faulted(struct rank *r);

/* Puts leases and the conversation with bmd into the handoff block: a recycle
 * is next. Any context. */
void agent_hand_on(void);

/* -- for the other files of job/; under the agent's lock -- */
/* Every interface's queue starts over: after its users were stopped. */
void agent_reset_nics(void);
struct netif *agent_netif(u32 i);       /* NULL behind the last */
/* Leaves a NIC alone until the next recycle, its queue closed. ERR_NOENT,
 * ERR_BUSY: bmd or ranks of other nodes are reached by it. */
int agent_give_nic(u32 i);
struct job;
struct job *agent_job(void);
/* The card that its ranks use: jobrun.c. */
struct netif *job_netif(const struct job *j);
/* Sends a control message; see jobmsg.h. With req the data stay the caller's
 * until it is done; without, they are at most MSG_EAGER_MAX and are copied. */
struct msg_req;
int agent_send(u32 type, const void *data, u32 len, struct msg_req *req);

#endif
