/* wait.c - the one place where anything waits. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/wait.h"

#include "kernel/apic.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/fiber.h"
#include "kernel/handoff.h"
#include "kernel/job/agent.h"
#include "kernel/lib/string.h"
#include "kernel/park.h"
#include "kernel/sched.h"
#include "kernel/scrub.h"
#include "kernel/smp.h"

/*
 * Rules.
 *
 * A core that waits looks, again and again, at: its condition, a fiber that
 * was handed to it, its other fibers (they take turns, each looking at its own
 * condition), tasks, the agent. Only then is it idle. idle=poll: it pauses and
 * begins anew. idle=halt: after LIMIT_IDLE_POLLS idle rounds it parks.
 *
 * Parking, which must not be weakened:
 *
 *	sleeper                           waker (wait_wake, any context)
 *	seen = wake_seq                   store what the sleeper looks at
 *	a whole round finds nothing       wake_seq += 1     (full fence)
 *	parked = 1        (full fence)    parked? then send TRAP_WAKE
 *	wake_seq still seen?
 *	condition still false?
 *	arm the timer; cli was first: sti; hlt
 *	parked = 0
 *
 * Either the waker sees parked = 1, or the sleeper sees the new wake_seq: both
 * load behind a full fence that follows their own store. The interrupt cannot
 * get lost either: it is held back until the hlt (sti's shadow) and ends it.
 *
 * One parked core is the keeper: it alone arms the NICs and sleeps no longer
 * than the agent's deadline allows. A keeper that leaves wakes another parked
 * core to follow it; with none parked, the tick looks after the agent.
 *
 * The timer is armed by no more stores than needed: they are slow, and slower
 * under a hypervisor. An alarm that comes before it is wanted does no harm, so
 * one that is set already and early enough stays. Cores with a tick always have
 * an alarm set, no later than their tick.
 *
 * The tick: cores 0 and 1, half a period apart. It calls agent_poll, which is
 * refused at once if somebody is inside.
 */

enum {
	TICK_MS_DEFAULT = 1000,
	TICK_MS_MAX = 60000,
	EARLY = 64,             /* a tick may come by that part of its period */
};
#define MS_NS 1000000ull
#define PARK_NS_MAX (5000 * MS_NS)      /* the timer's own limit is beyond */

static bool polls;              /* idle=poll */
static u64 tick_ns;
static u32 keeper;              /* core + 1 */
static u64 keeper_until_ns;     /* how long it sleeps */

/* "tick=MS"; 0 or a word: none. */
static u64
tick_ms(void)
{
	char text[8];
	u64 ms = 0;

	if (!handoff_option("tick", text, sizeof(text)))
		return TICK_MS_DEFAULT;
	for (const char *p = text; *p >= '0' && *p <= '9'; p++)
		ms = ms * 10 + (u64)(*p - '0');
	return MIN(ms, (u64)TICK_MS_MAX);
}

void
wait_init(void)
{
	char how[8];

	polls = !cpu_is_virtual();
	if (handoff_option("idle", how, sizeof(how)))
		polls = strcmp(how, "poll") == 0;
	tick_ns = tick_ms() * MS_NS;
}

void
wait_wake(u32 core)
{
	struct cpu *c = smp_cpu(core);

	/* An interrupt that came while it slept has woken this very core. */
	if (park_note(&c->wake_seq, &c->parked) && c != cpu_this())
		smp_interrupt(core);
}

/* A core that computes is interrupted by no alarm but its tick. */
static void
silence(struct cpu *c)
{
	if (c->alarm_ns && !c->tick_at_ns) {
		c->alarm_ns = 0;
		apic_timer_at(0);
	}
}

/* -- fibers of this core -- */

static void
put_last(struct cpu *c, struct fiber *f)
{
	struct fiber **end = &c->ring;

	while (*end)
		end = &(*end)->next;
	*end = f;
	f->next = NULL;
}

/* Runs somebody else, if there is anybody, until this one's turn comes again. */
static void
turn(struct cpu *c)
{
	struct fiber *f = __atomic_load_n(&c->start, __ATOMIC_RELAXED), *next;

	if (f)
		f = __atomic_exchange_n(&c->start, NULL, __ATOMIC_ACQUIRE);
	for (; f; f = next) {
		next = f->next;
		put_last(c, f);
		c->quiet = 0;
		silence(c);
	}
	f = c->ring;
	/* Alone with the idle loop: that has nothing to do. */
	if (!f || (f == c->idle && !f->next))
		return;
	c->ring = f->next;
	put_last(c, c->fiber);
	fiber_switch(f);
}

static u64
earliest(const struct cpu *c)
{
	u64 at = c->fiber->deadline_ns;

	for (struct fiber *f = c->ring; f; f = f->next)
		at = MIN(at, f->deadline_ns);
	return at;
}

static u32
ring_count(const struct cpu *c)
{
	u32 n = 1;

	for (struct fiber *f = c->ring; f; f = f->next)
		n++;
	return n;
}

/* -- parking -- */

static bool
become_keeper(const struct cpu *c)
{
	u32 none = 0;

	return __atomic_compare_exchange_n(&keeper, &none, c->index + 1, false,
	    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* The agent has got an earlier deadline, or NICs, since the keeper looked. */
static void
hurry_keeper(void)
{
	u32 k = __atomic_load_n(&keeper, __ATOMIC_SEQ_CST);
	u64 until = __atomic_load_n(&keeper_until_ns, __ATOMIC_SEQ_CST);

	if (k && agent_deadline() < until)
		wait_wake(k - 1);
}

/* Interrupts are off: an alarm at at_ns or earlier. */
static void
set_alarm(struct cpu *c, u64 at_ns)
{
	if (c->alarm_ns && c->alarm_ns <= at_ns)
		return;
	apic_timer_at(at_ns);
	c->alarm_ns = at_ns;            /* last: an NMI may end this here */
}

/* Interrupts are off. */
static void
sleep_until(struct cpu *c, u64 at_ns)
{
	set_alarm(c, at_ns);
	cpu_sleep();
}

static bool
must_stay_awake(struct cpu *c, u32 seen, bool (*ready)(void *), void *arg)
{
	return !park_may_sleep(&c->wake_seq, seen) ||
	    __atomic_load_n(&c->start, __ATOMIC_SEQ_CST) ||
	    sched_has_work(c) || ready(arg);
}

static void
park(struct cpu *c, u32 seen, bool (*ready)(void *), void *arg)
{
	u64 now = clock_now_ns(), at = MIN(earliest(c), now + PARK_NS_MAX);
	bool keeps = become_keeper(c);

	if (c->tick_at_ns)
		at = MIN(at, c->tick_at_ns);
	cpu_irq_off();
	sched_count_sleeper(c, 1);
	park_enter(&c->parked);
	if (!must_stay_awake(c, seen, ready, arg)) {
		if (!keeps) {
			hurry_keeper();
			sleep_until(c, at);
		} else if (agent_park()) {
			u64 agent = agent_deadline();

			at = MIN(at, agent);
			__atomic_store_n(&keeper_until_ns, at,
			    __ATOMIC_SEQ_CST);
			if (at > now)
				sleep_until(c, at);
		}
	}
	park_leave(&c->parked);
	sched_count_sleeper(c, (u32)-1);
	cpu_irq_on();
	if (keeps) {
		agent_unpark();
		__atomic_store_n(&keeper, 0, __ATOMIC_SEQ_CST);
	}
	c->kept = keeps;
}

/* Leaving to compute: somebody else must look after the agent. */
static bool
leave(struct cpu *c, bool result)
{
	silence(c);
	if (c->kept) {
		c->kept = 0;
		if (!__atomic_load_n(&keeper, __ATOMIC_SEQ_CST))
			smp_wake_one();
	}
	return result;
}

bool
wait_until(bool (*ready)(void *arg), void *arg, u64 deadline_ns)
{
	struct cpu *c = cpu_this();
	u32 seen = park_seen(&c->wake_seq);

	c->fiber->deadline_ns = deadline_ns;
	c->quiet = 0;
	for (;;) {
		if (ready(arg))
			return leave(c, true);
		if (deadline_ns != UINT64_MAX && clock_now_ns() >= deadline_ns)
			return leave(c, false);
		if (sched_run_one() || agent_poll() > 0 || scrub_one()) {
			c->quiet = 0;
			seen = park_seen(&c->wake_seq);
			continue;
		}
		/* The others have looked, and had nothing either if they add
		 * to the count. */
		turn(c);
		__builtin_ia32_pause();
		if (polls || ++c->quiet < LIMIT_IDLE_POLLS * ring_count(c))
			continue;
		park(c, seen, ready, arg);
		c->quiet = 0;
		seen = park_seen(&c->wake_seq);
	}
}

/* -- timer and tick -- */

void
wait_tick_start(u64 phase_ns)
{
	struct cpu *c = cpu_this();

	if (!tick_ns)
		return;
	c->tick_at_ns = clock_now_ns() + tick_ns + phase_ns % tick_ns;
	apic_timer_at(c->tick_at_ns);
	c->alarm_ns = c->tick_at_ns;
}

void
wait_timer(void)
{
	struct cpu *c = cpu_this();
	/* A timer that runs a little fast shall not interrupt twice. */
	u64 now = clock_now_ns() + tick_ns / EARLY;
	bool due;

	c->alarm_ns = 0;
	if (!c->tick_at_ns)
		return;
	due = now >= c->tick_at_ns;
	while (c->tick_at_ns <= now)
		c->tick_at_ns += tick_ns;
	set_alarm(c, c->tick_at_ns);
	if (due) {
		c->ticks++;
		agent_poll();           /* may end what runs here */
	}
}
