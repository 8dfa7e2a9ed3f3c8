/* Shared by the tests of transfers: pairs, ways to fill them, calls in separate threads. */
#ifndef SOCK_TRANSFER_H
#define SOCK_TRANSFER_H

#include "check.h"
#include "refused.h"

#include <stdlib.h>
#include <sys/socket.h>

enum { MEGABYTE = 1 << 20 };

static inline void make_pair(int type, sock_t pair[2])
{
    CHECK_OK(sock_socketpair(AF_UNIX, type, 0, pair));
}

static inline void make_tcp(sock_t pair[2])
{
    struct sock_addr addr;
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &addr));
    sock_t server = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_bind(server, &addr));
    CHECK_OK(sock_listen(server, 1));
    CHECK_OK(sock_getsockname(server, &addr));
    pair[0] = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_connect(pair[0], &addr));
    pair[1] = CHECK_OK(sock_accept(server, NULL));
    CHECK_OK(sock_close(server));
}

static inline sock_t make_udp(struct sock_addr *name)
{
    return udp_socket(AF_INET, name);
}

static inline void close_pair(sock_t pair[2])
{
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

/* Exposes both descriptors: the calls then work without O_NONBLOCK on them. */
static inline void show(sock_t pair[2])
{
    CHECK_OK(sock_fileno(pair[0]));
    CHECK_OK(sock_fileno(pair[1]));
}

/* A byte pattern in which each byte differs from its neighbours and from the byte at the same offset one
 * period earlier. */
static inline char *pattern(size_t len)
{
    char *data = malloc(len);
    CHECK(data != NULL);
    for (size_t i = 0; i < len; i++)
        data[i] = (char)(i * 31 + i / 251);
    return data;
}

/* Fixed buffer sizes. TCP would grow its buffers at any time and let more data through. */
static inline void fix_buffers(sock_t pair[2])
{
    for (int i = 0; i < 2; i++) {
        CHECK_OK(sock_setsockopt_int(pair[i], SOL_SOCKET, SO_SNDBUF, 65536));
        CHECK_OK(sock_setsockopt_int(pair[i], SOL_SOCKET, SO_RCVBUF, 65536));
    }
}

/* Sends until the socket is full. TCP frees room again when a late acknowledgement arrives (40 ms or 
 * more). */
static inline void fill(sock_t s)
{
    static const char block[4096];
    int enough = sock_family(s) == AF_UNIX ? 1 : 120;
    for (int quiet = 0; quiet < enough; quiet++) {
        while (sock_send(s, block, sizeof block, MSG_DONTWAIT) > 0 || sock_send(s, block, 1, MSG_DONTWAIT) > 0)
            quiet = 0;
        sleep_ms(1);
    }
}

static inline int full_tries(sock_t s)
{
    return sock_family(s) == AF_UNIX ? 1 : 20;
}

/* A send on a full socket ends with this code. If TCP freed room late, the send takes some bytes instead;
 * then this fills the socket again. Returns how long the send took. */
#define CHECK_FULL(s, call, code)                                             \
    __extension__({                                                           \
        int64_t result_ = 1, began_ = 0, ended_ = 0;                          \
        for (int left_ = full_tries(s); left_ > 0 && result_ >= 0; left_--) { \
            fill(s);                                                          \
            began_ = now_ns();                                                \
            result_ = (call);                                                 \
            ended_ = now_ns();                                                \
        }                                                                     \
        CHECK_ERR(result_, code);                                             \
        ended_ - began_;                                                      \
    })

/* A call in another thread: start it, then look at it once it has blocked or ended. */
struct call {
    struct thread thread;
    sock_t s;
    char *data;
    size_t len;
    int flags;
    int64_t result;
    size_t sent;
};

static inline void receive(void *arg)
{
    struct call *c = arg;
    c->result = sock_recv(c->s, c->data, c->len, c->flags);
}

static inline void transmit(void *arg)
{
    struct call *c = arg;
    c->result = sock_send(c->s, c->data, c->len, c->flags);
}

static inline void transmit_all(void *arg)
{
    struct call *c = arg;
    c->result = sock_sendall(c->s, c->data, c->len, c->flags, &c->sent);
}

static inline void start(struct call *c, void (*run)(void *), sock_t s, char *data, size_t len, int flags)
{
    *c = (struct call){.s = s, .data = data, .len = len, .flags = flags};
    thread_start(&c->thread, run, c);
}

#endif
