/* elf_fuzz.c - libFuzzer: any bytes as a program for a node. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/elf.h"
#include "kernel/lib/prng.h"

#include <stdlib.h>
#include <string.h>

enum { SPAN_MAX = 1 << 24, HEAD_BYTES = 1024 };

int LLVMFuzzerTestOneInput(const u8 *data, size_t len);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t len, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(u8 *data, size_t len, size_t max);

/* Headers, notes and relocations of the seed lie in its first KiB, in words of
 * 4 and 8 bytes: one of them moves a little, or takes another's value. */
size_t
LLVMFuzzerCustomMutator(u8 *data, size_t len, size_t max, unsigned seed)
{
	struct prng rng;
	u64 word, other;
	size_t at;

	prng_seed(&rng, seed);
	if (len < HEAD_BYTES || prng_below(&rng, 4) == 0)
		return LLVMFuzzerMutate(data, len, max);
	at = prng_below(&rng, HEAD_BYTES / 4 - 1) * 4;
	memcpy(&word, data + at, 8);
	memcpy(&other, data + prng_below(&rng, HEAD_BYTES / 4 - 1) * 4, 8);
	switch (prng_below(&rng, 3)) {
	case 0:
		word += prng_below(&rng, 33) - 16;
		break;
	case 1:
		word = other + prng_below(&rng, 33) - 16;
		break;
	default:
		word ^= 1ull << prng_below(&rng, 64);
	}
	memcpy(data + at, &word, 8);
	return len;
}

/* As the loader does: each segment's bytes into memory of its own, of exactly
 * its size, so that ASan sees a byte beside it. */
int
LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	u8 *mem[ELF_SEGMENTS_MAX] = { NULL }, *run[ELF_SEGMENTS_MAX] = { NULL };
	struct elf_image img;
	const char *why = NULL;

	if (elf_parse(&img, data, len, &why) != 0) {
		if (!why || !*why)
			abort();
		return 0;
	}
	if (img.span > SPAN_MAX)
		return 0;
	for (u32 i = 0; i < img.segments; i++) {
		const struct elf_segment *s = &img.seg[i];

		run[i] = calloc(1, s->mem_bytes);
		if (!run[i])
			abort();
		memcpy(run[i], img.file + s->offset, s->file_bytes);
		if (s->flags & ELF_SEGMENT_W)
			mem[i] = run[i];
	}
	elf_relocate(&img, 1ull << 46, mem);
	for (u32 i = 0; i < img.segments; i++)
		free(run[i]);
	return 0;
}
