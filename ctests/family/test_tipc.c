/* AF_TIPC on one node: services by name and range, connections, topology, and refusals. */
#include "family.h"

#include <linux/tipc.h>

enum { TYPE = 4711 };

static sock_t tipc(int type)
{
    return family_socket(AF_TIPC, type, 0, "AF_TIPC");
}

static sock_t bound(int type, const char *text)
{
    struct sock_addr addr;
    sock_t s = tipc(type);
    CHECK_OK(sock_addr_parse(text, &addr));
    CHECK_OK(sock_bind(s, &addr));
    CHECK_OK(sock_settimeout(s, SEC(60)));
    return s;
}

static sock_t receiver(void)
{
    sock_t s = bound(SOCK_RDM, "tipc:range:4711:100:199?scope=2");
    CHECK_OK(sock_settimeout(s, SOCK_FOREVER));
    return s;
}

static sock_t listener(void)
{
    sock_t s = bound(SOCK_STREAM, "tipc:range:4711:7:7?scope=2");
    CHECK_OK(sock_settimeout(s, SOCK_FOREVER));
    CHECK_OK(sock_listen(s, 4));
    return s;
}

/* TIPCTest: messages to a service; the sender's address is a socket id. */
static void test_messages(void)
{
    sock_t server = receiver(), client = tipc(SOCK_RDM);
    struct sock_addr to, from, own;
    char got[16];
    int64_t kind = 0, node = -1, ref = -1;
    CHECK_OK(sock_settimeout(server, SEC(60)));
    CHECK_OK(sock_addr_tipc(TIPC_ADDR_NAME, TYPE, 150, 0, 0, &to));
    CHECK_EQ(sock_sendto(client, "hello", 5, 0, &to), 5);
    CHECK_EQ(sock_recvfrom(server, got, sizeof got, 0, &from), 5);
    CHECK_MEM(got, "hello", 5);
    CHECK_OK(sock_addr_get_tipc(&from, &kind, &node, &ref, NULL, NULL));
    CHECK_EQ(kind, TIPC_ADDR_ID);
    CHECK_NE(ref, 0);
    check_round_trip(&from);
    CHECK_OK(sock_getsockname(client, &own));
    CHECK_EQ(own.len, 16);
    check_round_trip(&own);
    int64_t own_ref = -1;
    CHECK_OK(sock_addr_get_tipc(&own, NULL, NULL, &own_ref, NULL, NULL));
    CHECK_EQ(own_ref, ref);
    /* And back, to that id. */
    CHECK_EQ(sock_sendto(server, "answer", 6, 0, &from), 6);
    CHECK_OK(sock_settimeout(client, SEC(60)));
    CHECK_EQ(sock_recv(client, got, sizeof got, 0), 6);
    CHECK_MEM(got, "answer", 6);
    CHECK_OK(sock_close(client));
    CHECK_OK(sock_close(server));
}

static void connect_to_name(void *arg)
{
    struct sock_addr to;
    CHECK_OK(sock_addr_parse("tipc:name:4711:9", &to));
    CHECK_OK(sock_connect(*(sock_t *)arg, &to));
}

/* TIPCThreadableTest: a connection to a name, completed by accept. */
static void connection_of(int type)
{
    struct sock_addr peer, seen;
    char got[16];
    struct thread t;
    sock_t l = bound(type, "tipc:range:4711:9:9?scope=3"), c = tipc(type);
    CHECK_OK(sock_listen(l, 4));
    CHECK_OK(sock_settimeout(c, SEC(60)));
    thread_start(&t, connect_to_name, &c);
    sock_t a = CHECK_OK(sock_accept(l, &peer));
    thread_join(&t);
    check_round_trip(&peer);
    CHECK_OK(sock_getpeername(a, &seen));
    CHECK_EQ(sock_addr_equal(&peer, &seen), 1);
    CHECK_EQ(sock_send(c, "over", 4, 0), 4);
    CHECK_OK(sock_settimeout(a, SEC(60)));
    CHECK_EQ(sock_recv(a, got, sizeof got, 0), 4);
    CHECK_EQ(sock_sendall(a, "back", 4, 0, NULL), 0);
    CHECK_EQ(sock_recv(c, got, sizeof got, 0), 4);
    CHECK_MEM(got, "back", 4);
    CHECK_OK(sock_close(a));
    int64_t end = sock_recv(c, got, sizeof got, 0);
    CHECK(end == 0 || end == -ECONNRESET || end == -EPIPE);
    CHECK_OK(sock_close(c));
    CHECK_OK(sock_close(l));
}

static void test_stream(void) { connection_of(SOCK_STREAM); }
static void test_seqpacket(void) { connection_of(SOCK_SEQPACKET); }

/* A negated scope removes a name. */
static void test_scopes(void)
{
    sock_t server = bound(SOCK_RDM, "tipc:range:4711:300:300?scope=3"), client = tipc(SOCK_RDM);
    struct sock_addr to, back;
    char got[8];
    CHECK_OK(sock_addr_tipc(TIPC_ADDR_NAME, TYPE, 300, 0, 0, &to));
    CHECK_EQ(sock_sendto(client, "a", 1, 0, &to), 1);
    CHECK_EQ(sock_recv(server, got, sizeof got, 0), 1);
    CHECK_OK(sock_addr_tipc(TIPC_ADDR_NAMESEQ, TYPE, 300, 300, -TIPC_NODE_SCOPE, &back));
    CHECK_OK(sock_bind(server, &back));
    CHECK_OK(sock_settimeout(client, SEC(2)));
    CHECK_ERR(sock_sendto(client, "b", 1, 0, &to), -EHOSTUNREACH);
    CHECK_OK(sock_close(client));
    CHECK_OK(sock_close(server));
}

static void test_refusals(void)
{
    sock_t s = tipc(SOCK_RDM);
    struct sock_addr addr;
    check_foreign_addresses(s, true, true);
    CHECK_OK(sock_addr_tipc(TIPC_ADDR_NAMESEQ, 1, 5, 5, TIPC_CLUSTER_SCOPE, &addr));
    CHECK_ERR(sock_bind(s, &addr), -EACCES); /* a type reserved by TIPC */
    CHECK_OK(sock_close(s));
    s = tipc(SOCK_STREAM);
    CHECK_OK(sock_addr_tipc(TIPC_ADDR_NAME, TYPE, 999, 0, 0, &addr));
    CHECK_OK(sock_settimeout(s, SEC(20)));
    CHECK_LT(sock_connect(s, &addr), 0); /* no socket has this name */
    CHECK_OK(sock_close(s));
    CHECK_ERR(sock_addr_tipc(TIPC_ADDR_NAMESEQ, TYPE, 6, 5, TIPC_CLUSTER_SCOPE, &addr), -EINVAL);
}

static void test_receive_wakes(void) { check_wakes(receiver); }
static void test_accept_wakes(void) { check_wakes_of(listener, true); }

TEST_MAIN(test_messages, test_stream, test_seqpacket, test_scopes, test_refusals, test_receive_wakes,
          test_accept_wakes)
