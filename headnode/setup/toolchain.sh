#!/bin/bash
# toolchain.sh - builds newlib for applications with the host's gcc and prints
# the folder it is in. Cached by a key of its inputs: a second run is quick.
set -eu
. "$(dirname "$0")/apt.sh"

suite=trixie            # newlib-source 4.5.0; its package is for any suite
cflags="-O2 -g1 -ffreestanding -fPIE -mno-red-zone -march=x86-64-v2
	-ffunction-sections -fdata-sections -D__OBSOLETE_MATH=0
	-fcf-protection=none -fno-stack-protector"
options="--target=x86_64-elf --disable-multilib --disable-libgloss
	--disable-newlib-supplied-syscalls --enable-newlib-io-long-long
	--enable-newlib-io-c99-formats --enable-newlib-io-long-double
	--enable-newlib-retargetable-locking --enable-newlib-mb
	--enable-newlib-reent-check-verify --disable-newlib-unbuf-stream-opt
	--enable-newlib-reent-thread-local"

key=$(cat "$0" <(gcc --version) <(ld --version) | sha256sum | cut -c 1-16)
out=$cache/newlib-$key
if [ ! -f "$out/.complete" ]; then
	say "building newlib for applications into $out (about 2 minutes)" >&2
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	apt_unpack $suite newlib-source "$work/deb" >&2
	tar -C "$work" -xf "$work"/deb/usr/src/newlib/newlib-*.tar.xz
	src=$(echo "$work"/newlib-*/)
	# What this system has beyond newlib's bare minimum.
	sed -i 's/^#define _SYS_CONFIG_H.*\|^#define __SYS_CONFIG_H__.*/&\
#define _READ_WRITE_RETURN_TYPE _ssize_t/' \
	    "$src/newlib/libc/include/sys/config.h"
	sed -i 's/^#define _SYS_FEATURES_H.*/&\
#define _POSIX_TIMERS 1\
#define _POSIX_MONOTONIC_CLOCK 1/' "$src/newlib/libc/include/sys/features.h"
	mkdir "$work/build"
	unlinux="-U__linux__ -U__linux -Ulinux -U__gnu_linux__ -U__unix__
		-U__unix -Uunix -D__ELF__=1"
	include=$(gcc -print-file-name=include)
	export CC_FOR_TARGET="gcc -nostdinc -isystem $include ${unlinux//$'\n'/ }"
	export CFLAGS_FOR_TARGET="${cflags//$'\n'/ }"
	for tool in ar as ld ranlib nm strip objdump readelf; do
		export "${tool^^}_FOR_TARGET=$tool"
	done
	# shellcheck disable=SC2086
	(cd "$work/build" && "$src/configure" --prefix="$work/out" $options \
	    MAKEINFO=true && make -j"$(nproc)" all-target-newlib &&
	    make install-target-newlib) >"$work/log" 2>&1 || {
		tail -n 20 "$work/log" >&2
		die "newlib did not build"
	}
	rm -rf "$out"
	mkdir -p "$out"
	cp -r "$work/out/x86_64-elf/include" "$work/out/x86_64-elf/lib" "$out"
	strip -g "$out"/lib/*.a
	touch "$out/.complete"
fi
echo "$out"
