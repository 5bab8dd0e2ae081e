#!/bin/bash
# calls.sh - instructions of the cheapest calls of the kernel's table.
#
# One node under -icount, where the TSC counts instructions: exact, the same on
# every host. What the caller needs for the call (load the table, arguments) is
# in it, the reading of the TSC is not.
set -u
. tests/rack/rack.sh
trap 'rack_end >/dev/null' EXIT

cat >"$tmp/calls.c" <<'C'
#include "mpi-lite/node/start.h"
#include "tests/bench/count.h"

#include <stdio.h>

int
main(void)
{
	struct msg_ep *ep = start_rank->ep;
	uint64_t empty, null, poll, now;

	COUNT(empty, );
	COUNT(null, start_abi->null());
	COUNT(poll, start_abi->msg_poll(ep));
	COUNT(now, start_abi->now_ns());
	printf("bench: calls.null %d instructions (budget 13, "
	    "BareMetal 13, Linux getppid 341)\n", (int)(null - empty));
	printf("bench: calls.rx_poll %d instructions (budget 38, "
	    "BareMetal 38, Linux recv 917)\n", (int)(poll - empty));
	printf("bench: calls.now_ns %d instructions (reference: "
	    "BareMetal's TSC call 19)\n", (int)(now - empty));
	return 0;
}
C
bmcc -O2 -I"$PWD" -o "$tmp/calls" "$tmp/calls.c" || exit 1
rack_up -n 1 --cores 1 --boot direct --qemu "-icount shift=0"
run 60 bmrun "$tmp/calls"
cat "$tmp/out" "$tmp/err"
exit "$rc"
