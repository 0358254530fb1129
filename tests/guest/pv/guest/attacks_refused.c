/*
 * What each hypercall refuses by itself: every argument that can be wrong, one at a time, and every
 * answer that cannot be written. What is right beside it still works.
 */
#include "guest.h"

#define EINVAL   (-PV_EINVAL)
#define EFAULT   (-PV_EFAULT)
#define NO_TABLE 0x00800000u /* a linear address without a page table */

/* ---------------------------------------- memory */

static const char *entries_past_4_gib(void)
{
    struct pv_mmu_update u = {mfn_of(pages[1]) * PAGE, 0, 1, 1};
    EXPECT(CALL(mmu_update, addr(&u), 1, 0, PV_DOMID_SELF) == EINVAL);
    u.val_hi = 0;
    EXPECT(CALL(mmu_update, addr(&u), 1, 0, PV_DOMID_SELF) == 0);
    EXPECT(*(volatile uint32_t *)(uintptr_t)pages[1] == 1);
    return 0;
}

static int32_t set_ldt(uint32_t at, uint32_t entries)
{
    return mmuext(PV_MMUEXT_SET_LDT, at, entries);
}

static const char *ldt_that_is_not_there(void)
{
    EXPECT(set_ldt(NO_TABLE, 512) == EINVAL);
    EXPECT(map(pages[1], 0, 0) == 0);
    EXPECT(set_ldt(addr(pages[1]), 1) == EINVAL);
    EXPECT(map(pages[1], mfn_of(pages[1]), P | W) == 0);
    EXPECT(make_read_only(pages[0]) == 0);
    EXPECT(set_ldt(addr(pages[0]), 1024) == EINVAL);     /* the second page is writable */
    EXPECT(map(pages[0], mfn_of(pages[0]), P | W) == 0); /* so the first is not held */
    EXPECT(set_ldt(0, 0) == 0);
    return 0;
}

static const char *extended_operations(void)
{
    static const uint32_t flushes[] = {PV_MMUEXT_TLB_FLUSH_LOCAL, PV_MMUEXT_TLB_FLUSH_MULTI,
                                       PV_MMUEXT_TLB_FLUSH_ALL,   PV_MMUEXT_INVLPG_LOCAL,
                                       PV_MMUEXT_INVLPG_MULTI,    PV_MMUEXT_INVLPG_ALL,
                                       PV_MMUEXT_FLUSH_CACHE};
    for (unsigned i = 0; i < sizeof flushes / sizeof *flushes; i++) {
        EXPECT(mmuext(flushes[i], addr(pages[0]), 0) == 0);
        EXPECT(mmuext(flushes[i], 0xffffffffu, 0) == 0);
    }
    EXPECT(mmuext(99, 0, 0) == -PV_ENOSYS);
    EXPECT(CALL(mmuext_op, NO_TABLE, 1, 0, PV_DOMID_SELF) == EFAULT);
    struct pv_mmuext_op op[2] = {{PV_MMUEXT_FLUSH_CACHE, 0, 0}, {99, 0, 0}};
    uint32_t done = 7;
    EXPECT(CALL(mmuext_op, addr(op), 2, addr(&done), PV_DOMID_SELF) == -PV_ENOSYS && done == 1);
    return 0;
}

static const char *pages_cleared_and_copied(void)
{
    volatile uint32_t *to = (volatile uint32_t *)(uintptr_t)pages[0];
    volatile uint32_t *from = (volatile uint32_t *)(uintptr_t)pages[1];
    for (uint32_t i = 0; i < 1024; i++) {
        to[i] = ~i;
        from[i] = i * 77;
    }
    EXPECT(mmuext(PV_MMUEXT_CLEAR_PAGE, mfn_of(pages[0]), 0) == 0);
    for (uint32_t i = 0; i < 1024; i++)
        EXPECT(to[i] == 0);
    EXPECT(mmuext(PV_MMUEXT_COPY_PAGE, mfn_of(pages[0]), mfn_of(pages[1])) == 0);
    for (uint32_t i = 0; i < 1024; i++)
        EXPECT(to[i] == i * 77);
    return 0;
}

static const char *descriptors_anywhere_else(void)
{
    uint32_t at = mfn_of(pages[0]) * PAGE;
    EXPECT(CALL(update_descriptor, at, 1, 0xffff, 0x00cf9a00) == EINVAL); /* past 4 GiB */
    EXPECT(CALL(update_descriptor, root_mfn() * PAGE, 0, 0, 0) == EINVAL);
    EXPECT(CALL(update_descriptor, at, 0, 0xffff, 0x00cf9a00) == 0); /* a page like any other */
    EXPECT(*(volatile uint32_t *)(uintptr_t)pages[0] >> 16 == 0);
    return 0;
}

static int32_t reserve(uint32_t command, uint32_t list, uint32_t n, uint32_t order)
{
    struct pv_memory_reservation r = {list, n, order, 0, PV_DOMID_SELF, 0};
    return CALL(memory_op, command, addr(&r), 0, 0);
}

static int32_t held(void)
{
    uint16_t domain = PV_DOMID_SELF;
    return CALL(memory_op, PV_XENMEM_CURRENT_RESERVATION, addr(&domain), 0, 0);
}

#define GIVE PV_XENMEM_DECREASE_RESERVATION
#define TAKE PV_XENMEM_INCREASE_RESERVATION
#define FILL PV_XENMEM_POPULATE_PHYSMAP

static const char *reservations_that_lie(void)
{
    static uint32_t list[4];
    int32_t all = held();
    list[0] = info->shared_info / PAGE;
    EXPECT(reserve(GIVE, addr(list), 1, 0) == 0); /* none of its reservation */
    list[0] = mfn_of(pages[0]);
    EXPECT(reserve(GIVE, addr(list), 1, 1) == EINVAL); /* pairs of pages */
    EXPECT(reserve(GIVE, PV_HOLE - 4, 2, 0) == EINVAL);
    EXPECT(reserve(GIVE, NO_TABLE, 1, 0) == 0);
    EXPECT(held() == all);
    EXPECT(map(pages[0], 0, 0) == 0 && reserve(GIVE, addr(list), 1, 0) == 1);
    EXPECT(held() == all - 1);
    list[0] = info->nr_pages; /* there is no such page, */
    EXPECT(reserve(FILL, addr(list), 1, 0) == 0);
    list[0] = (addr(pages[1]) - BASE) / PAGE; /* one that is there already, */
    EXPECT(reserve(FILL, addr(list), 1, 0) == 0);
    list[0] = (addr(pages[0]) - BASE) / PAGE; /* and the one that is missing */
    EXPECT(reserve(FILL, addr(list), 1, 0) == 1);
    EXPECT(map(pages[0], list[0], P | W) == 0);
    EXPECT(*(volatile uint32_t *)(uintptr_t)pages[0] == 0);
    EXPECT(held() == all);
    return 0;
}

static const char *frames_taken_unseen(void)
{
    static uint32_t list[2];
    int32_t all = held();
    list[0] = mfn_of(pages[0]);
    list[1] = mfn_of(pages[1]);
    EXPECT(map(pages[0], 0, 0) == 0 && map(pages[1], 0, 0) == 0);
    EXPECT(reserve(GIVE, addr(list), 2, 0) == 2);
    EXPECT(reserve(TAKE, 0, 1, 0) == 1); /* whose number it does not want to know */
    EXPECT(make_read_only(pages[2]) == 0);
    EXPECT(reserve(TAKE, addr(pages[2]), 1, 0) == 0); /* or cannot be told */
    EXPECT(held() == all);
    return 0;
}

/* A guest that gives back what it goes on using has not made room for more. */
static const char *frames_given_back_still_count(void)
{
    static uint32_t list[8];
    int32_t all = held();
    for (unsigned i = 0; i < 4; i++)
        list[i] = mfn_of(pages[i]);
    EXPECT(reserve(GIVE, addr(list), 4, 0) == 4);
    EXPECT(held() == all && reserve(TAKE, addr(list), 4, 0) == 0);
    for (unsigned i = 0; i < 4; i++)
        EXPECT(map(pages[i], 0, 0) == 0);
    EXPECT(held() == all - 4 && reserve(TAKE, addr(list), 8, 0) == 4);
    return 0;
}

/* ---------------------------------------- events */

static int32_t event_op(uint32_t op, const volatile void *argument)
{
    return CALL(event_channel_op, op, addr(argument), 0, 0);
}

static int32_t port_op(uint32_t op, uint32_t port)
{
    struct pv_evtchn_port p = {port};
    return event_op(op, &p);
}

static const char *channels_of_others(void)
{
    struct pv_evtchn_alloc_unbound a = {0, PV_DOMID_SELF, 0};
    EXPECT(event_op(PV_EVTCHNOP_ALLOC_UNBOUND, &a) == -PV_EPERM);
    a.dom = 0x7ff1;
    EXPECT(event_op(PV_EVTCHNOP_ALLOC_UNBOUND, &a) == -PV_ESRCH);
    a.dom = PV_DOMID_SELF;
    a.remote_dom = 3;
    EXPECT(event_op(PV_EVTCHNOP_ALLOC_UNBOUND, &a) == -PV_ESRCH);
    struct pv_evtchn_bind_ipi ipi = {1, 0};
    EXPECT(event_op(PV_EVTCHNOP_BIND_IPI, &ipi) == -PV_ENOENT);
    struct pv_evtchn_bind_interdomain b = {PV_DOMID_SELF, 0, 0xffffffffu, 0};
    EXPECT(event_op(PV_EVTCHNOP_BIND_INTERDOMAIN, &b) == EINVAL);
    b.remote_port = info->console_evtchn; /* bound, and not the guest's */
    EXPECT(event_op(PV_EVTCHNOP_BIND_INTERDOMAIN, &b) == EINVAL);
    struct pv_evtchn_status s = {1, 0, 1, 0, 0, 0};
    EXPECT(event_op(PV_EVTCHNOP_STATUS, &s) == -PV_ESRCH);
    return 0;
}

static const char *no_channel_is_left(void)
{
    struct pv_evtchn_alloc_unbound a = {PV_DOMID_SELF, PV_DOMID_SELF, 0};
    struct pv_evtchn_bind_ipi ipi = {0, 0};
    struct pv_evtchn_bind_virq virq = {PV_VIRQ_TIMER, 0, 0};
    EXPECT(event_op(PV_EVTCHNOP_ALLOC_UNBOUND, &a) == 0);
    struct pv_evtchn_bind_interdomain b = {PV_DOMID_SELF, 0, a.port, 0};
    while (event_op(PV_EVTCHNOP_BIND_IPI, &ipi) == 0)
        ;
    EXPECT(event_op(PV_EVTCHNOP_BIND_IPI, &ipi) == -PV_ENOSPC);
    EXPECT(event_op(PV_EVTCHNOP_BIND_VIRQ, &virq) == -PV_ENOSPC);
    EXPECT(event_op(PV_EVTCHNOP_BIND_INTERDOMAIN, &b) == -PV_ENOSPC);
    EXPECT(port_op(PV_EVTCHNOP_CLOSE, ipi.port) == 0);
    EXPECT(event_op(PV_EVTCHNOP_BIND_VIRQ, &virq) == 0 && virq.port == ipi.port);
    EXPECT(port_op(PV_EVTCHNOP_CLOSE, virq.port) == 0);
    EXPECT(event_op(PV_EVTCHNOP_BIND_VIRQ, &virq) == 0); /* the closed one is not bound any more */
    return 0;
}

/* The answer goes where the question was, which can be read only. */
static const char *answers_that_cannot_be_written(void)
{
    static const struct {
        uint32_t op, word[3];
    } asked[] = {
        {PV_EVTCHNOP_BIND_VIRQ, {PV_VIRQ_TIMER, 0, 0}},
        {PV_EVTCHNOP_BIND_IPI, {0, 0, 0}},
        {PV_EVTCHNOP_ALLOC_UNBOUND, {PV_DOMID_SELF | PV_DOMID_SELF << 16, 0, 0}},
        {PV_EVTCHNOP_STATUS, {PV_DOMID_SELF, 1, 0}},
    };
    volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)pages[0];
    for (unsigned i = 0; i < sizeof asked / sizeof *asked; i++) {
        EXPECT(map(pages[0], mfn_of(pages[0]), P | W) == 0);
        for (unsigned k = 0; k < 3; k++)
            word[k] = asked[i].word[k];
        EXPECT(make_read_only(pages[0]) == 0);
        EXPECT(event_op(asked[i].op, word) == EFAULT);
        EXPECT(word[2] == 0);
    }
    return 0;
}

static const char *unmasking_tells_only_what_is_pending(void)
{
    struct pv_evtchn_bind_ipi ipi = {0, 0};
    EXPECT(event_op(PV_EVTCHNOP_BIND_IPI, &ipi) == 0);
    shared_info.evtchn_mask[0] = 1u << ipi.port;
    shared_info.vcpu_info[0].evtchn_upcall_mask = 0;
    EXPECT(port_op(PV_EVTCHNOP_UNMASK, ipi.port) == 0);
    EXPECT(!(shared_info.evtchn_mask[0] & 1u << ipi.port) && event_calls == 0);
    EXPECT(port_op(PV_EVTCHNOP_SEND, ipi.port) == 0 && event_calls == 1);
    return 0;
}

/* ---------------------------------------- the rest */

static const char *a_batch_ends_with_its_guest(void)
{
    static const char said[] = "BROKEN: went on\n";
    struct pv_sched_shutdown s = {PV_SHUTDOWN_POWEROFF};
    struct pv_multicall_entry e[2] = {
        {.op = PV_HYPERCALL_sched_op, .args = {PV_SCHEDOP_SHUTDOWN, addr(&s)}},
        {.op = PV_HYPERCALL_console_io, .args = {PV_CONSOLEIO_WRITE, sizeof said - 1, addr(said)}}};
    print("fended off\n");
    CALL(multicall, addr(e), 2, 0, 0);
    return "came back";
}

static const char *a_batch_that_is_too_long(void)
{
    /* Zeroes: each withdraws all handlers. */
    EXPECT(CALL(multicall, BASE + 0x180000, 65537, 0, 0) == -PV_E2BIG);
    EXPECT(CALL(multicall, BASE + 0x180000, 100, 0, 0) == 0);
    return 0;
}

static const char *callbacks_and_stacks_that_lie(void)
{
    EXPECT(CALL(set_callbacks, PV_FLAT_RING1_CS, BASE, PV_FLAT_RING1_CS, PV_HOLE) == EINVAL);
    EXPECT(CALL(stack_switch, 0, addr(pages[0]), 0, 0) == EINVAL);
    EXPECT(CALL(stack_switch, 3, addr(pages[0]), 0, 0) == EINVAL);
    EXPECT(CALL(stack_switch, 0x10000 | PV_FLAT_RING1_DS, addr(pages[0]), 0, 0) == EINVAL);
    EXPECT(CALL(sched_op, PV_SCHEDOP_BLOCK + 70, 0, 0, 0) == -PV_ENOSYS);
    return 0;
}

static const char *words_cut_off(void)
{
    EXPECT(CALL(console_io, PV_CONSOLEIO_READ, 10, addr(pages[0]), 0) == 0);
    EXPECT(map(pages[1], 0, 0) == 0);
    /* The first part can be read, the second reaches into the page that is not there. */
    EXPECT(CALL(console_io, PV_CONSOLEIO_WRITE, 200, addr(pages[1]) - 150, 0) == EFAULT);
    return 0;
}

static const char *polls_of_nowhere(void)
{
    struct pv_sched_poll p = {NO_TABLE, 1, {0, 0}};
    EXPECT(CALL(sched_op, PV_SCHEDOP_POLL, addr(&p), 0, 0) == EFAULT);
    p = (struct pv_sched_poll){addr(pages[0]), 129, {0, 0}};
    EXPECT(CALL(sched_op, PV_SCHEDOP_POLL, addr(&p), 0, 0) == EINVAL);
    struct pv_sched_shutdown s = {PV_SHUTDOWN_EXIT | 0x10000u << 1};
    EXPECT(CALL(sched_op, PV_SCHEDOP_SHUTDOWN, addr(&s), 0, 0) == EINVAL);
    return 0;
}

/* All ones, whatever the width and form; a string's memory is the guest's own business. */
static const char *ports_of_every_width(void)
{
    uint32_t wide = 0;
    uint16_t narrow = 0;
    __asm__ volatile("inl %%dx, %%eax" : "=a"(wide) : "d"(0xcf8));
    __asm__ volatile("inw %%dx, %%ax" : "=a"(narrow) : "d"(0x1f0));
    EXPECT(wide == 0xffffffffu && narrow == 0xffffu);
    __asm__ volatile("inb $0x60, %%al" : "=a"(wide) : "a"(0));
    EXPECT((wide & 0xff) == 0xff);
    __asm__ volatile("outl %%eax, $0x80" : : "a"(0));
    volatile uint8_t *to = pages[0];
    uint32_t at = addr(to), n = 100;
    __asm__ volatile("rep insb" : "+D"(at), "+c"(n) : "d"(0x3f8) : "memory");
    EXPECT(at == addr(to) + 100 && n == 0);
    for (unsigned i = 0; i < 100; i++)
        EXPECT(to[i] == 0xff);
    EXPECT(to[100] == 0);
    at = addr(to);
    n = 9;
    __asm__ volatile("rep outsw" : "+S"(at), "+c"(n) : "d"(0x3f8) : "memory");
    EXPECT(at == addr(to) + 18 && n == 0);
    TRY("insl", "D"(NO_TABLE), "d"(0x1f0));
    EXPECT(caught_vector == 14 && caught_cr2 == NO_TABLE);
    return 0;
}

const struct attack attacks_refused[] = {
    {"entries_past_4_gib", entries_past_4_gib},
    {"ldt_that_is_not_there", ldt_that_is_not_there},
    {"extended_operations", extended_operations},
    {"pages_cleared_and_copied", pages_cleared_and_copied},
    {"descriptors_anywhere_else", descriptors_anywhere_else},
    {"reservations_that_lie", reservations_that_lie},
    {"frames_taken_unseen", frames_taken_unseen},
    {"frames_given_back_still_count", frames_given_back_still_count},
    {"channels_of_others", channels_of_others},
    {"no_channel_is_left", no_channel_is_left},
    {"answers_that_cannot_be_written", answers_that_cannot_be_written},
    {"unmasking_tells_only_what_is_pending", unmasking_tells_only_what_is_pending},
    {"a_batch_ends_with_its_guest", a_batch_ends_with_its_guest},
    {"a_batch_that_is_too_long", a_batch_that_is_too_long},
    {"callbacks_and_stacks_that_lie", callbacks_and_stacks_that_lie},
    {"words_cut_off", words_cut_off},
    {"polls_of_nowhere", polls_of_nowhere},
    {"ports_of_every_width", ports_of_every_width},
    {0, 0},
};
