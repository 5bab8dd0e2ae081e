/* switch.h - an Ethernet switch that learns, and goes wrong on demand. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_RACK_SWITCH_H
#define HEADNODE_RACK_SWITCH_H

#include "kernel/lib/base.h"
#include "kernel/lib/prng.h"

/*
 * The logic only: sockets are switch_io.c's. Time is an argument, randomness
 * is seeded: the same frames at the same times give the same faults.
 */

enum {
	SWITCH_PORTS_MAX = 257,     /* port 0: uplink, then 256 nodes */
	SWITCH_MACS_MAX = 4096,     /* learnt addresses; power of two */
	SWITCH_FRAME_MIN = 14,
	SWITCH_FRAME_MAX = 9234,    /* jumbo with VLAN tag and FCS */
	SWITCH_HELD_MAX = 8192,     /* frames that delay or reordering holds */
	SWITCH_REORDER_US_MAX = 3000, /* how late a reordered frame may be */
	SWITCH_DELAY_US_MAX = 10 * 1000 * 1000,
};

/* Chances in parts per million, per copy that leaves the switch. */
struct switch_faults {
	u32 loss, dup, reorder, corrupt;
	u32 delay_us;
};

/* The next `left` frames that match are dropped; 0 or -1 fields match all. */
struct switch_drop {
	u32 left;
	i32 from, to;               /* port, -1: any */
	u16 udp_port;               /* source or destination */
	u32 len_min, len_max;       /* whole frame; len_max 0: any */
};

struct switch_count {
	u64 rx, tx, bytes_rx, bytes_tx;
	u64 lost, duplicated, reordered, corrupted;
	u64 cut;                    /* by partition or a port that is down */
	u64 matched;                /* by switch_drop */
	u64 refused;                /* too short, too long, held table full */
	u64 overrun;                /* the receiver's queue was full: tx */
};

struct switch_mac {
	u8 mac[6];
	u16 used;
	u32 port;
};

/* A copy on its way out later; a binary heap by (due, order). */
struct switch_held {
	u64 due, order;
	u32 port, len;
	u8 *frame;
};

struct sw {
	u32 ports;
	struct switch_faults faults;
	struct switch_drop drop;
	struct prng prng;
	u8 down[SWITCH_PORTS_MAX];
	/* Ports of different non-zero groups do not reach each other. */
	u8 group[SWITCH_PORTS_MAX];
	struct switch_count count[SWITCH_PORTS_MAX];
	struct switch_mac mac[SWITCH_MACS_MAX];
	struct switch_held held[SWITCH_HELD_MAX];
	u32 held_count;
	u64 order;
	/* Sends a frame out of a port; false: its queue is full. */
	bool (*tx)(void *ctx, u32 port, const u8 *frame, u32 len);
	void *ctx;
};

/* ports in [1, SWITCH_PORTS_MAX]; sets no faults. */
void switch_init(struct sw *s, u32 ports, u64 seed,
    bool (*tx)(void *, u32, const u8 *, u32), void *ctx);

/* Frees frames that are still held. */
void switch_fini(struct sw *s);

/* A frame came in; it may leave at once (s->tx) or be held. */
void switch_input(struct sw *s, u32 port, const u8 *frame, u32 len, u64 now_ns);

/* Sends what is due. */
void switch_tick(struct sw *s, u64 now_ns);

/* When switch_tick must be called next; UINT64_MAX: never. */
u64 switch_deadline(const struct sw *s);

/*
 * A command of the control socket, and its answer in words:
 *	faults [loss P] [dup P] [reorder P] [corrupt P] [delay MS] [seed N]
 *	partition PORT... | PORT...   heal
 *	drop N [from PORT] [to PORT] [udp PORT] [min LEN] [max LEN]
 *	port PORT up|down             stats       clear
 * 0, or ERR_INVAL with the reason in reply. switch_ctl.c.
 */
int switch_command(struct sw *s, const char *line, char *reply, size_t size);

#endif
