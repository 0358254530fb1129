/* Finds the benchmark that the command line names and runs it with paging on. */
#include "bench.h"

/* The last two words of the command line (a loader may put the file's name first). */
static void last_words(const char *line, const char **name, uint32_t *count)
{
    const char *word[2] = {"", ""};

    for (const char *p = line; *p; p++) {
        if (*p != ' ' && (p == line || p[-1] == ' '))
            word[0] = word[1], word[1] = p;
    }
    *name = word[0];
    for (*count = 0; *word[1] >= '0' && *word[1] <= '9'; word[1]++)
        *count = *count * 10 + (uint32_t)(*word[1] - '0');
}

static bool same_word(const char *a, const char *word)
{
    while (*a && *a == *word)
        a++, word++;
    return !*a && (*word == ' ' || !*word);
}

/* Bochs has no exit port; it ends when this word is written to port 8900h, where other machines
 * have nothing. */
static void end_bochs(void)
{
    for (const char *p = "Shutdown"; *p; p++)
        kit_out8(0x8900, (uint8_t)*p);
}

/* As kernels do behind their first MOV CR0: CS and SS are loaded again, now through the page
 * tables. */
static void reload_segments(void)
{
    __asm__ volatile("ljmp %0, $1f\n1: mov %1, %%ss" : : "i"(KIT_CODE(0)), "r"(KIT_DATA(0)));
}

int main(void)
{
    const char *name = "";
    uint32_t count = 0;

    if (kit_multiboot && (kit_multiboot->flags & 4))
        last_words((const char *)(uintptr_t)kit_multiboot->cmdline, &name, &count);
    kit_paging_on();
    reload_segments();
    for (unsigned i = 0; i < bench_count; i++) {
        if (same_word(benches[i].name, name)) {
            uint32_t sum = benches[i].run(count);
            kit_printf("%s %u checksum %x\n", benches[i].name, count, sum);
            end_bochs();
            return 0;
        }
    }
    kit_put("no such benchmark\n");
    return 1;
}
