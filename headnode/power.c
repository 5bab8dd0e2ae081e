/* power.c - the reset button of nodes that do not answer. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/power.h"

#include "headnode/journal.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A node whose cores all mask interrupts hears no message. The site's command
 * (ipmitool, powerman, bmrack) presses its reset button. It is a reset, not a
 * switching on: a node that was switched off on purpose stays off.
 */

/* cfg.power_reset with the node's name for each %n; false: too long. */
static bool
power_command(const struct node *n, char *out, size_t size)
{
	const char *p = n->bmd->cfg.power_reset;
	size_t at = 0, len = strlen(n->name);

	for (; *p; p++) {
		if (p[0] == '%' && p[1] == 'n') {
			if (at + len >= size)
				return false;
			memcpy(out + at, n->name, len);
			at += len;
			p++;
		} else {
			if (at + 1 >= size)
				return false;
			out[at++] = *p;
		}
	}
	out[at] = 0;
	return true;
}

static void
power_press(struct node *n)
{
	char command[2 * CONFIG_PATH_MAX];
	pid_t pid;

	if (n->power_pid || !power_command(n, command, sizeof command))
		return;
	pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		signal(SIGINT, SIG_DFL);
		signal(SIGCHLD, SIG_DFL);
		alarm(POWER_SECONDS);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	n->power_pid = pid > 0 ? pid : 0;
	n->power_ms = bmd_now_ms();
	n->power_tries++;
	journal_info("%s: reset: %s", n->name, command);
}

void
power_lost(struct node *n)
{
	n->power_tries = 0;
	if (n->bmd->cfg.power_reset[0])
		power_press(n);
}

void
power_back(struct node *n)
{
	n->power_tries = 0;
}

void
power_tick(struct bmd *b)
{
	for (u32 i = 0; i < b->nodes; i++) {
		struct node *n = &b->node[i];

		if (n->state == NODE_LOST && n->power_tries &&
		    n->power_tries < POWER_TRIES_MAX &&
		    bmd_now_ms() - n->power_ms > POWER_AGAIN_MS)
			power_press(n);
	}
}

void
power_child_ended(struct bmd *b, pid_t pid, int status)
{
	for (u32 i = 0; i < b->nodes; i++) {
		struct node *n = &b->node[i];

		if (n->power_pid != pid)
			continue;
		n->power_pid = 0;
		if (status)
			journal_warn("%s: its reset failed: status %#x",
			    n->name, (unsigned)status);
	}
}
