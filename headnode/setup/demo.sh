#!/bin/bash
# demo.sh - a virtual rack PXE-boots and runs MPI programs, in a few minutes.
# Usage: demo.sh OUT   (called by make demo)
set -u
. "$(dirname "$0")/apt.sh"

here=$(cd "$(dirname "$0")" && pwd)
examples=$here/../../docs/examples
out=$(readlink -f "$1")
bin=$out/bin
nodes=${NODES:-4} cores=${CORES:-2} nic=${NIC:-virtio}
ranks=$((nodes * cores))
work=$(mktemp -d "${TMPDIR:-/tmp}/barerack-demo.XXXXXX")
export BM_RACK=$work/rack
begin=$SECONDS
results=()
exec 3>&1
failed=0

finish() {
	"$bin/bmrack" down >/dev/null 2>&1
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

title() {
	printf '\n== %s\n' "$*"
}

# show COMMAND...: prints it as a user would type it, runs it.
show() {
	printf '$ %s\n' "$(sed "s#$bin/##g; s#$work/##g" <<<"$*")" >&3
	"$@"
}

# verdict NAME CONDITION...: one line of the summary.
verdict() {
	local name=$1
	shift
	if "$@"; then
		results+=("right  $name")
	else
		results+=("WRONG  $name")
		failed=1
	fi
}

linux_run() { # mpirun of Open MPI 4 or 5, also where the demo is root
	OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
	    OMPI_MCA_btl=^tcp,openib,ofi \
	    mpirun --oversubscribe -n "$ranks" "$@"
}

cd "$work" || exit 1
title "Programs: the same sources for the rack (bmcc) and for Linux (mpicc)"
for p in hello pi heat; do
	cp "$examples/$p.c" .
	show "$bin/bmcc" -O2 -o $p $p.c -lm || exit 1
	mpicc -O2 -o $p.linux $p.c -lm || exit 1
done
gcc -O2 -o check "$examples/check.c" -lm || exit 1
netpipe=$("$here/netpipe.sh") || exit 1
ln -s "$netpipe" netpipe
show "$bin/bmcc" -O -DMPI -o NPmpi netpipe/netpipe.c netpipe/mpi.c -Inetpipe \
    2>/dev/null || exit 1

title "A rack of $nodes nodes with $cores cores each ($nic), booted by PXE"
show "$bin/bmrack" up -n "$nodes" --cores "$cores" --nic "$nic" || exit 1
show "$bin/bminfo" -N -l

title "(a) hello from every rank"
show "$bin/bmrun" -n "$ranks" ./hello | tee hello.out
said() { [ "$(sort -u hello.out | grep -c '^hello from rank')" -eq "$ranks" ]; }
verdict "(a) hello: $ranks ranks" said

title "(b) pi to 1,000 digits, by MPI_Allreduce"
show "$bin/bmrun" -n "$ranks" ./pi 1000 >pi.out
linux_run ./pi.linux 1000 >pi.linux.out
printf 'rack   %.60s...\nmpirun %.60s...\n' "$(cat pi.out)" "$(cat pi.linux.out)"
agree() { cmp -s pi.out pi.linux.out && ./check pi <pi.out; }
verdict "(b) pi: 1,000 digits, the same under mpirun" agree

title "(c) heat on a plate: halo exchange, the result in a file"
show "$bin/bmrun" -n "$ranks" ./heat heat.txt 500
linux_run ./heat.linux heat.linux.txt 500
printf 'rack   %s\nmpirun %s\n' "$(sha256sum <heat.txt | cut -c 1-32)" \
    "$(sha256sum <heat.linux.txt | cut -c 1-32)"
same() { cmp -s heat.txt heat.linux.txt && ./check heat 500 <heat.txt; }
verdict "(c) heat: the file is right and the same under mpirun" same

title "(d) NetPIPE, unmodified, between two nodes"
show "$bin/bmrun" -N 2 -n 2 ./NPmpi -i -u 65536 -n 20 -o np.out | tail -n 30
valid() { [ -s np.out ] && ! grep -qi 'integrity.*fail' np.out; }
verdict "(d) NetPIPE: valid data on both nodes" valid

title "Summary after $((SECONDS - begin)) s"
printf '%s nodes, %s ranks\n' "$nodes" "$ranks"
printf '  %s\n' "${results[@]}"
[ $failed -eq 0 ] && echo "all right"
exit $failed
