/* pi.c - pi to many digits: Machin's series, its terms dealt to the ranks. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * pi = 16 arctan(1/5) - 4 arctan(1/239), in fixed point: limb 0 is the integer
 * part, each further limb 32 bits of the fraction. Every rank sums its share
 * of the terms without carrying; MPI_Allreduce adds the sums limb by limb, and
 * the carries are done once at the end. The sum is exact in any order, so any
 * number of ranks prints the same digits.
 */

static int limbs;

/* a /= d; a non-negative. */
static void
divide(uint32_t *a, uint32_t d)
{
	uint64_t rest = 0;

	for (int i = 0; i < limbs; i++) {
		rest = rest << 32 | a[i];
		a[i] = (uint32_t)(rest / d);
		rest %= d;
	}
}

/* Adds this rank's terms of factor * arctan(1/x) to sum. */
static void
add_arctan(int64_t *sum, int factor, uint32_t x, int rank, int size, int terms)
{
	uint32_t *power = calloc((size_t)limbs, sizeof(*power));
	uint32_t *term = calloc((size_t)limbs, sizeof(*term));

	power[0] = (uint32_t)abs(factor);
	divide(power, x);
	for (int k = 0; k < terms; k++) {
		int sign = (k % 2 == 0) == (factor > 0) ? 1 : -1;

		if (k % size == rank) {
			memcpy(term, power, (size_t)limbs * sizeof(*term));
			divide(term, (uint32_t)(2 * k + 1));
			for (int i = 0; i < limbs; i++)
				sum[i] += sign * (int64_t)term[i];
		}
		divide(power, x * x);
	}
	free(power);
	free(term);
}

static void
carry(int64_t *sum)
{
	for (int i = limbs - 1; i > 0; i--) {
		sum[i - 1] += sum[i] >> 32;
		sum[i] &= 0xffffffff;
	}
}

static void
print_digits(int64_t *sum, int digits)
{
	printf("%lld.", (long long)sum[0]);
	for (int d = 0; d < digits; d++) {
		sum[0] = 0;
		for (int i = 1; i < limbs; i++)
			sum[i] *= 10;
		carry(sum);
		printf("%lld", (long long)sum[0]);
	}
	printf("\n");
}

int
main(int argc, char **argv)
{
	int rank, size, digits = argc > 1 ? atoi(argv[1]) : 1000;
	int64_t *mine, *sum;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	if (digits < 1 || digits > 100000) {
		if (rank == 0)
			fprintf(stderr, "usage: pi [DIGITS]  (1 to 100000)\n");
		MPI_Abort(MPI_COMM_WORLD, 2);
	}
	/* 9.63 digits a limb, and two limbs against rounding. */
	limbs = 4 + (int)(digits / 9.63);
	mine = calloc((size_t)limbs, sizeof(*mine));
	sum = calloc((size_t)limbs, sizeof(*sum));
	add_arctan(mine, 16, 5, rank, size, (int)(digits / 1.39) + 10);
	add_arctan(mine, -4, 239, rank, size, (int)(digits / 4.75) + 10);
	MPI_Allreduce(mine, sum, limbs, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
	carry(sum);
	if (rank == 0)
		print_digits(sum, digits);
	free(mine);
	free(sum);
	MPI_Finalize();
	return 0;
}
