/* A chat server: many threads on one poller. What one client says, all others get, a line at a time.
 *
 *     chat_server ADDRESS CLIENTS THREADS     serves until so many clients have left
 *
 * A client that does not take what the others say is cut off when its queue is full: any thread closes it, and its
 * last event takes it out. Another thread may have an earlier event of it in its array still, so an event carries the
 * client's number, not its address. Registrations are one-shot: a client is heard by one thread at a time.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sock.h"

enum { EVENTS = 16, MOST = 1024, LINE = 1024, QUEUE = 1 << 18 };

struct client {
    sock_t s;
    uint64_t number; /* the place in the list, and which client of that place */
    atomic_int users;
    char line[LINE]; /* what it has said since its last line */
    size_t said;
    pthread_mutex_t lock; /* of what follows */
    int heard; /* a thread reads from it, and arms its registration afterwards */
    char *queue;
    size_t from, to;
    int ended;
};

static struct client *clients[MOST];
static uint64_t accepted;
static pthread_rwlock_t all = PTHREAD_RWLOCK_INITIALIZER;
static sock_poller_t p;
static sock_t listener;
static atomic_int left;
static atomic_long cut_off;

/* Returns the result, or exits with an error message. */
static int64_t check(const char *what, int64_t result)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, sock_strerror(result));
        exit(1);
    }
    return result;
}

/* Any thread may do this, and may do it again: it has no effect on a client that has ended. */
static void end(struct client *c)
{
    c->ended = 1;
    sock_close(c->s);
}

/* With the client's lock: sends what is queued, and arms the registration. */
static void go_on(struct client *c)
{
    while (!c->ended && c->from < c->to) {
        int64_t n = sock_send(c->s, c->queue + c->from, c->to - c->from, 0);
        if (n == -EAGAIN)
            break;
        if (n < 0)
            end(c);
        else
            c->from += (size_t)n;
    }
    if (c->from == c->to)
        c->from = c->to = 0;
    int events = SOCK_POLL_IN | SOCK_POLL_ONESHOT | (c->to > 0 ? SOCK_POLL_OUT : 0);
    /* Refused if it has been closed: its last event is on its way. */
    if (!c->ended && !c->heard)
        sock_poller_modify(p, c->s, events, c->number);
}

static void put(struct client *c, const char *text, size_t len)
{
    pthread_mutex_lock(&c->lock);
    if (c->to + len > QUEUE) {
        memmove(c->queue, c->queue + c->from, c->to - c->from);
        c->to -= c->from;
        c->from = 0;
    }
    if (c->to + len <= QUEUE) {
        int waits = c->to > 0; /* for room, as it did before */
        memcpy(c->queue + c->to, text, len);
        c->to += len;
        if (!waits)
            go_on(c);
    } else if (!c->ended) {
        atomic_fetch_add(&cut_off, 1);
        printf("cut off a slow client\n");
        end(c);
    }
    pthread_mutex_unlock(&c->lock);
}

static void tell_others(const struct client *from, const char *text, size_t len)
{
    pthread_rwlock_rdlock(&all);
    for (int i = 0; i < MOST; i++)
        if (clients[i] && clients[i] != from)
            put(clients[i], text, len);
    pthread_rwlock_unlock(&all);
}

static void leave(struct client *c)
{
    if (atomic_fetch_sub(&c->users, 1) > 1)
        return;
    pthread_mutex_destroy(&c->lock);
    free(c->queue);
    free(c);
}

static void accept_all(void)
{
    sock_t s;
    while ((s = sock_accept(listener, NULL)) > 0) {
        struct client *c = calloc(1, sizeof *c);
        char *queue = malloc(QUEUE);
        pthread_rwlock_wrlock(&all);
        int place = 0;
        while (place < MOST && clients[place])
            place++;
        if (c && queue && place < MOST) {
            c->s = s;
            c->number = ++accepted * MOST + (uint64_t)place;
            c->queue = queue;
            atomic_init(&c->users, 1);
            pthread_mutex_init(&c->lock, NULL);
            clients[place] = c;
            check("settimeout", sock_settimeout(s, 0));
            check("add", sock_poller_add(p, s, SOCK_POLL_IN | SOCK_POLL_ONESHOT, c->number));
        } else {
            free(c);
            free(queue);
            sock_close(s);
        }
        pthread_rwlock_unlock(&all);
    }
    check("modify", sock_poller_modify(p, listener, SOCK_POLL_IN | SOCK_POLL_ONESHOT, 0));
}

/* Reads what there is and hands on whole lines. */
static void hear(struct client *c)
{
    int gone = 0;
    pthread_mutex_lock(&c->lock);
    int another = c->heard;
    c->heard = 1;
    pthread_mutex_unlock(&c->lock);
    if (another)
        return;
    for (;;) {
        int64_t n = sock_recv(c->s, c->line + c->said, LINE - c->said, 0);
        if (n <= 0) {
            gone = n != -EAGAIN;
            break;
        }
        c->said += (size_t)n;
        const char *last = memrchr(c->line, '\n', c->said);
        size_t len = last ? (size_t)(last + 1 - c->line) : c->said == LINE ? LINE : 0;
        if (len > 0) {
            tell_others(c, c->line, len);
            memmove(c->line, c->line + len, c->said - len);
            c->said -= len;
        }
    }
    pthread_mutex_lock(&c->lock);
    c->heard = 0;
    if (gone && !c->ended)
        end(c);
    go_on(c);
    pthread_mutex_unlock(&c->lock);
}

/* An event of a client, or its last one. */
static void of_client(uint64_t number, int last)
{
    if (last)
        pthread_rwlock_wrlock(&all);
    else
        pthread_rwlock_rdlock(&all);
    struct client *c = clients[number % MOST];
    if (c && c->number != number)
        c = NULL; /* it has left, and another one is in its place */
    if (c && last)
        clients[number % MOST] = NULL;
    else if (c)
        atomic_fetch_add(&c->users, 1);
    pthread_rwlock_unlock(&all);
    if (c && !last)
        hear(c);
    if (c)
        leave(c);
    if (last && atomic_fetch_sub(&left, 1) == 1)
        sock_poller_wake(p);
}

static void *serve(void *unused)
{
    struct sock_event events[EVENTS];
    for (;;) {
        int64_t n = sock_poller_wait(p, events, EVENTS, SOCK_FOREVER);
        if (n == SOCK_ECLOSED || n == -EBADF)
            return unused;
        check("wait", n);
        for (int64_t i = 0; i < n; i++) {
            if (events[i].events == SOCK_POLL_WAKE)
                sock_close(p); /* ends the waits of all threads */
            else if (events[i].handle == listener)
                accept_all();
            else
                of_client(events[i].data, events[i].code == SOCK_ECLOSED);
        }
    }
}

int main(int argc, char **argv)
{
    enum { THREADS = 64 };
    struct sock_addr addr;
    char text[400];
    pthread_t threads[THREADS];
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    check("address", sock_addr_parse(argc > 1 ? argv[1] : "127.0.0.1:10001", &addr));
    atomic_store(&left, argc > 2 ? atoi(argv[2]) : 2);
    int wanted = argc > 3 ? atoi(argv[3]) : 4;
    if (wanted < 1 || wanted > THREADS)
        wanted = THREADS;

    listener = check("socket", sock_socket(sock_addr_family(&addr), SOCK_STREAM, 0));
    check("bind", sock_bind(listener, &addr));
    check("listen", sock_listen(listener, SOCK_BACKLOG_DEFAULT));
    check("settimeout", sock_settimeout(listener, 0));
    check("getsockname", sock_getsockname(listener, &addr));
    check("format", sock_addr_format(&addr, text, sizeof text));
    p = check("poller", sock_poller_new());
    check("add", sock_poller_add(p, listener, SOCK_POLL_IN | SOCK_POLL_ONESHOT, 0));
    printf("listening on %s\n", text);

    for (int i = 0; i < wanted; i++)
        if (pthread_create(&threads[i], NULL, serve, NULL) != 0)
            check("thread", -EAGAIN);
    for (int i = 0; i < wanted; i++)
        pthread_join(threads[i], NULL);
    check("close", sock_close(listener));
    printf("%ld slow clients\n", atomic_load(&cut_off));
    return 0;
}
