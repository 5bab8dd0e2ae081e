#!/bin/bash
# 0500-cores.t - a crash tells its calls as file:line and leaves an ELF core.
set -u
. tests/rack/rack.sh

src=$PWD

# Eight calls deep, in an object that keeps no frame pointers. Line numbers
# are part of the test: level N calls on line 10 + N.
cat >"$tmp/deep.c" <<'C'
/* deep.c */
int seven(int *p);
int counter = 41;
int after(int);
int one(int *p);
#define CALL(name, next) __attribute__((noinline)) int name(int *p) { int k[3] = { *p, 1, 2 }; return next(k) + k[0]; }
__attribute__((noinline)) int eight(int *p);
__attribute__((noinline)) int eight(int *p)
{ counter++; return after(*p) + *(volatile int *)8; }
/* 10 */
CALL(seven, eight)
CALL(six, seven)
CALL(five, six)
CALL(four, five)
CALL(three, four)
CALL(two, three)
CALL(one, two)
C
cat >"$tmp/main.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int one(int *p);
int after(int k);
int after(int k)
{
	return k;
}

/* Its address is passed as a plain pointer: the stack must be executable. */
static int
apply(int (*fn)(int), int k)
{
	return fn(k);
}

static __attribute__((noinline)) int
endless(volatile char *p)
{
	volatile char k[1000];

	k[0] = p[0];
	return endless(k) + k[1];
}

static inline __attribute__((always_inline)) void
folded(int *p)
{
	*p = 1;
}

int
main(int argc, char **argv)
{
	int start = argc, base = atoi(argv[2]);
	char small[1000] = { 1 };
	int add(int k)
	{
		return k + base;
	}

	if (strcmp(argv[1], "deep") == 0)
		return one(&start);
	if (strcmp(argv[1], "nested") == 0)
		printf("nested %d\n", apply(add, 40));
	if (strcmp(argv[1], "stack") == 0)
		return endless(small);
	if (strcmp(argv[1], "jump") == 0)
		return apply((int (*)(int))(long)base, 1);
	if (strcmp(argv[1], "folded") == 0)
		folded((int *)(long)base);
	if (strcmp(argv[1], "kernel") == 0)
		fwrite((char *)0x123456789000, 1, 1 << 20, stdout);
	return 0;
}
C
(cd "$tmp" && bmcc -O2 -g -fomit-frame-pointer -c deep.c &&
	bmcc -g -o crash main.c deep.o) >"$tmp/cc" 2>&1 ||
	{ not_ok "bmcc compiles" "$tmp/cc"; exit 1; }

app plain <<'C'
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv)
{
	char copy[100];
	memcpy(copy, argv[0], (size_t)argc);
	return puts(copy) < 0;
}
C
is "other programs have no executable stack" RW \
	"$(readelf -lW "$tmp/plain" | awk '$1 == "GNU_STACK" { print $7 }')"
rack_up -n 2
cd "$tmp"
run 40 bmrun -n 4 ./crash nested 2
is "a nested function is called through a pointer" \
	"$(yes 'nested 42' | head -4)" "$out"
grep -aq 'executable stack' "$BM_RACK/node1.log" &&
	ok "the node's log tells of the executable stack" ||
	not_ok "the node's log tells of the executable stack"

run 40 bmrun -n 1 ./crash deep 0
is "a crash eight calls deep ends with 139" 139 $rc
got=$(sed -n 's/.*  #[0-9]* \([a-z]* at\) .*\/\([a-z.]*:[0-9]*\)$/\1 \2/p' <<<"$err")
is "its backtrace has every call as file:line" "eight at deep.c:9
seven at deep.c:11
six at deep.c:12
five at deep.c:13
four at deep.c:14
three at deep.c:15
two at deep.c:16
one at deep.c:17
main at main.c:45" "$(head -9 <<<"$got")"
core=$(sed -n 's/.*core: //p' <<<"$err")
like "bmrun names the core" "^$tmp/core\.[0-9]+\.0$" "$core"
gdb -nx -batch -ex bt -ex 'frame 1' -ex 'print k[0]' -ex 'print counter' \
	./crash "$core" >gdb 2>&1
got=$(sed -n 's/^#[0-9]* .*\(in \|  \)\([a-z]*\) (.* \(at\) \(.*\/\)*\([a-z.]*:[0-9]*\)$/\2 \3 \5/p' gdb)
like "the core opens in gdb with the same calls" '^eight at deep.c:9
seven at deep.c:11
six at deep.c:12
five at deep.c:13
four at deep.c:14
three at deep.c:15
two at deep.c:16
one at deep.c:17
main at main.c:45' "$got"
like "gdb says why" 'SIGSEGV' "$(cat gdb)"
like "gdb reads variables of the stack and of the data" \
	'^\$1 = 3 \$2 = 42' "$(grep '^\$' gdb | tr '\n' ' ')"

run 40 bmrun -n 1 ./crash folded 0
like "an inlined function has its own line" \
	'#0 folded at .*main.c:31.*#1 main at .*main.c:53' "$(tr '\n' ' ' <<<"$err")"
run 40 bmrun -n 1 ./crash stack 0
like "a stack overflow says so" 'stack overflow' "$err"
like "and tells who called whom" '#1 endless at .*main.c:25' "$err"
run 40 bmrun -n 1 ./crash jump 0
like "a call through NULL says so" 'NULL pointer' "$err"
like "and names the caller" '#1 apply at .*main.c:16' "$err"
run 40 bmrun -n 1 ./crash jump 1234567
like "a wild jump says so" 'jump to a wild address' "$err"
like "and names the caller" '#1 apply at .*main.c:16' "$err"
run 40 bmrun -n 1 ./crash kernel 0
like "a bad pointer given to the kernel names the call" \
	'#[0-9]+ main at .*main.c:55' "$err"
cat >thread.c <<'C'
/* thread.c */
#include <stdint.h>
#include "mpi-lite/node/start.h"
static __attribute__((noinline)) int
sink(volatile int *p)
{
	volatile int k[200];
	k[0] = *p;
	return *p ? sink(k) + k[1] : *(volatile int *)8;
}
static void
body(void *arg)
{
	volatile int deep = arg != 0;
	sink(&deep);
}
int
main(int argc, char **argv)
{
	(void)argv;
	start_abi->thread_create(1, body, argc > 1 ? (void *)1 : 0, 0);
	for (;;)
		start_abi->sleep_ns(1000000000);
}
C
bmcc -g -I"$src" -o thread thread.c >cc 2>&1 || not_ok "bmcc compiles a thread" cc
run 40 bmrun -n 1 -c 2 ./thread
like "a crash in a thread shows that thread's calls" \
	'#0 sink at .*thread.c:9.*#1 body at .*thread.c:15' "$(tr '\n' ' ' <<<"$err")"
run 40 bmrun -n 1 -c 2 ./thread deep
like "so does a thread's stack overflow" \
	'stack overflow.*#1 sink at .*thread.c:9' "$(tr '\n' ' ' <<<"$err")"
run 40 bmrun -n 4 ./crash folded 0
n=$(grep -c 'core: ' <<<"$err")
[ "$n" -ge 1 ] && [ "$n" -le 4 ] && [ -f "$(sed -n 's/.*core: //p' <<<"$err" | head -1)" ] &&
	ok "each rank that crashed has a core ($n)" ||
	not_ok "each rank that crashed has a core ($n)" err
run 40 bmrun -n 1 -D /proc "$tmp/crash" folded 0
like "a directory that takes no core is said" '/proc/core.*cannot be written' \
	"$err"
idle 2 20 && ok "no node was lost" || not_ok "no node was lost"
