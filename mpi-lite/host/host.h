/* host.h - how a launcher tells a Linux process that it is a rank. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MPI_LITE_HOST_HOST_H
#define MPI_LITE_HOST_HOST_H

/*
 * Environment of a rank under `bmrun --local`. Without BARERACK_RANK a
 * program is a job of one.
 */
#define HOST_ENV_RANK "BARERACK_RANK"
#define HOST_ENV_SIZE "BARERACK_SIZE"
#define HOST_ENV_KEY "BARERACK_KEY"      /* of the job */
#define HOST_ENV_SOCKET "BARERACK_SOCKET" /* fd: the rank's UDP socket */
#define HOST_ENV_PORTS "BARERACK_PORTS"  /* all ranks' on 127.0.0.1: 1,2,3 */
#define HOST_ENV_ABORT "BARERACK_ABORT"  /* fd: takes the code as an int */

#endif
