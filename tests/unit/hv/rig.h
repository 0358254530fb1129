/*
 * A hypervisor in a test: costs that are easy to count, a guest of a few bytes or a built one, the
 * console in a buffer.
 */
#ifndef TESTS_HV_RIG_H
#define TESTS_HV_RIG_H

#include "core/internal.h"
#include "mode/trap.h"

#define RIG_CONSOLE 0x40000u
#define RIG_ENTRY   0x10000cu /* where the first byte of rig_load_code's code is */

struct rig_console {
    char text[RIG_CONSOLE];
    size_t length;
};

struct rig_disk {
    uint8_t *bytes;
    uint32_t sectors;
};

struct rig {
    struct hv *hv;
    struct hv_config config;
    struct cost_profile profile;
    struct rig_console *console; /* HV_MAX_VMS of them */
    struct rig_disk disk[HV_MAX_VMS];
};

/* Costs: 1 a base instruction, 10 a hardware event, 100 a piece of hypervisor work; 100 MHz. */
void rig_profile(struct cost_profile *p);

/* Sets a configuration with 4 MiB of memory up; change r->config, then rig_create. Asserts on
 * failure. */
void rig_init(struct rig *r, enum hv_mode_id mode);
void rig_create(struct rig *r);
void rig_destroy(struct rig *r);

/* Gives VM n a copy of <build>/guest-os/disk.img; before rig_create. */
void rig_disk(struct rig *r, unsigned n);

/* Puts bytes where a Multiboot kernel starts, and loads that into VM n. */
void rig_load_code(struct rig *r, unsigned n, const void *code, size_t bytes);
#define RIG_CODE(r, n, ...)                                                                        \
    rig_load_code((r), (n), (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* Loads <build>/guest-os/NAME.elf. */
void rig_load_guest(struct rig *r, unsigned n, const char *name, const char *cmdline);

/* Runs until something ends it; at most `cycles` of the clock. */
enum hv_stop rig_run(struct rig *r, uint64_t cycles);

/* Runs until exit number `exits` has completed. */
enum hv_stop rig_run_exits(struct rig *r, uint64_t exits);

/* The last completed exit. */
const struct vm_exit *rig_last(const struct rig *r);

static inline struct vm *rig_vm(const struct rig *r, unsigned n)
{
    return r->hv->vm[n];
}
static inline struct vcpu *rig_cpu(const struct rig *r)
{
    return &r->hv->vm[0]->cpu;
}

/* All exits of VM n with this reason, whatever became of them. */
uint64_t rig_count(const struct rig *r, unsigned n, enum exit_reason reason);

#endif
