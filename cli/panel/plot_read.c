/*
 * Reading a comparison: see plot_read.h. Numbers above 2^53 are strings of digits.
 */
#include "panel/plot_read.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "file.h"
#include "number.h"

static bool refuse(struct complaint *why, const char *path, const char *what)
{
    return complain(why, "give a file that ringside compare --json FILE wrote", "%s: %s", path,
                    what);
}

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool take_count(const cJSON *item, uint64_t *value)
{
    if (cJSON_IsString(item))
        return number_parse(item->valuestring, value);
    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble) || item->valuedouble < 0 ||
        item->valuedouble > 9007199254740992.0 || item->valuedouble != floor(item->valuedouble))
        return false;
    *value = (uint64_t)item->valuedouble;
    return true;
}

/* A name as it may be drawn: printable ASCII that fits. */
static bool take_text(const cJSON *item, char *to, size_t size)
{
    if (!cJSON_IsString(item) || !item->valuestring[0] || strlen(item->valuestring) >= size)
        return false;
    for (const char *c = item->valuestring; *c; c++)
        if (*c < ' ' || *c > '~')
            return false;
    (void)snprintf(to, size, "%s", item->valuestring);
    return true;
}

static bool take_run(struct comparison_run *run, const cJSON *report)
{
    const cJSON *cycles = member(report, "cycles"), *exits = member(report, "exits");
    uint64_t sum = 0;
    if (!take_text(member(report, "mode"), run->mode, sizeof run->mode) ||
        !cJSON_IsObject(cycles) || !take_count(member(exits, "total"), &run->exits))
        return false;
    for (unsigned b = 0; b < SIM_BUCKETS; b++) {
        if (!take_count(member(cycles, sim_bucket_names[b]), &run->part[b]))
            return false;
        if (b == BUCKET_idle)
            run->part[b] = 0;
        if (sum + run->part[b] < sum)
            return false;
        sum += run->part[b];
    }
    run->busy = sum;
    return true;
}

static bool take_all(struct comparison_read *out, const cJSON *root, const char *path,
                     struct complaint *why)
{
    const cJSON *schema = member(root, "schema"), *runs = member(root, "runs");
    char text[80];
    if (!cJSON_IsString(schema) || strcmp(schema->valuestring, "ringside.compare/1") != 0)
        return refuse(why, path, "is no comparison (ringside.compare/1)");
    if (!cJSON_IsArray(runs) || !runs->child)
        return refuse(why, path, "has no runs");
    for (const cJSON *r = runs->child; r; r = r->next) {
        if (out->runs == OPTIONS_MAX_MODES)
            return refuse(why, path, "has more runs than there are modes");
        if (!take_run(&out->run[out->runs], r)) {
            (void)snprintf(text, sizeof text, "run %u lacks its mode, cycles or exits",
                           out->runs + 1);
            return refuse(why, path, text);
        }
        out->runs++;
    }
    return (take_text(member(runs->child, "guest"), out->guest, sizeof out->guest) &&
            take_text(member(runs->child, "profile"), out->profile, sizeof out->profile)) ||
           refuse(why, path, "does not say guest and profile");
}

bool comparison_read(struct comparison_read *out, const char *path, struct complaint *why)
{
    struct file_bytes file;
    memset(out, 0, sizeof *out);
    if (!file_read(&file, "plot", path, why))
        return false;
    cJSON *root = cJSON_ParseWithLength((const char *)file.bytes, file.size);
    bool ok = root ? take_all(out, root, path, why) : refuse(why, path, "is not JSON");
    cJSON_Delete(root);
    file_free(&file);
    return ok;
}
