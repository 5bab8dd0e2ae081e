/* coll_table.c - which algorithm for which size: read it, replace it. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"

enum { TABLE_SMALL = 64 * 1024 };

const struct coll_bcast_row coll_bcast_table[] = {
	{ TABLE_SMALL, INT32_MAX, coll_bcast_binomial },
	{ UINT64_MAX, 3, coll_bcast_binomial },
	{ UINT64_MAX, INT32_MAX, coll_bcast_scatter_ring },
};

const struct coll_allreduce_row coll_allreduce_table[] = {
	{ TABLE_SMALL, true, coll_allreduce_doubling },
	{ UINT64_MAX, true, coll_allreduce_ring },
	{ UINT64_MAX, false, coll_allreduce_in_order },
};
