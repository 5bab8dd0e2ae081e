/* frame.h - Ethernet, ARP, IPv4 and UDP headers. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_NODE_FRAME_H
#define NET_NODE_FRAME_H

#include "kernel/lib/base.h"
#include "kernel/lib/endian.h"

enum {
	FRAME_TYPE_IP = 0x0800,
	FRAME_TYPE_ARP = 0x0806,
	FRAME_IP_UDP = 17,
	FRAME_HEADERS = 42,    /* Ethernet + IPv4 without options + UDP */
	FRAME_MIN = 60,        /* without FCS: IEEE 802.3 */
};

struct frame_eth {             /* IEEE 802.3 */
	u8 dst[6], src[6];
	be16 type;
} PACKED;

struct frame_arp {             /* RFC 826, Ethernet and IPv4 */
	be16 hw, proto;
	u8 hw_len, proto_len;
	be16 op;               /* 1 request, 2 reply */
	u8 sender_mac[6];
	be32 sender_ip;
	u8 target_mac[6];
	be32 target_ip;
} PACKED;

struct frame_ip {              /* RFC 791 */
	u8 version_ihl, tos;
	be16 len, id, fragment;
	u8 ttl, proto;
	be16 sum;
	be32 src, dst;
} PACKED;

struct frame_udp {             /* RFC 768 */
	be16 src, dst, len, sum;
} PACKED;

_Static_assert(sizeof(struct frame_eth) + sizeof(struct frame_ip) +
	    sizeof(struct frame_udp) == FRAME_HEADERS, "header bytes");

/* RFC 1071 over an IPv4 header of len bytes (even); host order; a header with
 * a right sum in it gives 0. */
u16 frame_sum(const void *data, size_t len);

#endif
