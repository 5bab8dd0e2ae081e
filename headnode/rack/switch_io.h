/* switch_io.h - the switch's ports: nodes' sockets, uplink, control, pcap. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_RACK_SWITCH_IO_H
#define HEADNODE_RACK_SWITCH_IO_H

#include "headnode/rack/switch.h"

enum {
	SWITCH_QUEUE_MAX = 1024,    /* frames that wait for a slow port */
	SWITCH_BATCH_MAX = 64,      /* frames of one port per turn */
	SWITCH_REPLY_MAX = 60000,   /* answer to a control command */
};

struct switch_config {
	const char *dir;      /* of the sockets */
	u32 nodes;
	const char *uplink;   /* our end of the veth; NULL: none */
	const char *head;     /* the other end: its offloads are turned off */
	const char *pcap;     /* NULL: none */
	u64 seed;
	struct switch_faults faults;
};

/*
 * Node N (from 1) is port N: it sends to DIR/swN.net and receives on
 * DIR/nN.net. The uplink is port 0. Commands are datagrams to DIR/switch.ctl,
 * answered to the sender's address. Prints "ready" on stdout once all
 * sockets exist; runs until SIGTERM or SIGINT. 0, or ERR_IO after saying why.
 */
int switch_run(const struct switch_config *cfg);

/* Sends a command to the switch of dir, waits at most 2 s for the answer. */
int switch_ask(const char *dir, const char *command, char *reply, size_t size);

#endif
