/* wait.c - MPI's ways to wait for requests and to test them. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/err.h"
#include "mpi-lite/general.h"

#include <stdlib.h>

static void
wait_empty_status(MPI_Status *status)
{
	if (status == MPI_STATUS_IGNORE)
		return;
	*status = (MPI_Status){ .MPI_SOURCE = MPI_ANY_SOURCE,
		.MPI_TAG = MPI_ANY_TAG, .MPI_ERROR = MPI_SUCCESS };
}

/* Nothing to wait for: the null handle, or a persistent one at rest. */
static bool
wait_is_idle(MPI_Request handle)
{
	struct req *r = req_of(handle);

	return !r || (r->kind == REQ_PERSIST && !r->run);
}

static bool
wait_is_done(MPI_Request handle)
{
	return req_look(state_any(), req_run(req_of(handle)));
}

/* It is done: status, handle and code. */
static int
wait_take(struct state *s, MPI_Request *handle, MPI_Status *status)
{
	struct req *r = req_run(req_of(*handle));
	int err = r->err;

	if (r->kind == REQ_GENERAL)
		err = general_take(r, status);
	else
		req_status(r, status);
	req_retire(s, handle);
	return err;
}

/* The same, and an error is raised on the request's communicator. */
static int
wait_take_one(struct state *s, const char *func, MPI_Request *handle,
    MPI_Status *status)
{
	struct comm *c = req_run(req_of(*handle))->comm;
	int err;

	if (c)
		comm_hold(c);
	err = err_raise(c, func, wait_take(s, handle, status));
	if (c)
		comm_drop(c);
	return err;
}

static int
wait_check(const char *func, int count, MPI_Request requests[])
{
	state_of(func);
	if (count < 0 || (count && !requests))
		return err_raise(NULL, func, MPI_ERR_ARG);
	for (int i = 0; i < count; i++)
		if (requests[i] != MPI_REQUEST_NULL && !req_of(requests[i]))
			return err_raise(NULL, func, MPI_ERR_REQUEST);
	return MPI_SUCCESS;
}

MPI_WEAK(Wait)
int
PMPI_Wait(MPI_Request *request, MPI_Status *status)
{
	struct state *s = state_of("Wait");
	int err = wait_check("Wait", 1, request);

	if (err)
		return err;
	if (wait_is_idle(*request)) {
		wait_empty_status(status);
		return MPI_SUCCESS;
	}
	req_wait(s, req_run(req_of(*request)));
	return wait_take_one(s, "Wait", request, status);
}

MPI_WEAK(Test)
int
PMPI_Test(MPI_Request *request, int *flag, MPI_Status *status)
{
	struct state *s = state_of("Test");
	int err = wait_check("Test", 1, request);

	if (err)
		return err;
	*flag = 1;
	if (wait_is_idle(*request)) {
		wait_empty_status(status);
		return MPI_SUCCESS;
	}
	req_progress(s, false);
	*flag = wait_is_done(*request);
	return *flag ? wait_take_one(s, "Test", request, status) : MPI_SUCCESS;
}

/* -- all ------------------------------------------------------------------- */

static int
wait_take_all(struct state *s, int count, MPI_Request requests[],
    MPI_Status *statuses)
{
	int any = MPI_SUCCESS;

	for (int i = 0; i < count; i++) {
		MPI_Status *st = statuses == MPI_STATUSES_IGNORE ?
		    MPI_STATUS_IGNORE : &statuses[i];
		int err = MPI_SUCCESS;

		if (wait_is_idle(requests[i]))
			wait_empty_status(st);
		else
			err = wait_take(s, &requests[i], st);
		if (st != MPI_STATUS_IGNORE)
			st->MPI_ERROR = err;
		if (err)
			any = MPI_ERR_IN_STATUS;
	}
	return any;
}

MPI_WEAK(Waitall)
int
PMPI_Waitall(int count, MPI_Request requests[], MPI_Status *statuses)
{
	struct state *s = state_of("Waitall");
	int err = wait_check("Waitall", count, requests);

	if (err)
		return err;
	for (int i = 0; i < count; i++)
		if (!wait_is_idle(requests[i]))
			req_wait(s, req_run(req_of(requests[i])));
	return err_raise(NULL, "Waitall",
	    wait_take_all(s, count, requests, statuses));
}

MPI_WEAK(Testall)
int
PMPI_Testall(int count, MPI_Request requests[], int *flag,
    MPI_Status *statuses)
{
	struct state *s = state_of("Testall");
	int err = wait_check("Testall", count, requests);

	if (err)
		return err;
	req_progress(s, false);
	*flag = 1;
	for (int i = 0; i < count; i++)
		if (!wait_is_idle(requests[i]) && !wait_is_done(requests[i]))
			*flag = 0;
	return *flag ? err_raise(NULL, "Testall",
	    wait_take_all(s, count, requests, statuses)) : MPI_SUCCESS;
}

/* -- any ------------------------------------------------------------------- */

/* The first that is done; -1: none yet; MPI_UNDEFINED: all are idle. */
static int
wait_find(int count, MPI_Request requests[])
{
	int found = MPI_UNDEFINED;

	for (int i = 0; i < count; i++) {
		if (wait_is_idle(requests[i]))
			continue;
		if (wait_is_done(requests[i]))
			return i;
		found = -1;
	}
	return found;
}

/* Progress until wait_find() has an answer. */
static int
wait_for_one(struct state *s, int count, MPI_Request requests[])
{
	int moved = 1, found;

	while ((found = wait_find(count, requests)) == -1) {
		if (!moved)
			req_progress(s, true);
		moved = req_move(s);
	}
	return found;
}

MPI_WEAK(Waitany)
int
PMPI_Waitany(int count, MPI_Request requests[], int *index, MPI_Status *status)
{
	struct state *s = state_of("Waitany");
	int err = wait_check("Waitany", count, requests);

	if (err)
		return err;
	*index = wait_for_one(s, count, requests);
	if (*index == MPI_UNDEFINED) {
		wait_empty_status(status);
		return MPI_SUCCESS;
	}
	return wait_take_one(s, "Waitany", &requests[*index], status);
}

MPI_WEAK(Testany)
int
PMPI_Testany(int count, MPI_Request requests[], int *index, int *flag,
    MPI_Status *status)
{
	struct state *s = state_of("Testany");
	int err = wait_check("Testany", count, requests), found;

	if (err)
		return err;
	req_progress(s, false);
	found = wait_find(count, requests);
	*flag = found != -1;
	*index = found == -1 ? MPI_UNDEFINED : found;
	if (found == MPI_UNDEFINED)
		wait_empty_status(status);
	if (found < 0)
		return MPI_SUCCESS;
	return wait_take_one(s, "Testany", &requests[found], status);
}

/* -- some ------------------------------------------------------------------ */

static int
wait_take_some(struct state *s, int count, MPI_Request requests[],
    int *outcount, int indices[], MPI_Status *statuses)
{
	int any = MPI_SUCCESS;

	*outcount = 0;
	for (int i = 0; i < count; i++) {
		MPI_Status *st = statuses == MPI_STATUSES_IGNORE ?
		    MPI_STATUS_IGNORE : &statuses[*outcount];
		int err;

		if (wait_is_idle(requests[i]) || !wait_is_done(requests[i]))
			continue;
		err = wait_take(s, &requests[i], st);
		if (st != MPI_STATUS_IGNORE)
			st->MPI_ERROR = err;
		if (err)
			any = MPI_ERR_IN_STATUS;
		indices[(*outcount)++] = i;
	}
	return any;
}

MPI_WEAK(Waitsome)
int
PMPI_Waitsome(int count, MPI_Request requests[], int *outcount, int indices[],
    MPI_Status *statuses)
{
	struct state *s = state_of("Waitsome");
	int err = wait_check("Waitsome", count, requests);

	if (err)
		return err;
	if (wait_for_one(s, count, requests) == MPI_UNDEFINED) {
		*outcount = MPI_UNDEFINED;
		return MPI_SUCCESS;
	}
	return err_raise(NULL, "Waitsome", wait_take_some(s, count, requests,
	    outcount, indices, statuses));
}

MPI_WEAK(Testsome)
int
PMPI_Testsome(int count, MPI_Request requests[], int *outcount, int indices[],
    MPI_Status *statuses)
{
	struct state *s = state_of("Testsome");
	int err = wait_check("Testsome", count, requests);

	if (err)
		return err;
	req_progress(s, false);
	if (wait_find(count, requests) == MPI_UNDEFINED) {
		*outcount = MPI_UNDEFINED;
		return MPI_SUCCESS;
	}
	return err_raise(NULL, "Testsome", wait_take_some(s, count, requests,
	    outcount, indices, statuses));
}

/* -- free and cancel ------------------------------------------------------- */

MPI_WEAK(Request_free)
int
PMPI_Request_free(MPI_Request *request)
{
	struct state *s = state_of("Request_free");
	struct req *r = req_of(*request), *run;

	if (!r)
		return err_raise(NULL, "Request_free", MPI_ERR_REQUEST);
	*request = MPI_REQUEST_NULL;
	run = req_run(r);
	state_lock(s);
	if (r->kind == REQ_PERSIST) {
		if (r->forget && run == r)
			r->forget(s, r->what);
		if (r->type)
			type_drop(r->type);
		req_close(r);
		req_free(s, r);
	}
	if (run != r || r->kind != REQ_PERSIST) {
		if (run->kind == REQ_RECV && run->state == REQ_POSTED)
			run->orphan = 1;
		else if (run->kind == REQ_GENERAL)
			general_free(run);
		else
			list_put(&s->orphans, &run->link);
	}
	state_unlock(s);
	return MPI_SUCCESS;
}

/* Only receives that nothing has matched can be cancelled. */
MPI_WEAK(Cancel)
int
PMPI_Cancel(MPI_Request *request)
{
	struct req *r = req_of(*request);
	struct state *s = state_of("Cancel");

	if (!r)
		return err_raise(NULL, "Cancel", MPI_ERR_REQUEST);
	r = req_run(r);
	if (r->kind == REQ_GENERAL)
		return err_raise(NULL, "Cancel", general_cancel(r));
	state_lock(s);
	if (r->kind == REQ_RECV && r->state == REQ_POSTED) {
		list_take(&r->link);
		r->cancelled = 1;
		r->state = REQ_DONE;
	}
	state_unlock(s);
	return MPI_SUCCESS;
}

/* Looks, and leaves the request as it is. */
MPI_WEAK(Request_get_status)
int
PMPI_Request_get_status(MPI_Request request, int *flag, MPI_Status *status)
{
	struct state *s = state_of("Request_get_status");
	int err = wait_check("Request_get_status", 1, &request);

	if (err)
		return err;
	*flag = 1;
	if (wait_is_idle(request)) {
		wait_empty_status(status);
		return MPI_SUCCESS;
	}
	req_progress(s, false);
	*flag = wait_is_done(request);
	if (!*flag)
		return MPI_SUCCESS;
	if (req_of(request)->kind == REQ_GENERAL)
		return general_query(req_of(request), status);
	req_status(req_run(req_of(request)), status);
	return MPI_SUCCESS;
}

MPI_WEAK(Test_cancelled)
int
PMPI_Test_cancelled(const MPI_Status *status, int *flag)
{
	*flag = status->_cancelled;
	return MPI_SUCCESS;
}
