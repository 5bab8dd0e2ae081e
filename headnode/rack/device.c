/* device.c - the 82599's model, a process beside the QEMU that has it. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/rack/rack.h"

#include "kernel/lib/err.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* It ends when QEMU closes its end of the socket. */

enum { WAIT_MS = 5000, STEP_MS = 5 };

/* QEMU connects once, at its start. */
static int
device_wait(const char *path)
{
	for (int ms = 0; access(path, F_OK) != 0; ms += STEP_MS) {
		if (ms > WAIT_MS)
			return ERR_IO;
		usleep(STEP_MS * 1000);
	}
	return 0;
}

int
device_start(const struct rack_config *cfg, u32 index, bool data)
{
	static const char *const ids[] = { "10fb", "1528", "1563" };
	u32 port = index + (data ? cfg->nodes : 0);
	char path[4200], fd[16], net[RACK_PATH_MAX + 32];
	char log[RACK_PATH_MAX + 32], remote[RACK_PATH_MAX + 32], ctl[RACK_PATH_MAX + 32], mac[32];
	char vfio[RACK_PATH_MAX + 32];
	bool proxy = !cfg->vfio[0];
	char *argv[] = { path, proxy ? "--proxy" : "--vfio",
		proxy ? fd : vfio, "--net", net, "--remote", remote,
		"--ctl", ctl, "--mac", mac, "--device", (char *)(uintptr_t)
		    ids[(data ? cfg->data : cfg->nic) - RACK_82599],
		/* iPXE's driver would not stand it. */
		cfg->boot == RACK_DIRECT || data ? "--strict" : NULL, NULL };
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return ERR_IO;
	snprintf(path, sizeof path, "%s/nic82599", cfg->bin);
	snprintf(fd, sizeof fd, "%d", ends[0]);
	snprintf(net, sizeof net, "%s/n%u.net", cfg->dir, port);
	snprintf(remote, sizeof remote, "%s/sw%u.net", cfg->dir, port);
	snprintf(ctl, sizeof ctl, "%s/nic%u.ctl", cfg->dir, index);
	snprintf(log, sizeof log, "%s/nic%u.log", cfg->dir, index);
	rack_mac(mac, index, data);
	snprintf(vfio, sizeof vfio, "%s/nic%u.vfio", cfg->dir, index);
	unlink(vfio);
	fcntl(ends[0], F_SETFD, 0);
	pid = sandbox_spawn(argv, log, NULL);
	close(ends[0]);
	if (!proxy && pid > 0) {
		close(ends[1]);
		return device_wait(vfio);
	}
	if (pid < 0) {
		close(ends[1]);
		return ERR_IO;
	}
	fcntl(ends[1], F_SETFD, 0);
	return ends[1];
}
