/* e1000_regs.h - registers of Intel's gigabit NICs that e1000.c uses. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_NET_E1000_REGS_H
#define DRIVERS_NET_E1000_REGS_H

#include "kernel/lib/base.h"

/* Intel 82574 GbE Controller Family Datasheet, chapter 10.2. */
enum e1000_reg {
	E1000_ICR = 0x00c0,
	E1000_ITR = 0x00c4,
	E1000_IMS = 0x00d0,
	E1000_IMC = 0x00d8,
	E1000_EIAC = 0x00dc,
	E1000_IVAR = 0x00e4,
	E1000_RCTL = 0x0100,
	E1000_TCTL = 0x0400,
	E1000_TIPG = 0x0410,
	E1000_RX = 0x2800,            /* ring: RDBAL, RDBAH, ... */
	E1000_RDTR = 0x2820,
	E1000_TX = 0x3800,            /* ring: TDBAL, TDBAH, ... */
	E1000_RFCTL = 0x5008,
	E1000_MTA = 0x5200,           /* 128 words */
	E1000_RAL = 0x5400,
	E1000_RAH = 0x5404,
	E1000_MPC = 0x4010,           /* missed packets, clear on read */
};

enum e1000_bits {
	CTRL_SLU = 1 << 6,             /* set link up */
	INT_RXT0 = 1 << 7,             /* received, all but the 82574's MSI-X */
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
	/* legacy receive descriptor, status in bits 7:0, errors in 15:8 */
	LEGACY_STATUS = 0x0003,        /* DD and EOP, as INTEL_RX_ */
	LEGACY_ERRORS = 0x9700,        /* RXE, CXE, SEQ, SE, CE: 8254x §3.2.3.2 */
	ID_82574L = 0x10d3,
	ID_82574LA = 0x10f6,
};
#define CTRL_PHY_RST (1u << 31)
#define RAH_AV (1u << 31)              /* address valid */

#endif
