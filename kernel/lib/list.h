/* list.h - doubly linked rings; a head is an empty link. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_LIB_LIST_H
#define KERNEL_LIB_LIST_H

#include "kernel/lib/base.h"

struct list {
	struct list *next, *prev;
};

static inline void
list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool
list_is_empty(const struct list *l)
{
	return l->next == l;
}

/* Puts n before pos: at the end when pos is the head. */
static inline void
list_put(struct list *pos, struct list *n)
{
	n->prev = pos->prev;
	n->next = pos;
	pos->prev->next = n;
	pos->prev = n;
}

/* Takes n out; n may be taken out again or put anywhere afterwards. */
static inline void
list_take(struct list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	list_init(n);
}

/* `next` keeps the walk safe when the body takes `it` out. */
#define LIST_EACH(it, next_it, head) \
	for (it = (head)->next, next_it = it->next; it != (head); \
	     it = next_it, next_it = it->next)

#endif
