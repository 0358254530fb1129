/*
 * Who wrote this byte? A search back for the last store that changed it, wherever it came from.
 */
#include "session/internal.h"

bool session_who_wrote(struct session *s, enum point_space space, uint32_t address,
                       struct session_event *event)
{
    struct session_event e = {.why = SESSION_DONE};
    struct sim_error err;
    struct spot spot;
    struct session_point p = {.kind = POINT_DATA,
                              .space = SPACE_MACHINE,
                              .access = 2,
                              .enabled = true,
                              .silent = true,
                              .changes = true,
                              .size = 1,
                              .vm = POINT_ANY,
                              .cr3 = POINT_ANY};
    if (!(space == SPACE_LINEAR ? points_linear(s, s->vm, address, &p.address)
                                : points_machine(s, s->vm, space, address, &p.address))) {
        event_say(&e, SESSION_REFUSED, true, "there is no memory at that address");
    } else {
        const struct session_position here = s->now;
        unsigned number = travel_mend(s) ? session_point_add(s, &p, &err) : 0;
        s->points.only = number;
        enum ran ran = number ? search_back(s, NULL, &spot) : RAN_FAILED;
        s->points.only = 0;
        session_point_remove(s, number);
        if (ran == RAN_SPOT)
            event_spot(s, &e, &spot);
        else
            event_conclude(s, &e, ran, true);
        if (ran == RAN_THERE) {
            (void)travel_to(s, &here);
            event_say(&e, SESSION_BEGINNING, true, "nobody changed that byte since the beginning");
        }
    }
    bool ok = event_end(s, &e);
    *event = e;
    return ok;
}
