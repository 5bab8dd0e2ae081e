/* abi.h - the calls that an application may make: one versioned table. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_ABI_H
#define KERNEL_ABI_H

#include "kernel/abi_machine.h"
#include "kernel/lib/base.h"
#include "kernel/lib/elf.h"
#include "kernel/workq.h"
#include "net/msg.h"

/*
 * A rank is entered at its ELF entry with rdi = struct abi_start *. A call
 * costs a call: no gates, the rank's own stack. A table only grows: a program
 * built for version N runs on every later one. The program carries N in its
 * note (mpi-lite/node/note.h): bmrun and the node refuse a newer one.
 */

enum { ABI_VERSION = ELF_ABI_VERSION, ABI_THREAD_KEYS = 16 };

struct rankpage;

struct abi_file {              /* one shipped file call: POSIX on the head */
	u32 op;                /* enum jobmsg_file_op */
	i32 fd;
	u32 flags, mode;
	u64 offset, size;
	const char *path;      /* OPEN, STAT, UNLINK */
	void *data;            /* READ: filled, WRITE: sent */
	/* out */
	i64 result;
	u32 error;             /* Linux errno; 0 */
	u32 stat_mode;
	u64 stat_size, stat_mtime;
};

struct abi {
	u32 version;           /* of this table */
	u32 bytes;             /* sizeof(struct abi) of the kernel */

	/* -- process -- */
	/* Ends the rank; code & 255 is reported. */
	NORETURN void (*exit)(int code);
	/* Ends the whole job with this code: MPI_Abort. */
	NORETURN void (*abort)(int code);
	/* Bytes to stdout (1) or stderr (2); waits while the head node is
	 * slower. Returns len. */
	i64 (*write)(int stream, const void *buf, size_t len);
	/* A file call on the head node; waits for its reply. */
	void (*file)(struct abi_file *f);

	/* -- time -- */
	u64 (*now_ns)(void);       /* monotonic */
	u64 (*utc_ns)(void);       /* wall clock */
	void (*sleep_ns)(u64 ns);

	/* -- memory -- */
	/* Moves the break by `by`; the old break, or NULL when the rank's heap
	 * is used up. */
	void *(*sbrk)(i64 by);
	u64 (*entropy)(void);      /* 64 random bits */

	/* -- messages: net/msg.h for the rank's endpoint -- */
	void (*msg_attach)(struct msg_ep *ep, msg_deliver_fn *fn, void *ctx);
	int (*msg_send)(struct msg_ep *ep, u32 peer, const void *head,
	    u32 head_len, const void *data, u64 len, u32 flags,
	    struct msg_req *req);
	int (*msg_pull)(struct msg_ep *ep, u32 peer, u64 offer, void *buf,
	    u64 len, struct msg_req *req);
	int (*msg_poll)(struct msg_ep *ep);
	bool (*msg_ready)(const struct msg_ep *ep);
	bool (*msg_is_drained)(const struct msg_ep *ep);
	/* Waits until msg_ready(ep) or the deadline (now_ns time): the one
	 * wait() of the kernel. */
	void (*msg_wait)(struct msg_ep *ep, u64 deadline_ns);

	/* -- cores and work queue -- */
	u32 (*core_id)(void);      /* below core_count */
	u32 (*core_count)(void);   /* cores of this rank */
	/* A leaf task on one of the rank's cores; ERR_AGAIN: queue full. */
	int (*task_submit)(void (*fn)(void *), void *arg);
	/* Runs queued tasks until *pending is 0; tasks make it so. */
	void (*task_wait)(volatile u32 *pending);

	/* -- the null call, for benches -- */
	u64 (*null)(void);

	/* -- tasks in groups -- */
	/*
	 * A leaf task on one of the rank's cores, counted in *g, which is zero
	 * at first and the caller's until it was waited for. `where`: a core
	 * below core_count, 0x40000000 + a NUMA node, or -1: a wish that idle
	 * cores override. It may run before this returns: on a rank of one
	 * core, when the queue is full, when tasks are nested deeply.
	 */
	void (*task_submit_group)(struct task_group *g, void (*fn)(void *),
	    void *arg, i32 where);
	/* Runs tasks until the group has none left, also inside a task; one
	 * waiter at a time. */
	void (*task_wait_group)(struct task_group *g);

	/* -- threads: stacks bound to a core of the rank, never preempted -- */
	/*
	 * Begins fn(arg) on a core below core_count, with a stack of at least
	 * stack_bytes (0: 256 KiB) between guards and a thread block of its
	 * own. Its number (1 and up; the main thread's is 0), ERR_NOMEM, or
	 * ERR_INVAL. Threads of a core take turns when they wait, in calls of
	 * this table.
	 */
	int (*thread_create)(u32 core, void (*fn)(void *), void *arg,
	    u64 stack_bytes);
	/* Waits for its end and frees it, once. ERR_TIMEOUT at the deadline
	 * (now_ns time), ERR_INVAL: no such thread, or oneself. */
	int (*thread_join)(u32 thread, u64 deadline_ns);
	NORETURN void (*thread_exit)(void);
	u32 (*thread_self)(void);
	/* Waits until *word is not `seen`; false at the deadline. Whoever
	 * changes it calls thread_wake for those that wait. */
	bool (*thread_wait)(const volatile u32 *word, u32 seen,
	    u64 deadline_ns);
	void (*thread_wake)(u32 thread);
	/* The calling thread's own word `key`, NULL at first; NULL: there are
	 * ABI_THREAD_KEYS. */
	void **(*thread_key)(u32 key);

	/* -- the bare machine: abi_machine.h -- */
	const struct abi_machine *machine;
};

struct abi_start {
	const struct abi *abi;
	struct rankpage *rank;
	i32 argc;
	u32 pad;
	char **argv;               /* NULL-ended, in the rank's own memory */
	char **envp;
};

#endif
