/* entry.h - a collective's three functions, from its call and arguments. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_COLL_ENTRY_H
#define MPI_LITE_COLL_ENTRY_H

#include "mpi-lite/coll/call.h"

/*
 * ENTRY(Bcast, Ibcast, call, arguments...) defines PMPI_Bcast, PMPI_Ibcast
 * and PMPI_Bcast_init. `call` is the struct coll_call that the arguments
 * fill in; the argument list ends with a comma, and the communicator and
 * what follows it are added.
 */
#define ENTRY(Name, Iname, call, ...) \
	MPI_WEAK(Name) \
	int \
	PMPI_##Name(__VA_ARGS__ MPI_Comm comm) \
	{ \
		struct coll_call k = call; \
		return coll_now(#Name, &k, comm); \
	} \
	MPI_WEAK(Iname) \
	int \
	PMPI_##Iname(__VA_ARGS__ MPI_Comm comm, MPI_Request *request) \
	{ \
		struct coll_call k = call; \
		return coll_later(#Iname, &k, comm, request); \
	} \
	MPI_WEAK(Name##_init) \
	int \
	PMPI_##Name##_init(__VA_ARGS__ MPI_Comm comm, MPI_Info info, \
	    MPI_Request *request) \
	{ \
		struct coll_call k = call; \
		(void)info; \
		return coll_init(#Name "_init", &k, comm, request); \
	}

/* The sides, from MPI's names for the arguments. */
#define IN_BLOCK \
	{ .buf = sendbuf, .count = sendcount, .handle = sendtype }
#define OUT_BLOCK \
	{ .buf = recvbuf, .count = recvcount, .handle = recvtype }
#define IN_COUNTS \
	{ .buf = sendbuf, .counts = sendcounts, .displs = sdispls, \
	    .handle = sendtype }
#define OUT_COUNTS \
	{ .buf = recvbuf, .counts = recvcounts, .displs = rdispls, \
	    .handle = recvtype }
#define IN_TYPES \
	{ .buf = sendbuf, .counts = sendcounts, .displs = sdispls, \
	    .handles = sendtypes }
#define OUT_TYPES \
	{ .buf = recvbuf, .counts = recvcounts, .displs = rdispls, \
	    .handles = recvtypes }
#define IN_ADDRS \
	{ .buf = sendbuf, .counts = sendcounts, .addrs = sdispls, \
	    .handles = sendtypes }
#define OUT_ADDRS \
	{ .buf = recvbuf, .counts = recvcounts, .addrs = rdispls, \
	    .handles = recvtypes }
#define OPERANDS \
	.in = { .buf = sendbuf }, \
	.out = { .buf = recvbuf, .count = count, .handle = datatype }, \
	.op_handle = op

#endif
