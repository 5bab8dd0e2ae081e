/* vm.c - the one address space. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/vm.h"

#include "kernel/cpu.h"
#include "kernel/handoff.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "kernel/page.h"
#include "kernel/window.h"

/*
 * Intel SDM volume 3 §4.5. Tables are edited with interrupts off and CR0.WP
 * clear, by this file alone: the permanent ones are mapped read-only. The
 * identity map's entries keep two facts about memory. D (set by the CPU) says
 * that a page was written; ENTRY_ZERO, an ignored bit, that it was scrubbed
 * and not handed out since. A heap's large pages are only lent: they stay as
 * they are until they are written; the window's own D says so, and vm_forget
 * carries it over before the window goes.
 */

#define ENTRY_P (1ull << 0)
#define ENTRY_W (1ull << 1)
#define ENTRY_PWT (1ull << 3)
#define ENTRY_PCD (1ull << 4)
#define ENTRY_D (1ull << 6)
#define ENTRY_PS (1ull << 7)
#define ENTRY_ZERO (1ull << 9)
#define ENTRY_NX (1ull << 63)
#define ENTRY_ADDRESS 0x000ffffffffff000ull
#define FOUR_GIB (1ull << 32)

/* Permanent pages beside tables and image, for 1,024 cores: slots, segments,
 * topology, IDT, recycle code. */
enum { COLD_PAGES = 96 };
enum { ENTRIES = 512, LEVEL_PT = 0, LEVEL_PD = 1, LEVEL_PML4 = 3 };

extern u8 image_text[], image_rodata[], image_data[], image_end[];
extern u8 image_file_end[];

static u64 *root;
static bool cold_tables;        /* new tables come from permanent memory */
static u64 stack_at;

/* -- editing -- */

struct vm_edit
vm_edit_begin(void)
{
	struct vm_edit e;

	__asm__ volatile("pushfq; popq %0; cli" : "=r"(e.flags) : : "memory");
	e.cr0 = cpu_read_cr0();
	cpu_write_cr0(e.cr0 & ~(u64)CR0_WP);
	return e;
}

void
vm_edit_end(struct vm_edit e)
{
	cpu_write_cr0(e.cr0);
	__asm__ volatile("pushq %0; popfq" : : "r"(e.flags) : "memory", "cc");
}

static u64 *
table_of(u64 entry)
{
	return (u64 *)(entry & ENTRY_ADDRESS);
}

static u64
entry_flags(u32 flags)
{
	return ENTRY_P | (flags & VM_W ? ENTRY_W : 0) |
	    (flags & VM_X ? 0 : ENTRY_NX) |
	    (flags & VM_UNCACHED ? ENTRY_PCD | ENTRY_PWT : 0) |
	    (flags & VM_COMBINE ? ENTRY_PCD : 0);       /* see cpu_init */
}

static u64 *
new_table(void)
{
	if (!cold_tables)
		return page_alloc(1);
	return page_perm_left() ? page_perm(1) : NULL;
}

/* A large page becomes 512 small ones with the same rights and marks. */
static bool
split(u64 *entry)
{
	u64 *t = new_table();

	if (!t)
		return false;
	for (u32 i = 0; i < ENTRIES; i++)
		t[i] = (*entry & ~ENTRY_PS) + (u64)i * PAGE_BYTES;
	*entry = (u64)t | ENTRY_P | ENTRY_W;
	return true;
}

/* The entry of va at a level; NULL if a table is missing (and may not or could
 * not be made). Stops early at a large page above, unless it may be split. */
static u64 *
entry_at(u64 va, u32 level, bool make)
{
	u64 *table = root;

	for (u32 l = LEVEL_PML4;; l--) {
		u64 *e = &table[va >> (PAGE_SHIFT + 9 * l) & (ENTRIES - 1)];

		if (l == level)
			return e;
		if (!(*e & ENTRY_P)) {
			u64 *t = make ? new_table() : NULL;

			if (!t)
				return NULL;
			*e = (u64)t | ENTRY_P | ENTRY_W;
		} else if (*e & ENTRY_PS) {
			if (!make || l != LEVEL_PD || !split(e))
				return make ? NULL : e;
		}
		table = table_of(*e);
	}
}

static int
set(u64 va, u64 pa, u64 bytes, u64 bits)
{
	while (bytes) {
		bool large = bits && bytes >= LARGE_PAGE &&
		    !((va | pa) & (LARGE_PAGE - 1));
		u64 step = large ? LARGE_PAGE : PAGE_BYTES;
		u64 *e = entry_at(va, large ? LEVEL_PD : LEVEL_PT, true);

		if (!e)
			return ERR_NOMEM;
		*e = bits ? pa | bits | (large ? ENTRY_PS : 0) : 0;
		__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
		va += step;
		pa += step;
		bytes -= step;
	}
	return 0;
}

int
vm_map(u64 va, u64 pa, u64 bytes, u32 flags)
{
	struct vm_edit e = vm_edit_begin();
	int err = set(va, pa, bytes, entry_flags(flags));

	vm_edit_end(e);
	return err;
}

/* -- the map itself -- */

static bool
is_memory(u64 pa)
{
	const struct boot_facts *f = handoff_facts();

	for (u32 i = 0; i < f->ranges; i++)
		if (f->range[i].kind != RANGE_RESERVED &&
		    pa < f->range[i].base + f->range[i].bytes &&
		    pa + LARGE_PAGE > f->range[i].base)
			return true;
	return false;
}

/* One table a GiB that has memory, and the upper levels. */
static u64
tables_needed(void)
{
	const struct boot_facts *f = handoff_facts();
	u64 n = 4;

	for (u32 i = 0; i < f->ranges; i++) {
		u64 base = f->range[i].base, end = base + f->range[i].bytes;

		if (f->range[i].kind != RANGE_RESERVED && end < LIMIT_PHYS)
			n += (end >> 30) - (base >> 30) + (end >> 39) -
			    (base >> 39) + 2;
	}
	return n;
}

static u64
memory_top(void)
{
	const struct boot_facts *f = handoff_facts();
	u64 top = FOUR_GIB;

	for (u32 i = 0; i < f->ranges; i++) {
		u64 end = f->range[i].base + f->range[i].bytes;

		if (f->range[i].kind != RANGE_RESERVED && end < LIMIT_PHYS)
			top = MAX(top, end);
	}
	return ALIGN_UP(top, 1ull << 30);
}

static void
map_kernel(u64 base)
{
	const struct {
		u8 *from, *to;
		u32 flags;
	} part[] = { { image_text, image_rodata, VM_X },
		{ image_rodata, image_data, 0 },
		{ image_data, image_end, VM_W } };

	for (u32 i = 0; i < ARRAY_LEN(part); i++) {
		u64 from = (u64)part[i].from;

		set(from, base + (from - VM_KERNEL),
		    (u64)(part[i].to - part[i].from),
		    entry_flags(part[i].flags));
	}
}

static void
map_above(const struct range *r)
{
	u64 from = ALIGN_DOWN(r->base, LARGE_PAGE);
	u64 to = ALIGN_UP(r->base + r->bytes, LARGE_PAGE);

	from = MAX(from, FOUR_GIB);
	if (r->kind != RANGE_RESERVED && to > from && to < LIMIT_PHYS)
		set(from, from, to - from, entry_flags(VM_W));
}

static void
build(void)
{
	const struct boot_facts *f = handoff_facts();

	/* Room for splits and for devices beyond the top, too. */
	page_reserve(tables_needed() + 32 +
	    ALIGN_UP((u64)(image_file_end - image_text), 4096ull) / PAGE_BYTES +
	    COLD_PAGES);
	cold_tables = true;
	root = page_perm(1);
	handoff_facts_edit()->pml4 = (u64)root;
	for (u64 pa = 0; pa < FOUR_GIB; pa += LARGE_PAGE)
		set(pa, pa, LARGE_PAGE, entry_flags(VM_W |
		    (is_memory(pa) ? 0 : VM_UNCACHED)));
	for (u32 i = 0; i < f->ranges; i++)
		map_above(&f->range[i]);
	map_kernel(f->kernel_base);
	/* The kernel's frames have no second, writable name. */
	set(f->kernel_base, 0, f->kernel_bytes, 0);
}

void
vm_init(bool warm)
{
	stack_at = VM_STACKS;
	if (!warm) {
		build();
		vm_load();
		return;
	}
	root = (u64 *)handoff_facts()->pml4;
	cold_tables = false;
}

void
vm_seal(u64 open_pa, u64 open_bytes)
{
	const struct boot_facts *f = handoff_facts();
	struct vm_edit e = vm_edit_begin();

	set(f->perm_base, f->perm_base, f->perm_bytes, entry_flags(0));
	set(open_pa, open_pa, open_bytes, entry_flags(VM_W));
	set((u64)f, f->kernel_base + ((u64)f - VM_KERNEL), sizeof(*f),
	    entry_flags(0));
	cold_tables = false;
	vm_edit_end(e);
}

/* In the identity map: the next scrub takes these pages. */
static void
written(u64 pa, u64 bytes)
{
	for (u64 end = pa + bytes; pa < end;) {
		u64 *e = entry_at(pa, LEVEL_PT, false);
		u64 size = e && (*e & ENTRY_PS) ? LARGE_PAGE : PAGE_BYTES;

		if (e && (*e & ENTRY_P))
			*e = (*e | ENTRY_D) & ~ENTRY_ZERO;
		pa = ALIGN_DOWN(pa, size) + size;
	}
}

static void
carry_marks(const u64 *table, u32 level)
{
	for (u32 i = 0; i < ENTRIES; i++) {
		u64 e = table[i], bytes = (u64)PAGE_BYTES << 9 * level;

		if (!(e & ENTRY_P))
			continue;
		if (level > LEVEL_PT && !(e & ENTRY_PS))
			carry_marks(table_of(e), level - 1);
		else if (e & ENTRY_D)
			written(e & ENTRY_ADDRESS & ~(bytes - 1), bytes);
	}
}

void
vm_forget(void)
{
	struct vm_edit e = vm_edit_begin();

	for (u64 va = VM_WINDOWS; va < VM_WINDOWS_END; va += 1ull << 39) {
		u64 *window = entry_at(va, LEVEL_PML4, false);

		if (*window & ENTRY_P)
			carry_marks(table_of(*window), LEVEL_PML4 - 1);
		*window = 0;
	}
	*entry_at(VM_STACKS, LEVEL_PML4, false) = 0;
	cpu_write_cr3(cpu_read_cr3());
	vm_edit_end(e);
}

void
vm_load(void)
{
	cpu_write_cr3((u64)root);
}

void
vm_drop_low(void)
{
	struct vm_edit e = vm_edit_begin();

	*entry_at(0, LEVEL_PD, false) = 0;
	cpu_write_cr3(cpu_read_cr3());
	vm_edit_end(e);
}

volatile void *
vm_device(u64 pa, u64 bytes)
{
	struct vm_edit e = vm_edit_begin();
	u64 from = ALIGN_DOWN(pa, LARGE_PAGE);
	u64 to = ALIGN_UP(pa + bytes, LARGE_PAGE);
	bool cold = cold_tables;
	int err = 0;

	/* Below 4 GiB it is there already. Above, the tables must outlive the
	 * recycle, because the entries that name them do. */
	cold_tables = true;
	if (to > FOUR_GIB)
		err = set(from, from, to - from,
		    entry_flags(VM_W | VM_UNCACHED));
	cold_tables = cold;
	vm_edit_end(e);
	return err ? NULL : (volatile void *)pa;
}

u64
vm_physical(const void *p, u64 *run)
{
	u64 va = (u64)p, bytes = PAGE_BYTES;
	u64 *e = entry_at(va, LEVEL_PT, false);

	if (!e || !(*e & ENTRY_P))
		return 0;
	if (*e & ENTRY_PS)
		bytes = LARGE_PAGE;
	*run = bytes - (va & (bytes - 1));
	return (*e & ENTRY_ADDRESS & ~(bytes - 1)) + (va & (bytes - 1));
}

bool
vm_allows(u64 va, u32 flags)
{
	u64 *e = vm_is_canonical(va) ? entry_at(va, LEVEL_PT, false) : NULL;

	return e && (*e & ENTRY_P) && (!(flags & VM_W) || (*e & ENTRY_W)) &&
	    (!(flags & VM_X) || !(*e & ENTRY_NX));
}

u64
vm_stack(u64 bytes)
{
	void *pages = page_alloc_bytes(bytes);
	u64 va = stack_at + PAGE_BYTES;

	if (!pages || vm_map(va, (u64)pages, bytes, VM_W) != 0)
		return 0;
	stack_at = va + bytes;
	return stack_at;
}

bool
vm_is_guard(u64 va)
{
	u64 in_window = (va - VM_WINDOWS) % VM_WINDOW_BYTES;

	if (va >= VM_STACKS && va < stack_at)
		return true;
	return va >= VM_WINDOWS && va < VM_WINDOWS_END &&
	    in_window < WINDOW_STACK && in_window >= WINDOW_STACK_GUARD;
}

/* -- what was written -- */

static bool
is_late(u64 e)
{
	return (e & (ENTRY_PS | ENTRY_P)) == ENTRY_PS;
}

/* Permanent memory is not the last job's, also where it is writable. */
static void
clean(u64 *e, u64 bytes, bool (*fn)(u64 pa, u64 bytes))
{
	const struct boot_facts *f = handoff_facts();
	u64 pa = *e & ENTRY_ADDRESS & ~(bytes - 1);

	if (!(*e & ENTRY_P) || !(*e & ENTRY_W) || !(*e & ENTRY_D) ||
	    (*e & ENTRY_PCD) || pa - f->perm_base < f->perm_bytes)
		return;
	if (fn(pa, bytes))
		*e = (*e & ~ENTRY_D) | ENTRY_ZERO;
	else
		*e &= ~ENTRY_P;
}

/* The entry of a large page of memory, or of the table in its place; NULL
 * without one. *pa skips a hole. */
static u64 *
large_at(u64 *pa)
{
	u64 *e = entry_at(*pa, LEVEL_PD, false);

	if (!e)                         /* on to the next GiB */
		*pa = ALIGN_UP(*pa + 1, 1ull << 30) - LARGE_PAGE;
	return e;
}

void
vm_each_dirty(bool (*fn)(u64 pa, u64 bytes))
{
	struct vm_edit e = vm_edit_begin();
	u64 top = memory_top();

	for (u64 pa = LARGE_PAGE; pa < top; pa += LARGE_PAGE) {
		u64 *pde = large_at(&pa);

		if (pde && is_late(*pde))
			*pde |= ENTRY_P;
		if (!pde || !(*pde & ENTRY_P))
			continue;
		if (*pde & ENTRY_PS) {
			clean(pde, LARGE_PAGE, fn);
			continue;
		}
		for (u32 i = 0; i < ENTRIES; i++)
			clean(&table_of(*pde)[i], PAGE_BYTES, fn);
	}
	cpu_write_cr3(cpu_read_cr3());
	vm_edit_end(e);
}

void
vm_each_late(void (*fn)(u64 pa, u64 bytes))
{
	u64 top = memory_top(), from = 0;

	for (u64 pa = LARGE_PAGE; pa < top; pa += LARGE_PAGE) {
		u64 at = pa, *pde = large_at(&pa);
		bool late = pde && is_late(*pde);

		if (late && !from)
			from = at;
		if (!late && from) {
			fn(from, at - from);
			from = 0;
		}
	}
	if (from)
		fn(from, top - from);
}

bool
vm_is_zero(u64 pa)
{
	const u64 *e = entry_at(pa, LEVEL_PD, false);

	/* A table in its place: its pages are looked at one by one. */
	return !e || !(*e & ENTRY_PS) || ((*e & ENTRY_ZERO) && !(*e & ENTRY_D));
}

void
vm_late_begin(u64 pa)
{
	struct vm_edit e = vm_edit_begin();

	*entry_at(pa, LEVEL_PD, false) |= ENTRY_P;
	vm_edit_end(e);
}

void
vm_late_end(u64 pa)
{
	struct vm_edit e = vm_edit_begin();
	u64 *pde = entry_at(pa, LEVEL_PD, false);

	*pde = (*pde & ~ENTRY_D) | ENTRY_ZERO;
	__asm__ volatile("invlpg (%0)" : : "r"(pa) : "memory");
	vm_edit_end(e);
}

bool
vm_take(u64 pa, u64 bytes)
{
	struct vm_edit edit = vm_edit_begin();
	u64 end = pa + bytes;
	bool zero = true;

	while (pa < end) {
		u64 *e = entry_at(pa, LEVEL_PT, false);
		u64 size = e && (*e & ENTRY_PS) ? LARGE_PAGE : PAGE_BYTES;

		ASSERT(e && (*e & ENTRY_P));
		zero = zero && (*e & ENTRY_ZERO) && !(*e & ENTRY_D);
		*e = (*e | ENTRY_D) & ~ENTRY_ZERO;
		pa = ALIGN_DOWN(pa, size) + size;
	}
	vm_edit_end(edit);
	return zero;
}

void
vm_lend(u64 pa, u64 bytes, void (*zero)(u64 pa, u64 bytes))
{
	for (u64 end = pa + bytes; pa < end;) {
		u64 *e = entry_at(pa, LEVEL_PT, false);
		u64 size = e && (*e & ENTRY_PS) ? LARGE_PAGE : PAGE_BYTES;

		ASSERT(e && (*e & ENTRY_P));
		if (!(*e & ENTRY_ZERO) || (*e & ENTRY_D)) {
			vm_take(pa, size);
			zero(pa, size);
		}
		pa += size;
	}
}
