/* heat.c - heat spreads over a plate: a 2-D stencil with halo exchange. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The plate is cut into blocks, one per rank, in a grid as square as the
 * number of ranks allows. Each step exchanges the rows and columns at the
 * blocks' edges and moves each point towards its four neighbours. The arithmetic of a point does
 * not depend on the cut: any number of ranks writes the same file.
 */

enum { N = 96, UP = 1, DOWN = 2, LEFT = 3, RIGHT = 4 };

static int rows, cols;          /* grid of ranks */
static int my_row, my_col;
static int first_row, first_col, height, width;
static int neighbour[5];
static double *now, *next;      /* (height + 2) x (width + 2) */
static MPI_Datatype column;

static double *
at(double *plate, int i, int j)
{
	return &plate[i * (width + 2) + j];
}

static void
cut(int rank, int size)
{
	for (rows = 1; (rows + 1) * (rows + 1) <= size; rows++)
		;
	while (size % rows)
		rows--;
	cols = size / rows;
	my_row = rank / cols;
	my_col = rank % cols;
	first_row = N * my_row / rows;
	first_col = N * my_col / cols;
	height = N * (my_row + 1) / rows - first_row;
	width = N * (my_col + 1) / cols - first_col;
	neighbour[UP] = my_row > 0 ? rank - cols : MPI_PROC_NULL;
	neighbour[DOWN] = my_row < rows - 1 ? rank + cols : MPI_PROC_NULL;
	neighbour[LEFT] = my_col > 0 ? rank - 1 : MPI_PROC_NULL;
	neighbour[RIGHT] = my_col < cols - 1 ? rank + 1 : MPI_PROC_NULL;
}

/* A hot spot on the plate and a hot upper edge. */
static void
heat_up(void)
{
	for (int i = 0; i < height + 2; i++)
		for (int j = 0; j < width + 2; j++) {
			int x = first_row + i - 1, y = first_col + j - 1;
			double d = hypot(x - 2 * N / 3.0, y - N / 3.0);

			*at(now, i, j) = x < 0 ? 100 : d < N / 8.0 ? 80 : 0;
			*at(next, i, j) = *at(now, i, j);
		}
}

static void
exchange(void)
{
	MPI_Comm w = MPI_COMM_WORLD;
	MPI_Status st;

	MPI_Sendrecv(at(now, 1, 1), width, MPI_DOUBLE, neighbour[UP], 1,
	    at(now, height + 1, 1), width, MPI_DOUBLE, neighbour[DOWN], 1, w,
	    &st);
	MPI_Sendrecv(at(now, height, 1), width, MPI_DOUBLE, neighbour[DOWN], 2,
	    at(now, 0, 1), width, MPI_DOUBLE, neighbour[UP], 2, w, &st);
	MPI_Sendrecv(at(now, 1, 1), 1, column, neighbour[LEFT], 3,
	    at(now, 1, width + 1), 1, column, neighbour[RIGHT], 3, w, &st);
	MPI_Sendrecv(at(now, 1, width), 1, column, neighbour[RIGHT], 4,
	    at(now, 1, 0), 1, column, neighbour[LEFT], 4, w, &st);
}

/* One step; the largest change of this rank's points. */
static double
step(void)
{
	double *swap, change = 0;

	for (int i = 1; i <= height; i++)
		for (int j = 1; j <= width; j++) {
			double around = *at(now, i - 1, j) +
			    *at(now, i + 1, j) + *at(now, i, j - 1) +
			    *at(now, i, j + 1);
			double v = *at(now, i, j) +
			    0.2 * (around - 4 * *at(now, i, j));

			*at(next, i, j) = v;
			change = fmax(change, fabs(v - *at(now, i, j)));
		}
	swap = now;
	now = next;
	next = swap;
	return change;
}

/* Rank 0 gathers the blocks and writes the plate, a row a line. */
static void
write_plate(const char *path, int rank, int size)
{
	double *plate = malloc(N * N * sizeof(double));
	FILE *f;

	memset(plate, 0, N * N * sizeof(double));
	for (int i = 0; i < height; i++)
		memcpy(&plate[(first_row + i) * N + first_col],
		    at(now, i + 1, 1), (size_t)width * sizeof(double));
	MPI_Reduce(rank == 0 ? MPI_IN_PLACE : plate, plate, N * N, MPI_DOUBLE,
	    MPI_SUM, 0, MPI_COMM_WORLD);
	if (rank == 0) {
		f = fopen(path, "w");
		if (!f) {
			perror(path);
			MPI_Abort(MPI_COMM_WORLD, 1);
		}
		for (int i = 0; i < N; i++)
			for (int j = 0; j < N; j++)
				fprintf(f, "%.12f%c", plate[i * N + j],
				    j == N - 1 ? '\n' : ' ');
		fclose(f);
		printf("%d x %d plate on %d ranks (%d x %d) written to %s\n",
		    N, N, size, rows, cols, path);
	}
	free(plate);
}

int
main(int argc, char **argv)
{
	int rank, size, steps = argc > 2 ? atoi(argv[2]) : 500;
	double mine = 0, change = 0;
	size_t bytes;

	MPI_Init(&argc, &argv);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	cut(rank, size);
	bytes = (size_t)(height + 2) * (size_t)(width + 2) * sizeof(double);
	now = malloc(bytes);
	next = malloc(bytes);
	heat_up();
	MPI_Type_vector(height, 1, width + 2, MPI_DOUBLE, &column);
	MPI_Type_commit(&column);
	for (int i = 0; i < steps; i++) {
		exchange();
		mine = step();
	}
	MPI_Allreduce(&mine, &change, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
	if (rank == 0)
		printf("after %d steps the largest change is %.6e\n", steps,
		    change);
	write_plate(argc > 1 ? argv[1] : "heat.txt", rank, size);
	MPI_Type_free(&column);
	free(now);
	free(next);
	MPI_Finalize();
	return 0;
}
