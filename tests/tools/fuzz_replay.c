/*
 * Runs a fuzz target without libFuzzer: every file of its corpus, then seeded mutations of them.
 *
 *   fuzz-NAME [--max-len BYTES] [--runs N] [--seed N] CORPUS-FOLDER-OR-FILE...
 *
 * The same harness is thus a regression test under gcc and in every preset; coverage-guided search
 * is the `fuzz` preset's. The mutations depend on the seed alone. A crash names its file, or the
 * run's number for --seed.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_FILES 4096u
#define LONGEST   (1u << 20)

struct input {
    uint8_t *bytes;
    size_t size;
};

struct corpus {
    struct input input[MAX_FILES];
    unsigned count;
};

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u; /* splitmix64 */
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* Runs one input from a block of exactly its size, so that a sanitizer sees the first byte read
 * past its end. */
static void run_exact(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    if (size)
        memcpy(copy, bytes, size);
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void read_file(struct corpus *corpus, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || corpus->count == MAX_FILES) {
        fprintf(stderr, "fuzz_replay: cannot take %s\n", path);
        exit(2);
    }
    uint8_t *bytes = malloc(LONGEST);
    if (!bytes)
        abort();
    size_t size = fread(bytes, 1, LONGEST, file);
    (void)fclose(file);
    corpus->input[corpus->count].bytes = bytes;
    corpus->input[corpus->count++].size = size;
    fprintf(stderr, "input %s\n",
            path); /* unbuffered: the last line before a crash names the culprit */
    run_exact(bytes, size);
}

static int skip_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* A folder's files in alphabetical order (the mutations depend on it), or one file. */
static void read_path(struct corpus *corpus, const char *path)
{
    struct dirent **names;
    int count = scandir(path, &names, skip_hidden, alphasort);
    if (count < 0) {
        read_file(corpus, path);
        return;
    }
    for (int i = 0; i < count; i++) {
        char name[4096];
        (void)snprintf(name, sizeof name, "%s/%s", path, names[i]->d_name);
        read_file(corpus, name);
        free(names[i]);
    }
    free(names);
}

/* One random edit of bytes[0..*size), which has room for max bytes. */
static void mutate(uint8_t *bytes, size_t *size, size_t max, uint64_t *random)
{
    uint64_t r = next_random(random);
    size_t at = *size ? (size_t)(r >> 8) % *size : 0;
    switch (r % 6) {
    case 0: /* flip a bit */
        if (*size)
            bytes[at] ^= (uint8_t)(1u << ((r >> 4) & 7));
        break;
    case 1: /* another byte */
        if (*size)
            bytes[at] = (uint8_t)(r >> 40);
        break;
    case 2: /* insert */
        if (*size < max) {
            memmove(bytes + at + 1, bytes + at, *size - at);
            bytes[at] = (uint8_t)(r >> 40);
            ++*size;
        }
        break;
    case 3: /* cut the tail */
        *size = at;
        break;
    case 4: /* an extreme 32-bit number */
        if (*size >= 4) {
            static const uint32_t extremes[] = {0,           1,           0x7fffffffu,
                                                0x80000000u, 0xffffffffu, 0xfffff000u};
            memcpy(bytes + at % (*size - 3), &extremes[(r >> 40) % 6], 4);
        }
        break;
    default: /* a run of random bytes at the end */
        for (unsigned i = 0; i < 8 && *size < max; i++)
            bytes[(*size)++] = (uint8_t)next_random(random);
    }
}

static void run_mutations(const struct corpus *corpus, unsigned runs, uint64_t seed, size_t max)
{
    uint8_t *bytes = malloc(max + 1);
    if (!bytes)
        abort();
    for (unsigned run = 0; run < runs; run++) {
        uint64_t random = seed + run * 0x100000001b3u;
        size_t size = 0;
        if (corpus->count) {
            const struct input *from = &corpus->input[next_random(&random) % corpus->count];
            size = from->size < max ? from->size : max;
            if (size)
                memcpy(bytes, from->bytes, size);
        }
        for (uint64_t edits = 1 + next_random(&random) % 16; edits; edits--)
            mutate(bytes, &size, max, &random);
        run_exact(bytes, size);
    }
    free(bytes);
}

int main(int argc, char **argv)
{
    static struct corpus corpus;
    unsigned runs = 5000;
    size_t max = 4096;
    uint64_t seed = 1;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--max-len") && i + 1 < argc)
            max = strtoul(argv[++i], NULL, 0);
        else if (!strcmp(argv[i], "--runs") && i + 1 < argc)
            runs = (unsigned)strtoul(argv[++i], NULL, 0);
        else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 0);
        else
            read_path(&corpus, argv[i]);
    }
    fprintf(stderr, "%u inputs passed; %u mutations from seed %llu\n", corpus.count, runs,
            (unsigned long long)seed);
    run_mutations(&corpus, runs, seed, max);
    for (unsigned i = 0; i < corpus.count; i++)
        free(corpus.input[i].bytes);
    fprintf(stderr, "done: %u inputs, %u mutations\n", corpus.count, runs);
    return 0;
}
