/* flow.c - flow director: perfect filters that name a queue, or drop. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/inside.h"

#include <string.h>

/*
 * §7.1.2.7. A filter is written to FDIRIPSA .. FDIRHASH, then added, removed
 * or asked for by FDIRCMD, whose low bits clear when that is done.
 * INTERPRETATION: signature filters are kept, and never match: the device
 * forgets those, too, when their bucket is full.
 */

enum { CMD_ADD = 1, CMD_REMOVE, CMD_QUERY, CMD_MASK = 3, IP6 = 1 << 4,
	L4_SHIFT = 5, KEY_CMD = 0x70, COLLISION = 1 << 12 };

static struct n82_flow
asked(const struct nic82599 *n)
{
	return (struct n82_flow){ .used = true,
		.hash = R(n, R_FDIRHASH), .ipsa = R(n, R_FDIRIPSA),
		.ipda = R(n, R_FDIRIPDA), .port = R(n, R_FDIRPORT),
		.vlan = R(n, R_FDIRVLAN), .cmd = R(n, R_FDIRCMD) };
}

static struct n82_flow *
find(struct nic82599 *n, const struct n82_flow *f)
{
	for (u32 i = 0; i < N82_FLOWS_MAX; i++) {
		struct n82_flow *g = &n->flow[i];

		if (g->used && g->ipsa == f->ipsa && g->ipda == f->ipda &&
		    g->port == f->port && g->vlan == f->vlan &&
		    (g->hash & 0x7fff7fff) == (f->hash & 0x7fff7fff) &&
		    ((g->cmd ^ f->cmd) & KEY_CMD) == 0)
			return g;
	}
	return NULL;
}

static void
add(struct nic82599 *n, const struct n82_flow *f)
{
	struct n82_flow *g = find(n, f);

	for (u32 i = 0; !g && i < N82_FLOWS_MAX; i++)
		if (!n->flow[i].used)
			g = &n->flow[i];
	if (g)
		*g = *f;
	else
		R(n, R_FDIRFSTAT)++;
}

static void
command(struct nic82599 *n, u32 v)
{
	struct n82_flow f = asked(n), *g = find(n, &f);

	if (v & B_FDIRCMD_CLEAR)
		memset(n->flow, 0, sizeof n->flow);
	switch (v & CMD_MASK) {
	case CMD_ADD:
		add(n, &f);
		break;
	case CMD_REMOVE:
		if (g)
			g->used = false;
		break;
	case CMD_QUERY:
		if (g)
			R(n, R_FDIRCMD) = (g->cmd & ~(u32)CMD_MASK) |
			    B_FDIRCMD_FILTER | CMD_QUERY;
		else
			R(n, R_FDIRCMD) = (v & ~(u32)B_FDIRCMD_FILTER);
		break;
	}
}

bool
n82_flow_write(struct nic82599 *n, u32 at, u32 v)
{
	if (at == R_FDIRCTRL) {
		/* §4.6.7: the table is made anew; done after a while. */
		R(n, at) = v & ~(u32)B_FDIRCTRL_DONE;
		memset(n->flow, 0, sizeof n->flow);
		n82_later(n, EV_FDIR, 0, n->cfg.delay_ns);
	} else if (at == R_FDIRCMD) {
		if (!(R(n, R_FDIRCTRL) & B_FDIRCTRL_DONE) && (v & CMD_MASK))
			n82_misuse(n, "7.1.2.7", "FDIRCMD before "
			    "FDIRCTRL.INIT_DONE");
		R(n, at) = v;
		command(n, v);
		n82_later(n, EV_FDIR, 0, n->cfg.delay_ns);
	} else {
		return false;
	}
	return true;
}

void
n82_flow_event(struct nic82599 *n)
{
	R(n, R_FDIRCTRL) |= B_FDIRCTRL_DONE;
	R(n, R_FDIRCMD) &= ~(u32)(CMD_MASK | B_FDIRCMD_CLEAR);
}

/* Registers hold addresses and ports as the wire does, high byte first. */
static u32
wire32(const u8 *p)
{
	u32 v;

	memcpy(&v, p, 4);
	return __builtin_bswap32(v);
}

static bool
matches(const struct nic82599 *n, const struct n82_flow *f,
    const struct n82_packet *p)
{
	u32 none = R(n, R_FDIRM), ports = p->udp ? R(n, R_FDIRUDPM) :
	    R(n, R_FDIRTCPM), l4 = p->udp ? 1 : p->tcp ? 2 : 0;
	const u8 *ip = p->frame + p->l3, *at = p->frame + p->l4;

	if (!f->used || (f->cmd & IP6) || !p->ip4)
		return false;
	if (!(none & 1 << 3) && (f->cmd >> L4_SHIFT & 3) != l4)
		return false;
	if (!(none & 1) && ((f->vlan ^ p->vlan) & 0xfff))
		return false;
	if (((f->ipsa ^ wire32(ip + 12)) & ~R(n, R_FDIRSIP4M)) ||
	    ((f->ipda ^ wire32(ip + 16)) & ~R(n, R_FDIRDIP4M)))
		return false;
	/* Source port in bits 15:0, destination in 31:16. */
	return (none & 1 << 3) || !l4 ||
	    !((f->port ^ (wire32(at) << 16 | wire32(at) >> 16)) & ~ports);
}

bool
n82_flow_match(struct nic82599 *n, struct n82_packet *p)
{
	u32 both = B_FDIRCTRL_DONE | B_FDIRCTRL_PERFECT;

	if ((R(n, R_FDIRCTRL) & both) != both)
		return false;
	for (u32 i = 0; i < N82_FLOWS_MAX; i++) {
		const struct n82_flow *f = &n->flow[i];

		if (!matches(n, f, p))
			continue;
		R(n, R_FDIRMATCH)++;
		p->status |= B_RX_FLM;
		p->drop = f->cmd & B_FDIRCMD_DROP;
		p->queue = f->cmd >> 16 & 127;
		return f->cmd & B_FDIRCMD_QUEUE_EN;
	}
	R(n, R_FDIRMISS)++;
	return false;
}
