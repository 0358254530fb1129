/*
 * Options to configuration: see guest_config.h.
 */
#include "guest_config.h"

#include <string.h>

/* The calendar starts on the day the Pentium 4 672 was announced, at noon UTC: 2005-11-14. */
#define BOOT_TIME 1131969600u

static bool wants_batches(const char *cmdline)
{
    return !cmdline || !strstr(cmdline, "batch=off");
}

void hv_config_from_options(struct hv_config *config, const struct options *o,
                            const struct inputs *in, enum hv_mode_id mode,
                            const struct cpu_model *cpu)
{
    hv_config_init(config, mode);
    if (cpu)
        config->cpu = *cpu;
    else if (o->cpu && hv_modes[mode]->has_hypervisor)
        config->cpu = o->cpu_model;
    if (o->io != HV_IO_DEFAULT)
        config->io = o->io;
    config->profile = &in->profile.cost;
    config->ram_bytes = o->mem_mib << 20;
    config->vms = o->vms;
    config->tsc_emulate = o->tsc_emulate && hv_modes[mode]->has_hypervisor;
    config->pv_batch = wants_batches(o->cmdline);
    config->seed = o->seed;
    config->boot_time = BOOT_TIME + o->seed % (1u << 24);
    for (unsigned i = 0; i < o->vms; i++)
        config->vm[i].host.instant_serial = o->serial_instant;
}

bool guest_load_from_options(struct guest_load *load, const struct options *o,
                             const struct inputs *in, enum hv_mode_id mode, struct complaint *why)
{
    for (unsigned i = 0; i < o->modules; i++) {
        if (in->module[i].size > UINT32_MAX)
            return complain(why, "modules end below 4 GiB", "--module %s: too large", o->module[i]);
        load->modules[i].bytes = in->module[i].bytes;
        load->modules[i].size = (uint32_t)in->module[i].size;
        load->modules[i].string = o->module[i];
    }
    load->input = (struct loader_input){
        .image = in->guest[mode].file.bytes,
        .image_size = in->guest[mode].file.size,
        .image_name = in->guest[mode].path,
        .cmdline = in->cmdline,
        .modules = load->modules,
        .module_count = o->modules,
    };
    return true;
}

bool guest_refused(struct complaint *why, const struct sim_error *err, enum hv_mode_id mode)
{
    return complain_error(
        why, err,
        mode == MODE_pv
            ? "pv runs kernels made for it (bantam-pv.elf); others: --mode native or trap"
            : "give a 32-bit Multiboot 1 kernel (ELF, static) that fits --mem");
}
