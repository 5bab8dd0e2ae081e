#!/bin/bash
# 0007-watchdog.t - a node whose cores all hang is reset by the hardware.
set -u
. tests/rack/boot.sh

# dog NAME LINE QEMU-ARGUMENT...: hangs, and must say so a second time
dog() {
	local name=$1 line=$2
	shift 2
	boot_start -m 64 -smp 2 -kernel "$image" \
		-append 'watchdog=2 selftest=hang' "$@"
	if boot_wait 40 "$line" &&
	    boot_wait 40 'selftest: hanging' && twice 40; then
		ok "$name"
	else
		not_ok "$name"
	fi
	boot_stop
}
twice() {
	local end=$((SECONDS + $1))
	until [ "$(grep -ac 'selftest: hanging' "$serial")" -ge 2 ]; do
		[ $SECONDS -ge $end ] && return 1
		sleep 0.1
	done
}

dog "an i6300esb resets a node that hangs" 'i6300esb watchdog, 2 s' \
	-device i6300esb
dog "so does the chipset's iTCO" 'iTCO watchdog, 2 s' \
	-M q35 -global ICH9-LPC.noreboot=false

# One that lives feeds it.
boot_start -m 64 -smp 2 -kernel "$image" -append watchdog=2 -device i6300esb
boot_wait 40 'i6300esb watchdog' && sleep 4
[ "$(grep -ac 'i6300esb watchdog' "$serial")" = 1 ] &&
	ok "a node that lives is left alone" ||
	not_ok "a node that lives is left alone"
boot_stop
boot_end
