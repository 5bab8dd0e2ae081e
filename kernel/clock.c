/* clock.c - time from the TSC. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/clock.h"

#include "kernel/cpu.h"
#include "kernel/handoff.h"

/*
 * now = (TSC - start) * mult >> 32: one multiplication. The rate is measured
 * once at the cold start and handed on; 32 fraction bits keep the error below
 * a second in a century.
 */

enum {
	PIT_HZ = 1193182,
	PIT_CH2 = 0x42,
	PIT_MODE = 0x43,
	PIT_GATE = 0x61,
	PIT_MS = 20,
	PIT_SPINS_MAX = 100000000,
};

static u64 start, mult;

/* a * 2^32 / b, where the quotient fits. */
static u64
scaled_div(u64 a, u64 b)
{
	u64 q, rest;

	__asm__("divq %4" : "=a"(q), "=d"(rest)
		: "a"(a << 32), "d"(a >> 32), "r"(b));
	return q;
}

/* Channel 2 counts down PIT_MS in mode 0; its output is bit 5 of the gate. */
static u64
measure(void)
{
	u16 count = PIT_HZ * PIT_MS / 1000;
	u64 begin, end;
	u32 spins = 0;
	u8 gate = (u8)((cpu_in8(PIT_GATE) & ~2) | 1);

	cpu_out8(PIT_GATE, gate);
	cpu_out8(PIT_MODE, 0xb0);
	cpu_out8(PIT_CH2, (u8)count);
	cpu_out8(PIT_CH2, (u8)(count >> 8));
	begin = cpu_tsc();
	while (!(cpu_in8(PIT_GATE) & 0x20) && spins++ < PIT_SPINS_MAX)
		;
	end = cpu_tsc();
	return (end - begin) * 1000 / PIT_MS;
}

/* SDM volume 3 §18.7.3: leaf 15h gives the TSC's ratio and its crystal. */
static u64
from_cpuid(void)
{
	struct cpuid r;

	if (cpu_id(0, 0).a < 0x15)
		return 0;
	r = cpu_id(0x15, 0);
	return r.a && r.b && r.c ? (u64)r.c * r.b / r.a : 0;
}

void
clock_init(void)
{
	struct handoff *h = handoff_get();

	if (!h->tsc_hz)
		h->tsc_hz = from_cpuid();
	if (!h->tsc_hz)
		h->tsc_hz = measure();
	start = cpu_tsc();
	mult = scaled_div(1000000000, h->tsc_hz);
}

u64
clock_now_ns(void)
{
	return (u64)((unsigned __int128)(cpu_tsc() - start) * mult >> 32);
}

u64
clock_to_tsc(u64 now_ns)
{
	return start + scaled_div(now_ns, mult);
}

u64
clock_tsc_hz(void)
{
	return handoff_get()->tsc_hz;
}

u64
clock_utc_ns(void)
{
	return clock_now_ns() + (u64)handoff_get()->utc_offset_ns;
}

void
clock_set_utc(u64 utc_ns)
{
	handoff_get()->utc_offset_ns = (i64)(utc_ns - clock_now_ns());
}

void
clock_delay_us(u32 us)
{
	u64 end = clock_now_ns() + us * 1000ull;

	while (clock_now_ns() < end)
		__builtin_ia32_pause();
}
