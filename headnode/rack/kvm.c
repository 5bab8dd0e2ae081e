/* kvm.c - is the KVM of this machine one that boots our kernel? */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "headnode/rack/rack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KVM_PROBE_MS = 5000, KVM_LOOK_MS = 20, KVM_END_MS = 2000 };

static bool
kvm_has_spoken(const char *console)
{
	struct stat st;

	return stat(console, &st) == 0 && st.st_size > 0;
}

/* Ends the probe; one that cannot even be killed is left, not waited for. */
static void
kvm_end(pid_t pid)
{
	kill(pid, SIGKILL);
	for (int ms = 0; ms < KVM_END_MS; ms += KVM_LOOK_MS) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return;
		usleep(KVM_LOOK_MS * 1000);
	}
}

bool
kvm_works(const struct rack_config *cfg, char *why, size_t size)
{
	char console[RACK_PATH_MAX + 32], serial[RACK_PATH_MAX + 64];
	char log[RACK_PATH_MAX + 32];
	char *argv[] = { "qemu-system-x86_64", "-accel", "kvm", "-cpu", "max",
		"-m", "64", "-nodefaults", "-display", "none", "-serial",
		serial, "-kernel", (char *)(uintptr_t)cfg->image, NULL };
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	bool spoken = false;
	pid_t pid;

	if (fd < 0) {
		snprintf(why, size, "/dev/kvm: %s", strerror(errno));
		return false;
	}
	close(fd);
	snprintf(console, sizeof console, "%s/kvm.console", cfg->dir);
	snprintf(serial, sizeof serial, "file:%s", console);
	snprintf(log, sizeof log, "%s/kvm.log", cfg->dir);
	pid = sandbox_spawn(argv, log, NULL);
	for (int ms = 0; pid > 0 && ms < KVM_PROBE_MS && !spoken;
	     ms += KVM_LOOK_MS) {
		usleep(KVM_LOOK_MS * 1000);
		spoken = kvm_has_spoken(console);
	}
	if (pid > 0)
		kvm_end(pid);
	snprintf(why, size, "a kernel under KVM says nothing for %d s",
	    KVM_PROBE_MS / 1000);
	return spoken;
}
