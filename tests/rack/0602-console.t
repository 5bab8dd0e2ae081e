#!/bin/bash
# 0602-console.t - bmctl console: a node's monitor over the network, and logs.
#
# Where there is OVMF the nodes boot by UEFI and have no serial port: what they
# say is read from their screens, too.
set -u
. tests/rack/rack.sh

app spin <<'C'
#include <mpi.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	MPI_Init(&argc, &argv);
	puts("spinning");
	fflush(stdout);
	for (volatile unsigned long i = 0;; i++)
		;
}
C
app quiet <<'C'
int main(void)
{
	return 0;
}
C
how=()
[ -f /usr/share/ovmf/OVMF.fd ] && how=(--boot uefi --screen)
# A size in which text is enlarged and has margins on all sides.
rack_up -n 2 "${how[@]}" \
	--qemu "-global VGA.xres=1920 -global VGA.yres=1080"

if [ ${#how[@]} -gt 0 ]; then
	timeout 60 python3 tests/rack/screen.py "$BM_RACK/node1.qmp" \
		"$tmp/ppm" >"$tmp/screen" 2>&1
	like "under UEFI, without a serial port, the screen shows the ready line" \
		'^node1 ready \(node 1\)$' "$(cat "$tmp/screen")"
	is "and there is no serial port" "" \
		"$(find "$BM_RACK" -maxdepth 1 -name 'node?.log')"
else
	skip "the ready line on the screen" "no OVMF (package ovmf)"
fi
run 20 bmctl console node1 <<<$'help\ncpu\nmem'
is "bmctl console ends with its input" 0 $rc
like "what the node said before is shown" 'barerack .*, 2 cores, 2 answered' "$out"
like "the ready line" 'node1 ready \(node 1\)' "$out"
like "each line has a time" \
	'^20[0-9]{2}-[0-9-]{5} [0-9:]{8}\.[0-9]{3} core 1: apic 1' "$out"
like "help" 'reboot +resets this machine' "$out"
like "who typed stands there too" "-- uid [0-9]+: mem" "$out"

log=$(find "$BM_RACK" -path '*console/node1.log')
like "bmd keeps it in a file" '[0-9]+ KiB free' "$(cat "$log")"
run 20 bmctl console node9 </dev/null
is "a node that is not there" 1 $rc
like "and a sentence" 'there is no node named node9' "$err"

# While a job computes, and never calls MPI, the tick still answers.
bmrun -n 4 -N 2 "$tmp/spin" >"$tmp/spin.out" 2>&1 &
spin=$!
end=$((SECONDS + 40))
while [ "$(grep -c spinning "$tmp/spin.out")" -lt 4 ] && [ $SECONDS -lt $end ]; do
	sleep 0.1
done
run 30 bmctl console node2 <<<$'jobs\npoke 3000000 1\nreboot'
like "the monitor answers beside a computing job" \
	'rank [23] on core [01]: running' "$out"
like "and changes nothing while it runs" \
	'a job runs here: add the word force' "$out"
is "the job runs on" 2 "$(bminfo -N | grep -c ' alloc ')"
run 10 bmcancel "$(bmq | awk 'NR == 2 { print $1 }')"
ended $spin
idle 2 30 || not_ok "nodes are idle again" "$log"

# bmctl sees what comes later, a recycle among it.
mkfifo "$tmp/typed"
exec 5<>"$tmp/typed"
timeout 60 bmctl console node1 <"$tmp/typed" >"$tmp/watch" 2>&1 &
watch=$!
sleep 0.5
run 30 bmrun -n 4 -N 2 "$tmp/quiet"
end=$((SECONDS + 30))
until grep -q 'recycled 2 times' "$tmp/watch" || [ $SECONDS -ge $end ]; do
	sleep 0.1
done
like "the log goes on over recycles" 'job over, recycling' "$(cat "$tmp/watch")"
like "with bmd's remarks" '-- alloc: job 2$' "$(cat "$tmp/watch")"
like "in each life" 'recycled 2 times' "$(cat "$tmp/watch")"
kill $watch 2>/dev/null

# A PS/2 keyboard, as UEFI leaves it: each key stands in the picture or acts.
python3 - "$BM_RACK/node2.qmp" <<'PY'
import json, socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect(sys.argv[1])
qmp = s.makefile("rw")
qmp.readline()
for command, keys in [("qmp_capabilities", None)] + [
        ("send-key", [k]) for k in ("o", "f", "f", "ret")]:
    ask = {"execute": command}
    if keys:
        ask["arguments"] = {"keys": [{"type": "qcode", "data": keys[0]}],
                            "hold-time": 20}
    qmp.write(json.dumps(ask) + "\n")
    qmp.flush()
    qmp.readline()
    time.sleep(0.1)
PY
end=$((SECONDS + 20))
until bmrack status | grep -q '^node2 .*power off' || [ $SECONDS -ge $end ]; do
	sleep 0.2
done
like "off, typed on the keyboard" '^node2 .*power off' "$(bmrack status)"
