/*
 * Judging runs against each other: see compare.h.
 */
#include "compare.h"

#include <stdlib.h>
#include <string.h>

static const char mask[] = "cycles=";

/* Skips a number after "cycles=" that ends at `at`; returns where the text goes on. */
static const char *skip_masked(const char *start, const char *at)
{
    size_t n = sizeof mask - 1;
    if ((size_t)(at - start) < n || memcmp(at - n, mask, n) != 0)
        return at;
    return at + strspn(at, "0123456789.");
}

bool consoles_equal(const char *a, const char *b, char *where, unsigned where_size)
{
    const char *pa = a, *pb = b;
    unsigned line = 1;
    for (;;) {
        pa = skip_masked(a, pa);
        pb = skip_masked(b, pb);
        if (*pa != *pb)
            break;
        if (!*pa)
            return true;
        line += *pa == '\n';
        pa++, pb++;
    }
    while (pa > a && pa[-1] != '\n')
        pa--;
    while (pb > b && pb[-1] != '\n')
        pb--;
    (void)snprintf(where, where_size, "console line %u: \"%.*s\" and \"%.*s\"", line,
                   (int)(strcspn(pa, "\n") < 40 ? strcspn(pa, "\n") : 40), pa,
                   (int)(strcspn(pb, "\n") < 40 ? strcspn(pb, "\n") : 40), pb);
    return false;
}

static bool guest_equal(const struct vm_report *a, const struct vm_report *b, char *where,
                        unsigned size)
{
    if (a->status != b->status) {
        (void)snprintf(where, size, "one ended with status %d, the other with %d", (int)a->status,
                       (int)b->status);
        return false;
    }
    if (a->disk_hash[0] != b->disk_hash[0] || a->disk_hash[1] != b->disk_hash[1]) {
        (void)snprintf(where, size, "the disks' contents differ");
        return false;
    }
    return consoles_equal(a->console, b->console, where, size);
}

struct cost_parts cost_parts_of(const struct report *r)
{
    struct cost_parts p = {0, 0, r->total.exits};
    for (unsigned b = 0; b < SIM_BUCKETS; b++) {
        if (b >= BUCKET_transition_in && b <= BUCKET_transition_out)
            p.hypervisor += r->bucket[b];
        else if (b != BUCKET_idle)
            p.guest += r->bucket[b];
    }
    uint64_t transfers = r->transfer_cycles < p.hypervisor ? r->transfer_cycles : p.hypervisor;
    p.hypervisor -= transfers;
    p.guest += transfers;
    return p;
}

struct cost_split cost_split_of(const struct cost_parts *from, const struct cost_parts *to)
{
    struct cost_split s;
    double price_from = from->exits ? (double)from->hypervisor / (double)from->exits : 0;
    double price_to = to->exits ? (double)to->hypervisor / (double)to->exits : 0;
    s.fewer_exits = ((double)from->exits - (double)to->exits) * price_from;
    s.price_per_exit = (price_from - price_to) * (double)to->exits;
    s.guest_code = (double)from->guest - (double)to->guest;
    return s;
}

int comparison_find(const struct comparison *c, enum hv_mode_id mode)
{
    for (unsigned i = 0; i < c->runs; i++)
        if (c->report[i].mode == mode)
            return (int)i;
    return -1;
}

void comparison_judge(struct comparison *c)
{
    for (unsigned i = 1; i < c->runs; i++) {
        bool equal = true;
        for (unsigned v = 0; equal && v < c->report[i].vms && v < c->report[0].vms; v++)
            equal = guest_equal(&c->report[0].vm[v], &c->report[i].vm[v], c->difference[i],
                                sizeof c->difference[i]);
        c->report[i].equivalence = equal;
        if (equal)
            c->difference[i][0] = 0;
    }
    c->split_from = comparison_find(c, MODE_trap);
    c->split_to = comparison_find(c, MODE_pv);
    if (c->split_from < 0 || c->split_to < 0) {
        c->split_from = c->split_to = -1;
        return;
    }
    struct cost_parts from = cost_parts_of(&c->report[c->split_from]);
    struct cost_parts to = cost_parts_of(&c->report[c->split_to]);
    c->split = cost_split_of(&from, &to);
}

int comparison_status(const struct comparison *c)
{
    int worst = CLI_OK;
    for (unsigned i = 0; i < c->runs; i++) {
        int status = (int)c->report[i].status;
        if (status == CLI_OK && (c->report[i].equivalence == 0 || report_foreign(&c->report[i])))
            status = CLI_GUEST_FAILED;
        if (status > worst)
            worst = status;
    }
    return worst;
}
