/*
 * What the hostile guests share: one image, one attack per boot, chosen by the command line.
 *
 * An attack is `int attack_NAME(void)`; it returns the number of checks that failed. It prints what
 * it met, so that a run on bare hardware and one under the hypervisor can be compared word by word.
 */
#ifndef ATTACK_H
#define ATTACK_H

#include "kit/kit.h"

#define ATTACK(name, end, like, mutant, text) int attack_##name(void);
#include "../attacks.def"
#undef ATTACK

#define PF 14
#define GP 13

/* Calls f(argument), prints "what: ..." with what came of it, and gives the vector. */
int probe(const char *what, void (*f)(void *), void *argument);
int probe_in(unsigned ring, const char *what, void (*f)(void *), void *argument);
/* Catches in any ring, 0 too. */
int catch_in(unsigned ring, void (*f)(void *), void *argument, struct kit_fault *fault);
extern struct kit_fault probed; /* of the latest probe */

/* Folds a value into a running sum that is printed at the end: many results in one word. */
uint32_t fold(uint32_t sum, uint32_t value);

/* One access through FS, loaded with a selector first; value is written or what was read. */
struct through {
    uint32_t sel, offset, value;
};
void read_through(void *through);
void write_through(void *through);

/* One access through DS. */
struct at {
    uint32_t address, value;
};
void read_at(void *at);
void write_at(void *at);
void call_at(void *at); /* value: what the code there returned in EAX */

/* Both 8259A, from vectors 20h and 28h on; of their lines only the timer's is open. */
void pic_on(void);

/* The page directory in CR3; paging is on and low memory is mapped one to one. */
uint32_t *directory(void);
/* Makes `address` show the page at pa through a table of the attack's own. */
void map_anywhere(uint32_t address, uint32_t pa, uint32_t flags);

static inline uint32_t read_cr0(void)
{
    uint32_t v;
    __asm__ volatile("movl %%cr0, %0" : "=r"(v));
    return v;
}

static inline void write_cr0(uint32_t v)
{
    __asm__ volatile("movl %0, %%cr0" : : "r"(v) : "memory");
}

static inline uint32_t read_cr3(void)
{
    uint32_t v;
    __asm__ volatile("movl %%cr3, %0" : "=r"(v));
    return v;
}

static inline void write_cr3(uint32_t v)
{
    __asm__ volatile("movl %0, %%cr3" : : "r"(v) : "memory");
}

static inline void write_cr4(uint32_t v)
{
    __asm__ volatile("movl %0, %%cr4" : : "r"(v) : "memory");
}

/* A free page well above the guest's image, below 16 MiB. */
#define PAGE(n) (0x00800000u + (n)*4096u)

#define HOLE       0xfc000000u
#define HV_STUBS   0xfc400000u
#define HV_TSS     0xfc401000u
#define HV_STACK   0xfc403000u
#define HV_GDT     0xfc408000u
#define HV_IDT     0xfc428000u
#define LAST_PAGE  0xfffff000u
#define ONE_AND_US 0xff80u /* the hypervisor's first own selector */

#endif
