/* page.c - the node's memory, in pages. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/page.h"

#include "kernel/handoff.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/vm.h"

enum { RANGES_MAX = 96 };
#define LOW_END (2ull << 20)            /* firmware's and the trampoline's */

static struct {
	u64 base, bytes;
} list[RANGES_MAX];
static u32 count;
static u64 total;

static void
add(u64 base, u64 end)
{
	base = ALIGN_UP(MAX(base, LOW_END), (u64)PAGE_BYTES);
	end = ALIGN_DOWN(end, (u64)PAGE_BYTES);
	if (base >= end || count == RANGES_MAX)
		return;
	list[count].base = base;
	list[count++].bytes = end - base;
}

/* Leaves [base, end) out of every range. */
static void
leave_out(u64 base, u64 end)
{
	for (u32 i = 0; i < count; i++) {
		u64 from = list[i].base, to = from + list[i].bytes;

		if (base >= to || end <= from)
			continue;
		list[i].bytes = base > from ? base - from : 0;
		if (end < to)
			add(end, to);
	}
}

static void
build(void)
{
	const struct boot_facts *f = handoff_facts();

	count = 0;
	for (u32 i = 0; i < f->ranges; i++)
		if (f->range[i].kind == RANGE_FREE)
			add(f->range[i].base,
			    f->range[i].base + f->range[i].bytes);
	total = 0;
	for (u32 i = 0; i < count; i++)
		total += list[i].bytes;
	leave_out(f->kernel_base, f->kernel_base + f->kernel_bytes);
}

/* The permanent run lies at the top of the last range below 4 GiB that has
 * room: page tables and the trampoline need addresses of 32 bits. */
void
page_reserve(u64 perm_pages)
{
	struct boot_facts *f = handoff_facts_edit();
	u64 bytes = perm_pages * PAGE_BYTES, best = 0;

	build();
	for (u32 i = 0; i < count; i++) {
		u64 end = MIN(list[i].base + list[i].bytes, 1ull << 32);

		if (end > list[i].base && end - list[i].base >= bytes)
			best = MAX(best, end - bytes);
	}
	if (!best)
		panic("no %lu KiB of memory below 4 GiB", bytes >> 10);
	f->perm_base = best;
	f->perm_bytes = bytes;
	f->perm_used = 0;
}

void
page_init(void)
{
	const struct boot_facts *f = handoff_facts();

	build();
	leave_out(f->perm_base, f->perm_base + f->perm_bytes);
}

void *
page_perm(u32 n)
{
	struct boot_facts *f = handoff_facts_edit();
	u64 at = f->perm_base + f->perm_used;

	ASSERT(f->perm_used + n * (u64)PAGE_BYTES <= f->perm_bytes);
	f->perm_used += n * (u64)PAGE_BYTES;
	return memset((void *)at, 0, n * (size_t)PAGE_BYTES);
}

u64
page_perm_left(void)
{
	const struct boot_facts *f = handoff_facts();

	return (f->perm_bytes - f->perm_used) / PAGE_BYTES;
}

static void *
hand_out(u64 pa, u64 bytes)
{
	if (!vm_take(pa, bytes))
		memset((void *)pa, 0, bytes);
	return (void *)pa;
}

void *
page_alloc(u32 n)
{
	u64 bytes = (u64)n * PAGE_BYTES;

	for (u32 i = 0; i < count && n; i++)
		if (list[i].bytes >= bytes) {
			list[i].bytes -= bytes;
			return hand_out(list[i].base + list[i].bytes, bytes);
		}
	return NULL;
}

void *
page_alloc_bytes(size_t bytes)
{
	return page_alloc((u32)(ALIGN_UP(bytes, (size_t)PAGE_BYTES) /
	    PAGE_BYTES));
}

static void
zero(u64 pa, u64 bytes)
{
	memset((void *)pa, 0, bytes);
}

static u64
large_in(u32 i)
{
	u64 from = ALIGN_UP(list[i].base, LARGE_PAGE);
	u64 to = ALIGN_DOWN(list[i].base + list[i].bytes, LARGE_PAGE);

	return to > from ? (to - from) / LARGE_PAGE : 0;
}

void *
page_alloc_large(u64 n)
{
	for (u32 i = 0; i < count && n; i++) {
		u64 from = ALIGN_UP(list[i].base, LARGE_PAGE);
		u64 head = from - list[i].base, bytes = n * LARGE_PAGE;

		if (large_in(i) < n)
			continue;
		list[i].bytes -= head + bytes;
		list[i].base = from + bytes;
		add(from - head, from);
		vm_lend(from, bytes, zero);
		return (void *)from;
	}
	return NULL;
}

void
page_free(void *run, u32 n)
{
	u64 base = (u64)run, end = base + (u64)n * PAGE_BYTES;

	for (u32 i = 0; i < count; i++) {
		if (list[i].base == end) {
			list[i].base = base;
			list[i].bytes += end - base;
			return;
		}
		if (list[i].base + list[i].bytes == base) {
			list[i].bytes += end - base;
			return;
		}
	}
	add(base, end);
}

u64
page_total_bytes(void)
{
	return total;
}

u64
page_free_bytes(void)
{
	u64 sum = 0;

	for (u32 i = 0; i < count; i++)
		sum += list[i].bytes;
	return sum;
}

u64
page_large_free(void)
{
	u64 most = 0;

	for (u32 i = 0; i < count; i++) {
		u64 here = large_in(i);

		most = MAX(most, here);
	}
	return most;
}
