/* workq_model.c - the queue of tasks, in every order of its atomic steps. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/model/explore.h"
#include "tests/test.h"

#include "kernel/limits.h"
#define LIMIT_TASKS 2
#include "kernel/lib/err.h"
#include "kernel/workq.c"

#include <stdio.h>

enum { NUMBERS = 8 };

static struct {
	struct workq q;
	u32 put[NUMBERS], taken[NUMBERS];       /* by the task's number */
	u32 last[3][2];         /* what a taker has had of each putter */
	u32 refused, disorder, early;
} s;

static void
nothing(void *arg)
{
	(void)arg;
}

static void
put(u64 number)
{
	if (workq_put(&s.q, nothing, (void *)(uintptr_t)number, NULL) == 0)
		s.put[number]++;
	else
		s.refused++;
}

/* Numbers below 4 are the first putter's, in order. */
static void
take(void)
{
	struct task t;
	u64 number;
	u32 *last;

	if (!workq_take(&s.q, &t))
		return;
	number = (u64)(uintptr_t)t.arg;
	if (t.fn != nothing || number >= NUMBERS) {
		s.early++;
		return;
	}
	s.taken[number]++;
	last = &s.last[explore_self()][number / 4];
	if (number % 4 + 1 <= *last)
		s.disorder++;
	*last = (u32)number % 4 + 1;
}

static void
start(void)
{
	workq_reset(&s.q);
}

static const char *
check(void)
{
	struct task t;

	/* What is left comes out now; the explorer does not see this. */
	for (u64 n = s.q.head; n < s.q.tail; n++) {
		t = s.q.cell[n % LIMIT_TASKS].task;
		if (s.q.cell[n % LIMIT_TASKS].turn != n + 1)
			return "a task was put that nobody can take";
		s.taken[(u64)(uintptr_t)t.arg % NUMBERS]++;
	}
	if (s.early)
		return "a task was taken before it was there";
	for (u32 i = 0; i < NUMBERS; i++)
		if (s.put[i] != s.taken[i])
			return s.put[i] ? "a task was lost, or taken twice" :
					  "a task was taken that was not put";
	return s.disorder ? "tasks of one putter came to a taker out of order" :
			    NULL;
}

static void
put_three(void)
{
	for (u64 n = 0; n < 3; n++)
		put(n);
}

static void
put_other_three(void)
{
	for (u64 n = 4; n < 7; n++)
		put(n);
}

static void
put_two(void)
{
	put(0);
	put(1);
}

static void
put_one(void)
{
	put(0);
}

static void
put_other_two(void)
{
	put(4);
	put(5);
}

static void
put_other(void)
{
	put(4);
}

static void
take_three(void)
{
	for (int i = 0; i < 3; i++)
		take();
}

static void
take_two(void)
{
	take();
	take();
}

static void
run(struct explore x)
{
	u64 states;
	const char *wrong;

	x.start = start;
	x.check = check;
	for (u32 i = 0; i < ARRAY_LEN(x.shared); i++)
		x.shared[i] = (struct iov){ &s, i ? 0 : sizeof(s) };
	wrong = explore(&x, &states);
	printf("# %s: %llu states\n", x.name, (unsigned long long)states);
	if (wrong)
		test_fail(__FILE__, __LINE__, "%s: %s", x.name, wrong);
}

TEST(workq__one_putter_one_taker_round_the_ring)
{
	run((struct explore){ .name = "3 puts, 3 takes",
	    .thread = { put_three, take_three } });
}

TEST(workq__two_putters_one_taker)
{
	run((struct explore){ .name = "2 + 1 puts, 2 takes",
	    .thread = { put_two, put_other, take_two } });
}

TEST(workq__one_putter_two_takers_refused_when_full)
{
	run((struct explore){ .name = "3 puts, 2 + 1 takes",
	    .thread = { put_three, take_two, take } });
}

TEST(workq__laps_of_everybody)
{
	run((struct explore){ .name = "3 + 3 puts, 3 takes",
	    .thread = { put_three, put_other_three, take_three } });
}

TEST(workq__two_putters_fill_it)
{
	run((struct explore){ .name = "2 + 2 puts, 1 take",
	    .thread = { put_two, put_other_two, take } });
}

TEST(workq__empty_means_empty)
{
	run((struct explore){ .name = "1 put, 2 + 2 takes",
	    .thread = { put_one, take_two, take_two } });
}
