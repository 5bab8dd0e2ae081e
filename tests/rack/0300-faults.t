#!/bin/bash
# 0300-faults.t - lost nodes, a lossy network, a bmd that is killed.
set -u
. tests/rack/rack.sh

app spin <<'C'
int main(void)
{
	for (;;)
		__asm__ volatile("");
}
C
app lines <<'C'
#include <stdio.h>
int main(void)
{
	for (int i = 0; i < 20000; i++)
		printf("line %d\n", i);
	return 0;
}
C
seed=${BM_SEED:-$RANDOM}
rack_up -n 3 --seed "$seed"
cd "$tmp"
for i in $(seq 0 19999); do echo "line $i"; done >want

running() {
	local end=$((SECONDS + 20))
	until bmq --noheader -t R | grep -q .; do
		[ $SECONDS -ge $end ] && return 1
		sleep 0.05
	done
}

bmrun -n 6 ./spin 2>err &
pid=$!
running
began=$SECONDS
bmrack power node2 kill
ended $pid
is "a node that loses power ends the job with 125" 125 $?
took=$((SECONDS - began))
[ $took -le 10 ] && ok "within 10 s ($took s)" || not_ok "within 10 s ($took s)"
like "and names it" 'error: node2: node failure \(no heartbeat' "$(cat err)"
like "bmq says NODE_FAIL" ' NF ' "$(bmq -a)"
like "bminfo shows it down" 'node2 +down\*' "$(bminfo -N)"
run 40 bmrun -n 4 ./lines
is "the others run the next job" 0 $rc
bmrack power node2 on
idle 3 40 && ok "the node comes back" || not_ok "the node comes back"
bmrun -n 6 ./spin 2>err &
pid=$!
running
bmrack power node3 cycle
ended $pid
is "a node that is reset ends its job" 125 $?
idle 3 40 && ok "and boots again" || not_ok "and boots again"

bmrack switch faults loss 5 dup 2 reorder 5 >faults
run 120 bmrun -n 1 ./lines
cmp -s out want && ok "5 % loss, 2 % duplication, reordering: all arrives" ||
	not_ok "5 % loss, 2 % duplication, reordering: all arrives (seed $seed)" err
bmrack switch faults loss 2 corrupt 5 delay 5 >faults
run 120 bmrun -n 1 ./lines
cmp -s out want && ok "corruption and delay: all arrives" ||
	not_ok "corruption and delay: all arrives (seed $seed)" err
like "the switch did what it says" 'lost [1-9].* corrupted [1-9]' \
	"$(bmrack switch stats | tr '\n' ' ')"
bmrack switch clear >faults
idle 3 30 && ok "no node was lost" || not_ok "no node was lost"

# A node whose answer is late asks again; that is no second start.
bmrun -w node1 -n 1 ./lines >out
bmrack switch faults delay 1200 >faults
bmrun -w node1 -n 1 ./lines >out 2>err &
pid=$!
end=$((SECONDS + 20))
until bminfo -N | grep -q 'node1 *alloc' || [ $SECONDS -ge $end ]; do
	sleep 0.1
done
bmrack switch clear >faults
ended $pid
is "a job on a node that had to register twice" 0 $?
idle 3 30 && ok "all are idle again" || not_ok "all are idle again"

# Two seconds without any network are no reason to lose a node.
bmrun -n 6 -t 0:08 ./spin 2>err &
pid=$!
running
bmrack switch port 1 down >faults
sleep 2
bmrack switch port 1 up >faults
ended $pid
is "a cable that is out for 2 s costs nothing" 143 $?

bmrun -n 6 ./spin 2>err &
pid=$!
running
bmrack power bmd kill
ended $pid
is "a bmd that is killed is said by bmrun" 125 $?
like "in one line" 'bmd is gone' "$(cat err)"
idle 3 40 && ok "the new bmd has its nodes" || not_ok "the new bmd has its nodes"
run 40 bmrun -n 6 ./lines
is "and runs the next job" 0 $rc
