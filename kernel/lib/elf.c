/* elf.c - reads a static PIE and refuses whatever a node could not run. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/lib/elf.h"

#include "kernel/lib/err.h"
#include "kernel/lib/string.h"

enum {
	ET_EXEC = 2,
	ET_DYN = 3,
	EM_X86_64 = 62,
	PT_LOAD = 1,
	PT_DYNAMIC = 2,
	PT_INTERP = 3,
	PT_NOTE = 4,
	PT_TLS = 7,
	PT_GNU_STACK = 0x6474e551,
	DT_RELA = 7,
	DT_RELASZ = 8,
	DT_NEEDED = 1,
	R_X86_64_RELATIVE = 8,
	PHDRS_MAX = 64,
};

struct ehdr {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct phdr {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

struct dyn {
	u64 tag, val;
};

struct rela {
	u64 offset, info, addend;
};

/* Copies out of the file: headers may stand at any alignment. */
static bool
file_get(const struct elf_image *img, u64 offset, void *out, u64 len)
{
	if (offset > img->file_bytes || len > img->file_bytes - offset)
		return false;
	memcpy(out, img->file + offset, len);
	return true;
}

static const char *
check_header(const struct elf_image *img, struct ehdr *e)
{
	if (!file_get(img, 0, e, sizeof(*e)) ||
	    memcmp(e->ident, "\177ELF", 4) != 0)
		return "not an ELF program; build it with bmcc";
	if (e->ident[4] != 2 || e->ident[5] != 1)
		return "a 32-bit or big-endian program; nodes are x86-64: "
		       "build it with bmcc";
	if (e->machine != EM_X86_64)
		return "a program for another processor; nodes are x86-64: "
		       "build it with bmcc";
	if (e->type != ET_DYN)
		return "not position-independent (nodes load static PIEs); "
		       "build and link it with bmcc";
	if (e->phentsize != sizeof(struct phdr) || e->phnum == 0 ||
	    e->phnum > PHDRS_MAX)
		return "damaged: its program headers make no sense";
	return NULL;
}

static const char *
add_segment(struct elf_image *img, const struct phdr *p)
{
	struct elf_segment *s = &img->seg[img->segments];
	u64 before = 0;

	if (p->memsz == 0)
		return NULL;
	if (img->segments == ELF_SEGMENTS_MAX)
		return "has more than 8 segments; build it with bmcc";
	if (p->filesz > p->memsz || p->offset > img->file_bytes ||
	    p->filesz > img->file_bytes - p->offset)
		return "truncated or damaged: a segment lies outside the file";
	if (p->vaddr >= ELF_SPAN_MAX || p->memsz > ELF_SPAN_MAX - p->vaddr)
		return "needs more than 2 GiB for its static data";
	if ((p->flags & ELF_SEGMENT_W) && (p->flags & ELF_SEGMENT_X))
		return "has a segment that is writable and executable";
	if (img->segments)
		before = ALIGN_UP(s[-1].vaddr + s[-1].mem_bytes,
		    (u64)ELF_PAGE);
	if (ALIGN_DOWN(p->vaddr, (u64)ELF_PAGE) < before)
		return "damaged: its segments overlap";
	*s = (struct elf_segment){ p->vaddr, p->offset, p->filesz, p->memsz,
		p->flags & 7 };
	img->segments++;
	img->span = ALIGN_UP(p->vaddr + p->memsz, (u64)ELF_PAGE);
	return NULL;
}

static const char *
add_tls(struct elf_image *img, const struct phdr *p)
{
	if (p->filesz > p->memsz || p->memsz > ELF_TLS_MAX)
		return "needs more than 64 MiB of thread-local data";
	if (p->align > ELF_PAGE || (p->align & (p->align - 1)))
		return "damaged: the alignment of its thread-local data";
	if (p->vaddr > ELF_SPAN_MAX ||
	    p->offset > img->file_bytes ||
	    p->filesz > img->file_bytes - p->offset)
		return "damaged: its thread-local data lie outside the file";
	img->tls_vaddr = p->vaddr;
	img->tls_file_bytes = p->filesz;
	img->tls_mem_bytes = p->memsz;
	img->tls_align = MAX(p->align, 1u);
	return NULL;
}

/*
 * Looks for the notes that bmcc leaves, one for each object: owner "Barerack",
 * its value the version of the call table. The program needs the newest.
 */
static void
find_note(struct elf_image *img, const struct phdr *p)
{
	u64 at = p->offset, end;
	u32 head[3], abi;
	char name[9];

	if (p->filesz > img->file_bytes || at > img->file_bytes - p->filesz)
		return;
	end = at + p->filesz;
	while (end - at >= sizeof(head) && file_get(img, at, head, 12)) {
		u64 size = 12 + ALIGN_UP((u64)head[0], 4ull) +
		    ALIGN_UP((u64)head[1], 4ull);

		if (head[0] == 9 && file_get(img, at + 12, name, 9) &&
		    memcmp(name, "Barerack", 9) == 0 && head[1] >= 4 &&
		    file_get(img, at + 24, &abi, 4)) {
			img->note = true;
			img->abi = MAX(img->abi, abi);
		}
		if (size > end - at)
			return;
		at += size;
	}
}

/* File offset of an address that a read-only or data segment covers. */
static bool
file_offset(const struct elf_image *img, u64 vaddr, u64 len, u64 *offset)
{
	for (u32 i = 0; i < img->segments; i++) {
		const struct elf_segment *s = &img->seg[i];

		if (vaddr >= s->vaddr && len <= s->file_bytes &&
		    vaddr - s->vaddr <= s->file_bytes - len) {
			*offset = s->offset + (vaddr - s->vaddr);
			return true;
		}
	}
	return false;
}

/* The writable segment in which a relocated word lies, or -1. */
static int
word_segment(const struct elf_image *img, u64 vaddr)
{
	for (u32 i = 0; i < img->segments; i++) {
		const struct elf_segment *s = &img->seg[i];

		if ((s->flags & ELF_SEGMENT_W) && s->mem_bytes >= 8 &&
		    vaddr >= s->vaddr && vaddr - s->vaddr <= s->mem_bytes - 8)
			return (int)i;
	}
	return -1;
}

static const char *
check_relocations(struct elf_image *img)
{
	struct rela r;

	for (u64 i = 0; i < img->relas; i++) {
		if (!file_get(img, img->rela_offset + i * sizeof(r), &r,
			sizeof(r)))
			return "truncated: its relocations are missing";
		if ((u32)r.info != R_X86_64_RELATIVE)
			return "has relocations that need a dynamic linker; "
			       "link it with bmcc";
		if (word_segment(img, r.offset) < 0)
			return "damaged: a relocation outside its data";
	}
	return NULL;
}

static const char *
read_dynamic(struct elf_image *img, const struct phdr *p)
{
	u64 rela = 0, bytes = 0;
	struct dyn d;

	if (p->filesz > img->file_bytes)
		return "truncated: its dynamic section is missing";
	for (u64 at = 0; at + sizeof(d) <= p->filesz; at += sizeof(d)) {
		if (!file_get(img, p->offset + at, &d, sizeof(d)))
			return "truncated: its dynamic section is missing";
		if (d.tag == 0)
			break;
		if (d.tag == DT_RELA)
			rela = d.val;
		if (d.tag == DT_RELASZ)
			bytes = d.val;
		if (d.tag == DT_NEEDED)
			return "needs shared libraries, which nodes have not; "
			       "build it with bmcc";
	}
	img->relas = bytes / sizeof(struct rela);
	if (img->relas && !file_offset(img, rela, bytes, &img->rela_offset))
		return "damaged: its relocations lie outside the file";
	return check_relocations(img);
}

static const char *
read_segments(struct elf_image *img, const struct ehdr *e)
{
	struct phdr p, dynamic = { 0 };
	const char *bad = NULL;

	for (u32 i = 0; i < e->phnum && !bad; i++) {
		if (!file_get(img, e->phoff + i * sizeof(p), &p, sizeof(p)))
			return "truncated: its program headers are missing";
		if (p.type == PT_LOAD)
			bad = add_segment(img, &p);
		else if (p.type == PT_INTERP)
			bad = "a dynamically linked Linux program; "
			      "build it with bmcc";
		else if (p.type == PT_TLS)
			bad = add_tls(img, &p);
		else if (p.type == PT_DYNAMIC)
			dynamic = p;
		else if (p.type == PT_NOTE)
			find_note(img, &p);
		else if (p.type == PT_GNU_STACK)
			img->exec_stack = p.flags & ELF_SEGMENT_X;
	}
	if (!bad && dynamic.type)
		bad = read_dynamic(img, &dynamic);
	return bad;
}

static const char *
check_entry(const struct elf_image *img)
{
	for (u32 i = 0; i < img->segments; i++) {
		const struct elf_segment *s = &img->seg[i];

		if ((s->flags & ELF_SEGMENT_X) && img->entry >= s->vaddr &&
		    img->entry - s->vaddr < s->mem_bytes)
			return NULL;
	}
	return "damaged: its entry point is not in its text";
}

int
elf_parse(struct elf_image *img, const void *file, u64 len, const char **why)
{
	struct ehdr e;

	memset(img, 0, sizeof(*img));
	img->file = file;
	img->file_bytes = len;
	*why = check_header(img, &e);
	if (!*why)
		*why = read_segments(img, &e);
	if (*why)
		return ERR_PROTO;
	img->entry = e.entry;
	*why = check_entry(img);
	if (!*why && !img->note)
		*why = "a Linux program (no Barerack note in it); "
		       "build it with bmcc";
	else if (!*why && img->abi > ELF_ABI_VERSION)
		*why = "built for a newer Barerack than runs here: "
		       "update the head node and boot its nodes anew";
	return *why ? ERR_PROTO : 0;
}

void
elf_relocate(const struct elf_image *img, u64 base,
    u8 *const seg_mem[ELF_SEGMENTS_MAX])
{
	struct rela r;

	for (u64 i = 0; i < img->relas; i++) {
		int s;
		u64 value;

		memcpy(&r, img->file + img->rela_offset + i * sizeof(r),
		    sizeof(r));
		s = word_segment(img, r.offset);
		ASSERT(s >= 0 && seg_mem[s]);
		value = base + r.addend;
		memcpy(seg_mem[s] + (r.offset - img->seg[s].vaddr), &value, 8);
	}
}
