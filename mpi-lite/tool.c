/* tool.c - MPI_T: start and end, control variables, categories. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/tool.h"

#include "mpi-lite/init.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)STATE_TUNES == (int)TOOL_CVARS, "one place for each");

/* MPI-3.1 chapter 14. Its functions return codes and raise nothing. */

struct tool_about {
	char name[32], text[72];
};

static const struct tool_about cvars[TOOL_CVARS] = {
	{ "coll_bcast_short_bytes",
	    "a longer MPI_Bcast goes by scatter and ring" },
	{ "coll_allreduce_short_bytes",
	    "a longer MPI_Allreduce goes by a ring" },
};

/* What is behind an MPI_T_cvar_handle. */
struct tool_cvar_handle {
	int index;
};

void
tool_text(const char *from, char *to, int *len)
{
	int full = (int)strlen(from) + 1;

	if (!len)
		return;
	if (to && *len > 0) {
		snprintf(to, (size_t)*len, "%s", from);
		*len = full;
		return;
	}
	*len = full;
}

int
tool_check(int index, int n)
{
	struct state *s = state_any();

	if (!s || !s->tools)
		return MPI_T_ERR_NOT_INITIALIZED;
	return index < 0 || index >= n ? MPI_T_ERR_INVALID_INDEX : MPI_SUCCESS;
}

MPI_WEAK(T_init_thread)
int
PMPI_T_init_thread(int required, int *provided)
{
	init_state()->tools++;
	*provided = MIN(required, (int)MPI_THREAD_MULTIPLE);
	return MPI_SUCCESS;
}

MPI_WEAK(T_finalize)
int
PMPI_T_finalize(void)
{
	int err = tool_check(0, 1);

	if (!err)
		state_any()->tools--;
	return err;
}

/* -- control variables ----------------------------------------------------- */

MPI_WEAK(T_cvar_get_num)
int
PMPI_T_cvar_get_num(int *num_cvar)
{
	*num_cvar = TOOL_CVARS;
	return tool_check(0, 1);
}

MPI_WEAK(T_cvar_get_info)
int
PMPI_T_cvar_get_info(int cvar_index, char *name, int *name_len,
    int *verbosity, MPI_Datatype *datatype, MPI_T_enum *enumtype, char *desc,
    int *desc_len, int *bind, int *scope)
{
	int err = tool_check(cvar_index, TOOL_CVARS);

	if (err)
		return err;
	tool_text(cvars[cvar_index].name, name, name_len);
	tool_text(cvars[cvar_index].text, desc, desc_len);
	if (verbosity)
		*verbosity = MPI_T_VERBOSITY_TUNER_BASIC;
	if (datatype)
		*datatype = MPI_INT;
	if (enumtype)
		*enumtype = MPI_T_ENUM_NULL;
	if (bind)
		*bind = MPI_T_BIND_NO_OBJECT;
	if (scope)
		*scope = MPI_T_SCOPE_ALL_EQ;
	return MPI_SUCCESS;
}

MPI_WEAK(T_cvar_get_index)
int
PMPI_T_cvar_get_index(const char *name, int *cvar_index)
{
	int err = tool_check(0, 1);

	if (err)
		return err;
	for (int i = 0; i < TOOL_CVARS; i++)
		if (strcmp(cvars[i].name, name) == 0) {
			*cvar_index = i;
			return MPI_SUCCESS;
		}
	return MPI_T_ERR_INVALID_NAME;
}

MPI_WEAK(T_cvar_handle_alloc)
int
PMPI_T_cvar_handle_alloc(int cvar_index, void *obj_handle,
    MPI_T_cvar_handle *handle, int *count)
{
	struct tool_cvar_handle *h;
	int err = tool_check(cvar_index, TOOL_CVARS);

	(void)obj_handle;
	if (err)
		return err;
	h = state_alloc(sizeof(*h));
	h->index = cvar_index;
	*handle = (MPI_T_cvar_handle)(void *)h;
	*count = 1;
	return MPI_SUCCESS;
}

MPI_WEAK(T_cvar_handle_free)
int
PMPI_T_cvar_handle_free(MPI_T_cvar_handle *handle)
{
	int err = tool_check(0, 1);

	if (err)
		return err;
	if (!*handle)
		return MPI_T_ERR_INVALID_HANDLE;
	free(*handle);
	*handle = MPI_T_CVAR_HANDLE_NULL;
	return MPI_SUCCESS;
}

MPI_WEAK(T_cvar_read)
int
PMPI_T_cvar_read(MPI_T_cvar_handle handle, void *buf)
{
	struct tool_cvar_handle *h = (void *)handle;
	int err = tool_check(0, 1);

	if (err || !h)
		return err ? err : MPI_T_ERR_INVALID_HANDLE;
	*(int *)buf = state_any()->tune[h->index];
	return MPI_SUCCESS;
}

/* All ranks must set the same, before they use the collective. */
MPI_WEAK(T_cvar_write)
int
PMPI_T_cvar_write(MPI_T_cvar_handle handle, const void *buf)
{
	struct tool_cvar_handle *h = (void *)handle;
	int err = tool_check(0, 1);

	if (err || !h)
		return err ? err : MPI_T_ERR_INVALID_HANDLE;
	state_any()->tune[h->index] = *(const int *)buf;
	return MPI_SUCCESS;
}

/* -- enumerations: no variable has one ------------------------------------- */

MPI_WEAK(T_enum_get_info)
int
PMPI_T_enum_get_info(MPI_T_enum enumtype, int *num, char *name, int *name_len)
{
	(void)enumtype, (void)num, (void)name, (void)name_len;
	return MPI_T_ERR_INVALID_HANDLE;
}

MPI_WEAK(T_enum_get_item)
int
PMPI_T_enum_get_item(MPI_T_enum enumtype, int index, int *value, char *name,
    int *name_len)
{
	(void)enumtype, (void)index, (void)value, (void)name, (void)name_len;
	return MPI_T_ERR_INVALID_HANDLE;
}

/* -- categories: one of each kind of variable ------------------------------ */

static const struct tool_about categories[] = {
	{ "collectives", "which algorithm is taken" },
	{ "messages", "queues of messages, and the transport's counters" },
};

enum { TOOL_CATEGORIES = ARRAY_LEN(categories) };

MPI_WEAK(T_category_get_num)
int
PMPI_T_category_get_num(int *num_cat)
{
	*num_cat = TOOL_CATEGORIES;
	return tool_check(0, 1);
}

MPI_WEAK(T_category_get_info)
int
PMPI_T_category_get_info(int cat_index, char *name, int *name_len, char *desc,
    int *desc_len, int *num_cvars, int *num_pvars, int *num_categories)
{
	int err = tool_check(cat_index, TOOL_CATEGORIES);

	if (err)
		return err;
	tool_text(categories[cat_index].name, name, name_len);
	tool_text(categories[cat_index].text, desc, desc_len);
	if (num_cvars)
		*num_cvars = cat_index == 0 ? TOOL_CVARS : 0;
	if (num_pvars)
		*num_pvars = cat_index == 0 ? 0 : tool_pvars();
	if (num_categories)
		*num_categories = 0;
	return MPI_SUCCESS;
}

MPI_WEAK(T_category_get_index)
int
PMPI_T_category_get_index(const char *name, int *category_index)
{
	int err = tool_check(0, 1);

	if (err)
		return err;
	for (int i = 0; i < TOOL_CATEGORIES; i++)
		if (strcmp(categories[i].name, name) == 0) {
			*category_index = i;
			return MPI_SUCCESS;
		}
	return MPI_T_ERR_INVALID_NAME;
}

static int
tool_list(int category, bool mine, int n, int len, int indices[])
{
	int err = tool_check(category, TOOL_CATEGORIES);

	for (int i = 0; !err && mine && i < MIN(n, len); i++)
		indices[i] = i;
	return err;
}

MPI_WEAK(T_category_get_cvars)
int
PMPI_T_category_get_cvars(int cat_index, int len, int indices[])
{
	return tool_list(cat_index, cat_index == 0, TOOL_CVARS, len, indices);
}

MPI_WEAK(T_category_get_pvars)
int
PMPI_T_category_get_pvars(int cat_index, int len, int indices[])
{
	return tool_list(cat_index, cat_index == 1, tool_pvars(), len,
	    indices);
}

MPI_WEAK(T_category_get_categories)
int
PMPI_T_category_get_categories(int cat_index, int len, int indices[])
{
	return tool_list(cat_index, false, 0, len, indices);
}

MPI_WEAK(T_category_changed)
int
PMPI_T_category_changed(int *stamp)
{
	*stamp = 0;
	return tool_check(0, 1);
}
