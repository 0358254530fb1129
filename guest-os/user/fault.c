/*
 * fault KIND: does one forbidden thing. The kernel tells about it and, but for badsyscall, ends
 * this program.
 */
#include "user/lib/bantam.h"

static int *volatile null_pointer;
static const char constant[] = "read only";

static void fault_nullptr(void)
{
    *null_pointer = 1;
}

static void fault_divzero(void)
{
    __asm__ volatile("divl %0" : : "r"(0), "a"(1), "d"(0));
}

static void fault_privileged(void)
{
    __asm__ volatile("hlt");
}

static void fault_badsyscall(void)
{
    printf("fault: the call returned %d\n", system_call(999, 0, 0, 0));
}

static void fault_writero(void)
{
    *(volatile char *)(uintptr_t)constant = 'w';
}

static __attribute__((noipa)) void fault_stack(void)
{
    volatile char room[512];
    room[0] = 1;
    if (room[0] != 0)
        fault_stack();
    room[1] = room[0]; /* not a tail call, which would take no stack */
}

static void fault_jump(void)
{
    ((void (*)(void))0x20000000)();
}

static void fault_ioport(void)
{
    uint8_t value;
    __asm__ volatile("inb $0x21, %0" : "=a"(value));
}

static const struct {
    const char *name;
    void (*act)(void);
} kinds[] = {
    {"nullptr", fault_nullptr},
    {"divzero", fault_divzero},
    {"privileged", fault_privileged},
    {"badsyscall", fault_badsyscall},
    {"writero", fault_writero},
    {"stack", fault_stack},
    {"jump", fault_jump},
    {"ioport", fault_ioport},
};

int main(int argc, char **argv)
{
    for (unsigned i = 0; argc == 2 && i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(argv[1], kinds[i].name) == 0) {
            kinds[i].act();
            return 0;
        }
    }
    eprintf("usage: fault");
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        eprintf("%c%s", i == 0 ? ' ' : '|', kinds[i].name);
    eprintf("\n");
    return 2;
}
