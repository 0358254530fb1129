/*
 * info about the processor: registers, descriptor tables, the task-state segment, the TLB.
 */
#include <string.h>

#include "debug/internal.h"

static void put_registers(struct facts *f, const struct cpu_state *s)
{
    static const char *const names[] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    static const char *const segments[] = {"es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr"};
    for (unsigned i = 0; i < X86_GPRS; i++)
        facts_put(f, names[i], "0x%08x", s->gpr[i]);
    facts_put(f, "eip", "0x%08x", s->eip);
    facts_put(f, "eflags", "0x%08x", s->eflags);
    facts_end(f);
    for (unsigned i = 0; i < CPU_SEGS; i++)
        facts_put(f, segments[i], "0x%04x", s->seg[i].sel);
    facts_end(f);
    facts_put(f, "cr0", "0x%08x", s->cr0);
    facts_put(f, "cr2", "0x%08x", s->cr2);
    facts_put(f, "cr3", "0x%08x", s->cr3);
    facts_put(f, "cr4", "0x%08x", s->cr4);
    facts_put(f, "gdtr", "0x%08x limit 0x%x", s->gdtr_base, s->gdtr_limit);
    facts_put(f, "idtr", "0x%08x limit 0x%x", s->idtr_base, s->idtr_limit);
    facts_end(f);
}

const char *flag_names(uint32_t eflags, char text[80])
{
    static const struct {
        uint32_t bit;
        const char *name;
    } flags[] = {{FLAG_CF, "CF"}, {FLAG_PF, "PF"}, {FLAG_AF, "AF"}, {FLAG_ZF, "ZF"},
                 {FLAG_SF, "SF"}, {FLAG_TF, "TF"}, {FLAG_IF, "IF"}, {FLAG_DF, "DF"},
                 {FLAG_OF, "OF"}, {FLAG_NT, "NT"}, {FLAG_AC, "AC"}};
    text[0] = 0;
    for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++)
        if (eflags & flags[i].bit)
            (void)snprintf(text + strlen(text), 80 - strlen(text), "%s%s", text[0] ? " " : "",
                           flags[i].name);
    return text;
}

/* As gdb's `info registers eip cr3`: those, each as `print` has it. */
static int some_registers(struct debugger *d, const char *rest)
{
    int status = CLI_OK;
    while (*rest && status == CLI_OK) {
        char word[40];
        next_word(&rest, word, sizeof word);
        status = command_print(d, word);
    }
    return status;
}

int info_regs(struct debugger *d, const char *rest)
{
    struct cpu_state s;
    struct facts f;
    char flags[80];
    if (*rest)
        return some_registers(d, rest);
    (void)debug_cpu(d, &s);
    flag_names(s.eflags, flags);
    facts_begin(&f, d->out, d->plain, 20);
    put_registers(&f, &s);
    facts_put(&f, "ring", "%u", s.cpl);
    facts_put(&f, "iopl", "%u", s.eflags >> FLAG_IOPL_SHIFT & 3);
    facts_put(&f, "flags", "%s", flags[0] ? flags : "none");
    facts_end(&f);
    return CLI_OK;
}

/* A table of descriptors that the guest has in its own memory. Entry n; false: not readable. */
static bool descriptor(struct debugger *d, uint32_t base, unsigned n, uint32_t desc[2])
{
    return read_linear(d, base + n * 8, desc, 8);
}

static const char *gate_kind(unsigned type)
{
    return type == SYS_INT_GATE32    ? "interrupt gate"
           : type == SYS_TRAP_GATE32 ? "trap gate"
           : type == SYS_TASK_GATE   ? "task gate"
           : type == SYS_INT_GATE16  ? "16-bit interrupt gate"
           : type == SYS_TRAP_GATE16 ? "16-bit trap gate"
                                     : "no gate";
}

static int no_table(struct debugger *d, const char *which)
{
    bool pv = debug_hv(d)->config.mode == MODE_pv;
    return refuse(d, CLI_GUEST_FAILED, "the guest has no %s%s", which,
                  pv ? ": in mode pv it hands its tables over by hypercall" : " now");
}

int info_idt(struct debugger *d, const char *rest)
{
    static const struct table_column columns[] = {
        {"Vector", 6}, {"Kind", -22}, {"DPL", 3}, {"Leads to", 0}};
    struct cpu_state s;
    struct table t;
    uint64_t only = UINT64_MAX;
    char name[100];
    bool any = false;
    if (*rest && !evaluate(d, rest, &only))
        return CLI_USAGE;
    if (*rest && only > 255)
        return refuse(d, CLI_USAGE, "info idt %s: vectors are 0 to 255", rest);
    (void)debug_cpu(d, &s);
    for (unsigned v = 0; v < 256 && v * 8 + 7 <= s.idtr_limit; v++) {
        uint32_t g[2];
        if ((only != UINT64_MAX && v != only) || !descriptor(d, s.idtr_base, v, g) ||
            !(g[1] & 0x8000))
            continue;
        if (!any)
            table_begin(&t, d->out, d->plain, columns, 4);
        any = true;
        uint32_t offset = (g[1] & 0xffff0000u) | (g[0] & 0xffffu);
        (void)address_name(d, offset, name, sizeof name);
        table_put(&t, "%u", v);
        table_put(&t, "%s", gate_kind(g[1] >> 8 & 31));
        table_put(&t, "%u", g[1] >> 13 & 3);
        table_put(&t, "%04x:%08x%s%s", g[0] >> 16, offset, name[0] ? " " : "", name);
    }
    return any ? CLI_OK : no_table(d, *rest ? "such gate" : "gates in an IDT");
}

static void descriptor_kind(const uint32_t desc[2], char text[60])
{
    static const char *const system[16] = {[SYS_TSS32_AVAIL] = "TSS",
                                           [SYS_TSS32_BUSY] = "TSS, busy",
                                           [SYS_LDT] = "LDT",
                                           [SYS_CALL_GATE32] = "call gate",
                                           [SYS_TSS16_AVAIL] = "16-bit TSS",
                                           [SYS_TSS16_BUSY] = "16-bit TSS, busy",
                                           [SYS_TASK_GATE] = "task gate"};
    unsigned type = desc[1] >> 8 & 15;
    if (!(desc[1] & 0x1000))
        (void)snprintf(text, 60, "%s", system[type] ? system[type] : "system");
    else if (type & AR_CODE)
        (void)snprintf(text, 60, "code%s%s", type & AR_RW ? ", readable" : "",
                       type & AR_CONFORMING ? ", conforming" : "");
    else
        (void)snprintf(text, 60, "data%s%s", type & AR_RW ? ", writable" : "",
                       type & AR_EXPAND_DOWN ? ", expand-down" : "");
}

int info_gdt(struct debugger *d, const char *rest)
{
    static const struct table_column columns[] = {
        {"Selector", 8}, {"Kind", -20}, {"DPL", 3}, {"Base", 10}, {"Limit", 0}};
    struct cpu_state s;
    struct table t;
    char kind[60];
    unsigned shown = 0;
    if (!at_end(d, "info", rest))
        return CLI_USAGE;
    (void)debug_cpu(d, &s);
    for (unsigned n = 1; n * 8 + 7 <= s.gdtr_limit && shown < 64; n++) {
        uint32_t g[2];
        if (!descriptor(d, s.gdtr_base, n, g) || !(g[1] & 0x8000))
            continue;
        if (!shown++)
            table_begin(&t, d->out, d->plain, columns, 5);
        uint32_t limit = (g[0] & 0xffff) | (g[1] & 0xf0000);
        descriptor_kind(g, kind);
        table_put(&t, "0x%04x", n * 8);
        table_put(&t, "%s", kind);
        table_put(&t, "%u", g[1] >> 13 & 3);
        table_put(&t, "0x%08x", (g[0] >> 16) | (g[1] & 0xff) << 16 | (g[1] & 0xff000000u));
        table_put(&t, "0x%08x", g[1] & 0x800000 ? limit << 12 | 0xfff : limit);
    }
    return shown ? CLI_OK : no_table(d, "descriptors in a GDT");
}

int info_tss(struct debugger *d, const char *rest)
{
    struct cpu_state s;
    struct facts f;
    uint32_t words[3], iomap;
    if (!at_end(d, "info", rest))
        return CLI_USAGE;
    (void)debug_cpu(d, &s);
    const struct segment *tr = &s.seg[SEG_TR];
    if (!(tr->sel & SEL_INDEX) || !read_linear(d, tr->base, words, 12))
        return no_table(d, "task-state segment");
    facts_begin(&f, d->out, d->plain, 24);
    facts_put(&f, "selector", "0x%04x", tr->sel);
    facts_put(&f, "base", "0x%08x", tr->base);
    facts_put(&f, "limit", "0x%x", tr->limit);
    facts_put(&f, "ring 0 stack", "%04x:%08x", words[2] & 0xffff, words[1]);
    if (tr->limit >= 0x67 && read_linear(d, tr->base + 0x64, &iomap, 4))
        facts_put(&f, "I/O bitmap at", "0x%x", iomap >> 16);
    facts_end(&f);
    return CLI_OK;
}

static unsigned put_tlb(struct debugger *d, struct table *t, const char *which,
                        const struct tlb_entry *e, unsigned n, unsigned shown)
{
    static const struct table_column columns[] = {
        {"TLB", -4}, {"Page", -10}, {"Frame", -10}, {"Rights", 0}};
    for (unsigned i = 0; i < n; i++) {
        if (!(e[i].page & TLB_VALID))
            continue;
        if (!shown++)
            table_begin(t, d->out, d->plain, columns, 4);
        table_put(t, "%s", which);
        table_put(t, "0x%08x", e[i].page & PTE_FRAME);
        table_put(t, "0x%08x", e[i].frame & PTE_FRAME);
        table_put(t, "%s, %s%s%s", e[i].page & TLB_W ? "write" : "read only",
                  e[i].page & TLB_U ? "user" : "supervisor", e[i].page & TLB_D ? ", dirty" : "",
                  e[i].page & TLB_G ? ", global" : "");
    }
    return shown;
}

int info_tlb(struct debugger *d, const char *rest)
{
    struct table t;
    const struct cpu_state *real = &debug_hv(d)->machine->cpu.s;
    if (!at_end(d, "info", rest))
        return CLI_USAGE;
    unsigned shown = put_tlb(d, &t, "code", real->itlb, TLB_CODE_ENTRIES, 0);
    shown = put_tlb(d, &t, "data", real->dtlb, TLB_DATA_ENTRIES, shown);
    (void)fprintf(d->out, "%u translation%s held, in machine frames.\n", shown,
                  shown == 1 ? "" : "s");
    return CLI_OK;
}
