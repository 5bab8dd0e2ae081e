#!/bin/bash
# 0505-gdb-serial.t - Debian's gdb at the serial line of a node.
#
#	gdb, a person  --socket--  second serial port, console=ttyS1
#
# The node has one core, which computes: only its tick looks at the line.
set -u
. tests/rack/rack.sh

cat >"$tmp/loop.c" <<'C'
/* loop.c: line numbers are part of the test. */
#include <stdio.h>
volatile int stop;
int rounds = 1;
static __attribute__((noinline)) void
turn(int depth)
{
	double half = depth / 2.0;
	if (depth)
		turn(depth - 1);
	while (!stop)
		rounds++;
	stop = (int)half + 1;
}
static __attribute__((noinline)) int
last(int code)
{
	return printf("code %d\n", code);
}
int
main(void)
{
	turn(3);
	last(7);
	return 7;
}
C
bmcc -O0 -g -o "$tmp/loop" "$tmp/loop.c" >"$tmp/cc" 2>&1 ||
	{ not_ok "bmcc compiles" "$tmp/cc"; exit 1; }
line=$tmp/line
rack_up -n 1 --cores 1 --boot direct --append console=ttyS1 --qemu \
	"-chardev socket,id=g0,path=$line,server=on,wait=off -serial chardev:g0"
cd "$tmp"

# person TEXT PATTERN: types at the line until it says the pattern; what it said
person() {
	timeout 20 python3 - "$line" "$@" <<'END'
import re, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.settimeout(10)
s.sendall(sys.argv[2].encode().decode("unicode_escape").encode())
said = ""
try:
    while not re.search(sys.argv[3], said):
        said += s.recv(4096).decode("ascii", "replace")
except OSError as e:
    said += "(%s)" % e
print(said.replace("\r", ""))
END
}
debug() {
	timeout 30 gdb -nx -batch -ex "target remote $line" "$@" ./loop \
		2>&1 </dev/null
}
start() {
	bmrun -n 1 ./loop >out 2>err &
	pid=$!
	local end=$((SECONDS + 20))
	until [ -n "$(bmq --noheader -t R)" ] || [ $SECONDS -ge $end ]; do
		sleep 0.05
	done
}

like "without a job there is nothing to debug" 'no rank 0 here' \
	"$(person 'gdb\r' 'no rank.*\n')"
start
like "the monitor gives the line away" "rank 0 at 4000002[0-9]* is gdb's" \
	"$(person 'gdb 0\r' 'rank 0 at.*\n')"
got=$(debug -ex bt -ex 'print rounds > 0' -ex 'frame 2' -ex 'print half')
like "gdb shows calls as file:line" \
	'#0 .*turn \(depth=0\) at .*loop.c:1[12].*#3 .*turn \(depth=3\) at .*loop.c:10.*#4 .*main \(\) at .*loop.c:23' \
	"$(tr '\n' ' ' <<<"$got")"
like "and variables" '\$1 = 1 .*\$2 = 1' "$(tr '\n' ' ' <<<"$got")"
like "gdb has left: the line is the monitor's again" 'rank 0 on core 0: running' \
	"$(person 'jobs\r' 'rank 0 on.*\n')"

person 'gdb\r' 'rank 0 at.*\n' >gdb
job=$(bmq --noheader -t R | awk '{ print $1; exit }')
run 20 bmctl gdbserver "$job.0"
is "bmd's gdb is refused meanwhile" 1 $rc
# A bad sum, a packet without an end, one that is too long, unknown ones.
long=$(head -c 1500 /dev/zero | tr '\0' 'a')
got=$(person "\$?#00\$$long#00\$zz#f4\$p99#e2\$m0,4#fd\$M0,4:00#77" \
	'E01.*E..#..')
like "what is wrong is refused" \
	'^--\+\$#00\+\$x#78\+\$E01#a6\+\$E01#a6' "$got"
got=$(timeout -k 20 -s INT 3 gdb -nx -batch -ex "target remote $line" \
	-ex continue -ex bt ./loop 2>&1 </dev/null)
like "an interrupt stops it again" 'SIGTRAP.*#0 .*turn \(depth=0\)' \
	"$(tr '\n' ' ' <<<"$got")"
person 'gdb\r' 'rank 0 at.*\n' >gdb
got=$(debug -ex 'break last' -ex 'set var stop = 1' -ex continue -ex bt \
	-ex 'set var $rax = 5' -ex 'print $rax' -ex next -ex 'info line' \
	-ex detach)
like "a breakpoint is reached after continue" \
	'Breakpoint 1, last \(code=7\) at .*loop.c:18' "$got"
like "and a step over a call" '^19' "$got"
like "registers change" '\$[0-9]+ = 5$' "$got"
ended $pid
is "the job goes on to its end" 7 $?
is "and does what it would have done" "code 7" "$(cat out)"
idle 1 20

# The last packet is not sent again if the line loses it: a second try.
for _ in 1 2; do
	start
	person 'gdb\r' 'rank 0 at.*\n' >gdb
	got=$(debug -ex 'set var stop = 1' -ex continue)
	grep -q 'exited with code' <<<"$got" && break
	bmcancel -a
	idle 1 20
done
like "gdb sees the program's end" 'exited with code 07' "$got"
ended $pid
is "which is bmrun's, too" 7 $?
idle 1 20
start
person 'gdb\r' 'rank 0 at.*\n' >gdb
like "a person takes the line back by Ctrl-D" 'gdb has left' \
	"$(person '\004' 'has left.*\n')"
bmcancel "$(bmq --noheader -t R | awk '{ print $1; exit }')"
ended $pid
is "and the rank runs on until it is cancelled" 143 $?
idle 1 20 && ok "no node was lost" || not_ok "no node was lost"
