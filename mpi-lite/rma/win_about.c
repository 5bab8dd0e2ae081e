/* win_about.c - windows' names, groups, attributes, infos, error handlers. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/attr.h"
#include "mpi-lite/err.h"
#include "mpi-lite/info.h"
#include "mpi-lite/rma/rma.h"

#include <stdio.h>
#include <string.h>

MPI_WEAK(Win_get_group)
int
PMPI_Win_get_group(MPI_Win win, MPI_Group *group)
{
	struct win *w;
	int err = win_check(win, "Win_get_group", &w);

	if (err)
		return err;
	group_hold(w->comm->group);
	*group = group_handle(w->comm->group);
	return MPI_SUCCESS;
}

MPI_WEAK(Win_set_name)
int
PMPI_Win_set_name(MPI_Win win, const char *win_name)
{
	struct win *w;
	int err = win_check(win, "Win_set_name", &w);

	if (!err)
		snprintf(w->name, sizeof(w->name), "%s", win_name);
	return err;
}

MPI_WEAK(Win_get_name)
int
PMPI_Win_get_name(MPI_Win win, char *win_name, int *resultlen)
{
	struct win *w;
	int err = win_check(win, "Win_get_name", &w);

	if (err)
		return err;
	memcpy(win_name, w->name, sizeof(w->name));
	*resultlen = (int)strlen(w->name);
	return MPI_SUCCESS;
}

MPI_WEAK(Win_set_info)
int
PMPI_Win_set_info(MPI_Win win, MPI_Info info)
{
	struct win *w;
	int err = win_check(win, "Win_set_info", &w);

	if (err)
		return err;
	if (!info_of(info))
		return win_raise(w, "Win_set_info", MPI_ERR_INFO);
	info_learn(w->info, info_of(info));
	return MPI_SUCCESS;
}

MPI_WEAK(Win_get_info)
int
PMPI_Win_get_info(MPI_Win win, MPI_Info *info_used)
{
	struct win *w;
	int err = win_check(win, "Win_get_info", &w);

	if (!err)
		*info_used = info_handle(info_copy(w->info));
	return err;
}

/* -- attributes ------------------------------------------------------------ */

MPI_WEAK(Win_get_attr)
int
PMPI_Win_get_attr(MPI_Win win, int win_keyval, void *attribute_val, int *flag)
{
	struct win *w;
	int err = win_check(win, "Win_get_attr", &w);

	if (err)
		return err;
	*flag = 1;
	switch (win_keyval) {
	case MPI_WIN_BASE:
		*(void **)attribute_val = w->base;
		return MPI_SUCCESS;
	case MPI_WIN_SIZE:
		*(void **)attribute_val = &w->size;
		return MPI_SUCCESS;
	case MPI_WIN_DISP_UNIT:
		*(void **)attribute_val = &w->unit;
		return MPI_SUCCESS;
	case MPI_WIN_CREATE_FLAVOR:
		*(void **)attribute_val = &w->flavor;
		return MPI_SUCCESS;
	case MPI_WIN_MODEL:
		*(void **)attribute_val = &w->model;
		return MPI_SUCCESS;
	}
	return win_raise(w, "Win_get_attr", attr_get(&w->attrs, win_keyval,
	    TAG_WIN, attribute_val, flag));
}

MPI_WEAK(Win_set_attr)
int
PMPI_Win_set_attr(MPI_Win win, int win_keyval, void *attribute_val)
{
	struct win *w;
	int err = win_check(win, "Win_set_attr", &w);

	return err ? err : win_raise(w, "Win_set_attr", attr_set(&w->attrs,
	    win_keyval, TAG_WIN, attribute_val, win));
}

MPI_WEAK(Win_delete_attr)
int
PMPI_Win_delete_attr(MPI_Win win, int win_keyval)
{
	struct win *w;
	int err = win_check(win, "Win_delete_attr", &w);

	return err ? err : win_raise(w, "Win_delete_attr",
	    attr_delete(&w->attrs, win_keyval, TAG_WIN, win));
}

/* -- error handlers -------------------------------------------------------- */

MPI_WEAK(Win_create_errhandler)
int
PMPI_Win_create_errhandler(MPI_Win_errhandler_function *function,
    MPI_Errhandler *errhandler)
{
	*errhandler = handler_make(TAG_WIN, (void *)function);
	return MPI_SUCCESS;
}

MPI_WEAK(Win_set_errhandler)
int
PMPI_Win_set_errhandler(MPI_Win win, MPI_Errhandler errhandler)
{
	struct win *w;
	int err = win_check(win, "Win_set_errhandler", &w);

	return err ? err : win_raise(w, "Win_set_errhandler",
	    handler_put(&w->handler, errhandler, TAG_WIN));
}

MPI_WEAK(Win_get_errhandler)
int
PMPI_Win_get_errhandler(MPI_Win win, MPI_Errhandler *errhandler)
{
	struct win *w;
	int err = win_check(win, "Win_get_errhandler", &w);

	if (!err)
		*errhandler = (MPI_Errhandler)(uintptr_t)handler_hold(
		    w->handler);
	return err;
}

MPI_WEAK(Win_call_errhandler)
int
PMPI_Win_call_errhandler(MPI_Win win, int errorcode)
{
	struct win *w;
	int err = win_check(win, "Win_call_errhandler", &w);

	if (!err)
		win_raise(w, "Win_call_errhandler", errorcode);
	return err;
}
