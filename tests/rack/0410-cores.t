#!/bin/bash
# 0410-cores.t - -c: tasks run on all cores of a rank; groups, wishes, threads;
# -O: ranks share a core.
set -u
. tests/rack/rack.sh

# abi NAME: compiles stdin, a program that calls the kernel's table itself
abi() {
	cat >"$tmp/$1.c"
	if ! bmcc -O2 -g -I"$PWD" -o "$tmp/$1" "$tmp/$1.c" >"$tmp/cc" 2>&1; then
		not_ok "bmcc compiles $1" "$tmp/cc"
		exit 1
	fi
}

abi tasks <tests/rack/tasks.c

abi threads <<'C'
#include "mpi-lite/node/start.h"
#include "kernel/lib/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 12, ROUNDS = 40 };

static __thread int own = 5;
static volatile unsigned turn;
static unsigned number[THREADS], wrong;

/* They hand a number round, each waiting for its turn. */
static void
player(void *arg)
{
	unsigned me = (unsigned)(size_t)arg, seen;

	own += (int)me;
	*start_abi->thread_key(3) = &own;
	for (unsigned n = 0; n < ROUNDS; n++) {
		while ((seen = turn) != n * THREADS + me)
			start_abi->thread_wait(&turn, seen, UINT64_MAX);
		if (own != 5 + (int)me || *start_abi->thread_key(3) != &own ||
		    start_abi->thread_self() != number[me])
			wrong++;
		turn++;
		start_abi->thread_wake(number[(me + 1) % THREADS]);
	}
	if (me == 1)
		start_abi->thread_exit();
}

static void
overflow(void *arg)
{
	volatile char big[16384];

	big[0] = 1;
	overflow(arg);
	big[1] = 1;
}

int
main(int argc, char **argv)
{
	unsigned cores = start_abi->core_count(), lives;
	int bad = 0;

	(void)argv;
	for (lives = 0; lives < 2; lives++) {
		turn = ~0u;
		for (size_t i = 0; i < THREADS; i++) {
			int n = start_abi->thread_create((unsigned)i % cores,
			    player, (void *)i, 0);

			bad += n <= 0;
			number[i] = (unsigned)n;
		}
		turn = 0;
		start_abi->thread_wake(number[0]);
		for (unsigned i = 0; i < THREADS; i++)
			bad += start_abi->thread_join(number[i],
			    UINT64_MAX) != 0;
	}
	printf("bad %d wrong %u turn %u highest %u\n", bad, wrong, turn,
	    number[THREADS - 1] - cores + 1);
	printf("refused %d %d %d\n",
	    start_abi->thread_join(99, UINT64_MAX) == ERR_INVAL,
	    start_abi->thread_create(cores, player, NULL, 0) == ERR_INVAL,
	    start_abi->thread_create(0, player, NULL, 1ull << 40) ==
		ERR_NOMEM);
	fflush(stdout);
	if (argc > 1) {
		start_abi->thread_create(cores - 1, overflow, NULL, 0);
		start_abi->sleep_ns(10000000000);
	}
	return 0;
}
C

abi ends <<'C'
#include "mpi-lite/node/start.h"

#include <stdio.h>
#include <stdlib.h>

static void
end(void *arg)
{
	while (start_abi->core_id() != 1)
		;
	if (arg)
		*(volatile int *)8 = 1;
	exit(5);
}

/* A task on the other core ends the rank while the main thread computes. */
int
main(int argc, char **argv)
{
	struct task_group g = { 0 };

	(void)argv;
	start_abi->task_submit_group(&g, end, argc > 1 ? &g : NULL, 1);
	for (;;)
		;
}
C

abi for_ever <<'C'
#include "mpi-lite/node/start.h"

int
main(void)
{
	unsigned never = 0;

	for (;;)
		if (start_rank->rank & 1)
			start_abi->thread_wait(&never, 0, UINT64_MAX);
}
C

abi sleepy <<'C'
#include "mpi-lite/node/start.h"

int
main(void)
{
	start_abi->sleep_ns(6000000000);
	return 0;
}
C

app ring <<'C'
#include <mpi.h>
#include <stdio.h>

int
main(void)
{
	int rank, size, sum = 0, all;

	MPI_Init(NULL, NULL);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	for (int i = 0; i < 20; i++) {
		int next = (rank + 1) % size, from = (rank + size - 1) % size;
		int got;

		MPI_Sendrecv(&rank, 1, MPI_INT, next, i, &got, 1, MPI_INT,
		    from, i, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
		sum += got == from;
	}
	MPI_Allreduce(&sum, &all, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
	if (!rank)
		printf("%d right\n", all);
	MPI_Finalize();
	return rank == size - 1 ? 7 : 0;
}
C

rack_up -n 1 --cores 4 --mem 128
cd "$tmp"                       # cores go there

run 60 bmrun -c 4 "$tmp/tasks"
is "tasks of a rank of four cores: the program ends" 0 "$rc"
is "each runs once, on all four cores, with its core's thread block" \
	"wrong 0 tls 0 cores 4 of 4" "$(sed -n 1p "$tmp/out")"
is "tasks that wait for tasks" "leaves 16384" "$(sed -n 2p "$tmp/out")"
is "tasks without a group" "plain: wrong 0" "$(sed -n 3p "$tmp/out")"
is "a wished core is taken" "wishes kept" "$(sed -n 4p "$tmp/out")"

run 60 bmrun -n 2 -c 2 "$tmp/tasks"
is "two ranks of two cores keep to their own" \
	"2 wrong 0 tls 0 cores 2 of 2" \
	"$(grep 'wrong 0 tls' "$tmp/out" | sort | uniq -c | sed 's/^ *//')"
run 60 bmrun "$tmp/tasks"
is "a rank of one core runs its tasks itself" \
	"wrong 0 tls 0 cores 1 of 1" "$(sed -n 1p "$tmp/out")"

run 60 bmrun -c 4 "$tmp/threads"
is "threads take turns, are joined, and used again" \
	"bad 0 wrong 0 turn 480 highest 12" "$(sed -n 1p "$tmp/out")"
is "what a thread call cannot do is refused" "refused 1 1 1" \
	"$(sed -n 2p "$tmp/out")"
run 60 bmrun -D "$tmp" -c 2 "$tmp/threads" over
like "a thread's stack overflow is told as one" "stack overflow" "$out$err"
is "and ends the job" 139 "$rc"

run 60 bmrun -c 2 "$tmp/ends"
is "exit in a task on another core ends the rank" 5 "$rc"
run 60 bmrun -D "$tmp" -c 2 "$tmp/ends" badly
is "a NULL pointer in a task ends the job" 139 "$rc"
like "and is told as one" "NULL pointer" "$out$err"

run 60 bmrun -n 9 "$tmp/ring"
is "more ranks than cores are refused without -O" 1 \
	"$(grep -c 'cannot fit' "$tmp/err")"
run 90 bmrun -O -n 9 "$tmp/ring"
is "-O: nine ranks on four cores talk to each other" "180 right" "$out"
is "-O: and the last one's exit code comes back" 7 "$rc"
run 90 bmrun -O -n 5 -c 2 "$tmp/tasks"
is "-O and -c: each of five ranks has two cores" 5 \
	"$(grep -c 'wrong 0 tls 0 cores 2 of 2' "$tmp/out")"
run 60 bmrun -O -n 9 --timeout 2 "$tmp/for_ever"
is "-O: ranks that compute and ranks that wait are stopped" 143 "$rc"
run 60 bmrun -n 4 "$tmp/ring"
is "and the node runs the next job" "80 right" "$out"

# Sleeping ranks that share cores leave the host's CPU alone.
bmrun -O -n 8 "$tmp/sleepy" &
sleepy=$!
qemu=$(pgrep -f "unix:$BM_RACK/node1.qmp" | head -n 1)
used() {
	awk '{ print $14 + $15 }' "/proc/$qemu/stat"
}
sleep 2
before=$(used)
sleep 3
share=$((($(used) - before) / 3))
ended "$sleepy"
is "eight sleeping ranks end" 0 $?
if [ "$share" -lt 20 ]; then
	ok "and take less than a fifth of a CPU meanwhile"
else
	echo "$share of 100" >"$tmp/share"
	not_ok "and take less than a fifth of a CPU meanwhile" "$tmp/share"
fi
