/*
 * A trapped guest whose code is a fuzzer's. Whatever it does: no crash, no assertion, an audit that
 * finds nothing, every cycle in one bucket, and a second VM's memory as it was.
 *
 * Byte 0 chooses (bit 0 paging, 1 CR0.WP, 2-3 ring, 4 a classic CPU, 5 RDTSC emulated, 6 a tiny
 * shadow pool); the rest is code.
 */
#include "prelude.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "trap_fuzz: %s\n", what);
    abort();
}

static struct hv *create(uint8_t choice, const struct cost_profile *profile)
{
    struct hv_config c;
    struct hv *hv;
    hv_config_init(&c, MODE_trap);
    c.profile = profile;
    c.ram_bytes = 2u << 20;
    c.vms = 2;
    c.tsc_emulate = choice & 0x20;
    c.shadow_pages = (choice & 0x40) ? 4 : 0;
    if (choice & 0x10)
        cpu_model_parse("classic", &c.cpu, NULL);
    return hv_create(&hv, &c, NULL) == SIM_OK ? hv : NULL;
}

static void check(struct hv *hv)
{
    static const uint8_t zero[PAGE_SIZE];
    uint8_t page[PAGE_SIZE];
    uint64_t shared[SIM_BUCKETS], sum = 0;
    struct hv_audit a;
    hv_audit(hv, &a);
    require(a.foreign + a.gates + a.ports + a.inconsistent == 0, a.first);
    hv_shared_buckets(hv, shared);
    for (unsigned b = 0; b < SIM_BUCKETS; b++)
        sum += shared[b] + hv_stats(hv, 0)->bucket[b] + hv_stats(hv, 1)->bucket[b];
    require(sum == hv_cycle(hv), "a cycle is in no bucket, or in two");
    for (uint32_t gpa = 0; gpa < hv->config.ram_bytes; gpa += PAGE_SIZE)
        require(hv_guest_memory(hv, 1, gpa, page, PAGE_SIZE) && !memcmp(page, zero, PAGE_SIZE),
                "the other VM's memory was written");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct cost_profile profile = {.clock_hz = 10000000};
    struct program p = {.n = 0};
    if (!size)
        return 0;
    for (unsigned i = 0; i < SIM_COSTS; i++)
        profile.hw.cycles[i] = 1;
    for (unsigned i = 0; i < HV_COSTS; i++)
        profile.hv.cycles[i] = 10;
    struct hv *hv = create(data[0], &profile);
    if (!hv)
        return 0;
    prelude_start(&p, data[0] & 1, data[0] & 2);
    if (data[0] >> 2 & 3u)
        prelude_ring(&p, data[0] >> 2 & 3u, 0);
    emit(&p, data + 1, (uint32_t)size - 1);
    EMIT(&p, 0xeb, 0xfe);
    prelude_load(hv, &p);
    const struct hv_limits limits = {.cycle = 100000, .exits = 1000};
    hv_run(hv, &limits);
    check(hv);
    hv_destroy(hv);
    return 0;
}
