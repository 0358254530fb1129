/*
 * The guest kit: output, descriptor tables, catching exceptions. kit.h is the page to read.
 */
#include "kit/kit.h"
#include "lib/format.h"

#define FATAL_STATUS  250
#define RETURN_VECTOR 0x7f  /* how outer rings come back */
#define RETURNED      0x100 /* kit_unwind results: this, or 1 + a vector */
#define RING_STACK    4096u

/* 32-bit TSS (SDM v3, Task Management). */
struct kit_tss {
    uint32_t link;
    uint32_t stacks[3][2]; /* ESP and SS of rings 0 to 2 */
    uint32_t unused[18];
    uint16_t trap, bitmap;
};

struct table_pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

_Noreturn void kit_start(uint32_t magic, const struct multiboot_info *info);
void kit_trap(struct kit_frame *frame);
int kit_run_saved(void (*function)(void *), void *argument);
_Noreturn void kit_unwind(int result);
void kit_enter_ring(void (*function)(void *), void *argument, uint32_t cs, uint32_t ss,
                    uint32_t stack);

extern const char kit_stubs[];
int kit_failures;
const struct multiboot_info *kit_multiboot;
uint64_t kit_gdt[KIT_GDT_SIZE];
static uint64_t idt[256];
static kit_handler *handlers[256];
static struct kit_tss tss;
static char ring_stacks[4][RING_STACK] __attribute__((aligned(16)));
static struct kit_fault *catching; /* where the exception being waited for goes */

void kit_put(const char *s)
{
    for (; *s != 0; s++)
        kit_out8(BOARD_DEBUG_PORT, (uint8_t)*s);
}

void kit_printf(const char *text, ...)
{
    char line[512];
    va_list args;
    va_start(args, text);
    (void)format_list(line, sizeof line, text, args);
    va_end(args);
    kit_put(line);
}

void kit_hex(uint32_t v)
{
    kit_printf("%08x", v);
}

void kit_decimal(uint32_t v)
{
    kit_printf("%u", v);
}

_Noreturn void kit_exit(uint8_t status)
{
    kit_out8(BOARD_EXIT_PORT, status);
    for (;;)
        __asm__ volatile("cli; hlt");
}

void kit_check(bool good, const char *text)
{
    kit_failures += !good;
    kit_printf("%s: %s\n", good ? "ok" : "FAIL", text);
}

uint64_t kit_descriptor(uint32_t base, uint32_t limit, unsigned access, unsigned flags)
{
    uint32_t low = base << 16 | (limit & 0xffff);
    uint32_t high =
        (base & 0xff000000) | flags << 20 | (limit & 0xf0000) | access << 8 | (base >> 16 & 0xff);
    return (uint64_t)high << 32 | low;
}

static void load_gdt(void)
{
    for (unsigned ring = 0; ring < 4; ring++) {
        kit_gdt[KIT_CODE(ring) / 8] = kit_descriptor(0, 0xfffff, 0x9a | ring << 5, 0xc);
        kit_gdt[KIT_DATA(ring) / 8] = kit_descriptor(0, 0xfffff, 0x92 | ring << 5, 0xc);
    }
    kit_gdt[KIT_TSS / 8] = kit_descriptor((uint32_t)(uintptr_t)&tss, sizeof tss - 1, 0x89, 0);
    for (unsigned ring = 0; ring < 3; ring++)
        tss.stacks[ring][1] = KIT_DATA(ring);
    tss.bitmap = sizeof tss;
    struct table_pointer pointer = {sizeof kit_gdt - 1, (uint32_t)(uintptr_t)kit_gdt};
    __asm__ volatile("lgdt %0; ljmp %1, $1f\n1:" : : "m"(pointer), "i"(KIT_CODE(0)) : "memory");
    __asm__ volatile("movl %0, %%ds; movl %0, %%es; movl %0, %%fs; movl %0, %%gs; movl %0, %%ss"
                     :
                     : "r"(KIT_DATA(0))
                     : "memory");
    __asm__ volatile("ltr %w0" : : "r"(KIT_TSS));
}

static void load_idt(void)
{
    for (unsigned v = 0; v < 256; v++) {
        uint32_t target = (uint32_t)(uintptr_t)kit_stubs + v * 16;
        idt[v] = (uint64_t)(target & 0xffff0000) << 32 | 0x8e0000000000ull |
                 (uint64_t)KIT_CODE(0) << 16 | (target & 0xffff);
    }
    kit_gate_dpl(RETURN_VECTOR, 3);
    struct table_pointer pointer = {sizeof idt - 1, (uint32_t)(uintptr_t)idt};
    __asm__ volatile("lidt %0" : : "m"(pointer));
}

void kit_gate_dpl(unsigned vector, unsigned dpl)
{
    idt[vector] = (idt[vector] & ~(3ull << 45)) | (uint64_t)dpl << 45;
}

void kit_on(unsigned vector, kit_handler *handler)
{
    handlers[vector] = handler;
}

static uint32_t read_cr2(void)
{
    uint32_t v;
    __asm__ volatile("movl %%cr2, %0" : "=r"(v));
    return v;
}

void kit_trap(struct kit_frame *f)
{
    if (handlers[f->vector] != NULL) {
        handlers[f->vector](f);
        return;
    }
    if (catching != NULL && f->vector == RETURN_VECTOR)
        kit_unwind(RETURNED);
    uint32_t cr2 = read_cr2();
    if (catching != NULL) {
        *catching = (struct kit_fault){(int)f->vector, f->error, f->eip, f->cs, f->eflags, cr2};
        kit_unwind(1 + (int)f->vector);
    }
    kit_printf("unexpected exception %u, error %x, eip %08x, cs %x, cr2 %08x\n", f->vector,
               f->error, f->eip, f->cs & 0xffff, cr2);
    kit_exit(FATAL_STATUS);
}

static int run_caught(void (*function)(void *), void *argument, struct kit_fault *fault)
{
    struct kit_fault mine;
    struct kit_fault *outer = catching;
    uint32_t outer_stack = tss.stacks[0][0];
    /* Traps from outer rings start below what this stack already holds. */
    tss.stacks[0][0] = ((uint32_t)(uintptr_t)&mine - 1024) & ~15u;
    catching = fault != NULL ? fault : &mine;
    *catching = (struct kit_fault){.vector = KIT_NO_FAULT};
    int result = kit_run_saved(function, argument);
    int vector = result == 0 || result == RETURNED ? KIT_NO_FAULT : result - 1;
    catching = outer;
    tss.stacks[0][0] = outer_stack;
    return vector;
}

int kit_catch(void (*function)(void *), void *argument, struct kit_fault *fault)
{
    return run_caught(function, argument, fault);
}

struct ring_call {
    unsigned ring;
    void (*function)(void *);
    void *argument;
};

static void enter_ring(void *argument)
{
    const struct ring_call *call = argument;
    kit_enter_ring(call->function, call->argument, KIT_CODE(call->ring), KIT_DATA(call->ring),
                   (uint32_t)(uintptr_t)(ring_stacks[call->ring] + RING_STACK));
}

int kit_catch_in_ring(unsigned ring, void (*function)(void *), void *argument,
                      struct kit_fault *fault)
{
    struct ring_call call = {ring, function, argument};
    return run_caught(enter_ring, &call, fault);
}

void kit_expect_fault(int vector, void (*function)(void *), void *argument, const char *text)
{
    int got = kit_catch(function, argument, NULL);
    kit_check(got == vector, text);
    if (got != vector)
        kit_printf("  expected vector %d, got %d\n", vector, got);
}

_Noreturn void kit_start(uint32_t magic, const struct multiboot_info *info)
{
    kit_multiboot = magic == MULTIBOOT_LOADER_MAGIC ? info : NULL;
    load_gdt();
    load_idt();
    kit_exit((uint8_t)main());
}
