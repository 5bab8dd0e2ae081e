/* version.h - what every tool calls itself. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_VERSION_H
#define HEADNODE_VERSION_H

#define VERSION_TEXT "0.1"

#endif
