#!/bin/bash
# 0202-refusals.t - bad input gets one clear line and the right exit code.
set -u
. tests/rack/rack.sh

app hello <<'C'
#include <stdio.h>
int main(void)
{
	puts("hello");
	return 0;
}
C
cd "$tmp"

# refused NAME CODE PATTERN COMMAND...
refused() {
	local name=$1 code=$2 pattern=$3
	shift 3
	run 20 "$@"
	if [ $rc -ne "$code" ] || ! grep -Eq -- "$pattern" <<<"$err" ||
	    [ "$(wc -l <err)" -ne 1 ]; then
		printf 'exit %s, not %s\n%s\n' $rc "$code" "$err" >why
		not_ok "$name" why
	else
		ok "$name"
	fi
}

refused "no bmd" 125 'no bmd at .*bmrack up' bmrun ./hello
rack_up -n 2
refused "a program that is not there" 127 'No such file' bmrun ./nothing
refused "a directory" 126 'no regular file' bmrun /tmp
cp hello plain && chmod 644 plain
refused "a file that is not executable" 126 'not executable' bmrun ./plain
refused "a Linux program" 126 'bmcc' bmrun /bin/ls
head -c 1000 hello >short && chmod 755 short
refused "a truncated program" 126 'error: ./short: ' bmrun ./short
head -c 100000000 /dev/urandom >noise && chmod 755 noise
refused "100 MB of noise" 126 'error: ./noise: ' bmrun ./noise
cp hello elf32 && printf '\001' | dd of=elf32 bs=1 seek=4 conv=notrunc 2>dd
refused "a 32-bit program" 126 'error: ./elf32: ' bmrun ./elf32
printf '#!/bin/sh\n' >script && chmod 755 script
refused "a script" 126 'script' bmrun ./script
refused "more ranks than cores" 1 \
	'5 tasks of 1 core .* 2 usable nodes with room for 4 tasks' \
	bmrun -n 5 ./hello
refused "more nodes than there are" 1 'cannot fit' bmrun -N 3 -n 3 ./hello
refused "a node that is not there" 1 'no node named node9' \
	bmrun -w node9 ./hello
refused "a malformed node list" 1 'malformed node list' \
	bmrun -w 'node[1-' ./hello
refused "a time limit that is none" 1 '-t 5x: .*MM:SS' bmrun -t 5x ./hello
refused "a number that is none" 1 '-n two: ' bmrun -n two ./hello
refused "an option that is none" 1 '--fast is no option' bmrun --fast ./hello
refused "no program" 1 'a program is missing' bmrun -n 2
refused "a job that is not there" 1 'no job 999' bmcancel 999
refused "an output file that cannot be made" 125 'No such file' \
	bmrun -o no/such/dir ./hello
for tool in bmrun bmq bminfo bmcancel bmctl bmd bmswitch bmrack; do
	run 10 $tool --help
	[ $rc = 0 ] && grep -q "^usage: $tool" out && ok "$tool --help" ||
		not_ok "$tool --help" out
done
run 20 bmctl drain node1 "bad fan"
refused "a drained node is not used" 1 'not now' bmrun -I -N 2 -n 2 ./hello
run 20 bmctl resume node1
run 20 bmrun -n 4 ./hello
is "after all that a job runs" "$(yes hello | head -4)" "$out"
