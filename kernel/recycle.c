/* recycle.c - back to the pristine kernel. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/recycle.h"

#include "kernel/acpi.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/handoff.h"
#include "kernel/lib/crc32c.h"
#include "kernel/lib/string.h"
#include "kernel/limits.h"
#include "kernel/log.h"
#include "kernel/page.h"
#include "kernel/pci.h"
#include "kernel/smp.h"
#include "kernel/trap.h"
#include "kernel/vm.h"

/*
 * A recycle, step by step. What must still work in each step stands beside it.
 *
 *	1  other cores go to the recycle code by NMI      everything
 *	2  bus mastering off, everywhere                  PCI
 *	3  onto the stack of entry.S; interrupts off      the image, no GS
 *	4  windows and stacks leave the map               the image
 *	5  pages with a dirty mark are zeroed, by all     the image
 *	6  digest of pristine copy and boot facts         the image
 *	7  the recycle code copies it over the image      nothing
 *	8  entry_warm: .bss cleared, kernel_main(warm)
 *
 * Kept: permanent memory (identity map, pristine copy, recycle code, slots) and
 * the image's .keep section (boot facts, handoff block, entry stack). The
 * devices' drivers are gone and come anew; links stay up.
 */

enum { NOW_MAX = 16 };          /* large pages; further ones: scrub.c */
static u32 large;
enum { PERM_SPARE = 8 };       /* tables for devices that are found later */
#define VM_RECYCLE (VM_KERNEL + (64ull << 20))

struct recycle_slot {
	volatile u64 cpu;
	volatile u64 stack;
	volatile u64 entry;
	volatile u64 to, from;      /* memory to zero while waiting; to 0: none */
	volatile u64 waits;
	u64 pad[2];
};

extern u8 image_text[], image_end[], recycle_code[], recycle_code_end[];
extern u8 recycle_park[], recycle_copy[], recycle_zero[];
extern u8 image_file_end[];
extern u64 entry_loaded, entry_moved;
void entry_warm(void);
NORETURN void stack_call(u64 rsp, void (*fn)(void));
extern u8 entry_stack_top[];

static struct recycle_slot *
slots(void)
{
	return (struct recycle_slot *)handoff_facts()->recycle_box;
}

/* The address of a label of the recycle code where it runs. */
static u64
there(const u8 *label)
{
	return VM_RECYCLE + (u64)(label - recycle_code);
}

/* Of all that the next life is made from. */
static u32
digest(void)
{
	const struct boot_facts *f = handoff_facts();

	return crc32c(crc32c(0, (void *)f->pristine, f->pristine_bytes), f,
	    sizeof(*f));
}

/* Behind the recycle code, in its page. */
static u32 *
digest_kept(void)
{
	return (u32 *)(handoff_facts()->recycle_code + PAGE_BYTES - 4);
}

void
recycle_init(void)
{
	struct boot_facts *f = handoff_facts_edit();
	size_t code = (size_t)(recycle_code_end - recycle_code);
	u64 loaded = entry_loaded + (u64)(image_text - (u8 *)VM_KERNEL);
	u32 box = (u32)(ALIGN_UP(MAX(smp_topology()->cores, 1u) *
	    sizeof(struct recycle_slot), (size_t)PAGE_BYTES) / PAGE_BYTES);
	u8 *copy;

	ASSERT(code <= PAGE_BYTES - 4);
	f->pristine_bytes = (u64)(image_file_end - image_text);
	copy = page_perm((u32)(f->pristine_bytes / PAGE_BYTES));
	memcpy(copy, (void *)loaded, f->pristine_bytes);
	f->pristine = (u64)copy;
	f->recycle_code = (u64)page_perm(1);
	memcpy((void *)f->recycle_code, recycle_code, code);
	if (vm_map(VM_RECYCLE, f->recycle_code, PAGE_BYTES, VM_X) != 0)
		panic("no page table for the recycle code");
	f->recycle_box = (u64)page_perm(box);
	trap_tables();
	page_perm_trim(PERM_SPARE);
	*digest_kept() = digest();
	vm_seal(f->recycle_box, box * (u64)PAGE_BYTES);
}

void
recycle_wait(void)
{
	struct cpu *c = cpu_this();
	struct recycle_slot *s = &slots()[c->slot];
	void (*park)(struct recycle_slot *, volatile u32 *);

	park = (void (*)(struct recycle_slot *, volatile u32 *))there(
	    recycle_park);
	s->entry = s->to = s->waits = 0;
	park(s, &c->stopped);
	__builtin_unreachable();
}

void
recycle_release(u32 slot, u64 stack_top, void (*fn)(struct cpu *),
    struct cpu *c)
{
	struct recycle_slot *s = &slots()[slot];

	s->cpu = (u64)c;
	s->stack = stack_top;
	__atomic_store_n(&s->entry, (u64)(uintptr_t)fn, __ATOMIC_SEQ_CST);
}

static void
zero_here(u64 from, u64 to)
{
	void (*fn)(u64, u64) = (void (*)(u64, u64))there(recycle_zero);

	fn(from, to);
}

void
recycle_zero_page(u64 pa)
{
	zero_here(pa, pa + LARGE_PAGE);
}

/* A large page is given to a core that waits, if one has nothing to do. The
 * cores' own blocks may be zero by now: only the slots know. */
static bool
zero(u64 pa, u64 bytes)
{
	struct handoff *h = handoff_get();

	if (bytes == LARGE_PAGE && ++large > NOW_MAX) {
		h->late++;
		return false;
	}
	for (u32 i = 0; bytes == LARGE_PAGE && i < smp_topology()->cores; i++) {
		struct recycle_slot *s = &slots()[i];

		if (!s->waits || s->to)
			continue;
		s->from = pa;
		__atomic_store_n(&s->to, pa + bytes, __ATOMIC_RELEASE);
		return true;
	}
	zero_here(pa, pa + bytes);
	return true;
}

/* Until the helpers are done, too. */
static void
scrub(void)
{
	handoff_get()->late = large = 0;
	vm_each_dirty(zero);
	for (u32 i = 0; i < smp_topology()->cores; i++)
		while (slots()[i].waits &&
		    __atomic_load_n(&slots()[i].to, __ATOMIC_ACQUIRE))
			__builtin_ia32_pause();
}

/* Steps 4 to 7, on entry.S's stack. */
static void
start_over(void)
{
	const struct boot_facts *f = handoff_facts();
	void (*copy)(void *, u64, u64, void (*)(void));

	vm_forget();
	scrub();
	if (digest() != *digest_kept())
		recycle_reset();
	copy = (void (*)(void *, u64, u64, void (*)(void)))there(recycle_copy);
	copy(image_text, f->pristine, f->pristine_bytes, entry_warm);
}

void
recycle_now(void)
{
	handoff_get()->recycles++;
	handoff_get()->recycle_tsc = cpu_tsc();
	__asm__ volatile("cli" : : : "memory");
	smp_stop_others(SMP_TO_RECYCLE);
	pci_quiesce();
	stack_call((u64)(uintptr_t)entry_stack_top, start_over);
}

/* The reset register of PCs, then the keyboard controller's line. */
void
recycle_reset(void)
{
	__asm__ volatile("cli" : : : "memory");
	for (;;) {
		cpu_out8(0xcf9, 0x02);
		cpu_out8(0xcf9, 0x06);
		cpu_out8(0x64, 0xfe);
		__builtin_ia32_pause();
	}
}
