/* power.h - the reset button of nodes that do not answer. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_POWER_H
#define HEADNODE_POWER_H

#include "headnode/node.h"

enum {
	POWER_TRIES_MAX = 3,       /* resets of a node that stays silent */
	POWER_AGAIN_MS = 120000,   /* between two of them */
	POWER_SECONDS = 60,        /* then the command is ended */
};

/* The node was lost: cfg.power_reset is run for it, if there is one, now and
 * (by power_tick) again until it registers or POWER_TRIES_MAX is reached. */
void power_lost(struct node *n);
/* It has registered: nothing is owed to it. */
void power_back(struct node *n);
void power_tick(struct bmd *b);

/* A child of bmd ended: logs it if it was a reset that failed. */
void power_child_ended(struct bmd *b, pid_t pid, int status);

#endif
