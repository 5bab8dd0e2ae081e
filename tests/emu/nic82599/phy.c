/* phy.c - the PHYs of X540 and X550 behind MSCA and MSRWD. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/inside.h"

/*
 * Clause 45: an address cycle, then a read or a write. The 82599's own SFP+
 * port has no MDIO PHY: reads give ones. X540 §3.6, X550 §3.6: one PHY, whose
 * link is the MAC's.
 */

enum { OP_ADDRESS = 0, OP_WRITE = 1, OP_READ_NEXT = 2, OP_READ = 3,
	PMA = 1, AN = 7, VENDOR = 30, STATUS1 = 1, ID_HIGH = 2, ID_LOW = 3,
	AN_STATUS = 1, AN_10G = 0x21, SPEED_ABILITY = 4 };

bool
n82_phy_is_copper(const struct nic82599 *n)
{
	switch (n->cfg.device) {
	case 0x1528:
	case 0x1560:
	case 0x1563:
	case 0x15d1:
		return true;
	}
	return false;
}

static u16
phy_register(const struct nic82599 *n, u32 type, u32 reg)
{
	bool up = R(n, R_LINKS) & B_LINKS_UP;
	bool x550 = n->cfg.device == 0x1563 || n->cfg.device == 0x15d1;

	if (reg == ID_HIGH)
		return 0x0154;
	if (reg == ID_LOW)
		return x550 ? 0x0220 : 0x0200;
	if (reg == STATUS1)
		return up ? 0x2c : 0;  /* link; autonegotiation done */
	if (type == PMA && reg == SPEED_ABILITY)
		return 0x31;           /* 10G, 1000, 100 */
	if (type == AN && reg == AN_10G)
		return up ? 0x7800 : 0;
	return 0;
}

void
n82_phy_write(struct nic82599 *n, u32 v)
{
	if (R(n, R_MSCA) & B_MSCA_CMD)
		n82_misuse(n, "8.2.3.22.11", "MSCA while a command runs");
	R(n, R_MSCA) = v;
	if (v & B_MSCA_CMD)
		n82_later(n, EV_MDIO, 0, n->cfg.delay_ns);
}

void
n82_phy_event(struct nic82599 *n)
{
	u32 v = R(n, R_MSCA), op = v >> 26 & 3, port = v >> 21 & 31;
	u32 read = 0xffff;

	if (op == OP_ADDRESS)
		n->mdio_address = (u16)v;
	if (n82_phy_is_copper(n) && port == 0)
		read = phy_register(n, v >> 16 & 31, n->mdio_address);
	if (op == OP_READ || op == OP_READ_NEXT)
		R(n, R_MSRWD) = (R(n, R_MSRWD) & 0xffff) | read << 16;
	R(n, R_MSCA) &= ~(u32)B_MSCA_CMD;
}
