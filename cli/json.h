/*
 * Writing JSON: a stream of values with commas and indentation taken care of.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_MAX_DEPTH 16

/* A writer; zero-initialize and set `to`. */
struct json {
    FILE *to;
    unsigned depth;
    bool filled[JSON_MAX_DEPTH]; /* something stands in the object or array at this depth */
    bool flat[JSON_MAX_DEPTH];   /* written on one line */
};

/* key is null inside arrays and at the top. */
void json_open(struct json *j, const char *key, char bracket); /* '{' or '[' */
void json_open_flat(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket); /* '}' or ']' */
void json_text(struct json *j, const char *key, const char *value);
/* A count: a number where a double holds it exactly, else a decimal string. */
void json_count(struct json *j, const char *key, uint64_t value);
void json_real(struct json *j, const char *key, double value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
void json_hex(struct json *j, const char *key, uint64_t value); /* 16 lower-case digits, a string */

/* A string with quotes and escapes. Bytes over 7Eh are taken for code page 437's neighbour Latin-1:
 * \u00xx. */
void json_quote(FILE *to, const char *text);

#endif
