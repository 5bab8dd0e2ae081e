/* e1000e_regs.h - registers of the 82574L that the driver uses. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_NET_E1000E_REGS_H
#define DRIVERS_NET_E1000E_REGS_H

#include "kernel/lib/base.h"

/* Intel 82574 GbE Controller Family Datasheet, chapter 10.2. */
enum e1000e_reg {
	E1000E_ICR = 0x00c0,
	E1000E_ITR = 0x00c4,
	E1000E_IMS = 0x00d0,
	E1000E_IMC = 0x00d8,
	E1000E_EIAC = 0x00dc,
	E1000E_IVAR = 0x00e4,
	E1000E_RCTL = 0x0100,
	E1000E_TCTL = 0x0400,
	E1000E_TIPG = 0x0410,
	E1000E_RX = 0x2800,            /* ring: RDBAL, RDBAH, ... */
	E1000E_RDTR = 0x2820,
	E1000E_TX = 0x3800,            /* ring: TDBAL, TDBAH, ... */
	E1000E_RFCTL = 0x5008,
	E1000E_MTA = 0x5200,           /* 128 words */
	E1000E_RAL = 0x5400,
	E1000E_RAH = 0x5404,
	E1000E_MPC = 0x4010,           /* missed packets, clear on read */
};

enum e1000e_bits {
	CTRL_SLU = 1 << 6,             /* set link up */
	STATUS_LU = 1 << 1,            /* link up */
	STATUS_SPEED_SHIFT = 6,        /* 0: 10, 1: 100, 2 and 3: 1000 */
	INT_RXQ0 = 1 << 20,
	IVAR_RXQ0_VALID = 1 << 3,      /* vector in bits 2:0 */
	RCTL_EN = 1 << 1,
	RCTL_BAM = 1 << 15,            /* accept broadcast */
	RCTL_SECRC = 1 << 26,          /* strip the FCS */
	TCTL_EN = 1 << 1,
	TCTL_PSP = 1 << 3,             /* pad short packets */
	TCTL_CT_SHIFT = 4,
	TCTL_COLD_SHIFT = 12,
	RFCTL_EXSTEN = 1 << 15,        /* extended receive descriptors */
	XDCTL_GRAN = 1 << 24,          /* thresholds count descriptors */
};
#define CTRL_PHY_RST (1u << 31)
#define RAH_AV (1u << 31)              /* address valid */

#endif
