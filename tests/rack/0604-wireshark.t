#!/bin/bash
# 0604-wireshark.t - tshark names what a rack's switch saw while a job ran.
set -u
. tests/rack/rack.sh

frames() { # FILTER FIELD...: the fields of the frames that it leaves
	local filter=$1 field args=()
	shift
	for field in "$@"; do
		args+=(-e "$field")
	done
	timeout 60 tshark -X lua_script:docs/wireshark/barerack.lua \
	    -r "$tmp/frames.pcap" -Y "$filter" -T fields -E separator=, \
	    "${args[@]}" 2>"$tmp/tshark"
}

app ring <<'C'
#include <mpi.h>
#include <stdlib.h>

/* One eager message and one that is pulled, from rank 0 to rank 1. */
int
main(int argc, char **argv)
{
	int rank, n = 100000;
	char *buf = calloc(1, n);

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	for (int len = 100; buf && len <= n; len += n - 100)
		if (rank == 0)
			MPI_Send(buf, len, MPI_CHAR, 1, 0, MPI_COMM_WORLD);
		else
			MPI_Recv(buf, len, MPI_CHAR, 0, 0, MPI_COMM_WORLD,
			    MPI_STATUS_IGNORE);
	MPI_Finalize();
	return 0;
}
C

rack_up -n 2 --boot direct --pcap "$tmp/frames.pcap"
run 40 bmrun -N 2 -n 2 "$tmp/ring"
is "the job runs" 0 $rc
bmrack down

is "every frame of ours is understood, its sum right" "" \
	"$(frames 'barerack.bad_crc || barerack.malformed ||
	    (udp.port >= 7770 && udp.port <= 9969 && !barerack)' frame.number)"
is "no complaint from tshark, of the script or of the file" "" \
	"$(grep -v 'Running as user' "$tmp/tshark")"
is "DATA, ACK, PULL and BULK" $'1\n2\n3\n4' \
	"$(frames barerack barerack.kind | sort -u)"

# Types by their numbers in net/jobmsg.h, with the way that they went.
told=$(frames barerack.job.type udp.dstport barerack.job.type | sort -u)
for t in 7770,1 7771,2 7770,4 7771,6 7770,7 7771,8 7770,10 7770,13 7771,14; do
	grep -qx "$t" <<<"$told" || echo "port,type $t was not seen"
done >"$tmp/why"
if [ -s "$tmp/why" ]; then
	not_ok "a job's control messages" "$tmp/why"
else
	ok "a job's control messages"
fi
is "REGISTER is in clear: cores and how the node booted" \
	$'bios16\nbios16' \
	"$(frames 'barerack.job.type == 1 && barerack.job.sealed == 0' \
	    barerack.register.boot_path | sort | head -2)"
is "other control messages are sealed, and are shown so" "" \
	"$(frames 'barerack.job.type > 3 && (barerack.job.sealed == 0 ||
	    barerack.data)' frame.number)"
like "the program's image, too" '^[1-9]' \
	"$(frames 'barerack.kind == 4 && udp.srcport == 7770 &&
	    barerack.sealed && barerack.asked' frame.number | wc -l)"
is "ranks' data are not sealed" "" \
	"$(frames 'udp.port >= 7800 && barerack.sealed' frame.number)"
is "the large message: 100000 bytes offered, pulled and taken" \
	"100000 100000 100000" "$(echo \
	    $(frames 'udp.srcport == 7800 && barerack.msg.offer > 0' \
	        barerack.msg.len | sort -u) \
	    $(frames 'udp.dstport == 7800 && barerack.kind == 3' \
	        barerack.pull.len | sort -u) \
	    $(frames 'udp.dstport == 7800 && barerack.flags.taken == 1' \
	        barerack.taken.moved | sort -u))"
is "no DATA is acknowledged before it was sent" "" \
	"$(frames 'udp.srcport == 7770 || udp.dstport == 7770' ip.src ip.dst \
	    barerack.kind barerack.src_epoch barerack.dst_epoch barerack.seq \
	    barerack.ack | awk -F, '
		$3 == 1 && $6 >= top[$1,$2,$4] { top[$1,$2,$4] = $6 + 1 }
		$3 < 4 && $7 > top[$2,$1,$5] + 0 { print }' | head -3)"
