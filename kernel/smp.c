/* smp.c - the cores are found, started, woken and stopped here. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/smp.h"

#include "kernel/acpi.h"
#include "kernel/apic.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/fiber.h"
#include "kernel/handoff.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/recycle.h"
#include "kernel/sched.h"
#include "kernel/trap.h"
#include "kernel/vm.h"
#include "kernel/wait.h"

/*
 * Cores are numbered as the MADT lists them, but the boot core is 0. Each has a
 * block of one page, stacks with guards below (vm_stack) and starts in smp_core
 * on its idle stack. A cold start brings them up by INIT and STARTUP, one at a
 * time, through the trampoline; after a recycle they stand in the recycle code
 * and are called by recycle_release, all at once. Any core may have led the
 * recycle: then that one is the boot core of the new life.
 */

enum {
	LOW_FIRST = 0x1000,     /* page 0 is the BIOS data area */
	LOW_END = 0x90000,
	INIT_US = 10000,        /* SDM volume 3 §9.4.4 */
	STARTUP_US = 200,
	ONLINE_US_MAX = 1000000,
	STOP_US_MAX = 1000000,
};

static struct cpu **cores;
static u32 count;

extern u8 ap_start[], ap_end[], ap_gdt[], ap_gdt_base[], ap_jump[], ap_long[];
extern u8 ap_cr3[], ap_stack[], ap_entry[], ap_cpu[];

static u64 trampoline;          /* a page below 1 MiB */

struct cpu *
smp_cpu(u32 index)
{
	return cores[index];
}

u32
smp_count(void)
{
	return count;
}

u64
smp_ticks(void)
{
	u64 sum = 0;

	for (u32 i = 0; i < count; i++)
		sum += cores[i]->ticks;
	return sum;
}

/* The block, the idle fiber and its stack. */
static struct cpu *
make_core(u32 index, u32 id)
{
	struct cpu *c = page_alloc_bytes(sizeof(*c) + sizeof(struct fiber));

	ASSERT(c);
	c->self = c;
	c->index = c->place = index;
	c->apic_id = id;
	c->idle = (struct fiber *)(c + 1);
	c->fiber = c->idle;
	c->idle->core = index;
	c->idle->team = sched_kernel();
	c->idle_top = vm_stack(STACK_BYTES_IDLE);
	ASSERT(c->idle_top);
	trap_prepare_core(c);
	return c;
}

void
smp_boot_core(void)
{
	/* The boot core may be none of those that the firmware lists. */
	cores = page_alloc_bytes((smp_topology()->cores + 1) *
	    sizeof(*cores));
	ASSERT(cores);
	cores[0] = make_core(0, 0);
	count = 1;
	trap_init_core(cores[0]);
}

/* Where every other core begins, on its own stack. */
NORETURN static void
smp_core(struct cpu *c)
{
	vm_load();
	cpu_init();
	trap_init_core(c);
	apic_init_core();
	__atomic_store_n(&c->online, 1, __ATOMIC_SEQ_CST);
	if (c->index == 1)
		wait_tick_start(500000000);
	__asm__ volatile("sti");
	fiber_idle();
}

static void
patch64(u8 *field, u64 v)
{
	memcpy((u8 *)trampoline + (field - ap_start), &v, 8);
}

static void
patch32(u8 *field, u32 v)
{
	memcpy((u8 *)trampoline + (field - ap_start), &v, 4);
}

static void
write_trampoline(void)
{
	/* Executable until vm_drop_low takes it away. */
	if (vm_map(trampoline, trampoline, PAGE_BYTES, VM_W | VM_X) != 0)
		panic("no page table for the trampoline");
	memcpy((u8 *)trampoline, ap_start, (size_t)(ap_end - ap_start));
	patch32(ap_gdt_base, (u32)trampoline + (u32)(ap_gdt - ap_start));
	patch32(ap_jump, (u32)trampoline + (u32)(ap_long - ap_start));
	patch64(ap_cr3, handoff_facts()->pml4);
	patch64(ap_entry, (u64)(uintptr_t)smp_core);
}

/* Free memory that a core in real mode can be sent to. */
static u64
find_low_page(void)
{
	const struct boot_facts *f = handoff_facts();

	for (u32 i = 0; i < f->ranges; i++) {
		const struct range *r = &f->range[i];
		u64 from = ALIGN_UP(MAX(r->base, (u64)LOW_FIRST),
		    (u64)PAGE_BYTES);

		if (r->kind == RANGE_FREE &&
		    from + PAGE_BYTES <= MIN(r->base + r->bytes, (u64)LOW_END))
			return from;
	}
	return 0;
}

static bool
came_online(struct cpu *c, u32 us)
{
	u64 end = clock_now_ns() + us * 1000ull;

	while (!__atomic_load_n(&c->online, __ATOMIC_ACQUIRE))
		if (clock_now_ns() > end)
			return false;
		else
			__builtin_ia32_pause();
	return true;
}

static void
start_cold(struct cpu *c)
{
	patch64(ap_stack, c->idle_top);
	patch64(ap_cpu, (u64)c);
	for (int i = 0; i < 2; i++) {
		apic_startup_ipi(c->apic_id, (u8)(trampoline >> PAGE_SHIFT));
		if (came_online(c, i ? ONLINE_US_MAX : STARTUP_US * 50))
			return;
	}
}

/* Closes the gaps that cores leave which did not come. */
static void
count_online(u32 tried)
{
	for (u32 i = 1; i < tried; i++) {
		struct cpu *c = cores[i];

		if (!came_online(c, ONLINE_US_MAX)) {
			log_warn("core with APIC id %u does not start",
			    c->apic_id);
			continue;
		}
		c->index = count;
		cores[count++] = c;
	}
}

static void
start_others(const struct acpi_topology *found)
{
	bool warm = handoff_get()->recycles != 0;
	u32 me = apic_id(), n = 1;

	if (!warm) {
		trampoline = find_low_page();
		if (!trampoline) {
			log_warn("no free page below 1 MiB: one core");
			return;
		}
		write_trampoline();
		for (u32 i = 0; i < found->cores; i++)
			if (found->apic_id[i] != me)
				apic_init_ipi(found->apic_id[i]);
		clock_delay_us(INIT_US);
	}
	for (u32 i = 0; i < found->cores && n < LIMIT_CORES; i++) {
		struct cpu *c;

		page_near(found->node[i]);
		if (found->apic_id[i] == me) {
			cores[0]->slot = i;
			cores[0]->node = found->node[i];
			continue;
		}
		c = make_core(n, found->apic_id[i]);
		c->slot = i;
		c->node = found->node[i];
		cores[n] = c;
		if (warm)
			recycle_release(i, c->idle_top, smp_core, c);
		else
			start_cold(c);
		n++;
	}
	count_online(n);
	page_near(cores[0]->node);
}

void
smp_find(void)
{
	struct acpi_topology *found = page_perm((u32)((sizeof(*found) +
	    PAGE_BYTES - 1) / PAGE_BYTES));

	acpi_find(found, handoff_facts()->rsdp);
	handoff_facts_edit()->topology = (u64)found;
}

const struct acpi_topology *
smp_topology(void)
{
	return (const void *)handoff_facts()->topology;
}

void
smp_init(void)
{
	const struct acpi_topology *found = smp_topology();
	bool want_x2 = false;

	for (u32 i = 0; i < found->cores; i++)
		want_x2 |= found->apic_id[i] > 254;
	apic_init(want_x2);
	apic_timer_calibrate();
	cores[0]->apic_id = apic_id();
	cores[0]->online = 1;
	start_others(found);
	vm_drop_low();
}

void
smp_interrupt(u32 core)
{
	apic_ipi(cores[core]->apic_id, TRAP_WAKE);
}

void
smp_wake_one(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	sched_wake_sleeper(sched_kernel());
}

void
smp_wake_all(void)
{
	for (u32 i = 0; i < count; i++)
		wait_wake(i);
}

void
smp_ask_debug(u32 core)
{
	struct cpu *c = cores[core];

	__atomic_store_n(&c->stop, SMP_TO_DEBUG, __ATOMIC_SEQ_CST);
	apic_nmi(c->apic_id);
}

void
smp_stop_others(u32 how)
{
	u64 end = clock_now_ns() + STOP_US_MAX * 1000ull;
	struct cpu *me = cpu_this();

	for (u32 i = 0; i < count; i++) {
		if (cores[i] == me)
			continue;
		cores[i]->stopped = 0;
		__atomic_store_n(&cores[i]->stop, how, __ATOMIC_SEQ_CST);
		apic_nmi(cores[i]->apic_id);
	}
	for (u32 i = 0; i < count; i++)
		while (cores[i] != me && !__atomic_load_n(&cores[i]->stopped,
					     __ATOMIC_ACQUIRE)) {
			if (clock_now_ns() > end) {
				log_warn("core %u does not answer the NMI", i);
				break;
			}
			__builtin_ia32_pause();
		}
}
