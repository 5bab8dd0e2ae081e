#!/bin/bash
# workq.sh - what a task costs: instructions; and beside Linux in the same QEMU,
# throughput and how soon a task starts on a core that sleeps.
set -u
. tests/rack/rack.sh
. tests/rack/linux.sh
trap 'rack_end >/dev/null' EXIT

CORES=${CORES:-2}               # no more than the host has
cat >"$tmp/count.c" <<'C'
#include "mpi-lite/node/start.h"
#include "tests/bench/count.h"

#include <stdio.h>

static volatile unsigned ran;
static uint64_t last, least = UINT64_MAX;

static void
nothing(void *arg)
{
	(void)arg;
	ran++;
}

/* On the other core, one behind the other. */
static void
stamp(void *arg)
{
	uint64_t now = count_now();

	(void)arg;
	if (last && now - last < least)
		least = now - last;
	last = now;
	ran++;
}

static void
drain(unsigned n)
{
	while (ran < n)
		__builtin_ia32_pause();   /* by icount, a turn for the other */
	ran = 0;
}

int
main(void)
{
	uint64_t empty, submit;

	COUNT(empty, );
	COUNT(submit, start_abi->task_submit(nothing, NULL));
	drain(COUNT_TIMES);
	for (unsigned i = 0; i < COUNT_TIMES; i++)
		start_abi->task_submit(stamp, NULL);
	drain(COUNT_TIMES);
	printf("%d %d\n", (int)(submit - empty), (int)least);
	return 0;
}
C
bmcc -O2 -I"$PWD" -o "$tmp/count" "$tmp/count.c" &&
	bmcc -O2 -I"$PWD" -o "$tmp/node" tests/bench/tasks_node.c &&
	gcc -O2 -I. -static -fopenmp -o "$tmp/linux" tests/bench/tasks_linux.c \
		-lpthread || exit 1

rack_up -n 1 --cores 2 --boot direct --append idle=poll \
	--qemu "-icount shift=0"
run 60 bmrun -c 2 "$tmp/count"
[ "$rc" = 0 ] || { cat "$tmp/err"; exit 1; }
read -r submit take <"$tmp/out"
echo "bench: workq.submit $submit instructions (BareMetal 42, a lock and a" \
	"broadcast interrupt)"
echo "bench: workq.take $take instructions (from the start of one task to the" \
	"next, the waiting loop included; BareMetal's dequeue alone 29)"
echo "bench: workq.submit_take $((submit + take)) instructions (budget 40)"
timeout 30 bmrack down >/dev/null 2>&1

rack_up -n 1 --cores "$CORES" --boot direct
run 60 bmrun -c "$CORES" "$tmp/node"
[ "$rc" = 0 ] || { cat "$tmp/err"; exit 1; }
linux_run 120 "$tmp/linux" "$CORES" "" >>"$tmp/out"
awk -v cores="$CORES" '
/tasks: / {
	for (i = 1; $i != "tasks:"; i++)
		;
	name = $(i + 1)
	each[name] = $(i + 3)
	start[name] = $(i + 6)
	printf "bench: workq.each.%s %.0f ns (%d cores, submit and run)\n",
	    name, each[name], cores
	if (name != "libgomp")
		printf "bench: workq.start.%s %.0f us (on a core that sleeps)\n",
		    name, start[name]
}
END {
	if (!each["pthreads"])
		print "bench: no Linux kernel could be had to compare with"
	else
		printf "bench: workq.each_vs_pthreads %.3f ratio\n" \
		    "bench: workq.each_vs_libgomp %.3f ratio\n" \
		    "bench: workq.start_vs_pthreads %.3f ratio\n",
		    each["node"] / each["pthreads"],
		    each["node"] / each["libgomp"],
		    start["node"] / start["pthreads"]
}' "$tmp/out"
