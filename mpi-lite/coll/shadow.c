/* shadow.c - a communicator's copy with a turn of its own. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"

#include <stdlib.h>

struct shadow {
	struct comm comm, local;
	struct comm *origin;
};

struct comm *
coll_shadow(struct comm *c)
{
	struct shadow *h = state_alloc(sizeof(*h));

	comm_hold(c);
	h->origin = c;
	h->comm = *c;
	h->comm.refs = 1;
	/* All ranks call collectives in one order, so they count alike. */
	h->comm.turn = __atomic_add_fetch(&c->turns, 1, __ATOMIC_RELAXED);
	if (c->local) {
		h->local = *c->local;
		h->local.refs = 1;
		h->local.turn = h->comm.turn;
		h->comm.local = &h->local;
	}
	return &h->comm;
}

void
coll_shadow_free(struct comm *c)
{
	struct shadow *h = CONTAINER_OF(c, struct shadow, comm);

	comm_drop(h->origin);
	free(h);
}
