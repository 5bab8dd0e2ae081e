/* check.c - checks the demo's results by other means, in one process. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * check pi < DIGITS      pi once more, by the spigot of Rabinowitz and Wagon
 * check heat STEPS < FILE   the plate once more, serially
 * Exits with 0 if they agree.
 */

enum { N = 96 };

static int
check_pi(void)
{
	static char given[200000];
	int digits, len, at = 0, nines = 0, predigit = -1, carry;
	int *a;

	if (!fgets(given, sizeof(given), stdin) || strncmp(given, "3.", 2))
		return 1;
	given[strcspn(given, "\n")] = 0;
	memmove(given + 1, given + 2, strlen(given + 1));
	digits = (int)strlen(given);
	len = (digits + 8) * 10 / 3 + 1;
	a = malloc((size_t)len * sizeof(*a));
	for (int i = 0; i < len; i++)
		a[i] = 2;
	while (at < digits) {
		carry = 0;
		for (int i = len - 1; i >= 0; i--) {
			long x = 10L * a[i] + (long)carry * (i + 1);

			a[i] = (int)(x % (2 * i + 1));
			carry = (int)(x / (2 * i + 1));
		}
		a[0] = carry % 10;
		carry /= 10;
		if (carry == 9) {
			nines++;
			continue;
		}
		if (predigit >= 0 && given[at++] != '0' + predigit + carry / 10)
			return 1;
		for (; nines > 0 && at < digits; nines--)
			if (given[at++] != (carry == 10 ? '0' : '9'))
				return 1;
		nines = 0;
		predigit = carry % 10;
	}
	free(a);
	return 0;
}

static double now[N + 2][N + 2], next[N + 2][N + 2];

static int
check_heat(int steps)
{
	double given, worst = 0;

	for (int i = 0; i < N + 2; i++)
		for (int j = 0; j < N + 2; j++) {
			double d = hypot(i - 1 - 2 * N / 3.0,
			    j - 1 - N / 3.0);

			now[i][j] = i == 0 ? 100 : d < N / 8.0 ? 80 : 0;
		}
	memcpy(next, now, sizeof(now));
	for (int s = 0; s < steps; s++) {
		for (int i = 1; i <= N; i++)
			for (int j = 1; j <= N; j++)
				next[i][j] = 0.2 * now[i][j] + 0.2 *
				    (now[i - 1][j] + now[i + 1][j] +
				    now[i][j - 1] + now[i][j + 1]);
		memcpy(now, next, sizeof(now));
	}
	for (int i = 1; i <= N; i++)
		for (int j = 1; j <= N; j++) {
			if (scanf("%lf", &given) != 1)
				return 1;
			worst = fmax(worst, fabs(given - now[i][j]));
		}
	return worst > 1e-9;
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "pi") == 0)
		return check_pi();
	if (argc == 3 && strcmp(argv[1], "heat") == 0)
		return check_heat(atoi(argv[2]));
	fprintf(stderr, "usage: check pi | check heat STEPS\n");
	return 2;
}
