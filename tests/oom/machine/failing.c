/* The n-th allocation fails, for every n: a clear error, nothing left allocated, and with enough
 * memory it works. */
#include <criterion/criterion.h>
#include <string.h>

#include "elf.h"

static unsigned allocations, fail_at;
static int held;

/* The linker sends every call from the simulator here, through sim_alloc or not. */
void *__real_calloc(size_t count, size_t size);
void *__real_malloc(size_t size);
void __real_free(void *memory);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void __wrap_free(void *memory);

static bool fails(void)
{
    if (++allocations == fail_at)
        return true;
    held++;
    return false;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void __wrap_free(void *memory)
{
    if (memory)
        held--;
    __real_free(memory);
}

static struct sim_costs costs;

static enum sim_status create(unsigned failing, struct machine **m, struct sim_error *err)
{
    const struct machine_config config = {
        .ram_bytes = 1u << 20, .clock_hz = 1000000, .costs = &costs};
    memset(err, 0, sizeof *err);
    allocations = 0;
    held = 0;
    fail_at = failing;
    return machine_create(m, &config, err);
}

Test(oom_machine, every_failing_allocation_of_a_machine_is_survived)
{
    struct machine *m;
    struct sim_error err;
    cr_assert_eq(create(0, &m, &err), SIM_OK);
    unsigned all = allocations;
    machine_destroy(m);
    cr_assert_eq(held, 0);
    cr_assert_geq(all, 6, "machine, RAM, page flags, block cache, devices");
    for (unsigned n = 1; n <= all; n++) {
        m = (void *)&err;
        cr_assert_eq(create(n, &m, &err), SIM_NO_MEMORY, "allocation %u of %u", n, all);
        cr_assert_null(m);
        cr_assert_not_null(strstr(err.text, "memory"), "allocation %u: \"%s\"", n, err.text);
        cr_assert_eq(held, 0, "allocation %u of %u leaves %d behind", n, all, held);
    }
}

static struct elf_world w;

Test(oom_machine, a_failing_allocation_of_the_loader_is_survived)
{
    elf_good(&w);
    allocations = 0;
    held = 0;
    fail_at = 0;
    cr_assert_eq(elf_load(&w), SIM_OK);
    unsigned all = allocations;
    cr_assert_geq(all, 1);
    cr_assert_eq(held, 0);
    for (unsigned n = 1; n <= all; n++) {
        allocations = 0;
        fail_at = n;
        cr_assert_eq(elf_load(&w), SIM_NO_MEMORY);
        cr_assert_eq(held, 0);
    }
}

Test(oom_machine, machines_come_and_go_without_a_trace)
{
    struct machine *m;
    struct sim_error err;
    for (unsigned i = 0; i < 200; i++) {
        cr_assert_eq(create(0, &m, &err), SIM_OK);
        machine_destroy(m);
        cr_assert_eq(held, 0);
    }
}
