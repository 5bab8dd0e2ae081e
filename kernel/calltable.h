/* calltable.h - the table that every rank is handed at its start. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_CALLTABLE_H
#define KERNEL_CALLTABLE_H

#include "kernel/abi.h"

extern const struct abi calltable;

#endif
