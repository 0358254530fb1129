/*
 * info about devices: their saved state, field by field, as the descriptors name it. So every
 * device is shown, also one that is added tomorrow.
 */
#include <string.h>

#include "debug/internal.h"

#define BLOBS_MOST 32u

static uint64_t element(const void *at, unsigned size)
{
    uint64_t v = 0; /* little-endian hosts only */
    memcpy(&v, at, size <= sizeof v ? size : sizeof v);
    return v;
}

static void put_field(struct facts *f, const struct state_field *field, const uint8_t *data)
{
    char text[160] = "";
    size_t n = 0;
    unsigned shown = field->count < 8 ? field->count : 8;
    for (unsigned i = 0; i < shown && n < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s0x%" PRIx64, i ? " " : "",
                              element(data + field->offset + i * field->size, field->size));
    if (shown < field->count && n < sizeof text)
        (void)snprintf(text + n, sizeof text - n, " and %u more", field->count - shown);
    facts_put(f, field->name, "%s", text);
}

/* "pic8259_state" as "pic8259", and "ide_drive_state" as "ide_drive". */
static void device_name(const struct state_blob *b, char text[40])
{
    (void)snprintf(text, 40, "%.39s", b->desc->name);
    char *end = strstr(text, "_state");
    if (end)
        *end = 0;
}

static int put_devices(struct debugger *d, const char *const *wanted, unsigned n)
{
    struct state_blob blobs[BLOBS_MOST];
    struct facts f;
    char name[40];
    unsigned shown = 0;
    struct hv *hv = debug_hv(d);
    struct pc *pc = hv->mode->has_hypervisor ? hv->vm[session_vm(d->session)]->pc : hv->machine->pc;
    unsigned count = pc ? pc_state(pc, blobs, BLOBS_MOST) : 0;
    for (unsigned i = 0; i < count && i < BLOBS_MOST; i++) {
        bool want = n == 0;
        device_name(&blobs[i], name);
        for (unsigned k = 0; k < n; k++)
            want = want || strcmp(wanted[k], name) == 0;
        if (!want)
            continue;
        shown++;
        (void)fprintf(d->out, "%s %u\n", name, blobs[i].instance);
        facts_begin(&f, d->out, d->plain, 24);
        for (unsigned k = 0; k < blobs[i].desc->field_count; k++)
            if (strcmp(blobs[i].desc->fields[k].name, "reserved") != 0)
                put_field(&f, &blobs[i].desc->fields[k], blobs[i].data);
        facts_end(&f);
    }
    if (shown)
        return CLI_OK;
    (void)fprintf(d->out, "no such device; there are");
    for (unsigned i = 0; i < count && i < BLOBS_MOST; i++) {
        device_name(&blobs[i], name);
        (void)fprintf(d->out, "%s %s", i ? "," : "", name);
    }
    (void)putc('\n', d->out);
    return CLI_USAGE;
}

int info_devices(struct debugger *d, const char *rest)
{
    return put_devices(d, &rest, *rest ? 1 : 0);
}

int info_irq(struct debugger *d, const char *rest)
{
    static const char *const controllers[] = {"pic8259", "lapic", "ioapic"};
    if (!at_end(d, "info", rest))
        return CLI_USAGE;
    if (debug_hv(d)->mode->direct_paging)
        return refuse(d, CLI_GUEST_FAILED,
                      "the guest has no interrupt controller: in mode %s events come through "
                      "channels; catch trap stops at them",
                      debug_hv(d)->mode->name);
    return put_devices(d, controllers, 3);
}
