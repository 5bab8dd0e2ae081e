/* job.h - a job from submission to its last state. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_JOB_H
#define HEADNODE_JOB_H

#include "headnode/node.h"

/*
 *	PENDING --placed--> CONFIGURING --all LOADED--> RUNNING
 *	   |                     |                         |
 *	   |                     |  first end, cancel,     |
 *	   |                     |  limit, fault, loss     |
 *	   |                     '------> COMPLETING <-----'
 *	   |                                  | every node DONE, lost, or
 *	   v                                  v silent for JOB_KILL_MS
 *	CANCELLED            COMPLETED FAILED CANCELLED TIMEOUT NODE_FAIL
 *
 * Only job.c changes a state. Why a job ends is decided once, by the first
 * reason: job->verdict.
 */

enum {
	JOB_KILL_MS = 5000,        /* CANCEL until a node is given up */
	JOB_LOAD_MS = 60000,       /* LOAD until LOADED, and 1 s per MiB */
	JOB_DRAIN_MS = 40000,      /* last EXIT until DONE: an agent gives a
	                              silent peer 30 s */
	JOB_OVER_MAX = 1000,       /* jobs that are over and still shown */
	JOB_FDS_MAX = 1024,
	JOB_PENDING_MAX = 10000,
	JOB_LINES_MAX = 16,        /* lines about single tasks */
};

struct client;

struct job_rank {
	u8 ended;                  /* EXIT or FAULT came */
	u8 pad[3];
	i32 code;
	u32 node;                  /* index in job->at */
};

/* A node of the job. */
struct job_node {
	struct node *node;         /* NULL: lost, or given back */
	u32 id, ip4;
	char name[JOBMSG_NAME_MAX];
	u32 first, ranks;          /* its block of ranks */
	bool loaded, done;
};

struct job {
	struct list link;          /* bmd->jobs */
	struct bmd *bmd;
	u32 id, uid;
	enum job_state state;
	enum job_state verdict;    /* JOB_PENDING: none yet */
	i32 exit_code;
	char reason[PROTO_NAME_MAX];
	char user[PROTO_NAME_MAX];
	char nodelist[PROTO_LIST_MAX];
	struct client *client;     /* NULL: closed */
	struct proto_submit req;
	char *strings;             /* argv and env, NUL-ended each */
	size_t strings_bytes;
	int program;               /* descriptor of the executable */
	u32 ntasks, nodes;
	struct job_node *at;       /* [nodes] */
	struct job_rank *rank;     /* [ntasks] */
	u32 ended;                 /* ranks that have */
	u32 key;
	u64 image_bytes;           /* set by launch_job */
	u64 submit_ms, start_ms, end_ms;
	u64 submit_utc, start_utc, end_utc;
	struct event *limit, *kill;
	u64 reserved;              /* bytes of OUTPUT being pulled */
	bool discard;              /* nobody will read what is left */
	u32 lines;                 /* about tasks, told so far */
	u32 crashes;               /* FAULTs so far */
	struct list cores;         /* core.c: being written */
	int fd[JOB_FDS_MAX];       /* files.c; -1: free */
};

/*
 * Makes a PENDING job of a checked request; takes strings and program over.
 * NULL with the reason in why.
 */
struct job *job_submit(struct bmd *b, struct client *c, u32 uid,
    const struct proto_submit *req, char *strings, size_t strings_bytes,
    int program, char *why, size_t why_size);

/* Why a PENDING job waits; told to its client when it changes. */
void job_set_reason(struct job *j, const char *reason);

struct job *job_find(struct bmd *b, u32 id);

/* queue.c found a place; job->at, nodes and ntasks are set. */
void job_launch(struct job *j);

/* LOADED, EXIT, FAULT, OUTPUT, FILE of one of its nodes. */
void job_message(struct job *j, struct node *n, u32 type, u8 *data,
    size_t len);
void job_done(struct job *j, struct node *n);

/* A debugger's request (struct jobmsg_debug + data) to a rank's node.
 * ERR_CLOSED: the rank does not run. */
int job_debug(struct job *j, u32 rank, const u8 *data, size_t len);
void job_node_lost(struct job *j, struct node *n, const char *why);

/* Ends the job for this reason, if none was first; text goes to the user. */
void job_end(struct job *j, enum job_state verdict, i32 exit_code,
    const char *fmt, ...) PRINTF_LIKE(4, 5);

/* A line for the job's user. */
void job_tell(struct job *j, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* core.c has no more to say about one of its crashes. */
void job_core_done(struct job *j);

/* The client is gone: nobody reads the output any more. */
void job_client_gone(struct job *j);

void job_describe(const struct job *j, struct proto_job *out);

/* What each task is doing, as text for Ctrl-C and bmctl. */
void job_tasks(const struct job *j, char *text, size_t size);

/* All jobs end: bmd does. */
void job_fini(struct bmd *b);

/* -- place.c ---------------------------------------------------------------- */

/*
 * Chooses nodes for the job and fills at, nodes, ntasks, rank and nodelist.
 * 0; ERR_AGAIN: not now; ERR_INVAL: never with these nodes. Both say why.
 */
int place_job(struct job *j, char *why, size_t why_size);

/* -- launch.c --------------------------------------------------------------- */

/* Sends LOAD to every node. 0, or ERR_IO with the reason in why. */
int launch_job(struct job *j, char *why, size_t why_size);

/* -- fault.c ---------------------------------------------------------------- */

/* "Segmentation fault at 0x0 (rip 0x401234): NULL pointer", as srun would. */
void fault_text(const struct jobmsg_fault *f, char *text, size_t size);

#endif
