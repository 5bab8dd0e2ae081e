/* tags.c - the predefined handles, as constants; datatypes are in basic.c. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/tag.h"

/*
 * mpi.h declares these objects with types that only Open MPI knows, so this
 * file does not include it: programs use nothing but the addresses.
 */

#define TAG(name, kind, which) \
	extern const struct tag name; \
	const struct tag name = { kind, which }

TAG(ompi_mpi_comm_null, TAG_COMM, COMM_TAG_NULL);
TAG(ompi_mpi_comm_world, TAG_COMM, COMM_TAG_WORLD);
TAG(ompi_mpi_comm_self, TAG_COMM, COMM_TAG_SELF);
TAG(ompi_mpi_group_null, TAG_GROUP, GROUP_TAG_NULL);
TAG(ompi_mpi_group_empty, TAG_GROUP, GROUP_TAG_EMPTY);
TAG(ompi_request_null, TAG_REQUEST, 0);
TAG(ompi_message_null, TAG_MESSAGE, MESSAGE_TAG_NULL);
TAG(ompi_message_no_proc, TAG_MESSAGE, MESSAGE_TAG_NO_PROC);
TAG(ompi_mpi_errhandler_null, TAG_ERRHANDLER, HANDLER_NULL);
TAG(ompi_mpi_errors_are_fatal, TAG_ERRHANDLER, HANDLER_FATAL);
TAG(ompi_mpi_errors_return, TAG_ERRHANDLER, HANDLER_RETURN);
TAG(ompi_mpi_errors_abort, TAG_ERRHANDLER, HANDLER_ABORT);
TAG(ompi_mpi_win_null, TAG_WIN, 0);
TAG(ompi_mpi_file_null, TAG_OTHER, 0);
TAG(ompi_mpi_info_null, TAG_INFO, INFO_TAG_NULL);
TAG(ompi_mpi_info_env, TAG_INFO, INFO_TAG_ENV);
TAG(ompi_mpi_instance_null, TAG_SESSION, 0);

TAG(ompi_mpi_op_null, TAG_OP, OP_NULL);
TAG(ompi_mpi_op_max, TAG_OP, OP_MAX);
TAG(ompi_mpi_op_min, TAG_OP, OP_MIN);
TAG(ompi_mpi_op_sum, TAG_OP, OP_SUM);
TAG(ompi_mpi_op_prod, TAG_OP, OP_PROD);
TAG(ompi_mpi_op_land, TAG_OP, OP_LAND);
TAG(ompi_mpi_op_band, TAG_OP, OP_BAND);
TAG(ompi_mpi_op_lor, TAG_OP, OP_LOR);
TAG(ompi_mpi_op_bor, TAG_OP, OP_BOR);
TAG(ompi_mpi_op_lxor, TAG_OP, OP_LXOR);
TAG(ompi_mpi_op_bxor, TAG_OP, OP_BXOR);
TAG(ompi_mpi_op_maxloc, TAG_OP, OP_MAXLOC);
TAG(ompi_mpi_op_minloc, TAG_OP, OP_MINLOC);
TAG(ompi_mpi_op_replace, TAG_OP, OP_REPLACE);
TAG(ompi_mpi_op_no_op, TAG_OP, OP_NO_OP);

/* Fortran's names for "no status": unique addresses, nothing behind them. */
extern int *const MPI_F_STATUS_IGNORE, *const MPI_F_STATUSES_IGNORE;
int *const MPI_F_STATUS_IGNORE = NULL;
int *const MPI_F_STATUSES_IGNORE = NULL;
