#!/bin/bash
# 0404-attack.t - stores at what the next life is made from trap, each of them;
# registers, too, are empty when the next job comes.
set -u
. tests/rack/rack.sh

app attack <<'C'
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL_TEXT 0xffffffff80001000ull
#define MARK 0x5ec7e7a11dea1b0bull

struct table {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

static uint64_t
tables(void)
{
	uint64_t cr3;

	__asm__("mov %%cr3, %0" : "=r"(cr3));
	return cr3 & ~0xfffull;
}

/* The copy of the kernel that the next life is made from lies near the page
 * tables, and begins like the kernel. */
static uint64_t
pristine(void)
{
	for (uint64_t at = tables(); at < tables() + (1 << 20); at += 4096)
		if (memcmp((void *)at, (void *)KERNEL_TEXT, 4096) == 0)
			return at;
	return 0;
}

static uint64_t
target(const char *what, const char *facts)
{
	struct table t;

	if (strcmp(what, "idt") == 0) {
		__asm__("sidt %0" : "=m"(t));
		return t.base;
	}
	if (strcmp(what, "gdt") == 0) {
		__asm__("sgdt %0" : "=m"(t));
		return t.base + 8;
	}
	if (strcmp(what, "tables") == 0)
		return tables();
	if (strcmp(what, "pristine") == 0)
		return pristine();
	if (strcmp(what, "facts") == 0)
		return strtoull(facts, NULL, 16);
	return KERNEL_TEXT + 0x100;
}

static void
fill_registers(void)
{
	uint64_t m = MARK;
	double x = 1.5;

	__asm__ volatile("movq %0, %%xmm8; movddup %%xmm8, %%xmm8\n\t"
			 "movaps %%xmm8, %%xmm12; movaps %%xmm8, %%xmm15\n\t"
			 "mov %0, %%dr0; mov %0, %%dr3; mov %0, %%cr2\n\t"
			 "fldl %1; fldl %1"
			 : : "r"(m), "m"(x) : "xmm8", "xmm12", "xmm15");
}

/* Of all registers that code between the jobs does not use up. */
static int
count_marks(void)
{
	uint64_t v[6], env[4] = { 0 };
	int n = 0;

	__asm__ volatile("movq %%xmm8, %0; movq %%xmm12, %1; movhps %%xmm15, %2"
			 : "=m"(v[0]), "=m"(v[1]), "=m"(v[2]));
	__asm__ volatile("mov %%dr0, %0; mov %%dr3, %1; mov %%cr2, %2"
			 : "=r"(v[3]), "=r"(v[4]), "=r"(v[5]));
	__asm__ volatile("fnstenv %0" : "=m"(env));
	for (int i = 0; i < 6; i++)
		n += v[i] == MARK;
	return n + ((uint16_t)env[1] != 0xffff);        /* the x87 tags */
}

int
main(int argc, char **argv)
{
	int marks = count_marks();
	uint64_t at;

	if (argc < 2) {
		printf("%d marks\n", marks);
		return 0;
	}
	if (strcmp(argv[1], "registers") == 0) {
		fill_registers();
		printf("%d marks\n", count_marks());
		return 0;
	}
	at = target(argv[1], argv[2]);
	printf("%#lx\n", (unsigned long)at);
	fflush(stdout);
	if (at)
		*(volatile uint64_t *)at = MARK;
	return 0;
}
C
facts=$(nm "${BM_OUT:-out}/node/barerack.elf" |
	awk '$3 ~ /^facts(\.|$)/ { print $1 }')
rack_up -n 1 --cores 1
cd "$tmp"
for what in text idt gdt tables pristine facts; do
	run 40 bmrun -n 1 ./attack $what "$facts"
	like "a store at $what traps" "^139 0x[0-9a-f]{6}.*at $(tail -1 <<<"$out")" \
		"$rc $out $err"
done
run 40 bmrun -n 1 ./attack registers
like "a job fills registers" '[5-7] marks' "$out"
run 40 bmrun -n 1 ./attack
is "the next one finds none of it" "0 marks" "$out"
like "and the node was not lost" 'recycled [1-9]' \
	"$(grep -a recycled "$BM_RACK/node1.log" | tail -1)"
is "nor started anew" 1 "$(grep -ac 'bios16' "$BM_RACK/node1.log")"
