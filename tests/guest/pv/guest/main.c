/*
 * Runs the attack that the command line names, says how it went, and ends with 0 if it was fended
 * off.
 */
#include "guest.h"

const struct pv_start_info *info;
volatile unsigned failsafe_calls, event_calls, traps_from_user;
volatile uint32_t user_vector, user_error;
volatile int caught_vector;
volatile uint32_t caught_error, caught_flags, caught_cr2, caught_resume, caught_esp;
uint8_t pages[24][PAGE] __attribute__((aligned(4096)));
void entry_failsafe(void);
void entry_event(void);
void guest_main(const struct pv_start_info *start);
void guest_trap(struct trap_frame *f);

void *memset(void *to, int byte, size_t n);
void *memset(void *to, int byte, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((volatile uint8_t *)to)[i] = (uint8_t)byte;
    return to;
}

void *memcpy(void *to, const void *from, size_t n);
void *memcpy(void *to, const void *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
    return to;
}

int text_compare(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a - *b;
}

void print(const char *s)
{
    uint32_t n = 0;
    while (s[n])
        n++;
    CALL(console_io, PV_CONSOLEIO_WRITE, n, addr(s), 0);
}

uint32_t mfn_of(const volatile void *address)
{
    return ((const uint32_t *)(uintptr_t)info->mfn_list)[(addr(address) - BASE) / PAGE];
}

uint32_t foreign_mfn(void)
{
    const uint32_t *m2p = (const uint32_t *)(uintptr_t)PV_M2P_BASE;
    uint32_t last = (uint32_t)CALL(memory_op, PV_XENMEM_MAXIMUM_RAM_PAGE, 0, 0, 0);
    for (uint32_t mfn = 1; mfn <= last; mfn++)
        if (m2p[mfn] == PV_M2P_INVALID && mfn != info->shared_info / PAGE)
            return mfn;
    return 0;
}

uint32_t root_mfn(void)
{
    return mfn_of((const void *)(uintptr_t)info->pt_base);
}

uint32_t *root_entries(void)
{
    return (uint32_t *)(uintptr_t)info->pt_base;
}

int32_t map(const void *at, uint32_t mfn, uint32_t flags)
{
    return CALL(update_va_mapping, addr(at), flags ? mfn * PAGE | flags : 0, 0, PV_UVMF_INVLPG);
}

int32_t update(uint32_t machine_address, uint32_t value)
{
    struct pv_mmu_update u = {machine_address, 0, value, 0};
    return CALL(mmu_update, addr(&u), 1, 0, PV_DOMID_SELF);
}

int32_t mmuext(uint32_t command, uint32_t arg1, uint32_t arg2)
{
    struct pv_mmuext_op op = {command, arg1, arg2};
    return CALL(mmuext_op, addr(&op), 1, 0, PV_DOMID_SELF);
}

int32_t make_read_only(void *page)
{
    return map(page, mfn_of(page), P);
}

void set_handler(uint8_t vector, uint8_t flags, uint16_t cs, uint32_t address)
{
    struct pv_trap_info table[2] = {{vector, flags, cs, address}, {0, 0, 0, 0}};
    CALL(set_trap_table, addr(table), 0, 0, 0);
}

void guest_trap(struct trap_frame *f)
{
    if ((f->cs & 3) == 3) {
        traps_from_user++;
        user_vector = f->vector;
        user_error = f->error;
        end_user();
    }
    if (caught_resume) {
        caught_vector = (int)f->vector;
        caught_error = f->error;
        caught_flags = f->eflags;
        caught_cr2 = shared_info.vcpu_info[0].cr2;
        f->eip = caught_resume;
        return;
    }
    print("BROKEN: an unexpected trap\n");
    struct pv_sched_shutdown s = {PV_SHUTDOWN_EXIT | 2};
    CALL(sched_op, PV_SCHEDOP_SHUTDOWN, addr(&s), 0, 0);
}

void user_page_init(void)
{
    uint32_t *table = (uint32_t *)(uintptr_t)pages[22];
    table[0] = mfn_of(pages[20]) * PAGE | P | U;
    table[1] = mfn_of(pages[21]) * PAGE | P | W | U;
    make_read_only(pages[22]);
    update(root_mfn() * PAGE + 4, mfn_of(pages[22]) * PAGE | P | W | U);
    CALL(stack_switch, PV_FLAT_RING1_DS, addr(pages[23]) + PAGE, 0, 0);
}

static void set_up(void)
{
    static struct pv_trap_info table[33];
    map((const void *)(uintptr_t)&shared_info, info->shared_info / PAGE, P | W);
    for (uint8_t v = 0; v < 32; v++)
        table[v] =
            (struct pv_trap_info){v, PV_TRAP_MASK_EVENTS, PV_FLAT_RING1_CS, trap_addresses[v]};
    CALL(set_trap_table, addr(table), 0, 0, 0);
    CALL(set_callbacks, PV_FLAT_RING1_CS, (uintptr_t)entry_event, PV_FLAT_RING1_CS,
         (uintptr_t)entry_failsafe);
    CALL(stack_switch, PV_FLAT_RING1_DS, addr(pages[23]) + PAGE, 0, 0);
}

static const char *run_in(const struct attack *list, const char **verdict)
{
    for (; list->name; list++) {
        if (text_compare(list->name, info->cmd_line) == 0) {
            *verdict = list->run();
            return list->name;
        }
    }
    return NULL;
}

void guest_main(const struct pv_start_info *start)
{
    static const struct attack *const lists[] = {attacks_mmu,     attacks_segments, attacks_calls,
                                                 attacks_sched,   attacks_asking,   attacks_rings,
                                                 attacks_refused, attacks_frames};
    const char *verdict = "no such attack", *name = NULL;
    info = start;
    set_up();
    for (unsigned i = 0; i < sizeof lists / sizeof *lists && !name; i++)
        name = run_in(lists[i], &verdict);
    print(verdict ? "BROKEN: " : "fended off");
    if (verdict)
        print(verdict);
    print("\n");
    struct pv_sched_shutdown s = {PV_SHUTDOWN_EXIT | (verdict ? 1u : 0u)};
    for (;;)
        CALL(sched_op, PV_SCHEDOP_SHUTDOWN, addr(&s), 0, 0);
}
