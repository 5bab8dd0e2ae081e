/* entry_neighbor.c - the functions of neighbourhood collectives. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/entry.h"

#define NEIGHBOR_ALLGATHER_CALL \
	{ .run = coll_run_neighbor_allgather, .shape = SHAPE_NEIGHBOR, .in \
	= IN_BLOCK, .out = OUT_BLOCK }
#define NEIGHBOR_ALLGATHER_ARGS \
	const void *sendbuf, int sendcount, MPI_Datatype sendtype, void \
	*recvbuf, int recvcount, MPI_Datatype recvtype,
ENTRY(Neighbor_allgather, Ineighbor_allgather,
    NEIGHBOR_ALLGATHER_CALL, NEIGHBOR_ALLGATHER_ARGS)

#define NEIGHBOR_ALLGATHERV_CALL \
	{ .run = coll_run_neighbor_allgather, .shape = SHAPE_NEIGHBOR, .in \
	= IN_BLOCK, .out = { .buf = recvbuf, .counts = recvcounts, .displs \
	= displs, .handle = recvtype } }
#define NEIGHBOR_ALLGATHERV_ARGS \
	const void *sendbuf, int sendcount, MPI_Datatype sendtype, void \
	*recvbuf, const int recvcounts[], const int displs[], MPI_Datatype \
	recvtype,
ENTRY(Neighbor_allgatherv, Ineighbor_allgatherv,
    NEIGHBOR_ALLGATHERV_CALL, NEIGHBOR_ALLGATHERV_ARGS)

#define NEIGHBOR_ALLTOALL_CALL \
	{ .run = coll_run_neighbor_alltoall, .shape = SHAPE_NEIGHBOR, .in \
	= IN_BLOCK, .out = OUT_BLOCK }
#define NEIGHBOR_ALLTOALL_ARGS \
	const void *sendbuf, int sendcount, MPI_Datatype sendtype, void \
	*recvbuf, int recvcount, MPI_Datatype recvtype,
ENTRY(Neighbor_alltoall, Ineighbor_alltoall,
    NEIGHBOR_ALLTOALL_CALL, NEIGHBOR_ALLTOALL_ARGS)

#define NEIGHBOR_ALLTOALLV_CALL \
	{ .run = coll_run_neighbor_alltoall, .shape = SHAPE_NEIGHBOR, .in \
	= IN_COUNTS, .out = OUT_COUNTS }
#define NEIGHBOR_ALLTOALLV_ARGS \
	const void *sendbuf, const int sendcounts[], const int sdispls[], \
	MPI_Datatype sendtype, void *recvbuf, const int recvcounts[], \
	const int rdispls[], MPI_Datatype recvtype,
ENTRY(Neighbor_alltoallv, Ineighbor_alltoallv,
    NEIGHBOR_ALLTOALLV_CALL, NEIGHBOR_ALLTOALLV_ARGS)

#define NEIGHBOR_ALLTOALLW_CALL \
	{ .run = coll_run_neighbor_alltoall, .shape = SHAPE_NEIGHBOR, .in \
	= IN_ADDRS, .out = OUT_ADDRS }
#define NEIGHBOR_ALLTOALLW_ARGS \
	const void *sendbuf, const int sendcounts[], const MPI_Aint \
	sdispls[], const MPI_Datatype sendtypes[], void *recvbuf, const \
	int recvcounts[], const MPI_Aint rdispls[], const MPI_Datatype \
	recvtypes[],
ENTRY(Neighbor_alltoallw, Ineighbor_alltoallw,
    NEIGHBOR_ALLTOALLW_CALL, NEIGHBOR_ALLTOALLW_ARGS)
