/* clock.c - time from the TSC. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/clock.h"

#include "kernel/cpu.h"
#include "kernel/handoff.h"
#include "kernel/log.h"

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
	PIT_SELECT_CH2 = 0xb0,  /* mode 0, low byte then high */
	PIT_LATCH_CH2 = 0x80,
	PIT_OUT = 0x20,         /* in PIT_GATE: the count has run out */
	PIT_START = 0xffff,
	SPAN_TICKS = 17898,     /* 15 ms */
	SAMPLES = 8,
	SPINS_MAX = 1000000,
	TRIES = 5,
	GUESS_HZ = 2000000000,  /* no clock to measure against */
};

static u64 start, mult;
static u64 waited;              /* TSC counts, for hardware */

/* a * 2^32 / b, where the quotient fits. */
static u64
scaled_div(u64 a, u64 b)
{
	u64 q, rest;

	__asm__("divq %4" : "=a"(q), "=d"(rest)
		: "a"(a << 32), "d"(a >> 32), "r"(b));
	return q;
}

struct sample {
	u64 tsc, gap;
	u32 left;               /* of channel 2 */
};

static void
take_sample(struct sample *s)
{
	u64 before = cpu_tsc(), after;
	u32 left;

	cpu_out8(PIT_MODE, PIT_LATCH_CH2);
	left = cpu_in8(PIT_CH2);
	left |= (u32)cpu_in8(PIT_CH2) << 8;
	after = cpu_tsc();
	*s = (struct sample){ before + (after - before) / 2, after - before,
		left };
}

/* The closest of a few: a virtual core may lose its time between two reads. */
static struct sample
best_sample(void)
{
	struct sample best, s;

	take_sample(&best);
	for (u32 i = 1; i < SAMPLES; i++) {
		take_sample(&s);
		if (s.gap < best.gap)
			best = s;
	}
	return best;
}

/* Channel 2 counts down once, in mode 0; 0: it does not, or has run out. */
static u64
measure_once(void)
{
	struct sample from, to;
	u32 spins = 0;

	cpu_out8(PIT_GATE, (u8)((cpu_in8(PIT_GATE) & ~2) | 1));
	cpu_out8(PIT_MODE, PIT_SELECT_CH2);
	cpu_out8(PIT_CH2, PIT_START & 0xff);
	cpu_out8(PIT_CH2, PIT_START >> 8);
	from = best_sample();
	do
		take_sample(&to);
	while (to.left + SPAN_TICKS > from.left && spins++ < SPINS_MAX);
	to = best_sample();
	if (to.left >= from.left || (cpu_in8(PIT_GATE) & PIT_OUT))
		return 0;
	return (to.tsc - from.tsc) * PIT_HZ / (from.left - to.left);
}

static u64
measure(void)
{
	u64 hz = 0, began = cpu_tsc();

	for (u32 i = 0; i < TRIES && !hz; i++)
		hz = measure_once();
	if (!hz)
		log_warn("clock: nothing to measure the TSC against");
	waited += cpu_tsc() - began;
	return hz ? hz : GUESS_HZ;
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
clock_recycle_ns(void)
{
	u64 began = handoff_get()->recycle_tsc;

	if (!began)
		return 0;
	return (u64)((unsigned __int128)(start - began) * mult >> 32);
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
	u64 began = cpu_tsc(), end = clock_now_ns() + us * 1000ull;

	while (clock_now_ns() < end)
		__builtin_ia32_pause();
	waited += cpu_tsc() - began;
}

u64
clock_waited_tsc(void)
{
	return waited;
}
