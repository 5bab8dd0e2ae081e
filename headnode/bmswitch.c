/* bmswitch.c - the program of the virtual rack's Ethernet switch. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/options.h"
#include "headnode/rack/switch_io.h"
#include "headnode/say.h"

enum {
	OPT_UPLINK = OPTIONS_LONG,
	OPT_HEAD,
	OPT_LOSS,
	OPT_DUP,
	OPT_REORDER,
	OPT_CORRUPT,
	OPT_DELAY,
	OPT_SEED,
	OPT_PCAP,
};

static const struct option_row rows[] = {
	{ 'd', "dir", "DIR", "directory of the sockets" },
	{ 'n', "nodes", "N", "node ports (4)" },
	{ OPT_UPLINK, "uplink", "IF", "our end of the head node's veth" },
	{ OPT_HEAD, "head", "IF", "its other end: offloads are turned off" },
	{ OPT_LOSS, "loss", "P", "percent of the frames that are lost" },
	{ OPT_DUP, "dup", "P", "percent that arrive twice" },
	{ OPT_REORDER, "reorder", "P", "percent that others overtake" },
	{ OPT_CORRUPT, "corrupt", "P", "percent with one bit flipped" },
	{ OPT_DELAY, "delay", "MS", "milliseconds each frame takes longer" },
	{ OPT_SEED, "seed", "N", "the same seed goes wrong alike (1)" },
	{ OPT_PCAP, "pcap", "FILE", "write all frames for Wireshark" },
};

static int
set(void *ctx, int key, const char *arg)
{
	struct switch_config *c = ctx;
	u64 v = 0;
	bool ok = true;

	switch (key) {
	case 'd':
		c->dir = arg;
		break;
	case 'n':
		ok = options_number("--nodes", arg, 1, SWITCH_PORTS_MAX - 1,
		    &v);
		c->nodes = (u32)v;
		break;
	case OPT_UPLINK:
		c->uplink = arg;
		break;
	case OPT_HEAD:
		c->head = arg;
		break;
	case OPT_LOSS:
		ok = options_percent("--loss", arg, &c->faults.loss);
		break;
	case OPT_DUP:
		ok = options_percent("--dup", arg, &c->faults.dup);
		break;
	case OPT_REORDER:
		ok = options_percent("--reorder", arg, &c->faults.reorder);
		break;
	case OPT_CORRUPT:
		ok = options_percent("--corrupt", arg, &c->faults.corrupt);
		break;
	case OPT_DELAY:
		ok = options_number("--delay", arg, 0,
		    SWITCH_DELAY_US_MAX / 1000, &v);
		c->faults.delay_us = (u32)v * 1000;
		break;
	case OPT_SEED:
		ok = options_number("--seed", arg, 0, UINT64_MAX, &c->seed);
		break;
	case OPT_PCAP:
		c->pcap = arg;
		break;
	}
	return ok ? 0 : -1;
}

int
main(int argc, char **argv)
{
	static const struct options options = {
		.tool = "bmswitch",
		.usage = "--dir DIR [options]",
		.about = "An Ethernet switch for QEMU's -netdev dgram sockets: "
		         "learns addresses,\nand loses, doubles, delays or "
		         "corrupts frames on demand.\n",
		.row = rows,
		.rows = ARRAY_LEN(rows),
		.set = set,
	};
	struct switch_config cfg = { .nodes = 4, .seed = 1 };

	say_tool("bmswitch");
	if (options_parse(&options, argc, argv, &cfg) != argc)
		say_die(SAY_EXIT_USAGE, "no arguments are wanted; see --help");
	if (!cfg.dir)
		say_die(SAY_EXIT_USAGE, "--dir is missing; see --help");
	return switch_run(&cfg) == 0 ? 0 : SAY_EXIT_OURS;
}
