/* entry_reduce.c - the functions of collectives that reduce data. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/entry.h"

#define REDUCE_CALL \
	{ .run = coll_run_reduce, .shape = SHAPE_REDUCE, .root = root, \
	OPERANDS }
#define REDUCE_ARGS \
	const void *sendbuf, void *recvbuf, int count, MPI_Datatype \
	datatype, MPI_Op op, int root,
ENTRY(Reduce, Ireduce, REDUCE_CALL, REDUCE_ARGS)

#define ALLREDUCE_CALL \
	{ .run = coll_run_allreduce, .shape = SHAPE_ALLREDUCE, OPERANDS }
#define ALLREDUCE_ARGS \
	const void *sendbuf, void *recvbuf, int count, MPI_Datatype \
	datatype, MPI_Op op,
ENTRY(Allreduce, Iallreduce, ALLREDUCE_CALL, ALLREDUCE_ARGS)

#define SCAN_CALL \
	{ .run = coll_run_scan, .shape = SHAPE_SCAN, OPERANDS }
#define SCAN_ARGS \
	const void *sendbuf, void *recvbuf, int count, MPI_Datatype \
	datatype, MPI_Op op,
ENTRY(Scan, Iscan, SCAN_CALL, SCAN_ARGS)

#define EXSCAN_CALL \
	{ .run = coll_run_exscan, .shape = SHAPE_SCAN, OPERANDS }
#define EXSCAN_ARGS \
	const void *sendbuf, void *recvbuf, int count, MPI_Datatype \
	datatype, MPI_Op op,
ENTRY(Exscan, Iexscan, EXSCAN_CALL, EXSCAN_ARGS)

#define REDUCE_SCATTER_CALL \
	{ .run = coll_run_reduce_scatter, .shape = SHAPE_REDUCE_SCATTER, \
	.in = { .buf = sendbuf }, .out = { .buf = recvbuf, .counts = \
	recvcounts, .handle = datatype }, .op_handle = op }
#define REDUCE_SCATTER_ARGS \
	const void *sendbuf, void *recvbuf, const int recvcounts[], \
	MPI_Datatype datatype, MPI_Op op,
ENTRY(Reduce_scatter, Ireduce_scatter,
    REDUCE_SCATTER_CALL, REDUCE_SCATTER_ARGS)

#define REDUCE_SCATTER_BLOCK_CALL \
	{ .run = coll_run_reduce_scatter_block, .shape = \
	SHAPE_REDUCE_SCATTER, .in = { .buf = sendbuf }, .out = { .buf = \
	recvbuf, .count = recvcount, .handle = datatype }, .op_handle = op \
	}
#define REDUCE_SCATTER_BLOCK_ARGS \
	const void *sendbuf, void *recvbuf, int recvcount, MPI_Datatype \
	datatype, MPI_Op op,
ENTRY(Reduce_scatter_block, Ireduce_scatter_block,
    REDUCE_SCATTER_BLOCK_CALL, REDUCE_SCATTER_BLOCK_ARGS)
