/*
 * A file of any form, told by what is in it: see trace_read.h.
 */
#include "trace_read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

static bool read_text(struct trace_file *f, struct trace_text *in, struct complaint *why)
{
    static const struct {
        const char *begins;
        bool (*read)(struct trace_file *, struct trace_text *, struct complaint *);
    } forms[] = {{"{", trace_perfetto_read},
                 {"# tracer:", trace_kvm_read},
                 {"# ringside.trace/1", trace_csv_read}};
    size_t n = (size_t)(in->end - in->at);
    for (unsigned i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t m = strlen(forms[i].begins);
        if (n >= m && memcmp(in->at, forms[i].begins, m) == 0)
            return forms[i].read(f, in, why);
    }
    return complain(why, "give a file that --trace wrote: json, csv, kvm or sqlite",
                    "%s: is no trace: begins like none of them", in->path);
}

/* The numbers a complete run ends with must be those that were read. */
static bool check_totals(const struct trace_file *f, const char *path, struct complaint *why)
{
    for (unsigned i = 0; i < f->runs; i++) {
        const struct trace_table *t = &f->table[i];
        if (t->run.ended && t->exits + t->run.dropped != t->run.exits)
            return complain(why, "it was changed after the run: make it anew",
                            "%s: run %u has %" PRIu64 " exits, %" PRIu64 " of them dropped, but "
                            "%" PRIu64 " stand in it",
                            path, i + 1, t->run.exits, t->run.dropped, t->exits);
    }
    if (!f->runs)
        return complain(why, "the run was killed before its first record, or it is no trace",
                        "%s: no run stands in it", path);
    return true;
}

static bool prepare(struct trace_file *f, struct complaint *why)
{
    f->runs = 0;
    f->table = calloc(TRACE_MAX_RUNS, sizeof *f->table);
    return f->table ? true : complain_ours(why, NULL, "no memory");
}

static bool is_database(const void *bytes, size_t size)
{
    static const char magic[] = "SQLite format 3";
    return size >= sizeof magic && memcmp(bytes, magic, sizeof magic) == 0;
}

static bool finish(struct trace_file *f, const char *name, bool ok, struct complaint *why)
{
    ok = ok && check_totals(f, name, why);
    if (!ok)
        trace_file_free(f);
    return ok;
}

bool trace_file_parse(struct trace_file *f, const char *name, const void *bytes, size_t size,
                      struct complaint *why)
{
    const char *text = bytes;
    struct trace_text in = {.path = name, .at = text, .end = text + size};
    bool ok = prepare(f, why);
    if (ok)
        ok = is_database(bytes, size) ? trace_sqlite_read(f, name, bytes, size, why)
                                      : read_text(f, &in, why);
    return finish(f, name, ok, why);
}

bool trace_file_read(struct trace_file *f, const char *path, struct complaint *why)
{
    struct file_bytes file;
    memset(f, 0, sizeof *f);
    if (!file_read(&file, "exits", path, why))
        return false;
    bool ok;
    if (is_database(file.bytes, file.size))
        ok = finish(f, path, prepare(f, why) && trace_sqlite_read(f, path, NULL, 0, why), why);
    else
        ok = trace_file_parse(f, path, file.bytes, file.size, why);
    file_free(&file);
    return ok;
}

void trace_file_free(struct trace_file *f)
{
    free(f->table);
    f->table = NULL;
    f->runs = 0;
}
