/* nic82599_test.c - the 82599's model as a device: reset, misuse, link, PHY. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599_rig.h"

#include "tests/test.h"

#include <string.h>

TEST(nic82599_reset__takes_time_and_reads_the_address)
{
	for (u32 i = 0; i < 20; i++) {
		rig_create(0, i, 2000000, true);
		rig_wr(R_CTRL, B_CTRL_GIO_DIS);
		rig_wait_for(R_STATUS, B_STATUS_GIO, 0);
		rig_wr(R_CTRL, B_CTRL_RST | B_CTRL_LRST);
		CHECK(rig_rd(R_CTRL) & B_CTRL_RST);
		CHECK(rig_wait_for(R_CTRL, B_CTRL_RST, 0) > 0);
		rig_pass(1000000);
		rig_wait_for(R_EEC, B_EEC_ARD, B_EEC_ARD);
		CHECK_EQ(rig_rd(R_RAL), 2);
		CHECK_EQ(rig_rd(R_RAL + 4), B_AV | 0x7700);
		rig_wait_for(R_LINKS, B_LINKS_UP, B_LINKS_UP);
		rig_expect("");
	}
}

TEST(nic82599_strict__says_which_section_was_broken)
{
	u32 q1 = R_RX + 0x40, t1 = R_TX + 0x40;

	rig_start(0, 1, RIG_ONE);
	rig_rd(0x00100);
	rig_expect("8.2.3");
	rig_wr(R_LINKS, 0);
	rig_expect("8.2.3.22.20");
	rig_rd(R_CTRL + 2);
	rig_expect("8.1");
	rig_wr(R_RX + RING_BAL, RIG_BASE);
	rig_expect("4.6.7.1");
	rig_wr(q1 + RING_BAL, RIG_BASE + 64);
	rig_expect("4.6.7.1");
	rig_wr(q1 + RING_LEN, 64);
	rig_expect("4.6.7.1");
	rig_wr(t1 + RING_XDCTL, B_XDCTL_ENABLE);
	rig_expect("4.6.8.1");
	rig_ring(q1, RIG_RX_RING);
	rig_wr(q1 + RING_SRRCTL, RIG_ONE);
	rig_wr(q1 + RING_XDCTL, B_XDCTL_ENABLE);
	rig_expect("4.6.7.1");             /* DCA_RXCTRL bit 12 */
	rig_wr(q1 + RING_DCA, 0);
	rig_wr(q1 + RING_XDCTL, B_XDCTL_ENABLE);
	rig_pass(100000);
	rig_wr(q1 + RING_TAIL, 8);         /* ENABLE was not read */
	rig_expect("4.6.7.1");
	rig_rd(q1 + RING_XDCTL);
	rig_wr(q1 + RING_TAIL, RIG_RING);
	rig_expect("8.2.3.8.5");
	rig_wr(R_DTXMXSZRQ, 0xfff);
	rig_expect("4.6.11.3");
	rig_wr(R_SW_FW_SYNC, 1);
	rig_expect("10.5.4");
	rig_wr(R_CTRL, B_CTRL_RST);
	rig_expect("5.2.5.3.2");
}

TEST(nic82599_strict__no_register_in_a_reset)
{
	rig_create(0, 3, 100000, true);
	rig_wr(R_CTRL, B_CTRL_RST);
	rig_rd(R_EICR);
	rig_expect("8.2.3.1.1");
	rig_wait_for(R_CTRL, B_CTRL_RST, 0);
	rig_rd(R_EICR);
	rig_expect("8.2.3.1.1");           /* within a millisecond */
	rig_pass(1000000);
	rig_rd(R_EICR);
	rig_expect("");
	rig_ring(R_RX, RIG_RX_RING);
	rig_wr(R_RX + RING_XDCTL, B_XDCTL_ENABLE);
	rig_expect("4.6.7.1");             /* EEC.ARD was not looked at */
}

TEST(nic82599_dma__outside_memory_is_refused)
{
	rig_start(0, 1, RIG_ONE);
	rig_descriptor(RIG_BASE + RIG_BYTES - 8, 60 | RIG_DATA |
	    B_TX_EOP, 60 << 14);
	rig_wr(R_TX + RING_TAIL, rig_tx_tail);
	rig_expect("7.2.3");
	CHECK_EQ(nic82599_counts(rig_nic)->dma_refused, 1);
	CHECK_EQ(rig_sents, 0);
}

TEST(nic82599_queue__off_for_100_us_before_anything_changes)
{
	rig_start(0, 1, RIG_ONE);
	rig_wr(R_RX + RING_XDCTL, 0);
	rig_wait_for(R_RX + RING_XDCTL, B_XDCTL_ENABLE, 0);
	rig_wr(R_RX + RING_BAL, RIG_BASE);
	rig_expect("4.6.7.1");
	rig_pass(100000);
	rig_wr(R_RX + RING_BAL, RIG_BASE + RIG_RX_RING);
	rig_expect("");
	rig_frame(rig_mem + RIG_FRAMES, 17, 100, 1, 2);
	rig_send(100, 0, 100 << 14);
	CHECK_EQ(nic82599_counts(rig_nic)->rx_no_queue, 1);
}

TEST(nic82599_address__unicast_multicast_broadcast)
{
	u8 f[64];

	rig_start(0, 1, RIG_ONE);
	rig_wr(R_FCTRL, 0);
	rig_frame(f, 17, 64, 1, 2);
	nic82599_wire_rx(rig_nic, f, 64);
	CHECK_EQ(rig_back(0).status & 1, 1);
	f[5] = 0x78;
	nic82599_wire_rx(rig_nic, f, 64);
	memset(f, 0xff, 6);
	nic82599_wire_rx(rig_nic, f, 64);
	CHECK_EQ(nic82599_counts(rig_nic)->rx_filtered, 2);
	rig_wr(R_FCTRL, B_FCTRL_BAM);
	nic82599_wire_rx(rig_nic, f, 64);
	CHECK_EQ(rig_back(1).status & 1, 1);
	memcpy(f, "\1\0\x5e\0\0\xfb", 6);
	nic82599_wire_rx(rig_nic, f, 64);
	CHECK_EQ(nic82599_counts(rig_nic)->rx_filtered, 3);
	rig_wr(R_MTA + 4 * 125, 1u << 16); /* 0xfb0 */
	rig_wr(R_MCSTCTRL, B_MCSTCTRL_MFE);
	nic82599_wire_rx(rig_nic, f, 64);
	CHECK_EQ(rig_back(2).status & 1, 1);
	CHECK_EQ(rig_rd(R_MPRC), 1);
	CHECK_EQ(rig_rd(R_BPRC), 1);
}

TEST(nic82599_irq__vectors_masks_and_the_line)
{
	rig_start(0, 1, RIG_ONE);
	rig_frame(rig_mem + RIG_FRAMES, 17, 100, 1, 2);
	rig_wr(R_IVAR, 0x80 | 0x81 << 8);
	rig_send(100, 0, 100 << 14);
	CHECK_EQ(rig_line, 0);
	CHECK_EQ(rig_rd(R_EICR) & 3, 3);   /* both, though masked */
	rig_wr(R_EIMS, 1);
	rig_send(100, 0, 100 << 14);
	CHECK_EQ(rig_line, 1);
	rig_rd(R_EICR);
	CHECK_EQ(rig_line, 0);
	rig_wr(R_GPIE, B_GPIE_MSIX | B_GPIE_EIAME);
	rig_wr(R_EIAC, 3);
	rig_wr(R_EIAM_EX, 1);
	rig_wr(R_EIMS_EX, 3);
	rig_send(100, 0, 100 << 14);
	rig_send(100, 0, 100 << 14);
	CHECK_EQ(rig_irqs[0], 1);          /* EIAM masked it */
	CHECK_EQ(rig_irqs[1], 2);
	rig_wr(R_EIMS_EX, 1);
	CHECK_EQ(rig_irqs[0], 2);          /* what waited comes now */
	rig_expect("");
}

TEST(nic82599_link__goes_and_comes)
{
	rig_start(0, 1, RIG_ONE);
	rig_rd(R_EICR);
	nic82599_fault(rig_nic, NIC82599_LINK_DOWN, NIC82599_ALWAYS);
	CHECK_EQ(rig_rd(R_LINKS) & B_LINKS_UP, 0);
	CHECK(rig_rd(R_EICR) & B_EICR_LSC);
	nic82599_fault(rig_nic, NIC82599_LINK_DOWN, 0);
	CHECK(rig_rd(R_LINKS) & B_LINKS_UP);
	rig_wr(R_ESDP, B_ESDP_SDP3 | B_ESDP_SDP3_OUT);
	rig_pass(100000);
	CHECK_EQ(rig_rd(R_LINKS) & B_LINKS_UP, 0);   /* laser off */
	nic82599_fault(rig_nic, NIC82599_GONE, NIC82599_ALWAYS);
	CHECK_EQ(rig_rd(R_LINKS), ~0u);
}

TEST(nic82599_eeprom__checksum_and_semaphores)
{
	u32 sum = 0;

	rig_create(0, 1, 20000, true);
	rig_reset();
	for (u32 i = 0; i <= 0x3f; i++) {
		rig_wr(R_EERD, i << 2 | B_EERD_START);
		rig_wait_for(R_EERD, B_EERD_DONE, B_EERD_DONE);
		sum += rig_rd(R_EERD) >> 16;
	}
	CHECK_EQ(sum & 0xffff, 0xbaba);
	CHECK_EQ(rig_rd(R_SWSM) & B_SWSM_SMBI, 0);
	CHECK_EQ(rig_rd(R_SWSM) & B_SWSM_SMBI, 1);   /* taken */
	rig_wr(R_SWSM, B_SWSM_SMBI | B_SWSM_SWESMBI);
	rig_wr(R_SW_FW_SYNC, 1);
	rig_wr(R_SWSM, 0);
	rig_expect("");
}

/* -- I2C and MDIO --------------------------------------------------------- */

static void
i2c(bool clock, bool data)
{
	rig_wr(R_I2CCTL, (clock ? 2 : 0) | (data ? 8 : 0));
}

static u32
i2c_bit(bool out)
{
	u32 in;

	i2c(false, out);
	i2c(true, out);
	in = rig_rd(R_I2CCTL) >> 2 & 1;
	i2c(false, out);
	return in;
}

static void
i2c_start(void)
{
	i2c(false, true);
	i2c(true, true);
	i2c(true, false);
	i2c(false, false);
}

/* The slave's acknowledge: 0. */
static u32
i2c_send(u8 byte)
{
	for (u32 i = 0; i < 8; i++)
		i2c_bit(byte >> (7 - i) & 1);
	return i2c_bit(true);
}

static u8
i2c_take(bool more)
{
	u8 byte = 0;

	for (u32 i = 0; i < 8; i++)
		byte = (u8)((u32)byte << 1 | i2c_bit(true));
	i2c_bit(!more);
	return byte;
}

TEST(nic82599_sfp__the_module_answers_on_i2c)
{
	rig_create(0, 1, 20000, true);
	rig_reset();
	i2c_start();
	CHECK_EQ(i2c_send(0x50), 1);   /* nobody */
	i2c_start();
	CHECK_EQ(i2c_send(0xa0), 0);
	CHECK_EQ(i2c_send(37), 0);
	i2c_start();
	CHECK_EQ(i2c_send(0xa1), 0);
	CHECK_EQ(i2c_take(true), 0x00);
	CHECK_EQ(i2c_take(true), 0x1b);
	CHECK_EQ(i2c_take(false), 0x21);
	CHECK(rig_rd(R_ESDP) & B_ESDP_SDP2);
}

static u32
mdio(u32 type, u32 reg)
{
	rig_wr(R_MSCA, reg | type << 16 | B_MSCA_CMD);
	rig_wait_for(R_MSCA, B_MSCA_CMD, 0);
	rig_wr(R_MSCA, reg | type << 16 | 3 << 26 | B_MSCA_CMD);
	rig_wait_for(R_MSCA, B_MSCA_CMD, 0);
	return rig_rd(R_MSRWD) >> 16;
}

TEST(nic82599_phy__only_copper_has_one)
{
	rig_create(0x1528, 1, 20000, true);
	rig_reset();
	CHECK_EQ(mdio(1, 2), 0x0154);
	CHECK_EQ(mdio(1, 3), 0x0200);
	CHECK(mdio(7, 1) & 4);
	rig_create(0x1563, 1, 20000, true);
	rig_reset();
	CHECK_EQ(mdio(1, 3), 0x0220);
	rig_create(0x10fb, 1, 20000, true);
	rig_reset();
	CHECK_EQ(mdio(1, 2), 0xffff);
	rig_expect("");
}

TEST(nic82599_lenient__strangers_may_do_as_they_like)
{
	rig_create(0, 1, 0, false);
	rig_wr(0x00100, 0x1234);
	CHECK_EQ(rig_rd(0x00100), 0x1234);
	CHECK_EQ(nic82599_counts(rig_nic)->misuses, 2);
	rig_wr(R_CTRL, B_CTRL_RST);        /* without a delay: done at once */
	CHECK_EQ(rig_rd(R_CTRL), 0);
	rig_expect("");
}
