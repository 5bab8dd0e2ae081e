/* arith.c - the predefined operations on every kind of element. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/op.h"

#include <complex.h>
#include <stddef.h>

/*
 * One function per element type, each a switch of loops that a compiler can
 * vectorise. MPI-3.1 §5.9.2 says which operation is defined for which type.
 */

#define EACH(expr) \
	for (i64 i = 0; i < n; i++) \
		b[i] = (__typeof__(b[0]))(expr); \
	return true

#define ORDERED \
	case OP_MAX: \
		EACH(a[i] > b[i] ? a[i] : b[i]); \
	case OP_MIN: \
		EACH(a[i] < b[i] ? a[i] : b[i])

#define ADDED \
	case OP_SUM: \
		EACH(a[i] + b[i]); \
	case OP_PROD: \
		EACH(a[i] * b[i])

#define LOGICAL \
	case OP_LAND: \
		EACH(a[i] != 0 && b[i] != 0); \
	case OP_LOR: \
		EACH(a[i] != 0 || b[i] != 0); \
	case OP_LXOR: \
		EACH((a[i] != 0) != (b[i] != 0))

#define BITS \
	case OP_BAND: \
		EACH(a[i] & b[i]); \
	case OP_BOR: \
		EACH(a[i] | b[i]); \
	case OP_BXOR: \
		EACH(a[i] ^ b[i])

#define MOVED \
	case OP_REPLACE: \
		EACH(a[i]); \
	case OP_NO_OP: \
		return true

#define ARITH(name, type, ...) \
	static bool \
	arith_##name(enum tag_op op, const type *a, type *b, i64 n) \
	{ \
		switch (op) { \
		__VA_ARGS__; \
		default: \
			return false; \
		} \
	}

#define INTEGER ORDERED; ADDED; LOGICAL; BITS; MOVED
/* Logical operations on them are beyond MPI, and in use. */
#define REAL ORDERED; ADDED; LOGICAL; MOVED

/* Integers are added without sign, so that they wrap as they do in MPI. */
#define SIGNED(name, type, utype) \
	static bool \
	arith_##name(enum tag_op op, const type *a, type *b, i64 n) \
	{ \
		switch (op) { \
		case OP_SUM: \
			EACH((utype)a[i] + (utype)b[i]); \
		case OP_PROD: \
			EACH((utype)1 * (utype)a[i] * (utype)b[i]); \
		ORDERED; \
		LOGICAL; \
		BITS; \
		MOVED; \
		default: \
			return false; \
		} \
	}

typedef __int128 i128;
typedef unsigned __int128 u128;
typedef __float128 f128;
typedef float complex c32;
typedef double complex c64;
typedef long double complex c80;

SIGNED(i8, i8, u32)
SIGNED(i16, i16, u32)
SIGNED(i32, i32, u32)
SIGNED(i64, i64, u64)
SIGNED(i128, i128, u128)
ARITH(u8, u8, INTEGER)
ARITH(u16, u16, INTEGER)
ARITH(u32, u32, INTEGER)
ARITH(u64, u64, INTEGER)
ARITH(f32, float, REAL)
ARITH(f64, double, REAL)
ARITH(f80, long double, REAL)
ARITH(f128, f128, REAL)
ARITH(c32, c32, ADDED; MOVED)
ARITH(c64, c64, ADDED; MOVED)
ARITH(c80, c80, ADDED; MOVED)
ARITH(bool, bool, LOGICAL; MOVED)
ARITH(byte, u8, BITS; MOVED)
ARITH(l8, i8, LOGICAL; MOVED)
ARITH(l16, i16, LOGICAL; MOVED)
ARITH(l32, i32, LOGICAL; MOVED)
ARITH(l64, i64, LOGICAL; MOVED)

/* Pairs: the greater (lesser) value with its index, the lower one if equal. */
#define PAIR(name, vtype, itype) \
	struct pair_##name { \
		vtype value; \
		itype index; \
	}; \
	static bool \
	arith_##name(enum tag_op op, const struct pair_##name *a, \
	    struct pair_##name *b, i64 n) \
	{ \
		if (op == OP_NO_OP) \
			return true; \
		if (op != OP_MAXLOC && op != OP_MINLOC && op != OP_REPLACE) \
			return false; \
		for (i64 i = 0; i < n; i++) { \
			bool first = op == OP_REPLACE || \
			    (op == OP_MAXLOC ? a[i].value > b[i].value : \
			    a[i].value < b[i].value) || \
			    (a[i].value == b[i].value && \
			    a[i].index < b[i].index); \
			if (first) \
				b[i] = a[i]; \
		} \
		return true; \
	}

PAIR(float_int, float, int)
PAIR(double_int, double, int)
PAIR(long_int, long, int)
PAIR(short_int, short, int)
PAIR(ldbl_int, long double, int)
PAIR(2i32, i32, i32)
PAIR(2f32, float, float)
PAIR(2f64, double, double)

bool
op_arith(enum tag_op op, enum elem e, const void *in, void *inout, i64 n)
{
	switch (e) {
	case ELEM_CHAR:
	case ELEM_I8:
		return arith_i8(op, in, inout, n);
	case ELEM_I16:
		return arith_i16(op, in, inout, n);
	case ELEM_I32:
		return arith_i32(op, in, inout, n);
	case ELEM_I64:
		return arith_i64(op, in, inout, n);
	case ELEM_I128:
		return arith_i128(op, in, inout, n);
	case ELEM_U8:
		return arith_u8(op, in, inout, n);
	case ELEM_U16:
		return arith_u16(op, in, inout, n);
	case ELEM_U32:
		return arith_u32(op, in, inout, n);
	case ELEM_U64:
		return arith_u64(op, in, inout, n);
	case ELEM_F32:
		return arith_f32(op, in, inout, n);
	case ELEM_F64:
		return arith_f64(op, in, inout, n);
	case ELEM_F80:
		return arith_f80(op, in, inout, n);
	case ELEM_F128:
		return arith_f128(op, in, inout, n);
	case ELEM_C32:
		return arith_c32(op, in, inout, n);
	case ELEM_C64:
		return arith_c64(op, in, inout, n);
	case ELEM_C80:
		return arith_c80(op, in, inout, n);
	case ELEM_BOOL:
		return arith_bool(op, in, inout, n);
	case ELEM_BYTE:
		return arith_byte(op, in, inout, n);
	case ELEM_L8:
		return arith_l8(op, in, inout, n);
	case ELEM_L16:
		return arith_l16(op, in, inout, n);
	case ELEM_L32:
		return arith_l32(op, in, inout, n);
	case ELEM_L64:
		return arith_l64(op, in, inout, n);
	case ELEM_FLOAT_INT:
		return arith_float_int(op, in, inout, n);
	case ELEM_DOUBLE_INT:
		return arith_double_int(op, in, inout, n);
	case ELEM_LONG_INT:
		return arith_long_int(op, in, inout, n);
	case ELEM_SHORT_INT:
		return arith_short_int(op, in, inout, n);
	case ELEM_LDBL_INT:
		return arith_ldbl_int(op, in, inout, n);
	case ELEM_2I32:
		return arith_2i32(op, in, inout, n);
	case ELEM_2F32:
		return arith_2f32(op, in, inout, n);
	case ELEM_2F64:
		return arith_2f64(op, in, inout, n);
	default:
		return false;
	}
}
