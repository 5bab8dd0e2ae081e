/* traffic.h - endpoints on a fabric that check every byte they receive. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_SIM_TRAFFIC_H
#define TESTS_SIM_TRAFFIC_H

#include "net/msg.h"
#include "tests/sim/fabric.h"

enum { TRAFFIC_NODES_MAX = 8 };

struct traffic_config {
	u64 seed;
	u32 nodes;             /* 2 .. TRAFFIC_NODES_MAX */
	u32 messages;          /* that each node sends */
	u32 len_max;           /* data bytes of a message */
	u32 mtu, rx_bufs;
	struct fabric_faults faults;
	bool partition;        /* cut the fabric for a second, twice */
	bool lazy;             /* owners often compute instead of polling */
	bool stall;            /* whole nodes stand still for 5 to 100 ms */
	bool shm;              /* nodes 2i and 2i + 1 share memory */
	bool land;             /* long messages land in place */
	bool small;            /* though their frames do not get through */
	u64 limit_ns;          /* virtual time for all of it */
};

/* Runs it; NULL if every byte arrived once and in order, else what went
 * wrong first (static storage). */
const char *traffic_run(const struct traffic_config *cfg);

/* A transport counter of the last run, summed over its nodes. */
u64 traffic_stat(const char *name);

/* The faults and sizes that belong to a seed of `make sim`. */
void traffic_of_seed(struct traffic_config *cfg, u64 seed);

#endif
