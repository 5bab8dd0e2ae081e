/* limits.h - every compile-time maximum on the node. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_LIMITS_H
#define KERNEL_LIMITS_H

enum {
	PAGE_BYTES = 4096,
	PAGE_SHIFT = 12,

	LIMIT_CORES = 1024,          /* in every table */
	LIMIT_NUMA_NODES = 32,
	LIMIT_NUMA_RUNS = 64,        /* stretches of memory of one node */
	LIMIT_MAP_RANGES = 128,      /* memory map entries that are kept */
	LIMIT_CMDLINE = 2048,        /* bytes, with the NUL */
	LIMIT_LOG_BYTES = 8192,      /* ring of last lines */
	LIMIT_PCI_DEVICES = 64,
	LIMIT_NICS = 4,
	LIMIT_VECTORS = 16,          /* for drivers */

	LIMIT_TASKS = 1024,          /* waiting in the queue; power of two */
	LIMIT_IDLE_POLLS = 64,       /* rounds before a core parks */
	LIMIT_TASK_DEPTH = 32,       /* tasks on one stack: waits that help */
	LIMIT_RANKS_PER_CORE = 64,   /* bmrun -O */
	LIMIT_THREADS = 2048,        /* of a rank, its main one among them */

	STACK_BYTES_IDLE = 16384,    /* a core's own */
	STACK_BYTES_IST = 8192,      /* each of the five */
	STACK_BYTES_RANK = 8 << 20,  /* a rank's, unless memory is short */
	STACK_BYTES_THREAD = 256 << 10, /* of a thread that asks for none */
};

#define LIMIT_PHYS (1ull << 46)      /* bytes of physical address space */
#define LARGE_PAGE (2ull << 20)

#endif
