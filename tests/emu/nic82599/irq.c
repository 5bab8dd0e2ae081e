/* irq.c - interrupt causes, masks, MSI-X vectors and the INTx line. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/emu/nic82599/inside.h"

/*
 * §7.3. A queue's cause becomes a bit of EICR through IVAR; in MSI-X mode
 * (GPIE bit 4) bits 0..63 are the vectors themselves, and all else comes by
 * IVAR_MISC's. Causes are set whether or not EIMS lets them through. A message
 * clears the bits that EIAC names and masks those of EIAM, if GPIE.EIAME.
 * INTERPRETATION: EITR does not delay anything.
 */

static bool
is_msix(const struct nic82599 *n)
{
	return R(n, R_GPIE) & B_GPIE_MSIX;
}

static void
message(struct nic82599 *n, u32 vector)
{
	u64 bit = 1ull << vector;
	u64 clear = R(n, R_EIAC) & B_EICR_QUEUES;
	u64 mask = R(n, R_EIAM_EX) | (u64)R(n, R_EIAM_EX + 4) << 32;

	n->count.irqs++;
	n->cfg.host.irq(n->cfg.host.ctx, (int)vector, true);
	/* Vectors 16 and up always clear themselves, §7.3.1.3. */
	n->eicr &= ~(bit & (clear | ~(u64)B_EICR_QUEUES));
	if (R(n, R_GPIE) & B_GPIE_EIAME)
		n->eims &= ~(bit & (mask | R(n, R_EIAM)));
}

static void
evaluate(struct nic82599 *n)
{
	u32 misc = R(n, R_IVAR_MISC) >> 8;
	bool line;

	if (is_msix(n)) {
		u64 on = n->eicr & n->eims;

		for (u32 v = 0; v < NIC82599_VECTORS; v++)
			if (on >> v & 1)
				message(n, v);
		if ((n->eicr_other & n->eims_other) && (misc & B_IVAR_VALID)) {
			n->count.irqs++;
			n->cfg.host.irq(n->cfg.host.ctx, (int)(misc & 63),
			    true);
			n->eicr_other &= ~R(n, R_EIAC);
		}
		return;
	}
	line = (n->eicr & n->eims & B_EICR_QUEUES) ||
	    (n->eicr_other & n->eims_other);
	if (line == n->intx)
		return;
	n->intx = line;
	n->count.irqs += line;
	n->cfg.host.irq(n->cfg.host.ctx, NIC82599_INTX, line);
}

void
n82_irq_queue(struct nic82599 *n, u32 q, bool tx)
{
	u32 ivar = R(n, R_IVAR + q / 2 * 4) >> (q % 2 * 16 + tx * 8);

	if (!(ivar & B_IVAR_VALID))
		return;
	n->eicr |= 1ull << (ivar & (is_msix(n) ? 63 : 15));
	evaluate(n);
}

void
n82_irq_other(struct nic82599 *n, u32 causes)
{
	n->eicr_other |= causes;
	evaluate(n);
}

static u32
low(const struct nic82599 *n, u64 queues, u32 other)
{
	(void)n;
	return (u32)(queues & B_EICR_QUEUES) | other;
}

bool
n82_irq_read(struct nic82599 *n, u32 at, u32 *v)
{
	switch (at) {
	case R_EICR:
		/* §7.3.1.4: without MSI-X a read clears, and masks by EIAM. */
		*v = low(n, n->eicr, n->eicr_other);
		if (!is_msix(n) || !R(n, R_EIAC)) {
			n->eicr &= ~(u64)B_EICR_QUEUES;
			n->eicr_other = 0;
		}
		if (!is_msix(n) && *v) {
			n->eims &= ~(u64)(R(n, R_EIAM) & B_EICR_QUEUES);
			n->eims_other &= ~R(n, R_EIAM);
		}
		evaluate(n);
		return true;
	case R_EIMS:
	case R_EIMC:
		*v = low(n, n->eims, n->eims_other);
		return true;
	case R_EIMS_EX:
	case R_EIMC_EX:
		*v = (u32)n->eims;
		return true;
	case R_EIMS_EX + 4:
	case R_EIMC_EX + 4:
		*v = (u32)(n->eims >> 32);
		return true;
	case R_EICS:
		/* The causes, and nothing clears: what ixgbe.ko relies on. */
		*v = low(n, n->eicr, n->eicr_other);
		return true;
	case R_EICS_EX:
	case R_EICS_EX + 4:
		*v = 0;
		return true;
	}
	return false;
}

bool
n82_irq_write(struct nic82599 *n, u32 at, u32 v)
{
	u64 queues = v & B_EICR_QUEUES;
	u32 other = v & B_EICR_OTHER, shift = at & 4 ? 32 : 0;

	switch (at) {
	case R_EICR:
		n->eicr &= ~queues;
		n->eicr_other &= ~other;
		break;
	case R_EICS:
		n->eicr |= queues;
		n->eicr_other |= other;
		break;
	case R_EIMS:
		n->eims |= queues;
		n->eims_other |= other;
		break;
	case R_EIMC:
		n->eims &= ~queues;
		n->eims_other &= ~other;
		break;
	case R_EICS_EX:
	case R_EICS_EX + 4:
		n->eicr |= (u64)v << shift;
		break;
	case R_EIMS_EX:
	case R_EIMS_EX + 4:
		n->eims |= (u64)v << shift;
		break;
	case R_EIMC_EX:
	case R_EIMC_EX + 4:
		n->eims &= ~((u64)v << shift);
		break;
	case R_GPIE:
		R(n, at) = v;
		break;
	default:
		return false;
	}
	evaluate(n);
	return true;
}

void
n82_irq_reset(struct nic82599 *n)
{
	n->eicr = n->eims = 0;
	n->eicr_other = n->eims_other = 0;
	if (n->intx)
		n->cfg.host.irq(n->cfg.host.ctx, NIC82599_INTX, false);
	n->intx = false;
}
