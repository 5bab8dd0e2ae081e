/* abi_machine.h - the calls that reach the bare machine: devices, reset. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef KERNEL_ABI_MACHINE_H
#define KERNEL_ABI_MACHINE_H

#include "kernel/blk.h"
#include "kernel/lib/base.h"
#include "kernel/lib/err.h"
#include "net/nic.h"

/*
 * An application may drive hardware by itself, as if there were no kernel. It
 * is part of struct abi and of its version, and grows like it: at the end.
 * Pointers are touched before the kernel or a device relies on them: a wild one
 * ends the job, not the node. Errors are those of kernel/lib/err.h. What an
 * application leaves open is closed when its rank ends.
 */

struct abi_pci {
	u8 bus, dev, fn, pad;
	u16 vendor, device;
	u32 class_code;            /* class << 16 | subclass << 8 | interface */
	u32 pad2;
	u64 bar[6], bar_bytes[6];  /* memory BARs; 0: none or I/O */
};

struct abi_machine {
	/* -- console and memory -- */
	/* Shows a line, without its newline, on the node's consoles; bmd keeps
	 * it in their log. At most 200 bytes; the rest is cut. */
	void (*console)(const char *text, size_t len);
	/* The address by which a device reaches ptr, and in *run how many of
	 * len bytes are contiguous from there. Memory stays where it is. */
	u64 (*dma_addr)(const void *ptr, size_t len, size_t *run);

	/* -- PCI configuration space -- */
	/* Describes function number i; ERR_NOENT behind the last. */
	int (*pci_get)(u32 i, struct abi_pci *out);
	/* Reads a register of it; offset below 256, a multiple of 4. ERR_NOENT,
	 * ERR_INVAL. */
	int (*pci_read)(u32 i, u32 offset, u32 *value);
	/* Writes one. What that does to the kernel's own devices is the
	 * caller's affair. */
	int (*pci_write)(u32 i, u32 offset, u32 value);

	/* -- raw network cards: the calls of net/nic.h on a queue of one's own -- */
	/* Describes card number i; ERR_NOENT behind the last. */
	int (*nic_info)(u32 i, struct nic_info *info);
	/*
	 * Takes card i and opens its queue, with rings of at least rx and tx
	 * entries; it is the rank's until nic_close or the rank's end. From
	 * then on the kernel leaves the card alone. ERR_BUSY: bmd or
	 * other ranks are reached by it, or another rank has it; ERR_NOENT,
	 * ERR_NOMEM.
	 */
	int (*nic_open)(u32 i, u16 rx, u16 tx);
	/* Hands a receive buffer to the card. 0; ERR_AGAIN: the ring is full;
	 * ERR_CLOSED: not opened by this rank. */
	int (*nic_post)(u32 i, void *buf, u32 len, void *cookie);
	/* Up to n received frames, in order; never waits. Returns how many, or
	 * ERR_CLOSED. */
	int (*nic_rx)(u32 i, struct nic_rx *rx, int n);
	/* Queues up to n frames; returns how many were taken. Their buffers may
	 * not change until nic_reclaim returns their cookies. ERR_CLOSED;
	 * ERR_TOOBIG: a frame of too many bytes or pieces, none was sent. */
	int (*nic_tx)(u32 i, const struct nic_tx *tx, int n);
	/* Cookies of frames that were sent; returns how many, or ERR_CLOSED. */
	int (*nic_reclaim)(u32 i, void **cookies, int n);
	/* Stops the queue: when this returns the card owns no buffer. */
	void (*nic_close)(u32 i);

	/* -- block devices: kernel/blk.h -- */
	/* Describes device number i; ERR_NOENT behind the last. */
	int (*blk_info)(u32 i, struct blk_info *info);
	/* Reads `count` blocks from `first` on into buf and waits until they are
	 * there. ERR_NOENT; ERR_INVAL: beyond its end; ERR_IO, ERR_TIMEOUT: the
	 * device failed. */
	int (*blk_read)(u32 i, u64 first, u32 count, void *buf);
	/* Writes them; on the medium when this returns. ERR_UNSUPP: the device
	 * is read-only. */
	int (*blk_write)(u32 i, u64 first, u32 count, const void *buf);

	/* -- reset -- */
	/* Resets the machine, at once: to bmd the node is lost until it has
	 * booted again. */
	NORETURN void (*reset)(void);
};

#endif
