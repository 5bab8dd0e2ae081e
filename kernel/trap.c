/* trap.c - exceptions, interrupts, NMI. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/trap.h"

#include "kernel/acpi.h"
#include "kernel/apic.h"
#include "kernel/cpu.h"
#include "kernel/fiber.h"
#include "kernel/gdbstub.h"
#include "kernel/handoff.h"
#include "kernel/lib/print.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/recycle.h"
#include "kernel/report.h"
#include "kernel/smp.h"
#include "kernel/vm.h"
#include "kernel/wait.h"

enum {
	GATES = 256,
	STUB_BYTES = 8,         /* trap.S */
	STUBS = 64,             /* and one for all others */
	EXCEPTIONS = 32,
	IST_COUNT = 5,
	IST_DOUBLE = 2,         /* counted from 0 */
	TICKING = 2,            /* cores: wait.c */
	SELECTOR_CODE = 0x08,
	SELECTOR_TSS = 0x18,
	FLAGS_IF = 1 << 9,
};

struct gate {                   /* SDM volume 3 §6.14.1 */
	u16 low, selector;
	u8 ist, type;
	u16 middle;
	u32 high, reserved;
};

/* A core's own. */
struct segments {
	u64 gdt[5];
	u8 tss[104];
} ALIGNED(CACHE_LINE);

static void (*handlers[LIMIT_VECTORS])(void);
static u64 double_fault_top;    /* one for all: the first ends the kernel */

extern u8 trap_stubs[];
void trap_load_segments(void);
NORETURN void stack_call(u64 rsp, void (*fn)(void));
void trap_dispatch(struct trap_frame *f);

static u8
ist_of(u32 vector)
{
	switch (vector) {
	case TRAP_NMI:
		return 4;
	case TRAP_DOUBLE:
		return 3;
	case TRAP_MACHINE:
		return 5;
	default:
		return vector < EXCEPTIONS ? 2 : 1;
	}
}

/* IDT, GDTs and TSSs lie in permanent memory, which is read-only. */
void
trap_tables(void)
{
	struct boot_facts *f = handoff_facts_edit();
	u32 cores = MAX(smp_topology()->cores, 1u);
	struct gate *idt = page_perm(GATES * sizeof(*idt) / PAGE_BYTES);

	f->idt = (u64)idt;
	f->segments = (u64)page_perm((u32)(ALIGN_UP(cores *
	    sizeof(struct segments), (size_t)PAGE_BYTES) / PAGE_BYTES));
	for (u32 v = 0; v < GATES; v++) {
		u64 at = (u64)(uintptr_t)trap_stubs +
		    STUB_BYTES * MIN(v, (u32)STUBS);

		idt[v] = (struct gate){ (u16)at, SELECTOR_CODE, ist_of(v),
			0x8e, (u16)(at >> 16), (u32)(at >> 32), 0 };
	}
}

static struct segments *
segments_of(const struct cpu *c)
{
	return (struct segments *)handoff_facts()->segments + c->place;
}

void
trap_prepare_core(struct cpu *c)
{
	/* Of interrupts, the tick's alone goes deep: cores 0 and 1. */
	u32 bytes[IST_COUNT] = { c->place < TICKING ? 16384 : 4096, 8192,
		4096, 4096, 4096 };
	struct segments *s = segments_of(c);
	u64 tss = (u64)(uintptr_t)s->tss, top[IST_COUNT];
	struct vm_edit e;

	for (u32 i = 0; i < IST_COUNT; i++) {
		top[i] = i == IST_DOUBLE && double_fault_top
		    ? double_fault_top : vm_stack(bytes[i]);
		ASSERT(top[i]);
	}
	double_fault_top = top[IST_DOUBLE];
	e = vm_edit_begin();
	/* IST1 stands at offset 36 of the TSS: SDM volume 3 §8.7. */
	memcpy(s->tss + 36, top, sizeof(top));
	s->tss[102] = sizeof(s->tss);
	s->gdt[1] = 0x00af9b000000ffff;
	s->gdt[2] = 0x00cf93000000ffff;
	s->gdt[3] = (sizeof(s->tss) - 1) | (tss & 0xffffff) << 16 |
	    0x89ull << 40 | (tss >> 24 & 0xff) << 56;
	s->gdt[4] = tss >> 32;
	vm_edit_end(e);
}

void
trap_init_core(struct cpu *c)
{
	struct segments *s = segments_of(c);
	struct {
		u16 limit;
		u64 base;
	} PACKED gdtr = { sizeof(s->gdt) - 1, (u64)(uintptr_t)s->gdt },
	  idtr = { GATES * sizeof(struct gate) - 1, handoff_facts()->idt };
	struct vm_edit e = vm_edit_begin();     /* ltr marks the TSS busy */

	__asm__ volatile("lgdt %0" : : "m"(gdtr));
	trap_load_segments();
	__asm__ volatile("ltr %w0" : : "r"(SELECTOR_TSS));
	__asm__ volatile("lidt %0" : : "m"(idtr));
	vm_edit_end(e);
	cpu_wrmsr(MSR_GS_BASE, (u64)(uintptr_t)c);
}

void
trap_handler(u8 vector, void (*fn)(void))
{
	ASSERT(vector >= TRAP_NIC && vector < TRAP_NIC + LIMIT_VECTORS);
	handlers[vector - TRAP_NIC] = fn;
}

void
trap_abandon_self(void)
{
	struct cpu *c = cpu_this();

	c->fiber = c->idle;
	c->ring = NULL;
	__asm__ volatile("sti");
	stack_call(c->idle_top, fiber_idle);
}

/* The interrupted code is left for good: the frame returns elsewhere. */
static void
abandon(struct trap_frame *f)
{
	struct cpu *c = cpu_this();

	c->fiber = c->idle;
	c->ring = NULL;
	__atomic_store_n(&c->stopped, 1, __ATOMIC_RELEASE);
	f->rip = (u64)(uintptr_t)fiber_idle;
	f->rsp = c->idle_top - 8;
	f->rflags = FLAGS_IF | 2;
	f->rbp = 0;
}

static void
interrupt(struct trap_frame *f)
{
	void (*fn)(void);

	if (f->vector == TRAP_SPURIOUS)
		return;
	apic_eoi();
	if (f->vector == TRAP_TIMER)
		wait_timer();
	else if (f->vector >= TRAP_NIC &&
	    f->vector < TRAP_NIC + LIMIT_VECTORS) {
		fn = handlers[f->vector - TRAP_NIC];
		if (fn)
			fn();
	}
}

void
trap_dispatch(struct trap_frame *f)
{
	struct cpu *c = cpu_this();

	if (f->vector >= EXCEPTIONS) {
		interrupt(f);
		gdbstub_nmi(f);
		return;
	}
	if (f->vector == TRAP_NMI) {
		u32 how = c->stop;

		c->stop = 0;
		if (!how)
			report_nmi(f);
		if (how == SMP_TO_RECYCLE)
			recycle_wait();
		if (how == SMP_TO_DEBUG)
			gdbstub_nmi(f);
		if (how == SMP_TO_IDLE)
			abandon(f);
		return;
	}
	if (gdbstub_trap(f))
		return;
	report_exception(f);
	/* A rank's own: its fiber ends here, the core goes on. */
	abandon(f);
}
