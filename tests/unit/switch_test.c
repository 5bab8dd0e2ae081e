/* switch_test.c - learning, forwarding and faults of the rack's switch. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/rack/switch.h"

#include "kernel/lib/err.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

enum { LOG_MAX = 20000, PORTS = 4 };

struct out {
	u32 port, len;
	u32 number;
};

static struct sw sw;
static struct out out[LOG_MAX];
static u32 outs;
static bool full;

static bool
tx(void *ctx, u32 port, const u8 *frame, u32 len)
{
	u32 n;

	CHECK(ctx == &outs);
	if (full)
		return false;
	CHECK(outs < LOG_MAX);
	memcpy(&n, frame + 50, sizeof n);
	out[outs++] = (struct out){ port, len, n };
	return true;
}

static void
start(u64 seed)
{
	outs = 0;
	full = false;
	switch_init(&sw, PORTS, seed, tx, &outs);
}

/* A UDP frame of 60 bytes from node `from` to node `to` (0xff: all). */
static void
frame_send(u8 from, u8 to, u16 udp, u32 number, u64 now)
{
	u8 f[60] = { 0 };

	f[0] = 2;
	f[5] = to;
	if (to == 0xff)
		memset(f, 0xff, 6);
	f[6] = 2;
	f[11] = from;
	f[12] = 8;
	f[14] = 0x45;
	f[23] = 17;
	f[36] = (u8)(udp >> 8);
	f[37] = (u8)udp;
	memcpy(f + 50, &number, sizeof number);
	switch_input(&sw, from, f, sizeof f, now);
}

TEST(switch_input__unknown_floods_known_goes_to_one)
{
	start(1);
	frame_send(1, 2, 9, 0, 0);
	CHECK_EQ(outs, 3);
	frame_send(2, 1, 9, 0, 0);
	CHECK_EQ(outs, 4);
	outs = 0;
	frame_send(1, 2, 9, 7, 0);
	CHECK_EQ(outs, 1);
	CHECK_EQ(out[0].port, 2);
	CHECK_EQ(out[0].number, 7);
	CHECK_EQ(out[0].len, 60);
}

TEST(switch_input__broadcast_reaches_all_but_the_sender)
{
	start(1);
	frame_send(3, 0xff, 9, 0, 0);
	CHECK_EQ(outs, 3);
	for (u32 i = 0; i < outs; i++)
		CHECK(out[i].port != 3);
}

TEST(switch_input__short_and_long_frames_are_refused)
{
	static u8 f[SWITCH_FRAME_MAX + 1];

	start(1);
	switch_input(&sw, 1, f, SWITCH_FRAME_MIN - 1, 0);
	switch_input(&sw, 1, f, SWITCH_FRAME_MAX + 1, 0);
	CHECK_EQ(outs, 0);
	CHECK_EQ(sw.count[1].refused, 2);
}

TEST(switch_input__full_port_counts_overrun)
{
	start(1);
	full = true;
	frame_send(1, 0xff, 9, 0, 0);
	CHECK_EQ(sw.count[2].overrun, 1);
	CHECK_EQ(sw.count[2].tx, 0);
}

TEST(switch_faults__chances_are_kept_within_bounds)
{
	start(test_seed());
	sw.faults.loss = 50000;
	sw.faults.dup = 20000;
	for (u32 i = 0; i < 6000; i++)
		frame_send(1, 0xff, 9, i, 0);
	/* 18000 copies: 5 % lost, 2 % of the rest twice; six sigma apart. */
	u64 lost = 0, dup = 0;

	for (u32 p = 0; p < PORTS; p++) {
		lost += sw.count[p].lost;
		dup += sw.count[p].duplicated;
	}
	CHECK(lost > 720 && lost < 1080);
	CHECK(dup > 230 && dup < 460);
	CHECK_EQ(outs, 18000 - lost + dup);
}

TEST(switch_faults__same_seed_same_faults)
{
	static struct out first[LOG_MAX];
	u32 n = 0;

	for (int round = 0; round < 2; round++) {
		start(42);
		sw.faults = (struct switch_faults){ 100000, 50000, 200000,
			10000, 0 };
		for (u32 i = 0; i < 1000; i++) {
			frame_send(1, 0xff, 9, i, i * 1000);
			switch_tick(&sw, i * 1000);
		}
		switch_tick(&sw, UINT64_MAX);
		if (round == 0) {
			n = outs;
			memcpy(first, out, sizeof out);
		}
	}
	CHECK_EQ(outs, n);
	CHECK(memcmp(first, out, n * sizeof out[0]) == 0);
}

TEST(switch_faults__delay_keeps_order_reorder_does_not)
{
	bool overtaken = false;

	start(3);
	sw.faults.delay_us = 500;
	for (u32 i = 0; i < 100; i++)
		frame_send(1, 0xff, 9, i, 1000);
	CHECK_EQ(outs, 0);
	CHECK_EQ(switch_deadline(&sw), 501000);
	switch_tick(&sw, 500999);
	CHECK_EQ(outs, 0);
	switch_tick(&sw, 501000);
	CHECK_EQ(outs, 300);
	for (u32 i = 0; i < outs; i++)
		CHECK_EQ(out[i].number, i / 3);
	outs = 0;
	sw.faults.delay_us = 0;
	sw.faults.reorder = 300000;
	for (u32 i = 0; i < 200; i++) {
		frame_send(1, 0xff, 9, i, i * 50000);
		switch_tick(&sw, i * 50000);
	}
	switch_tick(&sw, UINT64_MAX);
	CHECK_EQ(outs, 600);
	for (u32 i = 1; i < outs; i++)
		overtaken |= out[i].number < out[i - 1].number;
	CHECK(overtaken);
	CHECK_EQ(switch_deadline(&sw), UINT64_MAX);
}

TEST(switch_command__partition_cuts_both_ways_and_heals)
{
	char reply[200];

	start(1);
	CHECK_EQ(switch_command(&sw, "partition 0 1 | 2", reply, 200), 0);
	frame_send(1, 0xff, 9, 0, 0);
	CHECK_EQ(outs, 2); /* 0 and, in no group, 3 */
	frame_send(2, 0xff, 9, 0, 0);
	CHECK_EQ(outs, 3);
	CHECK_EQ(sw.count[2].cut, 1);
	CHECK_EQ(switch_command(&sw, "heal", reply, 200), 0);
	outs = 0;
	frame_send(1, 0xff, 9, 0, 0);
	CHECK_EQ(outs, 3);
}

TEST(switch_command__drop_takes_exactly_the_named_frames)
{
	char reply[200];

	start(1);
	CHECK_EQ(switch_command(&sw, "drop 1 from 1 to 2 udp 7801 min 60",
	    reply, 200), 0);
	frame_send(1, 0xff, 7802, 0, 0);
	CHECK_EQ(outs, 3);
	frame_send(3, 0xff, 7801, 0, 0);
	CHECK_EQ(outs, 6);
	frame_send(1, 0xff, 7801, 0, 0);
	CHECK_EQ(outs, 8);
	CHECK_EQ(sw.count[2].matched, 1);
	frame_send(1, 0xff, 7801, 0, 0);
	CHECK_EQ(outs, 11);
}

TEST(switch_command__port_down_is_a_pulled_cable)
{
	char reply[200];

	start(1);
	CHECK_EQ(switch_command(&sw, "port 2 down", reply, 200), 0);
	frame_send(2, 0xff, 9, 0, 0);
	CHECK_EQ(outs, 0);
	frame_send(1, 0xff, 9, 0, 0);
	CHECK_EQ(outs, 2);
	CHECK_EQ(switch_command(&sw, "port 2 up", reply, 200), 0);
	frame_send(2, 0xff, 9, 0, 0);
	CHECK_EQ(outs, 5);
}

TEST(switch_command__wrong_words_are_refused_and_change_nothing)
{
	static const char *const wrong[] = { "", "fault", "faults loss",
		"faults loss 101", "faults loss x", "faults speed 3",
		"faults loss 1 dup -1", "partition 1", "partition 1 | 99",
		"drop", "drop 1 from 99", "drop 1 size 3", "port 1", "port 1 x",
		"port 4 up", "faults loss nan" };
	char reply[200];

	start(1);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		CHECK_EQ(switch_command(&sw, wrong[i], reply, 200), ERR_INVAL);
		CHECK(reply[0]);
	}
	CHECK_EQ(sw.faults.loss, 0);
	CHECK_EQ(sw.faults.dup, 0);
	CHECK_EQ(sw.drop.left, 0);
	CHECK_EQ(switch_command(&sw, "faults loss 5 dup 2.5 delay 1.5", reply,
	    200), 0);
	CHECK_EQ(sw.faults.loss, 50000);
	CHECK_EQ(sw.faults.dup, 25000);
	CHECK_EQ(sw.faults.delay_us, 1500);
}
