/* rackconf.c - the files that the virtual rack's bmd is started with. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/rack/rackconf.h"

#include "kernel/lib/err.h"

#include <stdio.h>
#include <string.h>

static const char *const boots[] = {
	[RACK_IPXE] = "ipxe",
	[RACK_PXELINUX] = "pxelinux",
	[RACK_UEFI] = "uefi",
	[RACK_DIRECT] = "none",
};

int
rackconf_write(const struct rack_config *cfg)
{
	char path[RACK_PATH_MAX + 32], mac[32];
	FILE *f;

	snprintf(path, sizeof path, "%s/bmd.conf", cfg->dir);
	f = fopen(path, "we");
	if (!f)
		return ERR_IO;
	fprintf(f, "# Written by bmrack up; gone with the rack.\n");
	fprintf(f, "listen %s\n", RACK_HEAD_IP);
	fprintf(f, "http_port %d\n", RACK_HTTP_PORT);
	fprintf(f, "socket %s/bmd.sock\n", cfg->dir);
	fprintf(f, "state_dir %s\n", cfg->dir);
	fprintf(f, "image %s\n", cfg->image);
	fprintf(f, "boot %s\n", boots[cfg->boot]);
	fprintf(f, "dhcp_interface %s\n", RACK_HEAD_IF);
	fprintf(f, "dhcp_mask 255.255.0.0\n");
	/* Emulated cores share the machine with others: be patient; more so
	 * where time is counted in instructions. */
	fprintf(f, "lost_ms %d\n",
	    strstr(cfg->qemu, "icount") ? 60000 : 6000);
	fprintf(f, "power_reset BM_RACK=%s %s/bmrack power %%n reset\n",
	    cfg->dir, cfg->bin);
	if (cfg->append[0])
		fprintf(f, "append %s\n", cfg->append);
	for (u32 i = 1; i <= cfg->nodes; i++) {
		rack_mac(mac, i, false);
		fprintf(f, "node node%u %s 10.77.1.%u\n", i, mac, i);
		rack_mac(mac, i, true);
		if (cfg->data != RACK_NO_NIC)
			fprintf(f, "card node%u %s 10.77.2.%u\n", i, mac, i);
	}
	return fclose(f) == 0 ? 0 : ERR_IO;
}
