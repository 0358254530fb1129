/*
 * Buses: who answers at a port or at a memory-mapped address.
 *
 * A device sees an offset into its own range, never an address. One bus serves the machine, one
 * each VM; the same device models sit on both.
 */
#ifndef SIM_BUS_H
#define SIM_BUS_H

#include <stdbool.h>
#include <stdint.h>

/* What an access costs is a property of where the device sits (cost.def: io_legacy_*,
 * io_ide_data_*, apic_mmio). */
enum io_class { IO_LEGACY, IO_IDE_DATA, IO_APIC, IO_CLASSES };

/* A range's callbacks. size is 1, 2 or 4 bytes; values are zero-extended. A null read gives all
 * ones, a null write nothing. */
struct io_ops {
    uint32_t (*read)(void *device, uint32_t offset, unsigned size);
    void (*write)(void *device, uint32_t offset, unsigned size, uint32_t value);
};

struct io_range {
    uint32_t base; /* port, or physical address */
    uint32_t size;
    enum io_class class;
    const struct io_ops *ops;
    void *device;
    const char *name; /* the chip, for traces: "8259A master" */
    uint8_t
        width; /* widest access in bytes that the chip decodes; 0 means 1, an 8-bit ISA device */
};

#define BUS_MAX_RANGES 40

struct io_bus {
    struct io_range range[BUS_MAX_RANGES];
    unsigned ranges;
    uint8_t port_map[0x10000]; /* port space only: range number + 1, 0 = nobody */
    /* Wire, or null: told of each port access as the CPU makes it, after a read, before a write. */
    void (*watch)(void *context, uint16_t port, unsigned size, bool write, uint32_t value);
    void *watch_context;
};

/* Empties a bus, its watch wire too. */
void bus_init(struct io_bus *bus);

/* Adds a port range / a memory-mapped range; ranges must not overlap (asserted: wiring is ours,
 * never a guest's). */
void bus_add_ports(struct io_bus *bus, const struct io_range *range);
void bus_add_mmio(struct io_bus *bus, const struct io_range *range);

/* Moves a device's memory-mapped range to another base, or takes it off the bus with size 0. */
void bus_move_mmio(struct io_bus *bus, const void *device, uint32_t base, uint32_t size);

/*
 * Does the range take an access of this size in one cycle? It must decode that width, and own all
 * the ports, unless it is a lone wide port such as the IDE data register.
 */
static inline bool bus_takes_whole(const struct io_range *r, uint32_t offset, unsigned size)
{
    return size == 1 || (size <= r->width && (r->size == 1 || offset + size <= r->size));
}

/* The range that answers, or null (then a read gives all ones, a write is lost). */
const struct io_range *bus_find_port(const struct io_bus *bus, uint16_t port);
const struct io_range *bus_find_mmio(const struct io_bus *bus, uint32_t pa);

/*
 * One access of 1, 2 or 4 bytes. Where it is wider than the chip at that port, or runs past the
 * chip's range, it becomes several cycles at successive ports, lowest first, as the ISA bridge
 * does; a port beyond FFFFh is nobody's. Values are zero-extended; ports that nobody claims read as
 * ones. sim/cpu and hypervisors reach ports through these two.
 */
uint32_t bus_port_read(struct io_bus *bus, uint16_t port, unsigned size);
void bus_port_write(struct io_bus *bus, uint16_t port, unsigned size, uint32_t value);

#endif
