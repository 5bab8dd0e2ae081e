/* progress_test.c - an owner and a helper drive one endpoint at one time. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/host/port_udp.h"
#include "net/msg.h"
#include "tests/test.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/*
 * Two endpoints, each with an owner that sends, pulls and polls, and a helper
 * that calls msg_progress without pause, as ticks and idle cores do. An owner
 * that is refused the lock leaves its requests on the submit list.
 */

enum { MESSAGES = 3000, LEN = 30000, SENDS = 16, LIMIT_S = 60 };

struct side {
	struct port_udp *udp;
	struct port_addr addr;
	struct msg_ep *ep;
	void *arena;
	u32 got, wrong, pulled;
	struct msg_req send[SENDS], pull;
	u8 out[SENDS][LEN], in[LEN];
	u32 sent, slot_of_pull;
	u64 offer;
	bool pulling;
	volatile bool over;
};

static struct side *sides;

static u32
len_of(u32 k)
{
	return k % 10 == 9 ? LEN : k % 300;
}

static void
deliver(void *ctx, const struct msg_in *in)
{
	struct side *s = ctx;
	u32 k;

	memcpy(&k, in->head, sizeof(k));
	if (k != s->got || in->len != len_of(k))
		s->wrong++;
	s->got++;
	if (in->offer)
		s->offer = in->offer;
	else if (in->segs && ((u8 *)in->seg[0].ptr)[0] != (u8)k)
		s->wrong++;
}

static void
owner_send(struct side *s)
{
	u32 k = s->sent, slot = k % SENDS;
	struct msg_req *r = &s->send[slot];

	if (k == MESSAGES || (k >= SENDS &&
		!__atomic_load_n(&r->done, __ATOMIC_ACQUIRE)))
		return;
	memset(s->out[slot], (int)(u8)k, len_of(k));
	if (msg_send(s->ep, 0, &k, sizeof(k), s->out[slot], len_of(k), 0, r))
		s->wrong++;
	s->sent++;
}

static void
owner_pull(struct side *s)
{
	if (!s->pulling && s->offer) {
		s->pulling = true;
		if (msg_pull(s->ep, 0, s->offer, s->in, LEN, &s->pull))
			s->wrong++;
		s->offer = 0;
	}
	if (s->pulling && __atomic_load_n(&s->pull.done, __ATOMIC_ACQUIRE)) {
		s->pulling = false;
		__atomic_fetch_add(&s->pulled, 1, __ATOMIC_RELEASE);
		if (s->pull.moved != LEN || s->in[0] != s->in[LEN - 1])
			s->wrong++;
	}
}

static void *
owner(void *arg)
{
	struct side *s = arg, *other = s == sides ? s + 1 : sides;
	struct port *p = port_udp_port(s->udp);
	u64 limit = p->now(p) + (u64)LIMIT_S * 1000000000u;

	while (p->now(p) < limit) {
		/* One offer at a time is on its way to us. */
		if (s->sent % 10 != 9 || s->sent / 10 <=
		    __atomic_load_n(&other->pulled, __ATOMIC_ACQUIRE))
			owner_send(s);
		msg_poll(s->ep);
		owner_pull(s);
		if (s->got == MESSAGES && s->pulled == MESSAGES / 10 &&
		    s->sent == MESSAGES && msg_is_drained(s->ep))
			break;
		sched_yield();
	}
	/* The other side may still want our acknowledgements. */
	__atomic_store_n(&s->over, true, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&other->over, __ATOMIC_ACQUIRE) &&
	    p->now(p) < limit)
		msg_poll(s->ep);
	return NULL;
}

static void *
helper(void *arg)
{
	struct side *s = arg;

	while (!__atomic_load_n(&sides[0].over, __ATOMIC_ACQUIRE) ||
	    !__atomic_load_n(&sides[1].over, __ATOMIC_ACQUIRE)) {
		msg_progress(s->ep);
		sched_yield();
	}
	return NULL;
}

TEST(msg_progress__beside_the_owner_loses_and_repeats_nothing)
{
	pthread_t thread[4];

	sides = calloc(2, sizeof(*sides));
	for (u32 i = 0; i < 2; i++) {
		struct side *s = &sides[i];

		s->addr.ip4 = 0x7f000001;
		CHECK_EQ(port_udp_open(&s->udp, &s->addr, PORT_UDP_MTU), 0);
		s->arena = malloc(msg_arena_bytes(1, 1));
		CHECK_EQ(msg_open(&s->ep, &(struct msg_config){
		    .port = port_udp_port(s->udp), .self = s->addr, .key = 1,
		    .epoch = i + 1, .peers_max = 1, .arena = s->arena,
		    .arena_bytes = msg_arena_bytes(1, 1), .deliver = deliver,
		    .ctx = s }), 0);
	}
	for (u32 i = 0; i < 2; i++)
		msg_peer_set(sides[i].ep, 0, &sides[!i].addr, 0);
	for (u32 i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, i < 2 ? owner : helper,
		    &sides[i % 2]);
	for (u32 i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	for (u32 i = 0; i < 2; i++) {
		CHECK_EQ(sides[i].wrong, 0);
		CHECK_EQ(sides[i].got, MESSAGES);
		CHECK_EQ(sides[i].pulled, MESSAGES / 10);
		msg_close(sides[i].ep);
		port_udp_close(sides[i].udp);
		free(sides[i].arena);
	}
	free(sides);
}
