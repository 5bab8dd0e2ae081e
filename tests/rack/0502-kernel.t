#!/bin/bash
# 0502-kernel.t - a kernel that fails says why, starts over by itself, and the
# head node knows; NMIs and machine checks are told.
#
# Applications run in ring 0: these reach into the kernel to break it.
set -u
. tests/rack/rack.sh

cat >"$tmp/break.c" <<'C'
#include <stdio.h>
#include <string.h>
#include "kernel/smp.h"

struct table {
	unsigned short limit;
	unsigned long base;
} __attribute__((packed));

/* A page fault whose gate is not present: the CPU calls it a double fault. */
static void
double_fault(void)
{
	static unsigned char gates[4096];
	struct table t;

	__asm__ volatile("sidt %0" : "=m"(t));
	memcpy(gates, (void *)t.base, t.limit + 1u);
	gates[14 * 16 + 5] &= 0x7f;
	t.base = (unsigned long)gates;
	__asm__ volatile("cli; lidt %0" : : "m"(t));
	*(volatile int *)16 = 1;
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "double") == 0)
		double_fault();
	if (argc > 1 && strcmp(argv[1], "kernel") == 0) {
		/* The core believes that no rank runs on it. */
		cpu_this()->fiber = cpu_this()->idle;
		__asm__ volatile("ud2");
	}
	if (argc > 1 && strcmp(argv[1], "spin") == 0)
		for (;;)
			__asm__ volatile("");
	puts("hello");
	return 0;
}
C
bmcc -O1 -g -I. -o "$tmp/break" "$tmp/break.c" >"$tmp/cc" 2>&1 ||
	{ not_ok "bmcc compiles" "$tmp/cc"; exit 1; }
rack_up -n 1
cd "$tmp"

# qmp COMMAND [MONITOR COMMAND]
qmp() {
	python3 - "$BM_RACK/node1.qmp" "$@" <<'EOF'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(10)
s.connect(sys.argv[1])
f = s.makefile("rw")
def ask(command, **arguments):
    json.dump({"execute": command, "arguments": arguments}, f)
    f.write("\n")
    f.flush()
    while True:
        answer = json.loads(f.readline())
        if "return" in answer or "error" in answer:
            return answer
f.readline()
ask("qmp_capabilities")
if len(sys.argv) > 2 and sys.argv[1:]:
    more = {"command-line": sys.argv[3]} if len(sys.argv) > 3 else {}
    print(ask(sys.argv[2], **more))
EOF
}
log() {
	tr -d '\r' <"$BM_RACK/node1.log" | grep -ac -- "$1"
}
# waits SECONDS COMMAND...
waits() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -ge $end ] && return 1
		sleep 0.1
	done
}
logged() {
	[ "$(log "$1")" -gt 0 ]
}
running() {
	bmq --noheader -t R | grep -q .
}

run 40 bmrun -n 1 ./break kernel
is "a kernel that fails ends the job with 125" 125 $rc
like "and says why" 'node1: node failure \(its kernel failed: illegal instruction' \
	"$err"
idle 1 20 && ok "the node starts over" || not_ok "the node starts over"
like "the console has registers and return addresses" \
	'kernel: illegal instruction at [0-9a-f]+, vector 6 .*r14 .*called from [0-9a-f]' \
	"$(tr '\r\n' '  ' <"$BM_RACK/node1.log" | tr -cd '[:print:]')"
kept() {
	grep -q 'kernel: illegal instruction' "$BM_RACK/console/node1.log" &&
		grep -q 'restarting this node' "$BM_RACK/console/node1.log"
}
waits 10 kept && ok "and the head node has these lines, too" ||
	not_ok "and the head node has these lines, too"
run 40 bmrun -n 2 ./break
is "it takes the next job" "hello
hello" "$out"

run 40 bmrun -n 1 ./break double
like "a double fault is one" 'its kernel failed: double fault' "$err"
idle 1 20 && ok "the node starts over again" || not_ok "the node starts over again"
is "none of it needed PXE" 1 "$(log ' MiB$')"

bmrun -n 2 ./break spin 2>err &
pid=$!
waits 20 running
qmp inject-nmi >qmp
waits 10 logged 'kernel: NMI at' && ok "an NMI is told" ||
	not_ok "an NMI is told" qmp
qmp human-monitor-command 'mce 0 1 0x8400000000000000 0 0x12340 0' >qmp
counted() {
	bmctl show node node1 | grep -q "memory errors  *1 corrected, 0 not"
}
waits 4 logged 'machine check on core 0: bank 1 .*address 12340' ||
	bmcancel -a # it looks when the rank waits, or is gone
waits 10 counted && ok "a corrected memory error is counted at the head node" ||
	not_ok "a corrected memory error is counted at the head node" qmp
bmcancel -a
wait $pid
is "the job felt nothing of either" 143 $?
idle 1 20
bmrun -n 2 ./break spin 2>err &
pid=$!
waits 20 running
qmp human-monitor-command 'mce 1 2 0xb400000000000000 0x5 0x12340 0' >qmp
ended $pid
is "an uncorrected one ends the job with 125" 125 $?
like "and says so" 'its kernel failed: machine check' "$(cat err)"
idle 1 20 && ok "the node starts over after it" ||
	not_ok "the node starts over after it"
like "the counts survive" '1 corrected, 1 not' "$(bmctl show node node1)"
run 40 bmrun -n 2 ./break
is "and takes the next job" "hello
hello" "$out"
