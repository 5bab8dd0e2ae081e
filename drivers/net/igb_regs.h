/* igb_regs.h - registers of the 82576, I350 and I210 that the driver uses. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_NET_IGB_REGS_H
#define DRIVERS_NET_IGB_REGS_H

#include "kernel/lib/base.h"

/* Intel 82576EB Gigabit Ethernet Controller Datasheet, chapter 8. */
enum igb_reg {
	IGB_EECD = 0x0010,             /* §8.4.1 */
	IGB_MDIC = 0x0020,             /* §8.2.4 */
	IGB_RCTL = 0x0100,             /* §8.10.1 */
	IGB_TCTL = 0x0400,             /* §8.12.1 */
	IGB_GPIE = 0x1514,             /* §8.8.14 */
	IGB_EIMS = 0x1524,             /* §8.8.3 */
	IGB_EIMC = 0x1528,
	IGB_EIAC = 0x152c,
	IGB_IMC = 0x150c,
	IGB_IVAR = 0x1700,             /* §8.8.15 */
	IGB_MPC = 0x4010,              /* missed packets, clear on read */
	IGB_MTA = 0x5200,              /* §8.10.19, 128 words */
	IGB_RAL = 0x5400,              /* §8.10.16 */
	IGB_MRQC = 0x5818,             /* §8.10.23 */
	IGB_RX = 0xc000,               /* ring: RDBAL, RDBAH, ... */
	IGB_TX = 0xe000,               /* ring: TDBAL, TDBAH, ... */
	IGB_STRIDE = 0x40,             /* from one queue's to the next */
	/* from a ring's first register on */
	IGB_SRRCTL = 0x0c,             /* §8.10.2 */
};

enum igb_bits {
	CTRL_SLU = 1 << 6,             /* set link up */
	/* the PHY's control register: negotiate, now */
	MDIC_NEGOTIATE = 1 << 26 | 1 << 21 | 0x1200,
	EECD_AUTO_RD = 1 << 9,         /* the EEPROM has been read */
	RCTL_EN = 1 << 1,
	RCTL_BAM = 1 << 15,            /* accept broadcast */
	RCTL_SECRC = 1 << 26,          /* strip the FCS */
	TCTL_EN = 1 << 1,
	TCTL_PSP = 1 << 3,             /* pad short packets */
	TCTL_CT_SHIFT = 4,
	GPIE_NSICR = 1 << 0,
	GPIE_MSIX = 1 << 4,
	IVAR_VALID = 1 << 7,
	SRRCTL_ADVANCED = 1 << 25,     /* one buffer per descriptor */
	RX_RXE = 1 << 29,              /* §7.1.5.2: error of the MAC */
};
#define GPIE_PBA (1u << 31)
#define RAH_AV (1u << 31)              /* address valid */
#define SRRCTL_DROP_EN (1u << 31)

#endif
