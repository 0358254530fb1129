/*
 * Packing the whole state and putting it back (hv/saved.h).
 *
 * After the numbers are back, each owner derives what hangs on them: the machine and each VM's
 * chips their levels and timers, the CPUs their caches, a mode its reverse maps (hv_mode.restored).
 */
#include "core/saved.h"

#include <stdio.h>
#include <string.h>

static size_t region_bytes(const struct state_region *r)
{
    return state_packed_size(r->desc) * r->count;
}

static size_t list_bytes(const struct saved *saved)
{
    size_t n = 0;
    for (unsigned i = 0; i < saved->count; i++)
        n += region_bytes(&saved->region[i]);
    return n;
}

size_t hv_saved_size(struct hv *hv)
{
    struct saved saved;
    saved_list(hv, &saved);
    return list_bytes(&saved);
}

void hv_saved_pack(struct hv *hv, uint8_t *out)
{
    struct saved saved;
    saved_list(hv, &saved);
    saved_gather(hv, &saved);
    for (unsigned i = 0; i < saved.count; i++) {
        const struct state_region *r = &saved.region[i];
        state_pack_n(r->desc, r->data, r->count, out);
        out += region_bytes(r);
    }
}

/* ---------------------------------------- back */

/*
 * A CPU whose state was written. Driving the interrupt lines again while chips are restored must
 * not count as news: what the CPU had seen of them is state.
 */
struct inputs {
    uint8_t intr, nmi_pending;
};

static struct inputs inputs_of(const struct cpu *c)
{
    return (struct inputs){c->s.intr, c->s.nmi_pending};
}

static void put_inputs(struct cpu *c, struct inputs in)
{
    c->s.intr = in.intr;
    c->s.nmi_pending = in.nmi_pending;
}

static void machine_restored(struct machine *m)
{
    struct inputs in = inputs_of(&m->cpu);
    machine_state_restored(m);
    put_inputs(&m->cpu, in);
}

static void vm_restored(struct vm *vm)
{
    struct cpu *c = &vm->cpu.virt;
    struct inputs in = inputs_of(c);
    clock_restored(&vm->clock);
    cpu_state_changed(c);
    pc_state_restored(vm->pc);
    put_inputs(c, in);
}

static void unpack(const struct saved *saved, const uint8_t *in)
{
    for (unsigned i = 0; i < saved->count; i++) {
        const struct state_region *r = &saved->region[i];
        state_unpack_n(r->desc, r->data, r->count, in);
        in += region_bytes(r);
    }
}

static enum sim_status derive(struct hv *hv, const struct saved *saved, bool foreign,
                              struct sim_error *err)
{
    enum sim_status status = SIM_OK;
    bool guests = hv->mode->has_hypervisor;
    machine_restored(hv->machine);
    for (unsigned v = 0; v < hv->vms && guests; v++)
        vm_restored(hv->vm[v]);
    saved_put(hv, saved);
    for (unsigned v = 0; v < hv->vms && guests && status == SIM_OK; v++)
        status = hv->mode->restored(hv->vm[v], foreign, err);
    return status;
}

enum sim_status hv_saved_unpack(struct hv *hv, const uint8_t *in, size_t n, struct sim_error *err)
{
    struct saved saved;
    saved_list(hv, &saved);
    if (n != list_bytes(&saved))
        return sim_fail(err, SIM_BAD_INPUT, "a saved state of %zu bytes: here it has %zu", n,
                        list_bytes(&saved));
    unpack(&saved, in);
    enum sim_status status = saved_check(hv, &saved, err);
    return status == SIM_OK ? derive(hv, &saved, true, err) : status;
}

enum sim_status hv_saved_put_back(struct hv *hv, const uint8_t *in, struct sim_error *err)
{
    struct saved saved;
    saved_list(hv, &saved);
    unpack(&saved, in);
    return derive(hv, &saved, false, err);
}

/* ---------------------------------------- does it fit */

static uint64_t hash_text(uint64_t hash, const char *text)
{
    return state_hash_bytes(hash, text, strlen(text));
}

static uint64_t hash_config(uint64_t hash, const struct hv *hv)
{
    const struct hv_config *c = &hv->config;
    uint64_t words[] = {(uint64_t)c->mode,
                        (uint64_t)hv->io,
                        c->cpu.traps,
                        c->ram_bytes,
                        c->vms,
                        c->tsc_emulate,
                        c->pv_batch,
                        c->seed,
                        c->boot_time,
                        c->slice_cycles,
                        c->shadow_pages,
                        insn_row_count,
                        hv->frame_count,
                        c->profile->clock_hz,
                        hv->machine->ram.size};
    hash = state_hash_bytes(hash, words, sizeof(words));
    hash = state_hash_bytes(hash, c->profile->hw.cycles, sizeof(c->profile->hw.cycles));
    hash = state_hash_bytes(hash, c->profile->hv.cycles, sizeof(c->profile->hv.cycles));
    for (unsigned n = 0; n < hv->vms; n++) {
        const uint32_t vm[] = {c->vm[n].disk[0].sectors, c->vm[n].disk[1].sectors,
                               c->vm[n].disk[0].write != NULL, c->vm[n].disk[1].write != NULL,
                               c->vm[n].host.instant_serial};
        hash = state_hash_bytes(hash, vm, sizeof(vm));
    }
    return hash;
}

uint64_t hv_saved_layout(struct hv *hv)
{
    struct saved saved;
    uint64_t hash = hash_config(STATE_HASH_SEED, hv);
    saved_list(hv, &saved);
    for (unsigned i = 0; i < saved.count; i++) {
        const struct state_region *r = &saved.region[i];
        uint64_t words[] = {r->desc->version, region_bytes(r), (uint64_t)(r->vm + 1)};
        hash = hash_text(hash_text(hash, r->name), r->desc->name);
        hash = state_hash_bytes(hash, words, sizeof(words));
    }
    return hash;
}

/* The field that packed byte `at` of a struct belongs to. */
static const char *field_at(const struct state_desc *desc, size_t at)
{
    uint32_t i = 0;
    for (; i + 1 < desc->field_count; i++) {
        size_t bytes = (size_t)desc->fields[i].size * desc->fields[i].count;
        if (at < bytes)
            break;
        at -= bytes;
    }
    return desc->fields[i].name;
}

static void describe(const struct state_region *r, size_t at, char *text, unsigned text_size)
{
    size_t size = state_packed_size(r->desc);
    char owner[16] = "";
    if (r->vm != SAVED_SHARED)
        (void)snprintf(owner, sizeof(owner), "vm%d ", r->vm);
    (void)snprintf(text, text_size, "%s%s[%zu].%s", owner, r->name, at / size,
                   field_at(r->desc, at % size));
}

bool hv_saved_difference(struct hv *hv, const uint8_t *a, const uint8_t *b, char *text,
                         unsigned text_size)
{
    struct saved saved;
    saved_list(hv, &saved);
    if (text_size)
        text[0] = 0;
    for (unsigned i = 0; i < saved.count; i++) {
        size_t n = region_bytes(&saved.region[i]), at = 0;
        while (at < n && a[at] == b[at])
            at++;
        if (at < n) {
            describe(&saved.region[i], at, text, text_size);
            return true;
        }
        a += n;
        b += n;
    }
    return false;
}
