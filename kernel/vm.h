/* vm.h - the one address space. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_VM_H
#define KERNEL_VM_H

#include "kernel/lib/base.h"
#include "kernel/limits.h"

/*
 *	0 .. 2 MiB                   unmapped once all cores run
 *	2 MiB .. top of memory       identity: memory writable and no-execute,
 *	                             devices uncached; the kernel's own frames
 *	                             are left out
 *	VM_WINDOWS + k * 64 GiB      window of rank k
 *	VM_STACKS                    kernel stacks with guard pages
 *	VM_KERNEL                    the kernel: text r-x, rodata r--, data rw-
 *
 * The identity map's tables are made once, at the cold start, and live in
 * permanent memory; windows and stacks come and go with each life.
 */

#define VM_WINDOWS 0x400000000000ull
#define VM_WINDOW_BYTES (64ull << 30)
#define VM_WINDOWS_END 0x600000000000ull
#define VM_STACKS 0xffffff0000000000ull
#define VM_KERNEL 0xffffffff80000000ull
#define VM_SCREEN (VM_KERNEL + (65ull << 20))   /* VGA text: vga.c */

enum vm_flag {
	VM_W = 1 << 0,
	VM_X = 1 << 1,
	VM_UNCACHED = 1 << 2,
	VM_COMBINE = 1 << 3,    /* uncached; writes may be gathered: pixels */
};

/* Builds (cold) or cleans (warm) the map and switches to it. */
void vm_init(bool warm);
/* This core takes over the map that vm_init made. */
void vm_load(void);
/* Cold, at the end: permanent memory and the boot facts become read-only, but
 * for one run of the former. */
void vm_seal(u64 open_pa, u64 open_bytes);
/* Recycle: windows and stacks are gone; what was written through windows is
 * marked for the scrub. Nothing of them may be in use. */
void vm_forget(void);
/* Unmaps the first 2 MiB: nobody needs the trampoline any more. */
void vm_drop_low(void);

/* Maps pages; va, pa and bytes are page-aligned; large pages are used where
 * both are 2 MiB-aligned. ERR_NOMEM. Nothing may be mapped there. */
int vm_map(u64 va, u64 pa, u64 bytes, u32 flags);
/* A device's registers, uncached, wherever they lie: identity. */
volatile void *vm_device(u64 pa, u64 bytes);
/* The physical address of va; *run: bytes that are contiguous from there.
 * 0 if nothing is mapped. */
u64 vm_physical(const void *va, u64 *run);
/* Whether va may be read, and written (VM_W) or run (VM_X) if flags say so. */
bool vm_allows(u64 va, u32 flags);

/* Bits 47 to 63 alike: everything else traps before any table is read. */
static inline bool
vm_is_canonical(u64 va)
{
	return va + (1ull << 47) < 1ull << 48;
}

/*
 * Between these two, what is read-only can be written: page tables, the IDT and
 * segments. Interrupts are off; a few stores, no calls that might fault.
 */
struct vm_edit {
	u64 flags, cr0;
};
struct vm_edit vm_edit_begin(void);
void vm_edit_end(struct vm_edit e);

/* A kernel stack with a guard page below; returns its top, or 0. */
u64 vm_stack(u64 bytes);
/* Whether an address lies in a guard page of a stack or window. */
bool vm_is_guard(u64 va);

/* Of the identity map: pages written since their last scrub. `fn` runs for
 * each; if it says true the page counts as zero, else (large ones only) it is
 * unmapped and late. */
void vm_each_dirty(bool (*fn)(u64 pa, u64 bytes));
/* Runs of late pages. Between begin and end a late page is mapped and must be
 * zeroed; by one core. */
/* False: a whole large page with unknown contents. */
bool vm_is_zero(u64 pa);
void vm_each_late(void (*fn)(u64 pa, u64 bytes));
void vm_late_begin(u64 pa);
void vm_late_end(u64 pa);
/* Page allocator: this memory is about to be used by somebody whose stores the
 * identity map does not see. True if it is known to be zero. */
bool vm_take(u64 pa, u64 bytes);
/*
 * The same for whole large pages that will be written through windows and the
 * identity map only, by no device: unwritten ones need no scrub. `zero` runs
 * for what is not known to be zero.
 */
void vm_lend(u64 pa, u64 bytes, void (*zero)(u64 pa, u64 bytes));

#endif
