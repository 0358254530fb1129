/*
 * What `ringside compare --json` wrote, for a chart: docs/report.md, ringside.compare/1.
 */
#ifndef CLI_PANEL_PLOT_READ_H
#define CLI_PANEL_PLOT_READ_H

#include "complaint.h"
#include "options.h"
#include "visualizer/plot.h"

struct comparison_read {
    unsigned runs;
    struct comparison_run {
        char mode[24];
        uint64_t busy, exits; /* cycles without idling */
        uint64_t part[SIM_BUCKETS];
    } run[OPTIONS_MAX_MODES];
    char guest[64], profile[64];
};

/* Reads it; a foreign or damaged file is refused with one line. */
bool comparison_read(struct comparison_read *out, const char *path, struct complaint *why);

#endif
