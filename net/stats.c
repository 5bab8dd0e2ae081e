/* stats.c - names of the counters. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/stats.h"

#include "net/endpoint.h"

static const char names[STATS][20] = {
	[STAT_TX_DATA] = "tx_data",
	[STAT_TX_AGAIN] = "tx_again",
	[STAT_TX_ACK] = "tx_ack",
	[STAT_TX_PULL] = "tx_pull",
	[STAT_TX_BULK] = "tx_bulk",
	[STAT_TX_REFUSED] = "tx_refused",
	[STAT_COPIED] = "copied",
	[STAT_WAKES] = "wakes",
	[STAT_RX_FRAMES] = "rx_frames",
	[STAT_RX_BULK] = "rx_bulk",
	[STAT_RX_BYTES_BULK] = "rx_bytes_bulk",
	[STAT_RX_BYTES_LANDED] = "rx_bytes_landed",
	[STAT_RX_COPIED_BYTES] = "rx_copied_bytes",
	[STAT_RX_TOUCHED_BYTES] = "rx_touched_bytes",
	[STAT_TX_COPIED_BYTES] = "tx_copied_bytes",
	[STAT_MESSAGES_IN] = "messages_in",
	[STAT_MESSAGES_OUT] = "messages_out",
	[STAT_TIMEOUTS] = "timeouts",
	[STAT_PULLS_AGAIN] = "pulls_again",
	[STAT_RESTARTS] = "restarts",
	[STAT_EVICTED] = "evicted",
	[STAT_DROP_SHORT] = "drop_short",
	[STAT_DROP_VERSION] = "drop_version",
	[STAT_DROP_KEY] = "drop_key",
	[STAT_DROP_LENGTH] = "drop_length",
	[STAT_DROP_CRC] = "drop_crc",
	[STAT_DROP_STRANGER] = "drop_stranger",
	[STAT_DROP_EPOCH] = "drop_epoch",
	[STAT_DROP_DUPLICATE] = "drop_duplicate",
	[STAT_DROP_WINDOW] = "drop_window",
	[STAT_DROP_NO_BUFFER] = "drop_no_buffer",
	[STAT_DROP_NO_PEER] = "drop_no_peer",
	[STAT_DROP_MALFORMED] = "drop_malformed",
	[STAT_DROP_BULK_STALE] = "drop_bulk_stale",
	[STAT_DROP_NO_OFFER] = "drop_no_offer",
	[STAT_DROP_DEAD] = "drop_dead",
};

const char *
stats_name(enum stat s)
{
	return names[s];
}

u32
msg_stats(const struct msg_ep *ep, struct msg_stat *st, u32 max)
{
	u32 n = MIN(max, (u32)STATS);

	for (u32 i = 0; i < n; i++) {
		st[i].name = names[i];
		st[i].value = ep->stat[i];
	}
	return n;
}
