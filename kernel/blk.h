/* blk.h - block devices: the contract of their drivers, and their users. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_BLK_H
#define KERNEL_BLK_H

#include "kernel/lib/base.h"

/*
 * A driver moves whole blocks, one request at a time, and polls: nothing blocks
 * longer than the bound that stands in the driver. Memory is named by (ptr,
 * bytes) and translated by the driver through dma_addr(). Who calls a method
 * holds the device: blk.c.
 */

enum {
	BLK_DEVICES_MAX = 8,
	BLK_MOVE_MAX = 128 * 1024, /* bytes of one move(); whole blocks */
};

struct blk_info {
	char driver[16];
	u64 blocks;
	u32 block_bytes;
	u32 read_only;             /* 1: writes are refused */
};

struct blk;

struct blk_ops {
	/* Fills in info; cheap. */
	void (*info)(struct blk *blk, struct blk_info *info);
	/* Moves bytes, a multiple of block_bytes and at most BLK_MOVE_MAX,
	 * between buf and blocks that exist. A write is on the medium when it
	 * returns. ERR_IO, ERR_TIMEOUT. */
	int (*move)(struct blk *blk, u64 first, void *buf, u32 bytes,
	    bool write);
};

/* Embedded first in each driver's own struct. */
struct blk {
	const struct blk_ops *ops;
};

/* Finds the devices; after pci_init, in each life. */
void blk_init(void);

/* The calls of kernel/abi_machine.h. */
int blk_info(u32 i, struct blk_info *info);
int blk_read(u32 i, u64 first, u32 count, void *buf);
int blk_write(u32 i, u64 first, u32 count, const void *buf);

#endif
