/*
 * What a client sends is anybody's: any bytes must be answered as the protocol says, and never
 * crash. Each input is a stream: a packet's sum is put right where it is `#..`, so that its
 * contents are reached. Answers must be whole packets with right sums.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gdb/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every `#..` gets the sum of what stands before it since the last `$`. */
static void put_sums(uint8_t *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '$') {
            sum = 0;
        } else if (bytes[i] == '#' && i + 2 < n && bytes[i + 1] == '.' && bytes[i + 2] == '.') {
            bytes[i + 1] = (uint8_t)digits[sum >> 4];
            bytes[i + 2] = (uint8_t)digits[sum & 15u];
            i += 2;
        } else {
            sum = (uint8_t)(sum + bytes[i]);
        }
    }
}

static unsigned digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* '+', '-', and packets; nothing else may come back. */
static void check_answers(const char *sent, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t sum = 0;
        if (sent[i] == '+' || sent[i] == '-')
            continue;
        if (sent[i] != '$')
            abort();
        for (i++; i < n && sent[i] != '#'; i++)
            sum = (uint8_t)(sum + (uint8_t)sent[i]);
        if (i + 2 >= n || digit(sent[i + 1]) * 16 + digit(sent[i + 2]) != sum)
            abort();
        i += 2;
    }
}

#define INPUTS_OF_A_SESSION                                                                        \
    32 /* then a new one: what an input does may depend on a few before it */

/* Both guests halt where they would go round for ever, so that most moves end by themselves. */
static struct client *the_client(void)
{
    static struct client c;
    static unsigned inputs;
    if (inputs++ % INPUTS_OF_A_SESSION == 0) {
        if (c.session)
            client_close(&c);
        if (!client_open(&c, MODE_trap, 2))
            abort();
        if (strcmp(client_ask(&c, "M100022,1:f4"), "OK") != 0 ||
            strcmp(client_ask(&c, "Hg2"), "OK") != 0 ||
            strcmp(client_ask(&c, "M100022,1:f4"), "OK") != 0)
            abort();
    }
    client_connect(&c);
    return &c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct client *c = the_client();
    uint8_t *bytes = malloc(size + 1);
    if (!bytes)
        return 0;
    if (size)
        memcpy(bytes, data, size);
    put_sums(bytes, size);
    c->always = "#00\x03"; /* whatever moves is interrupted, an unfinished packet or not */
    client_send(c, bytes, size);
    if (c->sent_whole)
        check_answers(c->sent, c->sent_n);
    free(bytes);
    return 0;
}
