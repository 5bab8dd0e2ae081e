/* selftest.h - what the command line may ask a node to prove of itself. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_SELFTEST_H
#define KERNEL_SELFTEST_H

#include "kernel/lib/base.h"

/*
 * "selftest=recycle": dirties memory, recycles, looks through all free memory
 * for what it wrote, three times; says "selftest: recycle passed" or what it
 * found. "selftest=full": the same with all memory. "selftest=memory": NUMA
 * nodes, and memory beside each core. "selftest=hang": no core does anything
 * any more. Without the word: nothing. At the end of main.c, cores running.
 */
void selftest_run(void);

/* "selftest=boot": TSC counts from there to here, those spent waiting for
 * hardware apart, and the bytes of memory in use. */
void selftest_boot(u64 began_tsc);

#endif
