/*
 * A client in memory: see client.h.
 */
#include "client.h"

#include <stdio.h>
#include <string.h>

static const uint8_t code[] = {
    0xb8, 1,    0, 0,    0,       /* mov eax, 1 */
    0xa3, 0,    0, 0x20, 0,       /* mov [VARIABLE], eax */
    0x40,                         /* inc eax */
    0xa3, 0,    0, 0x20, 0,       /* mov [VARIABLE], eax */
    0x8b, 0x1d, 0, 0,    0x20, 0, /* mov ebx, [VARIABLE] */
    0xeb, 0xfe,                   /* jmp itself */
};

/* A Multiboot ELF file with the code behind its header. */
static size_t make_image(uint8_t image[8192])
{
    static const uint32_t multiboot[3] = {0x1badb002, 0, 0u - 0x1badb002};
    static const uint8_t magic[] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
    const uint32_t size = (uint32_t)sizeof code + 12;
    const uint16_t kind[2] = {2, 3}, counts[] = {52, 32, 1, 40, 0, 0};
    const uint32_t header[] = {1, CODE, 52, 0, 0};
    const uint32_t program[] = {1, 4096, 0x100000, 0x100000, size, size, 7, 4096};
    memset(image, 0, 8192);
    memcpy(image, magic, sizeof magic);
    memcpy(image + 16, kind, sizeof kind);
    memcpy(image + 20, header, sizeof header);
    memcpy(image + 40, counts, sizeof counts);
    memcpy(image + 52, program, sizeof program);
    memcpy(image + 4096, multiboot, sizeof multiboot);
    memcpy(image + 4096 + 12, code, sizeof code);
    return 4096 + size;
}

static struct session *session_of(void *opaque)
{
    const struct client *c = opaque;
    return c->session;
}

static int monitor(void *opaque, const char *line, FILE *out)
{
    struct client *c = opaque;
    (void)snprintf(c->monitored, sizeof c->monitored, "%s", line);
    (void)fprintf(out, "you said %s\n", line);
    return strcmp(line, "fail") == 0;
}

static bool send_bytes(void *opaque, const void *bytes, size_t n)
{
    struct client *c = opaque;
    if (c->sent_n + n >= sizeof c->sent) {
        c->sent_n = 0;
        c->sent_whole = false;
    }
    memcpy(c->sent + c->sent_n, bytes, n);
    c->sent_n += n;
    c->sent[c->sent_n] = 0;
    return true;
}

static int receive(void *opaque, void *bytes, size_t room)
{
    struct client *c = opaque;
    if (c->hangs_up)
        return -1;
    const char *from = c->ahead ? c->ahead : c->always;
    size_t n = from ? strlen(from) : 0;
    if (n > room)
        n = room;
    if (n)
        memcpy(bytes, from, n);
    c->ahead = NULL;
    return (int)n;
}

bool client_open(struct client *c, enum hv_mode_id mode, unsigned vms)
{
    static uint8_t image[8192];
    struct sim_error err;
    struct session_config config = {.no_history = false};
    memset(c, 0, sizeof *c);
    hv_config_init(&config.hv, mode);
    c->profile.clock_hz = 100000000;
    for (unsigned i = 0; i < COST_KEYS; i++)
        cost_set(&c->profile, i, 1, COST_ASSUMED);
    config.hv.profile = &c->profile;
    config.hv.ram_bytes = 4u << 20;
    config.hv.vms = vms;
    config.input = (struct loader_input){
        .image = image, .image_size = make_image(image), .image_name = "code", .cmdline = ""};
    if (session_create(&c->session, &config, &err) != SIM_OK)
        return false;
    client_connect(c);
    return c->server != NULL;
}

void client_connect(struct client *c)
{
    const struct gdb_host host = {.opaque = c, .session = session_of, .monitor = monitor};
    const struct gdb_wire wire = {c, send_bytes, receive};
    gdb_destroy(c->server);
    c->server = gdb_create(&host, &wire);
    c->wish = GDB_GOES_ON;
    c->hangs_up = false;
}

void client_close(struct client *c)
{
    gdb_destroy(c->server);
    session_destroy(c->session);
}

void client_send(struct client *c, const void *bytes, size_t n)
{
    c->sent_n = 0;
    c->sent[0] = 0;
    c->sent_whole = true;
    c->wish = gdb_input(c->server, bytes, n);
}

/* The contents of the last packet in sent, its end cut off. */
static const char *last_contents(struct client *c)
{
    char *from = NULL;
    for (char *at = c->sent; (at = memchr(at, '$', c->sent_n - (size_t)(at - c->sent))); at++)
        from = at;
    if (!from)
        return "";
    char *end = strchr(from, '#');
    if (end)
        *end = 0;
    return from + 1;
}

const char *client_ask(struct client *c, const char *packet)
{
    char framed[40000];
    uint8_t sum = 0;
    for (const char *at = packet; *at; at++)
        sum = (uint8_t)(sum + (uint8_t)*at);
    int n = snprintf(framed, sizeof framed, "$%s#%02x", packet, sum);
    client_send(c, framed, (size_t)n);
    return last_contents(c);
}
