/* fabric.h - a simulated network with virtual time and seeded faults. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_SIM_FABRIC_H
#define TESTS_SIM_FABRIC_H

#include "kernel/lib/prng.h"
#include "net/port.h"

/*
 * A frame given to tx is read only when its transmission ends, a little
 * later, as a NIC would: whoever changes the bytes before `pending` is back
 * sends wrong ones, and a test notices.
 */

enum { FABRIC_PORTS_MAX = 1100, FABRIC_RING = 64, FABRIC_MILLION = 1000000 };

struct fabric_frame;

struct fabric_faults {         /* parts in a million */
	u32 loss, duplicate, reorder, corrupt;
};

struct fabric_port {
	struct port port;      /* first: the transport's view */
	struct fabric *fabric;
	struct port_addr addr;
	struct fabric_frame *arrived, **arrived_end;
	u32 occupied;          /* receive buffers arrived or held */
	u32 sending;           /* frames not yet read */
	u32 group;             /* a partition cuts between groups */
	u64 overruns;

	/* landing: as a NIC does it, whatever the frames are */
	u8 *place[PORT_LAND_RING];
	struct fabric_frame *landed[PORT_LAND_RING]; /* NULL: not yet */
	struct fabric_frame *land_told[PORT_LAND_RING];
	u32 land_got, land_next, land_put; /* told, to fill, to post */
	u64 land_dropped, land_stops;
	u64 last_sent, last_at; /* of frames that land */
	bool small;            /* large frames do not reach it */
	u8 land_bufs[PORT_LAND_BUFS * PORT_LAND_BYTES] ALIGNED(16);
};

struct fabric {
	u64 now;
	struct prng rng;
	struct fabric_faults faults;
	bool partition;
	u32 latency_ns;
	struct fabric_frame *events; /* in order of time */
	u32 ports;
	struct fabric_port *port[FABRIC_PORTS_MAX];
	u64 frames, lost, duplicated, reordered, corrupted;
};

void fabric_init(struct fabric *f, u64 seed);
/* Puts a port at 10.0.0.(n + 1):7800 + n. */
void fabric_join(struct fabric *f, struct fabric_port *p, u32 mtu,
    u32 rx_bufs);
/* The port lands BULK frames from now on; `jumbo`: and they get through. */
void fabric_land(struct fabric_port *p, bool jumbo);
/* Lets everything happen up to time `until`; now is `until` then. */
void fabric_run(struct fabric *f, u64 until);
/* Time of the next event, UINT64_MAX: none. */
u64 fabric_next(const struct fabric *f);
/* Sends raw bytes from any address: garbage, old frames, forgeries. */
void fabric_inject(struct fabric *f, struct fabric_port *to,
    const struct port_addr *from, const void *data, u32 len);
/* Forgets all frames and frees their memory. */
void fabric_fini(struct fabric *f);

#endif
