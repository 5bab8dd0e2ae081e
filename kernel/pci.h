/* pci.h - devices on the PCI bus. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_PCI_H
#define KERNEL_PCI_H

#include "kernel/lib/base.h"

struct pci_dev {
	u8 bus, dev, fn, irq_pin;
	u16 vendor, device;
	u32 class_code;         /* class << 16 | subclass << 8 | interface */
	u64 bar[6], bar_bytes[6]; /* memory BARs; 0: none or I/O */
};

/* Finds all devices behind the host bridge; returns how many. */
u32 pci_init(void);
/* Number i of those, or NULL. */
const struct pci_dev *pci_get(u32 i);

u8 pci_read8(const struct pci_dev *d, u16 offset);
u16 pci_read16(const struct pci_dev *d, u16 offset);
u32 pci_read32(const struct pci_dev *d, u16 offset);
void pci_write8(const struct pci_dev *d, u16 offset, u8 v);
void pci_write16(const struct pci_dev *d, u16 offset, u16 v);
void pci_write32(const struct pci_dev *d, u16 offset, u32 v);

/* Offset of the next capability `id` behind `after` (0: from the start), or 0. */
u16 pci_cap(const struct pci_dev *d, u8 id, u16 after);
/* Maps a memory BAR uncached; NULL if it is none. */
volatile void *pci_bar_map(const struct pci_dev *d, u8 bar, u64 *size);
/* Memory, I/O, bus mastering: each on or off. */
void pci_enable(const struct pci_dev *d, bool mem, bool io, bool master);
/* Turns MSI-X on and sends table entry `entry` as vector to the core with
 * this APIC id. ERR_UNSUPP without MSI-X or for ids that do not fit. */
int pci_msix_route(const struct pci_dev *d, u16 entry, u8 vector, u32 apic_id);
/* Bus mastering off everywhere, and what was under way has arrived: before
 * memory changes hands. */
void pci_quiesce(void);

#endif
