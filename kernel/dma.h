/* dma.h - addresses for devices. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_DMA_H
#define KERNEL_DMA_H

#include "kernel/lib/base.h"

/*
 * The bus address of p, and in *run how many of len bytes are contiguous from
 * there (at least 1): callers loop. Any mapped address: kernel memory is
 * identity-mapped, ranks' windows are looked up in the page tables.
 */
u64 dma_addr(const void *p, size_t len, size_t *run);

/* Contiguous zeroed memory below 4 GiB where possible, until the recycle. */
void *dma_alloc(size_t bytes);

#endif
