/* crash.c - what bmd needs to make a core file of a rank that crashed. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/job/agent.h"
#include "kernel/job/job.h"
#include "kernel/lib/string.h"
#include "kernel/window.h"

/*
 * The rank's first output chunk has been sent and is free for the message:
 *
 *	| jobmsg_fault | jobmsg_map[maps] | stack | thread block | data ... |
 *
 * Nothing is believed of a crashed rank's registers: every page of its stack
 * is looked up before it is read.
 */

enum {
	MAPS_ALWAYS = 3,                /* stack, thread block, heap */
	GUARD_PAGES = 16384,            /* how far an overflow may have gone */
};

struct crash {
	struct jobmsg_map *map;
	u32 maps;
	u8 *at, *end;
};

/* A map, and as many of its first bytes as there is room for, up to `most`. */
static void
add(struct crash *c, u64 va, u64 bytes, u64 most, u32 flags)
{
	struct jobmsg_map *m = &c->map[c->maps++];
	u64 kept = MIN(MIN(bytes, most), (u64)(c->end - c->at));

	m->va = le64_of(va);
	m->bytes = le64_of(bytes);
	m->kept = le64_of(kept);
	m->flags = le32_of(flags);
	memcpy(c->at, (const void *)va, kept);
	c->at += kept;
}

/* Bytes that are mapped from va on, as far as `most`. */
static u64
mapped(u64 va, u64 most)
{
	u64 n = 0, run;

	while (n < most && vm_physical((const void *)(va + n), &run))
		n += run;
	return MIN(n, most);
}

/* From the red zone on; after an overflow from the lowest byte of the stack
 * above: the rank's own, or a thread's. */
static void
add_stack(struct crash *c, const struct rank *r)
{
	u64 base = window_base(r->local);
	u64 sp = le64_get(r->fault.regs[JOBMSG_RSP]) - 128;
	u64 n = 0;

	for (u32 i = 0; i < GUARD_PAGES && vm_is_guard(sp) && !mapped(sp, 1);
	    i++)
		sp = ALIGN_DOWN(sp, (u64)PAGE_BYTES) + PAGE_BYTES;
	if (sp >= base && sp < base + VM_WINDOW_BYTES)
		n = mapped(sp, JOBMSG_STACK_MAX);
	add(c, sp, n, n, ELF_SEGMENT_W);
}

static u32
fill(struct rank *r, const struct elf_image *img, u8 *buf)
{
	struct jobmsg_fault *f = (struct jobmsg_fault *)buf;
	u64 base = window_base(r->local);
	struct crash c = { .map = (struct jobmsg_map *)(f + 1),
		.end = buf + JOBMSG_FAULT_MAX };

	_Static_assert(ELF_SEGMENTS_MAX + MAPS_ALWAYS <= JOBMSG_MAPS_MAX,
	    "room for every map");
	memset(buf, 0, JOBMSG_FAULT_MAX);
	*f = r->fault;
	c.at = (u8 *)(c.map + img->segments + MAPS_ALWAYS);
	add_stack(&c, r);
	add(&c, base + WINDOW_TLS, r->fs_base - base - WINDOW_TLS + 64,
	    UINT64_MAX, ELF_SEGMENT_W);
	for (u32 i = 0; i < img->segments; i++) {
		const struct elf_segment *s = &img->seg[i];
		bool w = s->flags & ELF_SEGMENT_W;

		add(&c, base + WINDOW_IMAGE + s->vaddr, s->mem_bytes,
		    w ? UINT64_MAX : 0, s->flags & (ELF_SEGMENT_W |
			ELF_SEGMENT_X));
	}
	add(&c, (u64)r->heap, (u64)(r->heap_end - r->heap), 0, ELF_SEGMENT_W);
	f->rank = le32_of(r->rank);
	f->fs_base = le64_of(r->fs_base);
	f->image = le64_of(base + WINDOW_IMAGE);
	f->maps = le32_of(c.maps);
	return (u32)(c.at - buf);
}

bool
crash_poll(struct rank *r, const struct elf_image *img)
{
	struct output_chunk *c = &r->output.chunk[0];

	if (r->telling)
		return c->req.done;
	memset(&c->req, 0, sizeof(c->req));
	r->telling = agent_send(JOBMSG_FAULT, c->buf, fill(r, img, c->buf),
	    &c->req) == 0;
	return false;
}
