/* Many handles, many cycles, no free descriptor: nothing grows, nothing leaks, waits still work. */
#include "check.h"
#include "connected.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* Resident memory of the process, in bytes. */
static int64_t resident(void)
{
    long pages = 0, size = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    CHECK(file != NULL);
    CHECK_EQ(fscanf(file, "%ld %ld", &size, &pages), 2);
    fclose(file);
    return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

/* Half a megabyte; sanitizers and valgrind keep freed memory and records of it. */
static int64_t growth_limit(void)
{
    return test_slowness() > 1 ? 32 << 20 : 512 << 10;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double median(int64_t *times, size_t count)
{
    qsort(times, count, sizeof *times, compare);
    return (double)times[count / 2];
}

/* Compares the first tenth of the times with the last tenth. */
static void check_flat(int64_t *times, size_t count, const char *what)
{
    size_t tenth = count / 10;
    double first = median(times, tenth), last = median(times + count - tenth, tenth);
    printf("# %s: %.0f ns at first, %.0f ns at last\n", what, first, last);
    if (last > 2 * first * test_scale())
        FAIL("%s: %.0f ns in the first tenth, %.0f ns in the last", what, first, last);
}

/* Cycles ------------------------------------------------------------------------------------------ */

static void cycle(int i)
{
    sock_t pair[2];
    switch (i % 8) {
    case 0: /* every kind of handle, now and then */
        unix_pair(pair);
        CHECK_OK(sock_close(CHECK_OK(sock_dup(pair[0]))));
        CHECK_OK(sock_close(CHECK_OK(sock_stream_new(pair[0], 0))));
        CHECK_OK(sock_close(CHECK_OK(sock_from_fd(CHECK_OK(sock_detach(pair[0])), -1, -1, -1))));
        CHECK_OK(sock_close(pair[1]));
        break;
    case 1: CHECK_OK(sock_close(CHECK_OK(sock_cancel_new()))); break;
    default: CHECK_OK(sock_close(CHECK_OK(sock_socket(AF_UNIX, SOCK_DGRAM, 0)))); break;
    }
}

static void test_a_million_cycles(void)
{
    enum { BLOCKS = 500 };
    static int64_t times[BLOCKS];
    int block = test_slowness() > 1 ? 40 : 2000, fds = open_fds();
    test_timeout(400);
    for (int i = 0; i < block; i++)
        cycle(i);
    int64_t memory = resident();
    for (int b = 0; b < BLOCKS; b++) {
        int64_t start = thread_cpu_ns();
        for (int i = 0; i < block; i++)
            cycle(i);
        times[b] = (thread_cpu_ns() - start) / block;
    }
    int64_t growth = resident() - memory;
    printf("# %d cycles: %lld bytes more\n", BLOCKS * block, (long long)growth);
    CHECK_EQ(open_fds(), fds);
    CHECK_LT(growth, growth_limit());
    check_flat(times, BLOCKS, "a cycle");
}

/* Handle numbers are not reused: neither the last one nor any of the last hundred thousand. */
static void test_numbers_are_not_reused(void)
{
    int count = test_slowness() > 1 ? 2000 : 100000;
    sock_t *seen = malloc((size_t)count * sizeof *seen);
    CHECK(seen != NULL);
    for (int i = 0; i < count; i++) {
        seen[i] = CHECK_OK(sock_socket(AF_UNIX, SOCK_DGRAM, 0));
        CHECK_OK(sock_close(seen[i]));
        CHECK_ERR(sock_close(seen[i]), -EBADF);
    }
    for (int i = 0; i < count; i++)
        CHECK_ERR(sock_family(seen[i]), -EBADF);
    qsort(seen, (size_t)count, sizeof *seen, compare);
    for (int i = 1; i < count; i++)
        CHECK_NE(seen[i], seen[i - 1]);
    CHECK_LT(seen[count - 1], INT64_C(1) << 53);
    free(seen);
}

/* Ten thousand at once ----------------------------------------------------------------------------- */

enum { MANY = 10000 };

static void open_many(sock_t *many, int64_t *opening, int64_t *closing)
{
    for (int i = 0; i < MANY; i++) {
        int64_t start = thread_cpu_ns();
        many[i] = CHECK_OK(sock_socket(AF_UNIX, SOCK_DGRAM, 0));
        opening[i] = thread_cpu_ns() - start;
    }
    for (int i = 0; i < MANY; i++) {
        CHECK_OK(sock_settimeout(many[i], i));
        CHECK_EQ(sock_gettimeout(many[i]), i);
    }
    for (int i = 0; i < MANY; i++) {
        int64_t start = thread_cpu_ns();
        CHECK_OK(sock_close(many[i]));
        closing[i] = thread_cpu_ns() - start;
    }
}

static void test_ten_thousand_at_once(void)
{
    static sock_t many[MANY];
    static int64_t opening[MANY], closing[MANY];
    fds_at_least(MANY + 300);
    int fds = open_fds();
    open_many(many, opening, closing);
    CHECK_EQ(open_fds(), fds);
    int64_t memory = resident();
    for (int i = 0; i < 3; i++)
        open_many(many, opening, closing);
    CHECK_EQ(open_fds(), fds);
    CHECK_LT(resident() - memory, growth_limit());
    check_flat(opening, MANY, "opening");
    check_flat(closing, MANY, "closing");
}

/* No free descriptor -------------------------------------------------------------------------------- */

static struct rlimit limit;

static void need_the_kernels_limit(void)
{
    if (in_valgrind())
        SKIP("valgrind has its own descriptor limit and descriptors");
}

/* Leaves at most `count` descriptors free: each new one takes the lowest free number. */
static void leave(int count)
{
    int last = -1;
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    int taken[16];
    CHECK_LE(count, 15);
    for (int i = 0; i <= count; i++)
        last = taken[i] = CHECK_SYS(open("/dev/null", O_RDONLY | O_CLOEXEC));
    for (int i = 0; i <= count; i++)
        CHECK_SYS(close(taken[i]));
    struct rlimit low = {(rlim_t)last, limit.rlim_max};
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &low));
}

static void leave_plenty(void)
{
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
}

static sock_t fixed[2], listener, client;
static struct sock_addr listener_name;

static int64_t make_socket(void)
{
    return sock_socket(AF_INET, SOCK_STREAM, 0);
}

static int64_t make_pair(void)
{
    sock_t pair[2] = {-7, -7};
    int result = sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    if (result < 0) {
        CHECK(pair[0] == -7 && pair[1] == -7);
        return result;
    }
    CHECK_OK(sock_close(pair[1]));
    return pair[0];
}

static int64_t make_dup(void)
{
    return sock_dup(fixed[0]);
}

static int64_t make_accepted(void)
{
    struct sock_addr peer = {.len = 77}, before = peer;
    sock_t s = sock_accept(listener, &peer);
    if (s < 0)
        CHECK_MEM(&peer, &before, sizeof peer);
    return s;
}

static int64_t make_token(void)
{
    return sock_cancel_new();
}

static int64_t make_stream(void)
{
    return sock_stream_new(fixed[0], 0);
}

static int64_t make_lookup(void)
{
    return sock_getaddrinfo_start("127.0.0.1", "9", NULL);
}

static int64_t make_list(void)
{
    return sock_getaddrinfo("127.0.0.1", "9", NULL);
}

static int64_t make_dial(void)
{
    return sock_create_connection_start("127.0.0.1", "9", NULL);
}

static int64_t make_connection(void)
{
    char port[16];
    int64_t number = 0;
    CHECK_OK(sock_addr_get_ip(&listener_name, NULL, 0, &number, NULL, NULL));
    snprintf(port, sizeof port, "%d", (int)number);
    return sock_create_connection("127.0.0.1", port, NULL);
}

static int64_t make_server(void)
{
    return sock_create_server("127.0.0.1", "0", NULL);
}

/* Every way to create a handle, with 0, 1, 2, ... free descriptors: it succeeds, or fails with -EMFILE and
 * leaves nothing open. */
static void test_no_descriptor_at_every_step(void)
{
    static const struct {
        const char *name;
        int64_t (*make)(void);
        int needs; /* this many free descriptors are enough, one less is not */
    } makers[] = {
        {"sock_socket", make_socket, 1},         {"sock_socketpair", make_pair, 2},
        {"sock_dup", make_dup, 1},               {"sock_accept", make_accepted, 1},
        {"sock_cancel_new", make_token, 1},      {"sock_stream_new", make_stream, 0},
        {"sock_getaddrinfo_start", make_lookup, 0},   {"sock_getaddrinfo", make_list, 0},
        {"sock_create_connection_start", make_dial, 0},    {"sock_create_connection", make_connection, 0},
        {"sock_create_server", make_server, 0},
    };
    need_the_kernels_limit();
    unix_pair(fixed);
    listener = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    CHECK_OK(sock_getsockname(listener, &listener_name));
    CHECK_OK(sock_settimeout(listener, SEC(2)));
    client = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_connect(client, &listener_name));
    for (size_t m = 0; m < sizeof makers / sizeof *makers; m++) {
        int64_t made = CHECK_OK(makers[m].make()); /* opens what the first call keeps open */
        CHECK_OK(sock_close(made));
        bool possible = false;
        for (int left = 0; left < 8; left++) {
            if (makers[m].make == make_accepted && !possible) {
                CHECK_OK(sock_close(client));
                client = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
                CHECK_OK(sock_connect(client, &listener_name));
                possible = true;
            }
            int before = open_fds();
            leave(left);
            made = makers[m].make();
            int closed = made > 0 ? sock_close(made) : 0;
            leave_plenty();
            CHECK_EQ(closed, 0);
            if (made < 0 && made != -EMFILE)
                FAIL("%s with %d descriptors left: %lld (%s)", makers[m].name, left, (long long)made,
                     sock_err_name(made));
            bool enough = makers[m].needs > 0 ? left >= makers[m].needs : made > 0 || left >= 6;
            if (enough != (made > 0))
                FAIL("%s with %d descriptors left: %lld (%s)", makers[m].name, left, (long long)made,
                     sock_err_name(made));
            if (made > 0)
                possible = false;
            for (int i = 0; i < 200 && open_fds() != before; i++)
                sleep_ms(5); /* a worker may hold one a little longer */
            if (open_fds() != before)
                FAIL("%s with %d descriptors left: %d are open, %d were", makers[m].name, left, open_fds(), before);
        }
    }
    /* The listener still accepts the waiting connection. */
    CHECK_OK(sock_close(client));
    CHECK_OK(sock_close(listener));
    close_pair(fixed);
}

struct waiter {
    struct thread thread;
    sock_t s;
    int64_t result, returned;
};

static void wait_here(void *arg)
{
    struct waiter *w = arg;
    char data[8];
    w->result = sock_recv(w->s, data, sizeof data, 0);
    w->returned = now_ns();
}

/* A new thread has no wake-up descriptor and cannot create one: it checks every 10 ms. */
static void test_waits_without_a_descriptor(void)
{
    need_the_kernels_limit();
    for (int kind = 0; kind < 5; kind++) {
        sock_t pair[2];
        unix_pair(pair);
        sock_cancel_t token = CHECK_OK(sock_cancel_new());
        CHECK_OK(sock_setcancel(pair[0], token));
        struct waiter w = {.s = pair[0]};
        if (kind == 0)
            CHECK_OK(sock_settimeout(pair[0], MS(70)));
        leave(0);
        int64_t start = now_ns();
        thread_start(&w.thread, wait_here, &w);
        sleep_ms(50);
        int64_t begin = now_ns();
        static const int64_t codes[] = {SOCK_ETIMEDOUT, 4, SOCK_ECLOSED, SOCK_ETIMEDOUT, SOCK_ECANCELED};
        bool early = thread_ended(&w.thread);
        switch (kind) {
        case 0: break;
        case 1: CHECK_EQ(sock_send(pair[1], "data", 4, 0), 4); break;
        case 2: CHECK_EQ(sock_close(pair[0]), 0); break;
        case 3: CHECK_OK(sock_setdeadline(pair[0], SOCK_READ, 0)); break;
        default: CHECK_OK(sock_cancel_fire(token)); break;
        }
        thread_join_within(&w.thread, 500);
        leave_plenty();
        CHECK(!early);
        CHECK_ERR(w.result, codes[kind]);
        if (kind == 0)
            CHECK_TIME(w.returned - start, 70, 90);
        else
            CHECK_TIME(w.returned - begin, 0, 20);
        if (kind != 2)
            CHECK_OK(sock_close(pair[0]));
        CHECK_OK(sock_close(pair[1]));
        CHECK_OK(sock_close(token));
    }
}

static void peek_all(void *arg)
{
    struct waiter *w = arg;
    char data[8];
    w->result = sock_recv(w->s, data, sizeof data, MSG_PEEK | MSG_WAITALL);
}

/* A peek that waits for all sees the end of a stream by an edge, which it cannot ask for without an epoll instance. */
static void test_peek_of_all_without_a_descriptor(void)
{
    need_the_kernels_limit();
    sock_t pair[2];
    unix_pair(pair);
    struct waiter w = {.s = pair[0]};
    CHECK_EQ(sock_send(pair[1], "data", 4, 0), 4);
    leave(0);
    thread_start(&w.thread, peek_all, &w);
    sleep_ms(50);
    bool early = thread_ended(&w.thread);
    CHECK_OK(sock_shutdown(pair[1], SHUT_WR));
    thread_join_within(&w.thread, 500);
    leave_plenty();
    CHECK(!early);
    CHECK_EQ(w.result, 4);
    close_pair(pair);
}

/* A program that closes all descriptors ------------------------------------------------------------- */

static void close_from_3(void)
{
    DIR *list = opendir("/proc/self/fd");
    CHECK(list != NULL);
    int fds[256], count = 0, own = dirfd(list);
    for (struct dirent *each; (each = readdir(list)) != NULL && count < 256;)
        if (each->d_name[0] != '.' && atoi(each->d_name) != own && atoi(each->d_name) > 2)
            fds[count++] = atoi(each->d_name);
    closedir(list);
    for (int i = 0; i < count; i++)
        close(fds[i]);
}

static void close_late(void *arg)
{
    sleep_ms(30);
    CHECK_EQ(sock_close(*(sock_t *)arg), 0);
}

/* Waits in every way, in a thread that has waited before. */
static void wait_in_every_way(void)
{
    sock_t pair[2];
    char byte;
    struct thread closer;
    struct waiter w;
    unix_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], MS(20)));
    int64_t cpu = thread_cpu_ns();
    CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_settimeout(pair[0], SOCK_FOREVER));
    int64_t start = now_ns();
    thread_start(&closer, close_late, &pair[0]);
    CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), SOCK_ECLOSED);
    CHECK_TIME(now_ns() - start, 25, 60);
    CHECK_TIME(thread_cpu_ns() - cpu, 0, 15);
    thread_join(&closer);
    w = (struct waiter){.s = pair[1]};
    thread_start(&w.thread, wait_here, &w);
    thread_join_within(&w.thread, 500);
    CHECK_EQ(w.result, 0);
    CHECK_OK(sock_close(pair[1]));
}

/* `count` pairs of new sockets reuse the numbers of libsock's own descriptors. */
static void close_all_and_continue(void *arg)
{
    int count = *(int *)arg;
    sock_t others[16][2];
    char data[16];
    wait_in_every_way();
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    close_from_3();
    for (int i = 0; i < count; i++)
        unix_pair(others[i]);
    wait_in_every_way();

    /* A token whose descriptor was closed. */
    sock_t pair[2];
    unix_pair(pair);
    CHECK_OK(sock_setcancel(pair[0], token));
    CHECK_OK(sock_settimeout(pair[0], MS(100)));
    int64_t cpu = thread_cpu_ns();
    CHECK_ERR(sock_recv(pair[0], data, sizeof data, 0), SOCK_ETIMEDOUT);
    CHECK_TIME(thread_cpu_ns() - cpu, 0, 15);
    if (count == 0) {
        struct waiter w = {.s = pair[0]};
        CHECK_OK(sock_settimeout(pair[0], SOCK_FOREVER));
        thread_start(&w.thread, wait_here, &w);
        thread_wait_blocked(&w.thread);
        int64_t start = now_ns();
        CHECK_OK(sock_cancel_fire(token));
        thread_join_within(&w.thread, 500);
        CHECK_ERR(w.result, SOCK_ECANCELED);
        CHECK_TIME(w.returned - start, 0, 20);
    }

    /* Nobody wrote to the new sockets or read from them. */
    for (int i = 0; i < count; i++)
        for (int end = 0; end < 2; end++) {
            CHECK_ERR(sock_recv(others[i][end], data, sizeof data, MSG_DONTWAIT), -EAGAIN);
            CHECK_EQ(sock_send(others[i][end], "mine", 4, 0), 4);
            CHECK_EQ(sock_recv(others[i][1 - end], data, sizeof data, 0), 4);
        }
}

static void test_program_closes_all_descriptors(void)
{
    static const int counts[] = {0, 1, 2, 8};
    need_the_kernels_limit();
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        child_join(child_start(close_all_and_continue, (void *)&counts[i]));
}

/* A thread that ends closes its wake-up descriptor, but not another file that now has its number. */
static void wait_then_lose_all(void *arg)
{
    int *files = arg;
    wait_in_every_way();
    close_from_3();
    for (int i = 0; i < 16; i++)
        files[i] = CHECK_SYS(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

static void lose_all_in_a_thread(void *arg)
{
    int files[16];
    struct thread t;
    (void)arg;
    thread_start(&t, wait_then_lose_all, files);
    thread_join(&t);
    for (int i = 0; i < 16; i++)
        CHECK(fd_is_open(files[i]));
}

static void test_an_ending_thread_closes_only_its_own(void)
{
    need_the_kernels_limit();
    child_join(child_start(lose_all_in_a_thread, NULL));
}

TEST_MAIN(test_a_million_cycles, test_numbers_are_not_reused, test_ten_thousand_at_once,
          test_no_descriptor_at_every_step, test_waits_without_a_descriptor,
          test_peek_of_all_without_a_descriptor, test_program_closes_all_descriptors, test_an_ending_thread_closes_only_its_own)
