/* pci.c - finds PCI functions and sets them up. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/pci.h"

#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/lib/err.h"
#include "kernel/log.h"
#include "kernel/mmio.h"
#include "kernel/vm.h"

/*
 * Configuration mechanism 1 (PCI 3.0 §3.2.2.3.2): address port, data port.
 * Devices are set up by the boot core; a driver that reads its configuration
 * space later does so under the agent's lock. Only pci_quiesce comes from
 * anywhere: then every other core stands still.
 */

enum {
	PORT_ADDRESS = 0xcf8,
	PORT_DATA = 0xcfc,
	BUSES = 256,
	DEVS = 32,
	FNS = 8,
	/* configuration space, §6.1 */
	REG_ID = 0x00,
	REG_COMMAND = 0x04,
	  COMMAND_IO = 1 << 0,
	  COMMAND_MEMORY = 1 << 1,
	  COMMAND_MASTER = 1 << 2,
	  COMMAND_INTX_OFF = 1 << 10,
	REG_STATUS = 0x06,
	  STATUS_CAPS = 1 << 4,
	REG_CLASS = 0x08,
	REG_HEADER = 0x0e,
	  HEADER_TYPE = 0x7f,
	  HEADER_MULTI = 0x80,
	REG_BAR0 = 0x10,
	  BAR_IO = 1 << 0,
	  BAR_64 = 1 << 2,
	REG_CAPS = 0x34,
	REG_IRQ_PIN = 0x3d,
	CAPS_MAX = 48,
	CLASS_BRIDGE = 0x06,
	/* MSI §6.8.1, MSI-X §6.8.2 */
	CAP_MSI = 0x05,
	  MSI_ENABLE = 1 << 0,
	  MSI_64 = 1 << 7,
	  MSI_COUNT = 7 << 4,
	CAP_MSIX = 0x11,
	  MSIX_ENABLE = 1 << 15,
	  MSIX_MASK_ALL = 1 << 14,
	  MSIX_SIZE = 0x7ff,
	MSIX_ENTRY_BYTES = 16,
	/* PCI Express base 5.0 §7.5.3.5 */
	CAP_PCIE = 0x10,
	PCIE_STATUS = 0x0a,
	  PCIE_PENDING = 1 << 5,
	PENDING_MS_MAX = 100,
	MSI_APIC_ID_MAX = 254,      /* without interrupt remapping */
};
#define MSI_ADDRESS 0xfee00000u     /* SDM volume 3 §11.11.1 */

static struct pci_dev devs[LIMIT_PCI_DEVICES];
static u32 dev_count;

static u32
read_at(u32 bus, u32 dev, u32 fn, u32 offset)
{
	cpu_out32(PORT_ADDRESS, 1u << 31 | bus << 16 | dev << 11 | fn << 8 |
	    (offset & 0xfc));
	return cpu_in32(PORT_DATA);
}

u32
pci_read32(const struct pci_dev *d, u16 offset)
{
	return read_at(d->bus, d->dev, d->fn, offset);
}

u16
pci_read16(const struct pci_dev *d, u16 offset)
{
	return (u16)(pci_read32(d, offset) >> (offset & 2) * 8);
}

u8
pci_read8(const struct pci_dev *d, u16 offset)
{
	return (u8)(pci_read32(d, offset) >> (offset & 3) * 8);
}

void
pci_write32(const struct pci_dev *d, u16 offset, u32 v)
{
	(void)pci_read32(d, offset);    /* sets the address */
	cpu_out32(PORT_DATA, v);
}

/* By a port of 16 bits: a 32-bit write would clear status bits next door. */
void
pci_write16(const struct pci_dev *d, u16 offset, u16 v)
{
	(void)pci_read32(d, offset);
	cpu_out16((u16)(PORT_DATA + (offset & 2)), v);
}

void
pci_write8(const struct pci_dev *d, u16 offset, u8 v)
{
	(void)pci_read32(d, offset);
	cpu_out8((u16)(PORT_DATA + (offset & 3)), v);
}

static void
add(u32 bus, u32 dev, u32 fn, u32 id)
{
	struct pci_dev *d = &devs[dev_count];

	if (dev_count == LIMIT_PCI_DEVICES) {
		log_warn("pci: %02x:%02x.%x ignored: more than %u functions",
		    bus, dev, fn, LIMIT_PCI_DEVICES);
		return;
	}
	*d = (struct pci_dev){ .bus = (u8)bus, .dev = (u8)dev, .fn = (u8)fn,
		.vendor = (u16)id, .device = (u16)(id >> 16) };
	d->class_code = pci_read32(d, REG_CLASS) >> 8;
	d->irq_pin = pci_read8(d, REG_IRQ_PIN);
	dev_count++;
}

/* All functions of one device; returns whether it is there. */
static void
scan_device(u32 bus, u32 dev)
{
	for (u32 fn = 0; fn < FNS; fn++) {
		u32 id = read_at(bus, dev, fn, REG_ID);
		u32 type;

		if ((id & 0xffff) != 0xffff && (id & 0xffff) != 0)
			add(bus, dev, fn, id);
		else if (fn == 0)
			return;
		type = read_at(bus, dev, 0, REG_HEADER) >> 16;
		if (fn == 0 && !(type & HEADER_MULTI))
			return;
	}
}

/* Sizes a BAR by writing ones to it, decoding switched off meanwhile. */
static u64
bar_size(const struct pci_dev *d, u16 reg, bool wide, u64 base)
{
	u16 command = pci_read16(d, REG_COMMAND);
	u64 size;

	pci_write16(d, REG_COMMAND,
	    command & (u16) ~(COMMAND_IO | COMMAND_MEMORY));
	pci_write32(d, reg, 0xffffffff);
	size = pci_read32(d, reg) & ~0xfu;
	pci_write32(d, reg, (u32)base);
	if (wide) {
		pci_write32(d, (u16)(reg + 4), 0xffffffff);
		size |= (u64)pci_read32(d, (u16)(reg + 4)) << 32;
		pci_write32(d, (u16)(reg + 4), (u32)(base >> 32));
	} else if (size) {
		size |= 0xffffffff00000000;
	}
	pci_write16(d, REG_COMMAND, command);
	return ~size + 1;
}

/* All memory BARs, once: sizing switches decoding off, which must not happen
 * to a device that is in use. */
static void
read_bars(struct pci_dev *d)
{
	for (u16 bar = 0; bar < 6; bar++) {
		u16 reg = (u16)(REG_BAR0 + bar * 4);
		u32 low = pci_read32(d, reg);
		bool wide = (low & BAR_64) && bar < 5;
		u64 base = low, bytes;

		if (low & BAR_IO)
			continue;
		if (wide)
			base |= (u64)pci_read32(d, (u16)(reg + 4)) << 32;
		bytes = base & ~0xfull ? bar_size(d, reg, wide, base) : 0;
		base &= ~0xfull;
		if (bytes && bytes <= LIMIT_PHYS && base <= LIMIT_PHYS - bytes) {
			d->bar[bar] = base;
			d->bar_bytes[bar] = bytes;
		}
		bar = (u16)(bar + wide);
	}
}

/*
 * Firmware numbers buses without large holes: bridges found so far tell the
 * highest bus that is there.
 */
u32
pci_init(void)
{
	u32 last = 0;

	dev_count = 0;
	for (u32 bus = 0; bus < BUSES && bus <= last; bus++) {
		u32 first = dev_count;

		for (u32 dev = 0; dev < DEVS; dev++)
			scan_device(bus, dev);
		for (u32 i = first; i < dev_count; i++) {
			struct pci_dev *d = &devs[i];
			u8 type = pci_read8(d, REG_HEADER) & HEADER_TYPE;

			if (type == 0)
				read_bars(d);
			/* Type 1: subordinate bus at 0x1a. */
			if (type == 1)
				last = MAX(last, (u32)pci_read8(d, 0x1a));
		}
	}
	return dev_count;
}

const struct pci_dev *
pci_get(u32 i)
{
	return i < dev_count ? &devs[i] : NULL;
}

u16
pci_cap(const struct pci_dev *d, u8 id, u16 after)
{
	u16 at;

	if (!(pci_read16(d, REG_STATUS) & STATUS_CAPS))
		return 0;
	at = pci_read8(d, after ? (u16)(after + 1) : REG_CAPS) & 0xfc;
	for (int i = 0; at && i < CAPS_MAX; i++) {
		if (pci_read8(d, at) == id)
			return at;
		at = pci_read8(d, (u16)(at + 1)) & 0xfc;
	}
	return 0;
}

volatile void *
pci_bar_map(const struct pci_dev *d, u8 bar, u64 *size)
{
	ASSERT(bar < 6);
	if (!d->bar_bytes[bar])
		return NULL;
	if (size)
		*size = d->bar_bytes[bar];
	return vm_device(d->bar[bar], d->bar_bytes[bar]);
}

void
pci_enable(const struct pci_dev *d, bool mem, bool io, bool master)
{
	u16 command = pci_read16(d, REG_COMMAND);

	command &= (u16) ~(COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER);
	command |= COMMAND_INTX_OFF;
	if (io)
		command |= COMMAND_IO;
	if (mem)
		command |= COMMAND_MEMORY;
	if (master)
		command |= COMMAND_MASTER;
	pci_write16(d, REG_COMMAND, command);
}

/* MSI has one message for us; its mask and count are left at one. */
static int
msi_route(const struct pci_dev *d, u16 entry, u8 vector, u32 apic_id)
{
	u16 cap = pci_cap(d, CAP_MSI, 0), control;

	if (!cap)
		return ERR_UNSUPP;
	if (entry > 0)
		return ERR_INVAL;
	control = pci_read16(d, (u16)(cap + 2));
	pci_write32(d, (u16)(cap + 4), MSI_ADDRESS | apic_id << 12);
	if (control & MSI_64) {
		pci_write32(d, (u16)(cap + 8), 0);
		pci_write16(d, (u16)(cap + 12), vector);
	} else {
		pci_write16(d, (u16)(cap + 8), vector);
	}
	control = (u16)((control & ~MSI_COUNT) | MSI_ENABLE);
	pci_write16(d, (u16)(cap + 2), control);
	return 0;
}

int
pci_msix_route(const struct pci_dev *d, u16 entry, u8 vector, u32 apic_id)
{
	u16 cap = pci_cap(d, CAP_MSIX, 0), control;
	volatile u8 *table;
	u64 size;
	u32 where;

	if (apic_id > MSI_APIC_ID_MAX)
		return ERR_UNSUPP;
	if (!cap)
		return msi_route(d, entry, vector, apic_id);
	control = pci_read16(d, (u16)(cap + 2));
	where = pci_read32(d, (u16)(cap + 4));
	if (entry > (control & MSIX_SIZE) || (where & 7) > 5)
		return ERR_INVAL;
	table = pci_bar_map(d, (u8)(where & 7), &size);
	where &= ~7u;
	if (!table || where + (entry + 1ull) * MSIX_ENTRY_BYTES > size)
		return ERR_IO;
	pci_write16(d, (u16)(cap + 2),
	    (u16)(control | MSIX_ENABLE | MSIX_MASK_ALL));
	table += where + entry * MSIX_ENTRY_BYTES;
	mmio_write32(table, MSI_ADDRESS | apic_id << 12);
	mmio_write32(table + 4, 0);
	mmio_write32(table + 8, vector);
	mmio_write32(table + 12, 0);
	pci_write16(d, (u16)(cap + 2),
	    (u16)((control | MSIX_ENABLE) & ~MSIX_MASK_ALL));
	return 0;
}

/* What a device has asked for may still arrive, until it says otherwise. */
static void
wait_pending(const struct pci_dev *d)
{
	u16 cap = pci_cap(d, CAP_PCIE, 0);
	u64 end = clock_now_ns() + PENDING_MS_MAX * 1000000ull;

	while (cap && (pci_read16(d, (u16)(cap + PCIE_STATUS)) &
	    PCIE_PENDING) && clock_now_ns() < end)
		__builtin_ia32_pause();
}

void
pci_quiesce(void)
{
	for (u32 i = 0; i < dev_count; i++) {
		struct pci_dev *d = &devs[i];
		u16 command = pci_read16(d, REG_COMMAND);

		if (d->class_code >> 16 != CLASS_BRIDGE)
			pci_write16(d, REG_COMMAND,
			    command & (u16)~COMMAND_MASTER);
	}
	for (u32 i = 0; i < dev_count; i++)
		wait_pending(&devs[i]);
}
