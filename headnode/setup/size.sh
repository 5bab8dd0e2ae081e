#!/bin/bash
# size.sh - bytes of the node's image: functions, files, sections, benches.
# Usage: size.sh OUT [-q]   (-q: sections and benches only)
set -eu
out=$1
elf=$out/node/barerack.elf

# Code and constants by the debug information's file and by name.
if [ "${2:-}" != -q ]; then
	nm -S -l -t d --size-sort "$elf" 2>/dev/null | awk -v root="$PWD/" '
	$3 ~ /^[TtRrDdVvWw]$/ {
		file = $NF
		sub(/:[0-9]+$/, "", file)
		sub(root, "", file)
		sub(/^\.\//, "", file)
		if (NF < 5 || file !~ /\.[chS]$/)
			file = "(assembly, strings)"
		name = $4
		sub(/\.(lto_priv|constprop|isra|part|cold).*/, "", name)
		n = $2 + 0
		bytes[file] += n
		printf "%7d %-28s %s\n", n, name, file
	}
	END {
		print ""
		for (f in bytes)
			printf "%7d %s\n", bytes[f], f | "sort -n"
	}'
	echo
fi
size -A "$elf" | awk '$1 ~ /^\.(text|rodata|data|bss)$/ {
	printf "size: %-8s %7d bytes\n", substr($1, 2), $2 }'
kernel=$(size -A "$elf" | awk '$1 ~ /^\.(text|rodata|data)$/ { n += $2 }
	END { print n }')
echo "bench: kernel.bytes $kernel bytes (budget 98304, BareMetal's kernel 20033)"
echo "bench: image.bytes $(stat -c %s "$out/node/barerack") bytes" \
    "(budget 114688, BareMetal's PXE image 33792, Linux 14.2 MB)"
