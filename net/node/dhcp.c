/* dhcp.c - a minimal DHCP client: RFC 2131. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/node/dhcp.h"

#include "kernel/clock.h"
#include "kernel/dma.h"
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"

/*
 *	DISCOVER --offer--> REQUEST --ack--> BOUND --half the lease--> RENEW
 *	   ^                  | nak             ^                        | |
 *	   +------------------+                 +----------ack-----------+ |
 *	   +---------------------- lease over -----------------------------+
 *
 * Every state but BOUND sends again after 0.2, 0.4, 0.8 ... 3.2 s. A recycled
 * kernel begins in BOUND with what was left of its lease.
 */

enum {
	BOOTREQUEST = 1,
	BOOTREPLY = 2,
	MAGIC = 0x63825363,
	BROADCAST = 0x8000,
	OPT_PAD = 0,
	OPT_MASK = 1,
	OPT_ROUTER = 3,
	OPT_REQUESTED_IP = 50,
	OPT_LEASE = 51,
	OPT_TYPE = 53,
	OPT_SERVER = 54,
	OPT_WANTED = 55,
	OPT_CLASS = 60,
	OPT_END = 255,
	TYPE_DISCOVER = 1,
	TYPE_OFFER = 2,
	TYPE_REQUEST = 3,
	TYPE_ACK = 5,
	TYPE_NAK = 6,
	TRY_DOUBLINGS = 4,
};
#define SECOND_NS 1000000000ull

static u32
option_u32(const u8 *value)
{
	be32 v;

	memcpy(&v, value, sizeof(v));
	return be32_get(v);
}

static void
parse_option(struct dhcp_reply *r, u8 code, const u8 *value, u8 len)
{
	if (code == OPT_TYPE && len == 1)
		r->type = value[0];
	if (len < 4)
		return;
	if (code == OPT_MASK)
		r->mask = option_u32(value);
	else if (code == OPT_ROUTER)
		r->router = option_u32(value);
	else if (code == OPT_SERVER)
		r->server = option_u32(value);
	else if (code == OPT_LEASE)
		r->lease_s = option_u32(value);
}

int
dhcp_parse(struct dhcp_reply *r, const void *data, size_t len, u32 xid,
    const u8 mac[6])
{
	const struct dhcp_packet *p = data;
	size_t fixed = offsetof(struct dhcp_packet, options);
	const u8 *o, *end;

	memset(r, 0, sizeof(*r));
	if (len < fixed || p->op != BOOTREPLY || be32_get(p->xid) != xid ||
	    be32_get(p->magic) != MAGIC || memcmp(p->chaddr, mac, 6) != 0)
		return ERR_PROTO;
	r->ip4 = be32_get(p->yiaddr);
	r->next_server = be32_get(p->siaddr);
	o = (const u8 *)data + fixed;
	end = (const u8 *)data + len;
	while (o < end && *o != OPT_END) {
		if (*o == OPT_PAD) {
			o++;
			continue;
		}
		if (end - o < 2 || end - o - 2 < o[1])
			return ERR_PROTO;
		parse_option(r, o[0], o + 2, o[1]);
		o += 2 + o[1];
	}
	if (r->type == TYPE_NAK)
		return 0;
	return (r->type == TYPE_OFFER || r->type == TYPE_ACK) && r->ip4 ?
	    0 : ERR_PROTO;
}

static u8 *
put_u32(u8 *o, u8 code, u32 value)
{
	be32 v = be32_of(value);

	*o++ = code;
	*o++ = 4;
	memcpy(o, &v, 4);
	return o + 4;
}

static void
build(struct dhcp *d)
{
	static const u8 wanted[] = { OPT_WANTED, 4, OPT_MASK, OPT_ROUTER,
		OPT_LEASE, OPT_SERVER };
	static const u8 class[] = "\x3c\x08" "Barerack";
	struct dhcp_packet *p = d->packet;
	u8 *o = p->options;

	memset(p, 0, sizeof(*p));
	p->op = BOOTREQUEST;
	p->htype = 1;
	p->hlen = 6;
	p->xid = be32_of(d->xid);
	p->magic = be32_of(MAGIC);
	memcpy(p->chaddr, d->n->info.mac, 6);
	*o++ = OPT_TYPE;
	*o++ = 1;
	*o++ = d->state == DHCP_DISCOVER ? TYPE_DISCOVER : TYPE_REQUEST;
	if (d->state == DHCP_RENEW)
		p->ciaddr = be32_of(d->lease.ip4);
	else
		p->flags = be16_of(BROADCAST);
	if (d->state == DHCP_REQUEST) {
		o = put_u32(o, OPT_REQUESTED_IP, d->lease.ip4);
		o = put_u32(o, OPT_SERVER, d->lease.server);
	}
	memcpy(o, wanted, sizeof(wanted));
	o += sizeof(wanted);
	memcpy(o, class, sizeof(class) - 1);
	o += sizeof(class) - 1;
	*o = OPT_END;
}

static void
transmit(struct dhcp *d, u64 now)
{
	struct port_addr to = { 0xffffffff, DHCP_SERVER_PORT, 0 };
	u32 doublings = MIN(d->tries, (u32)TRY_DOUBLINGS);
	struct iov seg;

	d->try_at_ns = now + ((u64)DHCP_TRY_NS_MIN << doublings);
	/* The packet may not change while the NIC still reads it. */
	if (__atomic_load_n(&d->pending, __ATOMIC_ACQUIRE))
		return;
	build(d);
	if (d->state == DHCP_RENEW)
		to.ip4 = d->lease.server;
	seg = (struct iov){ d->packet, sizeof(*d->packet) };
	netif_send(d->n, DHCP_CLIENT_PORT, &to, &seg, 1, &d->pending);
	d->tries++;
}

static void
enter(struct dhcp *d, enum dhcp_state state, u64 now)
{
	d->state = state;
	d->tries = 0;
	d->try_at_ns = now;
}

/* The address is ours, as d->lease says, for left_ns more. */
static void
use(struct dhcp *d, u64 now, u64 left_ns)
{
	u64 half_ns = MAX(d->lease.lease_s, 60u) * SECOND_NS / 2;

	d->n->mask = d->lease.mask ? d->lease.mask : 0xffffff00;
	d->n->router = d->lease.router;
	__atomic_store_n(&d->n->ip4, d->lease.ip4, __ATOMIC_RELEASE);
	d->state = DHCP_BOUND;
	d->tries = 0;
	d->try_at_ns = now + (left_ns > half_ns ? left_ns - half_ns : 0);
	d->lease_end_ns = now + left_ns;
}

static void
bind(struct dhcp *d, const struct dhcp_reply *r, u64 now)
{
	d->lease = *r;
	d->head = r->next_server ? r->next_server : r->server;
	use(d, now, MAX(r->lease_s, 60u) * SECOND_NS);
}

void
dhcp_save(const struct dhcp *d, struct handoff_lease *saved)
{
	u64 now = clock_now_ns();

	memset(saved, 0, sizeof(*saved));
	if (d->state < DHCP_BOUND || now >= d->lease_end_ns)
		return;
	*saved = (struct handoff_lease){ .ip4 = d->lease.ip4,
		.mask = d->lease.mask, .router = d->lease.router,
		.server = d->lease.server, .head = d->head,
		.lease_s = d->lease.lease_s,
		.left_s = (u32)((d->lease_end_ns - now) / SECOND_NS) };
	memcpy(saved->mac, d->n->info.mac, sizeof(saved->mac));
}

bool
dhcp_resume(struct dhcp *d, const struct handoff_lease *saved)
{
	if (!saved->left_s ||
	    memcmp(saved->mac, d->n->info.mac, sizeof(saved->mac)) != 0)
		return false;
	d->lease = (struct dhcp_reply){ .ip4 = saved->ip4,
		.mask = saved->mask, .router = saved->router,
		.server = saved->server, .lease_s = saved->lease_s };
	d->head = saved->head;
	d->resumed = true;
	use(d, clock_now_ns(), saved->left_s * SECOND_NS);
	return true;
}

/* True if this reply bound the address. */
static bool
reply(struct dhcp *d, const struct dhcp_reply *r, u64 now)
{
	if (r->type == TYPE_OFFER && d->state == DHCP_DISCOVER) {
		d->lease = *r;
		enter(d, DHCP_REQUEST, now);
	} else if (r->type == TYPE_ACK &&
	    (d->state == DHCP_REQUEST || d->state == DHCP_RENEW)) {
		bind(d, r, now);
		return true;
	} else if (r->type == TYPE_NAK && d->state >= DHCP_REQUEST) {
		enter(d, DHCP_DISCOVER, now);
	}
	return false;
}

bool
dhcp_poll(struct dhcp *d)
{
	struct netif_datagram in;
	struct dhcp_reply r;
	u64 now = clock_now_ns();
	bool bound = d->resumed;

	if (d->state == DHCP_OFF)
		return false;
	d->resumed = false;
	while (netif_take(d->socket, &in)) {
		if (dhcp_parse(&r, in.data, in.len, d->xid,
			d->n->info.mac) == 0)
			bound |= reply(d, &r, now);
		netif_release(d->n, in.buf);
	}
	if (now < d->try_at_ns)
		return bound;
	if (d->state == DHCP_BOUND)
		enter(d, DHCP_RENEW, now);
	else if (d->state == DHCP_RENEW && now > d->lease_end_ns)
		enter(d, DHCP_DISCOVER, now);
	transmit(d, now);
	return bound;
}

u64
dhcp_deadline(const struct dhcp *d)
{
	return d->state == DHCP_OFF ? UINT64_MAX : d->try_at_ns;
}

int
dhcp_start(struct dhcp *d, struct netif *n, u32 xid)
{
	memset(d, 0, sizeof(*d));
	d->n = n;
	d->xid = xid;
	d->socket = dma_alloc(sizeof(*d->socket));
	d->packet = dma_alloc(sizeof(*d->packet));
	if (!d->socket || !d->packet)
		return ERR_NOMEM;
	d->state = DHCP_DISCOVER;
	return netif_bind(n, DHCP_CLIENT_PORT, d->socket);
}
