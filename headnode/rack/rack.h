/* rack.h - the virtual rack: its shape, its directory, its parts. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEADNODE_RACK_RACK_H
#define HEADNODE_RACK_RACK_H

#include "kernel/lib/base.h"

#include <sys/types.h>

/*
 *	      bmrack up ----pipe----. (progress; ready)
 *	                            v
 *	user+net+pid namespace:  supervisor (pid 1)
 *	                          |      |       |
 *	      bm0 10.77.0.1 == bmswitch  bmd    QEMU node1..N
 *	                          |       `- dnsmasq  |
 *	                          `---- dgram sockets-'
 *
 * The supervisor is pid 1 of a pid namespace: whatever ends it, the kernel
 * ends all others with it. It holds an flock on DIR/lock as long as it lives;
 * who gets that lock may clean DIR.
 */

enum {
	RACK_NODES_MAX = 250,
	RACK_CORES_MAX = 255,
	RACK_PATH_MAX = 80,        /* of the directory: sockets are in it */
	RACK_ARGS_MAX = 64,
	RACK_TEXT_MAX = 256,
	RACK_HTTP_PORT = 8080,
};
#define RACK_HEAD_IP "10.77.0.1"
#define RACK_HEAD_IF "bm0"
#define RACK_IPXE_KERNEL "/usr/lib/ipxe/ipxe.lkrn"
#define RACK_SWITCH_IF "bm1"

enum rack_boot { RACK_IPXE, RACK_PXELINUX, RACK_UEFI, RACK_DIRECT };
/* From RACK_82599 to RACK_X550: the model of tests/emu/nic82599; the others are
 * QEMU's. */
enum rack_nic { RACK_VIRTIO, RACK_E1000E, RACK_82599, RACK_X540, RACK_X550,
	RACK_E1000, RACK_IGB, RACK_RTL8139, RACK_VIRTIO_OLD, RACK_NO_NIC };

struct rack_config {
	char dir[RACK_PATH_MAX];
	char bin[4096];            /* directory of our programs */
	char image[4096];
	char append[1024];         /* more words for the kernel's command line */
	u32 nodes, cores, mem_mib;
	enum rack_boot boot;
	enum rack_nic nic, data;   /* data: a second card, or RACK_NO_NIC */
	bool screen;               /* and no serial line */
	char vfio[4096];           /* a QEMU with vfio-user; empty: by proxy */
	char qemu[1024];           /* more words for QEMU's command line */
	bool kvm;                  /* wanted; after kvm_works(): used */
	u32 wait_s;                /* for all nodes to be ready */
	/* For bmswitch, as given; NULL: not. */
	const char *loss, *dup, *reorder, *corrupt, *delay, *seed, *pcap;
};

/* -- sandbox.c -------------------------------------------------------------- */

/*
 * Runs init(arg) as pid 1 of new user, network and pid namespaces, in the
 * background, and writes its pid to pid_file. 0, or ERR_UNSUPP after saying
 * why.
 */
int sandbox_start(int (*init)(void *arg), void *arg, const char *pid_file);

/* Loopback, the veth pair and the head node's addresses. 0, ERR_IO. */
int sandbox_network(const char *dir);

/* Runs argv in the namespaces of pid and returns its exit code. */
int sandbox_exec(pid_t pid, char **argv);

/* Starts argv with stdout and stderr in log; *out, if not NULL, is a pipe of
 * its stdout instead. The pid, or ERR_IO. It dies with its parent. */
pid_t sandbox_spawn(char *const *argv, const char *log, int *out);

/* -- qemu.c ----------------------------------------------------------------- */

/* Starts node `index` (from 1). The pid, or ERR_IO. */
pid_t qemu_start(const struct rack_config *cfg, u32 index);

/* Sends one QMP command ("quit", "system_reset"). 0, ERR_IO, ERR_TIMEOUT. */
int qemu_command(const struct rack_config *cfg, u32 index, const char *command);

/* "52:54:00:62:6d:01": node 1's card; its data card's. size 18 or more. */
void rack_mac(char *text, u32 index, bool data);

/* -- device.c ----------------------------------------------------------------- */

static inline bool
rack_nic_is_model(enum rack_nic nic)
{
	return nic >= RACK_82599 && nic <= RACK_X550;
}

/* The 82599 of node `index`. By proxy: a socket that its QEMU shall inherit
 * and that the caller closes after. By vfio-user: 0, its socket is
 * DIR/nicINDEX.vfio. ERR_IO. */
int device_start(const struct rack_config *cfg, u32 index, bool data);

/* -- kvm.c ------------------------------------------------------------------ */

/*
 * A /dev/kvm may exist and yet hang an ordinary kernel: boots the image once
 * under KVM and waits KVM_PROBE_MS for a first byte of its console. Only for
 * whoever asked for KVM; false with the reason in why.
 */
bool kvm_works(const struct rack_config *cfg, char *why, size_t size);

/* -- supervisor.c ----------------------------------------------------------- */

struct supervisor_start {
	const struct rack_config *cfg;
	int progress;              /* lines for the person; "ready" ends */
	int alive;                 /* closed early: give up */
	int theirs[2];             /* the other ends, to be closed */
};

/* pid 1 of the rack: builds it, watches it, ends with it. */
int supervisor_main(void *start);

/* -- rackdir.c -------------------------------------------------------------- */

/* Makes DIR (0700, ours) and takes DIR/lock: a descriptor; ERR_BUSY when a
 * rack lives there, ERR_IO after saying why. */
int rackdir_lock(const char *dir);

/* Removes everything in DIR; with `whole`, DIR too. Only with the lock. */
void rackdir_clean(const char *dir, bool whole);

/* Asks the supervisor; its answer goes to reply. 0; ERR_NOENT: no rack;
 * ERR_INVAL: refused, reply says why; ERR_TIMEOUT. */
int rackdir_ask(const char *dir, const char *request, char *reply, size_t size);

/* The supervisor's pid as seen from here; ERR_NOENT. */
pid_t rackdir_pid(const char *dir);

/* The last lines of a file, at most max bytes, to stdout. */
void rackdir_tail(const char *path, size_t max);

#endif
