/* eeprom.c - the EEPROM, its words and checksum; semaphores. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/inside.h"

#include <string.h>

/*
 * §6: words 0..0x3f are a header; their sum with the blocks that words 3..0xe
 * point to is 0xbaba. Word 0x0f leads to the firmware's version, word 0x2b to
 * what each kind of SFP wants written to CORECTL: strangers look at both.
 * §10.5.4: who writes SW_FW_SYNC holds SWSM.SWESMBI, got after SMBI.
 */

enum { SUM = 0xbaba, SUM_AT = 0x3f, POINTER_FIRST = 3, POINTER_LAST = 0x0e,
	FIRMWARE = 0x0f, SERIAL = 0x15, MAC_AT = 0x50, SFP_LIST = 0x2b,
	VERSION_LOW = 0x2d, VERSION_HIGH = 0x2e, NONE = 0xffff };

static void
list_modules(u16 *e)
{
	u16 *s = &e[0x101];

	e[SFP_LIST] = 0x100;
	for (u16 type = 3; type <= 12; type++) {
		*s++ = type;
		*s++ = 0x140;
	}
	*s = NONE;
	e[0x140] = 0;
	e[0x141] = NONE;
}

void
n82_eeprom_init(struct nic82599 *n)
{
	u16 *e = n->eeprom, sum = 0;
	const u8 *mac = n->cfg.mac;

	memset(e, 0xff, sizeof n->eeprom);
	memset(e, 0, 2 * SUM_AT);
	e[0] = 0x20;
	for (u32 i = POINTER_FIRST; i <= POINTER_LAST; i++)
		e[i] = NONE;
	e[SERIAL] = 0x1234;
	e[0x16] = 0x8000;
	e[0x18] = 1;
	e[VERSION_LOW] = 0x8000;
	e[VERSION_HIGH] = 0x01ab;
	e[0x27] = e[0x28] = e[0x2f] = e[0x37] = NONE;
	e[FIRMWARE] = 0x180;
	e[0x184] = 0x190;
	e[0x197] = 6;
	list_modules(e);
	for (u32 i = 0; i < 3; i++)
		e[MAC_AT + i] = (u16)(mac[2 * i] | mac[2 * i + 1] << 8);
	for (u32 i = 0; i < SUM_AT; i++)
		sum = (u16)(sum + e[i]);
	e[SUM_AT] = (u16)(SUM - sum);
}

/* §4.6.3: the address comes with the EEPROM, and ARD says so. */
void
n82_eeprom_load(struct nic82599 *n)
{
	const u16 *m = &n->eeprom[MAC_AT];

	R(n, R_RAL) = m[0] | (u32)m[1] << 16;
	R(n, R_RAL + 4) = m[2] | B_AV;
	R(n, R_EEC) |= B_EEC_ARD | B_EEC_PRES | 8 << 11;
}

void
n82_eeprom_event(struct nic82599 *n)
{
	u32 word = R(n, R_EERD) >> 2 & (N82_EEPROM_WORDS - 1);

	R(n, R_EERD) = (u32)n->eeprom[word] << 16 | word << 2 | B_EERD_DONE;
}

bool
n82_eeprom_read(struct nic82599 *n, u32 at, u32 *v)
{
	if (at != R_SWSM)
		return false;
	/* Whoever reads SMBI clear has it. */
	*v = R(n, R_SWSM);
	R(n, R_SWSM) |= B_SWSM_SMBI;
	return true;
}

bool
n82_eeprom_write(struct nic82599 *n, u32 at, u32 v)
{
	u32 keep = B_EEC_PRES | B_EEC_ARD | 15 << 11;

	switch (at) {
	case R_EERD:
		if (!(R(n, R_EEC) & B_EEC_ARD))
			n82_misuse(n, "8.2.3.2.2", "EERD before EEC.ARD");
		R(n, at) = v & ~(u32)B_EERD_DONE & 0xffff;
		if (v & B_EERD_START)
			n82_later(n, EV_EERD, 0, n->cfg.delay_ns);
		return true;
	case R_EEC:
		R(n, at) = (v & ~keep & ~(u32)B_EEC_GNT) |
		    (R(n, at) & keep) | (v & B_EEC_REQ ? B_EEC_GNT : 0);
		return true;
	case R_SWSM:
		R(n, at) = v;
		return true;
	case R_SW_FW_SYNC:
		if (!(R(n, R_SWSM) & B_SWSM_SWESMBI))
			n82_misuse(n, "10.5.4", "SW_FW_SYNC without "
			    "SWSM.SWESMBI");
		R(n, at) = v;
		return true;
	}
	return false;
}
