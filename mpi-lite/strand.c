/* strand.c - stacks that collectives wait on, and the switch between them. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/strand.h"

#include <stdlib.h>

enum {
	STRAND_STACK = 64 * 1024,
	STRAND_ALIGN = 16,
	STRAND_SAVED = 7,      /* words that strand_switch leaves on a stack */
};

struct strand {
	struct list link;
	void *sp, *caller_sp;
	struct req *waits, *result;
	strand_fn *fn, *after;
	void *arg;
	bool over;
};

/*
 * strand_switch(save, to): the callee-saved registers go on this stack, its
 * pointer to *save, and the others come from the stack `to`. The modes of the
 * floating-point units are the program's and stay.
 */
void strand_switch(void **save, void *to);
__asm__(
    ".text\n"
    ".globl strand_switch\n"
    ".type strand_switch, @function\n"
    "strand_switch:\n"
    "	push %rbp\n	push %rbx\n	push %r12\n"
    "	push %r13\n	push %r14\n	push %r15\n"
    "	mov %rsp, (%rdi)\n"
    "	mov %rsi, %rsp\n"
    "	pop %r15\n	pop %r14\n	pop %r13\n"
    "	pop %r12\n	pop %rbx\n	pop %rbp\n"
    "	ret\n"
    ".size strand_switch, . - strand_switch\n");

/* The first frame: the strand is in the state, set by who switched to it. */
static NORETURN void
strand_main(void)
{
	struct state *s = state_any();
	struct strand *t = s->strand;
	void *gone;

	t->result->err = t->fn(t->arg);
	t->over = true;
	strand_switch(&gone, t->caller_sp);
	__builtin_unreachable();
}

static void
strand_run(struct state *s, struct strand *t)
{
	struct strand *outer = s->strand;

	s->strand = t;
	strand_switch(&t->caller_sp, t->sp);
	s->strand = outer;
	if (!t->over)
		return;
	list_take(&t->link);
	__atomic_store_n(&t->result->state, REQ_DONE, __ATOMIC_RELEASE);
	if (t->after)
		t->after(t->arg);
	free(t);
}

void
strand_start(struct state *s, struct req *r, strand_fn *fn, strand_fn *after,
    void *arg)
{
	struct strand *t = state_alloc(sizeof(*t) + STRAND_STACK);
	uintptr_t top = ((uintptr_t)(t + 1) + STRAND_STACK) &
	    ~(uintptr_t)(STRAND_ALIGN - 1);
	void **sp = (void **)top - 1;

	t->result = r;
	t->fn = fn;
	t->after = after;
	t->arg = arg;
	t->waits = NULL;
	t->over = false;
	/* As after a call: the return address's slot is misaligned by 8. */
	*sp = NULL;
	sp -= STRAND_SAVED;
	for (int i = 0; i < STRAND_SAVED - 1; i++)
		sp[i] = NULL;
	sp[STRAND_SAVED - 1] = (void *)strand_main;
	t->sp = sp;
	r->state = REQ_MOVING;
	state_lock(s);
	list_put(&s->strands, &t->link);
	strand_run(s, t);
	state_unlock(s);
}

void
strand_wait(struct state *s, struct req *r)
{
	struct strand *t = s->strand;

	t->waits = r;
	strand_switch(&t->sp, t->caller_sp);
	t->waits = NULL;
}

int
strand_progress(struct state *s)
{
	struct list *it, *next;
	int moved = 0;

	LIST_EACH(it, next, &s->strands) {
		struct strand *t = CONTAINER_OF(it, struct strand, link);

		if (!t->waits || !req_is_done(t->waits))
			continue;
		moved++;
		strand_run(s, t);
		/* Others may have come or gone. */
		next = s->strands.next;
	}
	return moved;
}
