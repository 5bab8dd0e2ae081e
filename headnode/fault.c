/* fault.c - a crash in the words that people search for. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/job.h"

#include <stdio.h>
#include <string.h>

void
fault_text(const struct jobmsg_fault *f, char *text, size_t size)
{
	u32 sig = le32_get(f->signal);
	const char *name = sig < 65 ? strsignal((int)sig) : "Unknown fault";
	char reason[sizeof f->reason];
	int n;

	n = snprintf(text, size, "%s at 0x%llx (rip 0x%llx)", name,
	    (unsigned long long)le64_get(f->address),
	    (unsigned long long)le64_get(f->regs[JOBMSG_RIP]));
	memcpy(reason, f->reason, sizeof reason);
	reason[sizeof reason - 1] = 0;
	for (char *p = reason; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	if (reason[0] && n > 0 && (size_t)n < size)
		snprintf(text + n, size - (size_t)n, ": %s", reason);
}
