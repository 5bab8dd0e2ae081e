/* fibers_test.c - many MPI ranks in one process, in virtual time, with faults. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include <mpi.h>

#include "mpi-lite/env.h"
#include "mpi-lite/req.h"
#include "tests/sim/fabric.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

/*
 * Each rank is a fiber with an endpoint on the simulated fabric. env_wait is
 * where fibers change; when all wait, time goes on to the next event. So the
 * same seed gives the same run. These env_* functions take the place of
 * mpi-lite/host/env.c.
 */

enum { RANKS = 6, STACK = 512 * 1024 };

struct fiber {
	struct rankpage page;
	struct fabric_port port;
	ucontext_t context;
	void *stack, *arena;
	u64 wake;
	bool over;
};

static struct fiber fibers[RANKS], *current;
static struct fabric fabric;
static ucontext_t scheduler;
static const char *wrong;
static char text[120];

struct rankpage *
env_rank(void)
{
	return &current->page;
}

u64
env_now_ns(void)
{
	return fabric.now;
}

void
env_wait(struct msg_ep *ep, u64 deadline_ns)
{
	current->wake = MIN(deadline_ns, msg_deadline(ep));
	swapcontext(&current->context, &scheduler);
}

u32
env_stats(struct msg_ep *ep, struct msg_stat *st, u32 max)
{
	return msg_stats(ep, st, max);
}

u64
env_thread(void)
{
	return 1;
}

void
env_yield(void)
{
}

void *
env_share_make(size_t bytes, u64 name[2])
{
	void *base = calloc(1, bytes);

	name[0] = (u64)(uintptr_t)base;
	return base;
}

void *
env_share_map(size_t bytes, const u64 name[2])
{
	(void)bytes;
	return (void *)(uintptr_t)name[0];
}

void
env_share_seal(const u64 name[2])
{
	(void)name;
}

void
env_unshare(void *base, size_t bytes, bool made)
{
	(void)bytes;
	if (made)
		free(base);
}

void
env_error(const char *line, size_t len)
{
	snprintf(text, sizeof(text), "%.*s", (int)len, line);
}

NORETURN void
env_abort(int code)
{
	(void)code;
	wrong = text;
	current->over = true;
	setcontext(&scheduler);
	abort();
}

void
env_finalize(void)
{
}

#define MUST(c) \
	do { \
		if (!(c)) { \
			snprintf(text, sizeof(text), "line %d: %s", \
			    __LINE__, #c); \
			wrong = text; \
		} \
	} while (0)

/* -- what a rank does ------------------------------------------------------ */

static void
exchange(int me, int size, int len)
{
	u8 *out = malloc((size_t)len + 1), *in = malloc((size_t)len + 1);
	int right = (me + 1) % size, left = (me - 1 + size) % size, n;
	MPI_Status st;

	memset(out, me + len, (size_t)len);
	MPI_Sendrecv(out, len, MPI_BYTE, right, len % 10, in, len + 1,
	    MPI_BYTE, left, len % 10, MPI_COMM_WORLD, &st);
	MPI_Get_count(&st, MPI_BYTE, &n);
	MUST(n == len);
	for (int i = 0; i < len; i++)
		MUST(in[i] == (u8)(left + len));
	free(out);
	free(in);
}

static void
reduce(int me, int size, int len)
{
	int *in = calloc((size_t)len, sizeof(int));
	int *out = calloc((size_t)len, sizeof(int));

	for (int i = 0; i < len; i++)
		in[i] = me * 100 + i;
	MPI_Allreduce(in, out, len, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
	for (int i = 0; i < len; i++)
		MUST(out[i] == 100 * size * (size - 1) / 2 + size * i);
	free(in);
	free(out);
}

/* All send to rank 0 at once: it sees each one's numbers in order. */
static void
incast(int me, int size)
{
	enum { EACH = 40 };
	int next[RANKS] = { 0 }, v[500] = { 0 };
	MPI_Status st;

	for (int i = 0; i < EACH && me; i++) {
		v[0] = i;
		MPI_Send(v, 1 + i * 12, MPI_INT, 0, i, MPI_COMM_WORLD);
	}
	for (int i = 0; i < EACH * (size - 1) && !me; i++) {
		MPI_Recv(v, 500, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG,
		    MPI_COMM_WORLD, &st);
		MUST(v[0] == next[st.MPI_SOURCE]++ && st.MPI_TAG == v[0]);
	}
}

static void
program(void)
{
	int me, size, all[RANKS];
	MPI_Comm half;

	MPI_Init(NULL, NULL);
	MPI_Comm_rank(MPI_COMM_WORLD, &me);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	for (int len = 1; len < 200000; len *= 7)
		exchange(me, size, len);
	reduce(me, size, 3);
	reduce(me, size, 30000);
	incast(me, size);
	MPI_Comm_split(MPI_COMM_WORLD, me % 2, me, &half);
	MPI_Allgather(&me, 1, MPI_INT, all, 1, MPI_INT, half);
	for (int i = 0; i < size / 2; i++)
		MUST(all[i] == 2 * i + me % 2);
	MPI_Comm_free(&half);
	MPI_Finalize();
}

static void
fiber_main(void)
{
	program();
	current->over = true;
	setcontext(&scheduler);
}

/* -- the scheduler --------------------------------------------------------- */

static void
fiber_open(struct fiber *f, u32 rank)
{
	struct msg_config cfg = { .port = &f->port.port,
		.self = f->port.addr, .key = 1, .epoch = rank + 1,
		.peers_max = RANKS };

	cfg.arena_bytes = msg_arena_bytes(RANKS, RANKS);
	cfg.arena = f->arena = malloc(cfg.arena_bytes);
	f->page.rank = rank;
	f->page.size = RANKS;
	CHECK_EQ(msg_open(&f->page.ep, &cfg), 0);
	for (u32 i = 0; i < RANKS; i++)
		msg_peer_set(f->page.ep, i, &fibers[i].port.addr, i);
	f->stack = malloc(STACK);
	getcontext(&f->context);
	f->context.uc_stack.ss_sp = f->stack;
	f->context.uc_stack.ss_size = STACK;
	makecontext(&f->context, fiber_main, 0);
}

static void
fiber_close(struct fiber *f)
{
	struct state *s = f->page.mpi;

	msg_close(f->page.ep);
	fabric_run(&fabric, fabric.now + 1000000);
	msg_progress(f->page.ep);
	while (s && s->spare) {
		struct req *r = s->spare;

		s->spare = r->spare_next;
		free(r);
	}
	free(s);
	free(f->stack);
	free(f->arena);
}

/* Runs whoever has something to do; false: all are over. */
static bool
turn(void)
{
	u64 next = fabric_next(&fabric);
	bool left = false;

	for (u32 i = 0; i < RANKS; i++) {
		struct fiber *f = &fibers[i];

		current = f;
		if (f->over) {
			msg_progress(f->page.ep);
			f->wake = msg_deadline(f->page.ep);
		} else if (f->port.arrived || msg_ready(f->page.ep) ||
		    fabric.now >= f->wake) {
			swapcontext(&scheduler, &f->context);
		}
		left = left || !f->over;
		next = MIN(next, f->wake);
	}
	fabric_run(&fabric, MAX(next, fabric.now + 1000));
	return left;
}

static const char *
simulate(u64 seed, const struct fabric_faults *faults)
{
	u64 limit = (u64)600 * 1000 * 1000 * 1000;

	memset(fibers, 0, sizeof(fibers));
	wrong = NULL;
	fabric_init(&fabric, seed);
	fabric.faults = *faults;
	for (u32 i = 0; i < RANKS; i++)
		fabric_join(&fabric, &fibers[i].port, 1472, 64);
	for (u32 i = 0; i < RANKS; i++)
		fiber_open(&fibers[i], i);
	while (turn() && !wrong)
		if (fabric.now > limit)
			wrong = "not over in time";
	for (u32 i = 0; i < RANKS; i++)
		fiber_close(&fibers[i]);
	fabric_fini(&fabric);
	return wrong;
}

TEST(mpi_fibers__clean_network)
{
	struct fabric_faults none = { 0 };
	const char *why = simulate(1, &none);

	if (why)
		test_fail(__FILE__, __LINE__, "%s", why);
}

TEST(mpi_fibers__loss_duplication_reordering_corruption)
{
	struct fabric_faults bad = { 50000, 20000, 100000, 5000 };

	for (u64 seed = 1; seed <= 20; seed++) {
		const char *why = simulate(seed, &bad);

		if (why)
			test_fail(__FILE__, __LINE__, "seed %llu: %s",
			    (unsigned long long)seed, why);
	}
}

TEST(mpi_fibers__same_seed_same_run)
{
	struct fabric_faults bad = { 50000, 20000, 100000, 0 };
	u64 frames, end;

	CHECK(!simulate(7, &bad));
	frames = fabric.frames;
	end = fabric.now;
	CHECK(!simulate(7, &bad));
	CHECK_EQ(fabric.frames, frames);
	CHECK_EQ(fabric.now, end);
}
