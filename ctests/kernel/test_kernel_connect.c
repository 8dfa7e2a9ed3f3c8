/* connect(2), sentence by sentence: libsock in blocking mode beside the system's own calls. */
#include "kernel.h"

#include <netinet/tcp.h>

/* "EISCONN: The socket is already connected." The kernel says so from the second call on. */
SCENARIO(again_after_success)
{
    int at = listener();
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    do_connect(k, e, own_name(at));
    peer_name(k, e);
    for (int i = 0; i < 3; i++)
        do_connect(k, e, own_name(at));
    make_nonblocking(k, e, true);
    do_connect(k, e, own_name(at));
    CHECK_SYS(close(at));
    shut(k, e);
}

/* "ECONNREFUSED: A connect() on a stream socket found no one listening on the remote address." A refusal ends the
 * attempt: the next call is a new one. */
SCENARIO(again_after_refusal)
{
    struct sock_addr nobody = nobody_at(SOCK_STREAM);
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    do_connect(k, e, nobody);
    do_connect(k, e, nobody);
    get_int(k, e, SOL_SOCKET, SO_ERROR);
    peer_name(k, e);
    nobody_listens();
    do_connect(k, e, nobody);
    peer_name(k, e);
    do_connect(k, e, nobody);
    shut(k, e);
}

SCENARIO(listen_after_refusal)
{
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    do_connect(k, e, nobody_at(SOCK_STREAM));
    do_listen(k, e, 4);
    get_int(k, e, SOL_SOCKET, SO_ACCEPTCONN);
    do_connect(k, e, nobody_at(SOCK_STREAM));
    shut(k, e);
}

SCENARIO(send_after_refusal)
{
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    do_connect(k, e, nobody_at(SOCK_STREAM));
    send_text(k, e, "data", 0);
    do_recv(k, e, 4, 0);
    shut(k, e);
}

/* "EINPROGRESS: ... After select(2) indicates writability, use getsockopt(2) to read the SO_ERROR option" */
SCENARIO(nonblocking)
{
    struct sock_addr nobody = nobody_at(SOCK_STREAM);
    int at = listener();
    for (int i = 0; i < 2; i++) {
        end e = make(k, AF_INET, SOCK_STREAM, 0);
        make_nonblocking(k, e, true);
        do_connect(k, e, i ? nobody : own_name(at));
        await(k, e, POLLOUT);
        get_int(k, e, SOL_SOCKET, SO_ERROR);
        do_connect(k, e, i ? nobody : own_name(at));
        do_connect(k, e, own_name(at));
        await(k, e, POLLOUT);
        do_connect(k, e, own_name(at));
        do_connect(k, e, own_name(at));
        shut(k, e);
    }
    CHECK_SYS(close(at));
}

/* An attempt that began without blocking is waited for by a blocking call. */
SCENARIO(blocking_after_nonblocking)
{
    struct sock_addr nobody = nobody_at(SOCK_STREAM);
    int at = listener();
    for (int i = 0; i < 2; i++) {
        end e = make(k, AF_INET, SOCK_STREAM, 0);
        make_nonblocking(k, e, true);
        do_connect(k, e, i ? nobody : own_name(at));
        make_nonblocking(k, e, false);
        do_connect(k, e, i ? nobody : own_name(at));
        do_connect(k, e, own_name(at));
        shut(k, e);
    }
    CHECK_SYS(close(at));
}

/* A listener whose queue is full: SYNs are dropped, and attempts go on. */
enum { FILLERS = 4 };

static int full_listener(int fillers[FILLERS])
{
    int at = peer_at(SOCK_STREAM, ip_at("127.0.0.1", 0), 0);
    struct sock_addr name = own_name(at);
    for (int i = 0; i < FILLERS; i++) {
        fillers[i] = (int)CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (connect(fillers[i], native(&name), name.len) == -1)
            CHECK_EQ(errno, EINPROGRESS);
        sleep_ms(2);
    }
    return at;
}

/* Ends what fills the queue, and makes room in it. */
static void make_room(int at, const int fillers[FILLERS])
{
    int fd;
    for (int i = 0; i < FILLERS; i++)
        CHECK_SYS(close(fillers[i]));
    CHECK_SYS(fcntl(at, F_SETFL, O_NONBLOCK));
    while ((fd = accept(at, NULL, NULL)) >= 0)
        CHECK_SYS(close(fd));
    CHECK_EQ(errno, EAGAIN);
}

/* "EALREADY: The socket is nonblocking and a previous connection attempt has not yet been completed." And
 * SO_SNDTIMEO of socket(7): "EINPROGRESS (for connect(2)) just as if the socket was specified to be nonblocking". */
SCENARIO(attempts_under_way)
{
    int fillers[FILLERS], at = full_listener(fillers);
    struct sock_addr name = own_name(at);
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    make_nonblocking(k, e, true);
    do_connect(k, e, name);
    do_connect(k, e, name);
    make_nonblocking(k, e, false);
    do_connect(k, e, name);
    do_connect(k, e, name);
    set_span(k, e, SO_SNDTIMEO, 0, 50000);
    k->patience = 2000;
    do_connect(k, e, name);
    TOOK(k, 50, 1000);
    shut(k, e);
    e = make(k, AF_INET, SOCK_STREAM, 0);
    set_span(k, e, SO_SNDTIMEO, 0, 50000);
    do_connect(k, e, name);
    TOOK(k, 50, 1000);
    do_connect(k, e, name);
    get_int(k, e, SOL_SOCKET, SO_ERROR);
    send_text(k, e, "data", MSG_DONTWAIT);
    shut(k, e);
    make_room(at, fillers);
    CHECK_SYS(close(at));
}

/* An attempt that a signal interrupted goes on, and the next call waits for it. */
SCENARIO(interrupted)
{
    int fillers[FILLERS], at = full_listener(fillers);
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    do_connect(k, e, own_name(at));
    make_room(at, fillers);
    k->patience = 10000;
    do_connect(k, e, own_name(at));
    do_connect(k, e, own_name(at));
    shut(k, e);
    CHECK_SYS(close(at));
}

/* Two threads that wait for one attempt are both told that it has succeeded. */
struct waiter {
    struct thread thread;
    end e;
    struct sock_addr to;
    bool raw;
    int64_t result;
};

static void waits_too(void *arg)
{
    struct waiter *w = arg;
    w->result = w->raw ? connect((int)w->e, native(&w->to), w->to.len) : sock_connect(w->e, &w->to);
}

SCENARIO(two_wait)
{
    int fillers[FILLERS], at = full_listener(fillers);
    struct waiter w[2];
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    for (int i = 0; i < 2; i++) {
        w[i] = (struct waiter){.e = e, .to = own_name(at), .raw = k->kind == RAW};
        thread_start(&w[i].thread, waits_too, &w[i]);
        thread_wait_blocked(&w[i].thread);
    }
    make_room(at, fillers);
    for (int i = 0; i < 2; i++)
        thread_join_within(&w[i].thread, 10000);
    note(k, "\nboth: %d %d", (int)w[0].result, (int)w[1].result);
    do_connect(k, e, own_name(at));
    shut(k, e);
    CHECK_SYS(close(at));
}

/* "If the socket sockfd is of type SOCK_DGRAM, then addr is the address to which datagrams are sent by default, and
 * the only address from which datagrams are received." "may use connect() multiple times to change their
 * association". "may dissolve the association by connecting to an address with ... AF_UNSPEC". */
SCENARIO(datagrams)
{
    int one = udp_peer(), two = udp_peer();
    end e = make(k, AF_INET, SOCK_DGRAM, 0);
    do_bind(k, e, ip_at("127.0.0.1", 0));
    struct sock_addr here = own_name(number_of(k, e));
    do_connect(k, e, own_name(one));
    peer_name(k, e);
    CHECK_EQ(sendto(two, "from two", 8, 0, native(&here), here.len), 8);
    do_recv(k, e, 16, 0);
    CHECK_EQ(sendto(one, "from one", 8, 0, native(&here), here.len), 8);
    do_recvfrom(k, e, 16, 0);
    do_connect(k, e, own_name(two));
    peer_name(k, e);
    do_connect(k, e, of_family(AF_UNSPEC, 2));
    peer_name(k, e);
    name(k, e);
    send_text(k, e, "to whom?", 0);
    do_connect(k, e, own_name(one));
    send_text(k, e, "to one", 0);
    do_connect(k, e, of_family(AF_UNSPEC, 16));
    peer_name(k, e);
    CHECK_SYS(close(one));
    CHECK_SYS(close(two));
    shut(k, e);
}

SCENARIO(stream_dissolved)
{
    int at = listener();
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    do_connect(k, e, of_family(AF_UNSPEC, 16));
    do_connect(k, e, own_name(at));
    do_connect(k, e, of_family(AF_UNSPEC, 16));
    peer_name(k, e);
    send_text(k, e, "data", 0);
    do_connect(k, e, own_name(at));
    peer_name(k, e);
    send_text(k, e, "data", 0);
    CHECK_SYS(close(at));
    shut(k, e);
}

/* "EACCES: For UNIX domain sockets" needs another user; "EACCES, EPERM: The user tried to connect to a broadcast
 * address without having the socket broadcast flag enabled". */
SCENARIO(broadcast)
{
    end e = make(k, AF_INET, SOCK_DGRAM, 0);
    do_connect(k, e, ip_at("127.255.255.255", 9));
    set_int(k, e, SOL_SOCKET, SO_BROADCAST, 1);
    do_connect(k, e, ip_at("127.255.255.255", 9));
    peer_name(k, e);
    shut(k, e);
    e = make(k, AF_INET, SOCK_STREAM, 0);
    do_connect(k, e, ip_at("127.255.255.255", 9));
    shut(k, e);
}

/* "EAFNOSUPPORT: The passed address didn't have the correct address family", and EINVAL for an address that is too
 * short. (Of other families than those of IP libsock says EAFNOSUPPORT where the kernel has other codes.) */
SCENARIO(addresses)
{
    for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
        struct sock_addr to = ip_at("127.0.0.1", 9);
        end e = make(k, AF_INET, type, 0);
        do_connect(k, e, of_family(AF_UNIX, 16));
        to.len = 8;
        do_connect(k, e, to);
        do_connect(k, e, of_family(AF_INET6, 28));
        do_connect(k, e, of_family(AF_UNSPEC, 2));
        shut(k, e);
        e = make(k, AF_INET6, type, 0);
        do_connect(k, e, of_family(AF_INET6, 12));
        shut(k, e);
        e = make(k, AF_UNIX, type, 0);
        do_connect(k, e, of_family(AF_UNIX, 2));
        shut(k, e);
    }
}

/* "EADDRINUSE: Local address is already in use": two connections of one local and one remote address. */
SCENARIO(address_in_use)
{
    int at = listener();
    end one = make(k, AF_INET, SOCK_STREAM, 0), two = make(k, AF_INET, SOCK_STREAM, 0);
    set_int(k, one, SOL_SOCKET, SO_REUSEADDR, 1);
    set_int(k, two, SOL_SOCKET, SO_REUSEADDR, 1);
    do_bind(k, one, ip_at("127.0.0.1", 0));
    do_bind(k, two, own_name(number_of(k, one)));
    do_connect(k, one, own_name(at));
    do_connect(k, two, own_name(at));
    do_connect(k, two, own_name(at));
    shut(k, one);
    shut(k, two);
    CHECK_SYS(close(at));
}

/* A listening socket does not connect, and a socket that is bound connects from its address. */
SCENARIO(other_states)
{
    int at = listener();
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    do_bind(k, e, ip_at("127.0.0.2", 0));
    do_listen(k, e, 1);
    do_connect(k, e, own_name(at));
    shut(k, e);
    e = make(k, AF_INET, SOCK_STREAM, 0);
    do_bind(k, e, ip_at("127.0.0.2", 0));
    do_connect(k, e, own_name(at));
    name(k, e);
    do_shutdown(k, e, SHUT_RDWR);
    do_connect(k, e, own_name(at));
    shut(k, e);
    CHECK_SYS(close(at));
}

/* A socket bound to a port and connected to that very port is connected to itself: TCP allows it. */
SCENARIO(to_itself)
{
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    do_bind(k, e, ip_at("127.0.0.1", 0));
    do_connect(k, e, own_name(number_of(k, e)));
    name(k, e);
    peer_name(k, e);
    send_text(k, e, "echo", 0);
    do_recv(k, e, 8, 0);
    do_connect(k, e, own_name(number_of(k, e)));
    shut(k, e);
}

/* AF_UNIX: "may successfully connect() only once"; ECONNREFUSED, ENOENT and EPROTOTYPE of unix(7). */
SCENARIO(unix_streams)
{
    int at = peer_at(SOCK_STREAM, path_of("listener"), 4), dumb = peer_at(SOCK_STREAM, path_of("bound"), -1);
    int datagram = peer_at(SOCK_DGRAM, path_of("datagram"), -1);
    end e = make(k, AF_UNIX, SOCK_STREAM, 0);
    do_connect(k, e, path_of("nothing"));
    do_connect(k, e, path_of("bound"));
    do_connect(k, e, path_of("datagram"));
    do_connect(k, e, path_of("."));
    do_connect(k, e, of_family(AF_UNIX, 2));
    do_connect(k, e, name_of("\0nobody", 7));
    peer_name(k, e);
    do_connect(k, e, path_of("listener"));
    peer_name(k, e);
    do_connect(k, e, path_of("listener"));
    do_connect(k, e, of_family(AF_UNSPEC, 2));
    CHECK_SYS(close(at));
    do_connect(k, e, path_of("listener"));
    shut(k, e);
    e = make(k, AF_UNIX, SOCK_STREAM, 0);
    do_bind(k, e, path_of("mine"));
    do_listen(k, e, 1);
    do_connect(k, e, path_of("mine"));
    shut(k, e);
    CHECK_SYS(close(dumb));
    CHECK_SYS(close(datagram));
}

SCENARIO(unix_datagrams)
{
    int one = peer_at(SOCK_DGRAM, path_of("one"), -1), two = peer_at(SOCK_DGRAM, path_of("two"), -1);
    int stream = peer_at(SOCK_STREAM, path_of("stream"), 4);
    end e = make(k, AF_UNIX, SOCK_DGRAM, 0);
    do_connect(k, e, path_of("stream"));
    do_connect(k, e, path_of("one"));
    peer_name(k, e);
    do_connect(k, e, path_of("two"));
    peer_name(k, e);
    do_connect(k, e, of_family(AF_UNSPEC, 2));
    peer_name(k, e);
    send_text(k, e, "to whom?", 0);
    do_connect(k, e, path_of("one"));
    send_text(k, e, "to one", 0);
    CHECK_SYS(close(one));
    send_text(k, e, "to one", 0);
    do_connect(k, e, path_of("one"));
    CHECK_SYS(close(two));
    CHECK_SYS(close(stream));
    shut(k, e);
}

/* "EAGAIN: For nonblocking UNIX domain sockets, the socket is nonblocking, and the connection cannot be completed
 * immediately", and SO_SNDTIMEO. */
SCENARIO(unix_backlog)
{
    int at = peer_at(SOCK_STREAM, path_of("full"), 0), filler;
    struct sock_addr full = path_of("full");
    filler = (int)CHECK_SYS(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK_SYS(connect(filler, native(&full), full.len));
    end e = make(k, AF_UNIX, SOCK_STREAM, 0);
    make_nonblocking(k, e, true);
    do_connect(k, e, full);
    make_nonblocking(k, e, false);
    do_connect(k, e, full);
    set_span(k, e, SO_SNDTIMEO, 0, 50000);
    k->patience = 2000;
    do_connect(k, e, full);
    TOOK(k, 50, 1000);
    CHECK_SYS(close((int)CHECK_SYS(accept(at, NULL, NULL))));
    do_connect(k, e, full);
    do_connect(k, e, full);
    CHECK_SYS(close(at));
    CHECK_SYS(close(filler));
    shut(k, e);
}

/* "ECONNREFUSED" while a blocking call waits for room: the listener has gone. */
static void closes_later(void *arg)
{
    sleep_ms(50);
    CHECK_SYS(close(*(int *)arg));
}

SCENARIO(unix_listener_goes)
{
    int at = peer_at(SOCK_STREAM, path_of("full"), 0), filler;
    struct sock_addr full = path_of("full");
    struct thread closer;
    filler = (int)CHECK_SYS(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK_SYS(connect(filler, native(&full), full.len));
    end e = make(k, AF_UNIX, SOCK_STREAM, 0);
    k->patience = 2000;
    thread_start(&closer, closes_later, &at);
    do_connect(k, e, full);
    thread_join_within(&closer, 2000);
    CHECK_SYS(close(filler));
    shut(k, e);
}

TEST_MAIN(test_again_after_success, test_again_after_refusal, test_listen_after_refusal,
          test_send_after_refusal, test_nonblocking, test_blocking_after_nonblocking, test_attempts_under_way,
          test_interrupted, test_two_wait, test_datagrams, test_stream_dissolved, test_broadcast, test_addresses,
          test_address_in_use, test_other_states, test_to_itself, test_unix_streams, test_unix_datagrams,
          test_unix_backlog, test_unix_listener_goes)
