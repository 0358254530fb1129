/*
 * Sockets: see socket.h. The only file of gdb's server that knows what a socket is.
 *
 * A second client waits in the listener's queue until the first has gone.
 */
#include "gdb/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MS 200 /* longest wait before `over` is asked again */

/* ---------------------------------------- listening */

static bool split(const char *where, char host[64], const char **port)
{
    const char *colon = strrchr(where, ':');
    size_t n = colon ? (size_t)(colon - where) : 0;
    *port = colon ? colon + 1 : where;
    if (n >= 64)
        return false;
    memcpy(host, colon ? where : "127.0.0.1", colon ? n : sizeof "127.0.0.1");
    if (colon)
        host[n] = 0;
    if (n >= 2 && host[0] == '[' && host[n - 1] == ']') { /* [::1]:1234 */
        memmove(host, host + 1, n - 2);
        host[n - 2] = 0;
    }
    return true;
}

static int open_listener(const struct addrinfo *at)
{
    int on = 1;
    int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, 4) == 0)
        return fd;
    int error = errno;
    (void)close(fd);
    errno = error;
    return -1;
}

/* Which address and port it became. */
static void name_listener(struct gdb_listener *l)
{
    struct sockaddr_storage at;
    socklen_t n = sizeof at;
    char host[48], port[16];
    if (getsockname(l->fd, (struct sockaddr *)&at, &n) == 0 &&
        getnameinfo((struct sockaddr *)&at, n, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0)
        (void)snprintf(l->where, sizeof l->where, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host,
                       port);
}

bool gdb_listen(struct gdb_listener *l, const char *where, struct complaint *why)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    char host[64];
    const char *port;
    l->fd = -1;
    (void)snprintf(l->where, sizeof l->where, "%s", where);
    int error = split(where, host, &port) ? getaddrinfo(host, port, &hints, &found) : EAI_NONAME;
    if (error)
        return complain(why, "give [HOST:]PORT, such as 1234 or 127.0.0.1:1234", "--gdb %s: %s",
                        where, gai_strerror(error));
    for (const struct addrinfo *at = found; at && l->fd < 0; at = at->ai_next)
        l->fd = open_listener(at);
    error = errno;
    freeaddrinfo(found);
    if (l->fd < 0)
        return complain(why, "choose another port; 0 is any free one", "--gdb %s: %s", where,
                        strerror(error));
    name_listener(l);
    return true;
}

void gdb_listener_close(struct gdb_listener *l)
{
    if (l->fd >= 0)
        (void)close(l->fd);
    l->fd = -1;
}

/* ---------------------------------------- serving */

struct serving {
    const struct gdb_serving *how;
    struct gdb_listener *listener;
    int client;  /* -1: none */
    bool typing; /* standard input is looked at */
};

/* Waits until one of them has something: bit 0 the client or, without one, the listener; bit 1
 * standard input. */
static unsigned wait_for(const struct serving *s, int milliseconds)
{
    struct pollfd fd[2] = {
        {.fd = s->client >= 0 ? s->client : s->listener->fd, .events = POLLIN},
        {.fd = s->typing ? STDIN_FILENO : -1, .events = POLLIN},
    };
    if (poll(fd, 2, milliseconds) <= 0)
        return 0;
    return (fd[0].revents ? 1u : 0) | (fd[1].revents ? 2u : 0);
}

static void take_typed(struct serving *s)
{
    if (s->typing && !s->how->typed(s->how->host.opaque))
        s->typing = false;
}

static bool is_over(const struct serving *s)
{
    return s->how->over && s->how->over(s->how->host.opaque);
}

/* ---------------------------------------- the client's wire */

/* A client that does not read holds up its own session, but no end. */
static bool wire_send(void *opaque, const void *bytes, size_t n)
{
    const struct serving *s = opaque;
    const char *from = bytes;
    while (n) {
        ssize_t sent = send(s->client, from, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) {
            struct pollfd fd = {.fd = s->client, .events = POLLOUT};
            (void)poll(&fd, 1, WAIT_MS);
            if (!is_over(s))
                continue;
        }
        if (sent <= 0)
            return false;
        from += sent;
        n -= (size_t)sent;
    }
    return true;
}

static int wire_receive(void *opaque, void *bytes, size_t room)
{
    const struct serving *s = opaque;
    ssize_t n = recv(s->client, bytes, room, MSG_DONTWAIT);
    if (n > 0)
        return (int)n;
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : -1;
}

/* ---------------------------------------- the host's functions, with ours before them */

static struct session *host_session(void *opaque)
{
    const struct serving *s = opaque;
    return s->how->host.session(s->how->host.opaque);
}

static int host_monitor(void *opaque, const char *line, FILE *out)
{
    const struct serving *s = opaque;
    return s->how->host.monitor(s->how->host.opaque, line, out);
}

static void host_tell(void *opaque, const struct session_event *e, FILE *out)
{
    const struct serving *s = opaque;
    s->how->host.tell(s->how->host.opaque, e, out);
}

static bool host_asks(void *opaque, FILE *out)
{
    const struct serving *s = opaque;
    return s->how->host.asks(s->how->host.opaque, out);
}

/* While the session moves for a client. */
static bool host_poll(void *opaque)
{
    struct serving *s = opaque;
    if (s->how->types_input && s->typing && (wait_for(s, 0) & 2u))
        take_typed(s);
    return (s->how->host.poll && s->how->host.poll(s->how->host.opaque)) || is_over(s);
}

/* The guests wait: so do we, for input or a word of the client. */
static bool host_wait(void *opaque)
{
    struct serving *s = opaque;
    if (!s->how->types_input || !s->typing || is_over(s))
        return false;
    if (wait_for(s, WAIT_MS) & 2u)
        take_typed(s);
    return true;
}

/* While it moves without one: a client that comes stops it. */
static bool alone_poll(void *opaque)
{
    struct serving *s = opaque;
    return host_poll(s) || (wait_for(s, 0) & 1u);
}

/* ---------------------------------------- turns */

static void accept_client(struct serving *s)
{
    int on = 1;
    s->client = accept(s->listener->fd, NULL, NULL);
    if (s->client < 0)
        return;
    (void)fcntl(s->client, F_SETFD, FD_CLOEXEC);
    (void)setsockopt(s->client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* One client from its coming to its going. */
static enum gdb_wish serve_client(struct serving *s, bool *memory)
{
    const struct gdb_host *theirs = &s->how->host;
    const struct gdb_host host = {.opaque = s,
                                  .session = host_session,
                                  .monitor = theirs->monitor ? host_monitor : NULL,
                                  .tell = theirs->tell ? host_tell : NULL,
                                  .poll = host_poll,
                                  .asks = theirs->asks ? host_asks : NULL,
                                  .wait = host_wait};
    const struct gdb_wire wire = {s, wire_send, wire_receive};
    struct gdb_server *g = gdb_create(&host, &wire);
    enum gdb_wish wish = g ? GDB_GOES_ON : GDB_KILLED;
    char bytes[8192];
    *memory = g != NULL;
    while (wish == GDB_GOES_ON && !is_over(s)) {
        unsigned ready = wait_for(s, WAIT_MS);
        if (ready & 2u)
            take_typed(s);
        int n = ready & 1u ? wire_receive(s, bytes, sizeof bytes) : 0;
        wish = n < 0 ? GDB_LEFT : n > 0 ? gdb_input(g, bytes, (size_t)n) : GDB_GOES_ON;
    }
    gdb_destroy(g);
    (void)close(s->client);
    s->client = -1;
    return wish;
}

/* Nobody is there: the session runs until somebody comes, or it stops. False: the serving ends. */
static bool run_alone(struct serving *s, bool *runs)
{
    const struct session_move m = {.verb = SESSION_CONTINUE, .reason = -1};
    struct session *session = host_session(s);
    struct session_event e;
    session_set_poll(session, alone_poll, s);
    (void)session_go(session, &m, &e);
    session_set_poll(session, s->how->host.poll, s->how->host.opaque);
    if (e.why == SESSION_INTERRUPT || (e.why == SESSION_INPUT && host_wait(s)))
        return true; /* somebody came, or something was typed */
    *runs = false;
    return !s->how->stopped || !s->how->stopped(s->how->host.opaque, &e);
}

bool gdb_serve(struct gdb_listener *l, const struct gdb_serving *how)
{
    struct serving s = {.how = how, .listener = l, .client = -1, .typing = how->typed != NULL};
    bool runs = how->runs, memory = true;
    while (!is_over(&s)) {
        unsigned ready = wait_for(&s, runs ? 0 : WAIT_MS);
        if (ready & 2u)
            take_typed(&s);
        if (ready & 1u)
            accept_client(&s);
        if (s.client >= 0) {
            enum gdb_wish wish = serve_client(&s, &memory);
            if (wish == GDB_KILLED)
                break;
            runs = wish == GDB_DETACHED;
        } else if (runs && !run_alone(&s, &runs)) {
            break;
        }
    }
    return memory;
}
