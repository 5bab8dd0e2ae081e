/* loader.c - one ELF image becomes a window for every rank. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/job/job.h"

#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/smp.h"
#include "kernel/window.h"

/*
 * elf_parse has proven every offset of the image. Read-only segments get one
 * set of pages that all windows map; writable ones a set for each rank, which
 * is relocated for its window. Everything is filled through the identity map:
 * the windows have their final rights from the start. window.h has the layout.
 */

enum {
	TCB_BYTES = 256,                /* behind the TLS block, at FS */
	STACK_LEAST = 256 << 10,
	STACK_SHARE = 8,                /* a stack takes at most 1/8 */
	ARGS_ALIGN = 16,
	KEEP_LARGE = 32,                /* large pages that heaps leave over */
};

static u64
pages(u64 bytes)
{
	return ALIGN_UP(bytes, (u64)PAGE_BYTES);
}

/* Pages of a segment with its bytes in them; NULL: no memory. *mem is where
 * byte vaddr stands. */
static u8 *
fill_segment(const struct elf_image *img, const struct elf_segment *s, u8 **mem)
{
	u64 lead = s->vaddr & (PAGE_BYTES - 1);
	u8 *run = page_alloc_bytes(lead + s->mem_bytes);

	if (!run)
		return NULL;
	memcpy(run + lead, img->file + s->offset, s->file_bytes);
	*mem = run + lead;
	return run;
}

static int
map_segment(u64 base, const struct elf_segment *s, u8 *run)
{
	u64 lead = s->vaddr & (PAGE_BYTES - 1);
	u32 flags = (s->flags & ELF_SEGMENT_W ? VM_W : 0) |
	    (s->flags & ELF_SEGMENT_X ? VM_X : 0);

	return vm_map(base + WINDOW_IMAGE + s->vaddr - lead, (u64)run,
	    pages(lead + s->mem_bytes), flags);
}

/* mem[i] is where byte vaddr of writable segment i stands. */
static int
map_image(const struct elf_image *img, u64 base, u8 *const shared[], u8 *mem[])
{
	for (u32 i = 0; i < img->segments; i++) {
		const struct elf_segment *s = &img->seg[i];
		u8 *run = shared[i];
		int err;

		if (!run)
			run = fill_segment(img, s, &mem[i]);
		err = run ? map_segment(base, s, run) : ERR_NOMEM;
		if (err)
			return err;
	}
	elf_relocate(img, base + WINDOW_IMAGE, mem);
	return 0;
}

/* The bytes that a thread block begins with, relocated; NULL: all zero. */
static const u8 *
tls_image(const struct elf_image *img, u8 *const mem[])
{
	for (u32 i = 0; i < img->segments; i++) {
		const struct elf_segment *s = &img->seg[i];

		if (mem[i] && img->tls_vaddr >= s->vaddr &&
		    img->tls_vaddr - s->vaddr <= s->mem_bytes &&
		    img->tls_file_bytes <=
			s->mem_bytes - (img->tls_vaddr - s->vaddr))
			return mem[i] + (img->tls_vaddr - s->vaddr);
	}
	return NULL;
}

static u64
tls_align(const struct elf_image *img)
{
	return MAX(img->tls_align, 64ull);
}

static u64
tls_bytes(const struct elf_image *img)
{
	return pages(ALIGN_UP(img->tls_mem_bytes, tls_align(img)) + TCB_BYTES);
}

/*
 * AMD64 ABI, TLS variant II: the block ends at FS, which holds its own
 * address. `end` is where zeroed pages end that the window shows up to va_end.
 */
static u64
fill_tls(const struct elf_image *img, const u8 *from, u8 *end, u64 va_end)
{
	u64 tcb = ALIGN_UP((u64)TCB_BYTES, tls_align(img)), fs = va_end - tcb;

	if (from)
		memcpy(end - tcb - ALIGN_UP(img->tls_mem_bytes,
			   MAX(img->tls_align, 1ull)),
		    from, img->tls_file_bytes);
	memcpy(end - tcb, &fs, sizeof(fs));
	return fs;
}

static int
map_tls(const struct elf_image *img, u64 base, u8 *const mem[], struct rank *r)
{
	u64 bytes = tls_bytes(img), at = base + WINDOW_TLS;
	u8 *run = page_alloc_bytes(bytes);

	if (!run)
		return ERR_NOMEM;
	r->tls_image = tls_image(img, mem);
	r->fs_base = fill_tls(img, r->tls_image, run + bytes, at + bytes);
	return vm_map(at, (u64)run, bytes, VM_W);
}

int
loader_thread(struct job *j, struct rank *r, u64 stack, struct thread *t)
{
	u64 tls = tls_bytes(&j->image), bytes = pages(stack) + tls;
	u64 at = r->threads_at + WINDOW_THREAD_GUARD;
	u8 *run;

	if (bytes > window_base(r->local) + WINDOW_THREADS_END - at)
		return ERR_NOMEM;
	run = page_alloc_bytes(bytes);
	if (!run)
		return ERR_NOMEM;
	t->block = run + bytes - tls;
	t->stack_bytes = bytes - tls;
	t->stack_top = at + bytes - tls;
	t->fs_base = fill_tls(&j->image, r->tls_image, run + bytes, at + bytes);
	r->threads_at = at + bytes;
	return vm_map(at, (u64)run, bytes, VM_W |
	    (j->image.exec_stack ? VM_X : 0));
}

void
loader_thread_again(struct job *j, struct rank *r, struct thread *t)
{
	u64 tls = tls_bytes(&j->image);

	memset(t->block, 0, tls);
	fill_tls(&j->image, r->tls_image, t->block + tls, t->stack_top + tls);
}

/* argv and environ at the top of the stack: pointers, then strings. */
static void
put_args(struct job *j, struct rank *r, u8 *stack, u64 bytes, u64 top)
{
	const struct jobmsg_load_view *v = &j->load;
	u64 text = le32_get(v->load->args_bytes);
	u64 at = ALIGN_DOWN(bytes - text, 8ull);
	u64 table = ALIGN_DOWN(at - (v->argc + v->envc + 2ull) * 8,
	    (u64)ARGS_ALIGN);
	u64 *slot = (u64 *)(stack + table);
	u64 va = top - bytes + at;
	const char *s = v->argv;

	memcpy(stack + at, v->argv, text);
	r->start.argc = (i32)v->argc;
	r->start.argv = (char **)(top - bytes + table);
	for (u32 i = 0; i < v->argc; i++, s += strlen(s) + 1)
		*slot++ = va + (u64)(s - v->argv);
	*slot++ = 0;
	r->start.envp = (char **)(top - bytes + ((u64)slot - (u64)stack));
	for (u32 i = 0; i < v->envc; i++, s += strlen(s) + 1)
		*slot++ = va + (u64)(s - v->argv);
	*slot = 0;
	r->stack_top = top - bytes + table;
}

static int
map_stack(struct job *j, u64 base, u64 bytes, struct rank *r)
{
	u64 args = le32_get(j->load.load->args_bytes) +
	    (j->load.argc + j->load.envc + 8ull) * 8;
	u64 all = pages(bytes + args);
	u8 *run = page_alloc_bytes(all);
	u64 bottom = base + WINDOW_STACK;
	int err;

	if (!run)
		return ERR_NOMEM;
	err = vm_map(bottom, (u64)run, all,
	    VM_W | (j->image.exec_stack ? VM_X : 0));
	put_args(j, r, run, all, bottom + all);
	return err;
}

/* Large pages, in as few runs as the memory allows. */
static int
map_heap(u64 base, u64 large, struct rank *r)
{
	u64 at = base + WINDOW_HEAP;

	r->heap = r->heap_brk = (u8 *)at;
	while (large) {
		u64 n = MIN(large, page_large_free());
		void *run = n ? page_alloc_large(n) : NULL;

		if (!run)
			break;
		if (vm_map(at, (u64)run, n * LARGE_PAGE, VM_W) != 0)
			return ERR_NOMEM;
		at += n * LARGE_PAGE;
		large -= n;
	}
	r->heap_end = (u8 *)at;
	return r->heap_end == r->heap ? ERR_NOMEM : 0;
}

/* What a rank may have: its heap, after everything else was taken. */
static u64
heap_share(const struct job *j)
{
	u64 wanted = le64_get(j->load.load->heap_bytes) / LARGE_PAGE;
	u64 have = page_free_bytes() / LARGE_PAGE;
	u64 share = (have - MIN(have / 8, (u64)KEEP_LARGE)) / j->locals;

	return wanted && wanted < share ? wanted : share;
}

int
loader_load(struct job *j, const char **why)
{
	u8 *shared[ELF_SEGMENTS_MAX] = { NULL }, *unused;
	u64 stack = STACK_BYTES_RANK;
	u32 cores = j->rank[0]->page.cores;
	u64 heap;
	int err = 0;

	while (stack > STACK_LEAST && stack * STACK_SHARE * j->locals * cores >
	    page_free_bytes())
		stack /= 2;
	if (j->image.exec_stack)
		log_info("job %u: executable stack, as its program asks",
		    j->id);
	*why = "the node has not enough memory for this program";
	for (u32 i = 0; i < j->image.segments; i++)
		if (!(j->image.seg[i].flags & ELF_SEGMENT_W)) {
			shared[i] = fill_segment(&j->image, &j->image.seg[i],
			    &unused);
			if (!shared[i])
				return ERR_NOMEM;
		}
	for (u32 i = 0; i < j->locals && !err; i++) {
		struct rank *r = j->rank[i];
		u8 *mem[ELF_SEGMENTS_MAX] = { NULL };
		u64 base = window_base(i);

		page_near(smp_cpu(r->core)->node);
		err = map_image(&j->image, base, shared, mem);
		if (!err)
			err = map_tls(&j->image, base, mem, r);
		if (!err)
			err = map_stack(j, base, stack, r);
		r->threads_at = base + WINDOW_STACK_GUARD;
		for (u32 k = 1; k < cores && !err; k++)
			err = thread_prepare(j, r, stack) ? 0 : ERR_NOMEM;
		r->entry = base + WINDOW_IMAGE + j->image.entry;
	}
	heap = err ? 0 : heap_share(j);
	for (u32 i = 0; i < j->locals && !err; i++) {
		page_near(smp_cpu(j->rank[i]->core)->node);
		err = map_heap(window_base(i), heap, j->rank[i]);
	}
	page_near(cpu_this()->node);
	if (!err)
		*why = NULL;
	return err;
}
