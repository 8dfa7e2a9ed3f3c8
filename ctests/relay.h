/* Two connections with a relay between their inner ends, for test_relay.c, test_relay_end.c and test_splice.c. */
#ifndef SOCK_RELAY_H
#define SOCK_RELAY_H

#include "connected.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { KIB = 1 << 10, MIB = 1 << 20 };

/* Byte i of everything that is sent. */
static inline char byte_at(int64_t i)
{
    return (char)(i * 7 + i / 251);
}

typedef void make_pair(sock_t out[2]);

/* left -- a ==relay== b -- right */
struct bridge {
    sock_t left, a, b, right;
    int64_t idle;
    int result;
    struct sock_relay_counts counts;
    struct thread thread;
};

static inline void bridge_open(struct bridge *r, make_pair *one, make_pair *other)
{
    sock_t pair[2];
    *r = (struct bridge){.idle = SOCK_FOREVER};
    one(pair);
    r->left = pair[0], r->a = pair[1];
    other(pair);
    r->right = pair[0], r->b = pair[1];
}

static inline void bridge_run(void *arg)
{
    struct bridge *r = arg;
    memset(&r->counts, 0xaa, sizeof r->counts);
    r->result = sock_relay(r->a, r->b, r->idle, &r->counts);
}

static inline void bridge_start(struct bridge *r)
{
    thread_start(&r->thread, bridge_run, r);
}

static inline void bridge_close(struct bridge *r)
{
    CHECK_OK(sock_close(r->left));
    CHECK_OK(sock_close(r->a));
    CHECK_OK(sock_close(r->b));
    CHECK_OK(sock_close(r->right));
}

/* Sends bytes 0 to len - 1 in pieces, then ends the half. */
struct feed {
    sock_t s;
    int64_t len, at;
    size_t piece;
    struct thread thread;
};

static inline void feed_run(void *arg)
{
    struct feed *f = arg;
    static __thread char data[256 * KIB];
    for (f->at = 0; f->at < f->len;) {
        int64_t n = f->len - f->at < (int64_t)f->piece ? f->len - f->at : (int64_t)f->piece;
        for (int64_t i = 0; i < n; i++)
            data[i] = byte_at(f->at + i);
        CHECK_OK(sock_sendall(f->s, data, (size_t)n, 0, NULL));
        f->at += n;
    }
    CHECK_OK(sock_shutdown(f->s, SHUT_WR));
}

static inline void feed_start(struct feed *f, sock_t s, int64_t len, size_t piece)
{
    *f = (struct feed){.s = s, .len = len, .piece = piece};
    thread_start(&f->thread, feed_run, f);
}

/* Receives until the end and checks that these are bytes 0 to len - 1. */
static inline int64_t receive_all(sock_t s)
{
    static __thread char data[256 * KIB];
    int64_t got = 0, n;
    while ((n = CHECK_OK(sock_recv(s, data, sizeof data, 0))) > 0) {
        for (int64_t i = 0; i < n; i++)
            if (data[i] != byte_at(got + i))
                FAIL("byte %lld is wrong", (long long)(got + i));
        got += n;
    }
    return got;
}

/* From here on a system call fails in this thread. */
static inline void refuse_call(int call, int number)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)number),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    CHECK_SYS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    CHECK_SYS(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

#endif
