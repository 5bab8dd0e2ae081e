#!/bin/bash
# size.sh - bytes of the node's image and of its sections, as benches.
set -eu
out=$1
elf=$out/node/barerack.elf
size -A "$elf" | awk '$1 ~ /^\.(text|rodata|data|bss)$/ {
	printf "size: %-8s %7d bytes\n", substr($1, 2), $2 }'
kernel=$(size -A "$elf" | awk '$1 ~ /^\.(text|rodata|data)$/ { n += $2 }
	END { print n }')
echo "bench: kernel.bytes $kernel bytes (budget 98304, BareMetal's kernel 20033)"
echo "bench: image.bytes $(stat -c %s "$out/node/barerack") bytes" \
    "(budget 114688, BareMetal's PXE image 33792, Linux 14.2 MB)"
