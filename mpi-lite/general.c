/* general.c - generalized requests: the program says when they end. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/general.h"

#include "mpi-lite/err.h"

#include <stdlib.h>

struct general {
	MPI_Grequest_query_function *query;
	MPI_Grequest_free_function *free;
	MPI_Grequest_cancel_function *cancel;
	void *extra;
};

int
general_query(struct req *r, MPI_Status *status)
{
	struct general *g = r->what;
	MPI_Status unseen = { .MPI_ERROR = MPI_SUCCESS };

	return g->query(g->extra,
	    status == MPI_STATUS_IGNORE ? &unseen : status);
}

int
general_take(struct req *r, MPI_Status *status)
{
	struct general *g = r->what;
	int err = general_query(r, status), err2 = g->free(g->extra);

	free(g);
	return err ? err : err2;
}

int
general_cancel(struct req *r)
{
	struct general *g = r->what;

	return g->cancel(g->extra, r->state == REQ_DONE);
}

void
general_free(struct req *r)
{
	struct general *g = r->what;

	if (r->state != REQ_DONE) {
		r->orphan = 1;
		return;
	}
	g->free(g->extra);
	free(g);
	req_free(state_any(), r);
}

MPI_WEAK(Grequest_start)
int
PMPI_Grequest_start(MPI_Grequest_query_function *query_fn,
    MPI_Grequest_free_function *free_fn,
    MPI_Grequest_cancel_function *cancel_fn, void *extra_state,
    MPI_Request *request)
{
	struct state *s = state_of("Grequest_start");
	struct general *g = state_alloc(sizeof(*g));
	struct req *r = req_plain(s, NULL, REQ_GENERAL);

	*g = (struct general){ query_fn, free_fn, cancel_fn, extra_state };
	r->what = g;
	*request = (MPI_Request)(void *)r;
	return MPI_SUCCESS;
}

MPI_WEAK(Grequest_complete)
int
PMPI_Grequest_complete(MPI_Request request)
{
	struct req *r = req_of(request);

	state_of("Grequest_complete");
	if (!r || r->kind != REQ_GENERAL)
		return err_raise(NULL, "Grequest_complete", MPI_ERR_REQUEST);
	__atomic_store_n(&r->state, REQ_DONE, __ATOMIC_RELEASE);
	if (r->orphan)
		general_free(r);
	return MPI_SUCCESS;
}
