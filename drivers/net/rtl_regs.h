/* rtl_regs.h - registers and descriptors of Realtek's NICs that rtl.c uses. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_NET_RTL_REGS_H
#define DRIVERS_NET_RTL_REGS_H

#include "kernel/lib/base.h"

/* RTL8139C+ datasheet 1.6 §5 and RTL8169 registers datasheet 1.21 §2: the same
 * but where "8139" or "8169" stands. */
enum rtl_reg {
	RTL_IDR = 0x00,                /* address, 6 bytes */
	RTL_MAR = 0x08,                /* multicast filter, 8 bytes */
	RTL_TNPDS = 0x20,              /* transmit ring, 8 bytes */
	RTL_CR = 0x37,                 /* 8 bits */
	RTL_POLL_8169 = 0x38,          /* 8 bits */
	RTL_IMR = 0x3c,                /* 16 bits */
	RTL_ISR = 0x3e,                /* 16 bits, ones clear */
	RTL_TCR = 0x40,
	RTL_RCR = 0x44,
	RTL_MPC = 0x4c,                /* missed packets, a write clears */
	RTL_9346CR = 0x50,             /* 8 bits */
	RTL_MSR_8139 = 0x58,           /* 8 bits */
	RTL_PHY_8169 = 0x6c,           /* 8 bits */
	RTL_POLL_8139 = 0xd9,          /* 8 bits */
	RTL_RMS = 0xda,                /* 16 bits: longest frame */
	RTL_CPCR = 0xe0,               /* 16 bits */
	RTL_RDSAR = 0xe4,              /* receive ring, 8 bytes */
	RTL_MTPS_8169 = 0xec,          /* 8 bits, units of 128 bytes */
	RTL_MISC_8168 = 0xf0,
};

enum rtl_bits {
	CR_TE = 1 << 2,
	CR_RE = 1 << 3,
	CR_RST = 1 << 4,
	POLL_NPQ = 1 << 6,             /* the normal queue has work */
	INT_ROK = 1 << 0,
	INT_RDU = 1 << 4,              /* no receive descriptor */
	TCR_BURST_MAX = 7 << 8,
	TCR_IFG = 3 << 24,             /* 96 bit times */
	RCR_APM = 1 << 1,              /* accept what is for this address */
	RCR_AB = 1 << 3,               /* accept broadcast */
	RCR_BURST_MAX = 7 << 8,
	RCR_NO_THRESHOLD = 7 << 13,    /* whole frames */
	EEPROM_LOCK = 0x00,
	EEPROM_UNLOCK = 0xc0,          /* configuration may be written */
	MSR_LINK_BAD = 1 << 2,
	MSR_10 = 1 << 3,
	PHY_LINK = 1 << 1,
	PHY_100 = 1 << 3,
	PHY_1000 = 1 << 4,
	CPCR_TX_8139 = 1 << 0,         /* descriptors instead of a ring of bytes */
	CPCR_RX_8139 = 1 << 1,
	CPCR_MULRW = 1 << 3,
	CPCR_DAC = 1 << 4,             /* addresses of 64 bits */
	MISC_RXDV_GATED = 1 << 19,     /* nothing is received */
	MTPS_MAX = 0x3f,
};

/* Of both rings; in memory 256 bytes aligned. */
struct rtl_desc {
	u32 cmd;
	u32 vlan;
	u64 addr;
};
_Static_assert(sizeof(struct rtl_desc) == 16, "hardware layout");

enum rtl_desc_bits {
	DESC_LEN = 0x1fff,             /* the 8169 has a bit more */
	DESC_LS = 1 << 28,             /* last of a frame */
	DESC_FS = 1 << 29,             /* first */
	DESC_EOR = 1 << 30,            /* last of the ring */
	DESC_BAD = 3 << 20,            /* 8139: error, long; 8169: runt, error */
};
#define DESC_OWN (1u << 31)            /* the device's */

#endif
