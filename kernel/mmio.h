/* mmio.h - device registers: reads, writes, bounded waits. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_MMIO_H
#define KERNEL_MMIO_H

#include "kernel/clock.h"
#include "kernel/lib/base.h"
#include "kernel/lib/err.h"

#define MMIO_ACCESS(bits) \
	static inline u##bits mmio_read##bits(const volatile void *reg) \
	{ \
		return *(const volatile u##bits *)reg; \
	} \
	static inline void mmio_write##bits(volatile void *reg, u##bits v) \
	{ \
		*(volatile u##bits *)reg = v; \
	} \
	/* Until (reg & mask) == want, at most us microseconds. */ \
	static inline int mmio_wait##bits(const volatile void *reg, \
	    u##bits mask, u##bits want, u32 us) \
	{ \
		u64 end = clock_now_ns() + us * 1000ull; \
		while ((mmio_read##bits(reg) & mask) != want) { \
			if (clock_now_ns() > end) \
				return ERR_TIMEOUT; \
			__builtin_ia32_pause(); \
		} \
		return 0; \
	}
MMIO_ACCESS(8)
MMIO_ACCESS(16)
MMIO_ACCESS(32)
MMIO_ACCESS(64)

/* A register among the I/O ports. */
#define IO_ACCESS(bits, size) \
	static inline u##bits io_read##bits(u16 port) \
	{ \
		u##bits v; \
		__asm__ volatile("in" size " %1, %0" : "=a"(v) : "Nd"(port)); \
		return v; \
	} \
	static inline void io_write##bits(u16 port, u##bits v) \
	{ \
		__asm__ volatile("out" size " %0, %1" : : "a"(v), "Nd"(port)); \
	}
IO_ACCESS(8, "b")
IO_ACCESS(16, "w")
IO_ACCESS(32, "l")

#endif
