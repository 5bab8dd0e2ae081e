# rack.sh - what the tests on the virtual rack share: a rack, programs, TAP.
#
#	   bmrack up             10.77.0.1 bm0 == switch port 0
#	   bmd, dnsmasq on bm0                   |  port N: node N
#	   $BM_RACK: its directory            node1 ... nodeN (QEMU)
#
# Sourced from the repository's root. Every command that could hang has a
# limit; whatever happens, the rack goes down when the test ends.
bin=$(cd "${BM_OUT:-out}/bin" && pwd)
export PATH=$bin:$PATH
tmp=$(mktemp -d /tmp/rack-test.XXXXXX)
export BM_RACK=$tmp/rack
count=0

rack_end() {
	timeout 30 bmrack down >/dev/null 2>&1
	rm -rf "$tmp"
	echo "1..$count"
}
trap rack_end EXIT
trap 'exit 1' INT TERM

ok() {
	count=$((count + 1))
	echo "ok $count - $1"
}

# not_ok NAME [FILE]: the file says why; the logs, what the rack was doing
not_ok() {
	count=$((count + 1))
	echo "not ok $count - $1"
	[ $# -gt 1 ] && sed 's/^/# /' "$2" | tail -30
	for log in "$BM_RACK"/*.log; do
		[ -f "$log" ] && grep -v dnsmasq "$log" | tail -n 12 |
			tr -cd '[:print:]\n' | sed "s/^/# ${log##*/}: /"
	done
}

skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# is NAME WANTED GOT
is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		printf 'wanted: %s\ngot: %s\n' "$2" "$3" >"$tmp/why"
		not_ok "$1" "$tmp/why"
	fi
}

# like NAME PATTERN GOT: an extended regular expression
like() {
	if grep -Eq -- "$2" <<<"$3"; then
		ok "$1"
	else
		printf 'wanted: %s\ngot: %s\n' "$2" "$3" >"$tmp/why"
		not_ok "$1" "$tmp/why"
	fi
}

# run SECONDS COMMAND...: sets out, err and rc; 124 is too late
run() {
	timeout -k 5 "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	out=$(head -c 100000 "$tmp/out" | tr -d '\0')
	err=$(head -c 100000 "$tmp/err")
}

# rack_up OPTIONS: a rack or the end of the test
rack_up() {
	if ! timeout 150 bmrack up "$@" >"$tmp/up" 2>&1; then
		not_ok "bmrack up $*" "$tmp/up"
		exit 1
	fi
}

# app NAME: compiles stdin with bmcc to $tmp/NAME
app() {
	cat >"$tmp/$1.c"
	if ! bmcc -O1 -g -o "$tmp/$1" "$tmp/$1.c" >"$tmp/cc" 2>&1; then
		not_ok "bmcc compiles $1" "$tmp/cc"
		exit 1
	fi
}

# idle N SECONDS: waits until N nodes are idle
idle() {
	local end=$((SECONDS + $2))
	while [ "$(bminfo -N 2>/dev/null | grep -c ' idle ')" != "$1" ]; do
		[ $SECONDS -ge $end ] && return 1
		sleep 0.1
	done
}

# ended PID: waits for a background command, 40 s at most, returns its exit code
ended() {
	local end=$((SECONDS + 40))
	while kill -0 "$1" 2>/dev/null; do
		[ $SECONDS -ge $end ] && kill -9 "$1"
		sleep 0.05
	done
	wait "$1" 2>/dev/null
}
