/*
 * Who answers at a port or address (sim/bus.h). Ports are found through a 64 KiB map, memory-mapped
 * ranges by a scan of the two or three there are.
 */
#include "sim/bus.h"

#include <assert.h>
#include <string.h>

#include "sim/compiler.h"

void bus_init(struct io_bus *bus)
{
    memset(bus, 0, sizeof *bus);
}

static inline bool overlaps(const struct io_range *a, const struct io_range *b)
{
    return a->base < b->base + b->size && b->base < a->base + a->size;
}

/* Appends a range; one bus holds ports or memory, so every two ranges of a bus are comparable. */
static void add(struct io_bus *bus, const struct io_range *range)
{
    assert(bus->ranges < BUS_MAX_RANGES && range->size && range->ops);
    for (unsigned i = 0; i < bus->ranges; i++)
        assert(!overlaps(&bus->range[i], range));
    bus->range[bus->ranges++] = *range;
}

void bus_add_ports(struct io_bus *bus, const struct io_range *range)
{
    assert(range->base <= 0xffff && range->size <= 0x10000 - range->base);
    add(bus, range);
    memset(&bus->port_map[range->base], (int)bus->ranges, range->size);
}

void bus_add_mmio(struct io_bus *bus, const struct io_range *range)
{
    assert(range->size - 1 <= UINT32_MAX - range->base);
    add(bus, range);
}

void bus_move_mmio(struct io_bus *bus, const void *device, uint32_t base, uint32_t size)
{
    for (unsigned i = 0; i < bus->ranges; i++)
        if (bus->range[i].device == device) {
            bus->range[i].base = base;
            bus->range[i].size = size;
        }
}

const struct io_range *bus_find_port(const struct io_bus *bus, uint16_t port)
{
    unsigned n = bus->port_map[port];
    return n ? &bus->range[n - 1] : NULL;
}

const struct io_range *bus_find_mmio(const struct io_bus *bus, uint32_t pa)
{
    for (unsigned i = 0; i < bus->ranges; i++)
        if (pa - bus->range[i].base < bus->range[i].size)
            return &bus->range[i];
    return NULL;
}

/* The widest cycle possible at a port for an access of size bytes; an empty bus is 8 bits wide. */
static unsigned cycle_size(const struct io_range *r, uint32_t offset, unsigned size)
{
    while (r ? !bus_takes_whole(r, offset, size) : size > 1)
        size /= 2;
    return size;
}

static uint32_t ones(unsigned size)
{
    return size >= 4 ? UINT32_MAX : (1u << (8 * size)) - 1;
}

uint32_t bus_port_read(struct io_bus *bus, uint16_t port, unsigned size)
{
    uint32_t value = 0;
    for (unsigned done = 0; done < size;) {
        uint32_t at = (uint32_t)port + done;
        const struct io_range *r = at <= 0xffff ? bus_find_port(bus, (uint16_t)at) : NULL;
        uint32_t offset = r ? at - r->base : 0;
        unsigned n = cycle_size(r, offset, size - done);
        uint32_t part = r && r->ops->read ? r->ops->read(r->device, offset, n) : UINT32_MAX;
        value |= (part & ones(n)) << (8 * done);
        done += n;
    }
    if (SIM_UNLIKELY(bus->watch != NULL))
        bus->watch(bus->watch_context, port, size, false, value);
    return value;
}

void bus_port_write(struct io_bus *bus, uint16_t port, unsigned size, uint32_t value)
{
    if (SIM_UNLIKELY(bus->watch != NULL))
        bus->watch(bus->watch_context, port, size, true, value & ones(size));
    for (unsigned done = 0; done < size;) {
        uint32_t at = (uint32_t)port + done;
        const struct io_range *r = at <= 0xffff ? bus_find_port(bus, (uint16_t)at) : NULL;
        uint32_t offset = r ? at - r->base : 0;
        unsigned n = cycle_size(r, offset, size - done);
        if (r && r->ops->write)
            r->ops->write(r->device, offset, n, (value >> (8 * done)) & ones(n));
        done += n;
    }
}
