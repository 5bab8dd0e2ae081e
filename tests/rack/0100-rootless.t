#!/bin/bash
# 0100-rootless.t - an ordinary user gets a rack, and nothing of it stays.
set -u
. tests/rack/rack.sh
uid=54321

app hello <<'C'
#include <stdio.h>
int main(void)
{
	puts("hello");
	return 0;
}
C
chmod 755 "$tmp/hello"

# That user sees neither our tree nor our home: copies it may read.
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$tmp"
	mkdir "$tmp/bin" "$tmp/home"
	cp "$bin"/bm* "${BM_OUT:-out}/node/barerack" "$tmp/bin"
	chmod 755 "$tmp"/bin/*
	chown $uid "$tmp/home"
	user=(setpriv --reuid $uid --regid $uid --clear-groups --no-new-privs)
	bin=$tmp/bin
	image=(--image "$tmp/bin/barerack")
	export PATH=$bin:/usr/bin:/bin BM_RACK=$tmp/home/rack
else
	user=() image=() uid=$(id -u)
fi
as() {
	timeout -k 5 "$1" "${user[@]}" "${@:2}"
}

# processes NAME...: how many of that user's processes are ours
processes() {
	pgrep -u $uid -f "$BM_RACK" | wc -l
}

# gone NAME: no process and no file within 10 s
gone() {
	local end=$((SECONDS + 10))
	while [ "$(processes)" != 0 ] || [ "$2" = dir -a -e "$BM_RACK" ]; do
		if [ $SECONDS -ge $end ]; then
			{ pgrep -u $uid -af "$BM_RACK"; ls "$BM_RACK"; } >"$tmp/why" 2>&1
			not_ok "$1" "$tmp/why"
			return
		fi
		sleep 0.1
	done
	ok "$1"
}

as 120 bmrack up -d "$BM_RACK" -n 2 "${image[@]}" >"$tmp/up" 2>&1
is "an ordinary user's rack comes up" 0 $?
like "it says when nodes are ready" '^2 nodes ready in ' "$(cat "$tmp/up")"
is "a job runs" "hello" "$(as 30 bmrun -D / "$tmp/hello" 2>&1)"
as 20 bmrack up -n 1 "${image[@]}" >"$tmp/out" 2>&1
like "a second rack in the same place is refused" 'a rack is up in' \
	"$(cat "$tmp/out")"
is "a command inside sees the rack's network" "10.77.0.1/16" \
	"$(as 20 bmrack exec /sbin/ip -4 -o addr show dev bm0 | awk '{print $4}')"
as 30 bmrack down
is "bmrack down succeeds" 0 $?
gone "after down there is no process and no file" dir

as 120 bmrack up -d "$BM_RACK" -n 2 "${image[@]}" >"$tmp/up" 2>&1
kill -9 "$(cat "$BM_RACK/pid")"
gone "kill -9 of the supervisor takes everything with it" processes
run 10 "${user[@]}" bmrun "$tmp/hello"
is "without bmd bmrun fails with 125" 125 $rc
like "and says what is missing" 'error: no bmd at .*bmrack up' "$err"
as 120 bmrack up --kvm -n 1 "${image[@]}" >"$tmp/up" 2>&1
is "the next up cleans what was left" 0 $?
if "${user[@]}" test -w /dev/kvm; then
	skip "--kvm without KVM" "this user may open /dev/kvm"
else
	like "--kvm without KVM emulates and says so" \
		'no KVM \(/dev/kvm: .*\): the nodes are emulated' \
		"$(cat "$tmp/up")"
fi
as 30 bmrack down
gone "and goes down as always" dir

# Ctrl-C while the nodes boot: they never become ready in this second.
# (A background job of a script ignores SIGINT: perl gives it back.)
perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "${user[@]}" \
	bmrack up -d "$BM_RACK" -n 2 "${image[@]}" >"$tmp/up" 2>&1 &
up=$!
sleep 1
kill -INT $up
ended $up
gone "an interrupted up leaves nothing" dir

run 60 "${user[@]}" bmrack up -n 1 --wait 3 --image /bin/true
is "nodes that do not come make up fail" 125 $rc
like "with the end of their console" 'node1 is missing; its console' "$out"
gone "and nothing stays" dir
