/* page.c - the node's memory, in pages. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/page.h"

#include "kernel/acpi_tables.h"
#include "kernel/handoff.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/scrub.h"
#include "kernel/smp.h"
#include "kernel/vm.h"

enum { RANGES_MAX = LIMIT_MAP_RANGES + 2 * LIMIT_NUMA_RUNS };
#define LOW_END (2ull << 20)            /* firmware's and the trampoline's */

static struct {
	u64 base, bytes;
	u32 node;
} list[RANGES_MAX];
static u32 count;
static u32 near;                        /* the node that allocations prefer */
static u64 total;

static void
add(u64 base, u64 end, u32 node)
{
	base = ALIGN_UP(MAX(base, LOW_END), (u64)PAGE_BYTES);
	end = ALIGN_DOWN(end, (u64)PAGE_BYTES);
	if (base >= end)
		return;
	if (count == RANGES_MAX) {
		log_warn("memory in too many pieces: %lu KiB not used",
		    (end - base) >> 10);
		return;
	}
	list[count].base = base;
	list[count].node = node;
	list[count++].bytes = end - base;
}

/* A range of the map, cut where the NUMA node changes. */
static void
add_by_node(u64 base, u64 end)
{
	while (base < end) {
		u64 to = end;
		u32 node = smp_topology() ? acpi_memory_node(smp_topology(),
		    base, &to) : 0;

		add(base, to, node);
		base = to;
	}
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
			add(end, to, list[i].node);
	}
}

static void
build(void)
{
	const struct boot_facts *f = handoff_facts();

	count = 0;
	for (u32 i = 0; i < f->ranges; i++)
		if (f->range[i].kind == RANGE_FREE)
			add_by_node(f->range[i].base,
			    f->range[i].base + f->range[i].bytes);
	total = 0;
	for (u32 i = 0; i < count; i++)
		total += list[i].bytes;
	leave_out(f->kernel_base, f->kernel_base + f->kernel_bytes);
}

/* The first word of permanent memory: what of it is taken. */
static u64 *
perm_used(void)
{
	return (u64 *)handoff_facts()->perm_base;
}

/* The permanent run lies at the top of the last range below 4 GiB that has
 * room: page tables and the trampoline need addresses of 32 bits. */
void
page_reserve(u64 perm_pages)
{
	struct boot_facts *f = handoff_facts_edit();
	u64 bytes = (perm_pages + 1) * PAGE_BYTES, best = 0;

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
	*perm_used() = PAGE_BYTES;
}

/* If there are too many they stay late: the next recycle sees them again. */
static void
leave_late(u64 pa, u64 bytes)
{
	leave_out(pa, pa + bytes);
	if (!scrub_add(pa, bytes))
		log_warn("%lu MiB stay unused until the next recycle",
		    bytes >> 20);
}

/* The first run of large pages in range i that are not known to be zero. */
static bool
unknown_in(u32 i, u64 *from, u64 *to)
{
	u64 at = ALIGN_UP(list[i].base, LARGE_PAGE);
	u64 end = ALIGN_DOWN(list[i].base + list[i].bytes, LARGE_PAGE);

	while (at < end && vm_is_zero(at))
		at += LARGE_PAGE;
	*from = at;
	while (at < end && !vm_is_zero(at))
		at += LARGE_PAGE;
	*to = at;
	return *to > *from;
}

void
page_scrub(void)
{
	u64 from, to;

	/* What is behind such a run becomes a range of its own, visited later. */
	for (u32 i = 0; i < count; i++)
		if (unknown_in(i, &from, &to) && scrub_add(from, to - from))
			leave_out(from, to);
}

void
page_init(void)
{
	const struct boot_facts *f = handoff_facts();

	build();
	leave_out(f->perm_base, f->perm_base + f->perm_bytes);
	if (handoff_get()->late)
		vm_each_late(leave_late);
}

void *
page_perm(u32 n)
{
	u64 at = handoff_facts()->perm_base + *perm_used();

	ASSERT(page_perm_left() >= n);
	*perm_used() += n * (u64)PAGE_BYTES;
	return memset((void *)at, 0, n * (size_t)PAGE_BYTES);
}

u64
page_perm_left(void)
{
	const struct boot_facts *f = handoff_facts();

	return (f->perm_bytes - *perm_used()) / PAGE_BYTES;
}

void
page_perm_trim(u64 spare)
{
	struct boot_facts *f = handoff_facts_edit();
	u64 keep = *perm_used() + spare * PAGE_BYTES, end;

	if (keep >= f->perm_bytes)
		return;
	end = f->perm_base + f->perm_bytes;
	f->perm_bytes = keep;
	add_by_node(f->perm_base + keep, end);
}

static void *
hand_out(u64 pa, u64 bytes)
{
	if (!vm_take(pa, bytes))
		memset((void *)pa, 0, bytes);
	return (void *)pa;
}

void
page_near(u32 node)
{
	near = node;
}

/* The range that `fits`, nearest to the preferred node; or count. */
static u32
choose(bool (*fits)(u32 i, u64 n), u64 n)
{
	u32 best = count, distance = UINT32_MAX;

	for (u32 i = 0; i < count && n; i++) {
		u32 d = smp_topology()->distance[near][list[i].node];

		if (d < distance && fits(i, n)) {
			best = i;
			distance = d;
		}
	}
	return best;
}

static bool
has_bytes(u32 i, u64 bytes)
{
	return list[i].bytes >= bytes;
}

void *
page_alloc(u32 n)
{
	u64 bytes = (u64)n * PAGE_BYTES;
	u32 i = choose(has_bytes, bytes);

	if (i == count)
		return NULL;
	list[i].bytes -= bytes;
	return hand_out(list[i].base + list[i].bytes, bytes);
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

static bool
has_large(u32 i, u64 n)
{
	return large_in(i) >= n;
}

void *
page_alloc_large(u64 n)
{
	u32 i = choose(has_large, n);
	u64 from, head, bytes = n * LARGE_PAGE;

	if (i == count)
		return NULL;
	from = ALIGN_UP(list[i].base, LARGE_PAGE);
	head = from - list[i].base;
	list[i].bytes -= head + bytes;
	list[i].base = from + bytes;
	add(from - head, from, list[i].node);
	vm_lend(from, bytes, zero);
	return (void *)from;
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
	add_by_node(base, end);
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
	u32 i = choose(has_large, 1);
	u64 most = 0;

	for (u32 k = 0; i < count && k < count; k++)
		if (list[k].node == list[i].node) {
			u64 here = large_in(k);

			most = MAX(most, here);
		}
	return most;
}

u64
page_node_bytes(u32 node)
{
	const struct boot_facts *f = handoff_facts();
	u64 sum = 0;

	for (u32 i = 0; i < f->ranges; i++) {
		u64 at = f->range[i].base, end = at + f->range[i].bytes;

		for (u64 to; f->range[i].kind == RANGE_FREE && at < end;
		     at = to) {
			to = end;
			if (acpi_memory_node(smp_topology(), at, &to) == node)
				sum += to - at;
		}
	}
	return sum;
}
