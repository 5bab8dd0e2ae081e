/* config.c - the device's PCI configuration space. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/front/front.h"

#include <string.h>

/*
 * 82599 datasheet §9. A full device, for vfio-user:
 *
 *	BAR 0   128 KiB  64-bit  registers
 *	BAR 2   32 B     I/O     (not used)
 *	BAR 4   16 KiB   64-bit  MSI-X: table, pending bits at 0x2000
 *	0x40 power, 0x50 MSI, 0x70 MSI-X, 0xa0 PCI Express
 *
 * QEMU 7.2's proxy knows neither 64-bit BARs nor messages: BAR 0 of 32 bits
 * and no capability.
 */

enum {
	VENDOR = 0x00, DEVICE = 0x02, COMMAND = 0x04, STATUS = 0x06,
	CLASS = 0x0a, CACHE_SIZE = 0x0c, BAR = 0x10, SUBSYSTEM = 0x2c,
	CAPS = 0x34, LINE = 0x3c, PIN = 0x3d, POWER = 0x40, MSI = 0x50,
	MSIX = 0x70, EXPRESS = 0xa0, MEM64 = 4, IO = 1, MASTER = 4, IO_BYTES = 32,
};

static void
put(struct front *f, u32 at, u32 value, u32 len)
{
	memcpy(f->config + at, &value, len);
}

static void
capabilities(struct front *f)
{
	put(f, STATUS, 0x10, 2);
	put(f, CAPS, POWER, 1);
	put(f, POWER, 0x0003 << 16 | MSI << 8 | 0x01, 4);
	put(f, MSI, 0x0080 << 16 | MSIX << 8 | 0x05, 4);
	put(f, MSIX, (NIC82599_VECTORS - 1u) << 16 | EXPRESS << 8 | 0x11, 4);
	put(f, MSIX + 4, 4, 4);                /* table: BAR 4 + 0 */
	put(f, MSIX + 8, 0x2000 | 4, 4);
	/* An endpoint: 512 bytes, function reset; 8 lanes of 5 GT/s. */
	put(f, EXPRESS, 0x0002 << 16 | 0x10, 4);
	put(f, EXPRESS + 4, 0x10008cc2, 4);
	put(f, EXPRESS + 8, 0x2810, 2);
	put(f, EXPRESS + 12, 0x00424c82, 4);
	put(f, EXPRESS + 18, 0x1082, 2);
	put(f, EXPRESS + 36, 0x1f, 4);
}

void
front_config_init(struct front *f, bool full)
{
	memset(f->config, 0, sizeof f->config);
	memset(f->bar_bytes, 0, sizeof f->bar_bytes);
	put(f, VENDOR, 0x8086, 2);
	put(f, DEVICE, f->device, 2);
	put(f, 0x08, 1, 1);
	put(f, CLASS, 0x0200, 2);
	put(f, SUBSYSTEM, 0x00038086, 4);
	put(f, PIN, 1, 1);
	f->bar_bytes[0] = NIC82599_BAR_BYTES;
	if (!full)
		return;
	put(f, BAR, MEM64, 4);
	put(f, BAR + 8, IO, 4);
	put(f, BAR + 16, MEM64, 4);
	f->bar_bytes[2] = IO_BYTES;
	f->bar_bytes[4] = FRONT_MSIX_BYTES;
	capabilities(f);
}

u32
front_config_read(const struct front *f, u32 at, u32 len)
{
	u32 v = 0;

	if (len <= 4 && at <= FRONT_CONFIG_BYTES - len)
		memcpy(&v, f->config + at, len);
	return v;
}

/* A BAR keeps its type; bits below its size stay 0. */
static void
write_bar(struct front *f, u32 i, u32 v)
{
	u32 type = front_config_read(f, BAR + 4 * i, 4), bytes;

	bytes = f->bar_bytes[i];
	if (bytes)
		put(f, BAR + 4 * i, (v & ~(bytes - 1)) | (type & 15), 4);
	else if (i && f->bar_bytes[i - 1] &&
	    (f->config[BAR + 4 * (i - 1)] & 7) == MEM64)
		put(f, BAR + 4 * i, v, 4);
}

static bool
is_writable(u32 at)
{
	return at == COMMAND || at == COMMAND + 1 || at == CACHE_SIZE ||
	    at == LINE;
}

/* With a full device, QEMU itself keeps what MSI-X and power need; the rest of
 * the capabilities' controls are memory. */
static bool
is_control(const struct front *f, u32 at)
{
	return f->config[CAPS] && (at == POWER + 4 ||
	    (at >= MSI + 2 && at < MSI + 16) || at == MSIX + 3 ||
	    at == EXPRESS + 8 || at == EXPRESS + 9);
}

void
front_config_write(struct front *f, u32 at, u32 value, u32 len)
{
	if (len > 4 || at > FRONT_CONFIG_BYTES - len)
		return;
	if (at >= BAR && at < BAR + 4 * FRONT_BARS) {
		if (len == 4)
			write_bar(f, (at - BAR) / 4, value);
		return;
	}
	for (u32 i = 0; i < len; i++)
		if (is_writable(at + i) || is_control(f, at + i))
			f->config[at + i] = (u8)(value >> 8 * i);
	if (at <= COMMAND && at + len > COMMAND)
		nic82599_bus_master(f->nic, f->config[COMMAND] & MASTER);
}

void
front_reset(struct front *f)
{
	put(f, COMMAND, 0, 2);
	nic82599_bus_master(f->nic, false);
	nic82599_pci_reset(f->nic);
}
