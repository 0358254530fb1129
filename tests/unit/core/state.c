/* State descriptors: hash, difference, pack and unpack; statuses and errors; the tables of names.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "sim/cost.h"
#include "sim/state.h"
#include "sim/status.h"

struct sample {
    uint8_t a;
    uint32_t b; /* three bytes of padding before */
    uint16_t c[3];
    uint64_t d; /* and two here */
};

static const struct state_field fields[] = {
    STATE_FIELD(sample, a),
    STATE_FIELD(sample, b),
    STATE_ARRAY(sample, c),
    STATE_FIELD(sample, d),
};
static STATE_DESC(desc, sample, 1, fields);

static struct sample filled(int padding)
{
    struct sample s;
    memset(&s, padding, sizeof s);
    s.a = 1;
    s.b = 0x01020304;
    for (unsigned i = 0; i < 3; i++)
        s.c[i] = (uint16_t)(0x1111 * i);
    s.d = 0x1122334455667788ull;
    return s;
}

Test(state, padding_is_never_seen)
{
    struct sample x = filled(0x00), y = filled(0xff);
    cr_assert_eq(state_hash(1, &desc, &x), state_hash(1, &desc, &y));
    cr_assert_null(state_first_difference(&desc, &x, &y));
}

Test(state, every_bit_of_every_field_changes_the_hash)
{
    struct sample x = filled(0);
    uint64_t hash = state_hash(STATE_HASH_SEED, &desc, &x);
    for (uint32_t f = 0; f < desc.field_count; f++)
        for (uint32_t bit = 0; bit < 8u * fields[f].size * fields[f].count; bit++) {
            struct sample y = x;
            ((uint8_t *)&y)[fields[f].offset + bit / 8] ^= (uint8_t)(1u << bit % 8);
            cr_assert_neq(state_hash(STATE_HASH_SEED, &desc, &y), hash);
            cr_assert_str_eq(state_first_difference(&desc, &x, &y), fields[f].name);
        }
}

Test(state, packing_is_little_endian_and_reversible)
{
    struct sample x = filled(0), y;
    uint8_t packed[32];
    memset(&y, 0, sizeof y);
    cr_assert_eq(state_packed_size(&desc), 1 + 4 + 6 + 8);
    state_pack(&desc, &x, packed);
    const uint8_t start[] = {1, 4, 3, 2, 1, 0, 0, 0x11, 0x11};
    cr_assert_arr_eq(packed, start, sizeof start);
    cr_assert_eq(state_unpack(&desc, &y, packed, 19), 1);
    cr_assert_null(state_first_difference(&desc, &x, &y));
}

Test(state, unpacking_another_size_changes_nothing)
{
    struct sample x = filled(0), y = x;
    uint8_t packed[32] = {0};
    cr_assert_eq(state_unpack(&desc, &y, packed, 18), 0);
    cr_assert_eq(state_unpack(&desc, &y, packed, 20), 0);
    cr_assert_null(state_first_difference(&desc, &x, &y));
}

/* The numbers were computed by another program, in Python, from the definitions in sim/core/hash.h
 * and state.c: from 128 bytes on in lanes, and fields without a gap between them as one piece. */
Test(state, hashes_do_not_change_between_hosts_and_versions)
{
    struct sample x = filled(0);
    cr_assert_eq(state_hash_bytes(STATE_HASH_SEED, "ringside", 8), 0xebe8fcd15b305e30ull);
    cr_assert_eq(state_hash(STATE_HASH_SEED, &desc, &x), 0x3112caeae8e8e634ull);
    uint8_t many[203];
    for (unsigned i = 0; i < sizeof many; i++)
        many[i] = (uint8_t)i;
    cr_assert_eq(state_hash_bytes(STATE_HASH_SEED, many, sizeof many), 0xed77e2eccf360579ull);
}

Test(state, length_counts_in_byte_hashes)
{
    uint8_t zero[16] = {0};
    for (unsigned n = 0; n < 16; n++)
        cr_assert_neq(state_hash_bytes(1, zero, n), state_hash_bytes(1, zero, n + 1));
}

Test(state, every_bit_counts_in_long_byte_hashes_too)
{
    uint8_t bytes[203] = {0};
    for (unsigned n = 120; n < sizeof bytes; n++) {
        uint64_t hash = state_hash_bytes(1, bytes, n);
        for (unsigned i = 0; i < 8 * n; i++) {
            bytes[i / 8] ^= (uint8_t)(1u << i % 8);
            cr_assert_neq(state_hash_bytes(1, bytes, n), hash, "bit %u of %u bytes", i, n);
            bytes[i / 8] ^= (uint8_t)(1u << i % 8);
        }
    }
}

Test(status, an_error_is_a_status_and_a_line)
{
    struct sim_error err;
    cr_assert_eq(sim_fail(&err, SIM_BAD_INPUT, "%s at %d", "here", 7), SIM_BAD_INPUT);
    cr_assert_eq(err.status, SIM_BAD_INPUT);
    cr_assert_str_eq(err.text, "here at 7");
    cr_assert_eq(sim_fail(NULL, SIM_NO_MEMORY, "nobody listens"), SIM_NO_MEMORY);
}

Test(status, a_long_message_is_cut_not_overrun)
{
    struct sim_error err;
    char longer[1000];
    memset(longer, 'x', sizeof longer);
    longer[999] = 0;
    sim_fail(&err, SIM_BAD_INPUT, "%s", longer);
    cr_assert_eq(strlen(err.text), sizeof err.text - 1);
}

Test(status, names_are_distinct_and_total)
{
    for (int i = SIM_OK; i <= SIM_UNSUPPORTED; i++)
        for (int j = SIM_OK; j < i; j++)
            cr_assert_str_neq(sim_status_name((enum sim_status)i),
                              sim_status_name((enum sim_status)j));
    cr_assert_not_null(sim_status_name((enum sim_status)99));
}

Test(cost_names, every_key_and_bucket_has_a_name_and_a_text)
{
    for (unsigned i = 0; i < SIM_COSTS; i++) {
        cr_assert(sim_cost_names[i] && *sim_cost_names[i]);
        cr_assert(sim_cost_texts[i] && *sim_cost_texts[i]);
    }
    for (unsigned i = 0; i < SIM_BUCKETS; i++) {
        cr_assert(sim_bucket_names[i] && *sim_bucket_names[i]);
        cr_assert(sim_bucket_texts[i] && *sim_bucket_texts[i]);
    }
    cr_assert_str_eq(sim_cost_names[COST_walk_ref], "walk_ref");
    cr_assert_str_eq(sim_bucket_names[BUCKET_idle], "idle");
}
