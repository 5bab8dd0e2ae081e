/* blk.c - block devices: who may use them, and where they end. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/blk.h"

#include "kernel/calltable.h"
#include "kernel/driver.h"
#include "kernel/lib/err.h"
#include "kernel/log.h"

/*
 * One caller at a time per device; the others wait for it, which is short. A
 * rank that is stopped while it holds a device leaves it locked: its job is
 * over, and the recycle begins anew.
 */

static struct {
	struct blk *blk;
	u32 lock;
} devices[BLK_DEVICES_MAX];
static u32 count_found;

static void
probe(const struct pci_dev *dev, const struct blk_driver *driver)
{
	int err = driver->probe(dev, &devices[count_found].blk);

	if (err)
		log_warn("%s: %s", driver->name, err_name(err));
	else
		count_found++;
}

void
blk_init(void)
{
	const struct pci_dev *dev;

	for (u32 i = 0; (dev = pci_get(i)) != NULL; i++)
		for (u32 k = 0; blk_drivers[k]; k++)
			if (count_found < BLK_DEVICES_MAX &&
			    driver_is_for(blk_drivers[k]->ids, dev))
				probe(dev, blk_drivers[k]);
}

int
blk_info(u32 i, struct blk_info *info)
{
	if (i >= count_found)
		return ERR_NOENT;
	devices[i].blk->ops->info(devices[i].blk, info);
	return 0;
}

static int
move(u32 i, u64 first, u64 bytes, u32 block_bytes, u8 *buf, bool write)
{
	struct blk *b = devices[i].blk;
	int err = 0;

	while (__atomic_exchange_n(&devices[i].lock, 1, __ATOMIC_ACQUIRE))
		__builtin_ia32_pause();
	while (bytes && !err) {
		u32 n = (u32)MIN(bytes, (u64)BLK_MOVE_MAX);

		err = b->ops->move(b, first, buf, n, write);
		first += n / block_bytes;
		buf += n;
		bytes -= n;
	}
	__atomic_store_n(&devices[i].lock, 0, __ATOMIC_RELEASE);
	return err;
}

static int
check(u32 i, u64 first, u32 count, void *buf, bool write)
{
	struct blk_info info;
	int err = blk_info(i, &info);
	u64 bytes;

	if (err)
		return err;
	if (write && info.read_only)
		return ERR_UNSUPP;
	if (first > info.blocks || count > info.blocks - first)
		return ERR_INVAL;
	bytes = (u64)count * info.block_bytes;
	calltable_touch(buf, bytes, !write);
	return move(i, first, bytes, info.block_bytes, buf, write);
}

int
blk_read(u32 i, u64 first, u32 count, void *buf)
{
	return check(i, first, count, buf, false);
}

int
blk_write(u32 i, u64 first, u32 count, const void *buf)
{
	return check(i, first, count, (void *)(uintptr_t)buf, true);
}
