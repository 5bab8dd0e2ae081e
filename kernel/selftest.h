/* selftest.h - what the command line may ask a node to prove of itself. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_SELFTEST_H
#define KERNEL_SELFTEST_H

/*
 * "selftest=recycle": dirties memory, recycles, looks through all free memory
 * for what it wrote, three times; says "selftest: recycle passed" or what it
 * found. "selftest=hang": no core does anything any more. Without the word:
 * nothing. At the end of main.c, cores running.
 */
void selftest_run(void);

#endif
