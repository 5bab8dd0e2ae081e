/* pack.c - packing into a program's buffer and out of it. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/err.h"
#include "mpi-lite/state.h"
#include "mpi-lite/type.h"

MPI_WEAK(Pack_size)
int
PMPI_Pack_size(int incount, MPI_Datatype datatype, MPI_Comm comm, int *size)
{
	const struct type *t = type_of(datatype);

	(void)comm;
	if (!t)
		return err_raise(NULL, "Pack_size", MPI_ERR_TYPE);
	*size = (int)(t->size * incount);
	return MPI_SUCCESS;
}

MPI_WEAK(Pack)
int
PMPI_Pack(const void *inbuf, int incount, MPI_Datatype datatype, void *outbuf,
    int outsize, int *position, MPI_Comm comm)
{
	const struct type *t = type_of(datatype);

	(void)comm;
	if (!t)
		return err_raise(NULL, "Pack", MPI_ERR_TYPE);
	if (t->size * incount > outsize - *position)
		return err_raise(NULL, "Pack", MPI_ERR_TRUNCATE);
	*position += (int)type_pack(t, incount, inbuf,
	    (char *)outbuf + *position, (u64)(t->size * incount));
	return MPI_SUCCESS;
}

MPI_WEAK(Unpack)
int
PMPI_Unpack(const void *inbuf, int insize, int *position, void *outbuf,
    int outcount, MPI_Datatype datatype, MPI_Comm comm)
{
	const struct type *t = type_of(datatype);

	(void)comm;
	if (!t)
		return err_raise(NULL, "Unpack", MPI_ERR_TYPE);
	if (t->size * outcount > insize - *position)
		return err_raise(NULL, "Unpack", MPI_ERR_TRUNCATE);
	*position += (int)type_unpack(t, outcount, outbuf,
	    (const char *)inbuf + *position, (u64)(t->size * outcount));
	return MPI_SUCCESS;
}
