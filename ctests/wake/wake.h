/* Shared by test_wake_close, test_wake_cancel and test_wake_deadline. Another thread ends every call that
 * can block, on every kind of socket, in blocking and in timeout mode, with an exposed and an unexposed
 * descriptor; the call must return its code within 20 ms of time in which its thread could run.
 *
 * A program defines `ending` and finishes with WAKE_MAIN.
 */
#ifndef SOCK_WAKE_H
#define SOCK_WAKE_H

#include <stdlib.h>

#include "scene.h"

/* One way to end a blocked call. */
struct ending {
    int64_t code;                                  /* what the blocked call returns */
    int64_t next;                                  /* what the same call returns after that */
    bool closes;                                   /* closes the handle */
    void (*prepare)(struct scene *c);              /* before the call; may be NULL */
    int64_t (*end)(struct scene *c, int round);    /* returns the moment from which the 20 ms count */
};

static const struct ending ending;

enum { TCP_ROUNDS = 200, OTHER_ROUNDS = 20, LIMIT_MS = 20, TIMEOUT_MODE_S = 60 };

/* The time that the threads wait for a processor does not count: with low priority beside busy loops it was
 * measured as up to 0.95 s. Other delays of a busy machine, such as those by a hypervisor, cannot be
 * measured: of the thousands of rounds of a program this many may be late; each is reported, and none may be
 * later than LATE_MS. */
enum { MAY_BE_LATE = 8, LATE_MS = 500 };

/* Slow runs (sanitizers, valgrind) do fewer rounds. */
static inline int rounds_of(enum kind kind)
{
    int rounds = (int)((kind == TCP ? TCP_ROUNDS : OTHER_ROUNDS) / test_slowness());
    return rounds < 4 ? 4 : rounds;
}

/* Returns when the thread sleeps in its call: less certain than thread_wait_blocked(), but faster, because it
 * runs thousands of times. */
static inline void wait_asleep(const struct thread *t, const struct scene *c)
{
    char path[64], line[128], state = '?';
    long before = -1, waits = -2;
    snprintf(path, sizeof path, "/proc/self/task/%d/status", (int)t->tid);
    for (int64_t end = now_ns() + SEC(10 * test_scale()); state != 'S' || waits != before; sleep_ms(0.3)) {
        if (now_ns() > end || thread_ended(t))
            return; /* the result decides */
        before = waits;
        FILE *status = __atomic_load_n(&c->entered, __ATOMIC_ACQUIRE) ? fopen(path, "re") : NULL;
        state = '?';
        while (status && fgets(line, sizeof line, status)) {
            sscanf(line, "State: %c", &state);
            sscanf(line, "voluntary_ctxt_switches: %ld", &waits);
        }
        if (status)
            fclose(status);
    }
}

static inline void expect(const struct scene *c, const char *what, int64_t found, int64_t expected)
{
    char title[128];
    if (found != expected)
        FAIL("%s: %s: %lld (%s), expected %lld (%s)", scene_title(c, title, sizeof title), what, (long long)found,
             sock_err_name(found), (long long)expected, sock_err_name(expected));
}

/* A full TCP socket takes more data when the peer's acknowledgement comes late: such a send succeeds, and the
 * round is repeated. */
static inline bool has_sent(const struct scene *c)
{
    return c->kind == TCP && c->call >= SEND && c->result >= 0;
}

/* Sets up the scene and blocks a thread in its call. */
static inline void block(struct thread *t, struct scene *c)
{
    char title[128];
    for (int sent = 0;; sent++) {
        scene_open(c);
        if (ending.prepare)
            ending.prepare(c);
        thread_start(t, scene_call, c);
        wait_asleep(t, c);
        if (!thread_ended(t))
            return;
        if (!has_sent(c) || sent == 20)
            FAIL("%s: did not block: %lld (%s)", scene_title(c, title, sizeof title), (long long)c->result,
                 sock_err_name(c->result));
        thread_join(t);
        scene_close(c, true);
    }
}

/* Blocks one call and ends it; returns how long it took to return, without the time in run queues. */
static inline int64_t wake_once(struct scene *c, int round)
{
    struct thread t;
    char title[128];
    int64_t queued, ended_at;
    for (int sent = 0;; sent++) {
        block(&t, c);
        queued = -queued_ns(t.tid) - queued_ns(gettid());
        ended_at = ending.end(c, round);
        queued += queued_ns(gettid());
        thread_join_within(&t, 2000);
        if (!has_sent(c) || sent == 20)
            break;
        scene_close(c, !ending.closes);
    }
    queued += c->queued;
    int64_t took = c->returned_at - ended_at - queued;
    expect(c, "the blocked call", c->result, ending.code);
    static int late;
    if (took > MS(LIMIT_MS * test_scale()) && took < MS(LATE_MS * test_scale()) && late++ < MAY_BE_LATE)
        printf("# late: %s: returned after %.3f ms\n", scene_title(c, title, sizeof title), (double)took / 1e6);
    else if (took > MS(LIMIT_MS * test_scale()) || c->returned_at < ended_at)
        FAIL("%s: returned after %.3f ms, and %.3f ms in run queues", scene_title(c, title, sizeof title),
             (double)took / 1e6, (double)queued / 1e6);
    if (c->call == SENDALL)
        expect(c, "the bytes sent", (int64_t)c->sent, 0);
    scene_call(c);
    expect(c, "the next call", c->result, ending.next);
    scene_close(c, !ending.closes);
    return took;
}

/* One pair of kind and call, in every mode. */
static inline void wake_pair(enum kind kind, enum call call)
{
    int64_t longest = 0;
    int rounds = rounds_of(kind), fds = open_fds();
    for (int mode = 0; mode < 4; mode++) {
        struct scene c = {.kind = kind, .call = call, .seen = mode & 1,
                          .timeout = mode & 2 ? SEC(TIMEOUT_MODE_S) : SOCK_FOREVER};
        for (int i = 0; i < rounds; i++) {
            int64_t took = wake_once(&c, i);
            longest = took > longest ? took : longest;
        }
    }
    printf("# %s on %s: %d rounds, the longest %.2f ms\n", call_names[call], kinds[kind].name, 4 * rounds,
           (double)longest / 1e6);
    /* libsock may have created this thread's wake-up descriptor; on the portable backend a pipe, with two ends. */
    const char *run = getenv("SOCK_TEST_MODE");
    CHECK_LE(open_fds(), fds + (run && strncmp(run, "portable", 8) == 0 ? 2 : 1));
}

/* All pairs of a kind that can block, with or without the slow network. */
static inline void wake_kind(enum kind kind, bool slow)
{
    if (slow)
        slow_network_enter();
    for (int call = 0; call < CALLS; call++)
        if (can_block(kind, call) && needs_slow_network(kind, call) == slow)
            wake_pair(kind, call);
}

static void test_tcp(void) { wake_kind(TCP, false); }
static void test_udp_receive(void) { wake_kind(UDP, false); }
static void test_unix_stream(void) { wake_kind(STREAM, false); }
static void test_unix_dgram(void) { wake_kind(DGRAM, false); }
static void test_unix_seqpacket(void) { wake_kind(SEQPACKET, false); }
static void test_netlink(void) { wake_kind(NETLINK, false); }
static void test_udp_send(void) { wake_kind(UDP, true); }
static void test_packet(void) { wake_kind(PACKET, true); }

/* Ends the call at any moment, not only while it sleeps: before, during and after blocking. */
static void test_at_any_moment(void)
{
    int rounds = rounds_of(TCP) * 5;
    for (int i = 0; i < rounds; i++) {
        struct scene c = {.kind = i & 1 ? TCP : STREAM, .call = i & 2 ? RECV : ACCEPT, .seen = i & 4,
                          .timeout = i & 8 ? SEC(TIMEOUT_MODE_S) : SOCK_FOREVER};
        struct thread t;
        scene_open(&c);
        if (ending.prepare)
            ending.prepare(&c);
        thread_start(&t, scene_call, &c);
        for (int64_t until = now_ns() + i * 7919 % 90 * 1000; now_ns() < until;)
            ;
        ending.end(&c, 0);
        thread_join_within(&t, 2000);
        if (c.result != ending.next) /* the call started later */
            expect(&c, "the call", c.result, ending.code);
        scene_close(&c, !ending.closes);
    }
}

#define WAKE_MAIN                                                                                      \
    TEST_MAIN(test_tcp, test_udp_receive, test_unix_stream, test_unix_dgram, test_unix_seqpacket,    \
              test_netlink, test_at_any_moment, test_udp_send, test_packet)

#endif
