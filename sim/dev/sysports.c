/* System ports 61h, 80h, 92h, CF8h: see sysports.h. */
#include "dev/sysports.h"

#define PORT61_GATE2     0x01u
#define PORT61_WRITABLE  0x0fu
#define PORT61_REFRESH   0x10u
#define PORT61_OUT2      0x20u
#define REFRESH_CLOCKS   18u
#define PORT92_RESET     0x01u
#define PORT92_A20       0x02u
#define PCI_ADDRESS_BITS 0x80fffffcu

static const struct state_field fields[] = {
    STATE_FIELD(sysports_state, port61),      STATE_FIELD(sysports_state, post),
    STATE_FIELD(sysports_state, port92),      STATE_FIELD(sysports_state, reserved),
    STATE_FIELD(sysports_state, pci_address),
};
STATE_DESC(sysports_desc, sysports_state, 1, fields);

void sysports_reset(struct sysports *p)
{
    p->s = (struct sysports_state){.port92 = PORT92_A20};
    pit8254_set_gate(p->pit, 2, false);
}

static uint32_t port61_read(void *device, uint32_t offset, unsigned size)
{
    struct sysports *p = device;
    (void)offset, (void)size;
    return p->s.port61 | (pit8254_ticks(p->pit) / REFRESH_CLOCKS & 1 ? PORT61_REFRESH : 0) |
           (pit8254_output(p->pit, 2) ? PORT61_OUT2 : 0);
}

static void port61_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    struct sysports *p = device;
    (void)offset, (void)size;
    p->s.port61 = value & PORT61_WRITABLE;
    pit8254_set_gate(p->pit, 2, value & PORT61_GATE2);
}

static uint32_t post_read(void *device, uint32_t offset, unsigned size)
{
    const struct sysports *p = device;
    (void)offset, (void)size;
    return p->s.post;
}

static void post_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    struct sysports *p = device;
    (void)offset, (void)size;
    p->s.post = (uint8_t)value;
}

static uint32_t port92_read(void *device, uint32_t offset, unsigned size)
{
    const struct sysports *p = device;
    (void)offset, (void)size;
    return p->s.port92;
}

static void port92_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    struct sysports *p = device;
    (void)offset, (void)size;
    bool pulse = (value & PORT92_RESET) && !(p->s.port92 & PORT92_RESET);
    p->s.port92 = (uint8_t)value;
    if (pulse && p->reset)
        p->reset(p->board, "port 92h");
}

static uint32_t pci_read(void *device, uint32_t offset, unsigned size)
{
    const struct sysports *p = device;
    if (offset == 0 && size == 4)
        return p->s.pci_address;
    return UINT32_MAX;
}

static void pci_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    struct sysports *p = device;
    if (offset == 0 && size == 4)
        p->s.pci_address = value & PCI_ADDRESS_BITS;
}

const struct io_ops port61_ops = {port61_read, port61_write};
const struct io_ops post_ops = {post_read, post_write};
const struct io_ops port92_ops = {port92_read, port92_write};
const struct io_ops pci_ops = {pci_read, pci_write};
