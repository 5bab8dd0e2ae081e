/* i6300esb.c - Intel's 6300ESB watchdog timer; QEMU emulates it. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/driver.h"
#include "kernel/mmio.h"

/*
 * Intel 6300ESB datasheet (300641) chapter 16. Two stages of a millisecond's
 * steps, one after the other; the second's end resets the machine. Every
 * register but the lock is open for one write after 0x80, 0x86.
 */

enum {
	CONFIG = 0x60,                  /* configuration space, 16 bits */
	  CONFIG_NO_INTERRUPT = 3,
	LOCK = 0x68,                    /* 8 bits */
	  LOCK_ENABLE = 1 << 1,
	TIMER1 = 0x00,                  /* memory */
	TIMER2 = 0x04,
	RELOAD = 0x0c,
	  RELOAD_NOW = 1 << 8,
	STAGE_MAX = 0xfffff,
};

static volatile u8 *regs;

static void
unlock(void)
{
	mmio_write16(regs + RELOAD, 0x80);
	mmio_write16(regs + RELOAD, 0x86);
}

static void
feed(void)
{
	unlock();
	mmio_write16(regs + RELOAD, RELOAD_NOW);
}

static int
start(const struct pci_dev *dev, u32 seconds)
{
	u32 stage = MIN(seconds * 500, (u32)STAGE_MAX);

	regs = pci_bar_map(dev, 0, NULL);
	if (!regs)
		return ERR_UNSUPP;
	pci_enable(dev, true, false, false);
	pci_write16(dev, CONFIG, CONFIG_NO_INTERRUPT);
	unlock();
	mmio_write32(regs + TIMER1, stage);
	unlock();
	mmio_write32(regs + TIMER2, stage);
	pci_write8(dev, LOCK, LOCK_ENABLE);
	feed();
	return 0;
}

static const struct pci_id ids[] = { { 0x8086, 0x25ab }, { 0, 0 } };

const struct dog_driver i6300esb_driver = { "i6300esb", ids, start, feed };
