/*
 * What kernels that others wrote do to the hardware, in guests of our own: each checks itself, and
 * prints the same natively and trapped. What only time decides (how many ticks) is not printed.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "rig.h"

#include <stdio.h>
#include <string.h>

#define SECTORS 400u
#define BUDGET  40000000000ull /* cycles */
#define SLICE   1000000ull

struct guest {
    char name[16];
    char expected[64]; /* a line that must be there, beyond the checks */
};

static struct guest guests[] = {
    {"apic", "cpus 1, local APIC fee00000 id 0, IO-APIC fec00000\n"},
    {"ide_slave", "ok: CHS finds what LBA wrote\n"},
    {"keyboard", "cursor 84, text xv6-unix"},
    {"high_half", "ok: code and data through a base that wraps\n"},
    {"selectors", "ok: CS and SS with one selector work side by side\n"},
    {"preempt", "ok: while they were exchanged\n"},
};
#define GUESTS (sizeof(guests) / sizeof(guests[0]))

/* --- two disks whose sectors say where they are --- */

struct disk {
    uint32_t words[SECTORS][DISK_SECTOR / 4];
};

static bool disk_read(void *opaque, uint32_t lba, uint8_t *sector)
{
    memcpy(sector, ((struct disk *)opaque)->words[lba], DISK_SECTOR);
    return true;
}

static bool disk_write(void *opaque, uint32_t lba, const uint8_t *sector)
{
    memcpy(((struct disk *)opaque)->words[lba], sector, DISK_SECTOR);
    return true;
}

static void give_disks(struct rig *r, struct disk disk[2])
{
    for (unsigned n = 0; n < 2; n++) {
        for (uint32_t i = 0; i < SECTORS; i++)
            disk[n].words[i][0] = (n ? 0x51a7e000u : 0x3a57e000u) + i;
        r->config.vm[0].disk[n] = (struct disk_backend){SECTORS, disk_read, disk_write, &disk[n]};
    }
}

/* --- a person at the keyboard: make and break codes of set 2, as the guest takes them --- */

/* "xv6-unix", 76 more, Enter */
static const uint8_t first[] = {0x22, 0x2a, 0x36, 0x4e, 0x3c, 0x31, 0x43, 0x22};
#define KEYS 85u

static uint8_t scancode(unsigned byte)
{
    unsigned key = byte / 3;
    uint8_t make = key < sizeof(first) ? first[key] : key == KEYS - 1 ? 0x5a : 0x1c;
    return byte % 3 == 1 ? 0xf0 : make;
}

static void type(struct rig *r, unsigned *typed)
{
    if (!strstr(r->console->text, "press keys"))
        return;
    while (*typed < KEYS * 3 && hv_key_in(r->hv, 0, scancode(*typed)))
        (*typed)++;
}

static void run(struct rig *r, enum hv_mode_id mode, const struct guest *g, struct disk disk[2])
{
    char name[64];
    unsigned typed = 0;
    snprintf(name, sizeof(name), "tests/real_%s", g->name);
    rig_init(r, mode);
    r->config.ram_bytes = 16u << 20;
    r->config.boot_time = 1131969600u; /* 2005-11-14 12:00 */
    memset(disk, 0, 2 * sizeof(disk[0]));
    give_disks(r, disk);
    rig_create(r);
    rig_load_guest(r, 0, name, "");
    enum hv_stop stop = HV_STOP_LIMIT;
    while (stop != HV_STOP_ENDED && hv_cycle(r->hv) < BUDGET) {
        stop = rig_run(r, hv_cycle(r->hv) + SLICE);
        type(r, &typed);
    }
    cr_expect_eq(rig_vm(r, 0)->s.end, VM_EXITED, "%s: %s\n%s", hv_modes[mode]->name,
                 rig_vm(r, 0)->end_text, r->console->text);
    cr_expect_eq(rig_vm(r, 0)->s.exit_value, 0, "%s:\n%s", hv_modes[mode]->name, r->console->text);
}

ParameterizedTestParameters(real, sequences_of_other_kernels_work_and_look_the_same_trapped)
{
    return cr_make_param_array(struct guest, guests, GUESTS);
}

ParameterizedTest(struct guest *g, real, sequences_of_other_kernels_work_and_look_the_same_trapped)
{
    static struct disk native_disk[2], trap_disk[2];
    struct rig native, trap;
    struct hv_audit a;
    run(&native, MODE_native, g, native_disk);
    run(&trap, MODE_trap, g, trap_disk);
    cr_expect_neq(strstr(native.console->text, g->expected), NULL, "%s", native.console->text);
    cr_expect_eq(strstr(native.console->text, "FAIL"), NULL, "%s", native.console->text);
    cr_expect_str_eq(trap.console->text, native.console->text);
    cr_expect_arr_eq(trap_disk, native_disk, sizeof(trap_disk));
    hv_audit(trap.hv, &a);
    cr_expect_eq(a.foreign + a.gates + a.ports + a.inconsistent, 0, "%s", a.first);
    rig_destroy(&native);
    rig_destroy(&trap);
}
