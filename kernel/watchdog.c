/* watchdog.c - hardware that resets a node whose kernel hangs. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/watchdog.h"

#include "kernel/clock.h"
#include "kernel/driver.h"
#include "kernel/handoff.h"
#include "kernel/log.h"

enum { SECONDS_DEFAULT = 60, SECONDS_MAX = 600, FEED_MS = 1000 };

static const struct dog_driver *dog;
static u64 fed_ns;

static u32
seconds(void)
{
	char text[8];
	u32 s = 0;

	if (!handoff_option("watchdog", text, sizeof(text)))
		return SECONDS_DEFAULT;
	for (const char *p = text; *p >= '0' && *p <= '9'; p++)
		s = s * 10 + (u32)(*p - '0');
	return MIN(s, (u32)SECONDS_MAX);
}

static bool
try(const struct dog_driver *d, const struct pci_dev *dev, u32 s)
{
	for (const struct pci_id *id = d->ids; id->vendor; id++)
		if (id->vendor == dev->vendor && id->device == dev->device)
			return d->start(dev, s) == 0;
	return false;
}

void
watchdog_init(void)
{
	const struct pci_dev *dev;
	u32 s = seconds();

	for (u32 i = 0; s && (dev = pci_get(i)) != NULL; i++)
		for (u32 k = 0; dog_drivers[k]; k++) {
			if (!try(dog_drivers[k], dev, s))
				continue;
			dog = dog_drivers[k];
			if (!handoff_get()->recycles)
				log_info("%s watchdog, %u s", dog->name, s);
			return;
		}
}

void
watchdog_feed(void)
{
	u64 now;

	if (!dog)
		return;
	now = clock_now_ns();
	if (now - fed_ns < FEED_MS * 1000000ull)
		return;
	fed_ns = now;
	dog->feed();
}
