/* An echo server for many clients at once, on one poller.
 *
 *     poll_echo_server ADDRESS CLIENTS     serves until so many clients have left
 *
 * An answer that the client does not take is kept, and nothing more is read from that client meanwhile. A client
 * that is silent for 10 seconds is cut off.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "sock.h"

enum { ROOM = 4096, EVENTS = 64 };
static const int64_t SECOND = 1000000000, SILENCE = 10;

struct client {
    sock_t s;
    int64_t seen;    /* when it was last heard */
    size_t from, to; /* what of `data` is still to be sent */
    int held;        /* it waits for room to send */
    struct client *next, **place;
    char data[ROOM];
};

static struct client *clients;

/* Returns the result, or exits with an error message. */
static int64_t check(const char *what, int64_t result)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, sock_strerror(result));
        exit(1);
    }
    return result;
}

static void accept_all(sock_poller_t p, sock_t listener)
{
    sock_t s;
    while ((s = sock_accept(listener, NULL)) > 0) {
        struct client *c = calloc(1, sizeof *c);
        if (c == NULL) {
            sock_close(s);
            continue;
        }
        *c = (struct client){.s = s, .seen = sock_now(), .next = clients, .place = &clients};
        if (clients)
            clients->place = &c->next;
        clients = c;
        check("settimeout", sock_settimeout(s, 0));
        check("add", sock_poller_add(p, s, SOCK_POLL_IN, (uint64_t)(uintptr_t)c));
    }
}

/* Sends and reads what can be. False when the client has left. */
static int serve(sock_poller_t p, struct client *c)
{
    for (;;) {
        while (c->from < c->to) {
            int64_t n = sock_send(c->s, c->data + c->from, c->to - c->from, 0);
            if (n == -EAGAIN) {
                /* Until there is room again, nothing is read. */
                if (!c->held)
                    check("modify", sock_poller_modify(p, c->s, SOCK_POLL_OUT, (uint64_t)(uintptr_t)c));
                c->held = 1;
                return 1;
            }
            if (n < 0)
                return 0;
            c->from += (size_t)n;
            if (c->from == c->to && c->held) {
                check("modify", sock_poller_modify(p, c->s, SOCK_POLL_IN, (uint64_t)(uintptr_t)c));
                c->held = 0;
            }
        }
        int64_t n = sock_recv(c->s, c->data, ROOM, 0);
        if (n == -EAGAIN)
            return 1;
        if (n <= 0)
            return 0;
        c->seen = sock_now();
        c->from = 0;
        c->to = (size_t)n;
    }
}

static void cut_off_the_silent(void)
{
    for (struct client *c = clients; c; c = c->next)
        if (sock_now() - c->seen > SILENCE * SECOND)
            sock_close(c->s); /* its last event frees it */
}

int main(int argc, char **argv)
{
    struct sock_addr addr;
    char text[400];
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    check("address", sock_addr_parse(argc > 1 ? argv[1] : "127.0.0.1:10000", &addr));
    int left = argc > 2 ? atoi(argv[2]) : 1;

    sock_t listener = check("socket", sock_socket(sock_addr_family(&addr), SOCK_STREAM, 0));
    check("bind", sock_bind(listener, &addr));
    check("listen", sock_listen(listener, SOCK_BACKLOG_DEFAULT));
    check("settimeout", sock_settimeout(listener, 0));
    check("getsockname", sock_getsockname(listener, &addr));
    check("format", sock_addr_format(&addr, text, sizeof text));
    printf("listening on %s\n", text);

    sock_poller_t p = check("poller", sock_poller_new());
    check("add", sock_poller_add(p, listener, SOCK_POLL_IN, 0));
    sock_t second = check("timer", sock_poller_timer(p, SECOND, SECOND, 0));
    int64_t served = 0;

    while (left > 0) {
        struct sock_event events[EVENTS];
        int64_t n = check("wait", sock_poller_wait(p, events, EVENTS, SOCK_FOREVER));
        for (int64_t i = 0; i < n; i++) {
            struct client *c = (struct client *)(uintptr_t)events[i].data;
            if (events[i].handle == second) {
                cut_off_the_silent();
            } else if (events[i].handle == listener) {
                accept_all(p, listener);
            } else if (events[i].code == SOCK_ECLOSED) {
                *c->place = c->next;
                if (c->next)
                    c->next->place = c->place;
                free(c);
                served++;
                left--;
            } else if (!serve(p, c)) {
                sock_close(c->s); /* its last event frees it: no event of it can come later */
            }
        }
    }
    printf("served %" PRId64 " clients\n", served);
    while (clients) {
        struct client *c = clients;
        clients = c->next;
        sock_close(c->s);
        free(c);
    }
    check("close", sock_close(p));
    check("close", sock_close(listener));
    return 0;
}
