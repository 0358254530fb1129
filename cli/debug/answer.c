/*
 * `answer`: what a student says to a question of --predict (predict.c), and what it was.
 */
#include <string.h>

#include "debug/internal.h"
#include "debug/predict.h"

static bool read_outcome(const char *word, uint8_t *outcome)
{
    for (unsigned i = 0; i < EXIT_OUTCOMES; i++)
        if (strcmp(exit_outcome_names[i], word) == 0) {
            *outcome = (uint8_t)i;
            return true;
        }
    return false;
}

static bool read_band(const char *word, uint8_t *band)
{
    static const char *const words[] = {"500", "2000", "8000", "more"};
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(words[i], word) == 0) {
            *band = (uint8_t)i;
            return true;
        }
    return false;
}

static void tell(struct debugger *d, const char *what, bool right, const char *said,
                 const char *was)
{
    (void)fprintf(d->out, "%s: %s%s%s\n", what, was, right ? ", as you said" : ", you said ",
                  right ? "" : said);
}

static int judge(struct debugger *d, struct question *q)
{
    const struct session_move finish = {.verb = SESSION_FINISH, .reason = -1};
    struct session_event e;
    unsigned sum = 0;
    struct vm_exit x;
    (void)session_go(d->session, &finish, &e);
    if (!exit_completed(d, q->exit, &x)) {
        d->predict->count--;
        return debug_tell_stop(d, &e);
    }
    q->reason = x.reason;
    q->outcome = x.outcome;
    q->cycles = x.cycles;
    q->band = (uint8_t)predict_band(x.cycles);
    console_rest(d);
    tell(d, "Reason", q->reason == q->said_reason, exit_reason_names[q->said_reason],
         exit_reason_names[q->reason]);
    tell(d, "Outcome", q->outcome == q->said_outcome, exit_outcome_names[q->said_outcome],
         exit_outcome_names[q->outcome]);
    char was[60];
    (void)snprintf(was, sizeof was, "%" PRIu64 " cycles, %s", q->cycles, predict_bands[q->band]);
    tell(d, "Cost", q->band == q->said_band, predict_bands[q->said_band], was);
    for (size_t i = 0; i < d->predict->count; i++)
        sum += predict_points(&d->predict->question[i]);
    (void)fprintf(d->out, "Points: %u of 3; together %u of %zu. info exit tells why.\n",
                  predict_points(q), sum, 3 * d->predict->count);
    return debug_tell_stop(d, &e);
}

int command_answer(struct debugger *d, const char *rest)
{
    char reason[40], outcome[20], band[20];
    next_word(&rest, reason, sizeof reason);
    next_word(&rest, outcome, sizeof outcome);
    next_word(&rest, band, sizeof band);
    if (!predict_waits(d))
        return refuse(d, CLI_USAGE,
                      d->predict ? "answer: nothing was asked; continue goes on"
                                 : "answer: only with --predict");
    struct question *q = &d->predict->question[d->predict->count - 1];
    int said = exit_reason_find(reason);
    if (said < 0)
        return refuse(d, CLI_USAGE, "answer %s: no such reason; ringside list reasons shows them",
                      word_shown(reason));
    if (!read_outcome(outcome, &q->said_outcome))
        return refuse(d, CLI_USAGE, "answer: ADVANCE, RETRY, REFLECT, INJECT or KILL, not %s",
                      outcome[0] ? outcome : "nothing");
    if (!read_band(band, &q->said_band) || *rest)
        return refuse(d, CLI_USAGE, "answer: under 500, 2000, 8000, or more, not %s%s%s",
                      band[0] ? band : "nothing", *rest ? " " : "", rest);
    q->said_reason = (uint8_t)said;
    d->predict->waits = false;
    return judge(d, q);
}
