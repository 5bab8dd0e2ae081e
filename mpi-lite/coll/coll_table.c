/* coll_table.c - which algorithm for which size: read it, replace it. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/coll.h"

const struct coll_row coll_bcast_table[] = {
	{ COLL_TUNED, INT32_MAX, false, COLL_BCAST_BINOMIAL },
	{ UINT64_MAX, 3, false, COLL_BCAST_BINOMIAL },
	{ UINT64_MAX, INT32_MAX, false, COLL_BCAST_SCATTER_RING },
};

const struct coll_row coll_allreduce_table[] = {
	{ COLL_TUNED, INT32_MAX, true, COLL_ALLREDUCE_DOUBLING },
	{ UINT64_MAX, INT32_MAX, true, COLL_ALLREDUCE_RING },
	{ UINT64_MAX, INT32_MAX, false, COLL_ALLREDUCE_IN_ORDER },
};

enum coll_algorithm
coll_choose(const struct coll_row *row, int tuned, u64 bytes, int ranks,
    bool commutative)
{
	while (bytes > (row->bytes_max == COLL_TUNED ? (u64)MAX(tuned, 0) :
		row->bytes_max) || ranks > row->ranks_max ||
	    (row->commutative_only && !commutative))
		row++;
	return row->algorithm;
}
