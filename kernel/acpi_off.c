/* acpi_off.c - FADT and DSDT: how this machine is switched off; portable. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/acpi_tables.h"
#include "kernel/lib/endian.h"
#include "kernel/lib/string.h"

/*
 * State S5 is entered by two numbers written to the PM1 control registers. They
 * stand in the DSDT's \_S5 package: in AML, which is not interpreted here. The
 * package is looked for as compilers write it (ACPI 6.4 §20.2):
 *
 *	NameOp ['\'] "_S5_" PackageOp PkgLength NumElements a b ...
 *
 * a and b: ZeroOp, OneOp, or BytePrefix and a byte. What looks different gives
 * no way to switch off: never a wrong one.
 */

struct fadt {                   /* §5.2.9 */
	u8 header[ACPI_HEADER_BYTES];
	le32 firmware_ctrl, dsdt;
	u8 reserved, profile;
	le16 sci;
	le32 smi_command;
	u8 acpi_enable, acpi_disable, s4_bios, pstate;
	le32 pm1a_event, pm1b_event, pm1a_control, pm1b_control;
};
_Static_assert(offsetof(struct fadt, pm1b_control) == 68, "ACPI 6.4 §5.2.9");

enum {
	AML_ZERO = 0,
	AML_ONE = 1,
	AML_NAME = 8,
	AML_BYTE = 10,
	AML_PACKAGE = 0x12,
	PORTS = 1 << 16,
	TYPE_MAX = 7,           /* SLP_TYPx has three bits: §4.8.3.2.1 */
};

u64
acpi_fadt(struct acpi_off *off, const u8 *fadt, size_t len)
{
	const struct fadt *f = (const void *)fadt;
	u32 a, b;

	memset(off, 0, sizeof(*off));
	if (len < sizeof(*f))
		return 0;
	a = le32_get(f->pm1a_control);
	b = le32_get(f->pm1b_control);
	if (a >= PORTS || b >= PORTS || le32_get(f->smi_command) >= PORTS)
		return 0;
	off->pm1a = (u16)a;
	off->pm1b = (u16)b;
	off->smi = (u16)le32_get(f->smi_command);
	off->enable = f->acpi_enable;
	return le32_get(f->dsdt);
}

/* A number of the package at p; NULL if it is none. */
static const u8 *
number(const u8 *p, const u8 *end, u8 *value)
{
	if (p < end && (*p == AML_ZERO || *p == AML_ONE))
		*value = *p++;
	else if (end - p >= 2 && *p == AML_BYTE)
		*value = p[1], p += 2;
	else
		return NULL;
	return *value <= TYPE_MAX ? p : NULL;
}

void
acpi_s5(struct acpi_off *off, const u8 *dsdt, size_t len)
{
	const u8 *end = dsdt + len, *p = dsdt + ACPI_HEADER_BYTES + 2;

	for (; end - p >= 8; p++) {
		const u8 *at = p + 5;

		if (memcmp(p, "_S5_", 4) != 0 || p[4] != AML_PACKAGE ||
		    (p[-1] != AML_NAME &&
			(p[-1] != '\\' || p[-2] != AML_NAME)))
			continue;
		at += 1 + (*at >> 6) + 1;       /* PkgLength, NumElements */
		at = number(at, end, &off->type_a);
		if (at && number(at, end, &off->type_b))
			off->known = off->pm1a != 0;
		return;
	}
}
