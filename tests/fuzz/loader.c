/*
 * Fuzz target: the Multiboot loader. The first bytes choose the guest's memory and what is passed
 * along; the rest is the image. Whatever the image says: either it is loaded, wholly inside memory,
 * or refused with a line of text.
 */
#undef NDEBUG
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory {
    uint8_t *bytes;
    uint32_t size;
    uint64_t written;
};

static bool write_memory(void *opaque, uint32_t gpa, const void *bytes, uint32_t n)
{
    struct memory *m = opaque;
    const uint8_t *from = bytes;
    volatile uint8_t seen = 0;

    if (gpa > m->size || n > m->size - gpa)
        return false;
    if (n)
        seen = from[n - 1]; /* the sanitizer looks whether it is there */
    (void)seen;
    memcpy(m->bytes + gpa, bytes, n);
    m->written += n;
    assert(m->written < 64u * m->size); /* no image writes memory over and over */
    return true;
}

static enum sim_status load(const struct loader_input *in, struct memory *m, bool without_apic,
                            struct sim_error *err, struct loader_entry *entry)
{
    const struct loader_memory target = {m, m->size, write_memory, without_apic};

    memset(m->bytes, 0, m->size);
    m->written = 0;
    err->text[0] = 0;
    return loader_multiboot(in, &target, entry, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct memory m;
    struct loader_module modules[2] = {{(const uint8_t *)"module", 6, "one"},
                                       {(const uint8_t *)"", 0, ""}};
    struct sim_error err;
    struct loader_entry entry = {0};

    if (size < 2)
        return 0;
    if (!m.bytes && !(m.bytes = malloc(4u << 20)))
        abort();
    m.size = 1u << (20 + (data[0] & 3) % 3);
    const struct loader_input in = {.image = data + 2,
                                    .image_size = size - 2,
                                    .image_name = "fuzz",
                                    .cmdline = (data[0] & 4) ? "a command line" : NULL,
                                    .modules = modules,
                                    .module_count = (data[0] >> 3) % 3};
    enum sim_status status = load(&in, &m, data[1] & 1, &err, &entry);
    assert(status == SIM_OK || status == SIM_BAD_INPUT || status == SIM_UNSUPPORTED ||
           status == SIM_NO_MEMORY);
    assert(status == SIM_OK || (err.text[0] && !strchr(err.text, '\n')));
    if (status == SIM_OK)
        assert(entry.eax == 0x2badb002u && entry.ebx < m.size);
    return 0;
}
