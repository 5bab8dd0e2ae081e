/* hosted.h - how a launcher tells a Linux process that it is a rank. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_HOST_HOSTED_H
#define NET_HOST_HOSTED_H

/*
 * Environment of a rank under `bmrun --local`. Without BARERACK_RANK a
 * program is a job of one.
 */
#define HOSTED_RANK "BARERACK_RANK"
#define HOSTED_SIZE "BARERACK_SIZE"
#define HOSTED_KEY "BARERACK_KEY"      /* of the job */
#define HOSTED_SOCKET "BARERACK_SOCKET" /* fd: the rank's UDP socket */
#define HOSTED_PORTS "BARERACK_PORTS"  /* all ranks' on 127.0.0.1: 1,2,3 */
#define HOSTED_ABORT "BARERACK_ABORT"  /* fd: takes the code as an int */
#define HOSTED_SHM "BARERACK_SHM"        /* fd: a segment per rank, zeros */
/* Set by a user: each rank prints its transport's counters when it ends. */
#define HOSTED_STATS "BARERACK_STATS"

#endif
