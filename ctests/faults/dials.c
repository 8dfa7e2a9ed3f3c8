/* Connections by name and number. */
#include <poll.h>

#include "scenario.h"

static void dial_a_number(void)
{
    sock_t s;
    char byte;
    OPEN(s, sock_create_connection("127.0.0.1", echo_port, NULL));
    DO(sock_send(s, "x", 1, 0));
    EXPECT(sock_recv(s, &byte, 1, 0), 1);
}

/* The IPv6 address of the name, which comes first, refuses. */
static void dial_a_name(void)
{
    sock_t s;
    struct sock_attempt attempts[8];
    size_t count;
    struct sock_connect_options opt = {
        .size = sizeof opt,
        .timeout_ns = 3000000000,
        .attempts = attempts,
        .attempts_cap = 8,
        .attempts_count = &count,
    };
    OPEN(s, sock_create_connection("localhost", echo_port, &opt));
}

static void dial_by_steps(void)
{
    sock_op_t op;
    sock_t s;
    int fd;
    OPEN(op, sock_create_connection_start("127.0.0.1", echo_port, NULL));
    TRY(fd, sock_fileno(op));
    for (;;) {
        region_begin();
        s = sock_create_connection_step(op);
        region_end();
        if (s != 0)
            break;
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        poll(&wait, 1, 1000);
    }
    if (s >= 0)
        keep(s);
    call_ended(s, 0, false, "sock_create_connection_step");
}

static void dial_from_a_source(void)
{
    sock_t s;
    struct sock_addr source;
    struct sock_connect_options opt = {.size = sizeof opt, .timeout_ns = 2000000000, .source = &source};
    DO(sock_addr_ip("127.0.0.1", 0, &source));
    OPEN(s, sock_create_connection("127.0.0.1", echo_port, &opt));
}

static void dial_refused(void)
{
    EXPECT(sock_create_connection("127.0.0.1", "1", NULL), -111);
}

static void connect_by_name(void)
{
    sock_t s;
    OPEN(s, sock_socket(AF_INET, SOCK_STREAM, 0));
    DO(sock_bind_host(s, "127.0.0.1", "0"));
    DO(sock_connect_host(s, "localhost", echo_port));
}

/* A dial that is given up with attempts under way. */
static void dial_given_up(void)
{
    sock_op_t op;
    OPEN(op, sock_create_connection_start("localhost", echo_port, NULL));
    region_begin();
    sock_t s = sock_create_connection_step(op);
    region_end();
    if (s > 0)
        keep(s);
    call_ended(s, 0, false, "sock_create_connection_step");
}

const struct scenario dial_scenarios[] = {
    {"dial_a_number", dial_a_number},
    {"dial_a_name", dial_a_name},
    {"dial_by_steps", dial_by_steps},
    {"dial_from_a_source", dial_from_a_source},
    {"dial_refused", dial_refused},
    {"connect_by_name", connect_by_name},
    {"dial_given_up", dial_given_up},
    {NULL, NULL},
};
