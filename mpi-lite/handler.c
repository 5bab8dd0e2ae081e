/* handler.c - error handlers: making, giving and freeing them. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/err.h"
#include "mpi-lite/state.h"

#include <stdlib.h>

struct errhandler {
	struct tag tag;
	u32 refs, kind;
	handler_fn *fn;
};

static struct errhandler *
handler_made(const struct tag *h)
{
	return h->which == TAG_MADE ? (struct errhandler *)(uintptr_t)h : NULL;
}

const struct tag *
handler_of(MPI_Errhandler handle)
{
	const struct tag *t = (const struct tag *)(void *)handle;

	return t && t->kind == TAG_ERRHANDLER && t->which != HANDLER_NULL ?
	    t : NULL;
}

const struct tag *
handler_hold(const struct tag *h)
{
	if (h && handler_made(h))
		state_hold(&handler_made(h)->refs);
	return h;
}

void
handler_drop(const struct tag *h)
{
	struct errhandler *e = h ? handler_made(h) : NULL;

	if (!e || !state_drop(&e->refs))
		return;
	e->tag.kind = TAG_FREED;
	free(e);
}

int
handler_put(const struct tag **place, MPI_Errhandler handle, u32 kind)
{
	const struct tag *h = handler_of(handle), *old = *place;

	if (!h || (handler_made(h) && handler_made(h)->kind != kind))
		return MPI_ERR_ARG;
	*place = handler_hold(h);
	handler_drop(old);
	return MPI_SUCCESS;
}

MPI_Errhandler
handler_make(u32 kind, void *fn)
{
	struct errhandler *e = state_alloc(sizeof(*e));

	*e = (struct errhandler){ { TAG_ERRHANDLER, TAG_MADE }, 1, kind,
		(handler_fn *)fn };
	return (MPI_Errhandler)(void *)e;
}

handler_fn *
handler_function(const struct tag *h)
{
	return handler_made(h)->fn;
}

MPI_WEAK(Errhandler_free)
int
PMPI_Errhandler_free(MPI_Errhandler *errhandler)
{
	const struct tag *h = handler_of(*errhandler);

	if (!h)
		return err_raise(NULL, "Errhandler_free", MPI_ERR_ARG);
	handler_drop(h);
	*errhandler = MPI_ERRHANDLER_NULL;
	return MPI_SUCCESS;
}

/* -- of communicators ------------------------------------------------------ */

MPI_WEAK(Comm_create_errhandler)
int
PMPI_Comm_create_errhandler(MPI_Comm_errhandler_function *function,
    MPI_Errhandler *errhandler)
{
	*errhandler = handler_make(TAG_COMM, (void *)function);
	return MPI_SUCCESS;
}

MPI_WEAK(Comm_set_errhandler)
int
PMPI_Comm_set_errhandler(MPI_Comm comm, MPI_Errhandler errhandler)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_set_errhandler", &c);

	return err ? err : err_raise(c, "Comm_set_errhandler",
	    handler_put(&c->handler, errhandler, TAG_COMM));
}

MPI_WEAK(Comm_get_errhandler)
int
PMPI_Comm_get_errhandler(MPI_Comm comm, MPI_Errhandler *errhandler)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_get_errhandler", &c);

	if (!err)
		*errhandler = (MPI_Errhandler)(uintptr_t)handler_hold(
		    c->handler);
	return err;
}

MPI_WEAK(Comm_call_errhandler)
int
PMPI_Comm_call_errhandler(MPI_Comm comm, int errorcode)
{
	struct comm *c;
	int err = comm_check(comm, "Comm_call_errhandler", &c);

	if (err)
		return err;
	err_raise(c, "Comm_call_errhandler", errorcode);
	return MPI_SUCCESS;
}
