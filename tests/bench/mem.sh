#!/bin/bash
# mem.sh - memory that an idle node uses: image, tables, stacks; no network card.
set -u
. tests/rack/boot.sh

for n in 1 16; do
	boot_start -m 64 -smp $n -kernel "$image" -append selftest=boot
	boot_wait 60 'selftest: boot' || { cat "$serial"; exit 1; }
	used=$(sed -n 's/.*selftest: boot .*memory \([0-9]*\).*/\1/p' "$serial")
	name=mem.idle_bytes
	[ $n = 1 ] || name=mem.idle_bytes_$n
	echo "bench: $name $used bytes (budget $((524288 + n * 40960)) for $n" \
		"cores, BareMetal < 512 KiB in 2011, 4 MiB today)"
	boot_stop
done
