/* output.c - what ranks print, pulled while its reader keeps up. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/output.h"

#include "headnode/client.h"
#include "headnode/link.h"

#include <string.h>

/*
 * A rank's OUTPUT is an offer. bmd takes it only if the bytes that it holds
 * for this job's reader, and those it has asked for, stay below OUTPUT_HIGH.
 * Otherwise the offer waits on the node, the rank's buffers fill, and the rank
 * waits in write(): a slow reader slows its own job and nobody else's.
 */

bool
output_reserve(struct job *j, u64 len)
{
	u64 held = j->reserved + (j->client ? client_backlog(j->client) : 0);

	/* One message is always let through, whatever its length. */
	if (held && held + len > OUTPUT_HIGH)
		return false;
	j->reserved += len;
	return true;
}

void
output_unreserve(struct job *j, u64 len)
{
	ASSERT(j->reserved >= len);
	j->reserved -= len;
}

void
output_drained(struct job *j)
{
	if (j->client && client_backlog(j->client) > OUTPUT_LOW)
		return;
	for (u32 i = 0; i < j->nodes; i++)
		if (j->at[i].node)
			link_resume(j->at[i].node);
}

void
output_bytes(struct job *j, struct node *n, const u8 *data, size_t len)
{
	struct jobmsg_output o;
	struct proto_output p;

	memcpy(&o, data, sizeof o);
	p.rank = le32_get(o.rank);
	p.stream = le32_get(o.stream);
	if (p.rank >= j->ntasks || j->at[j->rank[p.rank].node].node != n ||
	    p.stream < 1 || p.stream > 2 || !j->client)
		return;
	client_send2(j->client, PROTO_OUTPUT, &p, sizeof p, data + sizeof o,
	    (u32)(len - sizeof o));
}
