/* ixgbe_regs.h - registers of the 82599, X540 and X550 that the driver uses. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVERS_NET_IXGBE_REGS_H
#define DRIVERS_NET_IXGBE_REGS_H

#include "kernel/lib/base.h"

/*
 * Intel 82599 10 GbE Controller Datasheet; the sections of §8.2.3 hold for
 * the X540 and X550, too, which keep these registers where they are.
 */
enum ixgbe_reg {
	IXGBE_CTRL_EXT = 0x00018,      /* §8.2.3.1.3 */
	IXGBE_ESDP = 0x00020,          /* §8.2.3.1.4 */
	IXGBE_EICR = 0x00800,          /* §8.2.3.5.1, clear on read */
	IXGBE_EIAC = 0x00810,          /* §8.2.3.5.5 */
	IXGBE_EIMS = 0x00880,          /* §8.2.3.5.3 */
	IXGBE_EIMC = 0x00888,          /* §8.2.3.5.4 */
	IXGBE_GPIE = 0x00898,          /* §8.2.3.5.18 */
	IXGBE_IVAR = 0x00900,          /* §8.2.3.5.16, two queues each */
	IXGBE_EIMC_EX = 0x00ab0,       /* §8.2.3.5.9, two */
	IXGBE_RX = 0x01000,            /* §8.2.3.8.1, ring of queue 0 */
	IXGBE_QPRDC = 0x01430,         /* §8.2.3.23.69, clear on read */
	IXGBE_RDRXCTL = 0x02f00,       /* §8.2.3.8.8 */
	IXGBE_RXCTRL = 0x03000,        /* §8.2.3.8.10 */
	IXGBE_RXMPC = 0x03fa0,         /* §8.2.3.23.4, clear on read */
	IXGBE_HLREG0 = 0x04240,        /* §8.2.3.22.8 */
	IXGBE_MAXFRS = 0x04268,        /* §8.2.3.22.13 */
	IXGBE_AUTOC = 0x042a0,         /* §8.2.3.22.19 */
	IXGBE_LINKS = 0x042a4,         /* §8.2.3.22.20 */
	IXGBE_RTTDCS = 0x04900,        /* §8.2.3.10.2 */
	IXGBE_DMATXCTL = 0x04a80,      /* §8.2.3.9.2 */
	IXGBE_RXCSUM = 0x05000,        /* §8.2.3.7.5 */
	IXGBE_FCTRL = 0x05080,         /* §8.2.3.7.1 */
	IXGBE_MTA = 0x05200,           /* §8.2.3.7.7, 128 words */
	IXGBE_MRQC = 0x05818,          /* §8.2.3.7.12 */
	IXGBE_RETA = 0x05c00,          /* §8.2.3.7.13, 32 words */
	IXGBE_RSSRK = 0x05c80,         /* §8.2.3.7.14, 10 words */
	IXGBE_TX = 0x06000,            /* §8.2.3.9.5, ring of queue 0 */
	IXGBE_DTXMXSZRQ = 0x08100,     /* §8.2.3.9.1 */
	IXGBE_RAL = 0x0a200,           /* §8.2.3.7.8 */
	IXGBE_SDPQF = 0x0e400,         /* §8.2.3.7.18, 128 words */
	IXGBE_FTQF = 0x0e600,          /* §8.2.3.7.19, 128 words */
	IXGBE_L34TIMIR = 0x0e800,      /* §8.2.3.7.20, 128 words */
	IXGBE_PSRTYPE = 0x0ea00,       /* §8.2.3.7.4, of pool 0 */
	IXGBE_EEC = 0x10010,           /* §8.2.3.2.1 */
	/* from a ring's first register on */
	IXGBE_DCA_RXCTRL = 0x0c,       /* §8.2.3.11.1 */
	IXGBE_SRRCTL = 0x14,           /* §8.2.3.8.7 */
	IXGBE_STRIDE = 0x40,           /* from ring to ring, the first 64 */
};

enum ixgbe_bits {
	CTRL_LRST = 1 << 3,
	CTRL_EXT_NS_DIS = 1 << 16,     /* no snoop off */
	EEC_ARD = 1 << 9,              /* EEPROM has been read */
	ESDP_SDP3 = 1 << 3,            /* SFP+: transmitter off */
	ESDP_SDP3_OUT = 1 << 11,
	GPIE_MSIX = 1 << 4,
	IVAR_VALID = 1 << 7,           /* vector in bits 5:0 */
	RDRXCTL_CRCSTRIP = 1 << 1,
	RDRXCTL_DMAIDONE = 1 << 3,
	RDRXCTL_RSCFRSTSIZE = 31 << 17,
	RXCTRL_RXEN = 1 << 0,
	HLREG0_JUMBOEN = 1 << 2,
	MAXFRS_SHIFT = 16,
	AUTOC_RESTART = 1 << 12,
	AUTOC_LMS_MASK = 7 << 13,
	AUTOC_LMS_10G_SERIAL = 3 << 13,
	LINKS_UP = 1 << 30,
	LINKS_SPEED_SHIFT = 28,        /* 1: 100, 2: 1000, 3: 10000 */
	RTTDCS_ARBDIS = 1 << 6,
	DMATXCTL_TE = 1 << 0,
	DMATXCTL_VT_SHIFT = 16,        /* VLAN EtherType */
	FCTRL_BAM = 1 << 10,           /* accept broadcast */
	RXCSUM_PCSD = 1 << 13,         /* hash, not a fragment's sum */
	MRQC_RSS = 1 << 0,             /* up to 16 queues */
	MRQC_IPV4 = 1 << 17,
	MRQC_UDP4 = 1 << 22,
	FTQF_UDP = 1 << 0,
	FTQF_PRIORITY = 7 << 2,
	FTQF_NO_ADDR = 3 << 25,        /* any source and destination */
	FTQF_NO_SPORT = 1 << 27,
	FTQF_NO_POOL = 1 << 30,
	L34TIMIR_ONE = 1 << 19,        /* must be 1 */
	L34TIMIR_QUEUE_SHIFT = 21,
	SRRCTL_ADVANCED = 1 << 25,     /* one buffer per descriptor */
	SRRCTL_SPLIT = 5 << 25 | 1 << 8, /* 64 bytes to the head, always */
	SRRCTL_DROP_EN = 1 << 28,
	SRRCTL_KIB_MAX = 16,
	XDCTL_ENABLE = 1 << 25,
	TXDCTL_PTHRESH = 32,
	TXDCTL_HTHRESH = 8 << 8,
	RX_RXE = 1 << 29,              /* §7.1.6.2 */
	CONTEXT_IPLEN = 20,            /* §7.2.3.2.3, first word */
	CONTEXT_MACLEN = 14 << 9,
	CONTEXT_IPV4 = 1 << 10,        /* L4T 0: UDP */
	CONTEXT_DTYP = 2 << 20,
};
#define DCA_RXCTRL_ONE (1u << 12)        /* must be cleared */
#define GPIE_PBA (1u << 31)
#define FTQF_ON (1u << 31)

#endif
