/* direct.c - blocks of a side, and all of them exchanged at once. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/coll/call.h"

#include <stdlib.h>

struct coll_block
coll_block(const struct coll_side *s, int i)
{
	const struct type *t = s->handles ? type_of(s->handles[i]) : s->type;
	i64 at, count = s->counts ? s->counts[i] : s->count;

	if (s->addrs)
		at = s->addrs[i];
	else if (s->displs)
		at = s->displs[i] * (s->handles ? 1 : t->extent);
	else
		at = s->count * i * t->extent;
	return (struct coll_block){ (u8 *)(uintptr_t)s->buf + at, count, t };
}

int
coll_direct(struct comm *c, const struct coll_side *give, bool same,
    const struct coll_side *get, int n, enum coll_tag tag)
{
	struct coll_part *part = coll_parts(n);
	int err;

	for (int k = 0; get && k < n; k++) {
		int i = (c->rank + k) % n;
		struct coll_block b = coll_block(get, i);

		coll_part_recv(c, &part[i], b.ptr, b.count, b.type, i, tag);
	}
	for (int k = 0; give && k < n; k++) {
		int i = (c->rank + k) % n;
		struct coll_block b = coll_block(give, same ? 0 : i);

		coll_part_send(c, &part[i], b.ptr, b.count, b.type, i, tag);
	}
	err = coll_wait(part, n);
	free(part);
	return err;
}
