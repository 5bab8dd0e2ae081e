/* selftest.c - a node proves on request that a recycle leaves nothing. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/selftest.h"

#include "kernel/handoff.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/recycle.h"
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
dirty(void)
{
	mark(page_alloc_large(LARGE_PAGES),
	    LARGE_PAGES * LARGE_PAGE / PAGE_BYTES);
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

void
selftest_run(void)
{
	char what[16];
	u64 marks;

	if (!handoff_option("selftest", what, sizeof(what)))
		return;
	if (strcmp(what, "hang") == 0)
		hang();
	if (strcmp(what, "recycle") != 0)
		return;
	marks = count_marks();
	if (marks) {
		log_warn("selftest: %lu pages left over", marks);
		return;
	}
	if (handoff_get()->recycles == RECYCLES) {
		log_info("selftest: recycle passed");
		return;
	}
	dirty();
	marks = count_marks();
	log_info("selftest: %lu pages marked", marks);
	recycle_now();
}
