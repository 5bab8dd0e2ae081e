# linux.sh - Debian's Linux in the same QEMU, for comparison. Sourced.
#
# The kernel is the distribution's cloud image, fetched once through apt; the
# program, linked statically, is its /init. Nothing else runs there.

linux_cache=${BM_CACHE:-$HOME/.cache/barerack}/linux

# linux_kernel: the path of a kernel, or nothing when none can be had
linux_kernel() {
	local k=$linux_cache/vmlinuz
	if [ ! -s "$k" ]; then
		local package
		package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null |
			awk '/Depends:/ { print $2; exit }')
		[ -n "$package" ] || return 1
		mkdir -p "$linux_cache"
		(cd "$linux_cache" && timeout 300 apt-get download "$package" \
			>/dev/null 2>&1 && dpkg-deb --fsys-tarfile ./*.deb |
			tar xO --wildcards './boot/vmlinuz-*' >"$k")
		rm -f "$linux_cache"/*.deb
	fi
	[ -s "$k" ] && echo "$k"
}

# linux_initramfs PROGRAM: a newc archive with /init and /dev/console, to stdout
linux_initramfs() {
	python3 - "$1" <<'PY'
import sys
out = sys.stdout.buffer
number = 0
def entry(name, mode, data=b"", major=0, minor=0):
    global number
    number += 1
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor,
              len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % f for f in fields)
    raw = head + name.encode() + b"\0"
    out.write(raw + b"\0" * (-len(raw) % 4))
    out.write(data + b"\0" * (-len(data) % 4))
entry("dev", 0o040755)
entry("dev/console", 0o020600, b"", 5, 1)
entry("init", 0o100755, open(sys.argv[1], "rb").read())
entry("TRAILER!!!", 0)
PY
}

# linux_run SECONDS PROGRAM CORES ARGUMENTS QEMU-ARGUMENT...: what it said
linux_run() {
	local limit=$1 program=$2 cores=$3 args=$4 kernel
	shift 4
	kernel=$(linux_kernel) || return 1
	linux_initramfs "$program" >"$tmp/initramfs"
	timeout "$limit" qemu-system-x86_64 -accel tcg -cpu max -M q35 \
		-smp "$cores" -m 256 -nodefaults -vga none -display none \
		-no-reboot -serial stdio -kernel "$kernel" \
		-initrd "$tmp/initramfs" \
		-append "console=ttyS0 quiet panic=-1 mitigations=off -- $args" "$@" \
		</dev/null 2>/dev/null | tr -d '\r'
}
