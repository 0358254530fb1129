/* A guest written down byte by byte. */
#include "prelude.h"

#include <string.h>

void emit(struct program *p, const void *bytes, uint32_t n)
{
    if (n > sizeof(p->bytes) - p->n)
        return; /* a program ends where its room does */
    memcpy(p->bytes + p->n, bytes, n);
    p->n += n;
}

void emit32(struct program *p, uint32_t v)
{
    emit(p, &v, 4);
}

static void store(struct hv *hv, uint32_t gpa, uint32_t value)
{
    if (hv->mode->has_hypervisor)
        gpa_copy_in(hv->vm[0], gpa, &value, 4);
    else
        ram_write32(&hv->machine->ram, gpa, value);
}

static void descriptor(struct hv *hv, unsigned n, uint32_t base, uint32_t limit, uint32_t rights)
{
    store(hv, GDT + n * 8, (base << 16) | (limit & 0xffff));
    store(hv, GDT + n * 8 + 4,
          (base & 0xff000000) | ((base >> 16) & 0xff) | (limit & 0xf0000) | rights);
}

/* Ring 0 code and data at 1 and 2, TSS at 3, rings 1 to 3 behind, then odd ones. */
static void tables(struct hv *hv)
{
    descriptor(hv, 1, 0, 0xfffff, 0xc09a00);
    descriptor(hv, 2, 0, 0xfffff, 0xc09200);
    descriptor(hv, 3, TSS, 103, 0x8900);
    for (uint32_t ring = 1; ring < 4; ring++) {
        descriptor(hv, 2 + 2 * ring, 0, 0xfffff, 0xc09a00 | ring << 13);
        descriptor(hv, 3 + 2 * ring, 0, 0xfffff, 0xc09200 | ring << 13);
    }
    descriptor(hv, 10, DATA, 0xfff, 0x40f200);
    descriptor(hv, 11, 0, 0xffff, 0xc0f600);
    descriptor(hv, 12, 0xff000000, 0xfffff, 0xc0f200);
    descriptor(hv, 13, 0, 0xfffff, 0xc09e00);
    for (unsigned ring = 0; ring < 3; ring++) {
        store(hv, TSS + 4 + ring * 8, STACK + 0x4000 + ring * 0x1000);
        store(hv, TSS + 8 + ring * 8, ring ? (3 + 2 * ring) * 8 + ring : 0x10);
    }
    for (uint32_t v = 0; v < 256; v++) { /* mov al, v; out 0xf4, al */
        store(hv, HANDLERS + v * 4, 0xf4e600b0 | v << 8);
        store(hv, IDT + v * 8, 0x00080000 | (HANDLERS + v * 4));
        store(hv, IDT + v * 8 + 4, (v & 1) || v == 0x80 ? 0xee00 : 0x8e00);
    }
    store(hv, POINTERS, 0x6f | (GDT & 0xffff) << 16);
    store(hv, POINTERS + 4, GDT >> 16);
    store(hv, POINTERS + 8, 0x7ff | (IDT & 0xffff) << 16);
    store(hv, POINTERS + 12, IDT >> 16);
    for (uint32_t i = 0; i < 1024; i++)
        store(hv, TABLE + i * 4, i * 0x1000 | 7);
    store(hv, DIRECTORY, TABLE | 7);
    store(hv, DIRECTORY + 4, TABLE | 5);
    store(hv, DIRECTORY + 0xfd0, TABLE | 7); /* 1012: in the hole */
    for (uint32_t i = 0; i < 64; i++)
        store(hv, DATA + i * 4, i * 0x01010101);
}

void prelude_start(struct program *p, bool paging, bool wp)
{
    EMIT(p, 0x0f, 0x01, 0x15); /* lgdt, lidt */
    emit32(p, POINTERS);
    EMIT(p, 0x0f, 0x01, 0x1d);
    emit32(p, POINTERS + 8);
    EMIT(p, 0xb8, 0x10, 0, 0, 0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, 0x8e, 0xe0, 0x8e, 0xe8, 0xbc);
    emit32(p, STACK + 0x2000);
    EMIT(p, 0x66, 0xb8, 0x18, 0, 0x0f, 0, 0xd8); /* ltr */
    EMIT(p, 0xea);                               /* jmp 8:next */
    emit32(p, PRELUDE_ENTRY + p->n + 6);
    EMIT(p, 8, 0);
    if (!paging)
        return;
    EMIT(p, 0xb8);
    emit32(p, DIRECTORY);
    EMIT(p, 0x0f, 0x22, 0xd8, 0xb8);
    emit32(p, CR0_PE | CR0_ET | CR0_PG | (wp ? CR0_WP : 0));
    EMIT(p, 0x0f, 0x22, 0xc0);
}

void prelude_ring(struct program *p, uint32_t ring, uint32_t iopl)
{
    EMIT(p, 0x68);
    emit32(p, (3 + 2 * ring) * 8 + ring);
    EMIT(p, 0x68);
    emit32(p, STACK + 0x1000);
    EMIT(p, 0x68);
    emit32(p, 2 | iopl << 12);
    EMIT(p, 0x68);
    emit32(p, (2 + 2 * ring) * 8 + ring);
    EMIT(p, 0x68);
    emit32(p, PRELUDE_ENTRY + p->n + 5);
    EMIT(p, 0xcf);
}

void prelude_load(struct hv *hv, const struct program *p)
{
    static const struct loader_entry entry = {.eip = PRELUDE_ENTRY};
    struct vcpu *v = &hv->vm[0]->cpu;
    tables(hv);
    for (uint32_t i = 0; i < p->n; i += 4) {
        uint32_t word = 0;
        memcpy(&word, p->bytes + i, p->n - i < 4 ? p->n - i : 4);
        store(hv, PRELUDE_ENTRY + i, word);
    }
    loader_enter(hv->mode->has_hypervisor ? &v->virt : &hv->machine->cpu, &entry);
    v->s.run = VCPU_READY;
}
