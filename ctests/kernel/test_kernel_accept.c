/* accept(2), sentence by sentence: libsock in blocking mode beside the system's own calls. */
#include "kernel.h"

#include <netinet/tcp.h>
#include <sys/resource.h>

/* A socket under test that listens on 127.0.0.1. */
static end listening(struct side *k, int backlog)
{
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    do_bind(k, e, ip_at("127.0.0.1", 0));
    do_listen(k, e, backlog);
    return e;
}

/* A plain client of it. */
static int client_of(const struct side *k, end e)
{
    struct sock_addr at = own_name(number_of(k, e));
    int type = SOCK_STREAM;
    socklen_t len = sizeof type;
    CHECK_SYS(getsockopt(number_of(k, e), SOL_SOCKET, SO_TYPE, &type, &len));
    int fd = (int)CHECK_SYS(socket(native(&at)->sa_family, type | SOCK_CLOEXEC, 0));
    CHECK_SYS(connect(fd, native(&at), at.len));
    return fd;
}

/* "It extracts the first connection request on the queue ..., creates a new connected socket". "The newly created
 * socket is not in the listening state. The original socket sockfd is unaffected by this call." */
SCENARIO(in_order)
{
    end e = listening(k, 4), taken[2];
    int clients[2];
    for (int i = 0; i < 2; i++) {
        clients[i] = client_of(k, e);
        CHECK_EQ(send(clients[i], i ? "second" : "first", 5, 0), 5);
    }
    for (int i = 0; i < 2; i++) {
        taken[i] = do_accept(k, e);
        do_recv(k, taken[i], 8, 0);
        get_int(k, taken[i], SOL_SOCKET, SO_ACCEPTCONN);
        name(k, taken[i]);
        peer_name(k, taken[i]);
        send_text(k, taken[i], "answer", 0);
    }
    get_int(k, e, SOL_SOCKET, SO_ACCEPTCONN);
    do_accept(k, e);
    for (int i = 0; i < 2; i++) {
        shut(k, taken[i]);
        CHECK_SYS(close(clients[i]));
    }
    shut(k, e);
}

/* "If no pending connections are present ... accept() blocks the caller until a connection is present. If the socket
 * is marked nonblocking ... accept() fails with the error EAGAIN or EWOULDBLOCK." */
static void connects_later(void *arg)
{
    sleep_ms(50);
    const struct sock_addr *at = arg;
    int fd = (int)CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK_SYS(connect(fd, native(at), at->len));
    CHECK_SYS(close(fd));
}

SCENARIO(waits)
{
    struct thread client;
    end e = listening(k, 4);
    struct sock_addr at = own_name(number_of(k, e));
    do_accept(k, e);
    make_nonblocking(k, e, true);
    do_accept(k, e);
    make_nonblocking(k, e, false);
    k->patience = 2000;
    thread_start(&client, connects_later, &at);
    end taken = do_accept(k, e);
    TOOK(k, 0, 1000);
    thread_join_within(&client, 2000);
    do_recv(k, taken, 8, 0);
    shut(k, taken);
    shut(k, e);
}

/* "EINVAL: Socket is not listening for connections". "EOPNOTSUPP: The referenced socket is not of type SOCK_STREAM."
 * A blocking call says so at once. */
SCENARIO(not_listening)
{
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX};
    for (int i = 0; i < 3; i++)
        for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
            end e = make(k, families[i], type, 0);
            do_accept(k, e);
            shut(k, e);
        }
    int peer;
    end e = make_pair(k, SOCK_STREAM, &peer);
    do_accept(k, e);
    CHECK_SYS(close(peer));
    shut(k, e);
    e = make(k, AF_UNIX, SOCK_SEQPACKET, 0);
    do_accept(k, e);
    do_listen(k, e, 1);
    do_bind(k, e, path_of("seqpacket"));
    do_accept(k, e);
    do_listen(k, e, 1);
    do_accept(k, e);
    shut(k, e);
}

/* A listener that is shut down has nobody to wait for. */
SCENARIO(shut_down)
{
    end e = listening(k, 4);
    int client = client_of(k, e);
    do_shutdown(k, e, SHUT_RD);
    do_accept(k, e);
    do_accept(k, e);
    shut(k, e);
    CHECK_SYS(close(client));
    e = make(k, AF_UNIX, SOCK_STREAM, 0);
    do_bind(k, e, path_of("listener"));
    do_listen(k, e, 4);
    client = client_of(k, e);
    do_shutdown(k, e, SHUT_RD);
    end taken = do_accept(k, e);
    if (taken >= 0)
        shut(k, taken);
    do_accept(k, e);
    shut(k, e);
    CHECK_SYS(close(client));
}

static void shuts_later(void *arg)
{
    sleep_ms(50);
    CHECK_SYS(shutdown(*(int *)arg, SHUT_RD));
}

SCENARIO(shut_down_while_waiting)
{
    struct thread other;
    end e = listening(k, 4);
    int fd = number_of(k, e);
    k->patience = 2000;
    thread_start(&other, shuts_later, &fd);
    do_accept(k, e);
    thread_join_within(&other, 2000);
    shut(k, e);
    e = make(k, AF_UNIX, SOCK_STREAM, 0);
    do_bind(k, e, path_of("listener"));
    do_listen(k, e, 4);
    fd = number_of(k, e);
    thread_start(&other, shuts_later, &fd);
    do_accept(k, e);
    thread_join_within(&other, 2000);
    shut(k, e);
}

/* "The argument addr ... is filled in with the address of the peer socket": of AF_UNIX a path, an abstract name, or
 * no name. */
SCENARIO(unix_peers)
{
    static const struct {
        const char *name;
        size_t len;
    } names[] = {{"client", 7}, {"\0abstract", 9}, {"", 0}};
    end e = make(k, AF_UNIX, SOCK_STREAM, 0);
    do_bind(k, e, path_of("listener"));
    do_listen(k, e, 4);
    for (int i = 0; i < 4; i++) {
        struct sock_addr at = path_of("listener");
        int fd = (int)CHECK_SYS(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (i < 3) {
            struct sock_addr mine = name_of(names[i].name, names[i].len);
            CHECK_SYS(bind(fd, native(&mine), mine.len));
        }
        CHECK_SYS(connect(fd, native(&at), at.len));
        end taken = do_accept(k, e);
        name(k, taken);
        peer_name(k, taken);
        shut(k, taken);
        CHECK_SYS(close(fd));
    }
    shut(k, e);
}

/* "EMFILE: The per-process limit on the number of open file descriptors has been reached." The connection stays in
 * the queue. */
static void no_descriptor(struct side *k)
{
    struct rlimit before, none;
    end e = listening(k, 4);
    int client = client_of(k, e), lowest = (int)CHECK_SYS(dup(client));
    CHECK_SYS(close(lowest));
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &before));
    none = before;
    none.rlim_cur = (rlim_t)lowest;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &none));
    do_accept(k, e);
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &before));
    end taken = do_accept(k, e);
    shut(k, taken);
    shut(k, e);
    CHECK_SYS(close(client));
}

static void test_no_descriptor(void)
{
    if (in_valgrind())
        SKIP("valgrind takes the connection from the queue and then refuses its descriptor");
    SAME(no_descriptor);
}

/* A client that has gone, or has reset its connection, before anybody accepted it. */
SCENARIO(client_gone)
{
    end e = listening(k, 4);
    for (int reset = 0; reset < 2; reset++) {
        const struct linger none = {1, 0};
        int client = client_of(k, e);
        CHECK_EQ(send(client, "data", 4, 0), 4);
        if (reset)
            CHECK_SYS(setsockopt(client, SOL_SOCKET, SO_LINGER, &none, sizeof none));
        CHECK_SYS(close(client));
        end taken = do_accept(k, e);
        if (taken >= 0) {
            do_recv(k, taken, 8, 0);
            do_recv(k, taken, 8, 0);
            peer_name(k, taken);
            shut(k, taken);
        }
    }
    do_accept(k, e);
    shut(k, e);
}

/* SO_RCVTIMEO of socket(7) ends accept with EAGAIN. A connection of IP has the listener's options. */
SCENARIO(limits)
{
    end e = listening(k, 4);
    k->patience = 2000;
    set_span(k, e, SO_RCVTIMEO, 0, 50000);
    do_accept(k, e);
    TOOK(k, 50, 1000);
    set_int(k, e, SOL_SOCKET, SO_RCVLOWAT, 4);
    set_int(k, e, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_int(k, e, IPPROTO_TCP, TCP_NODELAY, 1);
    int client = client_of(k, e);
    end taken = do_accept(k, e);
    get_int(k, taken, SOL_SOCKET, SO_KEEPALIVE);
    get_int(k, taken, SOL_SOCKET, SO_RCVLOWAT);
    get_int(k, taken, IPPROTO_TCP, TCP_NODELAY);
    CHECK_EQ(send(client, "12", 2, 0), 2);
    do_recv(k, taken, 8, 0);
    TOOK(k, 50, 1000);
    do_recv(k, taken, 8, 0);
    TOOK(k, 50, 1000);
    shut(k, taken);
    CHECK_SYS(close(client));
    shut(k, e);
    e = make(k, AF_UNIX, SOCK_STREAM, 0);
    do_bind(k, e, path_of("listener"));
    do_listen(k, e, 4);
    set_span(k, e, SO_RCVTIMEO, 0, 50000);
    do_accept(k, e);
    TOOK(k, 50, 1000);
    client = client_of(k, e);
    taken = do_accept(k, e);
    k->patience = 100;
    do_recv(k, taken, 8, 0);
    shut(k, taken);
    CHECK_SYS(close(client));
    shut(k, e);
}

/* A limit of zero microseconds is none; a negative one is none at all: the call does not wait. */
SCENARIO(negative_limit)
{
    end e = listening(k, 4);
    set_span(k, e, SO_RCVTIMEO, -1, 0);
    do_accept(k, e);
    set_span(k, e, SO_RCVTIMEO, 0, 0);
    do_accept(k, e);
    shut(k, e);
}

TEST_MAIN(test_in_order, test_waits, test_not_listening, test_shut_down, test_shut_down_while_waiting,
          test_unix_peers, test_no_descriptor, test_client_gone, test_limits, test_negative_limit)
