/* What all threads of the stress have in common: the table of handles, draws, findings. */
#ifndef SOCK_STRESS_TABLE_H
#define SOCK_STRESS_TABLE_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "namespace.h"

enum { THREADS = 10, ENTRIES = 48, CHUNK = 64, FORKS_PER_S = 20 };

enum kind { NOTHING, SOCKET, LISTENER, TOKEN, STREAM, OPERATION, KINDS };

/* Handles that all threads use; a copy may be stale at any time, which is the point. */
static struct entry {
    pthread_mutex_t lock;
    int64_t handle;
    enum kind kind;
    unsigned char letter; /* what its connection sends */
} table[ENTRIES];

static struct worker {
    struct thread thread;
    uint64_t random;
    int64_t since;        /* atomic: when the operation began; 0 outside */
    const char *doing;    /* atomic */
    long count, calls, failures;
    int hooks;
} workers[THREADS + 1];   /* the last is the reaper, which never waits */

static __thread struct worker *me;
static int ending, found, forks, children;
static bool in_child;
static const char *plant = "";
static int hang_s = 30;
static bool names; /* whether lookups of names stay on this machine */
static struct sock_addr echo_at;
static char echo_port[8];
static int some_file; /* CHUNK times each letter */

static void finding(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void finding(const char *format, ...)
{
    va_list args;
    if (__atomic_exchange_n(&found, 1, __ATOMIC_SEQ_CST) && !in_child)
        return;
    va_start(args, format);
    printf("not ok stress: ");
    vprintf(format, args);
    printf("\n");
    fflush(stdout);
    va_end(args);
}

static uint64_t draw(uint64_t below)
{
    me->random ^= me->random << 13;
    me->random ^= me->random >> 7;
    me->random ^= me->random << 17;
    return me->random % below;
}

/* Codes that a race, a limit, a signal or the peer explains. */
static bool explained(int64_t code)
{
    static const int fine[] = {
        SOCK_ECLOSED, SOCK_ECANCELED, SOCK_ETIMEDOUT, SOCK_EEOF, -EBADF, -ENOTSOCK, -EAGAIN, -EINPROGRESS, -EPIPE,
        -ECONNRESET, -ECONNREFUSED, -ECONNABORTED, -ENOTCONN, -EISCONN, -EINVAL, -EALREADY, -EMSGSIZE, -EDESTADDRREQ,
        -EOPNOTSUPP, -EADDRINUSE, -EMFILE, -ENFILE, -ENOBUFS, -EBUSY, -EDEADLK, -EPROTOTYPE, -ENOPROTOOPT, -ESTALE,
        -EINTR, -ETOOMANYREFS, -EADDRNOTAVAIL, -ENOTTY, -EAFNOSUPPORT,
    };
    if (code >= 0)
        return true;
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        if (code == fine[i])
            return true;
    return code <= SOCK_EAI_BADFLAGS && code > SOCK_EAI_BADFLAGS - 100;
}

static int64_t expect(const char *call, int64_t code)
{
    if (me) {
        me->calls++;
        me->failures += code < 0;
    }
    if (!explained(code))
        finding("%s answered %lld (%s): %s", call, (long long)code, sock_err_name((int)code), why());
    return code;
}

#define DO(call) expect(#call, (int64_t)(call))

static struct entry look(size_t at)
{
    struct entry copy;
    /* In a child the lock may be held by a thread that is not there. */
    if (!in_child)
        pthread_mutex_lock(&table[at].lock);
    copy = table[at];
    if (!in_child)
        pthread_mutex_unlock(&table[at].lock);
    return copy;
}

static struct entry any(void)
{
    return look(draw(ENTRIES));
}

static void put(int64_t handle, enum kind kind, unsigned char letter)
{
    if (handle < 0)
        return;
    size_t at = draw(ENTRIES);
    if (!in_child)
        pthread_mutex_lock(&table[at].lock);
    int64_t old = table[at].handle;
    table[at].handle = handle;
    table[at].kind = kind;
    table[at].letter = letter;
    if (!in_child)
        pthread_mutex_unlock(&table[at].lock);
    if (old)
        DO(sock_close(old));
}

static unsigned char new_letter(void)
{
    static unsigned next;
    return (unsigned char)(__atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % 255 + 1);
}

#endif
