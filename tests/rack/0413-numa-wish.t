#!/bin/bash
# 0413-numa-wish.t - a task that wishes a NUMA node runs on a core of that node.
set -u
. tests/rack/rack.sh

cat >"$tmp/wish.c" <<'C'
#include "mpi-lite/node/start.h"

#include <stdio.h>

enum { ROUNDS = 20 };

static volatile unsigned at;

static void
tell(void *arg)
{
	(void)arg;
	at = start_abi->core_id();
}

static void
compute(uint64_t ns)
{
	uint64_t end = start_abi->now_ns() + ns;

	while (at == ~0u && start_abi->now_ns() < end)
		;
}

/* Cores 2 and 3 are node 1. While we compute here we take no task, and the
 * others fall asleep: one that is awake may take what is left for a while. */
int
main(void)
{
	struct task_group g = { 0 };
	unsigned kept = 0;

	for (int i = 0; i < ROUNDS; i++) {
		at = ~0u;
		compute(20000000);
		start_abi->task_submit_group(&g, tell, NULL, 0x40000000 + 1);
		compute(200000000);
		start_abi->task_wait_group(&g);
		kept += at >= 2;
	}
	printf("%s\n", kept >= ROUNDS * 3 / 4 ? "kept" : "ignored");
	at = ~0u;
	start_abi->task_submit_group(&g, tell, NULL, 0x40000000 + 9);
	start_abi->task_wait_group(&g);
	printf("%s\n", at < 4 ? "ran" : "lost");
	return 0;
}
C
if ! bmcc -O2 -I"$PWD" -o "$tmp/wish" "$tmp/wish.c" >"$tmp/cc" 2>&1; then
	not_ok "bmcc compiles wish.c" "$tmp/cc"
	exit 1
fi
ram="-object memory-backend-ram,size=64M,id=m"
rack_up -n 1 --cores 4 --mem 128 --boot direct --qemu "${ram}0 ${ram}1 \
-numa node,cpus=0-1,memdev=m0 -numa node,cpus=2-3,memdev=m1"
run 60 bmrun -c 4 "$tmp/wish"
is "a wished NUMA node is kept, as a rule" kept "$(sed -n 1p "$tmp/out")"
is "a wish for a node that is not there harms nothing" ran \
	"$(sed -n 2p "$tmp/out")"
