/* apic.c - the local APIC: who am I, IPIs, the one-shot timer. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/apic.h"

#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/trap.h"
#include "kernel/vm.h"

/* Intel SDM volume 3, chapter 11; x2APIC MSR = 0x800 + register / 16. */
enum {
	APIC_PHYSICAL = 0xfee00000,
	APIC_ID = 0x20,
	APIC_TPR = 0x80,
	APIC_EOI = 0xb0,
	APIC_SPURIOUS = 0xf0,
	APIC_ICR = 0x300,
	APIC_ICR_HIGH = 0x310,
	APIC_LVT_TIMER = 0x320,
	APIC_LVT_LINT0 = 0x350,
	APIC_LVT_LINT1 = 0x360,
	APIC_TIMER_INITIAL = 0x380,
	APIC_TIMER_CURRENT = 0x390,
	APIC_TIMER_DIVIDE = 0x3e0,
	BASE_X2 = 1 << 10,
	BASE_ENABLE = 1 << 11,
	SPURIOUS_ENABLE = 1 << 8,
	LVT_MASKED = 1 << 16,
	DIVIDE_BY_16 = 3,
	ICR_NMI = 4 << 8,
	ICR_INIT = 5 << 8,
	ICR_STARTUP = 6 << 8,
	ICR_ASSERT = 1 << 14,
	ICR_PENDING = 1 << 12,
	ICR_SPINS_MAX = 1000000,
	LEAF1_C_X2APIC = 1 << 21,
	PIC1_DATA = 0x21,
	PIC2_DATA = 0xa1,
	CALIBRATE_TRIES = 3,
	CALIBRATE_US = 1000,
};

static volatile u8 *regs;
static bool x2;
static u64 timer_hz;

static u32
read(u32 reg)
{
	if (x2)
		return (u32)cpu_rdmsr(MSR_X2APIC + reg / 16);
	return *(volatile u32 *)(regs + reg);
}

static void
write(u32 reg, u32 v)
{
	if (x2)
		cpu_wrmsr(MSR_X2APIC + reg / 16, v);
	else
		*(volatile u32 *)(regs + reg) = v;
}

void
apic_init(bool want_x2)
{
	u64 base = cpu_rdmsr(MSR_APIC_BASE);
	bool has = cpu_id(1, 0).c & LEAF1_C_X2APIC;

	cpu_out8(PIC1_DATA, 0xff);
	cpu_out8(PIC2_DATA, 0xff);
	x2 = (base & BASE_X2) || (want_x2 && has);
	regs = vm_device(APIC_PHYSICAL, PAGE_BYTES);
	apic_init_core();
}

void
apic_init_core(void)
{
	u64 base = cpu_rdmsr(MSR_APIC_BASE) | BASE_ENABLE;

	cpu_wrmsr(MSR_APIC_BASE, base);
	if (x2)
		cpu_wrmsr(MSR_APIC_BASE, base | BASE_X2);
	write(APIC_TPR, 0);
	write(APIC_LVT_TIMER, LVT_MASKED);
	write(APIC_LVT_LINT0, LVT_MASKED);
	write(APIC_LVT_LINT1, ICR_NMI); /* the board's; the same bits */
	write(APIC_SPURIOUS, SPURIOUS_ENABLE | TRAP_SPURIOUS);
	write(APIC_TIMER_DIVIDE, DIVIDE_BY_16);
	write(APIC_EOI, 0);
}

u32
apic_id(void)
{
	return x2 ? read(APIC_ID) : read(APIC_ID) >> 24;
}

void
apic_eoi(void)
{
	write(APIC_EOI, 0);
}

static void
send(u32 id, u32 command)
{
	u32 spins = 0;

	if (x2) {
		__asm__ volatile("mfence" : : : "memory");
		cpu_wrmsr(MSR_X2APIC + APIC_ICR / 16, (u64)id << 32 | command);
		return;
	}
	write(APIC_ICR_HIGH, id << 24);
	write(APIC_ICR, command);
	while ((read(APIC_ICR) & ICR_PENDING) && spins++ < ICR_SPINS_MAX)
		__builtin_ia32_pause();
}

/* Two writes in xAPIC mode: an interrupt between them might send one too. */
static void
send_whole(u32 id, u32 command)
{
	u64 flags;

	__asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
	send(id, command);
	__asm__ volatile("pushq %0; popfq" : : "r"(flags) : "memory", "cc");
}

void
apic_ipi(u32 id, u8 vector)
{
	send_whole(id, ICR_ASSERT | vector);
}

void
apic_nmi(u32 id)
{
	send_whole(id, ICR_ASSERT | ICR_NMI);
}

void
apic_init_ipi(u32 id)
{
	send_whole(id, ICR_ASSERT | ICR_INIT);
}

void
apic_startup_ipi(u32 id, u8 page)
{
	send_whole(id, ICR_ASSERT | ICR_STARTUP | page);
}

/* The shortest of a few: a virtual core may lose its time in between. */
void
apic_timer_calibrate(void)
{
	u64 best = UINT64_MAX;

	write(APIC_LVT_TIMER, LVT_MASKED | TRAP_TIMER);
	for (u32 i = 0; i < CALIBRATE_TRIES; i++) {
		u64 from = clock_now_ns(), span;
		u32 left;

		write(APIC_TIMER_INITIAL, 0xffffffff);
		clock_delay_us(CALIBRATE_US);
		left = read(APIC_TIMER_CURRENT);
		span = clock_now_ns() - from;
		if (span >= best)
			continue;
		best = span;
		timer_hz = (0xffffffff - left) * 1000000000ull / span;
	}
	write(APIC_TIMER_INITIAL, 0);
}

void
apic_timer_at(u64 now_ns)
{
	u64 now = clock_now_ns(), count;

	if (!now_ns) {
		write(APIC_TIMER_INITIAL, 0);
		return;
	}
	/* At least one count: 0 would disarm. */
	count = now_ns > now ? MIN(now_ns - now, 10000000000ull) : 0;
	count = count * (timer_hz / 1000) / 1000000 + 1;
	write(APIC_LVT_TIMER, TRAP_TIMER);
	write(APIC_TIMER_INITIAL, (u32)MIN(count, 0xffffffffull));
}
