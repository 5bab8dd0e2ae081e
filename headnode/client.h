/* client.h - bmd's end of the tools' connections. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_CLIENT_H
#define HEADNODE_CLIENT_H

#include "headnode/bmd.h"

enum {
	CLIENT_MAX = 1024,
	CLIENT_BACKLOG_MAX = 16 << 20, /* then the connection is closed */
};

struct client;

/* Listens on cfg.socket. 0, ERR_IO after saying why. */
int clients_open(struct bmd *b);
void clients_close(struct bmd *b);

/*
 * End of a turn of the loop, after the commit: what was queued may go out now.
 */
void clients_flush(struct bmd *b);

/* Queues a message; it leaves after the store's commit. */
void client_send(struct client *c, u32 type, const void *data, u32 len);
/* The same with the payload in two pieces. */
void client_send2(struct client *c, u32 type, const void *a, u32 a_len,
    const void *b, u32 b_len);

/* A line of a node's console, for every tool that watches it. */
struct node;
void clients_console(struct bmd *b, const struct node *n, const char *text,
    u32 len);

/* What a node says of a rank that is debugged, for whoever does; and its end. */
void clients_debug(struct bmd *b, u32 job, u32 rank, const u8 *data, u32 len);
void clients_job_over(struct bmd *b, u32 job);

/* Bytes queued that the tool has not taken. */
size_t client_backlog(const struct client *c);

/* The last message of a job's connection; the job forgets it afterwards. */
void client_job_ended(struct client *c, const struct proto_ended *e);

#endif
