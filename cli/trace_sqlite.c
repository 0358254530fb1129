/*
 * The trace as an SQLite database: tables runs, exits and phases, for questions in SQL
 * (docs/trace.md has some).
 *
 * A batch is a transaction: a run that is killed leaves a database with every batch it committed,
 * which SQLite makes whole when it is opened next. The library is optional: without it the form is
 * refused in words.
 */
#include "trace_read.h"

#if RINGSIDE_HAVE_SQLITE

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace_columns.h"

#define BATCH          8192       /* exits */
#define APPLICATION_ID 0x52545243 /* "RTRC" */

struct database {
    sqlite3 *db;
    sqlite3_stmt *exit, *phase;
    unsigned pending; /* exits in the open transaction */
    bool in_transaction;
};

static const char schema[] =
    "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF; PRAGMA application_id = 1381257795;"
    "PRAGMA user_version = 1;"
    "CREATE TABLE runs (\n  run INTEGER PRIMARY KEY,\n  mode TEXT NOT NULL,\n"
    "  clock_hz INTEGER NOT NULL,\n  vms INTEGER NOT NULL,\n  cycles INTEGER,\n  idle INTEGER,\n"
    "  exits INTEGER,\n  dropped INTEGER);"
    "CREATE TABLE exits (\n  "
#define COLUMN(name, kind, value) #name " " COLUMN_TYPE_##kind ",\n  "
#define COLUMN_TYPE_NUMBER        "INTEGER NOT NULL"
#define COLUMN_TYPE_HEX           "INTEGER NOT NULL"
#define COLUMN_TYPE_TEXT          "TEXT"
#define COLUMN_TYPE_MAYBE         "INTEGER"
#include "trace_columns.def"
#undef COLUMN
    "PRIMARY KEY (run, number)) WITHOUT ROWID;"
    "CREATE TABLE phases (\n  run INTEGER NOT NULL,\n  number INTEGER NOT NULL,\n"
    "  position INTEGER NOT NULL,\n  phase TEXT NOT NULL,\n  cycles INTEGER NOT NULL,\n"
    "  PRIMARY KEY (run, number, position)) WITHOUT ROWID;";

/* ---------------------------------------- writing */

/* Remembers the first failure; what comes later is dropped. */
static bool worked(struct trace *t, int status)
{
    struct database *d = t->own;
    if (status == SQLITE_OK || status == SQLITE_DONE)
        return true;
    if (!t->problem[0])
        (void)snprintf(t->problem, sizeof t->problem, "%s", sqlite3_errmsg(d->db));
    return false;
}

static bool execute(struct trace *t, const char *sql)
{
    struct database *d = t->own;
    return worked(t, sqlite3_exec(d->db, sql, NULL, NULL, NULL));
}

static bool prepare(struct trace *t)
{
    struct database *d = t->own;
    char sql[160];
    int n = snprintf(sql, sizeof sql, "INSERT INTO exits VALUES (?");
    for (unsigned i = 1; i < TRACE_COLUMNS; i++)
        n += snprintf(sql + n, sizeof sql - (size_t)n, ",?");
    (void)snprintf(sql + n, sizeof sql - (size_t)n, ")");
    return execute(t, schema) && worked(t, sqlite3_prepare_v2(d->db, sql, -1, &d->exit, NULL)) &&
           worked(t, sqlite3_prepare_v2(d->db, "INSERT INTO phases VALUES (?,?,?,?,?)", -1,
                                        &d->phase, NULL));
}

static void close_database(struct trace *t)
{
    struct database *d = t->own;
    sqlite3_finalize(d->exit);
    sqlite3_finalize(d->phase);
    sqlite3_close(d->db);
    free(d);
    t->own = NULL;
}

/* A journal that a killed run left beside an older file would be played into the new one. */
static void remove_journal(const char *path)
{
    char *journal = sqlite3_mprintf("%s-journal", path);
    if (journal)
        (void)unlink(journal);
    sqlite3_free(journal);
}

static bool begin(struct trace *t, struct complaint *why)
{
    struct output *o = t->output;
    if (!o->path)
        return complain(why, "name a file",
                        "--trace: a database cannot be written to a pipe or device");
    output_publish(o); /* the journal's name follows the file's: it must not be renamed later */
    const char *path = o->published ? o->path : o->temp;
    struct database *d = calloc(1, sizeof *d);
    if (!d)
        return complain_ours(why, NULL, "no memory");
    t->own = d;
    remove_journal(path);
    if (worked(t, sqlite3_open_v2(path, &d->db, SQLITE_OPEN_READWRITE, NULL)) && prepare(t))
        return true;
    (void)complain_ours(why, "write it to another folder, or in another form", "--trace %s: %s",
                        o->path, t->problem);
    close_database(t);
    return false;
}

static void open_transaction(struct trace *t)
{
    struct database *d = t->own;
    if (!d->in_transaction && !t->problem[0])
        d->in_transaction = execute(t, "BEGIN");
}

static void commit(struct trace *t)
{
    struct database *d = t->own;
    if (!d->in_transaction)
        return;
    if (t->problem[0] || !execute(t, "COMMIT")) {
        (void)sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
        t->lost += d->pending;
    }
    d->pending = 0;
    d->in_transaction = false;
}

static void put_run(struct trace *t, const char *sql)
{
    open_transaction(t);
    (void)execute(t, sql);
    commit(t);
}

static void run_begin(struct trace *t)
{
    char sql[200];
    (void)snprintf(
        sql, sizeof sql, "INSERT INTO runs (run, mode, clock_hz, vms) VALUES (%u, '%s', %llu, %u)",
        t->runs, hv_modes[t->run.mode]->name, (unsigned long long)t->run.clock_hz, t->run.vms);
    put_run(t, sql);
}

static void run_end(struct trace *t)
{
    char sql[200];
    commit(t);
    (void)snprintf(sql, sizeof sql,
                   "UPDATE runs SET cycles=%llu, idle=%llu, exits=%llu, dropped=%llu WHERE run=%u",
                   (unsigned long long)t->run.cycles, (unsigned long long)t->run.idle,
                   (unsigned long long)t->run.exits, (unsigned long long)t->lost, t->runs);
    put_run(t, sql);
}

static void bind_value(sqlite3_stmt *s, int at, const struct trace_value *v)
{
    if (v->text)
        (void)sqlite3_bind_text(s, at, v->text, -1, SQLITE_STATIC);
    else if (v->there)
        (void)sqlite3_bind_int64(s, at, (sqlite3_int64)v->number);
    else
        (void)sqlite3_bind_null(s, at);
}

static bool step(struct trace *t, sqlite3_stmt *s)
{
    bool ok = worked(t, sqlite3_step(s));
    (void)sqlite3_reset(s);
    return ok;
}

static bool put_exit(struct trace *t, const struct vm_exit *x)
{
    struct database *d = t->own;
    struct trace_value value[TRACE_COLUMNS];
    trace_values(t, x, value);
    for (int i = 0; i < TRACE_COLUMNS; i++)
        bind_value(d->exit, i + 1, &value[i]);
    if (!step(t, d->exit))
        return false;
    for (int p = 0; p < HV_PHASES; p++) {
        if (!x->phase[p])
            continue;
        (void)sqlite3_bind_int64(d->phase, 1, t->runs);
        (void)sqlite3_bind_int64(d->phase, 2, (sqlite3_int64)x->number);
        (void)sqlite3_bind_int64(d->phase, 3, p);
        (void)sqlite3_bind_text(d->phase, 4, hv_phase_names[p], -1, SQLITE_STATIC);
        (void)sqlite3_bind_int64(d->phase, 5, x->phase[p]);
        if (!step(t, d->phase))
            return false;
    }
    return true;
}

static void write_exit(struct trace *t, const struct vm_exit *x)
{
    struct database *d = t->own;
    open_transaction(t);
    if (!d->in_transaction) {
        t->lost++;
        return;
    }
    d->pending++;
    if (!put_exit(t, x) || d->pending == BATCH)
        commit(t);
}

static void end(struct trace *t)
{
    commit(t);
    close_database(t);
}

/* ---------------------------------------- reading */

static bool bad(const char *path, sqlite3 *db, const char *what, struct complaint *why)
{
    return complain(why, "give a file that --trace wrote; docs/trace.md shows its tables",
                    "%s: %s%s%s", path, what, db ? ": " : "", db ? sqlite3_errmsg(db) : "");
}

static uint64_t unsigned_column(sqlite3_stmt *s, int column)
{
    sqlite3_int64 v = sqlite3_column_int64(s, column);
    return v < 0 ? 0 : (uint64_t)v;
}

static int name_column(sqlite3_stmt *s, int column, const char *const *names, unsigned n)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text ? trace_name(text, strlen(text), names, n) : -1;
}

/* run -> its table; runs are numbered from 1 without gaps. */
static bool read_runs(struct trace_file *f, const char *path, sqlite3 *db, struct complaint *why)
{
    sqlite3_stmt *s = NULL;
    int status = sqlite3_prepare_v2(
        db, "SELECT run, mode, clock_hz, vms, cycles, idle, exits, dropped FROM runs ORDER BY run",
        -1, &s, NULL);
    bool ok = status == SQLITE_OK || bad(path, db, "table runs", why);
    while (ok && (status = sqlite3_step(s)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(s, 1);
        int mode = name ? trace_mode(name, strlen(name)) : -1;
        struct trace_run run = {.clock_hz = unsigned_column(s, 2),
                                .vms = (unsigned)unsigned_column(s, 3),
                                .ended = sqlite3_column_type(s, 4) != SQLITE_NULL,
                                .cycles = unsigned_column(s, 4),
                                .idle = unsigned_column(s, 5),
                                .exits = unsigned_column(s, 6),
                                .dropped = unsigned_column(s, 7)};
        if (mode < 0 || unsigned_column(s, 0) != f->runs + 1 || run.idle > run.cycles)
            ok = bad(path, NULL, "table runs: a row that makes no sense", why);
        run.mode = mode < 0 ? 0 : (enum hv_mode_id)mode;
        ok = ok && trace_table_begin(f, path, &run, why);
    }
    if (ok && status != SQLITE_DONE)
        ok = bad(path, db, "table runs", why);
    (void)sqlite3_finalize(s);
    return ok;
}

/* Adds the phase in the current row to x; false if there is none or it is unknown. */
static bool take_phase(sqlite3_stmt *s, struct trace_exit *x)
{
    int phase = name_column(s, 5, hv_phase_names, HV_PHASES);
    if (phase < 0)
        return false;
    x->phase[phase] += unsigned_column(s, 6);
    return true;
}

static bool read_exits(struct trace_file *f, const char *path, sqlite3 *db, struct complaint *why)
{
    sqlite3_stmt *s = NULL;
    struct trace_exit x = {.reason = 0};
    uint64_t run = 0, number = 0;
    int status = sqlite3_prepare_v2(
        db,
        "SELECT e.run, e.number, e.reason, e.outcome, e.cycles, p.phase, p.cycles FROM exits e "
        "LEFT JOIN phases p ON p.run = e.run AND p.number = e.number ORDER BY e.run, e.number",
        -1, &s, NULL);
    bool ok = status == SQLITE_OK || bad(path, db, "tables exits and phases", why);
    while (ok && (status = sqlite3_step(s)) == SQLITE_ROW) {
        if (!run || run != unsigned_column(s, 0) || number != unsigned_column(s, 1)) {
            if (run)
                trace_table_count(&f->table[run - 1], &x);
            int reason = name_column(s, 2, exit_reason_names, EXIT_REASONS);
            int outcome = name_column(s, 3, exit_outcome_names, EXIT_OUTCOMES);
            run = unsigned_column(s, 0);
            number = unsigned_column(s, 1);
            x = (struct trace_exit){.reason = (unsigned)reason,
                                    .outcome = (unsigned)outcome,
                                    .cycles = unsigned_column(s, 4)};
            ok = reason >= 0 && outcome >= 0 && run >= 1 && run <= f->runs;
        }
        if (ok && sqlite3_column_type(s, 5) != SQLITE_NULL)
            ok = take_phase(s, &x);
        if (!ok)
            (void)bad(path, NULL, "table exits: a row without run, reason or outcome that we know",
                      why);
    }
    if (ok && status != SQLITE_DONE)
        ok = bad(path, db, "tables exits and phases", why);
    if (ok && run)
        trace_table_count(&f->table[run - 1], &x);
    (void)sqlite3_finalize(s);
    return ok;
}

/* The names must be those of tables: a view could be anything, also one that never ends. */
static bool check_tables(const char *path, sqlite3 *db, struct complaint *why)
{
    sqlite3_stmt *s = NULL;
    bool ok =
        sqlite3_prepare_v2(db,
                           "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN "
                           "('runs', 'exits', 'phases') AND sql NOT LIKE '%VIRTUAL%'",
                           -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW;
    if (!ok)
        (void)bad(path, db, "cannot be read", why);
    else if (sqlite3_column_int(s, 0) != 3)
        ok = bad(path, NULL, "has no tables runs, exits and phases", why);
    (void)sqlite3_finalize(s);
    return ok;
}

static int open_reading(sqlite3 **db, const char *path, const void *bytes, size_t size)
{
    if (!bytes)
        return sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE, NULL);
    unsigned char *copy = sqlite3_malloc64(size); /* it goes to the database */
    if (!copy)
        return SQLITE_NOMEM;
    memcpy(copy, bytes, size);
    int status = sqlite3_open_v2(":memory:", db, SQLITE_OPEN_READWRITE, NULL);
    if (status != SQLITE_OK) {
        sqlite3_free(copy);
        return status;
    }
    return sqlite3_deserialize(*db, "main", copy, (sqlite3_int64)size, (sqlite3_int64)size,
                               SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY);
}

bool trace_sqlite_read(struct trace_file *f, const char *path, const void *bytes, size_t size,
                       struct complaint *why)
{
    sqlite3 *db = NULL;
    int status = open_reading(&db, path, bytes, size);
    bool ok = status == SQLITE_OK || bad(path, db, "cannot be opened", why);
    if (ok) { /* what stands in its schema is not ours */
        (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1 << 20);
    }
    ok = ok && check_tables(path, db, why) && read_runs(f, path, db, why) &&
         read_exits(f, path, db, why);
    (void)sqlite3_close(db);
    return ok;
}

#else

static bool begin(struct trace *t, struct complaint *why)
{
    (void)t;
    return complain_ours(why, "apt-get install libsqlite3-dev, rm -r build/release, and again",
                         "--trace-format sqlite: this ringside was built without SQLite");
}

static void run_begin(struct trace *t)
{
    (void)t;
}

static void write_exit(struct trace *t, const struct vm_exit *x)
{
    (void)t, (void)x;
}

static void run_end(struct trace *t)
{
    (void)t;
}

static void commit(struct trace *t)
{
    (void)t;
}

static void end(struct trace *t)
{
    (void)t;
}

bool trace_sqlite_read(struct trace_file *f, const char *path, const void *bytes, size_t size,
                       struct complaint *why)
{
    (void)f, (void)bytes, (void)size;
    return complain_ours(why, "apt-get install libsqlite3-dev, rm -r build/release, and again",
                         "%s: this ringside was built without SQLite", path);
}

#endif

extern const struct trace_writer trace_sqlite_writer;
const struct trace_writer trace_sqlite_writer = {
    .begin = begin,
    .run_begin = run_begin,
    .exit = write_exit,
    .run_end = run_end,
    .flush = commit,
    .end = end,
};
