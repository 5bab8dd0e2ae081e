/* link.h - bmd's endpoint: sealed messages to and from the agents. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_LINK_H
#define HEADNODE_LINK_H

#include "headnode/node.h"

enum {
	LINK_PEERS_MAX = CONFIG_NODES_MAX + 64, /* strangers among them */
	LINK_PULLS_MAX = 4,        /* OUTPUT pulls under way, per node */
	LINK_OFFERS_MAX = 4096,    /* offers that wait or are pulled, per node */
	LINK_STRANGER_MS = 10000,  /* who has not registered by then is
	                              forgotten, and its place is free */
	LINK_ROUNDS_MAX = 64,      /* msg_poll calls per turn of the loop */
};

/* Opens UDP port cfg.udp_port. 0, ERR_IO after saying why. */
int link_open(struct bmd *b);
void link_close(struct bmd *b);

/*
 * Seals and sends a copy of data to the node's agent. To a node that is not
 * connected nothing is sent: its silence tells.
 */
void link_send(struct node *n, enum jobmsg_type type, u32 job,
    const void *data, size_t len);

/* The same without a copy: data comes from malloc and is taken over. */
void link_send_owned(struct node *n, enum jobmsg_type type, u32 job,
    void *data, size_t len);

/* The node started anew: what it had offered is not there any more. */
void link_reset(struct node *n);

/* Ends the conversation: what waits is dropped. Not from within a message. */
void link_forget(struct node *n);

/* bmd's tick: strangers make room. */
void link_tick(struct bmd *b);

/* Its job's reader has room again, or the job is gone: go on pulling. */
void link_resume(struct node *n);

#endif
