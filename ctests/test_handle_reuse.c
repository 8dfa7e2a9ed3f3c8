/* Reuse of descriptor numbers: a thread that uses a plain descriptor keeps using its number after another
 * thread has closed it and the number belongs to another socket. It then receives that socket's data (R139).
 * The first test shows that this happens; the others show that it cannot happen with handles of libsock. */
#include "check.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* With raw descriptors --------------------------------------------------------------------------- */

struct raw_reader {
    struct thread thread;
    int fd;
    char got[16];
    ssize_t result;
};

/* Like every library with timeouts: wait for the descriptor, then receive from it. */
static void raw_receive(void *arg)
{
    struct raw_reader *r = arg;
    struct pollfd ready = {.fd = r->fd, .events = POLLIN};
    poll(&ready, 1, -1);
    r->result = recv(r->fd, r->got, sizeof r->got, MSG_DONTWAIT);
}

static void test_raw_descriptors_receive_foreign_data(void)
{
    int mine[2], others[2];
    struct raw_reader r = {.result = -1};
    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, mine));
    r.fd = mine[0];
    thread_start(&r.thread, raw_receive, &r);
    thread_wait_blocked(&r.thread);
    close(mine[0]);
    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, others));
    CHECK_EQ(others[0], mine[0]); /* the lowest free number */
    CHECK_EQ(send(others[1], "secret", 6, 0), 6);
    CHECK_EQ(send(mine[1], "mine", 4, MSG_NOSIGNAL), 4);
    thread_join_within(&r.thread, 2000);
    CHECK_EQ(r.result, 6);
    CHECK_MEM(r.got, "secret", 6);
    close(others[0]);
    close(others[1]);
    close(mine[1]);
}

/* With handles ------------------------------------------------------------------------------------- */

struct reader {
    struct thread thread;
    sock_t s;
    char got[16];
    int64_t result, again;
};

static void receive_twice(void *arg)
{
    struct reader *r = arg;
    r->result = sock_recv(r->s, r->got, sizeof r->got, 0);
    r->again = sock_recv(r->s, r->got, sizeof r->got, 0);
}

static void test_handles_never_receive_foreign_data(void)
{
    for (int round = 0; round < 50; round++) {
        sock_t mine[2], others[2];
        struct reader r = {.result = 77};
        char got[16];
        CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, mine), 0);
        int fd = (int)CHECK_OK(sock_fileno(mine[0]));
        r.s = mine[0];
        thread_start(&r.thread, receive_twice, &r);
        thread_wait_blocked(&r.thread);
        CHECK_ERR(sock_close(mine[0]), 0);
        CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, others), 0);
        CHECK_EQ(sock_fileno(others[0]), fd); /* the same descriptor number, but a different handle */
        CHECK_NE(others[0], mine[0]);
        CHECK_EQ(sock_send(others[1], "secret", 6, 0), 6);
        thread_join_within(&r.thread, 2000);
        CHECK_ERR(r.result, SOCK_ECLOSED);
        CHECK_ERR(r.again, -EBADF);
        CHECK_EQ(sock_recv(others[0], got, sizeof got, 0), 6);
        CHECK_MEM(got, "secret", 6);
        CHECK_ERR(sock_close(others[0]), 0);
        CHECK_ERR(sock_close(others[1]), 0);
        CHECK_ERR(sock_close(mine[1]), 0);
    }
}

/* Under load: each connection carries the number of its own handle. Readers receive on the handles in a
 * table, writers send to their peers, closers close both and put new ones in their place. A reader must never
 * receive a number other than that of its handle. */
enum { PLACES = 4, READERS = 4, WRITERS = 2, CLOSERS = 2 };

struct place {
    sock_t s, peer;   /* atomic */
    pthread_mutex_t replacing;
};

static struct place places[PLACES];
static int stop;                             /* atomic */
static long received, replaced, reused;      /* atomic */
static int last_fd[PLACES];

static bool may_end(int64_t code)
{
    return code == -EBADF || code == SOCK_ECLOSED || code == SOCK_ETIMEDOUT || code == -EPIPE ||
           code == -ECONNRESET || code == -ENOTCONN || code == -ECONNREFUSED;
}

static void read_places(void *arg)
{
    unsigned at = (unsigned)(size_t)arg;
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        sock_t s = __atomic_load_n(&places[at++ % PLACES].s, __ATOMIC_ACQUIRE);
        sock_t got = 0;
        int64_t n = sock_recv(s, &got, sizeof got, 0);
        if (n > 0) {
            CHECK_EQ(n, sizeof got);
            CHECK_EQ(got, s);
            __atomic_add_fetch(&received, 1, __ATOMIC_RELAXED);
        } else if (n != 0) {
            if (!may_end(n))
                CHECK_ERR(n, SOCK_ECLOSED);
        }
    }
}

static void write_places(void *arg)
{
    unsigned at = (unsigned)(size_t)arg;
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        struct place *place = &places[at++ % PLACES];
        /* A matching pair of handle and peer. A seqpacket socket keeps the eight bytes together. */
        pthread_mutex_lock(&place->replacing);
        sock_t s = place->s, peer = place->peer;
        pthread_mutex_unlock(&place->replacing);
        int64_t n = sock_send(peer, &s, sizeof s, MSG_DONTWAIT);
        if (n < 0 && n != -EAGAIN && !may_end(n))
            CHECK_ERR(n, SOCK_ECLOSED);
    }
}

static void fill_place(struct place *place)
{
    sock_t p[2];
    int *last = &last_fd[place - places];
    CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p), 0);
    CHECK_ERR(sock_settimeout(p[0], MS(50)), 0);
    int fd = (int)CHECK_OK(sock_fileno(p[0]));
    if (fd == *last)
        __atomic_add_fetch(&reused, 1, __ATOMIC_RELAXED);
    *last = fd;
    place->peer = p[1];
    __atomic_store_n(&place->s, p[0], __ATOMIC_RELEASE);
}

static void replace_places(void *arg)
{
    unsigned at = (unsigned)(size_t)arg;
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        struct place *place = &places[at++ % PLACES];
        pthread_mutex_lock(&place->replacing);
        CHECK_ERR(sock_close(place->s), 0);
        sock_t peer = place->peer;
        fill_place(place);
        pthread_mutex_unlock(&place->replacing);
        CHECK_ERR(sock_close(peer), 0);
        __atomic_add_fetch(&replaced, 1, __ATOMIC_RELAXED);
        if (at % 8 == 0)
            sleep_ms(0.3); /* let some data through */
    }
}

/* So little that the test would prove nothing: on a slow machine it goes on. */
static bool is_too_little(void)
{
    return __atomic_load_n(&replaced, __ATOMIC_RELAXED) <= 100 || __atomic_load_n(&reused, __ATOMIC_RELAXED) <= 10 ||
           __atomic_load_n(&received, __ATOMIC_RELAXED) <= 100;
}

static void test_every_reader_sees_its_own_bytes(void)
{
    struct thread threads[READERS + WRITERS + CLOSERS];
    size_t n = 0;
    stop = 0;
    for (int i = 0; i < PLACES; i++) {
        pthread_mutex_init(&places[i].replacing, NULL);
        fill_place(&places[i]);
    }
    for (size_t i = 0; i < READERS; i++)
        thread_start(&threads[n++], read_places, (void *)i);
    for (size_t i = 0; i < WRITERS; i++)
        thread_start(&threads[n++], write_places, (void *)i);
    for (size_t i = 0; i < CLOSERS; i++)
        thread_start(&threads[n++], replace_places, (void *)i);
    for (int64_t start = now_ns(); now_ns() - start < SEC(2) || (is_too_little() && now_ns() - start < SEC(60));)
        sleep_ms(100);
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    while (n > 0)
        thread_join(&threads[--n]);
    for (int i = 0; i < PLACES; i++) {
        CHECK_ERR(sock_close(places[i].s), 0);
        CHECK_ERR(sock_close(places[i].peer), 0);
        pthread_mutex_destroy(&places[i].replacing);
    }
    printf("# %ld messages, %ld connections replaced, %ld on the number of the one before\n", received, replaced,
           reused);
    CHECK_GT(received, 100);
    CHECK_GT(replaced, 100);
    CHECK_GT(reused, 10);
}

/* The address is free once the close has returned, even with a thread blocked in accept. */
static void accept_one(void *arg)
{
    struct reader *r = arg;
    r->result = sock_accept(r->s, NULL);
}

static void test_rebinding_the_port_never_fails(void)
{
    int rounds = in_valgrind() ? 50 : 1000;
    struct sock_addr name;
    CHECK_ERR(sock_addr_ip("127.0.0.1", 0, &name), 0);
    for (int round = 0; round < rounds; round++) {
        struct reader r = {.result = 77, .s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0))};
        int64_t bound = sock_bind(r.s, &name);
        if (bound != 0)
            FAIL("round %d: bind: %s", round, sock_err_name(bound));
        CHECK_ERR(sock_getsockname(r.s, &name), 0);
        CHECK_ERR(sock_listen(r.s, 5), 0);
        thread_start(&r.thread, accept_one, &r);
        if (round % 50 == 0)
            thread_wait_blocked(&r.thread);
        else
            sleep_ms(round % 5 * 0.1); /* at any moment while it starts to block */
        CHECK_ERR(sock_close(r.s), 0);
        thread_join_within(&r.thread, 2000);
        if (r.result != -EBADF)
            CHECK_ERR(r.result, SOCK_ECLOSED);
    }
}

TEST_MAIN(test_raw_descriptors_receive_foreign_data, test_handles_never_receive_foreign_data,
          test_every_reader_sees_its_own_bytes, test_rebinding_the_port_never_fails)
