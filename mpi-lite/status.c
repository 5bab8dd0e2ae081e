/* status.c - what a status says, and setting it. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/err.h"
#include "mpi-lite/state.h"
#include "mpi-lite/type.h"

/* Whole items of the type; MPI_UNDEFINED when they do not come out even. */
static i64
status_items(const MPI_Status *status, const struct type *t)
{
	if (t->size == 0)
		return status->_ucount ? MPI_UNDEFINED : 0;
	if (status->_ucount % (size_t)t->size)
		return MPI_UNDEFINED;
	return (i64)(status->_ucount / (size_t)t->size);
}

MPI_WEAK(Get_count)
int
PMPI_Get_count(const MPI_Status *status, MPI_Datatype datatype, int *count)
{
	const struct type *t = type_of(datatype);
	i64 n;

	if (!t)
		return err_raise(NULL, "Get_count", MPI_ERR_TYPE);
	n = status_items(status, t);
	*count = n > INT32_MAX ? MPI_UNDEFINED : (int)n;
	return MPI_SUCCESS;
}

MPI_WEAK(Get_elements_x)
int
PMPI_Get_elements_x(const MPI_Status *status, MPI_Datatype datatype,
    MPI_Count *count)
{
	const struct type *t = type_of(datatype);

	if (!t)
		return err_raise(NULL, "Get_elements_x", MPI_ERR_TYPE);
	*count = type_elements(t, status->_ucount);
	return MPI_SUCCESS;
}

MPI_WEAK(Get_elements)
int
PMPI_Get_elements(const MPI_Status *status, MPI_Datatype datatype, int *count)
{
	MPI_Count n = 0;
	int err = PMPI_Get_elements_x(status, datatype, &n);

	if (!err)
		*count = n > INT32_MAX ? MPI_UNDEFINED : (int)n;
	return err;
}

MPI_WEAK(Status_set_elements_x)
int
PMPI_Status_set_elements_x(MPI_Status *status, MPI_Datatype datatype,
    MPI_Count count)
{
	const struct type *t = type_of(datatype);
	i64 each;

	if (!t)
		return err_raise(NULL, "Status_set_elements_x", MPI_ERR_TYPE);
	if (count < 0)
		return err_raise(NULL, "Status_set_elements_x",
		    MPI_ERR_COUNT);
	each = type_elements(t, (u64)t->size);
	/* Basic elements: all of one size, or whole items of the type. */
	status->_ucount = (size_t)(each ? count / each * t->size +
	    type_bytes_of(t, count % each) : 0);
	return MPI_SUCCESS;
}

MPI_WEAK(Status_set_elements)
int
PMPI_Status_set_elements(MPI_Status *status, MPI_Datatype datatype, int count)
{
	return PMPI_Status_set_elements_x(status, datatype, count);
}

MPI_WEAK(Status_set_cancelled)
int
PMPI_Status_set_cancelled(MPI_Status *status, int flag)
{
	status->_cancelled = flag != 0;
	return MPI_SUCCESS;
}
