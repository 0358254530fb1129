/*
 * Conditions are typed by users and come out of files: any text must be evaluated or refused in
 * words. What evaluates must also check, and the prefix that was read must evaluate alone to the
 * same value.
 */
#include <stdlib.h>
#include <string.h>

#include "hv/expr.h"

#include "tests/unit/session/fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct hv *hypervisor(void)
{
    static struct hv *hv; /* one for the life of the program: expressions only look at it */
    static struct cost_profile profile = {.clock_hz = 100000000};
    struct sim_error err;
    struct hv_config config;
    if (hv)
        return hv;
    hv_config_init(&config, MODE_native);
    config.profile = &profile;
    config.ram_bytes = 1u << 20;
    if (hv_create(&hv, &config, &err) != SIM_OK)
        abort();
    return hv;
}

static bool symbols(void *opaque, const char *name, size_t length, uint64_t *value)
{
    (void)opaque;
    *value = length;
    return length && name[0] == 's';
}

static void look(const char *text)
{
    static struct vm_exit exit;
    static const struct session_hit hit = {.address = 4, .old = 5, .now = 6};
    struct session session = {.hv = hypervisor(), .at = {1, 2, 3, SESSION_OUTSIDE}, .hash = 4};
    const struct expr_scope scope = {
        .session = &session, .exit = &exit, .hit = &hit, .resolve = symbols};
    struct sim_error err = {SIM_OK, ""};
    uint64_t whole, part;
    size_t used;

    exit.reason = (uint8_t)(strlen(text) % EXIT_REASONS);
    if (expr_eval(&scope, text, &whole, NULL, &err) == SIM_OK) {
        if (expr_check(&scope, text, NULL) != SIM_OK)
            abort();
        if (expr_eval(&scope, text, &part, &used, NULL) != SIM_OK || part != whole ||
            used > strlen(text))
            abort();
    } else if (strncmp(err.text, "column ", 7) != 0) {
        abort(); /* refused without saying where */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    look(text);
    free(text);
    return 0;
}
