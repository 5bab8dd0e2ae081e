/* bmrack.c - a rack of virtual nodes that PXE-boot as iron does. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/cli.h"
#include "headnode/options.h"
#include "headnode/rack/rack.h"
#include "headnode/rack/switch_io.h"
#include "headnode/say.h"
#include "kernel/lib/err.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	OPT_CORES = OPTIONS_LONG,
	OPT_MEM,
	OPT_BOOT,
	OPT_NIC,
	OPT_VFIO,
	OPT_KVM,
	OPT_IMAGE,
	OPT_APPEND,
	OPT_SCREEN,
	OPT_QEMU,
	OPT_WAIT,
	OPT_LOSS,
	OPT_DUP,
	OPT_REORDER,
	OPT_CORRUPT,
	OPT_DELAY,
	OPT_SEED,
	OPT_PCAP,
};

enum { DOWN_MS = 15000, CONSOLE_TAIL = 1500 };

static const struct option_row up_rows[] = {
	{ 'n', "nodes", "N", "how many nodes (4)" },
	{ OPT_CORES, "cores", "N", "cores of a node (2)" },
	{ OPT_MEM, "mem", "MIB", "memory of a node in MiB (64)" },
	{ OPT_BOOT, "boot", "HOW", "ipxe, pxelinux, uefi or direct (ipxe)" },
	{ OPT_NIC, "nic", "MODEL", "virtio, virtio-old, e1000, e1000e, igb, rtl8139, "
	  "82599, x540 or x550; CONTROL,DATA (virtio)" },
	{ OPT_VFIO, "vfio", NULL, "with the QEMU that `make deps-10g` fetched" },
	{ OPT_KVM, "kvm", NULL, "by KVM, if a probe shows that it works here" },
	{ OPT_IMAGE, "image", "FILE", "node kernel (the one built here)" },
	{ OPT_APPEND, "append", "WORDS", "more for the kernel's command line" },
	{ OPT_SCREEN, "screen", NULL, "a screen instead of a serial line" },
	{ OPT_QEMU, "qemu", "WORDS", "more for the command line of each QEMU" },
	{ OPT_WAIT, "wait", "S", "seconds until all must be ready (120)" },
	{ OPT_LOSS, "loss", "P", "percent of the frames that are lost" },
	{ OPT_DUP, "dup", "P", "percent that arrive twice" },
	{ OPT_REORDER, "reorder", "P", "percent that others overtake" },
	{ OPT_CORRUPT, "corrupt", "P", "percent with one bit flipped" },
	{ OPT_DELAY, "delay", "MS", "milliseconds each frame takes longer" },
	{ OPT_SEED, "seed", "N", "the same seed goes wrong alike (1)" },
	{ OPT_PCAP, "pcap", "FILE", "write all frames for Wireshark" },
	{ 'd', "dir", "DIR", "run directory (as BM_RACK; one per rack)" },
};

static const struct option_row other_rows[] = {
	{ 'd', "dir", "DIR", "run directory of the rack" },
};

static int
set_word(const char *what, const char *arg, const char *const *words,
    u32 *value)
{
	for (u32 i = 0; words[i]; i++)
		if (strcmp(words[i], arg) == 0) {
			*value = i;
			return 0;
		}
	say_error("%s %s: no such choice; see bmrack up --help", what, arg);
	return -1;
}

static int
set_dir(struct rack_config *c, const char *arg)
{
	char full[PATH_MAX];

	if (arg[0] != '/' && getcwd(full, sizeof full - 1 - strlen(arg))) {
		strcat(full, "/");
		strcat(full, arg);
		arg = full;
	}
	if (strlen(arg) < sizeof c->dir) {
		strcpy(c->dir, arg);
		return 0;
	}
	say_error("--dir %s: at most %zu bytes (sockets lie in it)", arg,
	    sizeof c->dir - 1);
	return -1;
}

static int
set_file(const char *what, const char *arg, char *out)
{
	if (realpath(arg, out))
		return 0;
	say_error("%s %s: %s", what, arg, strerror(errno));
	return -1;
}

static int
set_number(const char *what, const char *arg, u64 min, u64 max, u32 *out)
{
	u64 v;

	if (!options_number(what, arg, min, max, &v))
		return -1;
	*out = (u32)v;
	return 0;
}

/* Checks a percentage here, so that its error is ours; bmswitch parses it. */
static int
set_percent(const char *what, const char *arg, const char **out)
{
	u32 ppm;

	*out = arg;
	return options_percent(what, arg, &ppm) ? 0 : -1;
}

/* "virtio", or "virtio,82599": control and data. */
static int
set_nics(struct rack_config *c, const char *arg)
{
	static const char *const nics[] = { "virtio", "e1000e", "82599",
		"x540", "x550", "e1000", "igb", "rtl8139", "virtio-old", NULL };
	const char *comma = strchr(arg, ',');
	char first[32];
	u32 v = RACK_NO_NIC;

	if (comma && set_word("--nic", comma + 1, nics, &v) != 0)
		return -1;
	c->data = (enum rack_nic)v;
	snprintf(first, sizeof first, "%.*s",
	    comma ? (int)(comma - arg) : (int)strlen(arg), arg);
	if (set_word("--nic", first, nics, &v) != 0)
		return -1;
	c->nic = (enum rack_nic)v;
	return 0;
}

static int
set_vfio(struct rack_config *c)
{
	const char *cache = getenv("BARERACK_CACHE");
	const char *home = getenv("HOME");

	if (cache)
		snprintf(c->vfio, sizeof c->vfio, "%s/qemu-vfio-user/qemu",
		    cache);
	else
		snprintf(c->vfio, sizeof c->vfio,
		    "%s/.cache/barerack/qemu-vfio-user/qemu",
		    home ? home : "");
	if (access(c->vfio, X_OK) == 0)
		return 0;
	say_error("--vfio: %s is missing; `make deps-10g` fetches it",
	    c->vfio);
	return -1;
}

static int
set_up(void *ctx, int key, const char *arg)
{
	static const char *const boots[] = { "ipxe", "pxelinux", "uefi",
		"direct", NULL };
	struct rack_config *c = ctx;
	u32 v = 0;

	switch (key) {
	case 'n':
		return set_number("--nodes", arg, 1, RACK_NODES_MAX, &c->nodes);
	case OPT_CORES:
		return set_number("--cores", arg, 1, RACK_CORES_MAX, &c->cores);
	case OPT_MEM:
		return set_number("--mem", arg, 16, 1 << 20, &c->mem_mib);
	case OPT_WAIT:
		return set_number("--wait", arg, 1, 86400, &c->wait_s);
	case OPT_BOOT:
		if (set_word("--boot", arg, boots, &v) != 0)
			return -1;
		c->boot = (enum rack_boot)v;
		return 0;
	case OPT_NIC:
		return set_nics(c, arg);
	case OPT_VFIO:
		return set_vfio(c);
	case OPT_KVM:
		c->kvm = true;
		return 0;
	case OPT_IMAGE:
		return set_file("--image", arg, c->image);
	case OPT_APPEND:
		snprintf(c->append, sizeof c->append, "%s", arg);
		return 0;
	case OPT_SCREEN:
		c->screen = true;
		return 0;
	case OPT_QEMU:
		snprintf(c->qemu, sizeof c->qemu, "%s", arg);
		return 0;
	case OPT_LOSS:
		return set_percent("--loss", arg, &c->loss);
	case OPT_DUP:
		return set_percent("--dup", arg, &c->dup);
	case OPT_REORDER:
		return set_percent("--reorder", arg, &c->reorder);
	case OPT_CORRUPT:
		return set_percent("--corrupt", arg, &c->corrupt);
	case OPT_DELAY:
		c->delay = arg;
		return set_number("--delay", arg, 0, 10000, &v);
	case OPT_SEED:
		c->seed = arg;
		return set_number("--seed", arg, 0, UINT32_MAX, &v);
	case OPT_PCAP:
		c->pcap = arg;
		return 0;
	default:
		return set_dir(c, arg);
	}
}

/* -- up --------------------------------------------------------------------- */

/* The consoles of nodes that did not come. */
static void
up_missing(const struct rack_config *c, u32 index)
{
	char path[RACK_PATH_MAX + 32];

	printf("\nnode%u is missing; its console ends with:\n", index);
	snprintf(path, sizeof path, "%s/node%u.log", c->dir, index);
	rackdir_tail(path, CONSOLE_TAIL);
}

static void
up_log(const struct rack_config *c)
{
	char path[RACK_PATH_MAX + 32];

	printf("\nthe rack's log ends with:\n");
	snprintf(path, sizeof path, "%s/rack.log", c->dir);
	rackdir_tail(path, CONSOLE_TAIL);
}

/* Prints progress until the supervisor says how it went. */
static bool
up_follow(const struct rack_config *c, int progress)
{
	FILE *f = fdopen(progress, "r");
	char line[512];
	u32 index;

	while (f && fgets(line, sizeof line, f)) {
		if (strcmp(line, "ready\n") == 0)
			return true;
		if (strcmp(line, "broken\n") == 0)
			up_log(c);
		else if (sscanf(line, "missing %u", &index) == 1)
			up_missing(c, index);
		else if (strcmp(line, "failed\n") != 0)
			fputs(line, stdout);
		fflush(stdout);
	}
	return false;
}

static int
up_lock(struct rack_config *c)
{
	int lock = rackdir_lock(c->dir);

	if (lock == ERR_BUSY)
		say_die(SAY_EXIT_USAGE, "a rack is up in %s; `bmrack down` "
		    "ends it", c->dir);
	if (lock < 0)
		exit(SAY_EXIT_OURS);
	rackdir_clean(c->dir, false);
	return lock;
}

/* In one of PATH's directories? */
static bool
up_has(const char *program)
{
	const char *dirs = getenv("PATH");
	char path[PATH_MAX];

	while (dirs && *dirs) {
		size_t n = strcspn(dirs, ":");

		snprintf(path, sizeof path, "%.*s/%s", (int)n, dirs, program);
		if (access(path, X_OK) == 0)
			return true;
		dirs += n + (dirs[n] == ':');
	}
	return false;
}

/* An ordinary user's PATH often lacks the directories of ip and dnsmasq. */
static void
up_programs(void)
{
	static const char *const programs[] = { "qemu-system-x86_64", "ip",
		"dnsmasq" };
	const char *given = getenv("PATH");
	char path[8192];

	snprintf(path, sizeof path, "%s:/usr/sbin:/sbin",
	    given ? given : "/usr/bin:/bin");
	setenv("PATH", path, 1);
	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		if (!up_has(programs[i]))
			say_die(SAY_EXIT_OURS, "%s is missing; `make deps` "
			    "installs it", programs[i]);
}

/* What an 82599 asks for. */
static void
up_82599(const struct rack_config *c)
{
	if (rack_nic_is_model(c->nic) && rack_nic_is_model(c->data))
		say_die(SAY_EXIT_USAGE, "--nic: one card of 82599, x540 and "
		    "x550 a node");
	if (!rack_nic_is_model(c->nic))
		return;
	if (c->boot == RACK_PXELINUX || c->boot == RACK_UEFI)
		say_die(SAY_EXIT_USAGE, "a node boots from an 82599 by ipxe "
		    "or direct");
	if (c->boot == RACK_IPXE && access(RACK_IPXE_KERNEL, R_OK) != 0)
		say_die(SAY_EXIT_OURS, "%s is missing; `make deps` installs "
		    "it", RACK_IPXE_KERNEL);
}

static void
up_defaults(struct rack_config *c)
{
	char path[PATH_MAX + 32];

	if (!c->image[0]) {
		snprintf(path, sizeof path, "%s/../node/barerack", c->bin);
		if (!realpath(path, c->image))
			say_die(SAY_EXIT_OURS, "%s: %s; `make node` builds it",
			    path, strerror(errno));
	}
}

static void
up_start(struct rack_config *c, int *progress, int *alive_end)
{
	char pid_file[RACK_PATH_MAX + 32];
	struct supervisor_start s = { .cfg = c };
	int lines[2], alive[2];

	if (pipe2(lines, O_CLOEXEC) != 0 || pipe2(alive, O_CLOEXEC) != 0)
		say_die(SAY_EXIT_OURS, "pipe: %s", strerror(errno));
	s.progress = lines[1];
	s.alive = alive[0];
	s.theirs[0] = lines[0];
	s.theirs[1] = alive[1];
	snprintf(pid_file, sizeof pid_file, "%s/pid", c->dir);
	if (sandbox_start(supervisor_main, &s, pid_file) != 0)
		exit(SAY_EXIT_OURS);
	/* alive[1] stays open as long as we live: its end is our end. */
	close(lines[1]);
	close(alive[0]);
	*progress = lines[0];
	*alive_end = alive[1];
}

static int
cmd_up(struct rack_config *c, int argc, char **argv)
{
	char why[RACK_TEXT_MAX];
	struct timespec a, b;
	int progress, alive;

	(void)argv;
	if (argc)
		say_die(SAY_EXIT_USAGE, "bmrack up takes options only");
	up_82599(c);
	up_programs();
	up_defaults(c);
	up_lock(c);
	if (c->kvm && !kvm_works(c, why, sizeof why)) {
		say_info("no KVM (%s): the nodes are emulated", why);
		c->kvm = false;
	}
	clock_gettime(CLOCK_MONOTONIC, &a);
	printf("rack: %u nodes x %u cores, %u MiB each\n", c->nodes, c->cores,
	    c->mem_mib);
	fflush(stdout);
	up_start(c, &progress, &alive);
	if (!up_follow(c, progress)) {
		say_error("the rack did not come up");
		close(alive);
		for (int ms = 0; ms < DOWN_MS && access(c->dir, F_OK) == 0;
		     ms += 20)
			usleep(20000);
		return SAY_EXIT_OURS;
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%u nodes ready in %.1f s\n", c->nodes,
	    (double)(b.tv_sec - a.tv_sec) +
	        (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	return 0;
}

/* -- the others ------------------------------------------------------------- */

static NORETURN void
no_rack(const struct rack_config *c)
{
	say_die(SAY_EXIT_OURS, "no rack is up in %s; `bmrack up` starts one",
	    c->dir);
}

/* A request to the supervisor whose answer is printed. */
static int
ask(const struct rack_config *c, const char *request)
{
	static char reply[65536];
	int err = rackdir_ask(c->dir, request, reply, sizeof reply);

	if (err == ERR_NOENT)
		no_rack(c);
	if (err == ERR_TIMEOUT)
		say_die(SAY_EXIT_OURS, "the rack does not answer");
	if (err) {
		say_error("%s", reply);
		return SAY_EXIT_USAGE;
	}
	fputs(reply, stdout);
	return 0;
}

static int
cmd_status(struct rack_config *c, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return ask(c, "status");
}

/* Ends the rack: by asking, else by force; then nothing is left in DIR. */
static int
cmd_down(struct rack_config *c, int argc, char **argv)
{
	char reply[256];
	int lock = -1;
	pid_t pid;

	(void)argc;
	(void)argv;
	if (access(c->dir, F_OK) != 0)
		return 0;
	rackdir_ask(c->dir, "down", reply, sizeof reply);
	for (int ms = 0; ms < DOWN_MS; ms += 50) {
		if (access(c->dir, F_OK) != 0)
			return 0;
		lock = rackdir_lock(c->dir);
		if (lock != ERR_BUSY)
			break;
		/* Half the time is over: no more asking. */
		pid = rackdir_pid(c->dir);
		if (ms == DOWN_MS / 2 && pid > 0)
			kill(pid, SIGKILL);
		usleep(50000);
	}
	if (lock < 0)
		say_die(SAY_EXIT_OURS, "the rack in %s does not end", c->dir);
	rackdir_clean(c->dir, true);
	return 0;
}

static int
cmd_power(struct rack_config *c, int argc, char **argv)
{
	char request[RACK_TEXT_MAX];

	if (argc != 2)
		say_die(SAY_EXIT_USAGE,
		    "bmrack power NODE on|off|cycle|reset|kill");
	snprintf(request, sizeof request, "power %s %s", argv[0], argv[1]);
	return ask(c, request);
}

/* Follows the serial line; ends with ^C or with the rack. */
static int
cmd_console(struct rack_config *c, int argc, char **argv)
{
	char path[RACK_PATH_MAX + 64], text[4096];
	size_t n;
	FILE *f;

	if (argc != 1 || strchr(argv[0], '/'))
		say_die(SAY_EXIT_USAGE, "bmrack console NODE");
	if (access(c->dir, F_OK) != 0)
		no_rack(c);
	snprintf(path, sizeof path, "%s/%.32s.log", c->dir, argv[0]);
	f = fopen(path, "r");
	if (!f)
		say_die(SAY_EXIT_USAGE, "%s: no such node in this rack",
		    argv[0]);
	while (access(path, F_OK) == 0) {
		while ((n = fread(text, 1, sizeof text, f)) > 0)
			fwrite(text, 1, n, stdout);
		clearerr(f);
		if (fflush(stdout) != 0)
			break;
		usleep(100000);
	}
	fclose(f);
	return 0;
}

static int
cmd_switch(struct rack_config *c, int argc, char **argv)
{
	static char reply[SWITCH_REPLY_MAX];
	char line[4000] = "";

	for (int i = 0; i < argc; i++) {
		if (strlen(line) + strlen(argv[i]) + 2 > sizeof line)
			say_die(SAY_EXIT_USAGE, "the command is too long");
		strcat(line, argv[i]);
		strcat(line, " ");
	}
	if (access(c->dir, F_OK) != 0)
		no_rack(c);
	switch (switch_ask(c->dir, argc ? line : "stats", reply,
	    sizeof reply)) {
	case 0:
		printf("%s\n", reply);
		return 0;
	case ERR_INVAL:
		say_error("%s", reply);
		return SAY_EXIT_USAGE;
	}
	say_die(SAY_EXIT_OURS, "%s", reply);
}

/* The model's own program knows how. */
static int
cmd_nic(struct rack_config *c, int argc, char **argv)
{
	char path[4200], ctl[RACK_PATH_MAX + 32];
	char *words[8] = { path, "--ask", ctl };
	u32 index;

	if (argc < 2 || argc > 4 || sscanf(argv[0], "node%u", &index) != 1)
		say_die(SAY_EXIT_USAGE, "bmrack nic NODE stats, or NODE fault "
		    "NAME TIMES");
	if (access(c->dir, F_OK) != 0)
		no_rack(c);
	snprintf(path, sizeof path, "%s/nic82599", c->bin);
	snprintf(ctl, sizeof ctl, "%s/nic%u.ctl", c->dir, index);
	for (int i = 1; i < argc; i++)
		words[2 + i] = argv[i];
	execv(path, words);
	say_die(SAY_EXIT_OURS, "%s: %s", path, strerror(errno));
}

static int
cmd_exec(struct rack_config *c, int argc, char **argv)
{
	char sock[RACK_PATH_MAX + 32];
	pid_t pid = rackdir_pid(c->dir);

	if (!argc)
		say_die(SAY_EXIT_USAGE, "bmrack exec COMMAND [ARGUMENT...]");
	if (pid < 0 || access(c->dir, F_OK) != 0)
		no_rack(c);
	snprintf(sock, sizeof sock, "%s/bmd.sock", c->dir);
	setenv("BM_SOCKET", sock, 1);
	return sandbox_exec(pid, argv);
}

static const struct {
	const char *word, *usage, *about;
	int (*run)(struct rack_config *c, int argc, char **argv);
} commands[] = {
	{ "up", "[options]", "Starts a rack and returns when all nodes are "
	  "ready for jobs.\nIt needs no root: switch, bmd and nodes live in "
	  "private namespaces.\n", cmd_up },
	{ "down", "", "Ends the rack; nothing of it is left.\n", cmd_down },
	{ "status", "", "Says which nodes have power and are ready.\n",
	  cmd_status },
	{ "console", "NODE", "Follows a node's serial line; ^C leaves.\n",
	  cmd_console },
	{ "power", "NODE on|off|cycle|reset|kill", "Presses a node's buttons; kill "
	  "is a power failure.\n`bmrack power bmd kill` kills the head node's "
	  "daemon; it is started anew.\n", cmd_power },
	{ "switch", "[COMMAND]", "Makes the network go wrong, or shows its "
	  "counters. Node N is port N,\nthe head node port 0:\n"
	  "  faults [loss P] [dup P] [reorder P] [corrupt P] [delay MS] "
	  "[seed N]\n  partition PORT... '|' PORT...    heal\n"
	  "  drop N [from PORT] [to PORT] [udp PORT] [min LEN] [max LEN]\n"
	  "  port PORT up|down    stats    clear\n", cmd_switch },
	{ "nic", "NODE stats | NODE fault NAME TIMES|always|off", "Asks the "
	  "82599 of a node (--nic 82599), or lets it fail:\n  gone, "
	  "stuck-reset, stuck-master, deaf-queue, lost-done, bad-sum,\n  "
	  "rx-error, link-down\n", cmd_nic },
	{ "exec", "COMMAND [ARGUMENT...]", "Runs a command in the rack's "
	  "network, with BM_SOCKET set.\n", cmd_exec },
};

static NORETURN void
usage(int code)
{
	fprintf(code ? stderr : stdout,
	    "usage: bmrack COMMAND [options]\n\n"
	    "A rack of virtual nodes that PXE-boot as iron does.\n\n");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(code ? stderr : stdout, "  bmrack %s %s\n",
		    commands[i].word, commands[i].usage);
	fprintf(code ? stderr : stdout,
	    "\nbmrack COMMAND --help says more.\n");
	exit(code);
}

static int
run_command(size_t i, int argc, char **argv)
{
	struct rack_config c = { .nodes = 4, .cores = 2, .mem_mib = 64,
		.wait_s = 120, .data = RACK_NO_NIC };
	bool up = commands[i].run == cmd_up;
	char tool[32], *slash;
	ssize_t n;
	int at;
	struct options o = { .tool = tool, .usage = commands[i].usage,
		.about = commands[i].about, .row = up ? up_rows : other_rows,
		.rows = up ? ARRAY_LEN(up_rows) : ARRAY_LEN(other_rows),
		.set = set_up };

	snprintf(tool, sizeof tool, "bmrack %s", commands[i].word);
	n = readlink("/proc/self/exe", c.bin, sizeof c.bin - 1);
	slash = n > 0 ? strrchr(c.bin, '/') : NULL;
	if (slash)
		*slash = 0;
	at = options_parse(&o, argc, argv, &c);
	if (!c.dir[0]) {
		char dir[PROTO_PATH_MAX];

		cli_rack_dir(dir, sizeof dir);
		if (set_dir(&c, dir) != 0)
			return SAY_EXIT_USAGE;
	}
	return commands[i].run(&c, argc - at, argv + at);
}

int
main(int argc, char **argv)
{
	say_tool("bmrack");
	if (argc < 2)
		usage(SAY_EXIT_USAGE);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		usage(0);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(argv[1], commands[i].word) == 0)
			return run_command(i, argc - 1, argv + 1);
	say_error("%s: no such command; see bmrack --help", argv[1]);
	return SAY_EXIT_USAGE;
}
