/* queue.c - first come, first served: who may start now. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/job.h"

#include "kernel/lib/err.h"

#include <stdio.h>

/*
 * Strictly in order: a job that does not fit yet holds back those behind it
 * (reason Priority), so that a wide job cannot starve.
 */

static struct job *
queue_first(struct bmd *b)
{
	struct list *it, *next;

	LIST_EACH(it, next, &b->jobs) {
		struct job *j = CONTAINER_OF(it, struct job, link);

		if (j->state == JOB_PENDING)
			return j;
	}
	return NULL;
}

static void
queue_explain(struct bmd *b, const struct job *first, const char *why)
{
	struct list *it, *next;

	LIST_EACH(it, next, &b->jobs) {
		struct job *j = CONTAINER_OF(it, struct job, link);

		if (j->state == JOB_PENDING)
			job_set_reason(j, j == first ? why : "Priority");
	}
}

void
queue_run(struct bmd *b)
{
	char why[PROTO_TEXT_MAX];
	struct job *j;

	while ((j = queue_first(b))) {
		int err = place_job(j, why, sizeof why);

		if (err == ERR_AGAIN && !j->req.immediate) {
			queue_explain(b, j, why);
			return;
		}
		if (err)
			job_end(j, JOB_CANCELLED, 1, "%s%s", why,
			    err == ERR_AGAIN ? ": not now" : "");
		else
			job_launch(j);
	}
}
