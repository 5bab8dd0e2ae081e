/* bmrun.h - what bmrun's command line says. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_BMRUN_H
#define HEADNODE_BMRUN_H

#include "headnode/proto.h"

enum { RUN_ENV_MAX = 256 };

struct run_options {
	struct proto_submit req;
	bool label, quiet, verbose, local, no_env;
	const char *out, *err;     /* file patterns; NULL: ours */
	const char *env[RUN_ENV_MAX]; /* NAME=VALUE */
	u32 envs;
};

/* Fills o and returns the index of the program; says what is wrong and
 * exits 1 otherwise. runopts.c. */
int run_options_parse(struct run_options *o, int argc, char **argv);

#endif
