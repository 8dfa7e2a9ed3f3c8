/* Slow lookups: limits, cancel tokens, operations for event loops, the thread pool. */
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "lookup.h"

/* R168: a lookup has a time limit. */
static void test_a_hang_ends_at_the_deadline(void)
{
    start();
    struct sock_addr a;
    int64_t left = counts().abandoned_total;
    int64_t began = now_ns();
    CHECK_ERR(sock_resolve("hang.test", "80", 0, MS(200), &a), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 200, 220);
    struct sock_addrinfo_options opt = {.size = sizeof opt, .deadline_ns = sock_now() + MS(150)};
    began = now_ns();
    CHECK_ERR(sock_getaddrinfo("hang.test", "80", &opt), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 145, 170);
    CHECK_OK(sock_setdefaulttimeout(MS(100)));
    began = now_ns();
    sock_addrinfo_list_t list = sock_getaddrinfo("hang.test", "80", NULL);
    CHECK_OK(sock_setdefaulttimeout(SOCK_FOREVER));
    CHECK_ERR(list, SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 100, 120);
    /* A lookup that a busy machine has not started yet is withdrawn instead. */
    left = counts().abandoned_total - left;
    CHECK_GE(left, 1);
    CHECK_LE(left, 3);
}

struct lookup {
    sock_cancel_t cancel;
    sock_addrinfo_list_t result;
    int64_t ended;
};

static void look_up(void *arg)
{
    struct lookup *l = arg;
    struct sock_addrinfo_options opt = {.size = sizeof opt, .timeout_ns = SEC(60), .cancel = l->cancel};
    l->result = sock_getaddrinfo("hang.test", "80", &opt);
    l->ended = now_ns();
}

static void test_cancel_ends_a_hang_at_once(void)
{
    start();
    struct lookup l = {.cancel = CHECK_OK(sock_cancel_new())};
    struct thread t;
    thread_start(&t, look_up, &l);
    thread_wait_blocked(&t);
    int64_t fired = now_ns();
    CHECK_OK(sock_cancel_fire(l.cancel));
    thread_join_within(&t, 1000);
    CHECK_ERR(l.result, SOCK_ECANCELED);
    CHECK_TIME(l.ended - fired, 0, 20);
    look_up(&l); /* a fired token ends a call before it tries */
    CHECK_ERR(l.result, SOCK_ECANCELED);
    CHECK_OK(sock_close(l.cancel));
}

/* In an event loop ---------------------------------------------------------------------------------- */

static bool readable(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, (int)(ms * (ms > 0 ? test_scale() : 1))) == 1;
}

static void test_a_lookup_as_an_operation(void)
{
    start();
    struct sock_addrinfo_options opt = {.size = sizeof opt, .family = AF_INET, .type = SOCK_STREAM};
    sock_op_t op = CHECK_OK(sock_getaddrinfo_start("slow.test", "80", &opt));
    int fd = (int)CHECK_OK(sock_fileno(op));
    int64_t began = now_ns();
    int steps = 0;
    sock_addrinfo_list_t list = 0;
    while (list == 0) {
        CHECK(readable(fd, 2000));
        list = sock_getaddrinfo_step(op);
        steps++;
    }
    CHECK_OK(list);
    CHECK_TIME(now_ns() - began, 250, 400);
    CHECK_LE(steps, 2); /* the first, and the one with the result: no spinning */
    CHECK_EQ(sock_addrinfo_list_count(list), 1);
    CHECK_ERR(sock_getaddrinfo_step(op), -EINVAL);
    CHECK_ERR(sock_create_connection_step(op), -ENOTSOCK);
    CHECK_ERR(sock_send(op, "x", 1, 0), -ENOTSOCK);
    CHECK_OK(sock_close(list));
    CHECK_OK(sock_close(op));
    CHECK_ERR(sock_getaddrinfo_step(op), -EBADF);

    /* A numeric host is ready at the first step. */
    op = CHECK_OK(sock_getaddrinfo_start("192.0.2.1", "80", &opt));
    CHECK(readable((int)sock_fileno(op), 0));
    list = CHECK_OK(sock_getaddrinfo_step(op));
    CHECK_GT(list, 0);
    CHECK_OK(sock_close(list));
    CHECK_OK(sock_close(op));
}

static void test_names_as_an_operation(void)
{
    struct sock_addr addr;
    char host[1025], service[32];
    start();
    CHECK_OK(sock_addr_ip("192.0.2.1", 80, &addr));

    /* Numeric hosts are ready at the first step, and only once. */
    sock_op_t op = CHECK_OK(sock_getnameinfo_start(&addr, NI_NUMERICHOST | NI_NUMERICSERV, SOCK_FOREVER));
    CHECK(readable((int)sock_fileno(op), 0));
    CHECK_EQ(sock_getnameinfo_step(op, host, sizeof host, service, sizeof service), 1);
    CHECK_STR(host, "192.0.2.1");
    CHECK_STR(service, "80");
    CHECK_ERR(sock_getnameinfo_step(op, host, sizeof host, service, sizeof service), -EINVAL);
    CHECK_ERR(sock_getaddrinfo_step(op), -ENOTSOCK);
    CHECK_OK(sock_close(op));
    CHECK_ERR(sock_getnameinfo_step(op, NULL, 0, NULL, 0), -EBADF);

    /* A hanging resolver: the limit makes the operation readable, and nothing is written. */
    strcpy(host, "as before");
    int64_t began = now_ns();
    set_hang(1);
    op = CHECK_OK(sock_getnameinfo_start(&addr, NI_NAMEREQD, MS(150)));
    int fd = (int)CHECK_OK(sock_fileno(op));
    CHECK_EQ(sock_getnameinfo_step(op, host, sizeof host, service, sizeof service), 0);
    CHECK(!readable(fd, 0));
    CHECK(readable(fd, 1000));
    CHECK_TIME(now_ns() - began, 150, 250);
    CHECK_ERR(sock_getnameinfo_step(op, host, sizeof host, service, sizeof service), SOCK_ETIMEDOUT);
    CHECK_STR(host, "as before");
    CHECK_OK(sock_close(op));
    set_hang(0);

    /* A worker also handles lookups that need no name server. */
    CHECK_OK(sock_addr_ip("127.0.0.1", 80, &addr));
    op = CHECK_OK(sock_getnameinfo_start(&addr, NI_NUMERICSERV, SOCK_FOREVER));
    fd = (int)CHECK_OK(sock_fileno(op));
    int result = 0;
    for (int steps = 0; result == 0 && steps < 5; steps++) {
        CHECK(readable(fd, 5000));
        result = sock_getnameinfo_step(op, host, sizeof host, NULL, 0);
    }
    CHECK_EQ(result, 1);
    CHECK_GT(strlen(host), 0);
    CHECK_OK(sock_close(op));

    /* A short buffer, NULL, an invalid address. */
    op = CHECK_OK(sock_getnameinfo_start(&addr, NI_NUMERICHOST | NI_NUMERICSERV, SOCK_FOREVER));
    CHECK_ERR(sock_getnameinfo_step(op, NULL, 5, NULL, 0), -EFAULT);
    CHECK_STR(sock_err_name(sock_getnameinfo_step(op, host, 3, NULL, 0)), "EAI_OVERFLOW");
    CHECK_OK(sock_close(op));
    CHECK_ERR(sock_getnameinfo_start(NULL, 0, SOCK_FOREVER), -EFAULT);
    CHECK_ERR(sock_getnameinfo_start(&addr, 0, -1), -EINVAL);
    addr.zero = 1;
    CHECK_ERR(sock_getnameinfo_start(&addr, 0, SOCK_FOREVER), -EINVAL);
}

static void test_limits_make_an_operation_readable(void)
{
    start();
    struct sock_addrinfo_options opt = {.size = sizeof opt, .timeout_ns = MS(150)};
    sock_op_t op = CHECK_OK(sock_getaddrinfo_start("hang.test", "80", &opt));
    int fd = (int)CHECK_OK(sock_fileno(op));
    CHECK(readable(fd, 0));
    CHECK_EQ(sock_getaddrinfo_step(op), 0);
    CHECK(!readable(fd, 0));
    int64_t began = now_ns();
    CHECK(readable(fd, 1000)); /* at the deadline */
    CHECK_TIME(now_ns() - began, 100, 170);
    CHECK_ERR(sock_getaddrinfo_step(op), SOCK_ETIMEDOUT);
    CHECK_OK(sock_close(op));

    /* A deadline and a token set later. */
    opt.timeout_ns = SOCK_FOREVER;
    op = CHECK_OK(sock_getaddrinfo_start("hang.test", "80", &opt));
    fd = (int)CHECK_OK(sock_fileno(op));
    CHECK_EQ(sock_getaddrinfo_step(op), 0);
    CHECK(!readable(fd, 0));
    CHECK_OK(sock_setdeadline(op, SOCK_READ, sock_now() + MS(50)));
    CHECK(readable(fd, 0));
    CHECK_EQ(sock_getaddrinfo_step(op), 0);
    CHECK(!readable(fd, 0));
    CHECK_OK(sock_setdeadline(op, SOCK_READ, SOCK_FOREVER));
    CHECK_EQ(sock_getaddrinfo_step(op), 0);
    sock_cancel_t c = CHECK_OK(sock_cancel_new());
    CHECK_OK(sock_setcancel(op, c));
    CHECK_EQ(sock_getaddrinfo_step(op), 0);
    CHECK(!readable(fd, 0));
    CHECK_OK(sock_cancel_fire(c));
    CHECK(readable(fd, 0));
    CHECK_ERR(sock_getaddrinfo_step(op), SOCK_ECANCELED);
    CHECK_OK(sock_close(op));
    CHECK_OK(sock_close(c));

    /* Closing a token fires it first. */
    c = CHECK_OK(sock_cancel_new());
    opt.cancel = c;
    op = CHECK_OK(sock_getaddrinfo_start("hang.test", "80", &opt));
    CHECK_EQ(sock_getaddrinfo_step(op), 0);
    CHECK_OK(sock_close(c));
    CHECK(readable((int)sock_fileno(op), 0));
    CHECK_OK(sock_close(op));
    CHECK_ERR(sock_getaddrinfo_start("hang.test", "80", &opt), -EBADF);
}

/* The pool ------------------------------------------------------------------------------------------ */

enum { THREADS = 64, LOOKUPS = 10000 };

struct crowd {
    int left;
    int wrong;
    int64_t latest, late;
};

static void look_up_many(void *arg)
{
    struct crowd *crowd = arg;
    struct sock_addr a;
    while (__atomic_fetch_sub(&crowd->left, 1, __ATOMIC_SEQ_CST) > 0) {
        int64_t began = now_ns();
        int code = sock_resolve("plain.test", "80", 0, MS(20), &a);
        int64_t over = now_ns() - began - MS(20);
        if (code != SOCK_ETIMEDOUT || over < 0)
            __atomic_add_fetch(&crowd->wrong, 1, __ATOMIC_SEQ_CST);
        __atomic_add_fetch(&crowd->late, over, __ATOMIC_SEQ_CST);
        int64_t latest = __atomic_load_n(&crowd->latest, __ATOMIC_SEQ_CST);
        while (over > latest && !__atomic_compare_exchange_n(&crowd->latest, &latest, over, 0,
                                                            __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            ;
    }
}

static int threads_of_process(void)
{
    char line[256];
    int count = -1;
    FILE *f = fopen("/proc/self/status", "re");
    while (f && fgets(line, sizeof line, f))
        sscanf(line, "Threads: %d", &count);
    if (f)
        fclose(f);
    return count;
}

static void test_ten_thousand_lookups_of_a_hanging_resolver(void)
{
    start();
    wait_idle(30000);
    set_hang(1);
    int fds = open_fds(), threads = threads_of_process() - (int)counts().threads;
    static struct thread t[THREADS];
    struct crowd crowd = {.left = LOOKUPS};
    for (int i = 0; i < THREADS; i++)
        thread_start(&t[i], look_up_many, &crowd);
    int most = 0, queued = 0;
    while (__atomic_load_n(&crowd.left, __ATOMIC_SEQ_CST) > 0) {
        int now = threads_of_process();
        most = now > most ? now : most;
        queued = counts().queued > queued ? (int)counts().queued : queued;
        sleep_ms(10);
    }
    for (int i = 0; i < THREADS; i++)
        thread_join(&t[i]);
    CHECK_EQ(crowd.wrong, 0);
    /* All end at their deadlines, as far as so many threads can be scheduled. */
    CHECK_TIME(crowd.late / LOOKUPS, 0, 20);
    CHECK_TIME(crowd.latest, 0, 2000);
    CHECK_LE(most, threads + THREADS + 32);
    CHECK_LE(queued, THREADS); /* a caller that gives up withdraws its lookup */
    CHECK_EQ(counts().queued, 0);
    CHECK_LE(counts().running, 32);
    CHECK_EQ(counts().abandoned, counts().running);
    CHECK_LE(open_fds(), fds + 32 * 2); /* the sockets of the hanging resolvers */
    /* Once the resolver answers again, lookups work as soon as the C library has given up the old ones. */
    set_hang(0);
    struct sock_addr a;
    int code = SOCK_ETIMEDOUT;
    for (int i = 0; i < 30 && code == SOCK_ETIMEDOUT; i++)
        code = sock_resolve("plain.test", "80", AF_INET, SEC(1), &a);
    CHECK_OK(code);
    wait_idle(30000);
    CHECK_EQ(counts().abandoned, 0);
    CHECK_LE(counts().threads, 16);
    CHECK_EQ(open_fds(), fds);
}

static void no_signal_reaches(int signal)
{
    (void)signal;
}

static void test_workers_block_signals_and_end(void)
{
    start();
    struct sock_addr a;
    CHECK_OK(sock_resolve("plain.test", "80", AF_INET, SEC(5), &a));
    signal(SIGUSR1, no_signal_reaches);
    int seen = 0;
    char path[64], line[256];
    for (int tid = getpid(); tid < getpid() + 4000; tid++) {
        unsigned long long blocked = 0;
        bool worker = false;
        snprintf(path, sizeof path, "/proc/self/task/%d/status", tid);
        FILE *f = fopen(path, "re");
        while (f && fgets(line, sizeof line, f)) {
            worker |= strncmp(line, "Name:\tsock-lookup", 17) == 0;
            sscanf(line, "SigBlk: %llx", &blocked);
        }
        if (f)
            fclose(f);
        if (worker) {
            seen++;
            CHECK(blocked >> (SIGUSR1 - 1) & 1);
            CHECK(blocked >> (SIGTERM - 1) & 1);
        }
    }
    CHECK_GE(seen, 1);
    int64_t end = now_ns() + SEC(10 * test_scale());
    while (counts().threads > 0 && now_ns() < end)
        sleep_ms(20);
    CHECK_EQ(counts().threads, 0);
}

static void in_child(void *arg)
{
    sock_op_t op = *(sock_op_t *)arg;
    struct sock_addr a;
    CHECK_ERR(sock_getaddrinfo_step(op), -ESTALE);
    CHECK_EQ(counts().threads, 0);
    CHECK_OK(sock_resolve("plain.test", "80", AF_INET, SEC(5), &a));
    CHECK_OK(sock_close(op));
}

static void test_fork(void)
{
    start();
    struct sock_addrinfo_options opt = {.size = sizeof opt, .family = AF_INET, .timeout_ns = SEC(5)};
    int asked = __atomic_load_n(&dns.asked, __ATOMIC_SEQ_CST);
    sock_op_t op = CHECK_OK(sock_getaddrinfo_start("slow.test", "80", &opt));
    CHECK_EQ(sock_getaddrinfo_step(op), 0);
    /* When a lookup begins it holds locks of the C library. A fork waits at most 50 ms for them, which may
     * not be enough on a busy machine. */
    while (__atomic_load_n(&dns.asked, __ATOMIC_SEQ_CST) == asked)
        sleep_ms(1);
    child_join(child_start(in_child, &op));
    CHECK(readable((int)sock_fileno(op), 2000));
    sock_addrinfo_list_t list = CHECK_OK(sock_getaddrinfo_step(op));
    CHECK_GT(list, 0);
    CHECK_OK(sock_close(list));
    CHECK_OK(sock_close(op));
}


static void test_closing_at_every_moment_leaks_nothing(void)
{
    start();
    wait_idle(30000);
    int fds = open_fds();
    struct sock_addrinfo_options opt = {.size = sizeof opt, .family = AF_INET, .timeout_ns = SEC(5)};
    for (int events = 0; events < 4; events++) {
        for (int round = 0; round < 25; round++) {
            sock_cancel_t c = CHECK_OK(sock_cancel_new());
            opt.cancel = c;
            sock_op_t op = CHECK_OK(sock_getaddrinfo_start("plain.test", "80", &opt));
            sock_addrinfo_list_t list = 0;
            for (int i = 0; i < events && list == 0; i++) {
                CHECK(readable((int)sock_fileno(op), 2000));
                list = sock_getaddrinfo_step(op);
            }
            if (list > 0)
                CHECK_OK(sock_close(list));
            if (round % 2)
                CHECK_OK(sock_cancel_fire(c));
            if (round % 3 == 0 && list == 0 && (list = sock_getaddrinfo_step(op)) > 0)
                CHECK_OK(sock_close(list));
            CHECK_OK(sock_close(op));
            CHECK_OK(sock_close(c));
        }
    }
    wait_idle(5000);
    CHECK_EQ(open_fds(), fds);
    CHECK_EQ(counts().abandoned, 0);
}

TEST_MAIN(test_a_lookup_as_an_operation, test_names_as_an_operation,
          test_closing_at_every_moment_leaks_nothing, test_fork, test_workers_block_signals_and_end,
          test_limits_make_an_operation_readable, test_a_hang_ends_at_the_deadline,
          test_cancel_ends_a_hang_at_once, test_ten_thousand_lookups_of_a_hanging_resolver,
          test_a_released_resolver_leaves_nothing)
