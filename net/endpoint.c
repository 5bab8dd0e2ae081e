/* endpoint.c - who owns what: the try-lock, the submit list, one round. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/endpoint.h"

#include "kernel/lib/err.h"
#include "net/bulk.h"
#include "net/peer.h"
#include "net/retry.h"
#include "net/rx.h"
#include "net/tx.h"

bool
endpoint_try(struct msg_ep *ep)
{
	u32 none = 0;

	return __atomic_compare_exchange_n(&ep->lock, &none, 1, false,
	    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

void
endpoint_enter_surely(struct msg_ep *ep)
{
	if (ep->upcall)
		return;
	while (!endpoint_try(ep))
		__builtin_ia32_pause();
}

/* In order: the list is a stack and its bottom was submitted first. */
static void
endpoint_take_submitted(struct msg_ep *ep)
{
	struct msg_req *req, *next, *in_order = NULL;

	if (!__atomic_load_n(&ep->submit, __ATOMIC_RELAXED))
		return;
	req = __atomic_exchange_n(&ep->submit, NULL, __ATOMIC_ACQUIRE);
	for (; req; req = next) {
		next = req->next;
		req->next = in_order;
		in_order = req;
	}
	for (req = in_order; req; req = next) {
		next = req->next;
		if (req->state == REQ_SUBMIT_PULL)
			bulk_pull(ep, req);
		else
			tx_submit(ep, req);
		__atomic_fetch_sub(&ep->submitted, 1, __ATOMIC_RELEASE);
	}
}

/* What was submitted before is older than what the owner does now. */
bool
endpoint_enter(struct msg_ep *ep)
{
	if (ep->upcall)
		return true;
	if (!endpoint_try(ep))
		return false;
	endpoint_take_submitted(ep);
	return true;
}

/* Somebody declared nodes dead: what waits for them ends. */
static void
endpoint_take_deaths(struct msg_ep *ep)
{
	if (!__atomic_load_n(&ep->deaths, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&ep->deaths, 0, __ATOMIC_SEQ_CST);
	for (u32 n = 0; n < ep->peers_max; n++) {
		struct slot *slot = &ep->slots[n];

		if (slot->peer &&
		    __atomic_load_n(&slot->dead, __ATOMIC_RELAXED))
			peer_fail(ep, slot->peer, ERR_DEAD);
	}
}

/* When somebody must come back: 0 is at once. */
static u64
endpoint_deadline(const struct msg_ep *ep)
{
	if (ep->tx_full || ep->pool.limbo || ep->bulk_got != ep->bulk_put ||
	    !list_is_empty(&ep->busy) || !list_is_empty(&ep->limbo) ||
	    !list_is_empty(&ep->granted))
		return 0;
	if (ep->land.got != ep->land.put)
		return MIN(ep->next_timer, ep->now + LAND_LOOK_NS);
	return ep->next_timer;
}

void
endpoint_leave(struct msg_ep *ep)
{
	if (ep->upcall)
		return;
	for (;;) {
		endpoint_take_submitted(ep);
		endpoint_take_deaths(ep);
		__atomic_store_n(&ep->deadline, endpoint_deadline(ep),
		    __ATOMIC_RELAXED);
		__atomic_store_n(&ep->lock, 0, __ATOMIC_RELEASE);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if ((!__atomic_load_n(&ep->submit, __ATOMIC_RELAXED) &&
			!__atomic_load_n(&ep->deaths, __ATOMIC_RELAXED)) ||
		    !endpoint_try(ep))
			return;
	}
}

void
endpoint_submit(struct msg_ep *ep, struct msg_req *req)
{
	struct msg_req *top = __atomic_load_n(&ep->submit, __ATOMIC_RELAXED);

	__atomic_fetch_add(&ep->submitted, 1, __ATOMIC_RELAXED);
	do {
		req->next = top;
	} while (!__atomic_compare_exchange_n(&ep->submit, &top, req, true,
	    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	if (endpoint_try(ep))
		endpoint_leave(ep);
}

static void
endpoint_end(struct msg_ep *ep, struct msg_req *req)
{
	ASSERT(ep->unfinished > 0);
	endpoint_unfinished(ep, -1);
	req->state = REQ_IDLE;
	__atomic_store_n(&req->done, 1, __ATOMIC_RELEASE);
	endpoint_news(ep);
}

void
endpoint_finish(struct msg_ep *ep, struct msg_req *req, int err)
{
	req->err = err;
	if (req->state == REQ_OFFERED && ep->shm)
		shm_offer_end(ep->shm, req->id);
	list_take(&req->link);
	list_take(&req->grant);
	req->want = 0;
	if (req->pending) {
		req->state = REQ_LIMBO;
		list_put(&ep->limbo, &req->link);
		return;
	}
	endpoint_end(ep, req);
}

/* What the port has finished reading is free again. */
static void
endpoint_reap(struct msg_ep *ep)
{
	struct list *it, *next;

	bulk_reap(ep);
	LIST_EACH(it, next, &ep->limbo) {
		struct msg_req *req = CONTAINER_OF(it, struct msg_req, link);

		if (req->pending == 0) {
			list_take(it);
			endpoint_end(ep, req);
		}
	}
	if (ep->pool.limbo && buf_reap(&ep->pool) && ep->waiting)
		tx_kick_waiting(ep);
}

/* Peers that kick themselves again wait for the next round. */
void
endpoint_flush(struct msg_ep *ep)
{
	struct list busy, *first;

	bulk_told(ep);
	list_init(&busy);
	if (!list_is_empty(&ep->busy)) {
		list_put(&ep->busy, &busy);
		list_take(&ep->busy);
	}
	while (!list_is_empty(&busy)) {
		first = busy.next;
		list_take(first);
		tx_peer(ep, CONTAINER_OF(first, struct peer, busy));
	}
	bulk_pump(ep);
}

void
endpoint_progress(struct msg_ep *ep)
{
	ep->now = ep->port->now(ep->port);
	ep->tx_full = false;
	endpoint_take_submitted(ep);
	rx_poll(ep);
	land_poll(ep);
	endpoint_reap(ep);
	if (ep->now >= ep->next_timer)
		retry_timers(ep);
	endpoint_flush(ep);
}
