/* alltoall.c - pairwise: p - 1 steps, in each one partner to and one from. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"

#include "mpi-lite/err.h"

#include <stdlib.h>

/* One side of the exchange; counts and displs NULL: `count` for each. */
struct alltoall_side {
	const void *buf;
	const int *counts, *displs;
	i64 count;
	const struct type *type;
};

static i64
alltoall_count(const struct alltoall_side *s, int i)
{
	return s->counts ? s->counts[i] : s->count;
}

static void *
alltoall_place(const struct alltoall_side *s, int i)
{
	return coll_at(s->buf, s->type,
	    s->displs ? s->displs[i] : s->count * i);
}

static int
alltoall_pairs(struct comm *c, const struct alltoall_side *out,
    const struct alltoall_side *in)
{
	int p = c->size, err = 0;

	coll_copy(alltoall_place(out, c->rank), alltoall_count(out, c->rank),
	    out->type, alltoall_place(in, c->rank),
	    alltoall_count(in, c->rank), in->type);
	for (int k = 1; k < p && !err; k++) {
		int to = (c->rank + k) % p, from = (c->rank - k + p) % p;

		err = coll_exchange(c, alltoall_place(out, to),
		    alltoall_count(out, to), out->type, to,
		    alltoall_place(in, from), alltoall_count(in, from),
		    in->type, from, COLL_ALLTOALL);
	}
	return err;
}

/* In place: with each partner the same block is exchanged; it leaves from a
 * copy. The k-th partners of two ranks are each other: rank + partner = k. */
static int
alltoall_in_place(struct comm *c, const struct alltoall_side *io)
{
	int p = c->size, err = 0;

	for (int k = 0; k < p && !err; k++) {
		int peer = (k - c->rank + p) % p;
		i64 n = alltoall_count(io, peer);
		u64 bytes = (u64)(n * io->type->size);
		void *copy;

		if (peer == c->rank)
			continue;
		copy = state_alloc(bytes);
		type_pack(io->type, n, alltoall_place(io, peer), copy, bytes);
		err = coll_exchange(c, copy, (i64)bytes, type_of(MPI_BYTE),
		    peer, alltoall_place(io, peer), n, io->type, peer,
		    COLL_ALLTOALL);
		free(copy);
	}
	return err;
}

static int
alltoall(const char *func, struct alltoall_side *out, MPI_Datatype out_type,
    struct alltoall_side *in, MPI_Datatype in_type, MPI_Comm comm)
{
	bool in_place = out->buf == MPI_IN_PLACE;
	struct comm *c;
	int err = coll_check(func, comm, &c);

	if (!err && !in_place)
		err = coll_check_type(func, c, (int)out->count, out_type,
		    &out->type);
	if (!err)
		err = coll_check_type(func, c, (int)in->count, in_type,
		    &in->type);
	if (err)
		return err;
	return err_raise(c, func, in_place ? alltoall_in_place(c, in) :
	    alltoall_pairs(c, out, in));
}

MPI_WEAK(Alltoall)
int
PMPI_Alltoall(const void *sendbuf, int sendcount, MPI_Datatype sendtype,
    void *recvbuf, int recvcount, MPI_Datatype recvtype, MPI_Comm comm)
{
	struct alltoall_side out = { sendbuf, NULL, NULL, sendcount, NULL };
	struct alltoall_side in = { recvbuf, NULL, NULL, recvcount, NULL };

	return alltoall("Alltoall", &out, sendtype, &in, recvtype, comm);
}

MPI_WEAK(Alltoallv)
int
PMPI_Alltoallv(const void *sendbuf, const int sendcounts[],
    const int sdispls[], MPI_Datatype sendtype, void *recvbuf,
    const int recvcounts[], const int rdispls[], MPI_Datatype recvtype,
    MPI_Comm comm)
{
	struct alltoall_side out = { sendbuf, sendcounts, sdispls, 0, NULL };
	struct alltoall_side in = { recvbuf, recvcounts, rdispls, 0, NULL };

	return alltoall("Alltoallv", &out, sendtype, &in, recvtype, comm);
}
