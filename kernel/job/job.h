/* job.h - what the node knows of the one job that it runs. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_JOB_JOB_H
#define KERNEL_JOB_JOB_H

#include "kernel/abi.h"
#include "kernel/fiber.h"
#include "kernel/gdbstub.h"
#include "kernel/lib/elf.h"
#include "kernel/limits.h"
#include "mpi-lite/rankpage.h"
#include "net/jobmsg.h"
#include "net/msg.h"
#include "net/node/port_nic.h"

/*
 *	IDLE --LOAD--> LOADING --image here--> LOADED --START--> RUNNING
 *	  ^               | refused               |                 |
 *	  |               v                       v                 v
 *	  +---RECYCLE--- DONE <------CANCEL------ENDING <--all ranks ended
 *
 * All of it belongs to the agent's lock, but for what output.c and files.c say
 * of their mailboxes. A node has one job between two recycles.
 */

enum job_state {
	JOB_NONE,
	JOB_LOADING,    /* pulling the image */
	JOB_LOADED,     /* ranks stand ready, START outstanding */
	JOB_RUNNING,
	JOB_ENDING,     /* ranks ended; output and acks outstanding */
	JOB_DONE,       /* DONE sent, RECYCLE outstanding */
};

enum rank_state {
	RANK_READY,
	RANK_RUNNING,
	RANK_ENDING,    /* in rank_exit */
	RANK_EXITED,    /* by exit, or by MPI_Abort */
	RANK_FAULTED,
	RANK_STOPPED,   /* by CANCEL */
	RANK_REPORTED,  /* EXIT or FAULT was sent */
};

enum { OUTPUT_CHUNKS = 2 };

/* A piece of one stream on its way to bmd. */
struct output_chunk {
	u8 *buf;                 /* struct jobmsg_output, then the bytes */
	u32 len;                 /* bytes behind the head */
	u32 stream;
	struct msg_req req;
};

/* output.c: the rank fills chunk `fill`, the agent sends chunk `send`. */
struct output {
	u32 lock;                /* the rank spins, the agent only tries */
	u32 fill, send;          /* count up; chunk = n % OUTPUT_CHUNKS */
	bool sending;
	struct output_chunk chunk[OUTPUT_CHUNKS];
};

enum file_state { FILE_NONE, FILE_ASKED, FILE_SENT, FILE_DONE };

/* files.c: one call of a rank at a time. */
struct file_box {
	u32 taken;               /* by a thread */
	volatile u32 state;      /* enum file_state */
	u32 seq;
	u32 len;                 /* bytes of the request in buf */
	struct jobmsg_file_reply reply;
	u32 reply_len;           /* bytes that READ brought, in buf */
	u8 *buf;                 /* request out, data in */
	struct msg_req req;
};

/* threads.c: a fiber of a rank besides its main one. */
struct thread {
	struct fiber fiber;
	u32 number;
	u32 state;               /* enum thread_state */
	u64 stack_bytes, stack_top, fs_base;
	u8 *block;               /* the pages of its thread block */
};

struct rank {
	u32 rank, local, core;
	u32 waits_on;            /* the core that waits for messages */
	volatile u32 state;      /* enum rank_state */
	i32 code;
	bool aborted;
	bool telling;            /* FAULT is on its way */
	struct jobmsg_fault fault;
	struct gdbstub gdb;
	struct rankpage page;
	struct abi_start start;
	struct msg_ep *ep;
	struct port_nic port;
	struct output output;
	struct file_box file;
	u8 *heap, *heap_brk, *heap_end;
	u64 entry, stack_top, fs_base;
	struct fiber fiber;
	struct team *team;       /* of its cores; NULL: it has one */
	const u8 *tls_image;     /* what a thread block begins with, or NULL */
	u64 threads_at;          /* end of the last thread's memory */
	u32 threads;
	struct thread **thread;  /* [threads]; number i + 1 */
};

struct job {
	enum job_state state;
	u32 id, key;
	u8 *payload;             /* LOAD as it came; image points into it */
	u64 payload_bytes;
	struct jobmsg_load_view load;
	struct elf_image image;
	u32 locals;
	struct rank **rank;      /* [locals] */
	u32 *node_of;            /* [ranks] node index, for every rankpage */
	bool cancelled;
	bool stopped;            /* rank_stop_all: no rank runs any more */
};

/* loader.c: image and windows for every local rank; 0, or an error with a
 * sentence in why. */
int loader_load(struct job *j, const char **why);
/* Memory for one more thread, with guards; under the agent's lock. */
int loader_thread(struct job *j, struct rank *r, u64 stack, struct thread *t);
/* The thread block of one that has ended as it was at first. */
void loader_thread_again(struct job *j, struct rank *r, struct thread *t);

/* rank.c */
int rank_create(struct job *j, u32 local, u32 rank, struct netif *n);
/* The node's ranks exchange through memory; when all are created. */
int rank_share(struct job *j);
void rank_start(struct rank *r);
/* The rank of the calling core, or NULL. */
struct rank *rank_this(void);
/* Something that a thread of the rank may wait for has changed. */
void rank_wake(const struct rank *r);
/* Stops every rank that still runs, wherever it is: CANCEL, faults. */
void rank_stop_all(struct job *j);
NORETURN void rank_exit(struct rank *r, int code, bool aborted);

/* threads.c: under the agent's lock. NULL: no memory. */
struct thread *thread_prepare(struct job *j, struct rank *r, u64 stack);
/* The rank's further cores begin to take its tasks. */
void threads_start(struct rank *r);
/* The calls: kernel/abi.h. */
int thread_create(u32 core, void (*fn)(void *arg), void *arg, u64 stack);
int thread_join(u32 number, u64 deadline_ns);
u32 thread_self(void);
bool thread_wait(const volatile u32 *word, u32 seen, u64 deadline_ns);
void thread_wake(u32 number);

/* output.c */
int output_init(struct rank *r);
i64 output_write(struct rank *r, int stream, const void *buf, size_t len);
/* The agent's side: sends what is ready. Returns events. */
int output_poll(struct rank *r, bool final);
bool output_is_empty(const struct rank *r);

/* crash.c: FAULT with what a core needs; true when bmd has it. For a rank that
 * has faulted and whose output is empty. */
bool crash_poll(struct rank *r, const struct elf_image *img);

/* files.c */
int files_init(struct rank *r);
void files_call(struct rank *r, struct abi_file *f);
int files_poll(struct rank *r);
/* FILE_REPLY as opened; data behind it. */
void files_reply(struct job *j, const void *data, size_t len);

#endif
