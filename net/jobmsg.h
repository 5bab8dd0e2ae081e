/* jobmsg.h - the messages between bmd and the agents of the nodes. */
/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NET_JOBMSG_H
#define NET_JOBMSG_H

#include "kernel/lib/aead.h"
#include "kernel/lib/base.h"
#include "kernel/lib/endian.h"

/*
 * A control message is one msg_send: head = struct jobmsg_head, data = the
 * payload named beside its type, sealed (auth.c) under the key that WELCOME
 * handed out. REGISTER and WELCOME are in clear at a cold boot; a REGISTER
 * after a recycle is sealed under the key before it. A receiver refuses what
 * does not open, a counter that does not grow, another boot id, a length that
 * does not fit: counted, logged once.
 *
 *	node                                  bmd
 *	REGISTER -------------------------------->   node: booting -> up
 *	    <------------------------------ WELCOME   (id, key, UTC)
 *	HEARTBEAT every heartbeat_ms ------------>
 *	    <--------------------------------- TIME
 *	    <--------------------------------- LOAD   (job, argv, image)
 *	LOADED ---------------------------------->
 *	    <-------------------------------- START   (when all have loaded)
 *	OUTPUT, FILE, EXIT, FAULT --------------->
 *	    <------------------- FILE_REPLY, CANCEL
 *	LOG (whenever the node said something) -->
 *	    <------------ CONSOLE (a person typed)
 *	DONE (all ranks ended, all output pulled)>
 *	    <------------------------------ RECYCLE   (all received: start over)
 *	REGISTER (warm) ------------------------->
 *
 * WELCOME answers a sealed REGISTER under the old key; the new key holds from
 * the message after it, both ways. LOAD is always an offer (MSG_OFFER): its
 * data stay where they were pulled to. So are FAULT and OUTPUT:
 * the sender's request is done when bmd has the bytes, and bmd pulls OUTPUT
 * only while the job's reader has room. DONE is sent when every rank's output was
 * taken. CANCEL may come at any time from LOAD on, more than once; a node
 * answers it by DONE when its ranks have stopped, also when there is no such
 * job. A bmd that was restarted kept the keys: it cancels what it finds
 * running. REFUSED outside registration says that bmd does not know this
 * boot: the node ends its job and REGISTERs in clear, as after a cold boot.
 */

enum {
	JOBMSG_VERSION = 1,
	JOBMSG_PORT_BMD = 7770,    /* UDP */
	JOBMSG_PORT_AGENT = 7771,
	JOBMSG_PORT_RANKS = 7800,  /* rank i of a node: 7800 + i */
	JOBMSG_NICS_MAX = 4,
	JOBMSG_NAME_MAX = 32,
	JOBMSG_TEXT_MAX = 256,
	JOBMSG_LINE_MAX = 79,      /* bytes of a monitor's line */
	JOBMSG_OUTPUT_MAX = 64 * 1024,
	JOBMSG_FILE_MAX = 64 * 1024,      /* data of one FILE call */
	JOBMSG_ARGS_MAX = 256 * 1024,     /* argv + environment */
	JOBMSG_IMAGE_MAX = 512 * 1024 * 1024,
	JOBMSG_RANKS_MAX = 65536,
	JOBMSG_REGS = 18,
	JOBMSG_MAPS_MAX = 16,             /* of one FAULT */
	JOBMSG_STACK_MAX = 64 * 1024,     /* bytes of stack in a FAULT */
	JOBMSG_FAULT_MAX = 128 * 1024,    /* a whole FAULT */
	JOBMSG_DEBUG_MAX = 4096,          /* data of one DEBUG */
};

enum jobmsg_type {
	JOBMSG_REGISTER = 1,   /* struct jobmsg_register */
	JOBMSG_WELCOME,        /* struct jobmsg_welcome */
	JOBMSG_REFUSED,        /* text */
	JOBMSG_HEARTBEAT,      /* struct jobmsg_heartbeat */
	JOBMSG_TIME,           /* struct jobmsg_time */
	JOBMSG_LOAD,           /* struct jobmsg_load and what follows it */
	JOBMSG_LOADED,         /* struct jobmsg_result */
	JOBMSG_START,          /* nothing */
	JOBMSG_OUTPUT,         /* struct jobmsg_output + bytes */
	JOBMSG_EXIT,           /* struct jobmsg_exit */
	JOBMSG_FAULT,          /* struct jobmsg_fault and what follows it */
	JOBMSG_CANCEL,         /* struct jobmsg_cancel */
	JOBMSG_DONE,           /* nothing */
	JOBMSG_RECYCLE,        /* nothing */
	JOBMSG_FILE,           /* struct jobmsg_file + path or data */
	JOBMSG_FILE_REPLY,     /* struct jobmsg_file_reply + data */
	JOBMSG_NODE_DEAD,      /* struct jobmsg_dead: bmd to nodes of the job */
	JOBMSG_RESET,          /* nothing: bmd asks for a hardware reset */
	JOBMSG_LOG,            /* jobmsg_log: lines of the node's log */
	JOBMSG_CONSOLE,        /* text: a line for the node's monitor */
	JOBMSG_DEBUG,          /* struct jobmsg_debug + data; both ways */
};

struct jobmsg_head {
	le16 type;
	le16 version;
	le32 node;             /* id that WELCOME gave; 0 before */
	le64 boot_id;          /* the node's, random at each cold boot */
	le64 counter;          /* grows by direction; starts at 1 per key */
	le32 job;              /* 0: none */
	le32 sealed;           /* 1: data is sealed, tag behind it */
	u8 tag[AEAD_TAG_BYTES];
} PACKED;                      /* authenticated as additional data, tag zero */

_Static_assert(sizeof(struct jobmsg_head) == 48, "wire format");

struct jobmsg_nic {
	u8 mac[6];
	le16 link_mbps_div10;  /* 10 Mbit/s units */
	le32 ip4;              /* 0: no lease */
	char driver[16];
} PACKED;

struct jobmsg_register {
	u8 mac[6];             /* of the control NIC: who this is */
	u8 warm;               /* 1: after a recycle */
	u8 nics;
	u8 numa_nodes;
	u8 threads;            /* of a core */
	le32 cores;
	le64 mem_bytes;
	le64 tsc_hz;
	le32 recycles;         /* since cold boot */
	le32 boot_ms;          /* kernel entry to this message */
	char cpu[48];
	char build[40];
	char boot_path[16];    /* "bios16", "linux32", "linux64", "efi", ... */
	char died[64];         /* why the kernel before ended itself, or empty */
	u8 nonce[32];          /* random; the same when REGISTER is repeated */
	u8 pub[32];            /* handshake: X25519, zero while unused */
	struct jobmsg_nic nic[JOBMSG_NICS_MAX];
} PACKED;

struct jobmsg_welcome {
	le32 node;
	char name[JOBMSG_NAME_MAX];
	le64 utc_ns;
	le32 heartbeat_ms;
	le32 key_kind;         /* 0: key in clear below; 1: X25519 */
	u8 key[AEAD_KEY_BYTES];
	u8 pub[32];            /* handshake: bmd's, zero while unused */
	u8 nonce[32];
} PACKED;

/* What a node does: jobmsg_heartbeat.state. */
enum jobmsg_state {
	JOBMSG_IDLE = 0,       /* registered, no job */
	JOBMSG_LOADING,        /* LOAD came, START has not */
	JOBMSG_RUNNING,
	JOBMSG_ENDING,         /* ranks ended; DONE or RECYCLE outstanding */
};

/* 64 bytes: a block of the cipher, of which each costs a computing rank. */
struct jobmsg_heartbeat {
	le64 uptime_ms;
	le32 state;            /* enum jobmsg_state */
	le32 ranks_running;
	le64 mem_free;
	le64 frames_rx, frames_tx, frames_dropped;
	le32 retransmits, ticks;
	le32 mce_corrected, mce_fatal; /* machine checks since the cold boot */
} PACKED;
_Static_assert(sizeof(struct jobmsg_heartbeat) == 64, "one block");

/* Text follows. What came twice, because a recycle came before our
 * acknowledgement, is known by its place. */
struct jobmsg_log {
	le64 at;               /* bytes logged before, since the cold boot */
	le32 again;            /* 1: somebody asked to see it again */
} PACKED;

struct jobmsg_time {
	le64 utc_ns;
} PACKED;

/*
 * LOAD. Behind the struct, in this order and without gaps:
 *	struct jobmsg_node[nodes]; struct jobmsg_rank[ranks];
 *	argv (argc NUL-ended strings); env (envc NUL-ended strings);
 *	relays le32[relays] (node ids; empty for now); image bytes.
 */
struct jobmsg_load {
	le32 job;
	le32 key;              /* job key of the ranks' endpoints */
	le32 nodes, ranks;
	le32 self;             /* this node's index in the node table */
	le32 argc, envc;
	le32 args_bytes;       /* argv + env */
	le32 relays;
	le32 cpus_per_rank;
	le64 image_bytes;
	le64 heap_bytes;       /* per rank; 0: an equal share of the memory */
	char name[JOBMSG_NAME_MAX];
} PACKED;

struct jobmsg_node {
	le32 node;             /* id */
	le32 ip4;              /* on the data network */
	char name[JOBMSG_NAME_MAX];
} PACKED;

struct jobmsg_rank {
	le32 node_index;
	le32 local;            /* index among the ranks of its node */
} PACKED;

struct jobmsg_result {
	le32 err;              /* 0, or -enum err */
	char text[JOBMSG_TEXT_MAX];
} PACKED;

struct jobmsg_output {
	le32 rank;
	le32 stream;           /* 1 stdout, 2 stderr */
} PACKED;

/* Bytes of messages: net/stats.h says what each counts. */
struct jobmsg_moved {
	le64 rx_bulk, rx_copied, rx_touched, tx_copied;
} PACKED;

struct jobmsg_exit {
	le32 rank;
	le32 code;             /* exit(code) & 255 */
	le32 abort;            /* 1: MPI_Abort: the whole job ends */
	le32 pad;
	struct jobmsg_moved moved; /* by the rank */
} PACKED;

/*
 * FAULT. Behind the struct: struct jobmsg_map[maps], then `kept` bytes of each
 * map, in their order and without gaps. The stack comes first, from where the
 * stack pointer stands.
 */
struct jobmsg_fault {
	le32 rank;
	le32 vector;           /* of the CPU exception */
	le32 signal;           /* Linux number: 4, 7, 8, 11, 5 */
	le32 core;
	le64 address;          /* CR2 for a page fault, else RIP */
	le64 error_code;
	le64 regs[JOBMSG_REGS]; /* enum jobmsg_reg */
	le64 fs_base;
	le64 image;            /* where byte 0 of the program stands */
	le32 maps, pad;
	char reason[96];       /* "stack overflow", "NULL pointer", ... */
} PACKED;

enum jobmsg_reg {
	JOBMSG_RAX, JOBMSG_RBX, JOBMSG_RCX, JOBMSG_RDX, JOBMSG_RSI,
	JOBMSG_RDI, JOBMSG_RBP, JOBMSG_RSP, JOBMSG_R8, JOBMSG_R9, JOBMSG_R10,
	JOBMSG_R11, JOBMSG_R12, JOBMSG_R13, JOBMSG_R14, JOBMSG_R15,
	JOBMSG_RIP, JOBMSG_RFLAGS,
};

/* A piece of the rank's window, perhaps empty; kept: how many of its first
 * bytes the message holds. */
struct jobmsg_map {
	le64 va, bytes, kept;
	le32 flags;            /* 1 executable, 2 writable: as in ELF */
	le32 pad;
} PACKED;

enum jobmsg_reason {
	JOBMSG_BY_USER = 1,    /* bmcancel, Ctrl-C */
	JOBMSG_BY_TIME,        /* time limit */
	JOBMSG_BY_FAULT,       /* another rank crashed or called MPI_Abort */
	JOBMSG_BY_NODE,        /* a node was lost */
};

struct jobmsg_cancel {
	le32 reason;
} PACKED;

struct jobmsg_dead {
	le32 node;
} PACKED;

enum jobmsg_file_op {
	JOBMSG_OPEN = 1,       /* path follows; flags, mode */
	JOBMSG_CLOSE,
	JOBMSG_READ,           /* size bytes from the file position */
	JOBMSG_WRITE,          /* data follows */
	JOBMSG_LSEEK,          /* offset, whence in flags */
	JOBMSG_STAT,           /* path follows */
	JOBMSG_FSTAT,
	JOBMSG_UNLINK,         /* path follows */
	JOBMSG_FTRUNCATE,      /* offset */
};

/* O_* bits on the wire, as Linux numbers them (not newlib). */
enum jobmsg_open_flag {
	JOBMSG_O_WRONLY = 1, JOBMSG_O_RDWR = 2, JOBMSG_O_CREAT = 0100,
	JOBMSG_O_EXCL = 0200, JOBMSG_O_TRUNC = 01000, JOBMSG_O_APPEND = 02000,
};

struct jobmsg_file {
	le32 rank;
	le32 seq;              /* echoed; one call of a rank at a time */
	le32 op;
	le32 fd;               /* bmd's number, from OPEN's result */
	le32 flags;
	le32 mode;
	le64 offset;
	le64 size;
} PACKED;

struct jobmsg_file_reply {
	le32 rank;
	le32 seq;
	le64 result;           /* as the Linux call; -1 with error */
	le32 error;            /* Linux errno */
	le32 stat_mode;
	le64 stat_size;
	le64 stat_mtime;       /* seconds, UTC */
} PACKED;

/*
 * A debugger's request about one rank; the answer repeats it with err set,
 * address naming byte 0 of the program, and data. STOPPED comes by itself.
 */
enum jobmsg_debug_op {
	JOBMSG_DEBUG_ATTACH = 1, /* stop as soon as possible, then STOPPED */
	JOBMSG_DEBUG_DETACH,     /* without breakpoints, go on */
	JOBMSG_DEBUG_READ,       /* address, bytes; fewer may come back */
	JOBMSG_DEBUG_WRITE,      /* address; data, also into text */
	JOBMSG_DEBUG_GET,        /* struct jobmsg_debug_regs comes back */
	JOBMSG_DEBUG_SET,        /* struct jobmsg_debug_regs */
	JOBMSG_DEBUG_GO,
	JOBMSG_DEBUG_STEP,       /* one instruction, then STOPPED */
	JOBMSG_DEBUG_STOPPED,    /* signal says why */
};

struct jobmsg_debug {
	le32 rank, op;
	le32 err;              /* 0, or -enum err */
	le32 signal;
	le64 address;
	le32 bytes, pad;
} PACKED;

struct jobmsg_debug_regs {
	le64 regs[JOBMSG_REGS];
	le64 fs_base;
	u8 fx[512];            /* as FXSAVE */
} PACKED;

/* One direction pair of a sealed conversation; both ends keep one per node. */
struct jobmsg_session {
	u8 key[AEAD_KEY_BYTES];
	u64 boot_id;
	u64 sent, seen;        /* counters */
	u32 node;
	u8 side;               /* 0: node, 1: bmd */
	u8 keyed;              /* 0: before WELCOME, messages are in clear */
};

/*
 * Fills in head for a message and seals len bytes of data in place (when the
 * session is keyed). auth.c.
 */
void jobmsg_seal(struct jobmsg_session *s, struct jobmsg_head *head,
    enum jobmsg_type type, u32 job, void *data, size_t len);

/*
 * Checks head and opens data in place. 0, ERR_PROTO, ERR_AUTH. An unsealed
 * message is accepted only if its type is REGISTER, WELCOME or REFUSED.
 */
int jobmsg_open(struct jobmsg_session *s, const struct jobmsg_head *head,
    void *data, size_t len);

/*
 * The same in two steps, for offered data that are pulled while later messages
 * come in: accept takes the head in its place in the order (its counter is used
 * up even if the data turn out forged), unseal opens the data when they are
 * here. Each head that accept took is unsealed at most once.
 */
int jobmsg_accept(struct jobmsg_session *s, const struct jobmsg_head *head);
int jobmsg_unseal(const struct jobmsg_session *s,
    const struct jobmsg_head *head, void *data, size_t len);

/*
 * Views of a LOAD payload after every count, length and offset was checked
 * against len; ERR_PROTO otherwise. jobmsg.c.
 */
struct jobmsg_load_view {
	const struct jobmsg_load *load;
	const struct jobmsg_node *node;
	const struct jobmsg_rank *rank;
	const char *argv, *env;
	const le32 *relay;
	const u8 *image;
	u32 nodes, ranks, self, argc, envc;
	u64 image_bytes;
};
int jobmsg_load_parse(struct jobmsg_load_view *v, const void *data, size_t len);

/* The same for a FAULT; bytes[i]: what was kept of map[i]. */
struct jobmsg_fault_view {
	const struct jobmsg_fault *fault;
	const struct jobmsg_map *map;
	u32 maps;
	const u8 *bytes[JOBMSG_MAPS_MAX];
};
int jobmsg_fault_parse(struct jobmsg_fault_view *v, const void *data,
    size_t len);

/* Smallest and largest payload of a type; false: no such type. */
bool jobmsg_length_ok(u32 type, size_t len);

#endif
