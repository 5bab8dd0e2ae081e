/* store.h - the event log of jobs and nodes, in SQLite. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_STORE_H
#define HEADNODE_STORE_H

#include "kernel/lib/base.h"
#include "net/jobmsg.h"

/*
 * Append-only: an event is never changed. What is appended in one turn of
 * bmd's loop is committed together at its end; until then bmd tells nobody
 * what depends on it (client.c holds its bytes back while store_is_dirty).
 */

struct store;

enum { STORE_NAME_MAX = 32, STORE_TEXT_MAX = 512 };

/* What bmd must know about a node after its own restart. */
struct store_node {
	char name[JOBMSG_NAME_MAX];
	u8 mac[6];
	u32 id, ip4;
	u16 port;
	u64 boot_id;
	u8 key[AEAD_KEY_BYTES];
};

/* Opens or makes DIR/bmd.db (0600). 0, ERR_IO after saying why. */
int store_open(struct store **s, const char *dir);
void store_close(struct store *s);

/* Appends an event; an error is logged and counted, bmd goes on. */
void store_job_event(struct store *s, u32 job, const char *name,
    const char *text);
void store_node_event(struct store *s, const char *node, const char *name,
    const char *text);

/* Writes or replaces what is known of a node. */
void store_node_save(struct store *s, const struct store_node *n);

/* Calls fn for each known node. */
void store_nodes_each(struct store *s,
    void (*fn)(void *ctx, const struct store_node *n), void *ctx);

/* Calls fn for each job whose last event is not a final one. */
void store_jobs_open(struct store *s, void (*fn)(void *ctx, u32 job),
    void *ctx);

/* The largest job id ever used; 0: none. */
u32 store_last_job(struct store *s);

/* Is something appended that is not yet committed? */
bool store_is_dirty(const struct store *s);

/* Commits; afterwards the store is clean even if the disk refused (logged). */
void store_commit(struct store *s);

#endif
