/* sched_model.c - tasks, waiting and parking of two cores, in every order. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/model/explore.h"
#include "tests/test.h"

#include "kernel/limits.h"
#define LIMIT_TASKS 2
#define LIMIT_IDLE_POLLS 1
#define cpu_this cpu_of_gs
#define fiber_this fiber_of_gs
#define cpu_irq_off cpu_irq_off_really
#define cpu_irq_on cpu_irq_on_really
#define cpu_sleep cpu_sleep_really
#include "kernel/cpu.h"
#include "kernel/smp.h"
#undef cpu_this
#undef fiber_this
#undef cpu_irq_off
#undef cpu_irq_on
#undef cpu_sleep

struct cpu *cpu_this(void);
struct fiber *fiber_this(void);
void cpu_irq_off(void);
void cpu_irq_on(void);
void cpu_sleep(void);

#include "kernel/workq.c"

#include "kernel/sched.c"
#include "kernel/wait.c"

#include <stdio.h>
#include <string.h>

/*
 * The kernel's own files, with a machine of two cores below them: an IPI is a
 * word that ends a sleep, time stands still, so nobody is woken by a timer. A
 * wake-up that is lost leaves all asleep.
 */

enum { CORES = 2 };

static struct {
	struct cpu cpu[CORES];
	struct fiber idle[CORES];
	u32 irq[CORES];
	struct team team;
	struct sched_slot slot[CORES];
	struct task_group group;
	u32 off[CORES];                 /* interrupts are */
	u32 word, ended, ran[2];
} s;

/* -- the machine -- */

struct cpu *
cpu_this(void)
{
	return &s.cpu[explore_self()];
}

struct fiber *
fiber_this(void)
{
	return cpu_this()->fiber;
}

struct cpu *
smp_cpu(u32 index)
{
	return &s.cpu[index];
}

u32
smp_count(void)
{
	return CORES;
}

void
smp_interrupt(u32 core)
{
	explore_before();
	if (s.off[core])
		s.irq[core] = 1;
	/* else it is taken at once, and ends no sleep */
	explore_after();
}

void
smp_wake_one(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	sched_wake_sleeper(sched_kernel());
}

void
cpu_irq_off(void)
{
	explore_before();
	s.off[explore_self()] = 1;
	explore_after();
}

/* What came meanwhile is handled: it only ends a sleep. */
void
cpu_irq_on(void)
{
	s.irq[explore_self()] = s.off[explore_self()] = 0;
}

void
cpu_sleep(void)
{
	explore_block(&s.irq[explore_self()]);
}

u64
clock_now_ns(void)
{
	return 0;
}

void
apic_timer_at(u64 at)
{
	(void)at;
}

bool
cpu_is_virtual(void)
{
	return true;
}

bool
handoff_option(const char *name, char *value, size_t bytes)
{
	(void)name;
	(void)value;
	(void)bytes;
	return false;
}

const struct acpi_topology *
smp_topology(void)
{
	return NULL;
}

void *
page_alloc_bytes(size_t bytes)
{
	(void)bytes;
	return NULL;
}

void
fiber_switch(struct fiber *to)
{
	(void)to;
}

/* -- the agent and the scrub have nothing to do -- */

int
agent_poll(void)
{
	return 0;
}

u64
agent_deadline(void)
{
	return UINT64_MAX;
}

bool
scrub_one(void)
{
	return false;
}

bool
agent_park(void)
{
	return true;
}

void
agent_unpark(void)
{
}

/* -- what the cores do -- */

static void
start(void)
{
	kernel = &s.team;
	workq_reset(&s.team.queue);
	s.team.cores = CORES;
	for (u32 i = 0; i < CORES; i++) {
		s.cpu[i].index = s.idle[i].core = i;
		s.cpu[i].idle = s.cpu[i].fiber = &s.idle[i];
		s.idle[i].team = &s.team;
	}
}

static bool
has_ended(void *arg)
{
	return __atomic_load_n((u32 *)arg, __ATOMIC_SEQ_CST) != 0;
}

static void
helper(void)
{
	wait_until(has_ended, &s.ended, UINT64_MAX);
}

static void
end(void)
{
	__atomic_store_n(&s.ended, 1, __ATOMIC_RELAXED);
	wait_wake(1);
}

static void
task(void *arg)
{
	s.ran[(size_t)arg]++;
}

static void
group_of_two(void)
{
	for (size_t i = 0; i < 2; i++)
		sched_submit_group(&s.group, task, (void *)i, SCHED_ANY);
	sched_wait_group(&s.group);
	if (s.ran[0] != 1 || s.ran[1] != 1)
		explore_fail("a group was over before its tasks");
	end();
}

static void
wish_for_the_other(void)
{
	sched_submit_group(&s.group, task, (void *)0, 1);
	sched_wait_group(&s.group);
	if (s.ran[0] != 1)
		explore_fail("a wish was over before its task");
	end();
}

static void
one_that_counts_itself(void *arg)
{
	s.ran[0]++;
	__atomic_store_n((u32 *)arg, 0, __ATOMIC_RELAXED);
}

static void
plain(void)
{
	s.word = 1;
	sched_submit(one_that_counts_itself, &s.word);
	sched_wait_zero(&s.word);
	end();
}

static bool
is_set(void *arg)
{
	return __atomic_load_n((u32 *)arg, __ATOMIC_RELAXED) != 0;
}

static void
set_word(void)
{
	__atomic_store_n(&s.word, 1, __ATOMIC_RELAXED);
	wait_wake(1);
}

static void
wait_word(void)
{
	wait_until(is_set, &s.word, UINT64_MAX);
	s.ran[0]++;
}

static const char *
check(void)
{
	if (s.ran[0] != 1 || s.ran[1] > 1)
		return "a task was lost, or ran twice";
	if (s.team.sleepers || s.team.hinted || s.team.waiting)
		return "a count of the team did not come back to 0";
	return s.group.state ? "the group is not as it was" : NULL;
}

static void
model(struct explore x)
{
	u64 states;
	const char *wrong;

	x.start = start;
	x.check = check;
	x.shared[0] = (struct iov){ &s, sizeof(s) };
	x.shared[1] = (struct iov){ &keeper, sizeof(keeper) };
	x.shared[2] = (struct iov){ &keeper_until_ns, sizeof(keeper_until_ns) };
	wrong = explore(&x, &states);
	printf("# %s: %llu states\n", x.name, (unsigned long long)states);
	if (wrong)
		test_fail(__FILE__, __LINE__, "%s: %s", x.name, wrong);
}

TEST(wait__a_store_and_a_wake_end_any_sleep)
{
	model((struct explore){ .name = "store and wake",
	    .thread = { set_word, wait_word } });
}

TEST(sched__a_group_is_waited_for_by_helping)
{
	model((struct explore){ .name = "group of two",
	    .thread = { group_of_two, helper } });
}

TEST(sched__a_wish_is_fulfilled_or_stolen)
{
	model((struct explore){ .name = "wish",
	    .thread = { wish_for_the_other, helper } });
}

TEST(sched__a_task_without_a_group_wakes_who_waits)
{
	model((struct explore){ .name = "plain task",
	    .thread = { plain, helper } });
}
