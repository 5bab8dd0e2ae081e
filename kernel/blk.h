/* blk.h - the contract that every block device driver fulfils. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_BLK_H
#define KERNEL_BLK_H

#include "kernel/lib/base.h"

/*
 * One request at a time, polled: nothing blocks longer than the bound that
 * stands in the driver. Memory is named by (ptr, bytes) and translated by the
 * driver through dma_addr(). The caller holds the device: blk.c.
 */

struct blk_info {
	char driver[16];
	u64 blocks;
	u32 block_bytes;
	u32 read_only;             /* 1: writes are refused */
};

struct blk;

struct blk_ops {
	void (*info)(struct blk *blk, struct blk_info *info);
	/* Moves `count` blocks, which exist, between the medium and buf.
	 * ERR_IO, ERR_TIMEOUT. */
	int (*move)(struct blk *blk, u64 first, u32 count, void *buf,
	    bool write);
};

/* Embedded first in each driver's own struct. */
struct blk {
	const struct blk_ops *ops;
};

#endif
