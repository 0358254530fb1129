/*
 * Reading a lock file, strictly: a lesson in which something is misspelt is refused, not unlocked.
 */
#include "debug/lock.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "debug/internal.h"

/* ---------------------------------------- verbs */

/* Verbs that are no commands of the debugger; commands that nobody can lock. */
static const char *const others[] = {"predict", "shot"};
static const char *const always[] = {"help", "echo", "quit"};

#define OTHERS (sizeof others / sizeof *others)

static const char *verb_name(unsigned i)
{
    return i < command_count ? commands[i].name : others[i - command_count];
}

static unsigned verb_count_all(void)
{
    return command_count + OTHERS;
}

static void allow_verb(struct lock *lock, const char *name)
{
    for (unsigned i = 0; i < lock->verbs; i++)
        if (lock->verb[i] == name) /* it may be named twice */
            return;
    if (lock->verbs < LOCK_VERBS)
        lock->verb[lock->verbs++] = name;
}

/* ---------------------------------------- reading */

struct reading {
    struct lock *lock;
    const char *path;
    struct complaint *why;
};

static bool unknown(const struct reading *r, const char *member, const char *name,
                    const char *const *names, unsigned n)
{
    char list[160], remedy[240];
    const char *near = nearest_name(name, names, n);
    (void)snprintf(remedy, sizeof remedy, "%s%s%sthere are %s", near ? "did you mean " : "",
                   near ? near : "", near ? "? " : "", name_list(list, sizeof list, names, n));
    return complain(r->why, remedy, "--lock %s: %s: no %.40s", r->path, member, name);
}

static bool read_view_name(const struct reading *r, const char *name)
{
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(view_names[i], name) == 0) {
            r->lock->views |= (uint8_t)(1u << i);
            return true;
        }
    return unknown(r, "views", name, view_names, 4);
}

static bool read_mode_name(const struct reading *r, const char *name)
{
    const char *names[HV_MODES];
    for (unsigned i = 0; i < HV_MODES; i++) {
        names[i] = hv_modes[i]->name;
        if (strcmp(names[i], name) == 0) {
            r->lock->modes |= (uint8_t)(1u << i);
            return true;
        }
    }
    return unknown(r, "modes", name, names, HV_MODES);
}

static bool read_verb_name(const struct reading *r, const char *name)
{
    const char *names[LOCK_VERBS];
    unsigned n = verb_count_all() < LOCK_VERBS ? verb_count_all() : LOCK_VERBS;
    for (unsigned i = 0; i < n; i++) {
        names[i] = verb_name(i);
        if (strcmp(names[i], name) == 0) {
            allow_verb(r->lock, names[i]);
            return true;
        }
    }
    return unknown(r, "verbs", name, names, n);
}

static bool read_names(const struct reading *r, const cJSON *list, const char *member,
                       bool (*take)(const struct reading *r, const char *name))
{
    if (!cJSON_IsArray(list) || !list->child)
        return complain(r->why, "such as \"views\": [\"debug\"]",
                        "--lock %s: %s: not a list of names", r->path, member);
    for (const cJSON *item = list->child; item; item = item->next) {
        if (!cJSON_IsString(item))
            return complain(r->why, "names are strings", "--lock %s: %s: holds what is no name",
                            r->path, member);
        if (!take(r, item->valuestring))
            return false;
    }
    return true;
}

static bool read_reverse(const struct reading *r, const cJSON *item)
{
    r->lock->no_reverse = cJSON_IsFalse(item);
    return cJSON_IsBool(item) ||
           complain(r->why, "write true or false", "--lock %s: reverse: neither", r->path);
}

static bool read_member(const struct reading *r, const cJSON *item)
{
    static const char *const names[] = {"views", "modes", "verbs", "reverse"};
    if (strcmp(item->string, "reverse") == 0)
        return read_reverse(r, item);
    if (strcmp(item->string, "verbs") == 0) {
        r->lock->all_verbs = false;
        r->lock->verbs = 0;
        for (size_t i = 0; i < sizeof always / sizeof *always; i++)
            allow_verb(r->lock, always[i]);
        return read_names(r, item, "verbs", read_verb_name);
    }
    if (strcmp(item->string, "views") == 0) {
        r->lock->views = 0;
        return read_names(r, item, "views", read_view_name);
    }
    if (strcmp(item->string, "modes") == 0) {
        r->lock->modes = 0;
        return read_names(r, item, "modes", read_mode_name);
    }
    return unknown(r, "a lock file", item->string, names, 4);
}

static bool read_all(const struct reading *r, const cJSON *root)
{
    if (!root || !cJSON_IsObject(root))
        return complain(r->why, "such as {\"views\": [\"debug\"], \"reverse\": false}",
                        "--lock %s: not a JSON object", r->path);
    for (const cJSON *item = root->child; item; item = item->next) {
        for (const cJSON *other = item->next; other; other = other->next)
            if (strcmp(other->string, item->string) == 0)
                return complain(r->why, "write it once", "--lock %s: %.40s stands twice", r->path,
                                item->string);
        if (!read_member(r, item))
            return false;
    }
    return true;
}

bool lock_read(struct lock *lock, const char *path, struct complaint *why)
{
    const struct reading r = {lock, path, why};
    struct file_bytes file;
    memset(lock, 0, sizeof *lock);
    lock->path = path;
    lock->views = lock->modes = 0xff;
    lock->all_verbs = true;
    if (!file_read(&file, "--lock", path, why))
        return false;
    const char *end = NULL;
    const char *text = (const char *)file.bytes;
    cJSON *root = cJSON_ParseWithLengthOpts(text, file.size, &end, false);
    /* What follows may be blanks only: two objects are not one. */
    if (root && end && end[strspn(end, " \t\r\n")]) {
        cJSON_Delete(root);
        root = NULL;
    }
    bool ok = read_all(&r, root);
    cJSON_Delete(root);
    file_free(&file);
    return ok;
}
