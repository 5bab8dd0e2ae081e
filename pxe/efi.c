/* efi.c - the entry for UEFI firmware: gathers the facts, leaves it, goes on. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/handoff.h"
#include "kernel/lib/string.h"

/*
 * The firmware has loaded the image anywhere, perhaps above 4 GiB, where the
 * maps of entry.S do not reach. So 4 MiB are taken below 4 GiB; a large page
 * within becomes the kernel's place, and the larger rest takes a copy of the
 * image, which runs the last steps, the facts, and the firmware's memory map:
 *
 *	| ... spare ... | 2 MiB: the kernel's place | ... spare ... |
 *
 * All of this code runs where it was loaded: no pointer may stand in .data.
 * Offsets are those of UEFI 2.10; calls follow the Microsoft convention.
 */

enum {
	AREA_BYTES = 4 << 20,
	COPY_MAX = 512 << 10,
	FACTS_AT = 512 << 10,
	MAP_AT = 640 << 10,
	MAP_BYTES = 256 << 10,
	EXIT_TRIES = 2,
	/* system table, §4.3 */
	ST_BOOT_SERVICES = 96,
	ST_TABLES = 104,
	ST_TABLE = 112,
	TABLE_BYTES = 24,
	TABLES_MAX = 256,
	/* boot services, §4.4 */
	BS_ALLOCATE_PAGES = 40,
	BS_GET_MEMORY_MAP = 56,
	BS_HANDLE_PROTOCOL = 152,
	BS_EXIT = 232,
	BS_LOCATE_PROTOCOL = 320,
	ALLOCATE_BELOW = 1,         /* AllocateMaxAddress, §7.2.1 */
	LOADER_CODE = 1,            /* EfiLoaderCode: may be executed */
	/* loaded image, §9.1 */
	LI_OPTIONS_BYTES = 48,
	LI_OPTIONS = 56,
	/* graphics output, §12.9 */
	GOP_MODE = 24,
	MODE_INFO = 8,
	MODE_BASE = 24,
	INFO_WIDTH = 4,
	INFO_HEIGHT = 8,
	INFO_FORMAT = 12,
	INFO_STRIDE = 32,
	FORMAT_BLT_ONLY = 3,        /* no framebuffer to write to */
};
#define EFI_LOAD_ERROR (1ull << 63 | 1)
#define EFIAPI __attribute__((ms_abi))

struct guid {
	u64 low, high;              /* as 16 bytes in memory */
};

typedef u64 EFIAPI allocate_fn(u64 type, u64 memory, u64 pages, u64 *at);
typedef u64 EFIAPI map_fn(u64 *bytes, void *map, u64 *key, u64 *desc, u32 *ver);
typedef u64 EFIAPI protocol_fn(void *handle, const struct guid *g, void **out);
typedef u64 EFIAPI locate_fn(const struct guid *g, void *reg, void **out);
typedef u64 EFIAPI exit_fn(void *handle, u64 key);
typedef void continue_fn(struct boot_facts *f, u64 base, u64 place);

/* Hidden: found relative to the code, not by an address that ld has fixed. */
#define HIDDEN __attribute__((visibility("hidden")))
extern HIDDEN u8 head_start[], image_file_end[];
HIDDEN NORETURN void entry_efi(struct boot_facts *f, u64 base, u64 place);
EFIAPI u64 efi_entry(void *image, u8 *system);

static void *
pointer_at(const void *p, u32 offset)
{
	void *v;

	memcpy(&v, (const u8 *)p + offset, sizeof(v));
	return v;
}

static u32
u32_at(const void *p, u32 offset)
{
	u32 v;

	memcpy(&v, (const u8 *)p + offset, sizeof(v));
	return v;
}

/* The ACPI 2.0 table, else the one of ACPI 1.0: §4.6. */
static u64
find_rsdp(const u8 *system)
{
	const struct guid acpi2 = { 0x11d3e4f18868e871, 0x81883cc7800022bc };
	const struct guid acpi1 = { 0x11d32d88eb9d2d30, 0x4dc13f279000169a };
	const u8 *t = pointer_at(system, ST_TABLE);
	u32 n = MIN(u32_at(system, ST_TABLES), (u32)TABLES_MAX);
	u64 found = 0;

	for (u32 i = 0; i < n; i++, t += TABLE_BYTES) {
		if (memcmp(t, &acpi2, sizeof(acpi2)) == 0)
			return (u64)(uintptr_t)pointer_at(t, 16);
		if (memcmp(t, &acpi1, sizeof(acpi1)) == 0)
			found = (u64)(uintptr_t)pointer_at(t, 16);
	}
	return found;
}

/* Load options are UTF-16 and may lack an end: §9.1. */
static void
get_cmdline(struct boot_facts *f, u8 *boot, void *image)
{
	const struct guid loaded = { 0x11d295625b1b31a1, 0x3b7269c9a0003f8e };
	protocol_fn *handle = (protocol_fn *)pointer_at(boot,
	    BS_HANDLE_PROTOCOL);
	char text[LIMIT_CMDLINE];
	const u8 *options;
	void *li;
	u32 n;

	if (handle(image, &loaded, &li) != 0)
		return;
	options = pointer_at(li, LI_OPTIONS);
	n = options ? u32_at(li, LI_OPTIONS_BYTES) / 2 : 0;
	n = MIN(n, (u32)sizeof(text) - 1);
	for (u32 i = 0; i < n; i++)
		text[i] = options[2 * i + 1] ? '?' : (char)options[2 * i];
	text[n] = 0;
	handoff_cmdline(f, text, sizeof(text));
}

static void
get_screen(struct boot_facts *f, u8 *boot)
{
	const struct guid gop = { 0x4a3823dc9042a9de, 0x6a5180d0de7afb96 };
	locate_fn *locate = (locate_fn *)pointer_at(boot, BS_LOCATE_PROTOCOL);
	const u8 *mode, *info;
	void *g;

	if (locate(&gop, NULL, &g) != 0)
		return;
	mode = pointer_at(g, GOP_MODE);
	info = pointer_at(mode, MODE_INFO);
	if (u32_at(info, INFO_FORMAT) >= FORMAT_BLT_ONLY)
		return;
	f->framebuffer = (u64)(uintptr_t)pointer_at(mode, MODE_BASE);
	f->fb_width = u32_at(info, INFO_WIDTH);
	f->fb_height = u32_at(info, INFO_HEIGHT);
	f->fb_pitch = u32_at(info, INFO_STRIDE) * 4;
	f->fb_format = u32_at(info, INFO_FORMAT);
}

/* The map changes with every allocation, so it is fetched last; if leaving
 * fails because it has changed all the same, once more: §7.4.6. */
static u64
leave_firmware(struct boot_facts *f, u8 *boot, void *image, u8 *map)
{
	map_fn *get = (map_fn *)pointer_at(boot, BS_GET_MEMORY_MAP);
	exit_fn *leave = (exit_fn *)pointer_at(boot, BS_EXIT);
	u64 status = EFI_LOAD_ERROR;

	for (int i = 0; i < EXIT_TRIES; i++) {
		u64 bytes = MAP_BYTES, key, desc;
		u32 version;

		status = get(&bytes, map, &key, &desc, &version);
		if (status != 0)
			return status;
		status = leave(image, key);
		if (status == 0) {
			handoff_from_efi(f, map, (u32)(bytes / desc),
			    (u32)desc);
			return 0;
		}
	}
	return status;
}

EFIAPI u64
efi_entry(void *image, u8 *system)
{
	u8 *boot = pointer_at(system, ST_BOOT_SERVICES), *spare;
	allocate_fn *allocate = (allocate_fn *)pointer_at(boot,
	    BS_ALLOCATE_PAGES);
	u64 area = (1ull << 32) - 1, place, status;
	u64 bytes = (u64)(image_file_end - head_start);
	struct boot_facts *f;
	continue_fn *go;

	if (bytes > COPY_MAX)
		return EFI_LOAD_ERROR;
	status = allocate(ALLOCATE_BELOW, LOADER_CODE, AREA_BYTES / PAGE_BYTES,
	    &area);
	if (status != 0)
		return status;
	place = ALIGN_UP(area, LARGE_PAGE);
	spare = place - area >= LARGE_PAGE / 2 ? (u8 *)area :
						 (u8 *)place + LARGE_PAGE;
	memcpy(spare, head_start, bytes);
	f = (struct boot_facts *)(spare + FACTS_AT);
	memset(f, 0, sizeof(*f));
	f->path = BOOT_EFI;
	f->rsdp = find_rsdp(system);
	get_cmdline(f, boot, image);
	get_screen(f, boot);
	status = leave_firmware(f, boot, image, spare + MAP_AT);
	if (status != 0)
		return status;
	go = (continue_fn *)(spare + ((u8 *)entry_efi - head_start));
	go(f, (u64)spare, place);
	__builtin_unreachable();
}
