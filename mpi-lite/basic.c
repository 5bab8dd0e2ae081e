/* basic.c - the predefined datatypes, as constants. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "mpi-lite/type.h"

/* As in tags.c, mpi.h is not included. Pairs have holes: sizes as C has them. */

#define BASIC(name, kind, bytes, spans) \
	extern const struct type ompi_mpi_##name; \
	const struct type ompi_mpi_##name = { \
		.tag = { TAG_TYPE, ELEM_##kind }, .elem = ELEM_##kind, \
		.node = TYPE_BASIC, .plain = (bytes) == (spans), \
		.committed = 1, .size = bytes, .extent = spans, \
		.elems = (ELEM_##kind) >= ELEM_FLOAT_INT ? 2 : 1, \
		.true_extent = spans, \
	}

BASIC(datatype_null, NULL, 0, 0);
BASIC(lb, NULL, 0, 0);
BASIC(ub, NULL, 0, 0);
BASIC(byte, BYTE, 1, 1);
BASIC(packed, BYTE, 1, 1);
BASIC(char, CHAR, 1, 1);
BASIC(character, CHAR, 1, 1);
BASIC(signed_char, I8, 1, 1);
BASIC(unsigned_char, U8, 1, 1);
BASIC(short, I16, 2, 2);
BASIC(unsigned_short, U16, 2, 2);
BASIC(int, I32, 4, 4);
BASIC(unsigned, U32, 4, 4);
BASIC(long, I64, 8, 8);
BASIC(unsigned_long, U64, 8, 8);
BASIC(long_long_int, I64, 8, 8);
BASIC(unsigned_long_long, U64, 8, 8);
BASIC(int8_t, I8, 1, 1);
BASIC(uint8_t, U8, 1, 1);
BASIC(int16_t, I16, 2, 2);
BASIC(uint16_t, U16, 2, 2);
BASIC(int32_t, I32, 4, 4);
BASIC(uint32_t, U32, 4, 4);
BASIC(int64_t, I64, 8, 8);
BASIC(uint64_t, U64, 8, 8);
BASIC(aint, I64, 8, 8);
BASIC(offset, I64, 8, 8);
BASIC(count, I64, 8, 8);
BASIC(wchar, WCHAR, 4, 4);
BASIC(float, F32, 4, 4);
BASIC(double, F64, 8, 8);
BASIC(long_double, F80, 16, 16);
BASIC(c_bool, BOOL, 1, 1);
BASIC(cxx_bool, BOOL, 1, 1);
BASIC(c_float_complex, C32, 8, 8);
BASIC(c_double_complex, C64, 16, 16);
BASIC(c_long_double_complex, C80, 32, 32);
BASIC(cxx_cplex, C32, 8, 8);
BASIC(cxx_dblcplex, C64, 16, 16);
BASIC(cxx_ldblcplex, C80, 32, 32);
BASIC(logical, L32, 4, 4);
BASIC(logical1, L8, 1, 1);
BASIC(logical2, L16, 2, 2);
BASIC(logical4, L32, 4, 4);
BASIC(logical8, L64, 8, 8);
BASIC(integer, I32, 4, 4);
BASIC(integer1, I8, 1, 1);
BASIC(integer2, I16, 2, 2);
BASIC(integer4, I32, 4, 4);
BASIC(integer8, I64, 8, 8);
BASIC(integer16, I128, 16, 16);
BASIC(real, F32, 4, 4);
BASIC(real2, F16, 2, 2);
BASIC(real4, F32, 4, 4);
BASIC(real8, F64, 8, 8);
BASIC(real16, F128, 16, 16);
BASIC(dblprec, F64, 8, 8);
BASIC(cplex, C32, 8, 8);
BASIC(complex4, NULL, 4, 4);
BASIC(complex8, C32, 8, 8);
BASIC(complex16, C64, 16, 16);
BASIC(complex32, C128, 32, 32);
BASIC(dblcplex, C64, 16, 16);
BASIC(ldblcplex, C80, 32, 32);

BASIC(float_int, FLOAT_INT, 8, 8);
BASIC(double_int, DOUBLE_INT, 12, 16);
BASIC(long_int, LONG_INT, 12, 16);
BASIC(short_int, SHORT_INT, 6, 8);
BASIC(longdbl_int, LDBL_INT, 20, 32);
BASIC(2int, 2I32, 8, 8);
BASIC(2integer, 2I32, 8, 8);
BASIC(2real, 2F32, 8, 8);
BASIC(2dblprec, 2F64, 16, 16);
BASIC(2cplex, 2C32, 16, 16);
BASIC(2dblcplex, 2C64, 32, 32);
