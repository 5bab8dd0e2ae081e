/* mpi1.c - functions that MPI-3.0 removed and old programs still call. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/lite.h"

/* Open MPI's mpi.h declares them so that a use is an error; they are given
 * here with the prototypes that they had. */
#define OLD(name, now, params, args) \
	int old_##name params __asm__("PMPI_" #name); \
	__asm__(".weak MPI_" #name "\n\t.set MPI_" #name ", PMPI_" #name); \
	__attribute__((used)) int \
	old_##name params \
	{ \
		return now args; \
	}

OLD(Address, PMPI_Get_address, (void *location, MPI_Aint *address),
    (location, address))
OLD(Errhandler_create, PMPI_Comm_create_errhandler,
    (MPI_Comm_errhandler_function *function, MPI_Errhandler *errhandler),
    (function, errhandler))
OLD(Errhandler_set, PMPI_Comm_set_errhandler,
    (MPI_Comm comm, MPI_Errhandler errhandler), (comm, errhandler))
OLD(Errhandler_get, PMPI_Comm_get_errhandler,
    (MPI_Comm comm, MPI_Errhandler *errhandler), (comm, errhandler))
OLD(Type_hvector, PMPI_Type_create_hvector,
    (int count, int len, MPI_Aint stride, MPI_Datatype old,
    MPI_Datatype *type), (count, len, stride, old, type))
OLD(Type_hindexed, PMPI_Type_create_hindexed,
    (int count, int lens[], MPI_Aint disps[], MPI_Datatype old,
    MPI_Datatype *type), (count, lens, disps, old, type))
OLD(Type_struct, PMPI_Type_create_struct,
    (int count, int lens[], MPI_Aint disps[], MPI_Datatype types[],
    MPI_Datatype *type), (count, lens, disps, types, type))

static int
bounds(MPI_Datatype type, MPI_Aint *lb, MPI_Aint *ub, MPI_Aint *extent)
{
	int err = PMPI_Type_get_extent(type, lb, extent);

	if (!err)
		*ub = *lb + *extent;
	return err;
}

#define OLD_BOUND(name, which) \
	int old_##name(MPI_Datatype type, MPI_Aint *which) \
	    __asm__("PMPI_" #name); \
	__asm__(".weak MPI_" #name "\n\t.set MPI_" #name ", PMPI_" #name); \
	__attribute__((used)) int \
	old_##name(MPI_Datatype type, MPI_Aint *bound) \
	{ \
		MPI_Aint lb = 0, ub = 0, extent = 0; \
		int err = bounds(type, &lb, &ub, &extent); \
		if (!err) \
			*bound = which; \
		return err; \
	}

OLD_BOUND(Type_extent, extent)
OLD_BOUND(Type_lb, lb)
OLD_BOUND(Type_ub, ub)
