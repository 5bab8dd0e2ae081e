/* table.c - every register that is known: reset value, write mask, section. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/inside.h"

#define W 0xffffffffu

/*
 * Where, how many, how far apart; reset value, bits that may be written; the
 * section. Sorted by address within reach of a linear search: a model may be
 * slow. INTERPRETATION: reserved bits that read as written here may not do so
 * on iron.
 */
static const struct n82_known known[] = {
	{ R_CTRL, 1, 4, 0, W, 0, "8.2.3.1.1" },
	{ R_STATUS, 1, 4, 0, 0, N82_KEEPS, "8.2.3.1.2" },
	{ R_CTRL_EXT, 1, 4, 0, W, 0, "8.2.3.1.3" },
	{ R_ESDP, 1, 4, 0, W, 0, "8.2.3.1.4" },
	{ R_I2CCTL, 1, 4, 0, 0xa, 0, "8.2.3.1.5" },
	{ R_LEDCTL, 1, 4, 0, W, 0, "8.2.3.1.6" },
	{ R_EICR, 1, 4, 0, W, 0, "8.2.3.5.1" },
	{ R_EICS, 1, 4, 0, W, 0, "8.2.3.5.2" },
	{ R_EIMS, 1, 4, 0, W, 0, "8.2.3.5.3" },
	{ R_EIMC, 1, 4, 0, W, 0, "8.2.3.5.4" },
	{ R_EIAC, 1, 4, 0, W, 0, "8.2.3.5.5" },
	{ R_EIAM, 1, 4, 0, W, 0, "8.2.3.5.6" },
	{ R_EICS_EX, 2, 4, 0, W, 0, "8.2.3.5.7" },
	{ R_EIMS_EX, 2, 4, 0, W, 0, "8.2.3.5.8" },
	{ R_EIMC_EX, 2, 4, 0, W, 0, "8.2.3.5.9" },
	{ R_EIAM_EX, 2, 4, 0, W, 0, "8.2.3.5.11" },
	{ R_EITR, 24, 4, 0, 0xffffu, 0, "8.2.3.5.12" },
	{ 0x12300, 104, 4, 0, 0xffffu, 0, "8.2.3.5.12" },
	{ 0x00894, 1, 4, 0, W, 0, "8.2.3.5.15" },         /* EITRSEL */
	{ R_IVAR, 64, 4, 0, W, 0, "8.2.3.5.16" },
	{ R_IVAR_MISC, 1, 4, 0, W, 0, "8.2.3.5.17" },
	{ R_GPIE, 1, 4, 0, W, 0, "8.2.3.5.18" },
	{ 0x110c0, 8, 4, 0, W, 0, "8.2.3.6.2" }, /* PBACL */
	{ R_EEC, 1, 4, 0, W, N82_KEEPS, "8.2.3.2.1" },
	{ R_EERD, 1, 4, 0, W, 0, "8.2.3.2.2" },
	{ R_FLA, 1, 4, 0, W, 0, "8.2.3.2.3" },
	{ R_SWSM, 1, 4, 0, W, 0, "8.2.3.4.11" },
	{ R_FWSM, 1, 4, B_FWSM_VALID, 0, 0, "8.2.3.4.12" },
	{ R_SW_FW_SYNC, 1, 4, 0, W, 0, "8.2.3.4.13" },
	{ 0x10150, 1, 4, 0, 0, 0, "8.2.3.4.10" },         /* FACTPS */
	{ 0x11050, 1, 4, 0, W, 0, "8.2.3.4.1" },          /* GCR */
	{ 0x03200, 4, 4, 0, W, 0, "8.2.3.3.2" },          /* FCTTV */
	{ 0x03220, 8, 4, 0, W, 0, "8.2.3.3.3" },          /* FCRTL */
	{ 0x03260, 8, 4, 0, W, 0, "8.2.3.3.4" },          /* FCRTH */
	{ 0x032a0, 1, 4, 0, W, 0, "8.2.3.3.5" },          /* FCRTV */
	{ 0x03d00, 1, 4, 0, W, 0, "8.2.3.3.7" },          /* FCCFG */
	{ R_FCTRL, 1, 4, 0, W, 0, "8.2.3.7.1" },
	{ R_VLNCTRL, 1, 4, 0x8100, W, 0, "8.2.3.7.2" },
	{ R_MCSTCTRL, 1, 4, 0, W, 0, "8.2.3.7.3" },
	{ R_PSRTYPE, 64, 4, 0, W, 0, "8.2.3.7.4" },
	{ R_RXCSUM, 1, 4, 0, W, 0, "8.2.3.7.5" },
	{ R_RFCTL, 1, 4, 0, W, 0, "8.2.3.7.6" },
	{ R_MTA, 128, 4, 0, W, 0, "8.2.3.7.7" },
	{ R_RAL, 256, 4, 0, W, 0, "8.2.3.7.8" },          /* and RAH */
	{ 0x0a600, 256, 4, 0, W, 0, "8.2.3.7.10" },       /* MPSAR */
	{ R_VFTA, 128, 4, 0, W, 0, "8.2.3.7.11" },
	{ R_MRQC, 1, 4, 0, W, 0, "8.2.3.7.12" },
	{ R_RETA, 32, 4, 0, 0x0f0f0f0fu, 0, "8.2.3.7.13" },
	{ R_RSSRK, 10, 4, 0, W, 0, "8.2.3.7.14" },
	{ R_ETQF, 8, 4, 0, W, 0, "8.2.3.7.15" },
	{ R_ETQS, 8, 4, 0, W, 0, "8.2.3.7.22" },
	{ R_SAQF, 128, 4, 0, W, 0, "8.2.3.7.16" },
	{ R_DAQF, 128, 4, 0, W, 0, "8.2.3.7.17" },
	{ R_SDPQF, 128, 4, 0, W, 0, "8.2.3.7.18" },
	{ R_FTQF, 128, 4, 0, W, 0, "8.2.3.7.19" },
	{ R_L34TIMIR, 128, 4, 0, W, 0, "8.2.3.7.20" },
	{ 0x0ec30, 1, 4, 0, W, 0, "8.2.3.7.21" },
	{ 0x051b0, 1, 4, 0, W, 0, "8.2.3.27.1" },         /* PFVTCTL */
	{ R_FDIRCTRL, 1, 4, 0, W, 0, "8.2.3.21.1" },
	{ R_FDIRHKEY, 1, 4, 0, W, 0, "8.2.3.21.2" },
	{ R_FDIRSKEY, 1, 4, 0, W, 0, "8.2.3.21.3" },
	{ R_FDIRDIP4M, 1, 4, 0, W, 0, "8.2.3.21.4" },
	{ R_FDIRSIP4M, 1, 4, 0, W, 0, "8.2.3.21.5" },
	{ R_FDIRTCPM, 1, 4, 0, W, 0, "8.2.3.21.6" },
	{ R_FDIRUDPM, 1, 4, 0, W, 0, "8.2.3.21.7" },
	{ 0x0ee74, 1, 4, 0, W, 0, "8.2.3.21.8" },         /* FDIRIP6M */
	{ R_FDIRM, 1, 4, 0, W, 0, "8.2.3.21.9" },
	{ R_FDIRFREE, 1, 4, 0, W, 0, "8.2.3.21.10" },
	{ 0x0ee4c, 1, 4, 0, 0, N82_CLEARS, "8.2.3.21.11" }, /* FDIRLEN */
	{ R_FDIRUSTAT, 1, 4, 0, 0, N82_CLEARS, "8.2.3.21.12" },
	{ R_FDIRFSTAT, 1, 4, 0, 0, N82_CLEARS, "8.2.3.21.13" },
	{ R_FDIRMATCH, 1, 4, 0, 0, N82_CLEARS, "8.2.3.21.14" },
	{ R_FDIRMISS, 1, 4, 0, 0, N82_CLEARS, "8.2.3.21.15" },
	{ R_FDIRSIP6, 3, 4, 0, W, 0, "8.2.3.21.16" },
	{ R_FDIRIPSA, 1, 4, 0, W, 0, "8.2.3.21.17" },
	{ R_FDIRIPDA, 1, 4, 0, W, 0, "8.2.3.21.18" },
	{ R_FDIRPORT, 1, 4, 0, W, 0, "8.2.3.21.19" },
	{ R_FDIRVLAN, 1, 4, 0, W, 0, "8.2.3.21.20" },
	{ R_FDIRHASH, 1, 4, 0, W, 0, "8.2.3.21.21" },
	{ R_FDIRCMD, 1, 4, 0, W, 0, "8.2.3.21.22" },
	{ R_RDRXCTL, 1, 4, 8 << 17, ~(u32)B_RDRXCTL_DMAIDONE, 0, "8.2.3.8.8" },
	{ R_RXCTRL, 1, 4, 0, 1, 0, "8.2.3.8.10" },
	{ R_RXPBSIZE, 8, 4, 0x80000, 0xffc00u, 0, "8.2.3.8.9" },
	{ 0x03028, 1, 4, 0, W, 0, "8.2.3.8.12" },
	{ R_DTXMXSZRQ, 1, 4, 0x10, 0xfff, 0, "8.2.3.9.1" },
	{ R_DMATXCTL, 1, 4, 0x81000000u, W, 0, "8.2.3.9.2" },
	{ 0x04a88, 1, 4, 0, W, 0, "8.2.3.9.3" },          /* DTXTCPFLGL */
	{ 0x04a8c, 1, 4, 0, W, 0, "8.2.3.9.4" },          /* DTXTCPFLGH */
	{ R_TXPBSIZE, 8, 4, 0x28000, W, 0, "8.2.3.9.13" },
	{ 0x08120, 1, 4, 0, W, 0, "8.2.3.9.15" },         /* MTQC */
	{ 0x04950, 8, 4, 0, W, 0, "8.2.3.9.16" },         /* TXPBTHRESH */
	{ R_RTTDCS, 1, 4, 0, W, 0, "8.2.3.10.2" },
	{ 0x02430, 1, 4, 0, W, 0, "8.2.3.10.1" },         /* RTRPCS */
	{ 0x0cd00, 1, 4, 0, W, 0, "8.2.3.10.4" },         /* RTTPCS */
	{ 0x03020, 1, 4, 0, W, 0, "8.2.3.10.5" },         /* RTRUP2TC */
	{ 0x0c800, 1, 4, 0, W, 0, "8.2.3.10.6" },         /* RTTUP2TC */
	{ 0x04904, 1, 4, 0, W, 0, "8.2.3.10.14" },        /* RTTDQSEL */
	{ 0x04908, 1, 4, 0, W, 0, "8.2.3.10.15" },        /* RTTDT1C */
	{ 0x04984, 1, 4, 0, W, 0, "8.2.3.10.17" },        /* RTTBCNRC */
	{ 0x11074, 1, 4, 0, W, 0, "8.2.3.11.5" }, /* DCA_CTRL */
	{ 0x08800, 1, 4, 0, W, 0, "8.2.3.12.1" },         /* SECTXCTRL */
	{ R_SECTXSTAT, 1, 4, 1, 0, 0, "8.2.3.12.2" },
	{ 0x08808, 1, 4, 0x250, W, 0, "8.2.3.12.3" },     /* SECTXBUFFAF */
	{ 0x08810, 1, 4, 0, W, 0, "8.2.3.12.4" },         /* SECTXMINIFG */
	{ R_SECRXCTRL, 1, 4, 0, W, 0, "8.2.3.12.8" },
	{ R_SECRXSTAT, 1, 4, B_SECRX_RDY, 0, 0, "8.2.3.12.9" },
	{ R_HLREG0, 1, 4, 0x403, W, 0, "8.2.3.22.8" },
	{ 0x04244, 1, 4, 0, 0, 0, "8.2.3.22.9" },         /* HLREG1 */
	{ R_MSCA, 1, 4, 0, W, 0, "8.2.3.22.11" },
	{ R_MSRWD, 1, 4, 0, W, 0, "8.2.3.22.12" },
	{ R_MAXFRS, 1, 4, 1518 << 16, 0xffff0000u, 0, "8.2.3.22.13" },
	{ 0x04288, 1, 4, 0, 0, 0, "8.2.3.22.15" },        /* PCSS1 */
	{ 0x04294, 1, 4, 0x2, W, 0, "8.2.3.22.6" },       /* MFLCN */
	{ R_AUTOC, 1, 4, 3 << 13 | 1 << 7, W, N82_KEEPS, "8.2.3.22.19" },
	{ R_LINKS, 1, 4, 0, 0, N82_KEEPS, "8.2.3.22.20" },
	{ 0x042a8, 1, 4, 2 << 16, W, N82_KEEPS, "8.2.3.22.21" }, /* AUTOC2 */
	{ R_ANLP1, 1, 4, 0, 0, N82_KEEPS, "8.2.3.22.23" },
	{ 0x04324, 1, 4, 0, 0, 0, "8.2.3.22.25" },        /* LINKS2 */
	{ 0x04330, 1, 4, 0, W, 0, "8.2.3.22.26" },        /* MACC */
	{ 0x14f00, 1, 4, 0, W, 0, "8.2.3.22.29" },        /* CORECTL */
	{ R_CRCERRS, 1, 4, 0, 0, N82_CLEARS, "8.2.3.23.1" },
	{ 0x04004, 1, 4, 0, 0, N82_CLEARS, "8.2.3.23.2" },
	{ 0x04008, 1, 4, 0, 0, N82_CLEARS, "8.2.3.23.3" },
	{ R_RXMPC, 8, 4, 0, 0, N82_CLEARS, "8.2.3.23.4" },
	{ 0x04034, 1, 4, 0, 0, N82_CLEARS, "8.2.3.23.6" },
	{ 0x04038, 1, 4, 0, 0, N82_CLEARS, "8.2.3.23.7" },
	{ 0x04040, 1, 4, 0, 0, N82_CLEARS, "8.2.3.23.8" },
	{ 0x03f60, 4, 4, 0, 0, N82_CLEARS, "8.2.3.23.9" },
	{ 0x041a4, 2, 4, 0, 0, N82_CLEARS, "8.2.3.23.11" },
	{ 0x04140, 16, 4, 0, 0, N82_CLEARS, "8.2.3.23.14" },
	{ 0x03f00, 8, 4, 0, 0, N82_CLEARS, "8.2.3.23.13" },
	{ 0x03f20, 16, 4, 0, 0, N82_CLEARS, "8.2.3.23.13" },
	{ 0x03240, 8, 4, 0, 0, N82_CLEARS, "8.2.3.23.17" },
	{ R_PRC64, 6, 4, 0, 0, N82_CLEARS, "8.2.3.23.18" },
	{ R_GPRC, 4, 4, 0, 0, N82_CLEARS, "8.2.3.23.24" }, /* .. GPTC */
	{ R_GORCL, 2, 4, 0, 0, N82_CLEARS, "8.2.3.23.28" },
	{ R_GOTCL, 2, 4, 0, 0, N82_CLEARS, "8.2.3.23.31" },
	{ R_RUC, 4, 4, 0, 0, N82_CLEARS, "8.2.3.23.34" }, /* .. RJC */
	{ 0x040b4, 3, 4, 0, 0, N82_CLEARS, "8.2.3.23.38" },
	{ R_TORL, 2, 4, 0, 0, N82_CLEARS, "8.2.3.23.41" },
	{ R_TPR, 2, 4, 0, 0, N82_CLEARS, "8.2.3.23.43" },
	{ R_PTC64, 6, 4, 0, 0, N82_CLEARS, "8.2.3.23.45" },
	{ R_MPTC, 2, 4, 0, 0, N82_CLEARS, "8.2.3.23.51" },
	{ R_XEC, 1, 4, 0, 0, N82_CLEARS, "8.2.3.23.55" },
	{ R_RQSMR, 32, 4, 0, W, 0, "8.2.3.23.66" },
	{ 0x02f40, 1, 4, 0, W, 0, "8.2.3.23.67" },        /* RXDSTATCTRL */
	{ R_QPRC, 16, 64, 0, 0, N82_CLEARS, "8.2.3.23.68" },
	{ R_QPRDC, 16, 64, 0, 0, N82_CLEARS, "8.2.3.23.69" },
	{ 0x01034, 16, 64, 0, 0, N82_CLEARS, "8.2.3.23.70" },
	{ 0x01038, 16, 64, 0, 0, N82_CLEARS, "8.2.3.23.71" },
	{ R_TQSM, 32, 4, 0, W, 0, "8.2.3.23.73" },
	{ R_QPTC, 16, 4, 0, 0, N82_CLEARS, "8.2.3.23.74" },
	{ 0x08700, 32, 4, 0, 0, N82_CLEARS, "8.2.3.23.75" },
};

static const struct n82_known rx_ring[] = {
	{ RING_BAL, 1, 4, 0, W, 0, "8.2.3.8.1" },
	{ RING_BAH, 1, 4, 0, W, 0, "8.2.3.8.2" },
	{ RING_LEN, 1, 4, 0, W, 0, "8.2.3.8.3" },
	{ RING_DCA, 1, 4, 0, W, 0, "8.2.3.11.1" },
	{ RING_HEAD, 1, 4, 0, W, 0, "8.2.3.8.4" },
	{ RING_SRRCTL, 1, 4, 0, W, 0, "8.2.3.8.7" },
	{ RING_TAIL, 1, 4, 0, W, 0, "8.2.3.8.5" },
	{ RING_XDCTL, 1, 4, 0, W, 0, "8.2.3.8.6" },
	{ RING_RSCCTL, 1, 4, 0, W, 0, "8.2.3.8.13" },
};

static const struct n82_known tx_ring[] = {
	{ RING_BAL, 1, 4, 0, W, 0, "8.2.3.9.5" },
	{ RING_BAH, 1, 4, 0, W, 0, "8.2.3.9.6" },
	{ RING_LEN, 1, 4, 0, W, 0, "8.2.3.9.7" },
	{ RING_DCA, 1, 4, 0, W, 0, "8.2.3.11.2" },
	{ RING_HEAD, 1, 4, 0, W, 0, "8.2.3.9.8" },
	{ RING_TAIL, 1, 4, 0, W, 0, "8.2.3.9.9" },
	{ RING_XDCTL, 1, 4, 0, W, 0, "8.2.3.9.10" },
	{ RING_WBAL, 1, 4, 0, W, 0, "8.2.3.9.11" },
	{ RING_WBAH, 1, 4, 0, W, 0, "8.2.3.9.12" },
};

static const struct n82_known *
search(const struct n82_known *list, size_t n, u32 at)
{
	for (size_t i = 0; i < n; i++) {
		u32 off = at - list[i].at;

		if (at >= list[i].at && off % list[i].stride == 0 &&
		    off / list[i].stride < list[i].count)
			return &list[i];
	}
	return NULL;
}

const struct n82_known *
n82_table_find(u32 at)
{
	const struct n82_known *k = NULL;

	if (at >= R_TX && at < R_TX + NIC82599_QUEUES * RING_BYTES)
		return search(tx_ring, ARRAY_LEN(tx_ring), at % RING_BYTES);
	if ((at >= R_RX && at < R_RX + 64 * RING_BYTES) ||
	    (at >= R_RX_HIGH && at < R_RX_HIGH + 64 * RING_BYTES))
		k = search(rx_ring, ARRAY_LEN(rx_ring), at % RING_BYTES);
	return k ? k : search(known, ARRAY_LEN(known), at);
}

void
n82_table_reset(struct nic82599 *n)
{
	bool cold = n->count.resets == 0;

	/* Shared with the other port, or the firmware's: past 0x10000. */
	for (u32 at = 0; at < 0x10000; at += 4) {
		const struct n82_known *k = cold ? NULL : n82_table_find(at);

		if (!k || !(k->flags & N82_KEEPS))
			R(n, at) = 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		for (u32 j = 0; j < known[i].count; j++)
			if (cold || !(known[i].flags & N82_KEEPS))
				R(n, known[i].at + j * known[i].stride) =
				    known[i].reset;
	for (u32 i = 1; i < 8; i++)
		R(n, R_TXPBSIZE + 4 * i) = R(n, R_RXPBSIZE + 4 * i) = 0;
}
