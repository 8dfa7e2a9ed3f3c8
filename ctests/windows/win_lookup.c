/* Lookups that hang, on Windows: the pool runs getaddrinfo, and callers obey deadlines and tokens. The runner gives the
 * program a name server (name_server.py), without which all of it is skipped. */
#include "wake.h"

#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

static void start(void)
{
    if (!getenv("SOCK_TEST_NAME_SERVER"))
        SKIP("no name server: it needs a network namespace");
}

static void test_names_of_the_server(void)
{
    struct sock_addr at;
    char text[80];
    start();
    CHECK_OK(sock_resolve("plain.test", "80", AF_INET, SEC(20), &at));
    CHECK_OK(sock_addr_format(&at, text, sizeof text));
    CHECK_STR(text, "192.0.2.1:80");
    CHECK_ERR(sock_resolve("unknown.test", "80", AF_INET, SEC(20), &at), SOCK_EAI_NONAME);
}

static void test_a_hang_ends_at_the_deadline(void)
{
    struct sock_addr at;
    start();
    int64_t began = now_ns();
    CHECK_ERR(sock_resolve("hang.test", "80", 0, MS(200), &at), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 200, 240);
    struct sock_addrinfo_options options = {.size = sizeof options, .deadline_ns = sock_now() + MS(150)};
    began = now_ns();
    CHECK_ERR(sock_getaddrinfo("hang.test", "80", &options), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 145, 190);
    began = now_ns();
    struct sock_connect_options dial = {.size = sizeof dial, .timeout_ns = MS(100)};
    CHECK_ERR(sock_create_connection("hang.test", "80", &dial), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 100, 140);
}

struct lookup {
    sock_cancel_t cancel;
    sock_addrinfo_list_t result;
    int64_t ended;
};

static void look_up(void *arg)
{
    struct lookup *l = arg;
    struct sock_addrinfo_options options = {.size = sizeof options, .timeout_ns = SEC(60), .cancel = l->cancel};
    l->result = sock_getaddrinfo("hang.test", "80", &options);
    l->ended = now_ns();
}

static int64_t cancelled(void)
{
    struct lookup l = {.cancel = CHECK_OK(sock_cancel_new())};
    struct thread thread;
    thread_start(&thread, look_up, &l);
    thread_wait_blocked(&thread);
    int64_t fired = now_ns();
    CHECK_OK(sock_cancel_fire(l.cancel));
    thread_join_within(&thread, 1000);
    CHECK_ERR(l.result, SOCK_ECANCELED);
    CHECK_OK(sock_close(l.cancel));
    return l.ended - fired;
}

static void test_cancel_ends_a_hang_at_once(void)
{
    start();
    CHECK_WAKES(cancelled());
}

/* Names whose server is gone do not hold up the others. */
static void test_hanging_lookups_do_not_hold_up_others(void)
{
    struct sock_addr at;
    start();
    for (int i = 0; i < 20; i++)
        CHECK_ERR(sock_resolve("hang.test", "80", AF_INET, MS(10), &at), SOCK_ETIMEDOUT);
    struct sock_lookup_stats counts = {.size = sizeof counts};
    CHECK_OK(sock_lookup_stats(&counts));
    CHECK_GT(counts.abandoned_total, 0);
    int64_t began = now_ns();
    CHECK_OK(sock_resolve("plain.test", "80", AF_INET, SEC(20), &at));
    CHECK_TIME(now_ns() - began, 0, 1000);
}

static bool readable(sock_op_t op, int ms)
{
    WSAPOLLFD p = {.fd = (SOCKET)CHECK_OK(sock_fileno(op)), .events = POLLRDNORM};
    return WSAPoll(&p, 1, (int)(ms * (ms > 0 ? test_scale() : 1))) == 1 && p.revents == POLLRDNORM;
}

/* In an event loop of the program: an operation's descriptor is a SOCKET. */
static void test_a_lookup_as_an_operation(void)
{
    start();
    struct sock_addrinfo_options options = {.size = sizeof options, .family = AF_INET, .type = SOCK_STREAM};
    sock_op_t op = CHECK_OK(sock_getaddrinfo_start("slow.test", "80", &options));
    int64_t began = now_ns();
    int steps = 0;
    sock_addrinfo_list_t list = 0;
    while (list == 0) {
        CHECK(readable(op, 5000));
        list = sock_getaddrinfo_step(op);
        steps++;
    }
    CHECK_OK(list);
    CHECK_TIME(now_ns() - began, 250, 800);
    CHECK_LE(steps, 2);
    CHECK_EQ(sock_addrinfo_list_count(list), 1);
    CHECK_OK(sock_close(list));
    CHECK_OK(sock_close(op));

    /* Its limits make it readable. */
    options.timeout_ns = MS(300 * test_scale());
    op = CHECK_OK(sock_getaddrinfo_start("hang.test", "80", &options));
    CHECK(readable(op, 0));
    CHECK_EQ(sock_getaddrinfo_step(op), 0);
    CHECK(!readable(op, 0));
    CHECK(readable(op, 1000));
    CHECK_ERR(sock_getaddrinfo_step(op), SOCK_ETIMEDOUT);
    CHECK_OK(sock_close(op));
    options.timeout_ns = SOCK_FOREVER;
    options.cancel = CHECK_OK(sock_cancel_new());
    op = CHECK_OK(sock_getaddrinfo_start("hang.test", "80", &options));
    CHECK_EQ(sock_getaddrinfo_step(op), 0);
    CHECK(!readable(op, 0));
    CHECK_OK(sock_cancel_fire(options.cancel));
    CHECK(readable(op, 100));
    CHECK_ERR(sock_getaddrinfo_step(op), SOCK_ECANCELED);
    CHECK_OK(sock_close(op));
    CHECK_OK(sock_close(options.cancel));
}

TEST_MAIN(test_names_of_the_server, test_a_hang_ends_at_the_deadline, test_cancel_ends_a_hang_at_once,
          test_hanging_lookups_do_not_hold_up_others, test_a_lookup_as_an_operation)
