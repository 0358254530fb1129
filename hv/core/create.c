/*
 * Building a hypervisor with its machine and VMs, and taking it apart.
 */
#include "core/internal.h"

#include "sim/alloc.h"

#include <string.h>

#define MIB 0x100000u
#define FIXED_RESERVE                                                                              \
    64u /* frames: stubs, TSS, stack, page tables, and the M2P of small machines */

void hv_config_init(struct hv_config *c, enum hv_mode_id mode)
{
    *c = (struct hv_config){
        .mode = mode, .ram_bytes = 64 * MIB, .vms = 1, .pv_batch = true, .io = HV_IO_DEFAULT};
    cpu_model_parse(hv_modes[mode]->default_cpu, &c->cpu, NULL);
}

static enum sim_status check(const struct hv_config *c, struct sim_error *err)
{
    if ((unsigned)c->mode >= HV_MODES)
        return sim_fail(err, SIM_BAD_INPUT, "mode number %u does not exist", (unsigned)c->mode);
    const struct hv_mode *mode = hv_modes[c->mode];
    if (!c->profile || !c->profile->clock_hz)
        return sim_fail(err, SIM_BAD_INPUT, "no cost profile, or one without clock_hz");
    if (c->ram_bytes < MIB || c->ram_bytes > 1024 * MIB || c->ram_bytes % PAGE_SIZE)
        return sim_fail(err, SIM_BAD_INPUT,
                        "%u bytes of memory: a guest has 1 MiB to 1 GiB in 4 KiB pages",
                        (unsigned)c->ram_bytes);
    if (!c->vms || c->vms > HV_MAX_VMS)
        return sim_fail(err, SIM_BAD_INPUT, "%u VMs: 1 to %u fit on a machine", c->vms, HV_MAX_VMS);
    if (!mode->has_hypervisor && c->vms != 1)
        return sim_fail(err, SIM_BAD_INPUT, "mode %s has no hypervisor: it runs one guest, not %u",
                        mode->name, c->vms);
    if (!(mode->io_allowed & (1u << c->io)))
        return sim_fail(err, SIM_BAD_INPUT, "mode %s cannot use io %s", mode->name,
                        hv_io_names[c->io]);
    return SIM_OK;
}

/* One shadow page for 32 pages of guest memory, within reason. */
static uint32_t pool_size(const struct hv_config *c)
{
    uint32_t n = c->ram_bytes / PAGE_SIZE / 32;
    if (c->shadow_pages)
        return c->shadow_pages;
    return n < 96 ? 96 : n > 2048 ? 2048 : n;
}

/* Bytes of the machine: the guests, the hypervisor's reserve, and foreign frames between. */
static enum sim_status plan_memory(struct hv *hv, uint32_t *bytes, struct sim_error *err)
{
    const struct hv_config *c = &hv->config;
    if (!hv->mode->has_hypervisor) {
        *bytes = c->ram_bytes;
        return SIM_OK;
    }
    uint64_t guests = (uint64_t)c->vms * (c->ram_bytes / PAGE_SIZE);
    hv->foreign_count = (uint32_t)(guests / 64) + 16;
    hv->config.shadow_pages = pool_size(c);
    hv->reserve_frames =
        FIXED_RESERVE + c->vms * (33 + hv->config.shadow_pages) + (uint32_t)(guests / 512);
    uint64_t total = (guests + hv->foreign_count + hv->reserve_frames) * PAGE_SIZE;
    if (total > 0xdf000000u)
        return sim_fail(err, SIM_BAD_INPUT, "%u VMs of %u MiB do not fit into a machine of 3.5 GiB",
                        c->vms, (unsigned)(c->ram_bytes / MIB));
    *bytes = (uint32_t)total;
    return SIM_OK;
}

static enum sim_status create_machine(struct hv *hv, struct sim_error *err)
{
    struct machine_config m = {.clock_hz = hv->config.profile->clock_hz,
                               .costs = &hv->config.profile->hw,
                               .boot_time = hv->config.boot_time};
    enum sim_status status = plan_memory(hv, &m.ram_bytes, err);
    if (status != SIM_OK)
        return status;
    if (!hv->mode->has_hypervisor) {
        memcpy(m.disk, hv->config.vm[0].disk, sizeof(m.disk));
        m.host = vm_host(hv->vm[0]);
    }
    return machine_create(&hv->machine, &m, err);
}

static enum sim_status create_all(struct hv *hv, struct sim_error *err)
{
    enum sim_status status = SIM_OK;
    hv->ring = sim_alloc(HV_EXIT_RING, sizeof(*hv->ring));
    if (!hv->ring || !(hv->reason_of_row = sim_alloc(insn_row_count, 1)))
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for %u exit records", HV_EXIT_RING);
    privops_index(hv->reason_of_row);
    if (!hv->mode->has_hypervisor) { /* its one VM is the machine's host, so it comes first */
        status = vm_create(hv, 0, err);
        return status == SIM_OK ? create_machine(hv, err) : status;
    }
    status = create_machine(hv, err);
    if (status == SIM_OK)
        status = frames_create(hv, err);
    if (status == SIM_OK)
        status = own_create(hv, err);
    for (unsigned n = 0; n < hv->vms && status == SIM_OK; n++)
        status = vm_create(hv, n, err);
    return status;
}

enum sim_status hv_create(struct hv **out, const struct hv_config *config, struct sim_error *err)
{
    *out = NULL;
    enum sim_status status = check(config, err);
    if (status != SIM_OK)
        return status;
    struct hv *hv = sim_alloc(1, sizeof(*hv));
    if (!hv)
        return sim_fail(err, SIM_NO_MEMORY, "no host memory for a hypervisor");
    hv->config = *config;
    hv->mode = hv_modes[config->mode];
    hv->io = config->io == HV_IO_DEFAULT ? hv->mode->default_io : config->io;
    hv->vms = config->vms;
    hv->armed = CLOCK_NEVER;
    hv->limits = (struct hv_limits){UINT64_MAX, UINT64_MAX, UINT64_MAX};
    if (!hv->config.slice_cycles)
        hv->config.slice_cycles = config->profile->clock_hz / 100;
    status = create_all(hv, err);
    if (status != SIM_OK) {
        hv_destroy(hv);
        return status;
    }
    *out = hv;
    return SIM_OK;
}

void hv_destroy(struct hv *hv)
{
    if (!hv)
        return;
    for (unsigned n = 0; n < hv->vms; n++)
        vm_destroy(hv->vm[n]);
    frames_destroy(hv);
    machine_destroy(hv->machine);
    sim_free(hv->ring);
    sim_free(hv->reason_of_row);
    sim_free(hv);
}

enum sim_status hv_load(struct hv *hv, unsigned n, const struct loader_input *in,
                        struct sim_error *err)
{
    if (n >= hv->vms)
        return sim_fail(err, SIM_BAD_INPUT, "there is no VM %u", n);
    return hv->mode->vm_load(hv->vm[n], in, err);
}
