/* proto.h - what bmd and the command-line tools say to each other. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_PROTO_H
#define HEADNODE_PROTO_H

#include "kernel/lib/base.h"
#include "net/jobmsg.h"

/*
 * A UNIX stream socket carries struct proto_head and len bytes, both ways, in
 * the machine's byte order. The tool speaks first: HELLO, answered by HELLO or
 * ERROR. Who the caller is says SO_PEERCRED, never a message. A request is
 * answered by the type named beside it or by ERROR. After SUBMIT the
 * connection belongs to the job: SUBMITTED, then STATE, OUTPUT and SAY as
 * they happen, ENDED last. Closing it before ENDED cancels the job.
 */

enum {
	PROTO_VERSION = 1,
	PROTO_LEN_MAX = 2 * 1024 * 1024,
	PROTO_NAME_MAX = 64,
	PROTO_LIST_MAX = 1024,   /* a node list as text */
	PROTO_PATH_MAX = 4096,
	PROTO_TEXT_MAX = 1024,
};

enum proto_type {
	PROTO_HELLO = 1,   /* struct proto_hello */
	PROTO_ERROR,       /* struct proto_error */
	PROTO_OK,          /* nothing */
	PROTO_NODES,       /* nothing -> struct proto_node[] */
	PROTO_JOBS,        /* nothing -> struct proto_job[] */
	PROTO_SUBMIT,      /* struct proto_submit + strings, with a descriptor
	                      of the program -> SUBMITTED */
	PROTO_SUBMITTED,   /* struct proto_submitted */
	PROTO_STATE,       /* struct proto_state */
	PROTO_OUTPUT,      /* struct proto_output + bytes */
	PROTO_SAY,         /* text for stderr, one line, no newline */
	PROTO_ENDED,       /* struct proto_ended */
	PROTO_TASKS,       /* struct proto_target -> text */
	PROTO_CANCEL,      /* struct proto_target -> OK */
	PROTO_NODE_SET,    /* struct proto_node_set -> OK */
	PROTO_CONSOLE,     /* struct proto_console -> OK, then CONSOLE_TEXT */
	PROTO_CONSOLE_TEXT, /* text: to the tool lines of the node's console,
	                      to bmd one line for the node's monitor */
	PROTO_PROGRAM,     /* struct proto_target -> struct proto_program */
	PROTO_DEBUG,       /* struct proto_debug + -> the same as the node
	                      answers, and when the rank stops; ERROR when
	                      the job ends */
};

/* A running job's program, and the node kernel's ELF file with its symbols. */
struct proto_program {
	char path[PROTO_PATH_MAX], kernel[PROTO_PATH_MAX];
};

/* DEBUG: behind it struct jobmsg_debug (its rank is filled in) and data. */
struct proto_debug {
	u32 job, rank;
};

struct proto_head {
	u32 type, len;
};

struct proto_hello {
	u32 version;
	u32 nodes;                 /* that bmd knows */
};

struct proto_error {
	u32 exit_code;             /* what the tool should exit with */
	char text[PROTO_TEXT_MAX];
};

enum job_state {
	JOB_PENDING,
	JOB_CONFIGURING,
	JOB_RUNNING,
	JOB_COMPLETING,
	JOB_COMPLETED,
	JOB_FAILED,
	JOB_CANCELLED,
	JOB_TIMEOUT,
	JOB_NODE_FAIL,
	JOB_STATES,
};

enum node_state {
	NODE_OFF,                  /* never heard of */
	NODE_BOOTING,              /* fetched its boot files */
	NODE_UP,                   /* registered, no job */
	NODE_BUSY,                 /* has a job, or recycles after one */
	NODE_LOST,                 /* silent for too long */
	NODE_STATES,
};

struct proto_node {
	u32 id, state, job, drained;
	u32 cores, cores_used;
	u64 mem_bytes;
	u32 ip4, boot_ms, recycles, nics;
	u64 silent_ms;
	u64 frames_dropped, retransmits;
	u64 rx_bulk, rx_copied, rx_touched, tx_copied; /* of ranks that ended */
	u64 mce_corrected, mce_fatal;
	u8 mac[6];
	u8 numa_nodes, threads;    /* threads of a core */
	char name[JOBMSG_NAME_MAX];
	char cpu[48], build[40], boot_path[16];
	char reason[PROTO_NAME_MAX];
	struct jobmsg_nic nic[JOBMSG_NICS_MAX];
};

struct proto_job {
	u32 id, state, uid, nodes, ntasks, cpus_per_task;
	i32 exit_code;
	u32 limit_s;               /* 0: none */
	u64 submit_utc, start_utc, end_utc; /* seconds; 0: not yet */
	u64 elapsed_ms;
	char name[PROTO_NAME_MAX];
	char user[PROTO_NAME_MAX];
	char nodelist[PROTO_LIST_MAX];
	char reason[PROTO_NAME_MAX];
};

/* Behind it: argc strings, envc strings, each with its NUL. */
struct proto_submit {
	u32 ntasks;                /* 0: as many as the nodes have places */
	u32 nodes_min, nodes_max;  /* 0: as few as possible */
	u32 tasks_per_node;        /* 0: as many as fit */
	u32 cpus_per_task;
	u32 limit_s;               /* 0: none */
	u32 immediate;             /* refuse instead of queueing */
	u32 argc, envc;
	u32 overcommit;            /* several tasks may share a core */
	char name[PROTO_NAME_MAX];
	char nodelist[PROTO_LIST_MAX];
	char exclude[PROTO_LIST_MAX];
	char dir[PROTO_PATH_MAX];
};

struct proto_submitted {
	u32 job;
};

struct proto_state {
	u32 job, state;
	char nodelist[PROTO_LIST_MAX];
	char reason[PROTO_NAME_MAX];
	u32 ntasks, nodes;
};

struct proto_output {
	u32 rank, stream;
};

struct proto_ended {
	u32 job, state;
	i32 exit_code;
};

struct proto_target {
	u32 job;
};

struct proto_node_set {
	char name[JOBMSG_NAME_MAX];
	u32 drain;                 /* 1: no new jobs, 0: resume */
	char reason[PROTO_NAME_MAX];
};

struct proto_console {
	char name[JOBMSG_NAME_MAX];
};

/* "PENDING" and "PD"; "idle" and so on. Never NULL. */
const char *proto_job_state(u32 state);
const char *proto_job_code(u32 state);
const char *proto_node_state(u32 state);

/* Terminal states: nothing follows them. */
static inline bool
proto_job_is_over(u32 state)
{
	return state >= JOB_COMPLETED;
}

#endif
