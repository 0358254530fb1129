/*
 * A console without interrupts that never halts, with the serial port set up as kernels for virtual
 * machines do: no FIFO, no OUT2, hardly a look at the transmitter. Echoes in capitals until `q`.
 */
#include "board.h"

static void send(char c)
{
    for (unsigned i = 0; i < 4 && (kit_in8(BOARD_COM1_PORT + 5) & 0x20) == 0; i++)
        ;
    kit_out8(BOARD_COM1_PORT, (uint8_t)c);
}

int main(void)
{
    static const char hello[] = "a console that never sleeps\n";
    kit_out8(BOARD_COM1_PORT + 2, 0);
    kit_out8(BOARD_COM1_PORT + 3, 0x80);
    kit_out8(BOARD_COM1_PORT, 12); /* 9600 baud */
    kit_out8(BOARD_COM1_PORT + 1, 0);
    kit_out8(BOARD_COM1_PORT + 3, 3);
    kit_out8(BOARD_COM1_PORT + 4, 0);
    for (unsigned i = 0; hello[i] != 0; i++)
        send(hello[i]);
    for (;;) {
        if ((kit_in8(BOARD_COM1_PORT + 5) & 1) == 0)
            continue;
        char c = (char)kit_in8(BOARD_COM1_PORT);
        if (c == 'q')
            return 0;
        send((char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c));
    }
}
