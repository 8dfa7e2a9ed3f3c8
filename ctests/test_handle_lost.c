/* A program may close every descriptor, those of libsock too, and have the numbers for something of its own. Handles
 * whose descriptor it never saw (tokens, pollers, operations) then touch nothing of it: they close no stranger's
 * descriptor, read nothing and write nothing. */
#include "check.h"
#include "connected.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OWN = 16, LAST = 256 };

static int own[OWN][2];

static void close_all(void)
{
    for (int fd = 3; fd < LAST; fd++)
        close(fd);
}

/* Sockets of the program under the numbers that were libsock's, each with 8 bytes to read. */
static void use_the_numbers_again(void)
{
    close_all();
    for (int i = 0; i < OWN; i++) {
        CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, own[i]));
        CHECK_EQ(write(own[i][0], "12345678", 8), 8);
        CHECK_EQ(write(own[i][1], "12345678", 8), 8);
    }
}

static void check_untouched(void)
{
    char bytes[64];
    for (int i = 0; i < OWN; i++)
        for (int end = 0; end < 2; end++) {
            CHECK(fd_is_open(own[i][end]));
            CHECK_EQ(read(own[i][end], bytes, sizeof bytes), 8);
        }
}

static void close_a_token(void *arg)
{
    (void)arg;
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    use_the_numbers_again();
    CHECK_OK(sock_close(token));
    check_untouched();
}

static void close_a_poller(void *arg)
{
    sock_t pair[2];
    unix_pair(pair);
    sock_poller_t poller = CHECK_OK(sock_poller_new());
    CHECK_OK(sock_poller_timer(poller, SEC(60), 0, 1));
    if (arg) /* a stream has a descriptor in the poller that is a duplicate of its socket's */
        CHECK_OK(sock_poller_add(poller, CHECK_OK(sock_stream_new(pair[0], 0)), SOCK_POLL_IN, 2));
    use_the_numbers_again();
    CHECK_OK(sock_close(poller));
    check_untouched();
}

/* The next poller works, and what becomes of the lost one does not matter to it. */
static void go_on_with_another_poller(void *arg)
{
    (void)arg;
    struct sock_event event;
    sock_poller_t lost = CHECK_OK(sock_poller_new());
    use_the_numbers_again();
    sock_poller_t poller = CHECK_OK(sock_poller_new());
    for (int round = 0; round < 2; round++) {
        CHECK_OK(sock_poller_wake(poller));
        CHECK_EQ(sock_poller_wait(poller, &event, 1, SEC(2)), 1);
        CHECK_EQ(event.events, SOCK_POLL_WAKE);
        if (round == 0)
            CHECK_OK(sock_close(lost));
    }
    CHECK_OK(sock_close(poller));
    check_untouched();
}

/* An operation with a lookup that has ended, and one with a connection under way: the backlog is full. */
static sock_op_t lookup(void)
{
    sock_op_t op = CHECK_OK(sock_getaddrinfo_start("localhost", "80", NULL));
    /* Until it has ended, the C library opens and closes files of its own, whatever their numbers have become. */
    struct sock_lookup_stats now = {.size = sizeof now};
    do {
        sleep_ms(1);
        CHECK_OK(sock_lookup_stats(&now));
    } while (now.running > 0 || now.queued > 0);
    return op;
}

static sock_op_t connection(void)
{
    struct sock_addr at;
    char port[16], host[64];
    int64_t number;
    sock_t listener = CHECK_OK(sock_create_server("127.0.0.1", "0", &(struct sock_server_options){
        .size = sizeof(struct sock_server_options), .backlog = -1}));
    CHECK_OK(sock_getsockname(listener, &at));
    CHECK_OK(sock_addr_get_ip(&at, host, sizeof host, &number, NULL, NULL));
    snprintf(port, sizeof port, "%d", (int)number);
    for (int i = 0; i < 4; i++) {
        sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
        CHECK_OK(sock_settimeout(s, 0));
        sock_connect(s, &at);
    }
    sleep_ms(50);
    sock_op_t op = CHECK_OK(sock_create_connection_start("127.0.0.1", port, NULL));
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    CHECK_OK(sock_setcancel(op, token));
    CHECK_EQ(sock_create_connection_step(op), 0);
    return op;
}

static void close_an_operation(void *arg)
{
    sock_op_t op = arg ? connection() : lookup();
    use_the_numbers_again();
    CHECK_OK(sock_close(op));
    check_untouched();
}

static void step_an_operation(void *arg)
{
    sock_op_t op = arg ? connection() : lookup();
    use_the_numbers_again();
    CHECK_ERR(arg ? sock_create_connection_step(op) : sock_getaddrinfo_step(op), -EBADF);
    CHECK_OK(sock_close(op));
    check_untouched();
}

static char yes;

static void test_a_token(void)
{
    child_join(child_start(close_a_token, NULL));
}

static void test_a_poller(void)
{
    child_join(child_start(close_a_poller, NULL));
    child_join(child_start(close_a_poller, &yes));
    child_join(child_start(go_on_with_another_poller, NULL));
}

static void test_an_operation(void)
{
    child_join(child_start(close_an_operation, NULL));
    child_join(child_start(close_an_operation, &yes));
}

static void test_a_step_of_an_operation(void)
{
    child_join(child_start(step_an_operation, NULL));
    child_join(child_start(step_an_operation, &yes));
}

TEST_MAIN(test_a_token, test_a_poller, test_an_operation, test_a_step_of_an_operation)
