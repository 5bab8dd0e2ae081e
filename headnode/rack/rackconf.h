/* rackconf.h - the files that the virtual rack's bmd is started with. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_RACK_RACKCONF_H
#define HEADNODE_RACK_RACKCONF_H

#include "headnode/rack/rack.h"

/* Writes DIR/bmd.conf: one line per node, its address fixed. 0, ERR_IO. */
int rackconf_write(const struct rack_config *cfg);

#endif
