/*
 * Making, running and moving machines.
 */
#include "box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct guest guests[] = {
    {"hello", "tests/hello.elf", "", NULL, 10000000},
    {"traps", "tests/traps.elf", "", NULL, 10000000},
    {"mix", "tests/replay_mix.elf", "", NULL, 10000000},
    {"bantam", "bantam.elf", "run=\"forkwait 20; sieve 2; cat /etc/motd; halt 0\"", "disk.img",
     8000000},
};
const unsigned guest_count = sizeof guests / sizeof guests[0];

#define RAM_BYTES (32u << 20)
#define CLOCK_HZ  20000000u
#define BOOT_TIME 1131969600u

/* Costs that differ from event to event, so that a lost or doubled one shows. */
static const struct sim_costs *costs(void)
{
    static struct sim_costs table;

    for (unsigned i = 0; i < SIM_COSTS; i++)
        table.cycles[i] = 1 + i % 5;
    return &table;
}

/* ------------------------------------------------------------------------------------------ files and devices */

static uint8_t *read_file(const char *name, size_t *size)
{
    char path[1024];
    const char *folder = getenv("RINGSIDE_GUESTS");

    snprintf(path, sizeof path, "%s/%s", folder ? folder : RINGSIDE_BUILD_DIR "/guest-os", name);
    FILE *f = fopen(path, "rb");
    if (!f) {
        fprintf(stderr, "%s is not there\n", path);
        return NULL;
    }
    uint8_t *bytes = malloc(64u << 20);
    if (!bytes)
        abort();
    *size = fread(bytes, 1, 64u << 20, f);
    fclose(f);
    return bytes;
}

static void on_byte(void *opaque, uint8_t byte)
{
    struct box *b = opaque;

    b->output = state_hash_bytes(b->output, &byte, 1);
    b->printed++;
}

static bool disk_read(void *opaque, uint32_t lba, uint8_t *sector)
{
    const struct box *b = opaque;

    memcpy(sector, b->disk + (size_t)lba * 512, 512);
    return true;
}

static bool disk_write(void *opaque, uint32_t lba, const uint8_t *sector)
{
    struct box *b = opaque;

    memcpy(b->disk + (size_t)lba * 512, sector, 512);
    return true;
}

/* ------------------------------------------------------------------------------------------ life */

static bool make_machine(struct box *b, struct machine **m)
{
    struct sim_error err;
    struct machine_config config = {
        .ram_bytes = RAM_BYTES, .clock_hz = CLOCK_HZ, .costs = costs(), .boot_time = BOOT_TIME};

    config.host = (struct pc_host){.opaque = b, .serial_out = on_byte, .debug_out = on_byte};
    if (b->disk)
        config.disk[0] = (struct disk_backend){b->disk_bytes / 512, disk_read, disk_write, b};
    if (machine_create(m, &config, &err) == SIM_OK)
        return true;
    fprintf(stderr, "%s\n", err.text);
    return false;
}

static bool load(struct box *b, const uint8_t *image, size_t size)
{
    const struct loader_input in = {.image = image,
                                    .image_size = size,
                                    .image_name = b->guest->name,
                                    .cmdline = b->guest->cmdline};
    struct loader_memory memory = machine_loader_memory(b->m);
    struct loader_entry entry;
    struct sim_error err;

    if (loader_multiboot(&in, &memory, &entry, &err) != SIM_OK) {
        fprintf(stderr, "%s\n", err.text);
        return false;
    }
    loader_enter(&b->m->cpu, &entry);
    return true;
}

struct box *box_create(const struct guest *g)
{
    size_t size, disk_size = 0;
    uint8_t *image = read_file(g->file, &size);
    struct box *b = calloc(1, sizeof *b);

    if (!image || !b) {
        free(image);
        free(b);
        return NULL;
    }
    b->guest = g;
    b->output = STATE_HASH_SEED;
    if (g->disk)
        b->disk = read_file(g->disk, &disk_size);
    b->disk_bytes = (uint32_t)disk_size;
    if (!make_machine(b, &b->m) || !load(b, image, size)) {
        box_destroy(b);
        b = NULL;
    }
    free(image);
    return b;
}

void box_destroy(struct box *b)
{
    if (!b)
        return;
    machine_destroy(b->m);
    free(b->disk);
    free(b);
}

/* ------------------------------------------------------------------------------------------ running */

bool box_done(const struct box *b)
{
    return b->m->exited || b->m->cpu.s.shutdown || b->m->cpu.stop == CPU_STOP_HALT ||
           b->m->cpu.stop == CPU_STOP_IDLE || b->m->cpu.stop == CPU_STOP_UNSUPPORTED ||
           b->m->cpu.s.icount >= b->guest->length;
}

void box_run(struct box *b, uint64_t insns, uint64_t cycles)
{
    const struct cpu_state *s = &b->m->cpu.s;
    uint64_t insn_limit =
        s->icount + insns < b->guest->length ? s->icount + insns : b->guest->length;

    machine_run(b->m, s->cycle + cycles, insn_limit);
}

void box_finish(struct box *b)
{
    while (!box_done(b))
        box_run(b, b->guest->length, UINT64_MAX / 2);
}

uint64_t box_hash(struct box *b)
{
    uint64_t hash = machine_hash(b->m);

    hash = state_hash_bytes(hash, &b->output, sizeof b->output);
    return b->disk ? state_hash_bytes(hash, b->disk, b->disk_bytes) : hash;
}

/* ------------------------------------------------------------------------------------------ moving */

static bool move_state(struct machine *from, struct machine *to)
{
    struct state_blob a[MACHINE_MAX_BLOBS], b[MACHINE_MAX_BLOBS];
    unsigned n = machine_state(from, a, MACHINE_MAX_BLOBS);

    if (machine_state(to, b, MACHINE_MAX_BLOBS) != n)
        return false;
    for (unsigned i = 0; i < n; i++) {
        size_t size = state_packed_size(a[i].desc);
        uint8_t *packed = malloc(size);
        if (!packed)
            abort();
        state_pack(a[i].desc, a[i].data, packed);
        bool good = state_unpack(b[i].desc, b[i].data, packed, size);
        free(packed);
        if (!good)
            return false;
    }
    return true;
}

bool box_move(struct box *b)
{
    struct machine *fresh;

    if (!make_machine(b, &fresh))
        return false;
    if (!move_state(b->m, fresh)) {
        machine_destroy(fresh);
        return false;
    }
    ram_copy_in(&fresh->ram, 0, b->m->ram.bytes, RAM_BYTES);
    machine_state_restored(fresh);
    machine_destroy(b->m);
    b->m = fresh;
    return true;
}
