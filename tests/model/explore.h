/* explore.h - runs a few threads in every order that the machine allows. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_MODEL_EXPLORE_H
#define TESTS_MODEL_EXPLORE_H

#include "kernel/lib/base.h"

/*
 * The threads are real C code on stacks of their own, switched at every atomic
 * operation: before it, and after it, so that what is done next to it is seen
 * apart. From every state each thread that can go on does, in turn; a state
 * (shared memory, stacks, store buffers) that was seen before is not gone into
 * again. So all interleavings are covered, loops too, as long as the number of
 * states is finite.
 *
 * Memory is that of x86 (TSO): a store that is not sequentially consistent
 * stands in its thread's buffer, seen by that thread alone, until some later
 * moment; atomic operations and fences empty it first. Plain accesses are taken
 * to be free of races, which ThreadSanitizer checks elsewhere.
 *
 * A file that is to be explored is included as source after this header, which
 * renames the compiler's atomics.
 */

struct explore {
	const char *name;
	void (*thread[3])(void);        /* NULL: fewer */
	void (*start)(void);            /* makes the first state */
	/* Of a state in which all have ended; NULL, or what is wrong. */
	const char *(*check)(void);
	struct iov shared[3];           /* all memory that they share */
};

/* NULL, or what went wrong in some order; *states: how many there are. */
const char *explore(const struct explore *x, u64 *states);

/* -- for the explored code -- */
/* The running thread's place in thread[]. */
u32 explore_self(void);
/* Waits until *word is not 0 (an interrupt), and clears it. */
void explore_block(u32 *word);
/* Ends this order of things with a sentence. */
void explore_fail(const char *what);

void explore_before(void);
void explore_after(void);
void explore_drain(void);
void explore_load(const volatile void *from, void *value, size_t bytes);
void explore_store(volatile void *to, u64 value, size_t bytes);

#define EXPLORE_PLAIN(p) __typeof__(*(p) + 0)
#define EXPLORE_RMW(p, change) \
	({ \
		EXPLORE_PLAIN(p) was_, is_; \
		explore_before(); \
		explore_drain(); \
		was_ = *(p); \
		is_ = was_; \
		change; \
		*(p) = is_; \
		explore_after(); \
		(void)was_; \
		(void)is_; \
	})

#define __atomic_load_n(p, order) \
	({ \
		EXPLORE_PLAIN(p) value_ = 0; \
		explore_before(); \
		explore_load((p), &value_, sizeof(*(p))); \
		value_; \
	})
#define __atomic_store_n(p, v, order) \
	({ \
		EXPLORE_PLAIN(p) value_ = (v); \
		explore_before(); \
		if ((order) == __ATOMIC_SEQ_CST) { \
			explore_drain(); \
			*(p) = value_; \
		} else { \
			explore_store((p), (u64)value_, sizeof(*(p))); \
		} \
		explore_after(); \
	})
#define __atomic_exchange_n(p, v, order) \
	({ \
		EXPLORE_PLAIN(p) old_; \
		EXPLORE_RMW(p, (is_ = (v), old_ = was_)); \
		old_; \
	})
#define __atomic_compare_exchange_n(p, e, v, weak, good, bad) \
	({ \
		bool same_; \
		EXPLORE_RMW(p, (same_ = was_ == *(e), *(e) = was_, \
		    is_ = same_ ? (v) : was_)); \
		same_; \
	})
#define __atomic_add_fetch(p, v, order) \
	({ \
		EXPLORE_PLAIN(p) new_; \
		EXPLORE_RMW(p, (is_ = was_ + (v), new_ = is_)); \
		new_; \
	})
#define __atomic_sub_fetch(p, v, order) \
	({ \
		EXPLORE_PLAIN(p) new_; \
		EXPLORE_RMW(p, (is_ = was_ - (v), new_ = is_)); \
		new_; \
	})
#define __atomic_fetch_sub(p, v, order) \
	({ \
		EXPLORE_PLAIN(p) old_; \
		EXPLORE_RMW(p, (is_ = was_ - (v), old_ = was_)); \
		old_; \
	})
#define __atomic_thread_fence(order) \
	({ \
		explore_before(); \
		explore_drain(); \
	})

#endif
