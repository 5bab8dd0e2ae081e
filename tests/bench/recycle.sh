#!/bin/bash
# recycle.sh - how long a node of 64 MiB is away between two jobs.
#
# recycle.ms: on the node, from the first step of the recycle until it sends its
# registration. recycle.turnaround_ms: at bmd, from the job's end until the node
# may take the next one. Medians of JOBS jobs.
#
# recycle.us_SIZE, recycle.instructions_SIZE: on one core without a rack, when
# all memory of a node of that size was written: until every core answers again.
set -u
. tests/rack/rack.sh
trap 'rack_end >/dev/null' EXIT

JOBS=${JOBS:-15} MEM=${MEM:-64}
app nothing <<'C'
int
main(void)
{
	return 0;
}
C
rack_up -n 1 --cores 1 --mem "$MEM"
for _ in $(seq "$JOBS"); do
	run 30 bmrun -n 1 "$tmp/nothing"
	[ $rc = 0 ] || { cat "$tmp/err"; exit 1; }
	idle 1 10 || { echo "the node does not come back"; exit 1; }
done

awk '
function seconds(t,	part) {
	split(t, part, ":")
	return part[1] * 3600 + part[2] * 60 + part[3]
}
function median(list, n,	i, k, v) {
	for (i = 2; i <= n; i++) {
		v = list[i]
		for (k = i - 1; k > 0 && list[k] > v; k--)
			list[k + 1] = list[k]
		list[k + 1] = v
	}
	return list[int((n + 1) / 2)]
}
/job [0-9]+: COMPLETED/ { ended = seconds($2) }
/ idle: .* ms, recycled$/ {
	node[++n] = $(NF - 2)
	turn[n] = (seconds($2) - ended) * 1000
}
END {
	if (!n)
		exit 1
	printf "bench: recycle.ms %d ms (budget 50, a Linux reboot: seconds)\n",
	    median(node, n)
	printf "bench: recycle.turnaround_ms %d ms (%d jobs, bmd and host included)\n",
	    median(turn, n), n
}' "$BM_RACK/rack.log"

# full NAME MEGABYTES: QEMU in real time, then counting instructions
full() (
	. tests/rack/boot.sh
	for unit in us instructions; do
		[ $unit = us ] || boot_accel=(-accel tcg,thread=single
			-icount "shift=0,sleep=off")
		boot_start -m "$2" -kernel "$image" -append selftest=full
		boot_wait 280 'selftest: (recycle passed|.*left over)'
		grep -aq 'recycle passed' "$serial" || { cat "$serial"; exit 1; }
		tr -d '\r' <"$serial" | sed -n 's/.*recycled.* \([0-9]*\) us$/\1/p' |
			sort -n | awk -v unit=$unit -v name="$1" '
			{ v[NR] = $1 }
			END { printf "bench: recycle.%s_%s %d %s (%s)\n", unit, name,
			    v[2] * (unit == "us" ? 1 : 1000), unit,
			    "all memory written; one core" }'
		boot_stop
	done
)
full 64mib 64
full 1gib 1024
full 8gib 8192
