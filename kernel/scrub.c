/* scrub.c - memory of the last job that is zeroed while this life runs. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/scrub.h"

#include "kernel/limits.h"
#include "kernel/page.h"
#include "kernel/recycle.h"
#include "kernel/smp.h"
#include "kernel/vm.h"

enum { RUNS_MAX = 32 };

static struct {
	u64 base, bytes;
} run[RUNS_MAX];
static u32 runs;
static u64 total, next, done;   /* large pages; next and done by all cores */
static bool given;

bool
scrub_add(u64 pa, u64 bytes)
{
	if (given) {
		total = next = done = runs = 0;
		given = false;
	}
	if (runs == RUNS_MAX)
		return false;
	run[runs].base = pa;
	run[runs++].bytes = bytes;
	__atomic_store_n(&total, total + bytes / LARGE_PAGE, __ATOMIC_RELEASE);
	return true;
}

static u64
page_at(u64 n)
{
	u32 i = 0;

	for (; n >= run[i].bytes / LARGE_PAGE; i++)
		n -= run[i].bytes / LARGE_PAGE;
	return run[i].base + n * LARGE_PAGE;
}

bool
scrub_one(void)
{
	u64 n, pa;

	do {
		n = __atomic_load_n(&next, __ATOMIC_RELAXED);
		if (n >= __atomic_load_n(&total, __ATOMIC_ACQUIRE))
			return false;
	} while (!__atomic_compare_exchange_n(&next, &n, n + 1, false,
	    __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	pa = page_at(n);
	vm_late_begin(pa);
	recycle_zero_page(pa);
	vm_late_end(pa);
	if (__atomic_add_fetch(&done, 1, __ATOMIC_RELEASE) == total)
		smp_wake_all();
	return true;
}

bool
scrub_is_done(void)
{
	if (__atomic_load_n(&done, __ATOMIC_ACQUIRE) != total)
		return false;
	for (u32 i = 0; i < runs && !given; i++)
		page_free((void *)run[i].base,
		    (u32)(run[i].bytes / PAGE_BYTES));
	given = true;
	return true;
}
