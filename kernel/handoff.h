/* handoff.h - what the loaders told us, and what a recycle hands on. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_HANDOFF_H
#define KERNEL_HANDOFF_H

#include "kernel/lib/base.h"
#include "kernel/limits.h"

/*
 * Two blocks survive a recycle. The boot facts are gathered once, at the cold
 * start, from whichever loader there was; nothing changes them afterwards. The
 * handoff block is what one life of the kernel tells the next.
 */

enum boot_path { BOOT_BIOS16 = 1, BOOT_LINUX32, BOOT_LINUX64, BOOT_EFI };

enum range_kind { RANGE_FREE = 1, RANGE_RESERVED, RANGE_ACPI };

struct range {
	u64 base, bytes;
	u32 kind;
	u32 pad;
};

struct boot_facts {
	u32 path;                       /* enum boot_path */
	u32 ranges;
	u64 rsdp;                       /* physical; 0: not found */
	u64 kernel_base, kernel_bytes;  /* where entry has moved the image */
	u64 perm_base, perm_bytes;      /* memory that recycles keep: page.c */
	u64 topology;                   /* struct acpi_topology: smp.c */
	u64 pml4;                       /* the map's root: vm.c */
	u64 pristine;                   /* the image as loaded: recycle.c */
	u64 pristine_bytes;
	u64 recycle_code, recycle_box;
	u64 idt, segments;              /* trap.c's tables */
	u64 framebuffer;                /* 0: none */
	u32 fb_width, fb_height, fb_pitch, fb_format;
	char cmdline[LIMIT_CMDLINE];
	struct range range[LIMIT_MAP_RANGES];
} ALIGNED(PAGE_BYTES);

/* An address that was leased and may be used on, without asking. */
struct handoff_lease {
	u8 mac[6];                      /* of the NIC that holds it */
	u16 pad;
	u32 ip4, mask, router, server;  /* host byte order */
	u32 head;                       /* the head node */
	u32 lease_s, left_s;            /* whole, and what was left of it; 0: none */
};

struct handoff {
	u64 boot_id;                    /* random, at each cold boot */
	u32 recycles;
	u32 node_id;
	u32 keyed;
	u32 pad;
	u8 key[32];
	u64 counter_sent;               /* of the control conversation */
	i64 utc_offset_ns;              /* UTC minus clock_now_ns */
	u64 tsc_hz;                     /* 0: not yet measured */
	u64 late;                       /* large pages yet to scrub */
	u64 recycle_tsc;                /* when the last recycle began */
	struct handoff_lease lease[LIMIT_NICS];
	char name[32];
	u64 mce_corrected, mce_fatal;   /* machine checks: mce.c */
	char died[64];                  /* why the kernel before this one ended
	                                   itself; empty: it did not */
};

/* The two blocks, readable at any time. */
const struct boot_facts *handoff_facts(void);
struct handoff *handoff_get(void);
/* For the few lines of the cold start that complete the facts. */
struct boot_facts *handoff_facts_edit(void);

/* A word of the command line: "key=value" or a bare "key". Copies the value
 * (empty for a bare key); false if there is none. */
bool handoff_option(const char *key, char *value, size_t size);
const char *handoff_boot_path(void);

/* -- gathering, cold only; portable, unit-tested -- */

/* Both blocks cleared; the facts to fill in. */
struct boot_facts *handoff_facts_cold(void);

/* Linux boot_params (Documentation/arch/x86/boot.rst): map, command line,
 * RSDP, frame buffer. */
void handoff_from_linux(struct boot_facts *f, const u8 *boot_params,
    const char *cmdline);
/* An EFI memory map of n entries of `size` bytes (UEFI 2.10 §7.2). */
void handoff_from_efi(struct boot_facts *f, const u8 *map, u32 n, u32 size);
/* Adds a range; a full table drops it: memory is lost, not invented. */
void handoff_add(struct boot_facts *f, u64 base, u64 bytes, u32 kind);
/* Sorts, and cuts overlaps in favour of what is not free. */
void handoff_sort(struct boot_facts *f);
/* Leaves out a file name or BOOT_IMAGE= in front, as loaders put it there. */
void handoff_cmdline(struct boot_facts *f, const char *text, size_t max);

#endif
