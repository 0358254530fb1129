/*
 * The comparison as JSON, schema ringside.compare/1, and as CSV.
 */
#include <string.h>

#include "compare.h"
#include "json.h"

static double ratio(uint64_t a, uint64_t b)
{
    return b ? (double)a / (double)b : 0;
}

static void put_ratio(struct json *j, const char *key, uint64_t a, uint64_t b)
{
    if (b)
        json_real(j, key, ratio(a, b));
    else
        json_null(j, key);
}

/* One mode against the yardstick. */
static void put_mode(struct json *j, const struct comparison *c, unsigned i)
{
    const struct report *r = &c->report[i], *y = &c->report[0];
    json_open(j, hv_modes[r->mode]->name, '{');
    put_ratio(j, "cycles", report_busy(r), report_busy(y));
    put_ratio(j, "instructions", r->insns_user + r->insns_kernel, y->insns_user + y->insns_kernel);
    json_open(j, "buckets", '{');
    for (unsigned b = 0; b < SIM_BUCKETS; b++)
        if (b != BUCKET_idle)
            put_ratio(j, sim_bucket_names[b], r->bucket[b], y->bucket[b]);
    json_close(j, '}');
    json_open(j, "bench", '{');
    for (unsigned k = 0; k < r->benches; k++)
        for (unsigned m = 0; m < y->benches; m++)
            if (strcmp(r->bench[k].name, y->bench[m].name) == 0 && y->bench[m].cycles > 0)
                json_real(j, r->bench[k].name, r->bench[k].cycles / y->bench[m].cycles);
    json_close(j, '}');
    json_close(j, '}');
}

static void put_split(struct json *j, const struct comparison *c)
{
    if (c->split_from < 0) {
        json_null(j, "split");
        return;
    }
    json_open(j, "split", '{');
    json_text(j, "from", hv_modes[c->report[c->split_from].mode]->name);
    json_text(j, "to", hv_modes[c->report[c->split_to].mode]->name);
    json_real(j, "fewer_exits", c->split.fewer_exits);
    json_real(j, "price_per_exit", c->split.price_per_exit);
    json_real(j, "guest_code", c->split.guest_code);
    json_close(j, '}');
}

void comparison_json(FILE *to, const struct comparison *c)
{
    struct json j = {.to = to};
    json_open(&j, NULL, '{');
    json_text(&j, "schema", "ringside.compare/1");
    json_open(&j, "runs", '[');
    for (unsigned i = 0; i < c->runs; i++)
        report_json(&j, &c->report[i]);
    json_close(&j, ']');
    json_open(&j, "ratios", '{');
    json_text(&j, "yardstick", hv_modes[c->report[0].mode]->name);
    for (unsigned i = 1; i < c->runs; i++)
        put_mode(&j, c, i);
    put_split(&j, c);
    json_close(&j, '}');
    json_close(&j, '}');
}

void comparison_csv(FILE *to, const struct comparison *c)
{
    (void)fputs("mode,figure,name,outcome,value\n", to);
    for (unsigned i = 0; i < c->runs; i++)
        report_csv_rows(to, &c->report[i]);
}
