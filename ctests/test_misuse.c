/* Every function refuses invalid handles, pointers and addresses with an error code. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

/* Every function of sock.h that takes a handle, called with `s` as the handle and valid arguments otherwise:
 * X(tag, kind of handle, call). test_every_function_is_here fails on a function that is not in this table. A
 * second handle argument has its own line. Outputs point into `out`. */
#define CALLS(X)                                                                                      \
    X(close, ANY, sock_close(s))                                                                      \
    X(detach, SOCKET, sock_detach(s))                                                                 \
    X(peek_fileno, SOCKET, sock_peek_fileno(s))                                                       \
    X(dup, SOCKET, sock_dup(s))                                                                       \
    X(fileno, SOCKET | OPERATION, sock_fileno(s))                                                     \
    X(family, SOCKET, sock_family(s))                                                                 \
    X(type, SOCKET, sock_type(s))                                                                     \
    X(proto, SOCKET, sock_proto(s))                                                                   \
    X(bind, SOCKET, sock_bind(s, &loopback))                                                          \
    X(listen, SOCKET, sock_listen(s, 1))                                                              \
    X(accept, SOCKET, sock_accept(s, &out.addr))                                                      \
    X(connect, SOCKET, sock_connect(s, &loopback))                                                    \
    X(shutdown, SOCKET, sock_shutdown(s, SHUT_RDWR))                                                  \
    X(getsockname, SOCKET, sock_getsockname(s, &out.addr))                                            \
    X(getpeername, SOCKET, sock_getpeername(s, &out.addr))                                            \
    X(get_inheritable, SOCKET, sock_get_inheritable(s))                                               \
    X(set_inheritable, SOCKET, sock_set_inheritable(s, 1))                                            \
    X(ioctl, SOCKET, sock_ioctl(s, 1, NULL, 0, out.bytes, sizeof out.bytes))                          \
    X(share, SOCKET, sock_share(s, 1, out.bytes, sizeof out.bytes))                                   \
    X(send, SOCKET, sock_send(s, "x", 1, 0))                                                          \
    X(recv, SOCKET, sock_recv(s, out.bytes, sizeof out.bytes, 0))                                     \
    X(sendto, SOCKET, sock_sendto(s, "x", 1, 0, &loopback))                                           \
    X(sendto_peer, SOCKET, sock_sendto(s, "x", 1, 0, NULL))                                           \
    X(recvfrom, SOCKET, sock_recvfrom(s, out.bytes, sizeof out.bytes, 0, &out.addr))                  \
    X(sendall, SOCKET, sock_sendall(s, "x", 1, 0, NULL))                                              \
    X(send_pollable, SOCKET, sock_send_pollable(s, 1))                                                \
    X(wait, SOCKET, sock_wait(s, SOCK_WRITE, 0))                                                      \
    X(settimeout, SOCKET, sock_settimeout(s, 0))                                                      \
    X(gettimeout, SOCKET, sock_gettimeout(s))                                                         \
    X(setblocking, SOCKET, sock_setblocking(s, 0))                                                    \
    X(getblocking, SOCKET, sock_getblocking(s))                                                       \
    X(setdeadline, SOCKET | OPERATION, sock_setdeadline(s, SOCK_READ, 0))                             \
    X(setcancel, SOCKET | OPERATION, sock_setcancel(s, 0))                                            \
    X(setcancel_token, TOKEN, s == 0 ? -EBADF : sock_setcancel(socket_handle, s))                     \
    X(cancel_fire, TOKEN, sock_cancel_fire(s))                                                        \
    X(setsockopt, SOCKET, sock_setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one))             \
    X(getsockopt, SOCKET, sock_getsockopt(s, SOL_SOCKET, SO_TYPE, &out.number, &out.len))             \
    X(setsockopt_int, SOCKET, sock_setsockopt_int(s, SOL_SOCKET, SO_REUSEADDR, 1))                    \
    X(getsockopt_int, SOCKET, sock_getsockopt_int(s, SOL_SOCKET, SO_TYPE, &out.number))               \
    X(setsockopt_u64, SOCKET, sock_setsockopt_u64(s, SOL_SOCKET, SO_REUSEADDR, 1))                    \
    X(getsockopt_u64, SOCKET, sock_getsockopt_u64(s, SOL_SOCKET, SO_COOKIE, &out.wide))               \
    X(set_can_filters, SOCKET, sock_set_can_filters(s, NULL, 0))                                      \
    X(get_can_filters, SOCKET, sock_get_can_filters(s, NULL, 0))                                      \
    X(set_can_errors, SOCKET, sock_set_can_errors(s, 0))                                              \
    X(isotp_wait, SOCKET, sock_isotp_wait(s))                                                         \
    X(set_promiscuous, SOCKET, sock_set_promiscuous(s, "1", 1))                                       \
    X(set_alg_key, SOCKET, sock_set_alg_key(s, "x", 1))                                               \
    X(set_alg_tag_size, SOCKET, sock_set_alg_tag_size(s, 16))                                         \
    X(sendmsg_afalg, SOCKET, sock_sendmsg_alg(s, &piece, 1, 1, NULL, 0, 0, 0))                      \
    X(recv_exact, SOCKET, sock_recv_exact(s, out.bytes, sizeof out.bytes, 0, NULL))                   \
    X(sendfile, SOCKET, sock_sendfile(s, file, 0, 1, NULL))                                           \
    X(splice, SOCKET, sock_splice(s, s, 1, NULL, NULL))                                               \
    X(splice_to_fd, SOCKET, sock_splice_to_fd(s, file, 0, 1, NULL, NULL))                             \
    X(splice_from_fd, SOCKET, sock_splice_from_fd(file, 0, s, 1, NULL))                               \
    X(relay, SOCKET, sock_relay(s, s, 0, NULL))                                                       \
    X(send_zerocopy, SOCKET, sock_send_zerocopy(s, "x", 1, 0, &out.wide))                           \
    X(zerocopy_done, SOCKET, sock_zerocopy_done(s, &out.range, 1))                                    \
    X(fdopen, SOCKET, sock_fdopen(s, "r") ? 0 : -errno)                                               \
    X(stream_new, SOCKET, sock_stream_new(s, 0))                                                      \
    X(stream_read, STREAM, sock_stream_read(s, out.bytes, sizeof out.bytes))                          \
    X(stream_read_exact, STREAM, sock_stream_read_exact(s, out.bytes, sizeof out.bytes, NULL))        \
    X(stream_readline, STREAM, sock_stream_readline(s, out.bytes, sizeof out.bytes))                  \
    X(stream_read_until, STREAM, sock_stream_read_until(s, "x", 1, out.bytes, sizeof out.bytes))      \
    X(stream_write, STREAM, sock_stream_write(s, "x", 1, NULL))                                       \
    X(stream_flush, STREAM, sock_stream_flush(s))                                                     \
    X(stream_buffered, STREAM, sock_stream_buffered(s, SOCK_READ))                                    \
    X(sendmsg, SOCKET, sock_sendmsg(s, &to_send, 0))                                                  \
    X(recvmsg, SOCKET, sock_recvmsg(s, &out.message, 0))                                              \
    X(send_fds, SOCKET, sock_send_fds(s, "x", 1, &file, 1, 0, NULL))                                  \
    X(recv_fds, SOCKET, sock_recv_fds(s, out.bytes, 8, &out.number, 1, &out.len, 0, &out.addr, NULL)) \
    X(sendmany, SOCKET, sock_sendmany(s, out.many, 1, 0))                                             \
    X(sendmany_none, SOCKET, sock_sendmany(s, NULL, 0, 0))                                            \
    X(recvmany, SOCKET, sock_recvmany(s, out.many, 1, 0))                                             \
    X(recvmany_none, SOCKET, sock_recvmany(s, NULL, 0, 0))                                            \
    X(poller_add, POLLER, sock_poller_add(s, socket_handle, SOCK_POLL_IN, 0))                         \
    X(poller_add_this, HELD, sock_poller_add(poller_handle, s, SOCK_POLL_IN, 0))                      \
    X(poller_modify, POLLER, sock_poller_modify(s, socket_handle, 0, 0))                              \
    X(poller_modify_this, HELD, sock_poller_modify(poller_handle, s, 0, 0))                           \
    X(poller_remove, POLLER, sock_poller_remove(s, socket_handle))                                    \
    X(poller_remove_this, HELD, sock_poller_remove(poller_handle, s))                                 \
    X(poller_add_fd, POLLER, sock_poller_add_fd(s, 0, 0, 0))                                          \
    X(poller_remove_fd, POLLER, sock_poller_remove_fd(s, 0))                                          \
    X(poller_timer, POLLER, sock_poller_timer(s, 0, 0, 0))                                            \
    X(poller_wait, POLLER, sock_poller_wait(s, out.events, 1, 0))                                     \
    X(poller_wake, POLLER, sock_poller_wake(s))                                                       \
    X(setgro, SOCKET, sock_setgro(s, 1))                                                              \
    X(set_keepalive, SOCKET, sock_set_keepalive(s, 1, 0, 0, 0))                                       \
    X(get_keepalive, SOCKET, sock_get_keepalive(s, &out.span, &out.span, &out.number))                \
    X(set_linger, SOCKET, sock_set_linger(s, 1, 0))                                                   \
    X(get_linger, SOCKET, sock_get_linger(s, &out.span))                                              \
    X(set_buffer, SOCKET, sock_set_buffer(s, SOCK_READ, 4096))                                        \
    X(get_buffer, SOCKET, sock_get_buffer(s, SOCK_READ))                                              \
    X(set_device, SOCKET, sock_set_device(s, ""))                                                     \
    X(get_device, SOCKET, sock_get_device(s, out.bytes, sizeof out.bytes))                            \
    X(join_group, SOCKET, sock_join_group(s, &group, NULL, NULL, 0))                                  \
    X(leave_group, SOCKET, sock_leave_group(s, &group, NULL, NULL, 0))                                \
    X(peer_cred, SOCKET, sock_peer_cred(s, &out.span, &out.span, &out.span))                          \
    X(peer_pidfd, SOCKET, sock_peer_pidfd(s))                                                         \
    X(set_user_timeout, SOCKET, sock_set_user_timeout(s, 1000000000))                                 \
    X(get_user_timeout, SOCKET, sock_get_user_timeout(s))                                             \
    X(set_congestion, SOCKET, sock_set_congestion(s, "reno"))                                         \
    X(get_congestion, SOCKET, sock_get_congestion(s, out.bytes, sizeof out.bytes))                    \
    X(get_tcp_info, SOCKET, sock_get_tcp_info(s, &out.info))                                          \
    X(mptcp_state, SOCKET, sock_mptcp_state(s))                                                       \
    X(list_count, LIST, sock_addrinfo_list_count(s))                                                           \
    X(list_at, LIST, sock_addrinfo_list_at(s, 0, &out.found))                                                  \
    X(list_canonname, LIST, sock_addrinfo_list_canonname(s, 0, out.bytes, sizeof out.bytes))                   \
    X(list_alias_count, LIST, sock_addrinfo_list_alias_count(s))                                               \
    X(list_alias, LIST, sock_addrinfo_list_alias(s, 0, out.bytes, sizeof out.bytes))                           \
    X(lookup_step, LOOKUP, sock_getaddrinfo_step(s))                                                       \
    X(nameinfo_step, NAMEINFO, sock_getnameinfo_step(s, out.bytes, sizeof out.bytes, NULL, 0))           \
    X(connect_step, DIAL, sock_create_connection_step(s))                                                       \
    X(connect_attempts, DIAL, sock_create_connection_attempts(s, NULL, 0))                                      \
    X(connect_host, SOCKET, sock_connect_host(s, "127.0.0.1", "9"))                                   \
    X(bind_host, SOCKET, sock_bind_host(s, "127.0.0.1", "0"))

static const int one = 1;
static struct sock_addr loopback, group;
static int file;
static const struct sock_iovec piece = {"x", 1};
static const struct sock_msg to_send = {.iov = &piece, .iov_count = 1};

/* Open handles, created by setup(). */
static sock_t socket_handle, peer_handle, shared_handle, limited_handle;
static sock_cancel_t token_handle;
static sock_stream_t stream_handle;
static sock_addrinfo_list_t list_handle;
static sock_poller_t poller_handle;
static sock_op_t lookup_handle, nameinfo_handle, dial_handle;
static sock_t closed_handle, closed_token;

static struct output {
    char bytes[32];
    struct sock_addr addr;
    size_t len;
    int64_t span;
    uint64_t wide;
    int number;
    struct sock_msg message;
    struct sock_datagram many[1];
    struct sock_event events[1];
    struct sock_zerocopy_range range;
    struct sock_tcp_info info;
    struct sock_addrinfo found;
} out, untouched;

enum kind {
    SOCKET = 1,
    TOKEN = 2,
    STREAM = 4,
    LIST = 8,
    LOOKUP = 16,
    DIAL = 32,
    NAMEINFO = 64,
    OPERATION = LOOKUP | DIAL | NAMEINFO,
    POLLER = 128,
    HELD = SOCKET | TOKEN | STREAM | OPERATION, /* what a poller holds */
    ANY = 255
};

#define DEFINE(tag, kind, call)      \
    static int64_t on_##tag(sock_t s) \
    {                                \
        return call;                 \
    }
#define ENTRY(tag, kind, call) {#call, kind, on_##tag},

CALLS(DEFINE)

static const struct function {
    const char *text;
    int kinds;
    int64_t (*call)(sock_t s);
} functions[] = {CALLS(ENTRY)};

#define COUNT (sizeof functions / sizeof *functions)

static void use_from_other_thread(void *arg)
{
    CHECK_EQ(sock_family(*(sock_t *)arg), AF_UNIX);
}

static void setup(void)
{
    sock_t pair[2];
    struct thread other;
    memset(&out, 0xa5, sizeof out);
    out.len = sizeof out.number;
    out.message = (struct sock_msg){.iov = NULL};
    out.many[0] = (struct sock_datagram){.buf = NULL};
    out.info.size = sizeof out.info;
    untouched = out;
    file = CHECK_SYS(open("include/sock.h", O_RDONLY | O_CLOEXEC));
    CHECK_OK(sock_addr_ip("239.1.2.3", 0, &group));
    CHECK_OK(sock_addr_ip("127.0.0.1", 9, &loopback));

    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    socket_handle = pair[0];
    peer_handle = pair[1];
    shared_handle = CHECK_OK(sock_dup(pair[0]));
    thread_start(&other, use_from_other_thread, &shared_handle);
    thread_join(&other);
    limited_handle = CHECK_OK(sock_dup(pair[0]));
    CHECK_OK(sock_setdeadline(limited_handle, SOCK_READ | SOCK_WRITE, 1));
    token_handle = CHECK_OK(sock_cancel_new());
    poller_handle = CHECK_OK(sock_poller_new());
    stream_handle = CHECK_OK(sock_stream_new(shared_handle, 0));
    list_handle = CHECK_OK(sock_getaddrinfo("127.0.0.1", "9", NULL));
    lookup_handle = CHECK_OK(sock_getaddrinfo_start("127.0.0.1", "9", NULL));
    nameinfo_handle = CHECK_OK(sock_getnameinfo_start(&loopback, NI_NUMERICHOST | NI_NUMERICSERV, 0));
    dial_handle = CHECK_OK(sock_create_connection_start("127.0.0.1", "9", NULL));
    closed_handle = CHECK_OK(sock_dup(pair[0]));
    closed_token = CHECK_OK(sock_cancel_new());
    CHECK_OK(sock_close(closed_handle));
    CHECK_OK(sock_close(closed_token));
}

static void teardown(void)
{
    /* No call has closed, fired, connected or changed an open handle. */
    CHECK_EQ(sock_gettimeout(socket_handle), SOCK_FOREVER);
    CHECK_EQ(sock_get_inheritable(socket_handle), 0);
    CHECK_OK(sock_setcancel(peer_handle, token_handle));
    CHECK_EQ(sock_send(peer_handle, "alive", 5, 0), 5);
    char data[8];
    CHECK_EQ(sock_recv(socket_handle, data, sizeof data, MSG_DONTWAIT), 5);
    CHECK_ERR(sock_recv(limited_handle, data, sizeof data, 0), SOCK_ETIMEDOUT);
    CHECK_SYS(close(file));
    CHECK_OK(sock_close(stream_handle));
    CHECK_OK(sock_close(list_handle));
    CHECK_OK(sock_close(lookup_handle));
    CHECK_OK(sock_close(nameinfo_handle));
    CHECK_OK(sock_close(dial_handle));
    CHECK_OK(sock_close(socket_handle));
    CHECK_OK(sock_close(peer_handle));
    CHECK_OK(sock_close(shared_handle));
    CHECK_OK(sock_close(limited_handle));
    CHECK_OK(sock_close(token_handle));
    CHECK_OK(sock_close(poller_handle));
}

static bool is_live(int64_t id)
{
    const int64_t live[] = {socket_handle, peer_handle, shared_handle, limited_handle, token_handle,
                            stream_handle, list_handle, lookup_handle, nameinfo_handle, dial_handle,
                            poller_handle};
    for (size_t i = 0; i < sizeof live / sizeof *live; i++)
        if (id == live[i])
            return true;
    return false;
}

/* Every function returns -EBADF and writes nothing. */
static void refused_by_all(int64_t id, const char *what)
{
    for (size_t i = 0; i < COUNT; i++) {
        int64_t result = functions[i].call(id);
        if (result != -EBADF)
            FAIL("%s with s = %lld (%s): %lld (%s), expected -EBADF", functions[i].text, (long long)id, what,
                 (long long)result, sock_err_name(result));
        if (memcmp(&out, &untouched, sizeof out) != 0)
            FAIL("%s with s = %lld (%s) wrote an output", functions[i].text, (long long)id, what);
    }
}

static void test_invalid_handles(void)
{
    setup();
    refused_by_all(0, "zero");
    refused_by_all(-1, "negative");
    refused_by_all(-EBADF, "an error code");
    refused_by_all(INT64_MIN, "INT64_MIN");
    refused_by_all(INT64_MAX, "INT64_MAX");
    refused_by_all(INT64_C(1) << 52, "one bit too many");
    refused_by_all(INT64_C(1) << 53, "more than a double holds exactly");
    refused_by_all(1, "an index without a generation");
    refused_by_all(closed_handle, "closed");
    refused_by_all(closed_token, "a closed token");
    teardown();
}

static void test_forged_generations_and_kinds(void)
{
    setup();
    const int64_t ids[] = {socket_handle, shared_handle, limited_handle, token_handle,
                           stream_handle, list_handle, lookup_handle, nameinfo_handle, dial_handle, closed_handle,
                           closed_token, poller_handle};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        for (int a = 0; a < 64; a++)
            for (int b = a; b < 64; b++) {
                uint64_t bits = UINT64_C(1) << a | UINT64_C(1) << b;
                int64_t id = (int64_t)((uint64_t)ids[i] ^ bits);
                if (!is_live(id))
                    refused_by_all(id, "forged");
            }
    teardown();
}

static uint64_t random64(void)
{
    static uint64_t state = UINT64_C(0x9e3779b97f4a7c15); /* xorshift64: the same in every run */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void test_a_million_random_numbers(void)
{
    setup();
    int rounds = test_slowness() > 1 ? 20000 : 1000000;
    for (int i = 0; i < rounds; i++) {
        uint64_t number = random64();
        /* Half of them refer to slots in use, with low generations. */
        if (i % 2)
            number &= UINT64_C(0xfff000000300000f);
        if (!is_live((int64_t)number))
            refused_by_all((int64_t)number, "random");
    }
    teardown();
}

static void test_wrong_kind(void)
{
    setup();
    const struct {
        int kind;
        int64_t handle;
    } handles[] = {{SOCKET, peer_handle}, {TOKEN, token_handle},   {STREAM, stream_handle},
                   {LIST, list_handle},   {LOOKUP, lookup_handle}, {DIAL, dial_handle},
                   {NAMEINFO, nameinfo_handle}, {POLLER, poller_handle}};
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < sizeof handles / sizeof *handles; j++) {
            if (functions[i].kinds & handles[j].kind)
                continue;
            int64_t result = functions[i].call(handles[j].handle);
            if (result != -ENOTSOCK)
                FAIL("%s with a handle of kind %d: %lld (%s), expected -ENOTSOCK", functions[i].text,
                     handles[j].kind, (long long)result, sock_err_name(result));
            CHECK_MEM(&out, &untouched, sizeof out);
        }
    teardown();
}

static void test_second_close(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    sock_cancel_t c = CHECK_OK(sock_cancel_new());
    int before = open_fds();
    CHECK_EQ(sock_close(s), 0);
    CHECK_EQ(sock_close(c), 0);
    CHECK_EQ(open_fds(), before - 2);
    for (int i = 0; i < 3; i++) {
        CHECK_ERR(sock_close(s), -EBADF);
        CHECK_ERR(sock_close(c), -EBADF);
    }
    CHECK_EQ(open_fds(), before - 2);
    /* The old handle stays invalid: a new one that reuses the slot or the number stays open. */
    sock_t many[200];
    for (size_t i = 0; i < 200; i++)
        many[i] = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_ERR(sock_close(s), -EBADF);
    CHECK_ERR(sock_close(c), -EBADF);
    for (size_t i = 0; i < 200; i++)
        CHECK_OK(sock_close(many[i]));
}

static void test_null_pointers(void)
{
    setup();
    int fds = open_fds();
    size_t room = sizeof(int);
    CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, NULL), -EFAULT);
    CHECK_ERR(sock_bind(socket_handle, NULL), -EFAULT);
    CHECK_ERR(sock_connect(socket_handle, NULL), -EFAULT);
    CHECK_ERR(sock_getsockname(socket_handle, NULL), -EFAULT);
    CHECK_ERR(sock_getpeername(socket_handle, NULL), -EFAULT);
    CHECK_ERR(sock_send(socket_handle, NULL, 1, 0), -EFAULT);
    CHECK_ERR(sock_recv(socket_handle, NULL, 1, 0), -EFAULT);
    CHECK_ERR(sock_sendto(socket_handle, NULL, 1, 0, &loopback), -EFAULT);
    CHECK_ERR(sock_recvfrom(socket_handle, NULL, 1, 0, &out.addr), -EFAULT);
    size_t sent = 7;
    CHECK_ERR(sock_sendall(socket_handle, NULL, 1, 0, &sent), -EFAULT);
    CHECK_EQ(sent, 0);
    CHECK_ERR(sock_getsockopt(socket_handle, SOL_SOCKET, SO_TYPE, NULL, &room), -EFAULT);
    CHECK_EQ(room, sizeof(int));
    CHECK_ERR(sock_getsockopt(socket_handle, SOL_SOCKET, SO_TYPE, &out.number, NULL), -EFAULT);
    CHECK_ERR(sock_getsockopt_int(socket_handle, SOL_SOCKET, SO_TYPE, NULL), -EFAULT);
    CHECK_ERR(sock_setsockopt(socket_handle, SOL_SOCKET, SO_REUSEADDR, NULL, sizeof(int)), -EFAULT);
    CHECK_MEM(&out, &untouched, sizeof out);
    CHECK_EQ(open_fds(), fds);

    /* The error text names the argument. */
    char text[200];
    CHECK_ERR(sock_bind(socket_handle, NULL), -EFAULT);
    CHECK_GT(sock_last_error(NULL, text, sizeof text), 0);
    CHECK(strstr(text, "addr") != NULL);
    teardown();
}

static void test_zero_lengths(void)
{
    sock_t stream[2], datagram[2];
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, stream));
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_DGRAM, 0, datagram));
    struct sock_addr from;
    size_t sent = 7, room = 0;

    CHECK_EQ(sock_send(stream[0], NULL, 0, 0), 0);
    CHECK_EQ(sock_sendall(stream[0], NULL, 0, 0, &sent), 0);
    CHECK_EQ(sent, 0);
    CHECK_ERR(sock_recv(stream[1], NULL, 0, MSG_DONTWAIT), -EAGAIN); /* R68: calls the kernel */
    CHECK_EQ(sock_send(stream[0], "x", 1, 0), 1);
    CHECK_EQ(sock_recv(stream[1], NULL, 0, 0), 0);
    CHECK_EQ(sock_recvfrom(stream[1], NULL, 0, 0, NULL), 0);

    /* R83, R88, R69: each sends a datagram, each receive takes one. */
    CHECK_EQ(sock_send(datagram[0], NULL, 0, 0), 0);
    CHECK_EQ(sock_sendto(datagram[0], NULL, 0, 0, NULL), 0);
    CHECK_EQ(sock_sendall(datagram[0], NULL, 0, 0, NULL), 0);
    CHECK_EQ(sock_recv(datagram[1], NULL, 0, 0), 0);
    CHECK_EQ(sock_recvfrom(datagram[1], NULL, 0, 0, &from), 0);
    CHECK_EQ(from.len, 0);
    CHECK_EQ(sock_recv(datagram[1], NULL, 0, 0), 0);
    CHECK_ERR(sock_recv(datagram[1], NULL, 0, MSG_DONTWAIT), -EAGAIN);

    CHECK_EQ(sock_getsockopt(stream[0], SOL_SOCKET, SO_TYPE, NULL, &room), 0);
    CHECK_ERR(sock_setsockopt(stream[0], SOL_SOCKET, SO_REUSEADDR, "", 0), -EINVAL);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(sock_close(stream[i]));
        CHECK_OK(sock_close(datagram[i]));
    }
}

static void test_lengths_beyond_memory(void)
{
    sock_t pair[2];
    char byte = 'x';
    size_t sent = 7;
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    for (size_t len = SIZE_MAX; len > SIZE_MAX / 2; len -= SIZE_MAX / 4) {
        CHECK_ERR(sock_send(pair[0], &byte, len, 0), -EINVAL);
        CHECK_ERR(sock_recv(pair[0], &byte, len, 0), -EINVAL);
        CHECK_ERR(sock_sendto(pair[0], &byte, len, 0, NULL), -EINVAL);
        CHECK_ERR(sock_recvfrom(pair[0], &byte, len, 0, NULL), -EINVAL);
        CHECK_ERR(sock_sendall(pair[0], &byte, len, 0, &sent), -EINVAL);
        CHECK_EQ(sent, 0);
        CHECK_ERR(sock_setsockopt(pair[0], SOL_SOCKET, SO_REUSEADDR, &byte, len), -EINVAL);
        CHECK_ERR(sock_setsockopt(pair[0], SOL_SOCKET, SO_REUSEADDR, NULL, len), -EINVAL);
    }
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

static void test_malformed_addresses(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    struct sock_addr addr;
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &addr));
    for (int i = 0; i < 4; i++) {
        struct sock_addr bad = addr;
        switch (i) {
        case 0: bad.len = 1; break;
        case 1: bad.len = 129; break;
        case 2: bad.len = UINT32_MAX; break;
        default: bad.zero = 1; break;
        }
        CHECK_ERR(sock_bind(s, &bad), -EINVAL);
        CHECK_ERR(sock_connect(s, &bad), -EINVAL);
        CHECK_ERR(sock_sendto(s, "x", 1, 0, &bad), -EINVAL);
    }
    CHECK_OK(sock_bind(s, &addr));
    CHECK_OK(sock_close(s));
}

/* The header compared with the table --------------------------------------------------------------- */

static char *header_without_comments(void)
{
    FILE *file = fopen("include/sock.h", "re");
    if (!file)
        FAIL("include/sock.h: %s; run the test from the top of the tree", strerror(errno));
    char *text = malloc(1 << 20);
    CHECK(text != NULL);
    size_t len = fread(text, 1, (1 << 20) - 1, file);
    CHECK(feof(file));
    fclose(file);
    text[len] = 0;
    for (char *at = text; (at = strstr(at, "/*")) != NULL;) {
        char *end = strstr(at, "*/");
        CHECK(end != NULL);
        memset(at, ' ', (size_t)(end + 2 - at));
    }
    return text;
}

/* Whether `params` has an integer type that is a handle, by value and not as an output. */
static bool takes_handle(const char *params, const char *end)
{
    for (const char *at = params; at < end; at++) {
        if (strncmp(at, "sock_", 5) != 0)
            continue;
        size_t word = strspn(at, "abcdefghijklmnopqrstuvwxyz_0123456789");
        const char *next = at + word + strspn(at + word, " ");
        const char *last = at + strcspn(at, ",)") - 1; /* of `sock_t out[2]` */
        /* sock_t, sock_cancel_t and other handle types; structs are not handles. */
        bool is_type = word >= 6 && strncmp(at + word - 2, "_t", 2) == 0;
        bool is_struct = at - params >= 7 && strncmp(at - 7, "struct ", 7) == 0;
        if (is_type && !is_struct && *next != '*' && *last != ']')
            return true;
        at += word - 1;
    }
    return false;
}

static void test_every_function_is_here(void)
{
    char *text = header_without_comments();
    int found = 0;
    for (char *at = text; (at = strchr(at, '(')) != NULL; at++) {
        char *name = at;
        while (name > text && strchr("abcdefghijklmnopqrstuvwxyz_0123456789", name[-1]))
            name--;
        char *end = strchr(at, ')');
        if (!end || strncmp(name, "sock_", 5) != 0 || !takes_handle(at + 1, end))
            continue;
        size_t len = (size_t)(at + 1 - name);
        bool here = false;
        for (size_t i = 0; i < COUNT; i++) {
            const char *call = strstr(functions[i].text, "sock_");
            here |= call && strncmp(call, name, len) == 0;
        }
        if (!here)
            FAIL("%.*s takes a handle and is not in the table CALLS of this test", (int)len - 1, name);
        found++;
    }
    CHECK_GE(found, 30); /* otherwise the header was not read correctly */
    free(text);
}

TEST_MAIN(test_every_function_is_here, test_invalid_handles, test_forged_generations_and_kinds,
          test_a_million_random_numbers, test_wrong_kind, test_second_close, test_null_pointers,
          test_zero_lengths, test_lengths_beyond_memory, test_malformed_addresses)
