/*
 * The processor this test runs on, as an oracle for 32-bit user-level code (x86-64 Linux only).
 *
 * Every x86-64 kernel keeps a 32-bit code segment for programs (selector 23h). A far jump enters
 * it, in this very process; code ends by jumping to RIG_EXIT, or with an exception, which arrives
 * as a signal with the vector in it. The rig's user pages are mapped at the same addresses here, so
 * pointers mean the same on both sides.
 */
#ifndef TESTS_DIFF_HOST_CPU_H
#define TESTS_DIFF_HOST_CPU_H

#include <stdbool.h>
#include <stdint.h>

struct host_state {
    uint32_t gpr[8];
    uint32_t eip, eflags;
};

struct host_fault {
    int vector; /* -1: none */
    uint32_t error, cr2;
};

/* Maps the pages and installs the handlers; false with the reason on stderr if this host cannot do
 * it. */
bool host_open(void);

/* Whether the pages below 64 KiB could be had (RIG_LOW): vm.mmap_min_addr. */
bool host_has_low(void);

/* Whether an address is one of the two pages that this driver itself needs below 4 GiB. */
bool host_owns(uint32_t address);

/* Bytes into the code pages, which are read-only to the code that runs. */
void host_put_code(uint32_t at, const void *bytes, uint32_t n);

/* Runs from s->eip to RIG_EXIT or an exception; *s is then what it left, EIP as the exception's
 * frame has it. */
struct host_fault host_run(struct host_state *s);

#endif
