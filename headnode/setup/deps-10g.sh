#!/bin/bash
# deps-10g.sh - fetches a QEMU with vfio-user (10.1 or newer) from a newer Debian
# suite, unpacks it in the cache, and prints how to call it.
#
# It runs beside this system's own by its own loader and libraries: nothing is
# installed, no root is needed. VERSIONS beside it says what was fetched; apt
# has checked every package against the signed index. Suites are tried in turn:
# backports are built on trixie's libraries, sid is always there.
set -eu
. "$(dirname "$0")/apt.sh"

out=$cache/qemu-vfio-user
if [ -x "$out/qemu" ]; then
	echo "$out/qemu"
	exit 0
fi

# lists DIR SUITE...: apt's configuration for these suites alone, with no
# package installed: then a download is the whole closure.
lists() {
	local dir=$1 mirror suite
	shift
	mirror=$(apt_mirror)
	[ -n "$mirror" ] || die "apt knows no Debian mirror"
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	: >"$dir/sources.list"
	for suite in "$@"; do
		printf 'deb [signed-by=%s] %s %s main\n' \
		    /usr/share/keyrings/debian-archive-keyring.gpg \
		    "$mirror" "$suite" >>"$dir/sources.list"
	done
	private "$dir" update
}

private() {
	local dir=$1
	shift
	apt-get -qq -o "Dir::Etc::SourceList=$dir/sources.list" \
	    -o Dir::Etc::SourceParts=- -o Dir::Etc::Preferences=- \
	    -o Dir::Etc::PreferencesParts=- -o "Dir::State::Lists=$dir/lists" \
	    -o "Dir::State::status=$dir/status" -o "Dir::Cache=$dir/cache" \
	    -o Acquire::Languages=none -o APT::Sandbox::User=root \
	    -o Acquire::Retries=3 -o APT::Architecture=amd64 "$@"
}

# fetch DIR SUITE...: the packages, the last suite's QEMU among them.
fetch() {
	local dir=$1
	shift
	lists "$dir" "$@" || return 1
	private "$dir" -y --no-install-recommends -o Debug::NoLocking=1 \
	    --download-only install -t "${*: -1}" qemu-system-x86 ipxe-qemu \
	    seabios || return 1
	ls "$dir"/cache/archives/qemu-system-x86_*.deb >/dev/null
}

unpack() { # DEBS ROOT
	local deb d
	mkdir -p "$2"/usr/{bin,sbin,lib,lib64}
	for d in bin sbin lib lib64; do
		ln -sfn "usr/$d" "$2/$d"
	done
	for deb in "$1"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
		    tar -C "$2" -x --no-same-owner --keep-directory-symlink \
		    -f - || return 1
		echo "$(basename "$deb") $(sha256sum <"$deb" | cut -c 1-64)"
	done >"$2/VERSIONS"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say "fetching a QEMU with vfio-user (about 50 MB)" >&2
for suites in "trixie trixie-backports" "sid"; do
	rm -rf "$work/apt"
	# shellcheck disable=SC2086
	fetch "$work/apt" $suites >"$work/log" 2>&1 && found=yes && break
done
if [ "${found:-}" != yes ]; then
	tail -n 3 "$work/log" >&2
	die "no Debian suite on the mirror has a QEMU with vfio-user"
fi
unpack "$work/apt/cache/archives" "$work/root" || die "cannot unpack QEMU"
rm -rf "$out"
mkdir -p "$out"
mv "$work/root" "$out/root"
mv "$out/root/VERSIONS" "$out/VERSIONS"
cat >"$out/qemu.new" <<'RUN'
#!/bin/sh
# QEMU of a newer Debian, by its own loader and libraries.
root=$(dirname "$(readlink -f "$0")")/root
lib=$root/usr/lib/x86_64-linux-gnu
export QEMU_MODULE_DIR=$lib/qemu
exec "$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$lib:$lib/systemd" \
    --argv0 qemu-system-x86_64 "$root/usr/bin/qemu-system-x86_64" \
    -L "$root/usr/share/qemu" -L "$root/usr/share/seabios" \
    -L "$root/usr/lib/ipxe/qemu" "$@"
RUN
chmod +x "$out/qemu.new"
"$out/qemu.new" -device vfio-user-pci,help >"$work/log" 2>&1 || {
	tail -n 3 "$work/log" >&2
	die "the QEMU that was fetched has no vfio-user"
}
mv "$out/qemu.new" "$out/qemu"
say "$(grep '^qemu-system-x86_' "$out/VERSIONS")" >&2
echo "$out/qemu"
