/* front.h - the 82599's model as a program that QEMU has as a device. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_EMU_NIC82599_FRONT_FRONT_H
#define TESTS_EMU_NIC82599_FRONT_FRONT_H

#include "tests/emu/nic82599/nic82599.h"

#include <stdio.h>
#include <sys/un.h>

/*
 *	QEMU --- proxy.c or vfio.c ---.       .--- wire.c --- switch's socket
 *	            config.c           the model
 *	guest RAM --- memory.c -------'       `--- trace.c, control.c
 *
 * One process is one device of one QEMU, one thread serves it: main.c's loop.
 */

enum {
	FRONT_REGIONS_MAX = 64,
	FRONT_CONFIG_BYTES = 4096,
	FRONT_FDS_MAX = 32,
	FRONT_MSIX_BYTES = 0x4000,     /* of BAR 4: table, then PBA */
	FRONT_BARS = 6,
};

struct front_region {                  /* of guest memory */
	u64 at, bytes;
	u8 *ptr;                       /* NULL: there, but not to be had */
	bool writable;
};

struct front_trace {                   /* the run that is not yet printed */
	char op;
	u32 at, value, times;
};

struct front {
	struct nic82599 *nic;
	u16 device;
	bool strict;
	int client;                    /* QEMU */
	/* Serves one message of the client; false: it has gone. */
	bool (*serve)(struct front *f);
	void (*irq)(void *front, int vector, bool on);
	struct front_region region[FRONT_REGIONS_MAX];
	u32 regions;
	u8 config[FRONT_CONFIG_BYTES];
	u32 bar_bytes[FRONT_BARS];     /* 0: none */
	int irq_fd[NIC82599_VECTORS];  /* vfio: MSI-X; -1: none */
	int msi_fd, line_fd;           /* MSI; INTx */
	bool line;                     /* INTx is asserted */
	int net, ctl;                  /* -1: none */
	int wire;                      /* the wire's other end, once connected */
	bool connected;
	struct sockaddr_un remote;
	u64 wire_lost;                 /* frames that the switch did not take */
	FILE *pcap, *trace_file;
	struct front_trace trace;
};

/* memory.c. The file's descriptor may be closed after. 0, ERR_NOMEM, ERR_IO. */
int front_map(struct front *f, const struct front_region *r, int fd, u64 offset);
/* All regions that lie inside. */
void front_unmap(struct front *f, u64 at, u64 bytes);
bool front_dma_read(void *front, u64 addr, void *to, u64 len);
bool front_dma_write(void *front, u64 addr, const void *from, u64 len);

/* config.c: PCI configuration space; with `full`, 64-bit BARs, MSI-X, PCIe. */
void front_config_init(struct front *f, bool full);
u32 front_config_read(const struct front *f, u32 at, u32 len);
void front_config_write(struct front *f, u32 at, u32 value, u32 len);
/* As after a reset of the bus. */
void front_reset(struct front *f);

/* proxy.c, vfio.c: set f->serve and f->irq. */
void front_proxy_init(struct front *f);
void front_vfio_init(struct front *f);
/* Waits for QEMU at a socket. 0, ERR_IO after saying why. */
int front_vfio_accept(struct front *f, const char *path);
/* Reads a message's first `len` bytes and what descriptors come with them.
 * False: the client has gone. */
bool front_receive(int fd, void *head, size_t len, int *fds, u32 *count);
/* The rest of it. */
bool front_read(int fd, void *to, size_t len);

/* wire.c: the socket pair of QEMU's -netdev dgram, and a pcap file. 0, ERR_IO
 * after saying why. */
int front_wire_open(struct front *f, const char *local, const char *remote);
int front_wire_pcap(struct front *f, const char *path);
void front_wire_tx(void *front, const u8 *frame, u32 len);
/* Takes frames while the device has room for them. */
void front_wire_poll(struct front *f);

/* trace.c: one line for each access; the same again is counted. */
void front_trace(void *front, char op, u32 at, u32 value);
void front_trace_flush(struct front *f);

/* control.c: datagrams of words: `fault NAME TIMES|always|off`, `stats`,
 * `strict on|off`, `peek REGISTER`. */
int front_control_open(struct front *f, const char *path);
void front_control(struct front *f);
void front_control_stats(const struct front *f, char *text, size_t size);
/* Asks the device behind path; 0 and its answer, or ERR_IO. */
int front_control_ask(const char *path, const char *words, char *answer,
    size_t size);

#endif
