/*
 * bt: which function called which. By the frame table of the ELF file where it speaks, else by the
 * chain of saved frame pointers.
 */
#include <string.h>

#include "debug/internal.h"

#define FRAMES_MOST 64u

static bool read_word(void *opaque, uint32_t address, uint32_t *value)
{
    return read_linear(opaque, address, value, 4);
}

/* A return address may be behind the end of its function: the call is what is meant. */
static void put_frame(struct debugger *d, unsigned n, uint32_t eip)
{
    char name[100] = "", place[140];
    const char *program;
    struct symbol at;
    uint32_t meant = n ? eip - 1 : eip;
    if (!n)
        (void)address_name(d, eip, name, sizeof name);
    else if (symbols_at(symbols_for(d, meant, &program), meant, &at))
        (void)snprintf(name, sizeof name, "%s%s%.60s+0x%x", program, program[0] ? ":" : "", at.name,
                       eip - at.value);
    (void)address_line(d, meant, place, sizeof place);
    (void)fprintf(d->out, "#%u 0x%08x%s%s%s%s\n", n, eip, name[0] ? " in " : "", name,
                  place[0] ? ", " : "", place);
}

/* The chain of frame pointers; each caller's frame lies above. */
static bool by_pointer(struct debugger *d, struct unwind_frame *f)
{
    uint32_t words[2], ebp = f->gpr[R_EBP];
    struct symbol at;
    if (ebp < f->gpr[R_ESP] || ebp - f->gpr[R_ESP] > 0x10000 || !read_linear(d, ebp, words, 8) ||
        !symbols_at(symbols_for(d, words[1], NULL), words[1], &at))
        return false;
    f->gpr[R_EBP] = words[0];
    f->gpr[R_ESP] = ebp + 8;
    f->eip = words[1];
    return true;
}

int command_bt(struct debugger *d, const char *rest)
{
    struct cpu_state cpu;
    struct unwind_frame f;
    if (!at_end(d, "bt", rest))
        return CLI_USAGE;
    (void)debug_cpu(d, &cpu);
    memcpy(f.gpr, cpu.gpr, sizeof f.gpr);
    f.eip = cpu.seg[SEG_CS].base + cpu.eip;
    for (unsigned n = 0; n < FRAMES_MOST; n++) {
        put_frame(d, n, f.eip);
        const struct unwind_frame before = f;
        const struct symbols *s = symbols_for(d, f.eip, NULL);
        if (!symbols_unwind(s, &f, n > 0, read_word, d) && !by_pointer(d, &f))
            break;
        /* A caller's frame lies above, but what was interrupted may have another stack. */
        if (!f.eip || (f.gpr[R_ESP] <= before.gpr[R_ESP] && symbols_for(d, f.eip, NULL) == s))
            break;
    }
    (void)fprintf(d->out, "Who called that is not known: an entry point, or code without a frame "
                          "table.\n");
    return CLI_OK;
}
