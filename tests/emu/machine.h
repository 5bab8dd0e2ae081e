/* machine.h - the bit of a node that hosted driver tests stand on. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_EMU_MACHINE_H
#define TESTS_EMU_MACHINE_H

#include "kernel/lib/base.h"
#include "net/nic.h"

/* What clock_now_ns() says; tests move it. */
extern u64 machine_now_ns;

/*
 * A NIC of two queues back to back: what one sends the other receives, unless
 * `drop` says otherwise. Counts what it owns, so that a test can say that
 * nothing was lost.
 */
enum { WIRE_RING = 512 };

struct wire_nic {
	struct nic nic;
	struct wire_nic *other;
	u8 mac[6];
	void *posted[WIRE_RING], *cookie[WIRE_RING];
	u32 posted_head, posted_tail;
	struct nic_rx arrived[WIRE_RING];
	u32 arrived_head, arrived_tail;
	void *done[WIRE_RING];
	u32 done_head, done_tail;
	u32 sent, lost;
	bool stuck;             /* takes nothing: the ring is full */
	bool keeps;             /* sends nothing, reports nothing */
};

void wire_join(struct wire_nic *a, struct wire_nic *b);
/* Puts bytes on the wire towards n, as any machine might. */
bool wire_inject(struct wire_nic *n, const void *frame, u32 len);

#endif
