/* Host errors as one line of text (sim/status.h). */
#include "sim/status.h"

#include <stdarg.h>
#include <stdio.h>

enum sim_status sim_fail(struct sim_error *err, enum sim_status status, const char *fmt, ...)
{
    if (!err)
        return status;
    err->status = status;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return status;
}

const char *sim_status_name(enum sim_status status)
{
    static const char *const names[] = {
        [SIM_OK] = "ok",
        [SIM_NO_MEMORY] = "no memory",
        [SIM_BAD_INPUT] = "bad input",
        [SIM_IO_ERROR] = "input or output error",
        [SIM_UNSUPPORTED] = "unsupported",
    };
    unsigned n = (unsigned)status;
    return n < sizeof names / sizeof *names ? names[n] : "unknown status";
}
