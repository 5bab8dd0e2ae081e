/* nic82599_data_test.c - the 82599's model moves frames as it is written. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599_rig.h"

#include "tests/test.h"

#include <string.h>

TEST(nic82599_tx__pieces_reports_and_head_write_back)
{
	u8 f[1000];
	u32 done;

	rig_start(0, 2, RIG_ONE);
	rig_frame(f, 17, sizeof f, 5, 6);
	memcpy(rig_mem + RIG_FRAMES, f, 14);
	memcpy(rig_mem + RIG_FRAMES + 100, f + 14, 500);
	memcpy(rig_mem + RIG_FRAMES + 800, f + 514, 486);
	rig_descriptor(RIG_BASE + RIG_FRAMES, 14 | RIG_DATA, 1000 << 14);
	rig_descriptor(RIG_BASE + RIG_FRAMES + 100, 500 | RIG_DATA, 0);
	rig_wr(R_TX + RING_TAIL, rig_tx_tail);
	CHECK_EQ(rig_sents, 0);            /* no end yet */
	rig_descriptor(RIG_BASE + RIG_FRAMES + 800, 486 | RIG_DATA |
	    B_TX_EOP | B_TX_RS, 0);
	rig_wr(R_TX + RING_TAIL, rig_tx_tail);
	CHECK_EQ(rig_sents, 1);
	CHECK(rig_sent_len[0] == 1000 && memcmp(rig_sent[0], f, 1000) == 0);
	memcpy(&done, rig_mem + RIG_TX_RING + 2 * 16 + 12, 4);
	CHECK_EQ(done & 1, 1);
	memcpy(&done, rig_mem + RIG_TX_RING + 12, 4);
	CHECK_EQ(done & 1, 0);         /* no RS, no report */
	CHECK_EQ(rig_rd(R_TX + RING_HEAD), 3);
	rig_send(1000, 0, 999 << 14);
	rig_expect("7.2.3.2.4");
	rig_ring(R_TX + 0x40, RIG_TX_RING);
	rig_wr(R_TX + 0x40 + RING_WBAL, (RIG_BASE + RIG_WB) | 1);
	rig_enable(R_TX + 0x40);
	rig_frame(rig_mem + RIG_FRAMES, 17, 100, 1, 2);
	rig_tx_tail = 0;
	rig_descriptor(RIG_BASE + RIG_FRAMES, 100 | RIG_DATA | B_TX_EOP |
	    B_TX_RS, 100 << 14);
	rig_wr(R_TX + 0x40 + RING_TAIL, 1);
	memcpy(&done, rig_mem + RIG_WB, 4);
	CHECK_EQ(done, 1);
	rig_expect("");
}

TEST(nic82599_tx__legacy_descriptor_with_a_sum)
{
	rig_start(0, 2, RIG_LEGACY);
	rig_frame(rig_mem + RIG_FRAMES, 17, 200, 5, 6);
	rig_put16(rig_mem + RIG_FRAMES + 40, rig_fold(17 + 166 +
	    rig_words(rig_mem + RIG_FRAMES + 26, 8)));
	/* CSO 40, CSS 34, EOP, IFCS, IC, RS */
	rig_descriptor(RIG_BASE + RIG_FRAMES, 200 | 40 << 16 | B_TX_EOP |
	    1 << 25 | B_TX_IC | B_TX_RS, 34 << 8);
	rig_wr(R_TX + RING_TAIL, rig_tx_tail);
	CHECK_EQ(rig_sents, 1);
	CHECK_EQ(rig_l4_sum(rig_sent[0], 200), 0xffff);
	/* and the legacy receive descriptor: length, DD and EOP */
	CHECK_EQ(rig_mem[RIG_RX_RING + 8] | rig_mem[RIG_RX_RING + 9] << 8, 200);
	CHECK_EQ(rig_mem[RIG_RX_RING + 12] & 3, 3);
	rig_expect("");
}

TEST(nic82599_offload__sums_and_segments)
{
	u32 total = 54 + 4000, at = 0, mss = 1448;
	u8 *f = rig_mem + RIG_FRAMES;

	rig_start(0, 3, RIG_ONE);
	rig_loop = false;
	rig_frame(f, 6, total, 80, 90);
	rig_put16(f + 24, 0);
	f[47] = 0x19;                  /* ACK PSH FIN */
	rig_put16(f + 50, rig_fold(rig_words(f + 26, 8) + 6));
	rig_context(14 << 9 | 20, B_CONTEXT_IP4 | 1 << 11, mss << 16 | 20 << 8);
	rig_send(total, B_TX_TSE, 4000 << 14 | B_TX_CC | B_TX_IXSM | B_TX_TXSM);
	rig_expect("");
	CHECK_EQ(rig_sents, 3);
	for (u32 i = 0; i < 3; i++) {
		u32 len = MIN(mss, 4000 - at);

		CHECK_EQ(rig_sent_len[i], 54 + len);
		CHECK_EQ(rig_ip_sum(rig_sent[i]), 0xffff);
		CHECK_EQ(rig_l4_sum(rig_sent[i], rig_sent_len[i]), 0xffff);
		CHECK(memcmp(rig_sent[i] + 54, f + 54 + at, len) == 0);
		CHECK_EQ(rig_sent[i][19], i);      /* identification */
		CHECK_EQ(rig_sent[i][40] << 8 | rig_sent[i][41], at);
		CHECK_EQ(rig_sent[i][47], i == 2 ? 0x19 : 0x10);
		at += len;
	}
	rig_frame(f, 17, 300, 1, 2);
	rig_put16(f + 40, rig_fold(rig_words(f + 26, 8) + 17 + 300 - 34));
	rig_context(14 << 9 | 20, B_CONTEXT_IP4, 0);
	rig_send(300, 0, 300 << 14 | B_TX_CC | B_TX_TXSM);
	CHECK_EQ(rig_l4_sum(rig_sent[3], 300), 0xffff);
	rig_send(300, 0, 300 << 14 | B_TX_TXSM);
	rig_expect("7.2.3.2.3");           /* no CC */
}

TEST(nic82599_rx__sums_are_told)
{
	rig_start(0, 4, RIG_ONE);
	rig_frame(rig_mem + RIG_FRAMES, 17, 300, 1, 2);
	rig_send(300, 0, 300 << 14);
	rig_mem[RIG_FRAMES + 100] ^= 1;
	rig_send(300, 0, 300 << 14);
	rig_frame(rig_mem + RIG_FRAMES, 6, 61, 1, 2);
	rig_mem[RIG_FRAMES + 22] ^= 1;
	rig_send(61, 0, 61 << 14);
	nic82599_fault(rig_nic, NIC82599_BAD_SUM, 1);
	rig_frame(rig_mem + RIG_FRAMES, 6, 61, 1, 2);
	rig_send(61, 0, 61 << 14);
	CHECK_EQ(rig_back(0).status & ~(u32)B_RX_UDPCS, B_RX_DD | B_RX_EOP |
	    B_RX_L4CS | B_RX_IPCS);
	CHECK_EQ(rig_back(0).info & 0xffff, B_RX_IP4 | B_RX_UDP);
	CHECK_EQ(rig_back(0).len, 300);
	CHECK_EQ(rig_back(1).status & (B_RX_L4E | B_RX_IPE), B_RX_L4E);
	CHECK_EQ(rig_back(2).status & (B_RX_L4E | B_RX_IPE), B_RX_IPE);
	CHECK(rig_back(3).status & B_RX_L4E);
	rig_expect("");
}

/* §7.1.10 by cases: what lands where, and what is said about it. */
TEST(nic82599_split__header_and_packet_buffers)
{
	static const struct {
		u32 srrctl, psrtype, len, head, rest, hdr_len;
		bool sph, hbo;
	} cases[] = {
		{ RIG_ALWAYS, 0, 60, 60, 0, 60, false, false },
		{ RIG_ALWAYS, 0, 64, 64, 0, 64, false, false },
		{ RIG_ALWAYS, 0, 1000, 64, 936, 64, false, false },
		{ RIG_ALWAYS, 1 << 5, 1000, 42, 958, 42, true, false },
		{ RIG_SPLIT, 0, 1000, 0, 1000, 0, false, false },
		{ RIG_SPLIT, 1 << 5, 1000, 42, 958, 42, true, false },
		{ RIG_SPLIT, 1 << 8, 1000, 34, 966, 34, true, false },
		{ RIG_ONE, 1 << 5, 1000, 0, 1000, 0, false, false },
	};

	for (u32 i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig_back b;

		rig_start(0, i, cases[i].srrctl);
		rig_wr(R_PSRTYPE, cases[i].psrtype);
		rig_frame(rig_mem + RIG_FRAMES, 17, cases[i].len, 1, 2);
		memset(rig_mem + RIG_HEADERS, 0xee, 256);
		memset(rig_mem + RIG_BUFFERS, 0xee, 2048);
		rig_send(cases[i].len, 0, cases[i].len << 14);
		b = rig_back(0);
		CHECK_EQ(b.status & 3, 3);
		CHECK_EQ(b.len, cases[i].rest);
		CHECK_EQ(b.info >> 21 & 1023, cases[i].hdr_len);
		CHECK_EQ(b.info >> 31, cases[i].sph);
		CHECK_EQ(b.status >> 23 & 1, cases[i].hbo);
		CHECK(memcmp(rig_mem + RIG_HEADERS, rig_mem + RIG_FRAMES,
		    cases[i].head) == 0);
		CHECK_EQ(rig_mem[RIG_HEADERS + cases[i].head], 0xee);
		CHECK(memcmp(rig_mem + RIG_BUFFERS, rig_mem + RIG_FRAMES +
		    cases[i].head, cases[i].rest) == 0);
		CHECK_EQ(rig_mem[RIG_BUFFERS + cases[i].rest], 0xee);
		rig_expect("");
	}
}

TEST(nic82599_split__a_jumbo_frame_has_one_header)
{
	u8 *f = rig_mem + RIG_FRAMES;

	rig_start(0, 1, RIG_ALWAYS);
	rig_frame(f, 17, 9000, 1, 2);
	rig_send(9000, 0, 9000 << 14);
	CHECK(memcmp(rig_mem + RIG_HEADERS, f, 64) == 0);
	for (u32 i = 0; i < 5; i++) {
		u32 len = MIN(2048u, 8936 - 2048 * i);

		CHECK_EQ(rig_back(i).len, len);
		CHECK_EQ(rig_back(i).info >> 21 & 1023, i ? 0 : 64);
		CHECK_EQ(rig_back(i).status & 3, i == 4 ? 3 : 1);
		CHECK(memcmp(rig_mem + RIG_BUFFERS + 2048 * i,
		    f + 64 + 2048 * i, len) == 0);
	}
	rig_frame(f, 17, 9019, 1, 2);
	rig_send(9019, 0, 9019 << 14);
	CHECK_EQ(rig_rd(R_ROC), 1);        /* MAXFRS */
	CHECK_EQ(rig_back(5).status & 1, 0);
	rig_expect("");
}

TEST(nic82599_filters__tuples_flows_and_priority)
{
	u8 *f = rig_mem + RIG_FRAMES;

	rig_start(0, 1, RIG_ONE);
	rig_wr(R_SDPQF, (u32)__builtin_bswap16(7800) << 16);
	rig_wr(R_L34TIMIR, 64 << 13 | 3 << 21);
	rig_wr(R_FTQF, B_AV | 1 | 1 << 2 | 7 << 25 | 1 << 30);
	rig_wr(R_SDPQF + 4, __builtin_bswap16(9));
	rig_wr(R_L34TIMIR + 4, 64 << 13 | 70 << 21);
	rig_wr(R_FTQF + 4, B_AV | 1 | 2 << 2 | 3 << 25 | 1 << 28 | 1 << 30);
	rig_frame(f, 17, 100, 1, 7800);
	rig_send(100, 0, 100 << 14);       /* to queue 3, which is off */
	rig_frame(f, 17, 100, 1, 7801);
	rig_send(100, 0, 100 << 14);
	CHECK_EQ(nic82599_counts(rig_nic)->steered, 1);
	CHECK_EQ(nic82599_counts(rig_nic)->rx_no_queue, 1);
	CHECK_EQ(rig_back(0).status & 3, 3);
	rig_wr(R_RQSMR + 68, 0x00050000);  /* queue 70 counts as 5 */
	rig_frame(f, 17, 100, 9, 7800);    /* both match: priority 2 wins */
	rig_send(100, 0, 100 << 14);
	CHECK_EQ(rig_rd(R_QPRDC + 64 * 5), 1);
	rig_wr(R_FDIRCTRL, B_FDIRCTRL_PERFECT | 1);
	rig_wait_for(R_FDIRCTRL, B_FDIRCTRL_DONE, B_FDIRCTRL_DONE);
	rig_wr(R_FDIRM, 1 | 1 << 2 | 1 << 4);
	rig_wr(R_FDIRIPSA, 0x0a010203);
	rig_wr(R_FDIRIPDA, 0x0a040506);
	rig_wr(R_FDIRPORT, 44 | 55u << 16);
	rig_wr(R_FDIRCMD, 1 | 1 << 3 | 1 << 5 | 1 << 11 | B_FDIRCMD_QUEUE_EN |
	    9 << 16);
	rig_wait_for(R_FDIRCMD, 3, 0);
	rig_frame(f, 17, 100, 44, 55);
	rig_send(100, 0, 100 << 14);
	CHECK_EQ(rig_rd(R_FDIRMATCH), 1);
	CHECK_EQ(nic82599_counts(rig_nic)->rx_no_queue, 3);
	rig_frame(f, 17, 100, 44, 56);
	rig_send(100, 0, 100 << 14);
	CHECK_EQ(rig_back(1).status & 3, 3);
	rig_expect("");
}

/* The verification suite that Microsoft gives for RSS. */
TEST(nic82599_rss__known_hashes)
{
	static const u8 key[40] = { 0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e,
		0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0,
		0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d,
		0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe,
		0xac, 0x01, 0xfa };
	u8 *f = rig_mem + RIG_FRAMES;

	rig_start(0, 1, RIG_ONE);
	for (u32 i = 0; i < 40; i += 4) {
		u32 word;

		memcpy(&word, key + i, 4);
		rig_wr(R_RSSRK + i, word);
	}
	rig_wr(R_MRQC, 1 | B_MRQC_TCP4 | B_MRQC_IP4);
	rig_frame(f, 6, 100, 2794, 1766);
	memcpy(f + 26, "\x42\x09\x95\xbb\xa1\x8e\x64\x50", 8);
	rig_send(100, 0, 100 << 14);
	CHECK_EQ(rig_back(0).hash, 0x51ccc178u);
	CHECK_EQ(rig_back(0).info & 15, 1);
	rig_frame(f, 17, 100, 2794, 1766); /* UDP is not asked for */
	memcpy(f + 26, "\x42\x09\x95\xbb\xa1\x8e\x64\x50", 8);
	rig_send(100, 0, 100 << 14);
	CHECK_EQ(rig_back(1).hash, 0x323e8fc2u);
	CHECK_EQ(rig_back(1).info & 15, 2);
	rig_wr(R_RETA + (0x78 & ~3u), 7);
	rig_frame(f, 6, 100, 2794, 1766);
	memcpy(f + 26, "\x42\x09\x95\xbb\xa1\x8e\x64\x50", 8);
	rig_send(100, 0, 100 << 14);
	CHECK_EQ(nic82599_counts(rig_nic)->rx_no_queue, 1);
}

TEST(nic82599_fifo__waits_and_overflows)
{
	u32 n = 600000 / 1000;

	rig_start(0, 1, RIG_ONE);
	rig_frame(rig_mem + RIG_FRAMES, 17, 1000, 1, 2);
	for (u32 i = 0; i < n; i++)
		nic82599_wire_rx(rig_nic, rig_mem + RIG_FRAMES, 1000);
	CHECK_EQ(nic82599_counts(rig_nic)->rx_frames, 32);
	CHECK_EQ(rig_rd(R_RXMPC), n - 32 - 524288 / 1024);
	CHECK_EQ(rig_rd(R_RXMPC), 0);      /* clear on read */
	for (u32 i = 32; i < 40; i++)
		memset(rig_mem + RIG_RX_RING + 16 * i + 8, 0, 8);
	rig_wr(R_RX + RING_TAIL, 40);
	rig_expect("7.1.5");               /* buffers that nobody gave */
	rig_start(0, 1, (u32)RIG_ONE | B_SRRCTL_DROP);
	rig_frame(rig_mem + RIG_FRAMES, 17, 1000, 1, 2);
	for (u32 i = 0; i < 40; i++)
		nic82599_wire_rx(rig_nic, rig_mem + RIG_FRAMES, 1000);
	CHECK_EQ(rig_rd(R_QPRDC), 8);
}

TEST(nic82599_vlan__in_out_and_filtered)
{
	u8 *f = rig_mem + RIG_FRAMES;

	rig_start(0, 1, RIG_ONE);
	rig_frame(f, 17, 100, 1, 2);
	rig_context((u32)0x0123 << 16 | 14 << 9 | 20, B_CONTEXT_IP4, 0);
	rig_send(100, B_TX_VLE, 100 << 14 | B_TX_CC);
	CHECK_EQ(rig_sent_len[0], 104);
	CHECK(memcmp(rig_sent[0] + 12, "\x81\0\1\x23\x08\0", 6) == 0);
	CHECK_EQ(rig_back(0).len, 104);
	rig_wr(R_RX + RING_XDCTL, B_XDCTL_ENABLE | B_RXDCTL_VME);
	rig_send(100, B_TX_VLE, 100 << 14 | B_TX_CC);
	CHECK_EQ(rig_back(1).len, 100);
	CHECK_EQ(rig_back(1).vlan, 0x123);
	CHECK(rig_back(1).status & B_RX_VP);
	CHECK(memcmp(rig_mem + RIG_BUFFERS + 2048, f, 100) == 0);
	rig_wr(R_VLNCTRL, 0x8100 | B_VLNCTRL_VFE);
	rig_send(100, B_TX_VLE, 100 << 14 | B_TX_CC);
	CHECK_EQ(nic82599_counts(rig_nic)->rx_filtered, 1);
	rig_wr(R_VFTA + 4 * 9, 1 << 3);
	rig_send(100, B_TX_VLE, 100 << 14 | B_TX_CC);
	CHECK_EQ(rig_back(2).vlan, 0x123);
	rig_expect("");
}
