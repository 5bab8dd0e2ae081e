/* fakenode.h - a node's agent as a Linux process: for tests of bmd. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_EMU_FAKENODE_H
#define TESTS_EMU_FAKENODE_H

#include "net/jobmsg.h"

#include <sys/types.h>

/*
 * Speaks jobmsg.h over the real transport and runs no program: argv[1] of the
 * job says what each of its ranks does.
 *	print N      prints N bytes of fakenode_byte()
 *	exit C       exits with C (every rank)
 *	sleep        runs until CANCEL
 *	stubborn     does not even end on CANCEL
 *	fault        rank 0 crashes at address 0, the others sleep
 *	abort C      rank 0 calls MPI_Abort(C), the others sleep
 *	write FILE   writes "rank R" to FILE.R, reads it back, exits with errno
 *	refuse       LOADED with an error
 * After a job it recycles: registers warm, under its old key.
 */
struct fakenode {
	u32 bmd_ip4;
	u16 bmd_port;
	u32 ip4;               /* its own, within 127/8 */
	u8 mac[6];
	u32 cores;
	bool garbage;          /* sends malformed messages as well */
	bool twice;            /* asks again before it is answered */
};

enum { FAKENODE_RANKS_MAX = 16 };

/* Byte i that rank r prints. */
static inline u8
fakenode_byte(u32 rank, u64 i)
{
	return (u8)(i % 61 == 60 ? '\n' : 'a' + (i * 7 + rank) % 26);
}

/* Runs as a child process that dies with its parent; its pid. */
pid_t fakenode_start(const struct fakenode *f);

#endif
