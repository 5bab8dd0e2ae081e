/* main.c - the node comes up: the table of contents. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/acpi.h"
#include "kernel/blk.h"
#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/cpu.h"
#include "kernel/fiber.h"
#include "kernel/handoff.h"
#include "kernel/job/agent.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/pci.h"
#include "kernel/recycle.h"
#include "kernel/sched.h"
#include "kernel/selftest.h"
#include "kernel/smp.h"
#include "kernel/vm.h"
#include "kernel/wait.h"
#include "kernel/watchdog.h"

enum { WARM = 5 };              /* entry.S; the others: enum boot_path */

extern u8 image_end[], entry_params[];
extern char entry_cmdline[];
extern u64 entry_moved, entry_facts;
NORETURN void kernel_main(u32 path);

static u64 began;               /* TSC of kernel_main's first line */

static void
gather_facts(u32 path)
{
	struct boot_facts *f = handoff_facts_cold();

	if (path == BOOT_EFI)
		memcpy(f, (void *)entry_facts, sizeof(*f));
	else
		handoff_from_linux(f, entry_params, entry_cmdline);
	log_reset();
	f->path = path;
	f->kernel_base = entry_moved;
	f->kernel_bytes = (u64)(image_end - (u8 *)VM_KERNEL);
	if (!f->rsdp)
		f->rsdp = acpi_scan_rsdp();
	handoff_get()->boot_id = cpu_entropy();
}

static void
answer(void *arg)
{
	__atomic_add_fetch((u32 *)arg, 1, __ATOMIC_RELAXED);
	wait_wake(0);
}

static bool
all_answered(void *arg)
{
	return __atomic_load_n((u32 *)arg, __ATOMIC_RELAXED) == smp_count();
}

/* A task for each core: proof that it runs, wakes and takes work. */
static u32
ask_cores(void)
{
	static u32 answers;

	for (u32 i = 0; i < smp_count(); i++)
		sched_submit_core(i, answer, &answers);
	wait_until(all_answered, &answers, clock_now_ns() + 2000000000);
	return answers;
}

static void
greet(void)
{
	const struct handoff *h = handoff_get();

	if (h->recycles)
		log_info("recycled %u times: %u cores, %u answered, %lu us",
		    h->recycles, smp_count(), ask_cores(),
		    (clock_now_ns() + clock_recycle_ns()) / 1000);
	else
		log_info("barerack %s: %s, %u cores, %u answered, %lu MiB",
		    BUILD_ID, handoff_boot_path(), smp_count(), ask_cores(),
		    page_total_bytes() >> 20);
	if (!h->recycles && (smp_topology()->nodes > 1 || cpu_threads() > 1))
		log_info("%u NUMA nodes, %u threads a core",
		    MAX(smp_topology()->nodes, 1u), cpu_threads());
}

/* On the idle stack of core 0, with interrupts on. */
static void
run(void)
{
	greet();                        /* every core answers */
	watchdog_init();                /* from now on the agent feeds it */
	selftest_run();                 /* if asked for */
	blk_init();                     /* block devices */
	agent_init();                   /* NICs, lease, head node */
	selftest_boot(began);           /* if asked for */
	fiber_idle();                   /* and whatever it asks for */
}

NORETURN void stack_call(u64 rsp, void (*fn)(void));

void
kernel_main(u32 path)
{
	bool warm = path == WARM;

	began = cpu_tsc();
	if (!warm)
		gather_facts(path);     /* map, RSDP, command line */
	console_init(warm);             /* serial, screen, keyboard */
	cpu_init();                     /* baseline, SSE, AVX, NX, WP */
	clock_init();                   /* TSC */
	vm_init(warm);                  /* identity, W^X, permanent memory */
	if (!warm)
		smp_find();             /* cores, NUMA nodes */
	page_init();                    /* free memory */
	if (!warm) {
		console_map();          /* the screen, for good */
		recycle_init();         /* the pristine copy */
	}
	smp_boot_core();                /* stacks, IDT, GS */
	pci_init();                     /* devices: moves BARs, so alone */
	wait_init();                    /* poll or halt */
	sched_init();                   /* the work queue */
	smp_init();                     /* APIC, all cores */
	wait_tick_start(0);             /* once a second */
	__asm__ volatile("sti");
	stack_call(smp_cpu(0)->idle_top, run);
}
