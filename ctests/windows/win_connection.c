/* Connections on Windows: refused and unanswered attempts, dials, servers of both families, names with a deadline. */
#include "../check.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A port of 127.0.0.1 on which nobody listens. */
static struct sock_addr closed_port(void)
{
    struct sock_addr at;
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &at));
    CHECK_OK(sock_bind(s, &at));
    CHECK_OK(sock_getsockname(s, &at));
    CHECK_OK(sock_close(s));
    return at;
}

static void port_text(sock_t s, char *out, size_t cap)
{
    struct sock_addr at;
    char text[80];
    CHECK_OK(sock_getsockname(s, &at));
    CHECK_OK(sock_addr_format(&at, text, sizeof text));
    snprintf(out, cap, "%s", strrchr(text, ':') + 1);
}

/* Windows tries a refused connection three times, for about two seconds. */
static void test_refused(void)
{
    struct sock_addr at = closed_port();
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_settimeout(s, SEC(20)));
    CHECK_ERR(sock_connect(s, &at), -ECONNREFUSED);
    /* The system's own code and text. */
    CHECK(strstr(why(), "10061") != NULL);
    CHECK_OK(sock_close(s));
    /* In blocking mode too, and on a socket whose number was given out. */
    s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_fileno(s));
    CHECK_ERR(sock_connect(s, &at), -ECONNREFUSED);
    CHECK_OK(sock_close(s));
}

/* A listener whose backlog is full answers no more: the attempt ends by its timeout. */
static void test_unanswered(void)
{
    enum { TRIES = 40 };
    struct sock_addr at;
    sock_t clients[TRIES], listener = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    int made = 0;
    bool unanswered = false;
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &at));
    CHECK_OK(sock_bind(listener, &at));
    CHECK_OK(sock_listen(listener, 1));
    CHECK_OK(sock_getsockname(listener, &at));
    while (made < TRIES && !unanswered) {
        sock_t s = clients[made++] = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
        CHECK_OK(sock_settimeout(s, MS(300)));
        int64_t start = now_ns();
        int result = sock_connect(s, &at);
        if (result == -ECONNREFUSED)
            break; /* Windows refuses instead */
        unanswered = result != 0;
        if (unanswered) {
            CHECK_ERR(result, SOCK_ETIMEDOUT);
            CHECK_TIME(now_ns() - start, 300, 340);
        }
    }
    while (made > 0)
        CHECK_OK(sock_close(clients[--made]));
    CHECK_OK(sock_close(listener));
    if (!unanswered)
        SKIP("the system refuses connections to a full backlog, or takes more than %d", TRIES);
}

static void test_nonblocking_connect(void)
{
    struct sock_addr at;
    sock_t listener = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    CHECK_OK(sock_getsockname(listener, &at));
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_settimeout(s, 0));
    int result = sock_connect(s, &at);
    if (result != 0)
        CHECK_ERR(result, -EINPROGRESS);
    sock_t peer = CHECK_OK(sock_accept(listener, NULL));
    for (int i = 0; i < 200 && result != 0; i++) {
        result = sock_connect(s, &at);
        if (result == -EISCONN)
            result = 0;
        sleep_ms(5);
    }
    CHECK_EQ(result, 0);
    CHECK_ERR(sock_connect(s, &at), -EISCONN);
    CHECK_OK(sock_close(peer));
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_close(listener));
}

static void test_dial_and_server(void)
{
    char port[8];
    sock_t listener = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    port_text(listener, port, sizeof port);
    struct sock_connect_options options = {.size = sizeof options, .timeout_ns = SEC(20)};
    sock_t s = CHECK_OK(sock_create_connection("127.0.0.1", port, &options));
    sock_t peer = CHECK_OK(sock_accept(listener, NULL));
    CHECK_OK(sock_sendall(s, "hello", 5, 0, NULL));
    char data[8];
    CHECK_EQ(sock_recv(peer, data, sizeof data, 0), 5);
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_close(peer));
    CHECK_OK(sock_close(listener));
    struct sock_addr at = closed_port();
    char text[80];
    CHECK_OK(sock_addr_format(&at, text, sizeof text));
    CHECK_ERR(sock_create_connection("127.0.0.1", strrchr(text, ':') + 1, &options), -ECONNREFUSED);
}

/* A dial to two addresses, of which the first refuses. */
static void test_dial_tries_the_next_address(void)
{
    char port[8];
    sock_t listener = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    port_text(listener, port, sizeof port);
    struct sock_attempt attempts[8];
    size_t count = 0;
    struct sock_connect_options options = {.size = sizeof options, .timeout_ns = SEC(30), .attempts = attempts,
                                           .attempts_cap = 8, .attempts_count = &count};
    int64_t s = sock_create_connection("localhost", port, &options);
    CHECK_OK(s);
    CHECK(count >= 1);
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_close(listener));
}

static void test_dual_stack(void)
{
    char port[8];
    struct sock_server_options options = {.size = sizeof options, .family = AF_INET6, .dualstack = 1};
    sock_t listener = CHECK_OK(sock_create_server("::", "0", &options));
    port_text(listener, port, sizeof port);
    const char *hosts[] = {"127.0.0.1", "::1"};
    for (int i = 0; i < 2; i++) {
        struct sock_addr peer;
        char text[80];
        sock_t s = CHECK_OK(sock_create_connection(hosts[i], port, NULL));
        sock_t connection = CHECK_OK(sock_accept(listener, &peer));
        CHECK_OK(sock_addr_format(&peer, text, sizeof text));
        CHECK(strncmp(text, i == 0 ? "[::ffff:127.0.0.1]:" : "[::1]:", i == 0 ? 19 : 6) == 0);
        CHECK_OK(sock_close(s));
        CHECK_OK(sock_close(connection));
    }
    CHECK_OK(sock_close(listener));
    /* Without it IPv4 is not served, whatever the system's default is. */
    options.dualstack = 0;
    listener = CHECK_OK(sock_create_server("::", "0", &options));
    port_text(listener, port, sizeof port);
    struct sock_connect_options limits = {.size = sizeof limits, .timeout_ns = SEC(20)};
    CHECK_ERR(sock_create_connection("127.0.0.1", port, &limits), -ECONNREFUSED);
    CHECK_OK(sock_close(listener));
}

/* R189: never SO_REUSEADDR, which on Windows would let any program take the port over. */
static void test_create_server_sets_no_reuseaddr(void)
{
    sock_t listener = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    int value = -1;
    CHECK_OK(sock_getsockopt_int(listener, SOL_SOCKET, SO_REUSEADDR, &value));
    CHECK_EQ(value, 0);
    CHECK_OK(sock_getsockopt_int(listener, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, &value));
    CHECK_NE(value, 0);
    char port[8];
    port_text(listener, port, sizeof port);
    int64_t second = sock_create_server("127.0.0.1", port, NULL);
    CHECK(second == -EADDRINUSE || second == -EACCES);
    CHECK_OK(sock_close(listener));
}

static void test_resolver_with_a_deadline(void)
{
    struct sock_addr at;
    CHECK_OK(sock_resolve("localhost", "80", AF_INET, SEC(20), &at));
    CHECK_EQ(sock_addr_family(&at), AF_INET);
    /* No time at all: what needs a lookup is not looked up. */
    int64_t start = now_ns();
    CHECK(sock_resolve("a-name-that-needs-a-lookup.invalid", "80", AF_INET, MS(1), &at) < 0);
    CHECK_TIME(now_ns() - start, 0, 60);
    struct sock_addrinfo_options options = {.size = sizeof options, .deadline_ns = sock_now() - 1};
    CHECK_ERR(sock_getaddrinfo("another-name.invalid", "80", &options), SOCK_ETIMEDOUT);
}

static void test_resolver_wakes_by_a_token(void)
{
    sock_t token = CHECK_OK(sock_cancel_new());
    CHECK_OK(sock_cancel_fire(token));
    struct sock_addrinfo_options options = {.size = sizeof options, .cancel = token};
    CHECK_ERR(sock_getaddrinfo("localhost", "80", &options), SOCK_ECANCELED);
    CHECK_OK(sock_close(token));
}

TEST_MAIN(test_refused, test_unanswered, test_nonblocking_connect, test_dial_and_server,
          test_dial_tries_the_next_address, test_dual_stack, test_create_server_sets_no_reuseaddr,
          test_resolver_with_a_deadline, test_resolver_wakes_by_a_token)
