/*
 * Chooses the attack that the command line names, and what all of them use.
 */
#include "attack.h"

struct kit_fault probed;

static const struct {
    const char *name;
    int (*run)(void);
} attacks[] = {
#define ATTACK(name, end, like, mutant, text) {#name, attack_##name},
#include "../attacks.def"
#undef ATTACK
};

static int told(const char *what, int vector)
{
    if (vector == KIT_NO_FAULT)
        kit_printf("%s: no fault\n", what);
    else
        kit_printf("%s: vector %d, error %x, eip %08x, cr2 %08x\n", what, vector,
                   vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 ? probed.error : 0,
                   probed.eip, vector == PF ? probed.cr2 : 0);
    return vector;
}

int probe(const char *what, void (*f)(void *), void *argument)
{
    return told(what, kit_catch(f, argument, &probed));
}

int catch_in(unsigned ring, void (*f)(void *), void *argument, struct kit_fault *fault)
{
    return ring ? kit_catch_in_ring(ring, f, argument, fault) : kit_catch(f, argument, fault);
}

int probe_in(unsigned ring, const char *what, void (*f)(void *), void *argument)
{
    return told(what, catch_in(ring, f, argument, &probed));
}

uint32_t fold(uint32_t sum, uint32_t value)
{
    return ((sum << 5 | sum >> 27) ^ value) * 0x9e3779b1u;
}

void read_through(void *argument)
{
    struct through *t = argument;
    __asm__ volatile("movl %1, %%fs; movl %%fs:(%2), %0"
                     : "=r"(t->value)
                     : "r"(t->sel), "r"(t->offset)
                     : "memory");
}

void write_through(void *argument)
{
    struct through *t = argument;
    __asm__ volatile("movl %0, %%fs; movl %2, %%fs:(%1)"
                     :
                     : "r"(t->sel), "r"(t->offset), "r"(t->value)
                     : "memory");
}

void read_at(void *argument)
{
    struct at *a = argument;
    a->value = *(volatile uint32_t *)a->address;
}

void write_at(void *argument)
{
    const struct at *a = argument;
    *(volatile uint32_t *)a->address = a->value;
}

void call_at(void *argument)
{
    struct at *a = argument;
    __asm__ volatile("call *%1" : "=a"(a->value) : "r"(a->address) : "ecx", "edx", "memory");
}

uint32_t *directory(void)
{
    return (uint32_t *)(read_cr3() & ~0xfffu);
}

void map_anywhere(uint32_t address, uint32_t pa, uint32_t flags)
{
    static uint32_t tables[8][1024] __attribute__((aligned(4096)));
    static unsigned used;
    uint32_t *pde = &directory()[address >> 22];
    if (!(*pde & KIT_PRESENT))
        *pde = (uint32_t)tables[used++] | KIT_PRESENT | KIT_WRITE | KIT_USER;
    volatile uint32_t *table = (uint32_t *)(*pde & ~0xfffu);
    table[address >> 12 & 1023] = flags ? (pa & ~0xfffu) | flags : 0;
    kit_flush(address);
}

static bool named(const char *name)
{
    const char *line = kit_multiboot ? (const char *)kit_multiboot->cmdline : "";
    return strcmp(line, name) == 0;
}

int main(void)
{
    for (unsigned i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (named(attacks[i].name)) {
            int failed = attacks[i].run();
            return failed ? failed : kit_failures;
        }
    kit_put("no such attack\n");
    return 99;
}
