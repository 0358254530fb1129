/* A bench for one chip: see rig.h. */
#include "rig.h"

#include <string.h>

static void set_line(void *controller, unsigned input, bool level)
{
    struct rig *r = controller;
    if (level == r->line[input].level)
        return;
    r->line[input].level = level;
    if (level) {
        r->line[input].rises++;
        r->line[input].rose_at = r->cycle;
    } else {
        r->line[input].falls++;
    }
}

void rig_init(struct rig *r, uint64_t hz)
{
    memset(r, 0, sizeof *r);
    clock_init(&r->clock, &r->cycle, hz);
}

struct irq_line rig_line(struct rig *r, unsigned n)
{
    return (struct irq_line){set_line, r, n};
}

void rig_advance(struct rig *r, uint64_t cycles)
{
    uint64_t end = r->cycle + cycles;
    while (clock_next(&r->clock) <= end) {
        if (clock_next(&r->clock) > r->cycle)
            r->cycle = clock_next(&r->clock);
        clock_run(&r->clock);
    }
    r->cycle = end;
}

uint8_t rig_in(const struct io_ops *ops, void *device, uint32_t offset)
{
    return (uint8_t)ops->read(device, offset, 1);
}

void rig_out(const struct io_ops *ops, void *device, uint32_t offset, uint8_t value)
{
    ops->write(device, offset, 1, value);
}
