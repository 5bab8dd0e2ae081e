/* console.h - what nodes say: kept in files, shown to who watches. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_CONSOLE_H
#define HEADNODE_CONSOLE_H

#include "headnode/node.h"

enum {
	CONSOLE_LINE_MAX = NODE_LINE_MAX,
	CONSOLE_REPLAY = 4096,     /* bytes of the past for who begins to watch */
};

struct client;

/*
 * STATE_DIR/console/NODE.log holds each line with the time at which bmd had
 * it; bmd's own remarks begin with "-- ". A file that would grow beyond
 * cfg.console_log_bytes becomes NODE.log.1, that one NODE.log.2, and so on up
 * to cfg.console_log_files; the last is given up.
 */

/* Bytes of a node's log, as they came: anything but printable text and
 * newlines becomes '?'. */
void console_text(struct node *n, const u8 *text, size_t len);

/* A JOBMSG_LOG, of checked length: the part of it that is new. */
void console_log(struct node *n, const u8 *data, size_t len);

/* bmd's own remark about a node. */
void console_note(struct node *n, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The end of the last file, as text for somebody who begins to watch;
 * returns its length. */
size_t console_replay(const struct node *n, char *text, size_t size);

/* A line that a person typed, for the node's monitor: ERR_CLOSED when the node
 * is not there, ERR_AGAIN when it recycles and too much is held for it. */
int console_type(struct node *n, u32 uid, const char *line, size_t len);
/* The node is back from a recycle: what was typed meanwhile. */
void console_resume(struct node *n);

#endif
