/* stats.c - the statistics registers, §8.2.3.23. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/inside.h"

enum { FCS = 4 };

/* A 36-bit counter: the register of the low part and the next. */
static void
add36(struct nic82599 *n, u32 at, u64 more)
{
	u64 v = (R(n, at) | (u64)R(n, at + 4) << 32) + more;

	R(n, at) = (u32)v;
	R(n, at + 4) = (u32)(v >> 32) & 15;
}

/* 64, 65-127, 128-255, 256-511, 512-1023, longer. */
static u32
size_class(u32 len)
{
	u32 i = 0;

	for (u32 max = 64; i < 5 && len > max; i++)
		max = max == 64 ? 127 : max * 2 + 1;
	return i;
}

static bool
is_broadcast(const u8 *f)
{
	return (f[0] & f[1] & f[2] & f[3] & f[4] & f[5]) == 0xff;
}

void
n82_stats_rx(struct nic82599 *n, const u8 *frame, u32 len)
{
	len += FCS;
	R(n, R_GPRC)++;
	R(n, R_PRC64 + 4 * size_class(len))++;
	add36(n, R_GORCL, len);
	add36(n, R_TORL, len);
	if (is_broadcast(frame))
		R(n, R_BPRC)++;
	else if (frame[0] & 1)
		R(n, R_MPRC)++;
}

void
n82_stats_tx(struct nic82599 *n, u32 q, const u8 *frame, u32 len)
{
	u32 i = R(n, R_TQSM + q / 4 * 4) >> 8 * (q % 4) & 15;

	len += FCS;
	R(n, R_GPTC)++;
	R(n, R_TPT)++;
	R(n, R_PTC64 + 4 * size_class(len))++;
	add36(n, R_GOTCL, len);
	if (is_broadcast(frame))
		R(n, R_BPTC)++;
	else if (frame[0] & 1)
		R(n, R_MPTC)++;
	R(n, R_QPTC + 4 * i)++;
	add36(n, 0x8700 + 8 * i, len);
}

/* §8.2.3.23.66: RQSMR says which of 16 counters a queue has. */
void
n82_stats_queue(struct nic82599 *n, u32 q, u32 len, bool dropped)
{
	u32 i = R(n, R_RQSMR + q / 4 * 4) >> 8 * (q % 4) & 15;

	if (dropped) {
		R(n, R_QPRDC + 64 * i)++;
		return;
	}
	R(n, R_QPRC + 64 * i)++;
	add36(n, 0x1034 + 64 * i, len + FCS);
}
