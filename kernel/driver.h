/* driver.h - the contract of a driver; drivers/table.c lists them all. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_DRIVER_H
#define KERNEL_DRIVER_H

#include "kernel/pci.h"

struct nic;

struct pci_id {
	u16 vendor, device;
};

struct blk;

struct nic_driver {
	const char *name;
	const struct pci_id *ids;       /* ended by a zero vendor */
	/* Takes the device over, link on its way up; 0 and the NIC, or an
	 * error with the device quiet. */
	int (*probe)(const struct pci_dev *dev, struct nic **nic);
};

/* A watchdog; there is one of each kind at most. */
struct dog_driver {
	const char *name;
	const struct pci_id *ids;
	/* Resets the machine `seconds` after the last feed. ERR_UNSUPP: this
	 * one cannot. Called again in each life of the kernel. */
	int (*start)(const struct pci_dev *dev, u32 seconds);
	void (*feed)(void);
};

struct blk_driver {
	const char *name;
	const struct pci_id *ids;
	int (*probe)(const struct pci_dev *dev, struct blk **blk);
};

/* Ended by NULL. */
extern const struct nic_driver *const nic_drivers[];
extern const struct blk_driver *const blk_drivers[];

static inline bool
driver_is_for(const struct pci_id *ids, const struct pci_dev *dev)
{
	while (ids->vendor &&
	    (ids->vendor != dev->vendor || ids->device != dev->device))
		ids++;
	return ids->vendor != 0;
}
extern const struct dog_driver *const dog_drivers[];

#endif
