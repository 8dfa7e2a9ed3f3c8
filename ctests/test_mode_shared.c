/* O_NONBLOCK of a socket that somebody else has too: another process, another handle, a program that was started
 * with it. What they do with the flag ends no promise of this process: limits, deadlines and close. */
#include "owners.h"

#include <pthread.h>

static void accept_ends(void *arg)
{
    (void)arg;
    for (int i = 0; i < OWNERS; i++) {
        struct caller c;
        c.s = listener_of(AF_INET, &c.name, 5);
        CHECK_ERR(sock_settimeout(c.s, MS(50)), 0);
        owners[i](c.s);
        check_ends(&c, accepts, SOCK_READ);
    }
}

static void accept_ends_filtered(void *arg)
{
    forbid_uring();
    accept_ends(arg);
}

static void test_accept_ends(void)
{
    in_both(accept_ends, NULL, accept_ends_filtered);
}

/* A listener whose backlog is full. */
static sock_t deaf_listener(int family, struct sock_addr *name, sock_t filler[2])
{
    sock_t s = listener_of(family, name, 0);
    for (int i = 0; i < 2; i++) {
        filler[i] = CHECK_OK(sock_socket(family, SOCK_STREAM, 0));
        CHECK_ERR(sock_settimeout(filler[i], 0), 0);
        sock_connect(filler[i], name);
    }
    return s;
}

static void test_connect_ends(void)
{
    static const int families[] = {AF_INET, AF_UNIX};
    for (int family = 0; family < 2; family++)
        for (int i = 0; i < OWNERS; i++) {
            struct caller c;
            sock_t filler[2], listener = deaf_listener(families[family], &c.name, filler);
            c.s = CHECK_OK(sock_socket(families[family], SOCK_STREAM, 0));
            CHECK_ERR(sock_settimeout(c.s, MS(50)), 0);
            owners[i](c.s);
            struct timeval limit = {7, 0}, found;
            size_t len = sizeof found;
            CHECK_SYS(setsockopt(sock_peek_fileno(c.s), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
            int64_t start = now_ns();
            CHECK_ERR(sock_connect(c.s, &c.name), SOCK_ETIMEDOUT);
            CHECK_TIME(now_ns() - start, 50, 250);
            CHECK_OK(sock_getsockopt(c.s, SOL_SOCKET, SO_SNDTIMEO, &found, &len)); /* as it was */
            CHECK_EQ(found.tv_sec, 7);
            CHECK_EQ(found.tv_usec, 0);
            CHECK_ERR(sock_close(c.s), 0);
            /* TCP goes on connecting after a timeout: the close is another socket's. */
            c.s = CHECK_OK(sock_socket(families[family], SOCK_STREAM, 0));
            owners[i](c.s);
            thread_start(&c.thread, connects, &c);
            thread_wait_blocked(&c.thread);
            start = now_ns();
            CHECK_ERR(sock_close(c.s), 0);
            CHECK_TIME(now_ns() - start, 0, 90);
            thread_join_within(&c.thread, 100);
            CHECK_ERR(c.result, SOCK_ECLOSED);
            CHECK_ERR(sock_close(filler[0]), 0);
            CHECK_ERR(sock_close(filler[1]), 0);
            CHECK_ERR(sock_close(listener), 0);
        }
}

struct hammer {
    struct thread thread;
    sock_t s;
    struct sock_addr name;
    long tries;
    int stop;
};

static void connects_again_and_again(void *arg)
{
    struct hammer *h = arg;
    for (; !__atomic_load_n(&h->stop, __ATOMIC_ACQUIRE); __atomic_add_fetch(&h->tries, 1, __ATOMIC_RELEASE))
        CHECK_ERR(sock_connect(h->s, &h->name), -EAGAIN);
}

static long tries_of(struct hammer *h)
{
    return __atomic_load_n(&h->tries, __ATOMIC_ACQUIRE);
}

static long send_limit(sock_t s)
{
    struct timeval found;
    size_t len = sizeof found;
    CHECK_OK(sock_getsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &found, &len));
    return found.tv_sec * 1000000 + found.tv_usec;
}

/* A connect on a shared description bounds itself by SO_SNDTIMEO for a moment. Nobody sees that: not another call
 * that looks for the program's limit, and what the program sets meanwhile stays. */
static void test_connect_hides_its_limit(void)
{
    struct hammer h = {.stop = 0};
    sock_t filler[2], listener = deaf_listener(AF_UNIX, &h.name, filler);
    h.s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_ERR(sock_settimeout(h.s, 0), 0);
    sock_t twin = CHECK_OK(sock_dup(h.s));
    thread_start(&h.thread, connects_again_and_again, &h);
    for (long limit = 0; limit < 3; limit++) {
        struct timeval set = {limit, 0};
        CHECK_ERR(sock_setsockopt(twin, SOL_SOCKET, SO_SNDTIMEO, &set, sizeof set), 0);
        for (long end = tries_of(&h) + 10; tries_of(&h) < end;) {
            CHECK_EQ(send_limit(twin), limit * 1000000);
            CHECK_EQ(send_limit(h.s), limit * 1000000);
        }
    }
    __atomic_store_n(&h.stop, 1, __ATOMIC_RELEASE);
    thread_join(&h.thread);
    CHECK_EQ(send_limit(h.s), 2000000);
    CHECK_ERR(sock_close(h.s), 0);
    CHECK_ERR(sock_close(twin), 0);
    for (int i = 0; i < 2; i++)
        CHECK_ERR(sock_close(filler[i]), 0);
    CHECK_ERR(sock_close(listener), 0);
}

/* The flag that others see ------------------------------------------------------------------------------------ */

/* An adopted descriptor keeps its flag until a mode is set or it leaves the handle, also while it waits. */
static void flag_is_left_alone(void *arg)
{
    (void)arg;
    for (int on = 0; on < 2; on++) {
        struct sock_addr name;
        int fd = (int)CHECK_OK(sock_detach(listener_of(AF_INET, &name, 5)));
        CHECK_SYS(fcntl(fd, F_SETFL, on ? O_NONBLOCK : 0));
        sock_t s = CHECK_OK(sock_from_fd(fd, -1, -1, -1));
        CHECK_EQ(sock_gettimeout(s), SOCK_FOREVER);
        CHECK_EQ(flag_of(fd), on);
        sock_t twin = CHECK_OK(sock_dup(s));
        CHECK_EQ(flag_of(fd), on);
        CHECK_ERR(sock_setdeadline(s, SOCK_READ, sock_now() + MS(10)), 0);
        CHECK_ERR(sock_accept(s, NULL), SOCK_ETIMEDOUT);
        CHECK_EQ(flag_of(fd), on);
        CHECK_ERR(sock_setdeadline(s, SOCK_READ, SOCK_FOREVER), 0);
        CHECK_EQ(sock_fileno(s), fd);
        CHECK_EQ(flag_of(fd), on);
        CHECK_ERR(sock_close(twin), 0);
        CHECK_EQ(sock_detach(s), fd);
        CHECK(!flag_of(fd)); /* blocking mode */
        s = CHECK_OK(sock_from_fd(fd, -1, -1, -1));
        CHECK_ERR(sock_settimeout(s, MS(5)), 0);
        CHECK(flag_of(fd));
        CHECK_SYS(fcntl(fd, F_SETFL, 0));
        CHECK_EQ(sock_detach(s), fd);
        CHECK(flag_of(fd)); /* with a timeout */
        close(fd);
    }
}

static void flag_is_left_alone_filtered(void *arg)
{
    forbid_uring();
    flag_is_left_alone(arg);
}

static void test_flag_is_left_alone(void)
{
    in_both(flag_is_left_alone, NULL, flag_is_left_alone_filtered);
}

/* Parent and child have their own modes; each sets the flag to its own, and works with any. */
static void test_modes_of_parent_and_child(void)
{
    struct sock_addr name;
    sock_t s = listener_of(AF_INET, &name, 5);
    child_shows(s);
    CHECK(!flag_of(sock_peek_fileno(s)));
    CHECK_ERR(sock_settimeout(s, 0), 0);
    CHECK_ERR(sock_accept(s, NULL), -EAGAIN);
    CHECK(!flag_of(sock_peek_fileno(s))); /* the child's: this process has not shown it */
    CHECK(flag_of((int)CHECK_OK(sock_fileno(s))));
    child_shows(s);
    CHECK(!flag_of((int)CHECK_OK(sock_fileno(s))));
    CHECK_ERR(sock_settimeout(s, 0), 0); /* the same mode: set anew all the same */
    CHECK(flag_of((int)CHECK_OK(sock_fileno(s))));
    child_shows(s);
    int fd = (int)CHECK_OK(sock_detach(s));
    CHECK(flag_of(fd)); /* R27, whatever the child did */
    close(fd);
}

/* Flapping ----------------------------------------------------------------------------------------------- */

/* Another process switches the flag all the time, while calls of this one end by their limits. */
static void test_flapping(void)
{
    test_timeout(100);
    const int rounds = in_valgrind() ? 50 : 1000;
    struct caller c;
    c.s = listener_of(AF_INET, &c.name, 5);
    pid_t other = flap_start((int)CHECK_OK(sock_fileno(c.s)));
    CHECK_ERR(sock_settimeout(c.s, MS(0.1)), 0);
    for (int i = 0; i < rounds; i++) {
        int64_t start = now_ns();
        CHECK_ERR(sock_accept(c.s, NULL), SOCK_ETIMEDOUT);
        CHECK_TIME(now_ns() - start, 0, 500);
        sock_t client = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
        CHECK_ERR(sock_connect(client, &c.name), 0);
        CHECK_ERR(sock_settimeout(c.s, SEC(20)), 0);
        CHECK_ERR(sock_close(CHECK_OK(sock_accept(c.s, NULL))), 0);
        CHECK_ERR(sock_settimeout(c.s, MS(0.1)), 0);
        CHECK_ERR(sock_close(client), 0);
    }
    CHECK_ERR(sock_settimeout(c.s, SOCK_FOREVER), 0);
    thread_start(&c.thread, accepts, &c);
    sleep_ms(5);
    CHECK_ERR(sock_close(c.s), 0);
    thread_join_within(&c.thread, 500);
    CHECK_ERR(c.result, SOCK_ECLOSED);
    kill_child(other);

    static const int families[] = {AF_INET, AF_UNIX};
    for (int family = 0; family < 2; family++) {
        sock_t filler[2], listener = deaf_listener(families[family], &c.name, filler);
        for (int i = 0; i < rounds / 20; i++) {
            c.s = CHECK_OK(sock_socket(families[family], SOCK_STREAM, 0));
            other = flap_start((int)CHECK_OK(sock_fileno(c.s)));
            CHECK_ERR(sock_settimeout(c.s, MS(2)), 0);
            int64_t start = now_ns();
            CHECK_ERR(sock_connect(c.s, &c.name), SOCK_ETIMEDOUT);
            CHECK_TIME(now_ns() - start, 2, 500);
            CHECK_ERR(sock_close(c.s), 0);
            kill_child(other);
        }
        CHECK_ERR(sock_close(filler[0]), 0);
        CHECK_ERR(sock_close(filler[1]), 0);
        CHECK_ERR(sock_close(listener), 0);
    }

    sock_t pair[2];
    CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    c.s = pair[0];
    c.file = make_file(1 << 20);
    other = flap_start((int)CHECK_OK(sock_fileno(c.s)));
    CHECK_ERR(sock_settimeout(c.s, MS(1)), 0);
    for (int i = 0; i < rounds; i++) {
        char data[4096];
        int64_t start = now_ns();
        sends_file(&c);
        CHECK_ERR(c.result, SOCK_ETIMEDOUT);
        CHECK_TIME(now_ns() - start, 1, 500);
        CHECK_GT(sock_recv(pair[1], data, sizeof data, 0), 0);
    }
    kill_child(other);
    close(c.file);
    CHECK_ERR(sock_close(pair[0]), 0);
    CHECK_ERR(sock_close(pair[1]), 0);
}

TEST_MAIN(test_accept_ends, test_connect_ends, test_connect_hides_its_limit, test_flag_is_left_alone,
          test_modes_of_parent_and_child, test_flapping)
