/* selftest.c - what a node proves on request: selftest=... */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/selftest.h"

#include "kernel/acpi_tables.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/handoff.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/recycle.h"
#include "kernel/scrub.h"
#include "kernel/smp.h"
#include "kernel/vm.h"

enum { RECYCLES = 3, LARGE_PAGES = 8, RUNS = 64, RUN_PAGES = 4 };
#define MARK 0x6d61726b6d61726bull

static void
mark(u64 *page, u64 pages)
{
	for (u64 i = 0; page && i < pages; i++)
		page[i * PAGE_BYTES / 8] = MARK;
}

/* Large runs as heaps are, small ones as everything else is. */
static void
dirty(u64 large)
{
	mark(page_alloc_large(large), large * LARGE_PAGE / PAGE_BYTES);
	for (u32 i = 0; i < RUNS; i++)
		mark(page_alloc(RUN_PAGES), RUN_PAGES);
}

/* Marked pages in all memory that is ours and mapped. */
static u64
count_marks(void)
{
	const struct boot_facts *f = handoff_facts();
	u64 found = 0, run;

	for (u32 i = 0; i < f->ranges; i++) {
		const struct range *r = &f->range[i];
		u64 at = ALIGN_UP(MAX(r->base, LARGE_PAGE), (u64)PAGE_BYTES);

		if (r->kind != RANGE_FREE)
			continue;
		for (; at + PAGE_BYTES <= r->base + r->bytes; at += PAGE_BYTES)
			if (vm_physical((void *)at, &run) == at)
				found += *(u64 *)at == MARK;
	}
	return found;
}

/* All cores: the watchdog's business. */
NORETURN static void
hang(void)
{
	log_info("selftest: hanging");
	smp_stop_others(SMP_TO_RECYCLE);
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void
test_recycle(bool full)
{
	u64 marks;

	while (scrub_one() || !scrub_is_done())
		continue;
	marks = count_marks();
	if (marks) {
		log_warn("selftest: %lu pages left over", marks);
		return;
	}
	if (handoff_get()->recycles == RECYCLES) {
		log_info("selftest: recycle passed");
		return;
	}
	dirty(full ? page_large_free() : LARGE_PAGES);
	marks = count_marks();
	log_info("selftest: %lu pages marked", marks);
	recycle_now();
}

/* Whether this run lies in memory of that node and holds what is written. */
static bool
is_near(u64 *run, u32 node)
{
	u64 end = UINT64_MAX;

	if (!run || *run || acpi_memory_node(smp_topology(), (u64)run, &end) !=
	    node)
		return false;
	*run = MARK;
	return *run == MARK;
}

/* Memory beside every core, and the two ends of all that is free. */
static void
test_memory(void)
{
	const struct boot_facts *f = handoff_facts();
	u32 bad = 0;
	u64 run;

	for (u32 i = 0; i < smp_count(); i++) {
		page_near(smp_cpu(i)->node);
		bad += !is_near(page_alloc(1), smp_cpu(i)->node) ||
		    !is_near(page_alloc_large(1), smp_cpu(i)->node);
	}
	for (u32 i = 0; i < f->ranges; i++) {
		u64 end = ALIGN_DOWN(f->range[i].base + f->range[i].bytes,
		    (u64)PAGE_BYTES) - PAGE_BYTES;

		if (f->range[i].kind == RANGE_FREE && end > LARGE_PAGE)
			bad += vm_physical((void *)end, &run) != end;
	}
	for (u32 i = 0; i < smp_topology()->nodes; i++)
		log_info("node %u: %lu MiB", i, page_node_bytes(i) >> 20);
	log_info("selftest: memory %s", bad ? "failed" : "passed");
}

void
selftest_run(void)
{
	char what[16];

	if (!handoff_option("selftest", what, sizeof(what)))
		return;
	if (strcmp(what, "hang") == 0)
		hang();
	if (strcmp(what, "recycle") == 0 || strcmp(what, "full") == 0)
		test_recycle(*what == 'f');
	if (strcmp(what, "memory") == 0)
		test_memory();
}

void
selftest_boot(u64 began_tsc)
{
	char what[16];

	if (!handoff_option("selftest", what, sizeof(what)) ||
	    strcmp(what, "boot") != 0)
		return;
	log_info("selftest: boot %lu, waited %lu, memory %lu",
	    cpu_tsc() - began_tsc - clock_waited_tsc(), clock_waited_tsc(),
	    page_total_bytes() - page_free_bytes());
}
