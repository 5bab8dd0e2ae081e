/* qemu.c - a node of the virtual rack: QEMU's arguments and power button. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/rack/rack.h"

#include "kernel/lib/err.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { QMP_WAIT_MS = 3000, QMP_REPLY_MAX = 8192, ARG_MAX_BYTES = 6000 };

struct args {
	char *word[RACK_ARGS_MAX];
	u32 words;
	char text[ARG_MAX_BYTES];
	size_t at;
};

static void PRINTF_LIKE(2, 3)
args_add(struct args *a, const char *fmt, ...)
{
	va_list list;
	int n;

	ASSERT(a->words < RACK_ARGS_MAX - 1);
	va_start(list, fmt);
	n = vsnprintf(a->text + a->at, sizeof a->text - a->at, fmt, list);
	va_end(list);
	ASSERT(n >= 0 && a->at + (size_t)n < sizeof a->text);
	a->word[a->words++] = a->text + a->at;
	a->word[a->words] = NULL;
	a->at += (size_t)n + 1;
}

void
rack_mac(char *text, u32 index, bool data)
{
	sprintf(text, "52:54:00:62:%02x:%02x", data ? 0x6e : 0x6d,
	    index & 255);
}

/* One of QEMU's own cards. */
static void
qemu_card(struct args *a, const struct rack_config *cfg, u32 index, bool data)
{
	static const char *const models[RACK_NO_NIC] = {
		[RACK_VIRTIO] = "virtio-net-pci", [RACK_E1000E] = "e1000e",
		[RACK_E1000] = "e1000", [RACK_IGB] = "igb",
		[RACK_RTL8139] = "rtl8139",
		[RACK_VIRTIO_OLD] = "virtio-net-pci,disable-modern=on",
	};
	enum rack_nic nic = data ? cfg->data : cfg->nic;
	u32 port = index + (data ? cfg->nodes : 0);
	char mac[32];
	/* OVMF boots virtio by itself; everything else needs iPXE's ROM. */
	bool rom = cfg->boot != RACK_DIRECT &&
	    !(cfg->boot == RACK_UEFI && nic == RACK_VIRTIO);
	const char *how = data ? ",romfile=" : rom ? ",bootindex=0" :
	    cfg->boot == RACK_UEFI ? ",romfile=,bootindex=0" : ",romfile=";

	rack_mac(mac, index, data);
	args_add(a, "-netdev");
	args_add(a, "dgram,id=n%d,local.type=unix,local.path=%s/n%u.net,"
	    "remote.type=unix,remote.path=%s/sw%u.net", data, cfg->dir, port,
	    cfg->dir, port);
	args_add(a, "-device");
	args_add(a, "%s,netdev=n%d,mac=%s%s", models[nic], data, mac, how);
}

static void
qemu_model(struct args *a, const struct rack_config *cfg, u32 index, int fd)
{
	if (!cfg->vfio[0]) {
		args_add(a, "-device");
		args_add(a, "x-pci-proxy-dev,fd=%d", fd);
		return;
	}
	/* Only behind a root port it is a device of PCI Express. */
	args_add(a, "-device");
	args_add(a, "pcie-root-port,id=rp0,chassis=1");
	args_add(a, "-device");
	args_add(a, "{\"driver\":\"vfio-user-pci\",\"bus\":\"rp0\","
	    "\"x-msg-timeout\":60000,\"socket\":{\"type\":\"unix\","
	    "\"path\":\"%s/nic%u.vfio\"}}", cfg->dir, index);
}

/* The socket that QEMU inherits for an 82599, -1 if it has none. */
static int
qemu_nics(struct args *a, const struct rack_config *cfg, u32 index)
{
	int fd = -1;

	for (int data = 0; data < 2; data++) {
		enum rack_nic nic = data ? cfg->data : cfg->nic;

		if (rack_nic_is_model(nic)) {
			fd = device_start(cfg, index, data);
			qemu_model(a, cfg, index, fd);
			fd = cfg->vfio[0] ? -1 : fd;
		} else if (nic != RACK_NO_NIC) {
			qemu_card(a, cfg, index, data);
		}
	}
	return fd;
}

static bool
has_model(const struct rack_config *cfg)
{
	return rack_nic_is_model(cfg->nic) || rack_nic_is_model(cfg->data);
}

/* The 82599's model reaches the guest's memory, which has to be a file. */
static void
qemu_memory(struct args *a, const struct rack_config *cfg)
{
	bool shared = has_model(cfg);

	args_add(a, "-machine");
	args_add(a, "q35%s%s", cfg->screen ? "" : ",graphics=off",
	    shared ? ",memory-backend=ram" : "");
	args_add(a, "-m");
	args_add(a, "%u", cfg->mem_mib);
	if (!shared)
		return;
	args_add(a, "-object");
	args_add(a, "memory-backend-memfd,id=ram,size=%uM,share=on",
	    cfg->mem_mib);
}

static void
qemu_kernel(struct args *a, const struct rack_config *cfg)
{
	args_add(a, "-kernel");
	if (cfg->boot == RACK_DIRECT) {
		args_add(a, "%s", cfg->image);
		args_add(a, "-append");
		args_add(a, "head=%s %s", RACK_HEAD_IP, cfg->append);
	} else {
		args_add(a, RACK_IPXE_KERNEL);
	}
}

static void
qemu_serial(struct args *a, const struct rack_config *cfg, u32 index)
{
	args_add(a, "-chardev");
	args_add(a, "file,id=s0,path=%s/node%u.log,append=on", cfg->dir,
	    index);
	args_add(a, "-serial");
	args_add(a, "chardev:s0");
}

/* What the person wants beyond all this: words without blanks. */
static void
qemu_more(struct args *a, const struct rack_config *cfg)
{
	const char *p = cfg->qemu;

	for (p += strspn(p, " \n"); *p; p += strspn(p, " \n")) {
		size_t n = strcspn(p, " \n");

		args_add(a, "%.*s", (int)n, p);
		p += n;
	}
}

pid_t
qemu_start(const struct rack_config *cfg, u32 index)
{
	struct args a = { .words = 0 };
	char log[RACK_PATH_MAX + 32];
	pid_t pid;
	int fd;

	args_add(&a, "%s", cfg->vfio[0] ? cfg->vfio : "qemu-system-x86_64");
	args_add(&a, "-name");
	args_add(&a, "node%u", index);
	args_add(&a, "-accel");
	/* A thread for each core, by default; one for all with -icount. The
	 * proxy of QEMU 7.2 takes its lock and the big one in either order:
	 * two threads that reach the device stop each other for good. */
	args_add(&a, "%s", cfg->kvm ? "kvm" :
	    has_model(cfg) && !cfg->vfio[0] ? "tcg,thread=single" : "tcg");
	args_add(&a, "-cpu");
	args_add(&a, "max");
	qemu_memory(&a, cfg);
	args_add(&a, "-smp");
	args_add(&a, "%u", cfg->cores);
	args_add(&a, "-nodefaults");
	args_add(&a, "-no-user-config");
	args_add(&a, "-display");
	args_add(&a, "none");
	args_add(&a, "-vga");
	args_add(&a, "%s", cfg->screen ? "std" : "none");
	if (!cfg->screen)
		qemu_serial(&a, cfg, index);
	args_add(&a, "-qmp");
	args_add(&a, "unix:%s/node%u.qmp,server=on,wait=off", cfg->dir, index);
	fd = qemu_nics(&a, cfg, index);
	if (cfg->boot == RACK_UEFI) {
		args_add(&a, "-bios");
		args_add(&a, "/usr/share/ovmf/OVMF.fd");
	}
	/* No package has a ROM for the 82599: iPXE comes as a kernel. */
	if (cfg->boot == RACK_DIRECT || rack_nic_is_model(cfg->nic))
		qemu_kernel(&a, cfg);
	qemu_more(&a, cfg);
	snprintf(log, sizeof log, "%s/qemu.log", cfg->dir);
	pid = sandbox_spawn(a.word, log, NULL);
	if (fd >= 0)
		close(fd);
	return pid;
}

/* Reads until the text `want` has come. */
static int
qemu_expect(int fd, const char *want)
{
	char text[QMP_REPLY_MAX];
	size_t at = 0;

	while (at < sizeof text - 1) {
		struct pollfd p = { fd, POLLIN, 0 };
		ssize_t n;

		if (poll(&p, 1, QMP_WAIT_MS) != 1)
			return ERR_TIMEOUT;
		n = read(fd, text + at, sizeof text - 1 - at);
		if (n <= 0)
			return ERR_IO;
		at += (size_t)n;
		text[at] = 0;
		if (strstr(text, want))
			return 0;
	}
	return ERR_IO;
}

int
qemu_command(const struct rack_config *cfg, u32 index, const char *command)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, err = ERR_IO;

	snprintf(a.sun_path, sizeof a.sun_path, "%s/node%u.qmp", cfg->dir,
	    index);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_IO;
	if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		err = qemu_expect(fd, "\"QMP\"");
	if (!err) {
		dprintf(fd, "{\"execute\":\"qmp_capabilities\"}\n");
		err = qemu_expect(fd, "\"return\"");
	}
	if (!err) {
		dprintf(fd, "{\"execute\":\"%s\"}\n", command);
		err = qemu_expect(fd, "\"return\"");
	}
	close(fd);
	return err;
}
