/* table.c - every driver of the node. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/driver.h"

extern const struct nic_driver virtio_net_driver;
extern const struct nic_driver e1000_driver;
extern const struct nic_driver e1000e_driver;
extern const struct nic_driver igb_driver;
extern const struct nic_driver ixgbe_driver;
extern const struct nic_driver rtl_driver;
extern const struct blk_driver virtio_blk_driver;
extern const struct dog_driver i6300esb_driver;
extern const struct dog_driver itco_driver;

const struct nic_driver *const nic_drivers[] = {
	&virtio_net_driver,
	&e1000_driver,
	&e1000e_driver,
	&igb_driver,
	&ixgbe_driver,
	&rtl_driver,
	NULL,
};

const struct dog_driver *const dog_drivers[] = {
	&i6300esb_driver,
	&itco_driver,
	NULL,
};

const struct blk_driver *const blk_drivers[] = {
	&virtio_blk_driver,
	NULL,
};
