/* cli.h - a tool's connection to bmd. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_CLI_H
#define HEADNODE_CLI_H

#include "headnode/proto.h"

struct cli {
	int fd;
	struct proto_hello hello;
	u8 *buf;              /* the message that cli_recv returned last */
	size_t size;
};

enum {
	CLI_TIMEOUT_MS = 10000,
	CLI_TRIES = 40,        /* while bmd may be starting */
	CLI_AGAIN_MS = 50,
};

/*
 * Where bmd listens: BM_SOCKET, else the socket of the rack that is up, else
 * /run/barerack/bmd.sock.
 */
void cli_socket_path(char *path, size_t size);

/* BM_RACK, else $XDG_RUNTIME_DIR/bmrack, else /tmp/bmrack-UID. */
void cli_rack_dir(char *path, size_t size);

/* Connects to path and exchanges HELLO. 0; ERR_IO with the reason in why. */
int cli_open(struct cli *c, const char *path, char *why, size_t why_size);

/* cli_open of the default path, tried for 2 s if its directory exists, or one
 * clear line and exit 125. */
void cli_open_or_die(struct cli *c);

void cli_close(struct cli *c);

/* Sends a message, with a descriptor if pass_fd >= 0. 0, ERR_IO. */
int cli_send(struct cli *c, u32 type, const void *data, u32 len, int pass_fd);

/*
 * Waits for the next message; *data stays valid until the next call.
 * 0; ERR_TIMEOUT; ERR_IO when bmd is gone; ERR_AGAIN when a signal came and
 * nothing of a message had been read. timeout_ms < 0: no limit.
 */
int cli_recv(struct cli *c, u32 *type, void **data, u32 *len, int timeout_ms);

/*
 * Sends a request and waits for its answer of type `want`; what else may come
 * is an ERROR: said, and exit. Never returns without the answer.
 */
void cli_ask(struct cli *c, u32 type, const void *data, u32 len, u32 want,
    void **reply, u32 *reply_len);

#endif
