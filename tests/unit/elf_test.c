/* elf_test.c - what elf.c takes and what it refuses. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/elf.h"
#include "kernel/lib/err.h"
#include "kernel/lib/prng.h"
#include "tests/test.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A small static PIE: text page, data page with TLS, one relocation. */
static u8 *
make_image(void)
{
	u8 *f = calloc(1, 0x3000);
	Elf64_Ehdr *e = (void *)f;
	Elf64_Phdr *p = (void *)(f + 64);
	Elf64_Dyn *d = (void *)(f + 0x2000);
	Elf64_Rela *r = (void *)(f + 0x400);
	u32 *note = (void *)(f + 0x300);

	memcpy(e->e_ident, "\177ELF\2\1\1", 7);
	e->e_type = ET_DYN;
	e->e_machine = EM_X86_64;
	e->e_entry = 0x1010;
	e->e_phoff = 64;
	e->e_phentsize = sizeof(*p);
	e->e_phnum = 6;
	p[0] = (Elf64_Phdr){ PT_LOAD, PF_R, 0, 0, 0, 0x500, 0x500, 4096 };
	p[1] = (Elf64_Phdr){ PT_LOAD, PF_R | PF_X, 0x1000, 0x1000, 0x1000,
		0x100, 0x100, 4096 };
	p[2] = (Elf64_Phdr){ PT_LOAD, PF_R | PF_W, 0x2000, 0x2000, 0x2000,
		0x200, 0x5000, 4096 };
	p[3] = (Elf64_Phdr){ PT_DYNAMIC, PF_R, 0x2000, 0x2000, 0x2000, 48,
		48, 8 };
	p[4] = (Elf64_Phdr){ PT_TLS, PF_R, 0x2100, 0x2100, 0x2100, 8, 24, 8 };
	p[5] = (Elf64_Phdr){ PT_NOTE, PF_R, 0x300, 0x300, 0x300, 28, 28, 4 };
	d[0] = (Elf64_Dyn){ DT_RELA, { 0x400 } };
	d[1] = (Elf64_Dyn){ DT_RELASZ, { 24 } };
	r[0] = (Elf64_Rela){ 0x2180, R_X86_64_RELATIVE, 0x1010 };
	note[0] = 9;
	note[1] = 4;
	note[2] = 1;
	memcpy(f + 0x30c, "Barerack", 9);
	return f;
}

static const char *
refusal(const u8 *file, u64 len)
{
	struct elf_image img;
	const char *why;

	return elf_parse(&img, file, len, &why) ? why : NULL;
}

/* An image whose two notes ask for these versions of the call table. */
static const char *
refusal_of_versions(u32 first, u32 second)
{
	u8 *f = make_image();
	Elf64_Phdr *p = (void *)(f + 64);
	const char *why;

	p[5].p_filesz = p[5].p_memsz = 56;
	memcpy(f + 0x300 + 24, &first, 4);
	memcpy(f + 0x300 + 28, f + 0x300, 24);
	memcpy(f + 0x300 + 52, &second, 4);
	why = refusal(f, 0x3000);
	free(f);
	return why;
}

TEST(elf_parse__programs_for_older_tables_run)
{
	CHECK(!refusal_of_versions(1, 1));
	CHECK(!refusal_of_versions(ELF_ABI_VERSION, 1));
	CHECK(!refusal_of_versions(1, ELF_ABI_VERSION));
}

TEST(elf_parse__programs_for_newer_tables_are_refused)
{
	const char *why = refusal_of_versions(ELF_ABI_VERSION + 1, 1);

	CHECK(why && strstr(why, "built for a newer Barerack"));
	why = refusal_of_versions(1, ELF_ABI_VERSION + 1);
	CHECK(why && strstr(why, "built for a newer Barerack"));
	CHECK(refusal_of_versions(1, 0xffffffff));
}

TEST(elf_parse__sound_image)
{
	u8 *f = make_image();
	struct elf_image img;
	const char *why = "";

	CHECK_EQ(elf_parse(&img, f, 0x3000, &why), 0);
	CHECK_EQ(img.segments, 3);
	CHECK_EQ(img.span, 0x7000);
	CHECK_EQ(img.tls_mem_bytes, 24);
	CHECK_EQ(img.relas, 1);
	CHECK(img.note && !img.exec_stack);
	free(f);
}

TEST(elf_relocate__adds_base)
{
	u8 *f = make_image();
	u8 *data = calloc(1, 0x5000);
	u8 *mem[ELF_SEGMENTS_MAX] = { NULL, NULL, data };
	struct elf_image img;
	const char *why;
	u64 word;

	CHECK_EQ(elf_parse(&img, f, 0x3000, &why), 0);
	elf_relocate(&img, 0x400000000000, mem);
	memcpy(&word, data + 0x180, 8);
	CHECK_EQ(word, 0x400000001010);
	free(data);
	free(f);
}

TEST(elf_parse__refuses_by_name)
{
	u8 *f = make_image();
	Elf64_Phdr *p = (void *)(f + 64);
	Elf64_Rela *r = (void *)(f + 0x400);

	CHECK(strstr(refusal(f, 100), "truncated"));
	CHECK(strstr(refusal((const u8 *)"noise", 5), "not an ELF"));
	f[4] = 1;
	CHECK(strstr(refusal(f, 0x3000), "32-bit"));
	f[4] = 2;
	CHECK(strstr(refusal(f, 0x2100), "truncated"));
	p[4].p_type = PT_INTERP;
	CHECK(strstr(refusal(f, 0x3000), "dynamically linked"));
	p[4].p_type = PT_NULL;
	r->r_info = R_X86_64_64;
	CHECK(strstr(refusal(f, 0x3000), "dynamic linker"));
	r->r_info = R_X86_64_RELATIVE;
	r->r_offset = 0x1000;
	CHECK(strstr(refusal(f, 0x3000), "outside its data"));
	r->r_offset = 0x6ffc;
	CHECK(strstr(refusal(f, 0x3000), "outside its data"));
	r->r_offset = 0x2180;
	p[2].p_vaddr = 0x1080;
	CHECK(strstr(refusal(f, 0x3000), "overlap"));
	p[2].p_vaddr = 0x2000;
	f[0x30c] = 'x';
	CHECK(strstr(refusal(f, 0x3000), "Barerack note"));
	free(f);
}

/* Whatever bytes change, parsing and relocating stay inside the file. */
TEST(elf_parse__mutations_stay_inside)
{
	struct prng rng;

	prng_seed(&rng, test_seed());
	for (int round = 0; round < 20000; round++) {
		u8 *f = make_image();
		u64 len = 1 + prng_below(&rng, 0x3000);
		u8 *exact = malloc(len);
		u8 *mem[ELF_SEGMENTS_MAX] = { 0 };
		struct elf_image img;
		const char *why;

		for (u64 n = 1 + prng_below(&rng, 6); n; n--) {
			u64 at = prng_below(&rng, 3) ?
			    prng_below(&rng, 0x600) : prng_below(&rng, 0x3000);

			f[at] = (u8)prng_next(&rng);
		}
		if (prng_below(&rng, 2))
			len = 0x3000, exact = realloc(exact, len);
		memcpy(exact, f, len);
		if (elf_parse(&img, exact, len, &why) == 0 &&
		    img.span < (1 << 20)) {
			for (u32 i = 0; i < img.segments; i++)
				mem[i] = calloc(1, img.seg[i].mem_bytes);
			elf_relocate(&img, 0x1000, mem);
			for (u32 i = 0; i < img.segments; i++)
				free(mem[i]);
		}
		free(exact);
		free(f);
	}
}
