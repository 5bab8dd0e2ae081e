/* elf.h - reads a static PIE and refuses whatever a node could not run. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_LIB_ELF_H
#define KERNEL_LIB_ELF_H

#include "kernel/lib/base.h"

/*
 * bmrun checks a program with this before it is sent, the node's loader checks
 * it again: the same sentence comes out at both ends. Every offset and length
 * is proven to lie inside the file and inside ELF_SPAN_MAX before it is
 * believed. Source: System V ABI, AMD64 supplement, chapters 4 and 5.
 */

enum {
	/* Of the call table, kernel/abi.h: raised with each call that is added
	 * there, and in mpi-lite/node/note.h. */
	ELF_ABI_VERSION = 3,
	ELF_SEGMENTS_MAX = 8,
	ELF_PAGE = 4096,
	ELF_SEGMENT_X = 1,
	ELF_SEGMENT_W = 2,
	ELF_SEGMENT_R = 4,
};
#define ELF_SPAN_MAX (1ull << 31)       /* bytes of one image in memory */
#define ELF_TLS_MAX (64ull << 20)

struct elf_segment {
	u64 vaddr;      /* from the image's start; any alignment */
	u64 offset;     /* in the file */
	u64 file_bytes, mem_bytes;
	u32 flags;      /* ELF_SEGMENT_* */
};

struct elf_image {
	const u8 *file;
	u64 file_bytes;
	u64 entry;      /* from the image's start, in an executable segment */
	u64 span;       /* bytes from 0 to the last segment's end, in pages */
	u32 segments;   /* ascending, without two in one page */
	struct elf_segment seg[ELF_SEGMENTS_MAX];
	u64 tls_vaddr, tls_file_bytes, tls_mem_bytes, tls_align;
	u64 rela_offset; /* in the file */
	u64 relas;
	bool exec_stack;
	bool note;       /* compiled by bmcc */
	u32 abi;         /* the call table that it was built for */
};

/*
 * Describes file[0..len) in img, which keeps pointing into it. 0, or ERR_PROTO
 * with *why set to a sentence that names the reason and the remedy.
 */
int elf_parse(struct elf_image *img, const void *file, u64 len,
    const char **why);

/*
 * Adds `base` to every relocated word of the writable segments, whose
 * contents stand at seg_mem[i] (ELF_SEGMENTS_MAX entries; NULL for the
 * read-only ones). elf_parse has checked the table.
 */
void elf_relocate(const struct elf_image *img, u64 base,
    u8 *const seg_mem[ELF_SEGMENTS_MAX]);

#endif
