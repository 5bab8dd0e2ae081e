/* launch.c - a LOAD for every node: who is where, arguments, the program. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/job.h"

#include "headnode/link.h"
#include "kernel/lib/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LAUNCH_EXTRA_MAX = 8192 };

/* Our own variables, each with its NUL; their number is returned. */
static u32
launch_env(const struct job *j, char *text, size_t size, size_t *bytes)
{
	static const char *const prefix[] = { "BM", "SLURM" };
	u32 count = 0;
	size_t at = 0;

	for (size_t i = 0; i < ARRAY_LEN(prefix); i++) {
		const char *p = prefix[i];
		int n = snprintf(text + at, size - at,
		    "%s_JOB_ID=%u%c%s_NTASKS=%u%c%s_NNODES=%u%c"
		    "%s_JOB_NAME=%s%c%s_JOB_NODELIST=%s%c"
		    "%s_CPUS_PER_TASK=%u%c%s_SUBMIT_DIR=%s",
		    p, j->id, 0, p, j->ntasks, 0, p, j->nodes, 0, p,
		    j->req.name, 0, p, j->nodelist, 0, p,
		    j->req.cpus_per_task, 0, p, j->req.dir);

		if (n < 0 || (size_t)n >= size - at)
			break;
		at += (size_t)n + 1;
		count += 7;
	}
	*bytes = at;
	return count;
}

/* The whole program; the caller frees it. NULL with the reason in why. */
static u8 *
launch_read(const struct job *j, u64 *bytes, char *why, size_t size)
{
	struct stat st;
	u64 at = 0;
	u8 *image;

	if (fstat(j->program, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_size <= 0 || st.st_size > JOBMSG_IMAGE_MAX) {
		snprintf(why, size, "the program is no file of 1 byte to %d "
		    "MiB", JOBMSG_IMAGE_MAX >> 20);
		return NULL;
	}
	*bytes = (u64)st.st_size;
	image = malloc(*bytes);
	while (image && at < *bytes) {
		ssize_t n = pread(j->program, image + at, *bytes - at,
		    (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += (u64)n;
	}
	if (image && at == *bytes)
		return image;
	snprintf(why, size, "the program cannot be read: %s",
	    image ? strerror(errno) : "too little memory");
	free(image);
	return NULL;
}

struct parts {
	char extra[LAUNCH_EXTRA_MAX];
	size_t extra_bytes;
	u32 extras;
	u8 *image;
	u64 image_bytes;
};

static u8 *
put(u8 *at, const void *data, size_t len)
{
	memcpy(at, data, len);
	return at + len;
}

/* The LOAD of node `self`; it goes with link_send_owned. */
static u8 *
launch_load(const struct job *j, const struct parts *p, u32 self, size_t *len)
{
	size_t args = j->strings_bytes + p->extra_bytes;
	struct jobmsg_load l = { .job = le32_of(j->id), .key = le32_of(j->key),
		.nodes = le32_of(j->nodes), .ranks = le32_of(j->ntasks),
		.self = le32_of(self), .argc = le32_of(j->req.argc),
		.envc = le32_of(j->req.envc + p->extras),
		.args_bytes = le32_of((u32)args),
		.cpus_per_rank = le32_of(j->req.cpus_per_task),
		.image_bytes = le64_of(p->image_bytes) };
	u8 *data, *at;

	snprintf(l.name, sizeof l.name, "%.*s", (int)sizeof l.name - 1,
	    j->req.name);
	*len = sizeof l + j->nodes * sizeof(struct jobmsg_node) +
	    j->ntasks * sizeof(struct jobmsg_rank) + args + p->image_bytes;
	data = malloc(*len);
	if (!data)
		return NULL;
	at = put(data, &l, sizeof l);
	for (u32 i = 0; i < j->nodes; i++) {
		struct jobmsg_node n = { .node = le32_of(j->at[i].id),
			.ip4 = le32_of(j->at[i].ip4) };

		memcpy(n.name, j->at[i].name, sizeof n.name);
		at = put(at, &n, sizeof n);
	}
	for (u32 i = 0; i < j->ntasks; i++) {
		u32 node = j->rank[i].node;
		struct jobmsg_rank r = { .node_index = le32_of(node),
			.local = le32_of(i - j->at[node].first) };

		at = put(at, &r, sizeof r);
	}
	at = put(at, j->strings, j->strings_bytes);
	at = put(at, p->extra, p->extra_bytes);
	at = put(at, p->image, p->image_bytes);
	ASSERT((size_t)(at - data) == *len);
	return data;
}

int
launch_job(struct job *j, char *why, size_t why_size)
{
	struct parts p;
	int err = 0;

	p.extras = launch_env(j, p.extra, sizeof p.extra, &p.extra_bytes);
	p.image = launch_read(j, &p.image_bytes, why, why_size);
	if (!p.image)
		return ERR_IO;
	j->image_bytes = p.image_bytes;
	for (u32 i = 0; i < j->nodes && !err; i++) {
		size_t len;
		u8 *data = launch_load(j, &p, i, &len);

		if (data) {
			link_send_owned(j->at[i].node, JOBMSG_LOAD, j->id,
			    data, len);
		} else {
			snprintf(why, why_size, "too little memory on the "
			    "head node for %u copies of the program",
			    j->nodes);
			err = ERR_NOMEM;
		}
	}
	free(p.image);
	return err;
}
