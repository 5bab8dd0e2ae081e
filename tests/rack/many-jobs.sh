# many-jobs.sh - JOBS jobs in a row on one rack; every tenth or so ends badly,
# each time in another way. Sourced, after rack.sh.

cat >"$tmp/ends.c" <<'C'
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __attribute__((noinline)) int
endless(volatile int *p)
{
	volatile int k[100];

	k[0] = *p;
	return endless(k) + k[1];
}

int
main(int argc, char **argv)
{
	const char *how = argv[1];
	volatile int zero = 0, *wild = (int *)0x123456789000;
	int rank, sum, code = 0;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
	if (rank == 1 && strcmp(how, "null") == 0)
		*(volatile int *)0 = 1;
	if (rank == 2 && strcmp(how, "wild") == 0)
		*wild = 1;
	if (rank == 0 && strcmp(how, "stack") == 0)
		return endless(&zero);
	if (rank == 3 && strcmp(how, "divide") == 0)
		return rank / zero;
	if (rank == 2 && strcmp(how, "illegal") == 0)
		__asm__ volatile("ud2");
	while (rank == 1 && strcmp(how, "loop") == 0)
		continue;
	if (rank == 0 && strcmp(how, "memory") == 0) {
		while (malloc(1 << 20))
			continue;
		fprintf(stderr, "out of memory\n");
		code = 12;
	}
	if (rank == 3 && strcmp(how, "exit") == 0)
		code = 7;
	if (rank == 0)
		printf("sum %d\n", sum);
	MPI_Finalize();
	return code;
}
C
bmcc -O1 -g -o "$tmp/ends" "$tmp/ends.c" >"$tmp/cc" 2>&1 ||
	{ not_ok "bmcc compiles" "$tmp/cc"; exit 1; }
rack_up -n 2
cd "$tmp"

# How it ends: exit code, state, a pattern of what bmrun says.
ways=(null wild stack divide illegal loop memory exit)
wanted() {
	case $1 in
	good) echo '0 CD' ;;
	null) echo '139 F task 1: Segmentation fault.*NULL pointer' ;;
	wild) echo '139 F task 2: Segmentation fault.*not mapped' ;;
	stack) echo '139 F task 0: Segmentation fault.*stack overflow' ;;
	divide) echo '136 F task 3: Floating point.*division by zero' ;;
	illegal) echo '132 F task 2: Illegal instruction' ;;
	loop) echo '143 TO DUE TO TIME LIMIT' ;;
	memory) echo '12 F out of memory' ;;
	exit) echo '7 F task 3: Exited with exit code 7' ;;
	esac
}
bmd_kib() {
	local pid
	pid=$(pgrep -f "bmd --config $BM_RACK/bmd.conf" | head -1)
	awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"
}
# Free memory of the node, as its monitor says it between jobs.
node_free() {
	echo mem | timeout 10 bmctl console node1 | sed -n 's|.*\( [0-9]* KiB free\).*|\1|p' | tail -1
}

bad=0
: >wrong
for n in $(seq "$JOBS"); do
	way=good
	[ $((n % EVERY)) -eq 0 ] && way=${ways[$((n / EVERY % 8))]}
	limit=()
	[ $way = loop ] && limit=(-t 0:01)
	run 60 bmrun -n 4 -J "j$n" "${limit[@]}" ./ends $way
	read -r code state pattern <<<"$(wanted $way)"
	got=$(bmq -a --noheader | awk -v name="j$n" '$0 ~ " " name " " { for (i = 1; i <= NF; i++) if ($i ~ /^(CD|F|TO|CA|NF)$/) print $i }')
	if [ $rc != "$code" ] || [ "$got" != "$state" ] ||
	    ! grep -Eq -- "${pattern:-.}" <<<"${err:-.}" ||
	    { [ $way = good ] && [ "$out" != "sum 6" ]; }; then
		bad=$((bad + 1))
		printf 'job %d (%s): code %s, state %s, out %s, err %s\n' $n \
			$way $rc "$got" "$out" "$err" >>wrong
	fi
	rm -f core.*
	[ "$n" -eq 10 ] && idle 2 20 && first=$(bmd_kib) && free=$(node_free)
done
idle 2 20
is "$JOBS jobs in a row, one in $EVERY ends badly: each as it should" 0 $bad
[ $bad -eq 0 ] || not_ok "the first that did not" wrong
is "no node was lost or booted anew" "2 0" \
	"$(bminfo -N | grep -c ' idle ') $(grep -c 'down\*\|kernel failed' "$BM_RACK/rack.log")"
last=$(bmd_kib)
# bmd keeps the last thousand jobs to show them, 12 KiB each.
[ "$((last - first))" -lt $((2048 + 12 * (JOBS < 1000 ? JOBS : 1000))) ] &&
	ok "bmd's memory is flat ($first, then $last KiB)" ||
	not_ok "bmd's memory is flat ($first, then $last KiB)"
is "so is a node's" "$free" "$(node_free)"
