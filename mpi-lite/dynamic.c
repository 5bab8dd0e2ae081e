/* dynamic.c - processes are not made by programs here: MPI-3.1 chapter 10. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/err.h"
#include "mpi-lite/state.h"

/* DESIGN §6: the functions exist and say MPI_ERR_SPAWN, or that no such port
 * or name is there. */

static int
dynamic_refuse(const char *func, MPI_Comm comm, int code, MPI_Comm *out)
{
	struct comm *c;
	int err = comm_check(comm, func, &c);

	if (out)
		*out = MPI_COMM_NULL;
	return err ? err : err_raise(c, func, code);
}

MPI_WEAK(Comm_spawn)
int
PMPI_Comm_spawn(const char *command, char *argv[], int maxprocs, MPI_Info info,
    int root, MPI_Comm comm, MPI_Comm *intercomm, int errcodes[])
{
	(void)command, (void)argv, (void)info, (void)root;
	for (int i = 0; errcodes != MPI_ERRCODES_IGNORE && i < maxprocs; i++)
		errcodes[i] = MPI_ERR_SPAWN;
	return dynamic_refuse("Comm_spawn", comm, MPI_ERR_SPAWN, intercomm);
}

MPI_WEAK(Comm_spawn_multiple)
int
PMPI_Comm_spawn_multiple(int count, char *commands[], char **argv[],
    const int maxprocs[], const MPI_Info infos[], int root, MPI_Comm comm,
    MPI_Comm *intercomm, int errcodes[])
{
	(void)count, (void)commands, (void)argv, (void)maxprocs, (void)infos;
	(void)root, (void)errcodes;
	return dynamic_refuse("Comm_spawn_multiple", comm, MPI_ERR_SPAWN,
	    intercomm);
}

/* Nobody has started us. */
MPI_WEAK(Comm_get_parent)
int
PMPI_Comm_get_parent(MPI_Comm *parent)
{
	state_of("Comm_get_parent");
	*parent = MPI_COMM_NULL;
	return MPI_SUCCESS;
}

MPI_WEAK(Comm_accept)
int
PMPI_Comm_accept(const char *port_name, MPI_Info info, int root, MPI_Comm comm,
    MPI_Comm *newcomm)
{
	(void)port_name, (void)info, (void)root;
	return dynamic_refuse("Comm_accept", comm, MPI_ERR_PORT, newcomm);
}

MPI_WEAK(Comm_connect)
int
PMPI_Comm_connect(const char *port_name, MPI_Info info, int root,
    MPI_Comm comm, MPI_Comm *newcomm)
{
	(void)port_name, (void)info, (void)root;
	return dynamic_refuse("Comm_connect", comm, MPI_ERR_PORT, newcomm);
}

MPI_WEAK(Comm_join)
int
PMPI_Comm_join(int fd, MPI_Comm *intercomm)
{
	(void)fd;
	return dynamic_refuse("Comm_join", MPI_COMM_WORLD, MPI_ERR_SPAWN,
	    intercomm);
}

MPI_WEAK(Open_port)
int
PMPI_Open_port(MPI_Info info, char *port_name)
{
	(void)info;
	*port_name = 0;
	return dynamic_refuse("Open_port", MPI_COMM_WORLD, MPI_ERR_SPAWN,
	    NULL);
}

MPI_WEAK(Close_port)
int
PMPI_Close_port(const char *port_name)
{
	(void)port_name;
	return dynamic_refuse("Close_port", MPI_COMM_WORLD, MPI_ERR_PORT,
	    NULL);
}

MPI_WEAK(Publish_name)
int
PMPI_Publish_name(const char *service_name, MPI_Info info,
    const char *port_name)
{
	(void)service_name, (void)info, (void)port_name;
	return dynamic_refuse("Publish_name", MPI_COMM_WORLD, MPI_ERR_SERVICE,
	    NULL);
}

MPI_WEAK(Unpublish_name)
int
PMPI_Unpublish_name(const char *service_name, MPI_Info info,
    const char *port_name)
{
	(void)service_name, (void)info, (void)port_name;
	return dynamic_refuse("Unpublish_name", MPI_COMM_WORLD,
	    MPI_ERR_SERVICE, NULL);
}

MPI_WEAK(Lookup_name)
int
PMPI_Lookup_name(const char *service_name, MPI_Info info, char *port_name)
{
	(void)service_name, (void)info;
	*port_name = 0;
	return dynamic_refuse("Lookup_name", MPI_COMM_WORLD, MPI_ERR_NAME,
	    NULL);
}
