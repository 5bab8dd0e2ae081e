/* fabric.c - a simulated network with virtual time and seeded faults. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/sim/fabric.h"

#include "kernel/lib/err.h"

#include <stdlib.h>
#include <string.h>

enum {
	FABRIC_DELAY_MAX = 400 * 1000,
	FABRIC_SLACK = 96,
	FABRIC_LAND_PORT = 20000,      /* added to the endpoint's own */
	FABRIC_BULK_MTU = PORT_LAND_HEAD + PORT_LAND_BYTES,
};

struct fabric_frame {
	struct fabric_frame *next;
	u64 at;
	struct fabric_port *from, *to;
	struct port_addr sender;
	bool sent;             /* false: still to be read */
	bool lands;
	bool sound;            /* its UDP checksum is right */
	struct iov seg[PORT_SEGS_MAX];
	u32 segs, len;
	u32 *pending;
	u8 data[];
};

static void
fabric_schedule(struct fabric *f, struct fabric_frame *n)
{
	struct fabric_frame **at = &f->events;

	while (*at && (*at)->at <= n->at)
		at = &(*at)->next;
	n->next = *at;
	*at = n;
}

static bool
fabric_chance(struct fabric *f, u32 ppm)
{
	return ppm && prng_below(&f->rng, FABRIC_MILLION) < ppm;
}

static struct fabric_frame *
fabric_copy(const struct fabric_frame *n)
{
	struct fabric_frame *c = malloc(sizeof(*c) + n->len);

	memcpy(c, n, sizeof(*c) + n->len);
	return c;
}

static void
fabric_travel(struct fabric *f, struct fabric_frame *n)
{
	n->at = f->now + f->latency_ns + prng_below(&f->rng, 1000);
	/* A cable keeps the order: what lands relies on it, others must not. */
	if (n->lands)
		n->at = n->to->last_at = MAX(n->at, n->to->last_at);
	if (fabric_chance(f, f->faults.reorder)) {
		n->at += prng_below(&f->rng, FABRIC_DELAY_MAX);
		f->reordered++;
	}
	if (n->len && fabric_chance(f, f->faults.corrupt)) {
		n->data[prng_below(&f->rng, n->len)] ^=
		    (u8)(1 << prng_below(&f->rng, 8));
		n->sound = false;
		f->corrupted++;
	}
	fabric_schedule(f, n);
}

/* The transmission ends: the bytes are read now. */
static void
fabric_sent(struct fabric *f, struct fabric_frame *n)
{
	u32 at = 0;

	for (u32 i = 0; i < n->segs; i++) {
		memcpy(n->data + at, n->seg[i].ptr, n->seg[i].len);
		at += (u32)n->seg[i].len;
	}
	n->sent = n->sound = true;
	n->from->sending--;
	if (n->pending)
		--*n->pending;
	f->frames++;
	if (!n->to || fabric_chance(f, f->faults.loss) ||
	    (f->partition && n->from->group != n->to->group)) {
		f->lost++;
		free(n);
		return;
	}
	if (fabric_chance(f, f->faults.duplicate)) {
		f->duplicated++;
		fabric_travel(f, fabric_copy(n));
	}
	fabric_travel(f, n);
}

/* The oldest place takes it, whatever it is. */
static void
fabric_landed(struct fabric_port *p, struct fabric_frame *n)
{
	u32 i = p->land_next % PORT_LAND_RING;

	if (p->land_next == p->land_put) {
		p->land_dropped++;
		free(n);
		return;
	}
	if (n->len > PORT_LAND_HEAD)
		memcpy(p->place[i], n->data + PORT_LAND_HEAD,
		    n->len - PORT_LAND_HEAD);
	p->landed[i] = n;
	p->land_next++;
}

static void
fabric_arrived(struct fabric_frame *n)
{
	struct fabric_port *p = n->to;

	if (n->lands) {
		fabric_landed(p, n);
		return;
	}
	if (p->occupied >= p->port.rx_bufs + FABRIC_SLACK) {
		p->overruns++;
		free(n);
		return;
	}
	p->occupied++;
	n->next = NULL;
	*p->arrived_end = n;
	p->arrived_end = &n->next;
}

void
fabric_run(struct fabric *f, u64 until)
{
	struct fabric_frame *n;

	while ((n = f->events) && n->at <= until) {
		f->events = n->next;
		f->now = MAX(f->now, n->at);
		if (n->sent)
			fabric_arrived(n);
		else
			fabric_sent(f, n);
	}
	f->now = MAX(f->now, until);
}

u64
fabric_next(const struct fabric *f)
{
	return f->events ? f->events->at : UINT64_MAX;
}

static struct fabric_port *
fabric_find(struct fabric *f, const struct port_addr *a)
{
	u32 n = a->ip4 - 0x0a000001;

	return n < f->ports && (a->udp_port == f->port[n]->addr.udp_port ||
	    a->udp_port == f->port[n]->port.land_port) ? f->port[n] : NULL;
}

static int
fabric_tx(struct port *port, const struct port_addr *to, const struct iov *seg,
    u32 segs, u32 *pending)
{
	struct fabric_port *p = (struct fabric_port *)port;
	struct fabric *f = p->fabric;
	struct fabric_frame *n;
	u32 len = 0;

	for (u32 i = 0; i < segs; i++)
		len += (u32)seg[i].len;
	if (len > MAX(port->mtu, port->bulk_mtu))
		return ERR_TOOBIG;
	if (p->sending >= FABRIC_RING)
		return ERR_AGAIN;
	n = calloc(1, sizeof(*n) + len);
	memcpy(n->seg, seg, segs * sizeof(*seg));
	n->segs = segs;
	n->len = len;
	n->from = p;
	n->sender = p->addr;
	n->to = fabric_find(f, to);
	n->lands = n->to && to->udp_port == n->to->port.land_port;
	if (n->lands && len > port->mtu && n->to->small)
		n->to = NULL;
	n->pending = pending;
	n->at = f->now + 500 + prng_below(&f->rng, 3000);
	if (n->lands)
		n->at = p->last_sent = MAX(n->at, p->last_sent + 1);
	if (pending)
		++*pending;
	p->sending++;
	fabric_schedule(f, n);
	return 0;
}

static int
fabric_poll(struct port *port, struct port_rx *rx, int max)
{
	struct fabric_port *p = (struct fabric_port *)port;
	int n = 0;

	for (; n < max && p->arrived; n++) {
		struct fabric_frame *a = p->arrived;

		p->arrived = a->next;
		if (!p->arrived)
			p->arrived_end = &p->arrived;
		rx[n] = (struct port_rx){ a->sender, a->data, a->len, 0, a };
	}
	return n;
}

static int
fabric_land_post(struct port *port, void *place)
{
	struct fabric_port *p = (struct fabric_port *)port;

	if ((uintptr_t)place & 1)
		return ERR_INVAL;
	if (p->land_put - p->land_got == PORT_LAND_RING)
		return ERR_AGAIN;
	p->place[p->land_put % PORT_LAND_RING] = place;
	p->landed[p->land_put++ % PORT_LAND_RING] = NULL;
	return 0;
}

/* The heads stay until the next call: the frames are freed then. */
static void
fabric_land_free(struct fabric_port *p)
{
	for (u32 i = 0; i < PORT_LAND_RING; i++)
		if (p->land_told[i]) {
			free(p->land_told[i]);
			p->land_told[i] = NULL;
		}
}

static int
fabric_land_poll(struct port *port, struct port_landed *l, int max)
{
	struct fabric_port *p = (struct fabric_port *)port;
	int n = 0;

	if (max)
		fabric_land_free(p);
	for (; n < max && p->land_got != p->land_next; n++) {
		u32 i = p->land_got++ % PORT_LAND_RING;
		struct fabric_frame *a = p->landed[i];

		p->land_told[i] = a;
		p->landed[i] = NULL;
		l[n] = (struct port_landed){ a->sender, a->data,
			a->len - MIN(a->len, (u32)PORT_LAND_HEAD),
			a->sound ? PORT_RX_CSUM_OK : 0 };
		if (a->len < PORT_LAND_HEAD)
			l[n].head = NULL;
	}
	return n;
}

static void
fabric_land_stop(struct port *port)
{
	struct fabric_port *p = (struct fabric_port *)port;

	fabric_land_free(p);
	for (; p->land_got != p->land_next; p->land_got++) {
		u32 i = p->land_got % PORT_LAND_RING;

		free(p->landed[i]);
		p->landed[i] = NULL;
	}
	p->land_got = p->land_next = p->land_put;
	p->land_stops++;
}

static void
fabric_release(struct port *port, void *cookie)
{
	struct fabric_port *p = (struct fabric_port *)port;

	p->occupied--;
	free(cookie);
}

static u64
fabric_now(struct port *port)
{
	return ((struct fabric_port *)port)->fabric->now;
}

void
fabric_init(struct fabric *f, u64 seed)
{
	memset(f, 0, sizeof(*f));
	prng_seed(&f->rng, seed);
	f->now = 1000;
	f->latency_ns = 10 * 1000;
}

void
fabric_join(struct fabric *f, struct fabric_port *p, u32 mtu, u32 rx_bufs)
{
	ASSERT(f->ports < FABRIC_PORTS_MAX);
	memset(p, 0, sizeof(*p));
	p->port.tx = fabric_tx;
	p->port.poll = fabric_poll;
	p->port.release = fabric_release;
	p->port.now = fabric_now;
	p->port.mtu = mtu;
	p->port.rx_bufs = rx_bufs;
	p->fabric = f;
	p->addr.ip4 = 0x0a000001 + f->ports;
	p->addr.udp_port = (u16)(7800 + f->ports);
	p->arrived_end = &p->arrived;
	f->port[f->ports++] = p;
}

void
fabric_land(struct fabric_port *p, bool jumbo)
{
	p->port.land_post = fabric_land_post;
	p->port.land_poll = fabric_land_poll;
	p->port.land_stop = fabric_land_stop;
	p->port.land_bufs = p->land_bufs;
	p->port.land_port = (u16)(p->addr.udp_port + FABRIC_LAND_PORT);
	p->port.bulk_mtu = FABRIC_BULK_MTU;
	p->port.tx_sums = true;
	p->small = !jumbo;
}

void
fabric_inject(struct fabric *f, struct fabric_port *to,
    const struct port_addr *from, const void *data, u32 len)
{
	struct fabric_frame *n = calloc(1, sizeof(*n) + len);

	memcpy(n->data, data, len);
	n->len = len;
	n->sent = true;
	n->to = to;
	n->sender = *from;
	n->at = f->now;
	fabric_schedule(f, n);
}

void
fabric_fini(struct fabric *f)
{
	struct fabric_frame *n, *next;

	for (n = f->events; n; n = next) {
		next = n->next;
		free(n);
	}
	for (u32 i = 0; i < f->ports; i++) {
		if (f->port[i]->port.land_port)
			fabric_land_stop(&f->port[i]->port);
		for (n = f->port[i]->arrived; n; n = next) {
			next = n->next;
			free(n);
		}
	}
	f->events = NULL;
}
