/*
 * Reading cost profiles: see profile.h. Nothing is defaulted: a key that is not there is an error,
 * because a silent zero would pass for a result.
 */
#include "profile.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "file.h"
#include "number.h"

/* What is being read, for complaints. */
struct reading {
    const char *where;
    struct complaint *why;
};

static const char remedy_entry[] =
    "an entry is {\"value\": CYCLES, \"kind\": \"published|derived|assumed\", \"source\": \"...\"}";

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) && item->valuestring[0] ? item->valuestring : NULL;
}

/* A whole number from 0 to max. cJSON's valueint saturates, so the double is judged. */
static bool whole_number(const cJSON *item, double max, uint64_t *value)
{
    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble) || item->valuedouble < 0 ||
        item->valuedouble > max || item->valuedouble != floor(item->valuedouble))
        return false;
    *value = (uint64_t)item->valuedouble;
    return true;
}

/* One {value, kind, source}, nothing missing and nothing else in it. */
static bool read_entry(const struct reading *r, const cJSON *entry, const char *key, double max,
                       uint64_t *value, enum cost_kind *kind, char **source)
{
    if (!cJSON_IsObject(entry))
        return complain(r->why, remedy_entry, "%s: %s is not an object", r->where, key);
    for (const cJSON *item = entry->child; item; item = item->next)
        if (strcmp(item->string, "value") != 0 && strcmp(item->string, "kind") != 0 &&
            strcmp(item->string, "source") != 0)
            return complain(r->why, remedy_entry, "%s: %s has an unknown member \"%s\"", r->where,
                            key, item->string);
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(entry, "value");
    if (!whole_number(number, max, value)) {
        if (cJSON_IsNumber(number))
            return complain(r->why, "give whole cycles, 0 or more, at most 1000000000",
                            "%s: %s has the value %g", r->where, key, number->valuedouble);
        return complain(r->why, remedy_entry, "%s: %s has no number as its value", r->where, key);
    }
    const char *word = text_of(entry, "kind");
    for (*kind = COST_PUBLISHED; word && *kind <= COST_ASSUMED; (*kind)++)
        if (strcmp(word, cost_kind_names[*kind]) == 0)
            break;
    if (!word || *kind > COST_ASSUMED)
        return complain(r->why, "the kinds are published, derived and assumed",
                        "%s: %s has the kind %s", r->where, key, word ? word : "(none)");
    const char *text = text_of(entry, "source");
    if (!text)
        return complain(r->why, "say where the number comes from, or why it was assumed",
                        "%s: %s has no source", r->where, key);
    *source = strdup(text);
    return *source ? true : complain_ours(r->why, NULL, "%s: no memory", r->where);
}

/* Whoever waits in a loop waits for time to pass: in no loop may it stand still. */
static bool lets_time_pass(int key, uint64_t value, const char *where, struct complaint *why)
{
    if (value || (key != COST_insn_plain && key != COST_insn_branch))
        return true;
    return complain(why,
                    "give it 1 cycle or more: else a guest that waits in a loop waits for ever",
                    "%s: %s is 0", where, cost_name((unsigned)key));
}

/* Reads all keys of one section (first .. last-1), and refuses strangers. */
static bool read_section(const struct reading *r, struct profile *p, const cJSON *root,
                         const char *section, unsigned first, unsigned last)
{
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, section);
    if (!cJSON_IsObject(object))
        return complain(r->why, "copy assets/profiles/flat.json and change its values",
                        "%s: the object \"%s\" is missing", r->where, section);
    bool seen[COST_KEYS] = {false};
    for (const cJSON *entry = object->child; entry; entry = entry->next) {
        int key = cost_find(entry->string);
        if (key < (int)first || key >= (int)last)
            return complain(r->why, "ringside list costs shows all keys",
                            "%s: unknown key %s in \"%s\"", r->where, entry->string, section);
        if (seen[key])
            return complain(r->why, "leave one of them", "%s: key %s stands twice", r->where,
                            entry->string);
        seen[key] = true;
        uint64_t value;
        enum cost_kind kind;
        if (!read_entry(r, entry, entry->string, PROFILE_MAX_CYCLES, &value, &kind,
                        &p->source[key]) ||
            !lets_time_pass(key, value, r->where, r->why))
            return false;
        cost_set(&p->cost, (unsigned)key, (uint32_t)value, kind);
    }
    for (unsigned key = first; key < last; key++)
        if (!seen[key])
            return complain(r->why, remedy_entry, "%s: key %s is missing in \"%s\"", r->where,
                            cost_name(key), section);
    return true;
}

static bool read_clock(const struct reading *r, struct profile *p, const cJSON *root)
{
    enum cost_kind kind;
    const cJSON *clock = cJSON_GetObjectItemCaseSensitive(root, "clock_hz");
    if (!read_entry(r, clock, "clock_hz", 1e12, &p->cost.clock_hz, &kind, &p->clock_source))
        return false;
    if (p->cost.clock_hz >= 1000000)
        return true;
    return complain(r->why, "give the clock in Hz, 1000000 or more", "%s: clock_hz is %llu",
                    r->where, (unsigned long long)p->cost.clock_hz);
}

static bool read_root(const struct reading *r, struct profile *p, const cJSON *root)
{
    static const char *const members[] = {"schema",   "name",     "title",
                                          "clock_hz", "hardware", "hypervisor"};
    if (!cJSON_IsObject(root))
        return complain(r->why, "copy assets/profiles/flat.json and change its values",
                        "%s: is not a JSON object", r->where);
    for (const cJSON *item = root->child; item; item = item->next) {
        bool known = false;
        for (unsigned i = 0; i < sizeof members / sizeof *members; i++)
            known = known || strcmp(item->string, members[i]) == 0;
        if (!known)
            return complain(r->why,
                            "a profile has schema, name, title, clock_hz, hardware, hypervisor",
                            "%s: unknown member \"%s\"", r->where, item->string);
    }
    const char *schema = text_of(root, "schema"), *name = text_of(root, "name"),
               *title = text_of(root, "title");
    if (!schema || strcmp(schema, PROFILE_SCHEMA) != 0)
        return complain(r->why, "this program reads \"schema\": \"" PROFILE_SCHEMA "\"",
                        "%s: the schema is %s", r->where, schema ? schema : "missing");
    if (!name || strlen(name) >= sizeof p->cost.name || !title)
        return complain(r->why, "give both as text; a name has at most 47 letters",
                        "%s: name or title is missing or too long", r->where);
    (void)snprintf(p->cost.name, sizeof p->cost.name, "%s", name);
    p->title = strdup(title);
    if (!p->title)
        return complain_ours(r->why, NULL, "%s: no memory", r->where);
    return read_clock(r, p, root) && read_section(r, p, root, "hardware", 0, SIM_COSTS) &&
           read_section(r, p, root, "hypervisor", SIM_COSTS, COST_KEYS);
}

static unsigned line_of(const char *text, const char *at)
{
    unsigned line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

bool profile_parse(struct profile *p, const char *where, const char *text, size_t size,
                   struct complaint *why)
{
    const struct reading r = {where, why};
    const char *end = text;
    memset(p, 0, sizeof *p);
    cJSON *root = cJSON_ParseWithLengthOpts(text, size, &end, 0);
    if (!root)
        return complain(why, "check for a missing comma, quote or bracket there",
                        "%s: line %u is not JSON", where, line_of(text, end));
    bool ok = read_root(&r, p, root);
    for (; ok && end < text + size; end++)
        if (!strchr(" \t\r\n", *end) || !*end) {
            ok = complain(why, "remove it", "%s: line %u: something follows the profile", where,
                          line_of(text, end));
            break;
        }
    cJSON_Delete(root);
    if (!ok)
        profile_free(p);
    return ok;
}

bool profile_load(struct profile *p, const char *name, struct complaint *why)
{
    const struct embedded_file *builtin = embedded_find("profiles", name);
    char where[200];
    memset(p, 0, sizeof *p);
    if (builtin)
        return profile_parse(p, builtin->name, (const char *)builtin->bytes, builtin->size, why);
    if (!strchr(name, '/') && !strchr(name, '.')) {
        const char *names[8];
        char list[120];
        unsigned n = embedded_names("profiles", names, 8);
        return complain(why, "give one of these names, or a file's path (./NAME)",
                        "--profile %s: no such profile; there are %s", name,
                        name_list(list, sizeof list, names, n));
    }
    struct file_bytes file;
    if (!file_read(&file, "--profile", name, why))
        return false;
    (void)snprintf(where, sizeof where, "--profile %s", name);
    bool ok = profile_parse(p, where, (const char *)file.bytes, file.size, why);
    file_free(&file);
    return ok;
}

void profile_free(struct profile *p)
{
    for (unsigned i = 0; i < COST_KEYS; i++)
        free(p->source[i]);
    free(p->title);
    free(p->clock_source);
    memset(p, 0, sizeof *p);
}

bool profile_parse_change(struct cost_change *change, const char *text, struct complaint *why)
{
    const char *equals = strchr(text, '=');
    size_t n = equals ? (size_t)(equals - text) : 0;
    if (!equals || n == 0 || n >= sizeof change->key)
        return complain(why, "write --cost KEY=CYCLES, such as --cost walk_ref=50",
                        "--cost %s: is not KEY=VALUE", text);
    memcpy(change->key, text, n);
    change->key[n] = 0;
    if (cost_find(change->key) < 0) {
        const char *names[COST_KEYS], *near;
        char remedy[120];
        for (unsigned i = 0; i < COST_KEYS; i++)
            names[i] = cost_name(i);
        near = nearest_name(change->key, names, COST_KEYS);
        (void)snprintf(remedy, sizeof remedy, "%s%s%sringside list costs shows all keys",
                       near ? "did you mean " : "", near ? near : "", near ? "? " : "");
        return complain(why, remedy, "--cost %s: there is no cost key %s", text, change->key);
    }
    uint64_t value;
    if (!number_parse(equals + 1, &value) || value > PROFILE_MAX_CYCLES)
        return complain(why, "give whole cycles from 0 to 1000000000",
                        "--cost %s: %s is not a cost", text, equals[1] ? equals + 1 : "(nothing)");
    change->value = (uint32_t)value;
    return lets_time_pass(cost_find(change->key), value, "--cost", why);
}

void profile_apply(struct profile *p, const struct cost_change *change)
{
    int key = cost_find(change->key);
    if (key < 0)
        return; /* profile_parse_change has refused it */
    cost_set(&p->cost, (unsigned)key, change->value, COST_CHANGED);
    p->changed++;
}
