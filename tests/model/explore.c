/* explore.c - runs a few threads in every order that the machine allows. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/model/explore.h"

#include <stdlib.h>
#include <string.h>

/*
 *	snapshot = shared memory + threads: stack pointer, live stack, store
 *	           buffer, what it waits for
 *
 * The explorer is depth first: it takes a snapshot, lets one thread go to its
 * next stop (or one buffered store reach memory), looks the new state up, goes
 * on from there, restores the snapshot, and tries the next. Stacks always lie at
 * the same addresses, so restoring one is a copy.
 */

enum {
	THREADS = 3,
	SHARED = ARRAY_LEN(((struct explore *)0)->shared),
	STACK = 16384,
	STORES = 6,
	TABLE = 1 << 23,        /* states, half of it used at most */
	DEPTH = 100000,
};

struct store {
	volatile void *to;
	u64 value;
	u64 bytes;
};

struct thread {
	u64 rsp;
	u32 *waits_for;         /* NULL: can go on */
	u64 ended;
	u64 stores;
	struct store store[STORES];
};

static u8 stacks[THREADS][STACK] ALIGNED(64);
static struct thread threads[THREADS];
static const struct explore *model;
static u64 explorer_rsp;
static u32 current;
static const char *wrong;

static struct {
	u64 a, b;
} *table;
static u64 states;

void switch_stack(u64 *save_rsp, u64 rsp);      /* kernel/switch.S */
void switch_first(void);
NORETURN void fiber_begin(void);

/* -- seen from the threads -- */

u32
explore_self(void)
{
	return current;
}

static void
stop(void)
{
	switch_stack(&threads[current].rsp, explorer_rsp);
}

void
explore_before(void)
{
	stop();
}

void
explore_after(void)
{
	stop();
}

void
explore_fail(const char *what)
{
	wrong = what;
	stop();
}

void
explore_block(u32 *word)
{
	explore_drain();
	threads[current].waits_for = word;
	stop();
	*word = 0;
}

void
fiber_begin(void)
{
	model->thread[current]();
	threads[current].ended = 1;
	for (;;)
		stop();
}

static void
write_first(struct thread *t)
{
	struct store s = t->store[0];

	memcpy((void *)(uintptr_t)s.to, &s.value, s.bytes);
	t->stores--;
	memmove(t->store, t->store + 1, t->stores * sizeof(s));
	memset(&t->store[t->stores], 0, sizeof(s));
}

void
explore_drain(void)
{
	while (threads[current].stores)
		write_first(&threads[current]);
}

void
explore_load(const volatile void *from, void *value, size_t bytes)
{
	const struct thread *t = &threads[current];

	memcpy(value, (const void *)(uintptr_t)from, bytes);
	for (u64 i = 0; i < t->stores; i++)
		if (t->store[i].to == from)
			memcpy(value, &t->store[i].value, bytes);
}

void
explore_store(volatile void *to, u64 value, size_t bytes)
{
	struct thread *t = &threads[current];

	if (t->stores == STORES)
		write_first(t);
	t->store[t->stores++] = (struct store){ to, value, bytes };
}

/* -- states -- */

/* What switch_stack pops, and switch_first behind it: kernel/fiber.c. */
static void
prepare(u32 i)
{
	struct {
		u32 mxcsr;
		u16 x87, pad;
		u64 saved[6];
		u64 rip;
	} frame = { 0x1f80, 0x037f, 0, { 0 }, (u64)(uintptr_t)switch_first };
	u8 *at = stacks[i] + STACK - 64 - sizeof(frame);

	memset(stacks[i], 0, STACK);
	memcpy(at, &frame, sizeof(frame));
	threads[i].rsp = (u64)(uintptr_t)at;
	threads[i].ended = !model->thread[i];
}

static size_t
live(u32 i)
{
	return (size_t)((u64)(uintptr_t)stacks[i] + STACK - threads[i].rsp);
}

static u8 *
take_snapshot(void)
{
	size_t bytes = sizeof(threads);
	u8 *all, *at;

	for (u32 i = 0; i < SHARED; i++)
		bytes += model->shared[i].len;
	for (u32 i = 0; i < THREADS; i++)
		bytes += live(i);
	all = at = malloc(bytes);
	ASSERT(all);
	for (u32 i = 0; i < SHARED; at += model->shared[i].len, i++)
		memcpy(at, model->shared[i].ptr, model->shared[i].len);
	memcpy(at, threads, sizeof(threads));
	at += sizeof(threads);
	for (u32 i = 0; i < THREADS; at += live(i), i++)
		memcpy(at, (u8 *)(uintptr_t)threads[i].rsp, live(i));
	return all;
}

static void
restore(const u8 *at)
{
	for (u32 i = 0; i < SHARED; at += model->shared[i].len, i++)
		memcpy(model->shared[i].ptr, at, model->shared[i].len);
	memcpy(threads, at, sizeof(threads));
	at += sizeof(threads);
	for (u32 i = 0; i < THREADS; at += live(i), i++)
		memcpy((u8 *)(uintptr_t)threads[i].rsp, at, live(i));
}

static void
mix(u64 *a, u64 *b, const void *data, size_t bytes)
{
	const u8 *p = data;
	u64 word;

	for (; bytes >= 8; bytes -= 8, p += 8) {
		memcpy(&word, p, 8);
		*a = (*a ^ word) * 0x9e3779b97f4a7c15ull;
		*a ^= *a >> 29;
		*b = (*b + word) * 0xc2b2ae3d27d4eb4full;
		*b ^= *b >> 31;
	}
	for (; bytes; bytes--, p++) {
		*a = (*a ^ *p) * 0x9e3779b97f4a7c15ull;
		*b = (*b + *p) * 0xc2b2ae3d27d4eb4full;
	}
}

/* Whether this state is new; remembers it. */
static bool
is_new(void)
{
	u64 a = 1, b = 2, i;

	for (i = 0; i < SHARED; i++)
		mix(&a, &b, model->shared[i].ptr, model->shared[i].len);
	mix(&a, &b, threads, sizeof(threads));
	for (i = 0; i < THREADS; i++)
		if (!threads[i].ended)
			mix(&a, &b, (u8 *)(uintptr_t)threads[i].rsp,
			    live((u32)i));
	for (i = a % TABLE; table[i].a; i = (i + 1) % TABLE)
		if (table[i].a == a && table[i].b == b)
			return false;
	table[i].a = a;
	table[i].b = b;
	if (++states > TABLE / 2)
		wrong = "more states than the explorer can remember";
	return true;
}

static bool
can_go_on(const struct thread *t)
{
	return !t->ended && (!t->waits_for || *t->waits_for);
}

static void
go_on(u32 i)
{
	current = i;
	threads[i].waits_for = NULL;
	switch_stack(&explorer_rsp, threads[i].rsp);
}

static void
from_here(u32 depth)
{
	bool all_ended = true, moved = false;
	u8 *here;

	if (wrong || !is_new())
		return;
	if (depth == DEPTH) {
		wrong = "an order of things that is too long";
		return;
	}
	here = take_snapshot();
	for (u32 i = 0; i < 2 * THREADS && !wrong; i++) {
		struct thread *t = &threads[i % THREADS];

		all_ended = all_ended && t->ended && !t->stores;
		if (i < THREADS ? !can_go_on(t) : !t->stores)
			continue;
		moved = true;
		if (i < THREADS)
			go_on(i);
		else
			write_first(t);
		from_here(depth + 1);
		restore(here);
	}
	free(here);
	if (wrong || moved)
		return;
	wrong = all_ended ? model->check() :
			    "all sleep, and nobody will wake them";
}

const char *
explore(const struct explore *x, u64 *count)
{
	table = calloc(TABLE, sizeof(*table));
	ASSERT(table);
	model = x;
	wrong = NULL;
	states = 0;
	memset(threads, 0, sizeof(threads));
	for (u32 i = 0; i < SHARED; i++)
		memset(x->shared[i].ptr, 0, x->shared[i].len);
	for (u32 i = 0; i < THREADS; i++)
		prepare(i);
	x->start();
	from_here(0);
	free(table);
	*count = states;
	return wrong;
}
