/* The debug console and exit ports: see hostports.h. */
#include "dev/hostports.h"

static uint32_t debug_read(void *device, uint32_t offset, unsigned size)
{
    (void)device, (void)offset, (void)size;
    return 0xe9;
}

static void debug_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    const struct hostports *p = device;
    (void)offset, (void)size;
    if (p->debug_out)
        p->debug_out(p->host, (uint8_t)value);
}

static void exit_write(void *device, uint32_t offset, unsigned size, uint32_t value)
{
    const struct hostports *p = device;
    (void)offset, (void)size;
    if (p->exited)
        p->exited(p->host, value);
}

const struct io_ops debugport_ops = {debug_read, debug_write};
const struct io_ops exitport_ops = {0, exit_write};
