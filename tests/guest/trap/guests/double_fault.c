/* Exceptions while delivering exceptions: a gate that is missing, and a double fault that is
 * survived. */
#include "report.h"

static void on_double(struct kit_frame *f)
{
    out[0] = f->vector;
    out[1] = f->error;
    kit_printf("double fault, error %x\n", f->error);
    kit_exit((uint8_t)(f->error + 7));
}

static struct __attribute__((packed)) {
    uint16_t limit;
    uint32_t base;
} idt;

static void overflow_gate(void *unused)
{
    (void)unused;
    ASM("ud2");
}

int main(void)
{
    ASM("sidt %0" : "=m"(idt));
    uint64_t *gates = (uint64_t *)idt.base;
    uint64_t six = gates[6];
    gates[6] &= ~(1ull << 47); /* #UD's gate absent: #NP */
    report("absent gate", 0, overflow_gate);
    report("absent gate", 3, overflow_gate);
    gates[6] = (six & ~0xffff0000ull) | 0x00100000; /* to a data segment: #GP */
    report("gate to data", 0, overflow_gate);
    gates[6] = (six & ~0xffff0000ull) | 0xff800000; /* to the hypervisor's code segment */
    report("gate to the hypervisor", 0, overflow_gate);
    report("gate to the hypervisor", 3, overflow_gate);
    gates[6] = six;
    kit_on(8, on_double);
    gates[13] &= ~(1ull << 47); /* #GP's gate absent: #GP, #NP, #DF */
    ASM("movl %0, %%fs" : : "r"(0x1000));
    kit_put("never\n");
    return 1;
}
