/* page.h - the node's memory, in pages. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_PAGE_H
#define KERNEL_PAGE_H

#include "kernel/lib/base.h"
#include "kernel/limits.h"

/*
 * Free memory is a sorted list of ranges, built from the map at every start.
 * Single pages and runs come from the top end of the first range that fits,
 * large pages from the bottom of the largest. All memory is identity-mapped:
 * a pointer is a physical address. Whatever is allocated lives until the next
 * recycle, which gives everything back, or until page_free.
 *
 * The agent and the start are the only callers, so one lock-free owner is
 * enough: ASSERTed by a flag.
 */

/* Cold: sets `perm_pages` aside for good. Then, in every life: builds the free
 * ranges. */
void page_reserve(u64 perm_pages);
void page_init(void);
/* n pages of the memory set aside, zeroed; cold only. */
void *page_perm(u32 n);
/* Cold: all but `spare` of what is left becomes free memory. */
void page_perm_trim(u64 spare);
u64 page_perm_left(void);       /* pages; vm.c may take them later too */

/* A run of n pages, zeroed, or NULL. */
void *page_alloc(u32 n);
void *page_alloc_bytes(size_t bytes);
/* n large pages in one run, 2 MiB-aligned, not zeroed twice; or NULL. */
void *page_alloc_large(u64 n);
void page_free(void *run, u32 n);
/* A job comes: large pages that are not known to be zero leave the allocator
 * until idle cores have zeroed them: scrub.h. */
void page_scrub(void);
/* Later allocations come from this NUMA node, or the nearest that has them. */
void page_near(u32 node);

u64 page_total_bytes(void);
u64 page_free_bytes(void);
u64 page_node_bytes(u32 node);  /* of the machine, used or not */
/* Large pages in one run, of the nearest node that has any. */
u64 page_large_free(void);

#endif
