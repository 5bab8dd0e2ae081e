/* proto.c - the names of states, as Slurm's users know them. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/proto.h"

static const struct {
	const char *name, *code;
} jobs[JOB_STATES] = {
	[JOB_PENDING] = { "PENDING", "PD" },
	[JOB_CONFIGURING] = { "CONFIGURING", "CF" },
	[JOB_RUNNING] = { "RUNNING", "R" },
	[JOB_COMPLETING] = { "COMPLETING", "CG" },
	[JOB_COMPLETED] = { "COMPLETED", "CD" },
	[JOB_FAILED] = { "FAILED", "F" },
	[JOB_CANCELLED] = { "CANCELLED", "CA" },
	[JOB_TIMEOUT] = { "TIMEOUT", "TO" },
	[JOB_NODE_FAIL] = { "NODE_FAIL", "NF" },
};

static const char *const nodes[NODE_STATES] = {
	[NODE_OFF] = "off",
	[NODE_BOOTING] = "boot",
	[NODE_UP] = "idle",
	[NODE_BUSY] = "alloc",
	[NODE_LOST] = "down*",
};

const char *
proto_job_state(u32 state)
{
	return state < JOB_STATES ? jobs[state].name : "?";
}

const char *
proto_job_code(u32 state)
{
	return state < JOB_STATES ? jobs[state].code : "?";
}

const char *
proto_node_state(u32 state)
{
	return state < NODE_STATES ? nodes[state] : "?";
}
