/* itco.c - the watchdog timer in Intel's ICH9 to 9-series chipsets. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/driver.h"
#include "kernel/mmio.h"

/*
 * Intel ICH9 datasheet (316972) §13.9. Steps of 0.6 s, counted down twice; the
 * second time resets the machine, unless a strap or the firmware forbids it by
 * NO_REBOOT: then there is no watchdog.
 */

enum {
	PMBASE = 0x40,                  /* configuration space of the LPC */
	  PMBASE_AT = 0xff80,
	RCBA = 0xf0,
	  RCBA_ENABLE = 1,
	GCS = 0x3410,                   /* behind RCBA */
	  GCS_NO_REBOOT = 1 << 5,
	TCO = 0x60,                     /* ports, behind PMBASE */
	RLD = TCO + 0x00,
	STS1 = TCO + 0x04,
	  STS1_TIMEOUT = 1 << 3,
	STS2 = TCO + 0x06,
	  STS2_SECOND = 1 << 1,
	CNT1 = TCO + 0x08,
	  CNT1_HALT = 1 << 11,
	TMR = TCO + 0x12,
	TMR_MIN = 4,
	TMR_MAX = 0x3ff,
};

static u16 base;

static void
feed(void)
{
	io_write16((u16)(base + RLD), 1);
}

static int
start(const struct pci_dev *dev, u32 seconds)
{
	u32 rcba = pci_read32(dev, RCBA), steps = seconds * 10 / 12;
	volatile u8 *gcs = (volatile u8 *)(u64)(rcba & ~0x3fffu) + GCS;

	base = pci_read16(dev, PMBASE) & PMBASE_AT;
	if (!base || !(rcba & RCBA_ENABLE))
		return ERR_UNSUPP;
	mmio_write32(gcs, mmio_read32(gcs) & ~(u32)GCS_NO_REBOOT);
	if (mmio_read32(gcs) & GCS_NO_REBOOT)
		return ERR_UNSUPP;
	steps = MAX(steps, (u32)TMR_MIN);
	io_write16((u16)(base + TMR), (u16)MIN(steps, (u32)TMR_MAX));
	io_write16((u16)(base + STS1), STS1_TIMEOUT);
	io_write16((u16)(base + STS2), STS2_SECOND);
	io_write16((u16)(base + CNT1), (u16)(io_read16((u16)(base + CNT1)) &
	    ~CNT1_HALT));
	feed();
	return 0;
}

/* ICH9, ICH10, then the LPC bridges of the 5 to 9 series that servers have. */
static const struct pci_id ids[] = { { 0x8086, 0x2912 }, { 0x8086, 0x2914 },
	{ 0x8086, 0x2916 }, { 0x8086, 0x2918 }, { 0x8086, 0x3a14 },
	{ 0x8086, 0x3a16 }, { 0x8086, 0x3a18 }, { 0x8086, 0x3a1a },
	{ 0x8086, 0x3b14 }, { 0x8086, 0x1c54 }, { 0x8086, 0x1d41 },
	{ 0x8086, 0x1e53 }, { 0x8086, 0x8c54 }, { 0x8086, 0x8d44 }, { 0, 0 } };

const struct dog_driver itco_driver = { "iTCO", ids, start, feed };
