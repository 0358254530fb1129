/*
 * Every number of a saved state that decides anything is looked at before it does: one is changed
 * at a time, and the state is refused in words that say what cannot be. The good state then goes
 * on.
 *
 * broken.c spoils at random and asks for no harm; here each check has its own row, which fails if
 * that check goes.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/saved.h"
#include "mmu/shadow.h"
#include "pv/pv.h"
#include "refused.h"
#include "snap.h"

#define WORK "hz=1000 run=\"sieve 20; disk 2; halt\""

/* ---------------------------------------- states */

static const struct way scene_ways[SCENES] = {
    [NATIVE] = {MODE_native, 1, 0, "", false, 0},
    [ON_CPU] = {MODE_trap, 2, 9000, "", false, 24},
    [IN_REPEAT] = {MODE_trap, 2, 9000, "", false, 24},
    [PV] = {MODE_pv, 2, 9000, "", false, 0},
};

static bool is_there(const struct hv *hv, enum scene scene)
{
    if (scene == NATIVE)
        return true;
    if (scene != IN_REPEAT)
        return hv->resume_ready && !hv->open && hv->exits > 100;
    return hv->open && hv->current && hv->current->repeats;
}

static void start_scene(struct rig *r, enum scene scene)
{
    way_start(r, &scene_ways[scene], WORK);
    if (scene != IN_REPEAT)
        rig_run(r, 1000000);
    for (unsigned i = 0; i < 200000 && !is_there(r->hv, scene); i++)
        cr_assert_eq(rig_run(r, hv_cycle(r->hv) + 61), HV_STOP_LIMIT);
    cr_assert(is_there(r->hv, scene), "scene %d is not met", (int)scene);
}

/* ---------------------------------------- changes */

static uint32_t some_shadow(const struct shadow *s, unsigned nth)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->page[i].used && !shadow_is_root_kind(s->page[i].role) && s->page[i].live && !nth--)
            return i;
    cr_assert_fail("too few shadow pages");
    return 0;
}

static uint32_t unused_shadow(const struct shadow *s)
{
    uint32_t i = 0;
    while (i < s->count && s->page[i].used)
        i++;
    cr_assert_lt(i, s->count, "no shadow page is left");
    return i;
}

static uint32_t plain_frame(struct hv *hv)
{
    for (uint32_t mfn = 1; mfn < hv->frame_count; mfn++)
        if (hv->frames[mfn].owner == 1 && hv->frames[mfn].type == FRAME_NONE)
            return mfn;
    cr_assert_fail("all frames have types");
    return 0;
}

static uint64_t number_of(struct hv *hv, uint64_t n)
{
    switch (n) {
    case LAST_EXIT:
        return hv->exits % HV_EXIT_RING;
    case STUB_FRAME:
        return hv->own.stub_mfn;
    case GDT_FRAME:
        return hv->own.gdt_mfn[1][3];
    case LDT_FRAME:
        return hv->own.ldt_mfn[0][5];
    case IDT_FRAME:
        return hv->own.idt_mfn[1];
    case M2P_FRAME:
        return hv->own.m2p_pt_mfn;
    case GUEST_FRAME:
        return hv->vm[0]->p2m[0].mfn;
    case SECOND_FREE:
        return hv->deal[1];
    case THIS_VM:
        return hv->current->vm->number;
    case WAITING_VM:
        return 1 - hv->current->vm->number;
    case ROWS:
        return insn_row_count;
    case USED_SHADOW:
        return some_shadow(hv->vm[0]->shadow, 0);
    case OTHER_SHADOW:
        return some_shadow(hv->vm[0]->shadow, 1);
    case UNUSED_SHADOW:
        return unused_shadow(hv->vm[0]->shadow) + 1;
    case LEAF_SHADOW:
        return some_shadow(hv->vm[0]->shadow, 0) + 1;
    case OTHER_CURRENT:
        return 2 - hv->current->vm->number;
    case ROOT_FRAME:
        return hv->vm[0]->pv->mmu.root;
    case PLAIN_FRAME:
        return plain_frame(hv);
    default:
        return n;
    }
}

/* ---------------------------------------- in packed bytes */

static const struct state_field *field_of(const struct state_desc *desc, const char *name,
                                          size_t *at)
{
    for (uint32_t i = 0; i < desc->field_count; i++) {
        const struct state_field *f = &desc->fields[i];
        if (strcmp(f->name, name) == 0)
            return f;
        *at += (size_t)f->size * f->count;
    }
    cr_assert_fail("%s has no field %s", desc->name, name);
    return NULL;
}

static void change(struct hv *hv, uint8_t *state, const struct change *c)
{
    struct saved saved;
    size_t at = 0;
    unsigned i = 0;
    int vm = c->vm == SHARED ? SAVED_SHARED : (int)number_of(hv, c->vm);
    saved_list(hv, &saved);
    while (i < saved.count &&
           (strcmp(saved.region[i].name, c->region) != 0 || saved.region[i].vm != vm)) {
        at += state_packed_size(saved.region[i].desc) * saved.region[i].count;
        i++;
    }
    cr_assert_lt(i, saved.count, "no region %s of %d", c->region, vm);
    const struct state_region *r = &saved.region[i];
    size_t item = (size_t)number_of(hv, c->item);
    cr_assert_lt(item, r->count, "%s has %u items", c->region, r->count);
    at += item * state_packed_size(r->desc);
    const struct state_field *f = field_of(r->desc, c->field, &at);
    uint64_t value = number_of(hv, c->value);
    for (unsigned n = 0; n < (c->elements ? c->elements : 1); n++) {
        cr_assert_lt(c->element + n, f->count);
        memcpy(state + at + (size_t)(c->element + n) * f->size, &value, f->size);
    }
}

static void expect_refused(struct rig *r, const struct snap *good, const struct refusal *row,
                           unsigned number)
{
    struct sim_error err = {SIM_OK, ""};
    uint8_t *state = malloc(good->size);
    cr_assert(state);
    memcpy(state, good->state, good->size);
    for (unsigned i = 0; i < 4 && row->change[i].region; i++)
        change(r->hv, state, &row->change[i]);
    const char *field = row->change[0].field;
    cr_assert_neq(memcmp(state, good->state, good->size), 0, "row %u: %s is so", number, field);
    cr_expect_eq(hv_saved_unpack(r->hv, state, good->size, &err), SIM_BAD_INPUT,
                 "row %u: %s of %s is taken", number, field, row->change[0].region);
    cr_expect(strstr(err.text, row->words), "row %u: %s of %s: \"%s\", not \"%s\"", number, field,
              row->change[0].region, err.text, row->words);
    free(state);
    cr_assert_eq(hv_saved_unpack(r->hv, good->state, good->size, &err), SIM_OK, "%s", err.text);
}

ParameterizedTestParameters(refused, each_number_that_cannot_be_is_refused_in_words)
{
    static int scenes[SCENES];
    for (int i = 0; i < SCENES; i++)
        scenes[i] = i;
    return cr_make_param_array(int, scenes, SCENES);
}

ParameterizedTest(const int *scene, refused, each_number_that_cannot_be_is_refused_in_words)
{
    struct rig r;
    start_scene(&r, (enum scene) * scene);
    struct snap good = snap_take(&r);
    for (unsigned i = 0; i < refusals_count; i++)
        if ((int)refusals[i].scene == *scene)
            expect_refused(&r, &good, &refusals[i], i);
    snap_expect(&r, &good, way_name(&scene_ways[*scene]), hv_cycle(r.hv));
    rig_run(&r, hv_cycle(r.hv) + 100000);
    struct snap later = snap_take(&r);
    snap_put(&r, &good);
    rig_run(&r, hv_cycle(r.hv) + 100000);
    snap_expect(&r, &later, way_name(&scene_ways[*scene]), hv_cycle(r.hv));
    snap_free(&later);
    snap_free(&good);
    rig_stop(&r);
}
