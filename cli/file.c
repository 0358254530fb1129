/*
 * Files: see file.h. The temporary file is made in the target's own folder, so that the rename is
 * atomic. Where the file system can, it has no name until it is whole: then it is gone with a
 * program that is killed.
 */
#define _GNU_SOURCE /* O_TMPFILE, renameat2 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool too_large(const char *what, const char *path, bool regular, struct complaint *why)
{
    return complain(why,
                    regular ? "the largest file that is read is 2 GiB"
                            : "the most that is read from a pipe or device is 256 MiB",
                    "%s %s: is too large", what, path);
}

static bool read_stream(struct file_bytes *out, FILE *in, const char *what, const char *path,
                        size_t most, struct complaint *why)
{
    size_t room = 1 << 16;
    uint8_t *bytes = malloc(room + 1);
    size_t size = 0;
    while (bytes) {
        size += fread(bytes + size, 1, room - size, in);
        if (size < room)
            break;
        if (room >= most) {
            free(bytes);
            return too_large(what, path, most == FILE_MAX_BYTES, why);
        }
        room *= 2;
        uint8_t *more = realloc(bytes, room + 1);
        if (!more)
            free(bytes);
        bytes = more;
    }
    if (!bytes)
        return complain_ours(why, NULL, "%s %s: no memory to read it", what, path);
    if (ferror(in)) {
        free(bytes);
        return complain(why, "check the disk and the file's permissions", "%s %s: %s", what, path,
                        strerror(errno));
    }
    bytes[size] = 0;
    out->bytes = bytes;
    out->size = size;
    return true;
}

bool file_read(struct file_bytes *out, const char *what, const char *path, struct complaint *why)
{
    struct stat st;
    memset(out, 0, sizeof *out);
    FILE *in = path[0] ? fopen(path, "rb") : NULL;
    if (!path[0])
        errno = ENOENT;
    if (!in)
        return complain(why, "check the path and its permissions", "%s %s: %s", what,
                        word_shown(path), strerror(errno));
    if (fstat(fileno(in), &st) == 0 && S_ISDIR(st.st_mode)) {
        (void)fclose(in);
        return complain(why, "name a file inside it", "%s %s: is a directory, not a file", what,
                        path);
    }
    bool regular = fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode);
    bool ok =
        regular && (uint64_t)st.st_size > FILE_MAX_BYTES
            ? too_large(what, path, true, why)
            : read_stream(out, in, what, path, regular ? FILE_MAX_BYTES : STREAM_MAX_BYTES, why);
    (void)fclose(in);
    return ok;
}

void file_free(struct file_bytes *f)
{
    free(f->bytes);
    f->bytes = NULL;
    f->size = 0;
}

static bool refuse_output(struct complaint *why, const char *option, const char *path,
                          const char *text)
{
    return complain(why, "name a file in a folder you may write to, or - for standard output",
                    "%s %s: cannot be written: %s", option, word_shown(path), text);
}

static bool open_directly(struct output *o, const char *path, struct complaint *why)
{
    o->stream = fopen(path, "wb");
    return o->stream ? true : refuse_output(why, o->option, path, strerror(errno));
}

/* A file without a name in the folder of o->path; less than 0: the file system has no such thing,
 * or it could not be given a name later. */
static int open_unnamed(const struct output *o)
{
    char folder[4096];
    const char *slash = strrchr(o->path, '/');
    size_t n = slash ? (size_t)(slash - o->path) : 0;
    if (n >= sizeof folder || access("/proc/self/fd", X_OK) != 0)
        return -1;
    memcpy(folder, o->path, n);
    folder[n] = 0;
    return open(!slash ? "." : n ? folder : "/", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

/* Gives the temporary file its name, if it has none yet. */
static bool name_temporary(struct output *o)
{
    char self[64];
    if (!o->unnamed)
        return true;
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", fileno(o->stream));
    for (unsigned i = 0; i < 1000000; i++) {
        (void)snprintf(o->temp + strlen(o->path), 16, ".%06u", ((unsigned)getpid() + i) % 1000000);
        if (linkat(AT_FDCWD, self, AT_FDCWD, o->temp, AT_SYMLINK_FOLLOW) == 0) {
            o->unnamed = false;
            return true;
        }
        if (errno != EEXIST)
            break;
    }
    return false;
}

/* Where a path leads, owned: a symbolic link is followed, not replaced, also to what is not there
 * yet. Null: errno. */
static char *final_place(const char *path)
{
    char *at = realpath(path, NULL);
    if (at || errno == ENOENT)
        at = at ? at : strdup(path);
    for (unsigned links = 0; at && links < 40; links++) {
        char to[PATH_MAX];
        ssize_t n = readlink(at, to, sizeof to - 1);
        if (n < 0)
            return at; /* not a link, or not there */
        to[n] = 0;
        char *slash = to[0] == '/' ? NULL : strrchr(at, '/');
        size_t folder = slash ? (size_t)(slash - at) + 1 : 0;
        char *next = malloc(folder + (size_t)n + 1);
        if (next) {
            memcpy(next, at, folder);
            memcpy(next + folder, to, (size_t)n + 1);
        }
        free(at);
        at = next;
    }
    if (at)
        errno = ELOOP;
    free(at);
    return NULL;
}

static bool open_beside(struct output *o, const char *path, struct complaint *why)
{
    o->path = final_place(path);
    if (!o->path && errno != ENOMEM)
        return refuse_output(why, o->option, path, strerror(errno));
    size_t n = o->path ? strlen(o->path) + 16 : 0;
    o->temp = o->path ? malloc(n) : NULL;
    if (!o->temp)
        return complain_ours(why, NULL, "%s %s: no memory", o->option, path);
    (void)snprintf(o->temp, n, "%s.XXXXXX", o->path);
    int fd = open_unnamed(o);
    o->unnamed = fd >= 0;
    if (fd < 0)
        fd = mkstemp(o->temp);
    if (fd < 0) {
        free(o->temp);
        o->temp = NULL;
        return refuse_output(why, o->option, path, strerror(errno));
    }
    struct stat st;
    mode_t mask = umask(0);
    (void)umask(mask);
    (void)fchmod(fd, stat(o->path, &st) == 0 ? (st.st_mode & 07777) : (0666 & ~mask));
    o->stream = fdopen(fd, "wb");
    if (o->stream)
        return true;
    (void)close(fd);
    return complain_ours(why, NULL, "%s %s: %s", o->option, path, strerror(errno));
}

bool output_open(struct output *o, const char *option, const char *path, struct complaint *why)
{
    struct stat st;
    memset(o, 0, sizeof *o);
    o->option = option;
    o->given = path;
    if (strcmp(path, "-") == 0) {
        o->stream = stdout;
        o->is_stdout = true;
        return true;
    }
    if (!path[0])
        return refuse_output(why, option, path, "no name given");
    bool ok;
    if (stat(path, &st) != 0)
        ok = open_beside(o, path, why);
    else if (S_ISDIR(st.st_mode))
        return refuse_output(why, option, path, "it is a directory");
    else if (!S_ISREG(st.st_mode))
        ok = open_directly(o, path, why);
    else if (access(path, W_OK) != 0)
        return refuse_output(why, option, path, strerror(errno));
    else
        ok = open_beside(o, path, why);
    if (!ok)
        output_abandon(o);
    return ok;
}

void output_publish(struct output *o)
{
    if (!o->temp || o->published)
        return;
    if (!name_temporary(o))
        return; /* output_commit will say so */
    o->published = true;
    if (renameat2(AT_FDCWD, o->temp, AT_FDCWD, o->path, RENAME_EXCHANGE) == 0)
        return;
    if (errno != ENOENT || rename(o->temp, o->path) != 0) {
        o->published = false; /* this file system cannot; output_commit will do it */
        return;
    }
    free(o->temp);
    o->temp = NULL;
}

bool output_commit(struct output *o, struct complaint *why)
{
    if (!o->stream)
        return true;
    bool bad = fflush(o->stream) != 0 || ferror(o->stream);
    int error = errno;
    if (!bad && o->temp && !o->published && fsync(fileno(o->stream)) != 0 && errno != EINVAL &&
        errno != EROFS) {
        bad = true;
        error = errno;
    }
    if (!bad && o->temp && !name_temporary(o)) {
        bad = true;
        error = errno;
    }
    if (!o->is_stdout && fclose(o->stream) != 0 && !bad) {
        bad = true;
        error = errno;
    }
    o->stream = NULL;
    if (!bad && o->temp && !o->published && rename(o->temp, o->path) != 0) {
        bad = true;
        error = errno;
    }
    if (bad && o->is_stdout && error == EPIPE)
        *why = (struct complaint){CLI_OURS, "", ""}; /* a reader that went knows it */
    else if (bad)
        (void)complain_ours(why, o->path ? "the old file, if there was one, is as it was" : NULL,
                            "%s %s: %s", o->option, o->given, strerror(error));
    else if (o->published)
        o->published = false; /* what lies beside it is the old file: to be thrown away */
    else if (o->temp)
        o->temp[0] = 0;
    output_abandon(o);
    return !bad;
}

void output_abandon(struct output *o)
{
    if (o->stream && !o->is_stdout)
        (void)fclose(o->stream);
    o->stream = NULL;
    if (o->published && o->temp)
        (void)rename(o->temp, o->path);
    else if (o->published)
        (void)unlink(o->path);
    else if (o->temp && o->temp[0] && !o->unnamed)
        (void)unlink(o->temp);
    o->published = o->unnamed = false;
    free(o->temp);
    free(o->path);
    o->temp = o->path = NULL;
}

bool file_replace(const char *option, const char *path, const void *bytes, size_t n,
                  struct complaint *why)
{
    struct output o;
    if (!output_open(&o, option, path, why))
        return false;
    if (fwrite(bytes, 1, n, o.stream) != n) {
        (void)complain_ours(why, "the old file is as it was", "%s %s: %s", option, path,
                            strerror(errno));
        output_abandon(&o);
        return false;
    }
    return output_commit(&o, why); /* NOLINT(clang-analyzer-unix.Malloc): it frees them */
}

bool program_folder(char *text, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", text, size - 1);
    if (n <= 0 || (size_t)n >= size - 1)
        return false;
    text[n] = 0;
    char *slash = strrchr(text, '/');
    if (!slash)
        return false;
    *slash = 0;
    return true;
}
