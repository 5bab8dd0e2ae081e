# boot.sh - boots one node without a rack and reads its serial line. Sourced.
#
# No privileges, no network but QEMU's own TFTP server inside its process.
# Every wait is bounded; only the QEMU that was started here is stopped.

image=${IMAGE:-${BM_OUT:-out}/node/barerack}
dir=$(mktemp -d)
serial=$dir/serial
boot_accel=(-accel tcg,thread=multi)
boot_line=(-serial "file:$serial")
node=
tap=0
bad=0

boot_done() {
	boot_stop
	rm -rf "$dir"
}
trap boot_done EXIT

# boot_start QEMU-ARGUMENT...: the serial line goes to $serial.
boot_start() {
	: >"$serial"
	qemu-system-x86_64 "${boot_accel[@]}" -cpu max -nodefaults \
		-vga none -display none "${boot_line[@]}" "$@" \
		>"$dir/qemu" 2>&1 </dev/null &
	node=$!
}

boot_stop() {
	[ -n "$node" ] || return 0
	kill "$node" 2>/dev/null
	wait "$node" 2>/dev/null
	node=
}

# boot_wait SECONDS PATTERN: until the line was said, or QEMU is gone.
boot_wait() {
	local end=$((SECONDS + $1))
	while [ $SECONDS -lt $end ]; do
		tr -d '\r' <"$serial" | grep -aEq "$2" && return 0
		kill -0 "$node" 2>/dev/null || break
		sleep 0.1
	done
	tr -d '\r' <"$serial" | grep -aEq "$2"
}

ok() {
	tap=$((tap + 1))
	echo "ok $tap - $1"
}

not_ok() {
	tap=$((tap + 1))
	bad=1
	echo "not ok $tap - $1"
	tr -d '\r' <"$serial" | tail -n 20 | sed 's/[^[:print:]]//g;s/^/# /'
	sed 's/^/# qemu: /' "$dir/qemu"
}

skip() {
	tap=$((tap + 1))
	echo "ok $tap - $1 # SKIP $2"
}

# boot_check NAME SECONDS PATTERN QEMU-ARGUMENT...
boot_check() {
	local name=$1 limit=$2 pattern=$3
	shift 3
	boot_start "$@"
	if boot_wait "$limit" "$pattern"; then
		ok "$name"
	else
		not_ok "$name"
	fi
	boot_stop
}

# need FILE: the first of these that is there, or nothing.
first_of() {
	local f
	for f in "$@"; do
		[ -e "$f" ] && echo "$f" && return
	done
}

boot_end() {
	echo "1..$tap"
	exit $bad
}
