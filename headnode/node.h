/* node.h - the nodes of the rack as bmd knows them. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_NODE_H
#define HEADNODE_NODE_H

#include "headnode/bmd.h"

/*
 *	           boot files fetched          REGISTER
 *	   OFF ------------------------> BOOTING ------> UP <-----------.
 *	    ^                               ^             | LOAD        |
 *	    |                               |             v             |
 *	    '-- never heard of              |           BUSY -----------'
 *	                                    |             |  REGISTER (warm)
 *	                             LOST <-+-------------'
 *	                          silent for lost_ms; REGISTER brings it back
 *
 * Silence counts only while bmd itself ran on time.
 */

enum { NODE_TIME_MS = 60000 };     /* how often a node is told the time */
enum { NODE_LINE_MAX = 500 };      /* of its console; longer ones are broken */

/* Beside users in node.uid: no job yet; one that we do not know of. */
#define NODE_NOBODY UINT32_MAX
#define NODE_SOMEBODY (UINT32_MAX - 1)

struct node {
	struct bmd *bmd;
	u32 id;                    /* index + 1 */
	char name[JOBMSG_NAME_MAX];
	u8 mac[6];
	u32 ip4;                   /* of the control NIC */
	enum node_state state;
	bool drained;
	char reason[PROTO_NAME_MAX];
	struct job *job;
	u32 cores_used;
	u32 uid;                   /* of its last job since a cold boot */
	/* the conversation: link.c */
	bool connected;            /* peer is valid */
	u32 peer;
	u16 port;
	struct jobmsg_session session;
	struct jobmsg_session before;   /* under which REGISTER came */
	struct list offers;        /* not yet pulled, in order of arrival */
	u32 offered;               /* of all kinds; at most LINK_OFFERS_MAX */
	/* facts */
	bool registered;           /* since bmd started */
	struct jobmsg_register facts;
	u64 heard_ms;              /* bmd_now_ms() - late_ms */
	u64 told_ms;               /* when it was told the time; 0: never */
	/* its reset button: power.c */
	int power_pid;             /* the command that runs; 0: none */
	u32 power_tries;           /* since it was lost */
	u64 power_ms;              /* the last */
	struct jobmsg_heartbeat beat;
	u64 rx_bulk, rx_copied, rx_touched, tx_copied; /* since bmd started */
	char console[NODE_LINE_MAX + 1]; /* a line that is not whole yet */
	u64 log_at;                /* bytes of the node's log that we have */
	bool recycling;            /* RECYCLE is sent, REGISTER has not come */
	char held[512];            /* typed meanwhile: strings */
	u32 held_len;
	u32 console_len;
};

/* Makes the configured nodes and what the store remembers. */
void node_init(struct bmd *b);
void node_fini(struct bmd *b);

/* NULL: no such node. */
struct node *node_by_mac(struct bmd *b, const u8 mac[6]);
struct node *node_by_name(struct bmd *b, const char *name);
/* Jobs' network: the node's fastest card that has an address. Of two that are
 * as fast it is not the control NIC's. */
u32 node_data_ip4(const struct node *n);
struct node *node_by_ip(struct bmd *b, u32 ip4);

/* The node of this MAC, made if discovery is allowed; else NULL. */
struct node *node_discover(struct bmd *b, const u8 mac[6]);

/* A boot file was fetched: `stage` in words. */
void node_boot_stage(struct node *n, const char *stage);

/*
 * A REGISTER came (authenticated if it was sealed): answers WELCOME, ends a
 * job that the node no longer knows, and lets the queue run. One that the node
 * repeated before our answer reached it bears the first one's nonce, and
 * changes nothing.
 */
void node_register(struct node *n, const struct jobmsg_register *r,
    bool sealed, u64 boot_id, u32 ip4, u16 port);

/* Any authentic message: the node lives. */
void node_heard(struct node *n);

void node_heartbeat(struct node *n, const struct jobmsg_heartbeat *h);

/* bmd's tick: silent nodes are lost. */
void node_tick(struct bmd *b);

/* The node will not answer any more, says `why`: its job is told. */
void node_lose(struct node *n, const char *why);

/* trust reset: whether it ran somebody else's job since its cold boot; then it
 * must boot before it runs one of this user. */
bool node_is_anothers(const struct node *n, u32 uid);
void node_reset(struct node *n);

/* Takes a node for a job and gives it back: it is UP again only after it has
 * recycled and registered. */
void node_allocate(struct node *n, struct job *job, u32 cores);
void node_release(struct node *n);

/* May a job be placed on it now? */
bool node_is_free(const struct node *n);

/* Cores that can be used if the node is free; 0: never registered. */
u32 node_cores(const struct node *n);

/* No new jobs, or new jobs again. */
void node_drain(struct node *n, bool drain, const char *reason);

void node_describe(const struct node *n, struct proto_node *out);

#endif
