/*
 * Waits with interrupts on. Without a word on its command line for what never comes: it has asked
 * no device for anything, and lets the timer run behind a mask. With "listens" for bytes from COM1,
 * which it throws away.
 */
#include "boot/multiboot.h"
#include "kit/kit.h"

static void throw_away(struct kit_frame *frame)
{
    (void)frame;
    (void)kit_in8(0x3f8);
    kit_out8(0x20, 0x20);
}

static void listen(void)
{
    static const uint8_t words[] = {0x11, 0x20, 0x04, 0x01, 0xef}; /* vectors 20h-27h, IRQ 4 only */
    for (unsigned i = 0; i < sizeof words; i++)
        kit_out8(i ? 0x21 : 0x20, words[i]);
    kit_on(0x24, throw_away);
    kit_out8(0x3f9, 1);
    kit_out8(0x3fc, 0x0b);
}

int main(void)
{
    const char *word = (const char *)kit_multiboot->cmdline;
    kit_put("asleep\n");
    kit_out8(0x43, 0x34);
    kit_out8(0x40, 0xa9);
    kit_out8(0x40, 0x04);
    if (word[0] == 'l')
        listen();
    for (;;)
        __asm__ volatile("sti; hlt");
}
