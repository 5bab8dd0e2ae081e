/* trace.c - what the driver did to the registers, a line each. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/front/front.h"

/* `W 06018 00000007  §8.2.3.9.9`; `  x 1234` under a line that came again. */

void
front_trace_flush(struct front *f)
{
	if (f->trace_file && f->trace.times > 1)
		fprintf(f->trace_file, "  x %u\n", f->trace.times);
	f->trace.times = 0;
	if (f->trace_file)
		fflush(f->trace_file);
}

void
front_trace(void *front, char op, u32 at, u32 value)
{
	struct front *f = front;
	struct front_trace *t = &f->trace;
	const char *section;

	if (!f->trace_file)
		return;
	if (t->times && t->op == op && t->at == at && t->value == value) {
		t->times++;
		return;
	}
	if (t->times > 1)
		fprintf(f->trace_file, "  x %u\n", t->times);
	*t = (struct front_trace){ op, at, value, 1 };
	section = nic82599_section(f->nic, at);
	fprintf(f->trace_file, "%c %05x %08x  §%s\n", op, at, value,
	    section ? section : "none");
}
