/*
 * What the reverse tests are worth: a snapshot that misses something must be noticed. For each
 * region of the state, and for pages of RAM, snapshots are made without it; going back to random
 * points must then lead to another state than going there forwards, wherever the region was not the
 * same all along. Each is tried in a process of its own: what is missing may also lead to a crash.
 *
 *   missing MODE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/saved.h"
#include "tests/replay/session/desk.h"

#define POINTS   24u
#define WORKLOAD "hz=1000 run=\"mkdir /x; fork; ls; halt\""
#define NOTHING  UINT32_MAX
#define RAM      (SAVED_REGIONS + 1u)

static unsigned hidden = NOTHING;

void __real_saved_list(struct hv *hv, struct saved *saved);
void __wrap_saved_list(struct hv *hv, struct saved *saved);
uint32_t __real_ram_next_dirty(const struct ram *ram, uint32_t page);
uint32_t __wrap_ram_next_dirty(const struct ram *ram, uint32_t page);

void __wrap_saved_list(struct hv *hv, struct saved *saved)
{
    __real_saved_list(hv, saved);
    if (hidden >= saved->count)
        return;
    saved->count--;
    memmove(&saved->region[hidden], &saved->region[hidden + 1],
            (saved->count - hidden) * sizeof(saved->region[0]));
}

/* One page in five is forgotten. */
uint32_t __wrap_ram_next_dirty(const struct ram *ram, uint32_t page)
{
    uint32_t next = __real_ram_next_dirty(ram, page);
    return hidden == RAM && next % 5 == 0 && next < ram->size / PAGE_SIZE
               ? __wrap_ram_next_dirty(ram, next + 1)
               : next;
}

/* ---------------------------------------- states */

struct state {
    uint64_t insn, all, region[SAVED_REGIONS];
};

static struct state state_of(struct session *s)
{
    struct state st = {.insn = session_position(s)->insn};
    struct saved saved;
    unsigned was = hidden;
    hidden = NOTHING;
    saved_list(session_hv(s), &saved);
    saved_gather(session_hv(s), &saved);
    st.all = session_hash(s);
    for (unsigned i = 0; i < saved.count; i++) {
        const struct state_region *r = &saved.region[i];
        st.region[i] = state_hash_n(1, r->desc, r->data, r->count);
    }
    hidden = was;
    return st;
}

static bool same(const struct state *a, const struct state *b)
{
    return a->insn == b->insn && a->all == b->all &&
           !memcmp(a->region, b->region, sizeof(a->region));
}

static uint64_t draw(uint64_t *x)
{
    *x = *x * 6364136223846793005u + 1442695040888963407u;
    return *x >> 33;
}

/* ---------------------------------------- one mode */

static struct desk desk;
static struct state want[POINTS];

static void forwards(void)
{
    uint64_t x = 3;
    struct session *s = desk_session(&desk);
    desk_go(s, SESSION_CONTINUE, false, 0);
    uint64_t step = session_position(s)->insn / POINTS;
    desk_go(s, SESSION_GOTO_INSN, false, 0);
    for (unsigned i = 0; i < POINTS; i++) {
        desk_go(s, SESSION_GOTO_INSN, false, i * step + draw(&x) % step);
        want[i] = state_of(s);
    }
    session_destroy(s);
}

/* Are all points met as they were, latest first? */
static bool backwards(void)
{
    bool ok = true;
    struct session *s = desk_session(&desk);
    desk_go(s, SESSION_CONTINUE, false, 0);
    for (unsigned i = POINTS; i-- > 0 && ok;) {
        desk_go(s, SESSION_GOTO_INSN, false, want[i].insn);
        const struct state got = state_of(s);
        ok = same(&got, &want[i]);
    }
    session_destroy(s);
    return ok;
}

/* In a process of its own, without part `n`. */
static bool is_noticed(unsigned n)
{
    int status;
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        (void)freopen("/dev/null", "w", stderr); /* a crash is an answer too */
        (void)alarm(20);
        hidden = n;
        _Exit(backwards() ? 0 : 1);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return false;
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static bool changes(unsigned region)
{
    for (unsigned i = 1; i < POINTS; i++)
        if (want[i].region[region] != want[0].region[region])
            return true;
    return false;
}

/*
 * What is written anew before anybody reads it: an exit in hand when the next one comes, timers
 * when their chips are restored, an I/O APIC's pins when they are driven. Its old contents are not
 * missed.
 */
static bool may_be_missed(const struct state_region *r)
{
    static const char *const anew[] = {"exit in hand", "clock", "clock_state", "ioapic_state"};
    for (unsigned i = 0; i < sizeof(anew) / sizeof(anew[0]); i++)
        if (!strcmp(r->name, anew[i]))
            return true;
    return false;
}

static unsigned try_mode(enum hv_mode_id mode)
{
    struct saved saved;
    unsigned bad = 0, noticed = 0;
    desk_open(&desk, mode, WORKLOAD, 4);
    desk.config.history_every = 50000;
    forwards();
    if (is_noticed(NOTHING)) {
        (void)printf("%s: going back leads to other states, with nothing missing\n",
                     hv_modes[mode]->name);
        return 1;
    }
    struct session *s = desk_session(&desk);
    saved_list(session_hv(s), &saved);
    for (unsigned i = 0; i < saved.count; i++) {
        if (!changes(i) || may_be_missed(&saved.region[i]))
            continue;
        if (is_noticed(i)) {
            noticed++;
            continue;
        }
        bad++;
        (void)printf("%s: nobody notices that snapshots miss '%s'\n", hv_modes[mode]->name,
                     saved.region[i].name);
    }
    if (!is_noticed(RAM)) {
        bad++;
        (void)printf("%s: nobody notices that snapshots miss pages\n", hv_modes[mode]->name);
    }
    (void)printf("%s: %u of %u regions change, and each is missed\n", hv_modes[mode]->name, noticed,
                 saved.count);
    session_destroy(s);
    desk_close(&desk);
    return bad + (noticed < 6);
}

int main(int argc, char **argv)
{
    unsigned bad = 0;
    for (int i = 1; i < argc; i++)
        for (unsigned m = 0; m < HV_MODES; m++)
            if (!strcmp(hv_modes[m]->name, argv[i]))
                bad += try_mode((enum hv_mode_id)m);
    return bad || argc < 2;
}
