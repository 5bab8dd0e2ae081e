/* attr_fn.c - the predefined copy and delete functions of attributes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/lite.h"

/* MPI-3.1 §6.7.2: copy nothing, delete nothing, or copy the value itself. */

#define ATTR_FUNCTIONS(kind, handle) \
	int \
	OMPI_C_MPI_##kind##NULL_DELETE_FN(handle object, int keyval, \
	    void *value, void *extra) \
	{ \
		(void)object, (void)keyval, (void)value, (void)extra; \
		return MPI_SUCCESS; \
	} \
	int \
	OMPI_C_MPI_##kind##NULL_COPY_FN(handle object, int keyval, \
	    void *extra, void *in, void *out, int *flag) \
	{ \
		(void)object, (void)keyval, (void)extra, (void)in, (void)out; \
		*flag = 0; \
		return MPI_SUCCESS; \
	} \
	int \
	OMPI_C_MPI_##kind##DUP_FN(handle object, int keyval, void *extra, \
	    void *in, void *out, int *flag) \
	{ \
		(void)object, (void)keyval, (void)extra; \
		*(void **)out = in; \
		*flag = 1; \
		return MPI_SUCCESS; \
	}

ATTR_FUNCTIONS(, MPI_Comm)
ATTR_FUNCTIONS(COMM_, MPI_Comm)
ATTR_FUNCTIONS(TYPE_, MPI_Datatype)
ATTR_FUNCTIONS(WIN_, MPI_Win)
