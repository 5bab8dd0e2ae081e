/* dhcp.c - dnsmasq, configured and watched: DHCP, TFTP, router adverts. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/boot.h"

#include "headnode/journal.h"
#include "kernel/lib/err.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct dhcp {
	struct bmd *bmd;
	pid_t pid;
	u32 restarts;
	bool closing;
};

/* Three may stand in one line. */
static const char *
dhcp_ip(u32 ip4)
{
	static char text[3][INET_ADDRSTRLEN];
	static u32 turn;
	struct in_addr a = { htonl(ip4) };

	turn = (turn + 1) % 3;
	return inet_ntop(AF_INET, &a, text[turn], INET_ADDRSTRLEN);
}

/* -- TFTP directory --------------------------------------------------------- */

static int
dhcp_copy(const char *from, const char *dir, const char *name)
{
	char path[2 * CONFIG_PATH_MAX], buf[65536];
	ssize_t n = -1;
	int in, out;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	in = open(from, O_RDONLY | O_CLOEXEC);
	out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (in >= 0 && out >= 0)
		while ((n = read(in, buf, sizeof buf)) > 0)
			if (write(out, buf, (size_t)n) != n)
				break;
	if (n != 0)
		journal_warn("%s cannot be copied to %s: %s", from, path,
		    strerror(errno));
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return n == 0 ? 0 : ERR_IO;
}

static int
dhcp_pxelinux(const struct bmd *b, const char *dir)
{
	char path[2 * CONFIG_PATH_MAX], line[CONFIG_PATH_MAX + 64];
	FILE *f;

	snprintf(path, sizeof path, "%s/pxelinux.cfg", dir);
	mkdir(path, 0755);
	snprintf(path, sizeof path, "%s/pxelinux.cfg/default", dir);
	boot_command_line(b, line, sizeof line);
	f = fopen(path, "we");
	if (!f)
		return ERR_IO;
	/* LINUX, not KERNEL: by name pxelinux would take it for a boot sector */
	fprintf(f, "DEFAULT barerack\nPROMPT 0\nTIMEOUT 0\n"
	    "LABEL barerack\n  LINUX barerack\n  APPEND %s\n", line);
	if (fclose(f) != 0 ||
	    dhcp_copy("/usr/lib/PXELINUX/lpxelinux.0", dir,
	        "lpxelinux.0") != 0)
		return ERR_IO;
	return dhcp_copy("/usr/lib/syslinux/modules/bios/ldlinux.c32", dir,
	    "ldlinux.c32");
}

/* Files for machines whose ROM is no iPXE; what is not installed is missed
 * only by them. */
static int
dhcp_tftp(const struct bmd *b, const char *dir)
{
	static const struct {
		const char *from, *name;
	} chain[] = { { "/usr/lib/ipxe/undionly.kpxe", "undionly.kpxe" },
		{ "/usr/lib/ipxe/snponly.efi", "snponly.efi" } };

	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		return ERR_IO;
	if (b->cfg.boot == CONFIG_BOOT_IPXE) {
		for (size_t i = 0; i < ARRAY_LEN(chain); i++)
			if (access(chain[i].from, R_OK) == 0)
				dhcp_copy(chain[i].from, dir, chain[i].name);
		return 0;
	}
	if (dhcp_copy(b->cfg.image, dir, "barerack") != 0)
		return ERR_IO;
	return b->cfg.boot == CONFIG_BOOT_PXELINUX ? dhcp_pxelinux(b, dir) : 0;
}

/* -- dnsmasq.conf ----------------------------------------------------------- */

static void
dhcp_write_boot(const struct bmd *b, FILE *f)
{
	const struct config *c = &b->cfg;

	fprintf(f, "dhcp-match=set:ipxe,175\n");
	fprintf(f, "dhcp-match=set:efi,option:client-arch,7\n");
	fprintf(f, "dhcp-match=set:efi,option:client-arch,9\n");
	if (c->boot == CONFIG_BOOT_PXELINUX) {
		fprintf(f, "dhcp-boot=lpxelinux.0\n");
	} else if (c->boot != CONFIG_BOOT_NONE) {
		fprintf(f, "dhcp-boot=tag:ipxe,http://%s:%u/boot.ipxe?mac="
		    "${net0/mac}\n", dhcp_ip(c->listen_ip4), c->http_port);
		if (c->boot == CONFIG_BOOT_UEFI) {
			fprintf(f, "dhcp-boot=tag:!ipxe,barerack\n");
		} else {
			fprintf(f, "dhcp-boot=tag:!ipxe,tag:efi,snponly.efi\n");
			fprintf(f, "dhcp-boot=tag:!ipxe,tag:!efi,"
			    "undionly.kpxe\n");
		}
	}
	/* iPXE: no wait for a proxy DHCP server (two seconds). */
	fprintf(f, "dhcp-option-force=encap:175,176,1b\n");
	/* An answer to its router solicitation (thirteen seconds). */
	fprintf(f, "enable-ra\nra-param=%s,10,60\n", c->dhcp_interface);
	fprintf(f, "dhcp-range=::,constructor:%s,ra-only,64,60\n",
	    c->dhcp_interface);
}

static int
dhcp_write(const struct bmd *b, const char *path, const char *tftp)
{
	const struct config *c = &b->cfg;
	FILE *f = fopen(path, "we");

	if (!f) {
		journal_warn("%s: %s", path, strerror(errno));
		return ERR_IO;
	}
	fprintf(f, "# Written by bmd at each start.\n"
	    "port=0\ninterface=%s\nexcept-interface=lo\nbind-interfaces\n"
	    "dhcp-authoritative\nno-ping\nno-resolv\nno-hosts\n"
	    "dhcp-leasefile=%s/leases\nenable-tftp\ntftp-root=%s\n",
	    c->dhcp_interface, c->state_dir, tftp);
	if (c->dhcp_from)
		fprintf(f, "dhcp-range=%s,%s,%s,1h\n", dhcp_ip(c->dhcp_from),
		    dhcp_ip(c->dhcp_to), dhcp_ip(c->dhcp_mask));
	else
		fprintf(f, "dhcp-range=%s,static,%s,1h\n",
		    dhcp_ip(c->listen_ip4 & c->dhcp_mask),
		    dhcp_ip(c->dhcp_mask));
	for (u32 i = 0; i < c->nodes; i++) {
		const struct config_node *n = &c->node[i];

		fprintf(f, "dhcp-host=%02x:%02x:%02x:%02x:%02x:%02x,%s%s%s\n",
		    n->mac[0], n->mac[1], n->mac[2], n->mac[3], n->mac[4],
		    n->mac[5], n->ip4 ? dhcp_ip(n->ip4) : "",
		    n->ip4 ? "," : "", n->name);
	}
	for (u32 i = 0; i < c->cards; i++) {
		const struct config_card *n = &c->card[i];

		fprintf(f, "dhcp-host=%02x:%02x:%02x:%02x:%02x:%02x%s%s\n",
		    n->mac[0], n->mac[1], n->mac[2], n->mac[3], n->mac[4],
		    n->mac[5], n->ip4 ? "," : "",
		    n->ip4 ? dhcp_ip(n->ip4) : "");
	}
	dhcp_write_boot(b, f);
	return fclose(f) == 0 ? 0 : ERR_IO;
}

/* -- the process ------------------------------------------------------------ */

static int
dhcp_start(struct dhcp *d)
{
	char conf[CONFIG_PATH_MAX + 32];
	pid_t pid;

	snprintf(conf, sizeof conf, "--conf-file=%s/dnsmasq.conf",
	    d->bmd->cfg.state_dir);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* -d: in our foreground, and without a change of user, which
		 * a user namespace would refuse. */
		execlp("dnsmasq", "dnsmasq", "-d", conf, (char *)NULL);
		_exit(127);
	}
	d->pid = pid;
	return pid > 0 ? 0 : ERR_IO;
}

int
dhcp_open(struct bmd *b)
{
	char tftp[CONFIG_PATH_MAX + 32], conf[CONFIG_PATH_MAX + 32];
	struct dhcp *d;

	if (!b->cfg.dhcp_interface[0])
		return 0;
	d = calloc(1, sizeof *d);
	ASSERT(d);
	d->bmd = b;
	b->dhcp = d;
	snprintf(tftp, sizeof tftp, "%s/tftp", b->cfg.state_dir);
	snprintf(conf, sizeof conf, "%s/dnsmasq.conf", b->cfg.state_dir);
	if (b->cfg.boot != CONFIG_BOOT_NONE && dhcp_tftp(b, tftp) != 0)
		return ERR_IO;
	mkdir(tftp, 0755);
	if (dhcp_write(b, conf, tftp) != 0)
		return ERR_IO;
	return dhcp_start(d);
}

void
dhcp_child_ended(struct bmd *b, int pid, int status)
{
	struct dhcp *d = b->dhcp;

	if (!d || pid != d->pid || d->closing)
		return;
	d->pid = 0;
	if (d->restarts++ == DHCP_RESTARTS_MAX) {
		journal_warn("dnsmasq ended again (status %#x): nodes cannot "
		    "boot until bmd is restarted", (unsigned)status);
		return;
	}
	journal_warn("dnsmasq ended (status %#x): started anew",
	    (unsigned)status);
	dhcp_start(d);
}

void
dhcp_close(struct bmd *b)
{
	struct dhcp *d = b->dhcp;

	if (!d)
		return;
	d->closing = true;
	if (d->pid > 0) {
		kill(d->pid, SIGTERM);
		waitpid(d->pid, NULL, 0);
	}
	free(d);
	b->dhcp = NULL;
}
