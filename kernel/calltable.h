/* calltable.h - the table that every rank is handed at its start. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_CALLTABLE_H
#define KERNEL_CALLTABLE_H

#include "kernel/abi.h"

extern const struct abi calltable;

/*
 * Looks at a buffer that the transport or a device will use later, from another
 * core or a tick: if it is not there, or (write) may not be written, this is
 * where it traps, and it is the rank's own accident.
 */
void calltable_touch(const void *buf, u64 len, bool write);

#endif
