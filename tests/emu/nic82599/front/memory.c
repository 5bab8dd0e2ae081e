/* memory.c - the guest's memory, mapped piece by piece. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/front/front.h"

#include "kernel/lib/err.h"

#include <string.h>
#include <sys/mman.h>

/*
 * QEMU names regions of its RAM with the files they lie in; below 1 MiB there
 * are many, and a buffer may lie in two.
 */

int
front_map(struct front *f, const struct front_region *r, int fd, u64 offset)
{
	struct front_region *to = &f->region[f->regions];

	if (f->regions == FRONT_REGIONS_MAX)
		return ERR_NOMEM;
	*to = *r;
	to->ptr = NULL;
	if (fd >= 0) {
		void *p = mmap(NULL, r->bytes, PROT_READ |
		    (r->writable ? PROT_WRITE : 0), MAP_SHARED, fd,
		    (off_t)offset);

		if (p == MAP_FAILED)
			return ERR_IO;
		to->ptr = p;
	}
	f->regions++;
	return 0;
}

void
front_unmap(struct front *f, u64 at, u64 bytes)
{
	for (u32 i = 0; i < f->regions;) {
		struct front_region *r = &f->region[i];

		if (r->at < at || r->at + r->bytes > at + bytes) {
			i++;
			continue;
		}
		if (r->ptr)
			munmap(r->ptr, r->bytes);
		*r = f->region[--f->regions];
	}
}

/* Where addr is, and how far that goes. */
static u8 *
find(struct front *f, u64 addr, u64 *run, bool write)
{
	for (u32 i = 0; i < f->regions; i++) {
		struct front_region *r = &f->region[i];

		if (addr < r->at || addr - r->at >= r->bytes)
			continue;
		*run = r->bytes - (addr - r->at);
		return r->ptr && (r->writable || !write) ?
		    r->ptr + (addr - r->at) : NULL;
	}
	return NULL;
}

bool
front_dma_read(void *front, u64 addr, void *to, u64 len)
{
	struct front *f = front;
	u8 *out = to;
	u64 run = 0;

	for (u64 n; len; len -= n, addr += n, out += n) {
		const u8 *p = find(f, addr, &run, false);

		if (!p)
			return false;
		n = MIN(len, run);
		memcpy(out, p, n);
	}
	return true;
}

bool
front_dma_write(void *front, u64 addr, const void *from, u64 len)
{
	struct front *f = front;
	const u8 *in = from;
	u64 run = 0;

	for (u64 n; len; len -= n, addr += n, in += n) {
		u8 *p = find(f, addr, &run, true);
		u64 whole;

		if (!p)
			return false;
		n = MIN(len, run);
		if (n == 8 && addr % 8 == 0) {
			memcpy(&whole, in, 8);
			__atomic_store_n((u64 *)(void *)p, whole,
			    __ATOMIC_RELEASE);
		} else {
			memcpy(p, in, n);
		}
	}
	return true;
}
