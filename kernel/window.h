/* window.h - where things lie in a rank's window. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_WINDOW_H
#define KERNEL_WINDOW_H

#include "kernel/vm.h"

/*
 *	+ 0              nothing: a NULL-based pointer of the image traps
 *	+ 2 MiB          the image: text shared and read-only, data private
 *	+ 8 GiB          thread block, guard behind it
 *	+ 9 GiB          further threads, one behind the other: guard, stack,
 *	                 thread block. What is not mapped here is a guard
 *	+ 12 GiB         the stack up to its top
 *	+ 16 GiB         heap, in large pages, mapped whole
 *
 * Windows are 64 GiB apart, so all of this is the same for every rank.
 */
#define WINDOW_IMAGE LARGE_PAGE
#define WINDOW_TLS (8ull << 30)
#define WINDOW_STACK (12ull << 30)
#define WINDOW_STACK_GUARD (9ull << 30)
#define WINDOW_THREADS_END (WINDOW_STACK - (1ull << 20))
#define WINDOW_THREAD_GUARD (64ull << 10)
#define WINDOW_HEAP (16ull << 30)

static inline u64
window_base(u32 local)
{
	return VM_WINDOWS + local * VM_WINDOW_BYTES;
}

#endif
