/*
 * A benchmark guest: a table of named functions, chosen by the command line "NAME COUNT".
 */
#ifndef BENCH_H
#define BENCH_H

#include "kit/kit.h"

struct bench {
    const char *name;
    uint32_t (*run)(uint32_t count); /* returns a checksum */
};

extern const struct bench benches[];
extern const unsigned bench_count;

#endif
