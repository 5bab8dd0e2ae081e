/* entry.c - the functions of collectives that move data. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/entry.h"

#define BARRIER_CALL \
	{ .run = coll_run_barrier, .shape = SHAPE_BARRIER }
#define BARRIER_ARGS
ENTRY(Barrier, Ibarrier, BARRIER_CALL, BARRIER_ARGS)

#define BCAST_CALL \
	{ .run = coll_run_bcast, .shape = SHAPE_BCAST, .root = root, .out \
	= { .buf = buffer, .count = count, .handle = datatype } }
#define BCAST_ARGS \
	void *buffer, int count, MPI_Datatype datatype, int root,
ENTRY(Bcast, Ibcast, BCAST_CALL, BCAST_ARGS)

#define GATHER_CALL \
	{ .run = coll_run_gather, .shape = SHAPE_GATHER, .root = root, .in \
	= IN_BLOCK, .out = OUT_BLOCK }
#define GATHER_ARGS \
	const void *sendbuf, int sendcount, MPI_Datatype sendtype, void \
	*recvbuf, int recvcount, MPI_Datatype recvtype, int root,
ENTRY(Gather, Igather, GATHER_CALL, GATHER_ARGS)

#define GATHERV_CALL \
	{ .run = coll_run_gather, .shape = SHAPE_GATHER, .root = root, .in \
	= IN_BLOCK, .out = { .buf = recvbuf, .counts = recvcounts, .displs \
	= displs, .handle = recvtype } }
#define GATHERV_ARGS \
	const void *sendbuf, int sendcount, MPI_Datatype sendtype, void \
	*recvbuf, const int recvcounts[], const int displs[], MPI_Datatype \
	recvtype, int root,
ENTRY(Gatherv, Igatherv, GATHERV_CALL, GATHERV_ARGS)

#define SCATTER_CALL \
	{ .run = coll_run_scatter, .shape = SHAPE_SCATTER, .root = root, \
	.in = IN_BLOCK, .out = OUT_BLOCK }
#define SCATTER_ARGS \
	const void *sendbuf, int sendcount, MPI_Datatype sendtype, void \
	*recvbuf, int recvcount, MPI_Datatype recvtype, int root,
ENTRY(Scatter, Iscatter, SCATTER_CALL, SCATTER_ARGS)

#define SCATTERV_CALL \
	{ .run = coll_run_scatter, .shape = SHAPE_SCATTER, .root = root, \
	.in = { .buf = sendbuf, .counts = sendcounts, .displs = displs, \
	.handle = sendtype }, .out = OUT_BLOCK }
#define SCATTERV_ARGS \
	const void *sendbuf, const int sendcounts[], const int displs[], \
	MPI_Datatype sendtype, void *recvbuf, int recvcount, MPI_Datatype \
	recvtype, int root,
ENTRY(Scatterv, Iscatterv, SCATTERV_CALL, SCATTERV_ARGS)

#define ALLGATHER_CALL \
	{ .run = coll_run_allgather, .shape = SHAPE_ALL, .in = IN_BLOCK, \
	.out = OUT_BLOCK }
#define ALLGATHER_ARGS \
	const void *sendbuf, int sendcount, MPI_Datatype sendtype, void \
	*recvbuf, int recvcount, MPI_Datatype recvtype,
ENTRY(Allgather, Iallgather, ALLGATHER_CALL, ALLGATHER_ARGS)

#define ALLGATHERV_CALL \
	{ .run = coll_run_allgather, .shape = SHAPE_ALL, .in = IN_BLOCK, \
	.out = { .buf = recvbuf, .counts = recvcounts, .displs = displs, \
	.handle = recvtype } }
#define ALLGATHERV_ARGS \
	const void *sendbuf, int sendcount, MPI_Datatype sendtype, void \
	*recvbuf, const int recvcounts[], const int displs[], MPI_Datatype \
	recvtype,
ENTRY(Allgatherv, Iallgatherv, ALLGATHERV_CALL, ALLGATHERV_ARGS)

#define ALLTOALL_CALL \
	{ .run = coll_run_alltoall, .shape = SHAPE_ALL, .in = IN_BLOCK, \
	.out = OUT_BLOCK }
#define ALLTOALL_ARGS \
	const void *sendbuf, int sendcount, MPI_Datatype sendtype, void \
	*recvbuf, int recvcount, MPI_Datatype recvtype,
ENTRY(Alltoall, Ialltoall, ALLTOALL_CALL, ALLTOALL_ARGS)

#define ALLTOALLV_CALL \
	{ .run = coll_run_alltoall, .shape = SHAPE_ALL, .in = IN_COUNTS, \
	.out = OUT_COUNTS }
#define ALLTOALLV_ARGS \
	const void *sendbuf, const int sendcounts[], const int sdispls[], \
	MPI_Datatype sendtype, void *recvbuf, const int recvcounts[], \
	const int rdispls[], MPI_Datatype recvtype,
ENTRY(Alltoallv, Ialltoallv, ALLTOALLV_CALL, ALLTOALLV_ARGS)

#define ALLTOALLW_CALL \
	{ .run = coll_run_alltoall, .shape = SHAPE_ALL, .in = IN_TYPES, \
	.out = OUT_TYPES }
#define ALLTOALLW_ARGS \
	const void *sendbuf, const int sendcounts[], const int sdispls[], \
	const MPI_Datatype sendtypes[], void *recvbuf, const int \
	recvcounts[], const int rdispls[], const MPI_Datatype recvtypes[],
ENTRY(Alltoallw, Ialltoallw, ALLTOALLW_CALL, ALLTOALLW_ARGS)
