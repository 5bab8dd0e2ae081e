/* dma.c - addresses for devices. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/dma.h"

#include "kernel/page.h"
#include "kernel/vm.h"

u64
dma_addr(const void *p, size_t len, size_t *run)
{
	u64 va = (u64)p, here, pa;

	/* Identity-mapped memory is contiguous as far as it goes. */
	if (va < VM_WINDOWS) {
		*run = len;
		return va;
	}
	pa = vm_physical(p, &here);
	ASSERT(pa);
	/* Neighbouring pages are often neighbours in memory too. */
	while (here < len) {
		u64 more, next = vm_physical((const u8 *)p + here, &more);

		if (next != pa + here)
			break;
		here += more;
	}
	*run = MIN(here, (u64)len);
	return pa;
}

void *
dma_alloc(size_t bytes)
{
	return page_alloc_bytes(bytes);
}
