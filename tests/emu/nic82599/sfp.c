/* sfp.c - the SFP+ module's memory behind I2CCTL. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/inside.h"

#include <string.h>

/*
 * §8.2.3.1.5 and SFF-8472: an I2C slave at 0xa0 and 0xa2 whose lines software
 * moves: CLK_IN, CLK_OUT, DATA_IN, DATA_OUT in bits 0 to 3. Lines are open
 * drain: DATA_IN is low if either side pulls.
 *
 *	IDLE --start--> DEVICE --write--> OFFSET --> WRITE
 *	                   `-----read---> READ, byte after byte, until a NAK
 *
 * The slave looks at data when the clock rises, and moves it when it falls.
 */

enum { CLK_IN = 1, CLK_OUT = 2, DATA_IN = 4, DATA_OUT = 8 };
enum { IDLE, DEVICE, OFFSET, WRITE, READ, DONE };
enum { BITS = 8, ACK = 9 };

/* A 10GBASE-SR module of a maker that the drivers of strangers take. */
static u8
memory(u8 device, u8 offset)
{
	static const u8 head[16] = { 3, 4, 7, 0x10, [12] = 103 };
	static const char maker[] = "BARERACK        ";
	static const char part[] = "MODEL-SR        ";

	if ((device & 0xfe) != 0xa0)
		return 0;
	if (offset < sizeof head)
		return head[offset];
	if (offset >= 20 && offset < 36)
		return (u8)maker[offset - 20];
	if (offset >= 37 && offset < 40)
		return (u8)"\x00\x1b\x21"[offset - 37];
	if (offset >= 40 && offset < 56)
		return (u8)part[offset - 40];
	return 0;
}

void
n82_sfp_reset(struct nic82599 *n)
{
	n->i2c = (struct n82_i2c){ .scl = true, .sda = true, .drive = true };
	R(n, R_I2CCTL) = CLK_OUT | DATA_OUT;
}

u32
n82_sfp_read(struct nic82599 *n)
{
	return (R(n, R_I2CCTL) & (CLK_OUT | DATA_OUT)) |
	    (n->i2c.scl ? CLK_IN : 0) |
	    (n->i2c.sda && n->i2c.drive ? DATA_IN : 0);
}

static void
begin_read(struct n82_i2c *s)
{
	s->state = READ;
	s->shift = memory(s->device, s->offset);
	s->drive = s->shift >> 7;
}

/* A byte from the master is whole. */
static void
take_byte(struct n82_i2c *s)
{
	if (s->state == DEVICE) {
		s->device = s->shift;
		s->state = OFFSET;
		if (s->shift & 1)
			begin_read(s);
	} else if (s->state == OFFSET) {
		s->offset = s->shift;
		s->state = WRITE;
	}
}

static void
clock_falls(struct n82_i2c *s)
{
	if (s->state == READ) {
		if (s->bit < BITS) {
			s->drive = s->shift >> (7 - s->bit) & 1;
		} else if (s->bit == BITS) {
			s->drive = true;
		} else {
			s->bit = 0;
			s->offset++;
			begin_read(s);
		}
	} else if (s->state == IDLE || s->state == DONE) {
		s->drive = true;
	} else if (s->bit == BITS) {
		s->drive = s->state == DEVICE && (s->shift & 0xfc) != 0xa0;
		if (s->drive)
			s->state = IDLE;
	} else if (s->bit == ACK) {
		s->drive = true;
		s->bit = 0;
		take_byte(s);
	}
}

static void
clock_rises(struct n82_i2c *s, bool sda)
{
	if (s->state == IDLE || s->state == DONE)
		return;
	if (s->bit < BITS) {
		if (s->state != READ)
			s->shift = (u8)(s->shift << 1 | sda);
		s->bit++;
		return;
	}
	s->bit = ACK;
	if (s->state == READ && sda)
		s->state = DONE;       /* the master wants no more */
}

void
n82_sfp_write(struct nic82599 *n, u32 v)
{
	struct n82_i2c *s = &n->i2c;
	bool scl = v & CLK_OUT, sda = v & DATA_OUT;

	R(n, R_I2CCTL) = v & (CLK_OUT | DATA_OUT);
	if (scl && s->scl && sda != s->sda) {
		s->state = sda ? IDLE : DEVICE;
		s->bit = 0;
		s->drive = true;
	} else if (scl && !s->scl) {
		clock_rises(s, sda);
	} else if (!scl && s->scl && !(s->state == DEVICE && s->bit == 0)) {
		clock_falls(s);
	}
	s->scl = scl;
	s->sda = sda;
}
