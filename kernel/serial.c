/* serial.c - the serial line as a console. */
/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel/console.h"

#include "kernel/cpu.h"
#include "kernel/handoff.h"
#include "kernel/lib/string.h"

enum {
	COM1 = 0x3f8,
	COM2 = 0x2f8,
	/* 16550: registers from the port */
	UART_DATA = 0,
	UART_IER = 1,
	UART_FCR = 2,
	UART_LCR = 3,
	UART_LSR = 5,
	UART_SCRATCH = 7,
	LSR_READY = 0x01,
	LSR_THRE = 0x20,
	TX_SPINS_MAX = 100000,
};

static u16 port;

static bool
init(bool warm)
{
	char value[16];

	(void)warm;
	port = COM1;
	if (handoff_option("console", value, sizeof(value)) &&
	    strcmp(value, "ttyS1") == 0)
		port = COM2;
	/* Nothing answers where there is no UART. */
	cpu_out8((u16)(port + UART_SCRATCH), 0x5a);
	if (cpu_in8((u16)(port + UART_SCRATCH)) != 0x5a)
		return false;
	cpu_out8((u16)(port + UART_IER), 0);
	cpu_out8((u16)(port + UART_LCR), 0x80);
	cpu_out8((u16)(port + UART_DATA), 1);   /* 115200 */
	cpu_out8((u16)(port + UART_IER), 0);
	cpu_out8((u16)(port + UART_LCR), 3);    /* 8N1 */
	cpu_out8((u16)(port + UART_FCR), 7);
	return true;
}

static void
put(char c)
{
	u32 spins = 0;

	if (c == '\n')
		put('\r');
	while (!(cpu_in8((u16)(port + UART_LSR)) & LSR_THRE) &&
	    spins++ < TX_SPINS_MAX)
		;
	cpu_out8((u16)(port + UART_DATA), (u8)c);
}

static int
get(void)
{
	if (!(cpu_in8((u16)(port + UART_LSR)) & LSR_READY))
		return -1;
	return cpu_in8((u16)(port + UART_DATA));
}

const struct console serial_console = { init, put, get };
