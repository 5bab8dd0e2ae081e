#!/bin/bash
# boot.sh - instructions from the kernel's first line until it could take a job,
# on one core; waits for hardware (calibration, delays) apart.
#
# With -icount shift=0 the TSC counts instructions exactly.
set -u
. tests/rack/boot.sh
boot_accel=(-accel tcg,thread=single -icount "shift=0,sleep=off")

boot_start -m 64 -kernel "$image" -append selftest=boot \
	-netdev user,id=n0 -device virtio-net-pci,netdev=n0
boot_wait 60 'selftest: boot' || { cat "$serial"; exit 1; }
sed -n 's/.*selftest: boot \([0-9]*\), waited \([0-9]*\),.*/\1 \2/p' "$serial" |
while read -r work wait; do
	echo "bench: boot.instructions $work instructions" \
		"(budget 5000000, Linux 1.59 G to its first user instruction)"
	echo "bench: boot.waits $wait instructions" \
		"(spent in calibrations and delays, DHCP not begun)"
done
boot_stop
