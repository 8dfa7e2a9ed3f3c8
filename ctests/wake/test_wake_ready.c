/* A blocked call continues when it can succeed: every call, every kind of socket. Also if poll(2) cannot
 * tell: a full AF_UNIX datagram receiver to which the sender is not connected, a full AF_UNIX backlog, a full
 * receiver of netlink messages. Calls that cannot block do not. */
#include "scene.h"

enum { ROUNDS = 10 };

/* Sends 5 bytes to the receiver. */
static void provide(struct scene *c)
{
    if (c->others[0]) {
        CHECK_EQ(sock_send(c->others[0], "12345", 5, 0), 5);
        return;
    }
    sock_t sender = scene_socket(c->kind, false);
    CHECK_EQ(sock_sendto(sender, "12345", 5, 0, &c->to), 5);
    CHECK_ERR(sock_close(sender), 0);
}

/* Empties a full receiver. */
static void drain(struct scene *c)
{
    char buf[65536];
    CHECK_OK(sock_settimeout(c->others[0], 0));
    for (int quiet = 0; quiet < 3; quiet++) {
        while (sock_recv(c->others[0], buf, sizeof buf, 0) > 0)
            quiet = 0;
        sleep_ms(0.2);
    }
}

/* Lets the blocked call succeed. */
static void release(struct scene *c)
{
    if (c->call == ACCEPT) {
        c->others[0] = scene_socket(c->kind, false);
        CHECK_ERR(sock_connect(c->others[0], &c->to), 0);
    } else if (c->call == CONNECT) {
        CHECK_ERR(sock_close(c->others[1]), 0);
        c->others[1] = CHECK_OK(sock_accept(c->others[0], NULL));
    } else if (c->call <= RECVMSG) {
        provide(c);
    } else {
        drain(c);
    }
}

static int64_t expected(const struct scene *c)
{
    return c->call == CONNECT || c->call == SENDALL ? 0 : c->call <= RECVMSG ? 5 : 64;
}

static void one(struct scene *c, double limit_ms)
{
    struct thread t;
    char title[128];
    scene_open(c);
    thread_start(&t, scene_call, c);
    thread_wait_blocked(&t);
    int64_t released_at = now_ns();
    release(c);
    thread_join_within(&t, 5000);
    int64_t took = c->returned_at - released_at;
    if (c->call == ACCEPT ? c->result <= 0 : c->result != expected(c))
        FAIL("%s: %lld (%s)", scene_title(c, title, sizeof title), (long long)c->result, sock_err_name(c->result));
    if (took > MS(limit_ms * test_scale()))
        FAIL("%s: returned after %.3f ms", scene_title(c, title, sizeof title), (double)took / 1e6);
    if (c->call == SENDALL)
        CHECK_EQ(c->sent, 64);
    if (c->call == ACCEPT)
        CHECK_ERR(sock_close(c->result), 0);
    scene_close(c, true);
}

static void kind(enum kind kind)
{
    for (int call = 0; call < CALLS; call++) {
        if (!can_block(kind, call) || needs_slow_network(kind, call))
            continue;
        /* A dropped SYN is sent again after a second. */
        bool syn = kind == TCP && call == CONNECT;
        for (int i = 0; i < (syn ? 1 : ROUNDS); i++) {
            struct scene c = {.kind = kind, .call = call, .seen = i & 1, .timeout = i & 2 ? SEC(60) : SOCK_FOREVER};
            one(&c, syn ? 3000 : 100);
        }
    }
}

static void test_tcp(void) { kind(TCP); }
static void test_udp(void) { kind(UDP); }
static void test_unix_stream(void) { kind(STREAM); }
static void test_unix_dgram(void) { kind(DGRAM); }
static void test_unix_seqpacket(void) { kind(SEQPACKET); }
static void test_netlink(void) { kind(NETLINK); }

/* The pairs that cannot block return at once, in blocking mode. */
static void at_once(enum kind first, enum kind last)
{
    for (int kind = first; kind <= (int)last; kind++) {
        for (int call = ACCEPT; call <= CONNECT; call++) {
            if (can_block(kind, call))
                continue;
            struct scene c = {.kind = kind, .call = call, .timeout = SOCK_FOREVER};
            c.s = scene_socket(kind, false);
            c.to = scene_any(kind);
            if (call == CONNECT && kind != PACKET) {
                c.others[0] = scene_socket(kind, false);
                c.to = scene_name(kind, c.others[0]);
            }
            int64_t began = now_ns();
            scene_call(&c);
            printf("# %s on %s cannot block: %s\n", call_names[call], kinds[kind].name, sock_err_name(c.result));
            CHECK_ERR(c.result, call == CONNECT && kind != PACKET ? 0 : -EOPNOTSUPP);
            CHECK_TIME(now_ns() - began, 0, 20);
            scene_close(&c, true);
        }
    }
}

static void test_other_pairs_return_at_once(void) { at_once(TCP, NETLINK); }

static void test_packet_returns_at_once(void)
{
    slow_network_enter();
    at_once(PACKET, PACKET);
}

TEST_MAIN(test_tcp, test_udp, test_unix_stream, test_unix_dgram, test_unix_seqpacket, test_netlink,
          test_other_pairs_return_at_once, test_packet_returns_at_once)
