#!/bin/bash
# 0003-protection.t - the page tables of a running node, read through QEMU.
#
# `info tlb` prints VA: PA FLAGS; the first flag is X for no-execute (QEMU's
# letter), the last is W for writable.
set -u
. tests/rack/boot.sh

boot_start -m 64 -smp 2 -kernel "$image" \
	-monitor "unix:$dir/monitor,server=on,wait=off"
boot_wait 60 '2 answered' || { not_ok "the node boots"; boot_end; }

# monitor COMMAND: its output.
monitor() {
	python3 - "$dir/monitor" "$1" <<'EOF'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect(sys.argv[1])
def until_prompt():
    seen = b""
    while not seen.endswith(b"(qemu) "):
        seen += s.recv(65536)
    return seen
until_prompt()
s.sendall(sys.argv[2].encode() + b"\n")
sys.stdout.write(until_prompt().decode(errors="replace").replace("\r", ""))
EOF
}

map=$dir/map
monitor 'info tlb' | grep -E '^[0-9a-f]{16}: ' >"$map"
registers=$(monitor 'info registers')

# check NAME TEST...: ok when the test holds.
check() {
	local name=$1
	shift
	if "$@"; then ok "$name"; else not_ok "$name"; fi
}

# none AWK-CONDITION: no page fits.
none() {
	[ -s "$map" ] && ! awk "$1 { exit 1 }" "$map" && return 1
	[ -s "$map" ]
}

some() {
	! none "$1"
}

writable='$3 ~ /W$/' executable='$3 !~ /^X/'
check "no page is writable and executable" none "$writable && $executable"
check "the first 2 MiB are unmapped" none '$1 < "0000000000200000:"'
check "only the kernel's own text is executable" \
	none "$executable && \$1 !~ /^ffffffff8/"
check "the kernel's text is executable" \
	some "$executable && \$1 ~ /^ffffffff8/"
check "the kernel's data are writable" \
	some "$writable && \$1 ~ /^ffffffff8/"
check "CR0.WP is on" grep -Eq 'CR0=800[15]003' <<<"$registers"

# Frames of the kernel: no second name that could be written to, also not by a
# large page (QEMU's flag P) around them.
second() {
	python3 - "$map" <<'EOF'
import sys
rows = [line.split() for line in open(sys.argv[1])]
rows = [(int(va[:-1], 16), int(pa, 16), flags) for va, pa, flags in rows]
kernel = 0xffffffff80000000
frames = [pa for va, pa, flags in rows if va >= kernel]
for va, pa, flags in rows:
    size = 2 << 20 if "P" in flags else 4096
    if va < kernel and flags.endswith("W"):
        if any(pa <= f < pa + size for f in frames):
            sys.exit(1)
EOF
}
check "no frame of the kernel has a second, writable name" second

root=$(grep -o 'CR3=[0-9a-f]*' <<<"$registers" | cut -d= -f2)
check "the root of the page tables is mapped read-only" \
	some "\$1 == \"$root:\" && !($writable)"

# Five stacks a core and one for all double faults, each a run of pages with
# nothing below it.
guards() {
	python3 - "$map" <<'EOF'
import sys
pages = [int(line.split(":")[0], 16) for line in open(sys.argv[1])]
pages = sorted(p for p in pages if 0xffffff0000000000 <= p < 0xffffff8000000000)
runs = [p for p in pages if p - 4096 not in pages]
sys.exit(0 if len(runs) >= 11 else 1)
EOF
}
check "stacks have guard pages" guards
boot_end
