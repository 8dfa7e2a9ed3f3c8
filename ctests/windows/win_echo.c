/* The echo demo on Windows: the library loads, serves and is a client, over IPv4 and IPv6. */
#include "../check.h"

#include <sys/socket.h>

#include <string.h>

struct server {
    sock_t listener;
    int connections;
};

static void serve(void *arg)
{
    struct server *server = arg;
    for (int i = 0; i < server->connections; i++) {
        struct sock_addr peer;
        sock_t s = CHECK_OK(sock_accept(server->listener, &peer));
        CHECK(sock_addr_family(&peer) == AF_INET || sock_addr_family(&peer) == AF_INET6);
        char data[64];
        int64_t count;
        while ((count = CHECK_OK(sock_recv(s, data, sizeof data, 0))) > 0)
            CHECK_EQ(sock_sendall(s, data, (size_t)count, 0, NULL), 0);
        CHECK_OK(sock_close(s));
    }
}

static void echo_at(const char *host, int family)
{
    struct sock_addr at;
    struct server server = {.connections = 3};
    server.listener = CHECK_OK(sock_socket(family, SOCK_STREAM, 0));
    CHECK_OK(sock_addr_ip(host, 0, &at));
    CHECK_OK(sock_bind(server.listener, &at));
    CHECK_OK(sock_listen(server.listener, SOCK_BACKLOG_DEFAULT));
    CHECK_OK(sock_getsockname(server.listener, &at));
    struct thread thread;
    thread_start(&thread, serve, &server);
    for (int i = 0; i < server.connections; i++) {
        static const char message[] = "This is the message.  It will be repeated.";
        char back[sizeof message];
        size_t received = 0;
        sock_t s = CHECK_OK(sock_socket(family, SOCK_STREAM, 0));
        CHECK_OK(sock_settimeout(s, SEC(5)));
        CHECK_OK(sock_connect(s, &at));
        CHECK_OK(sock_sendall(s, message, sizeof message, 0, NULL));
        while (received < sizeof message)
            received += (size_t)CHECK_OK(sock_recv(s, back + received, sizeof message - received, 0));
        CHECK_MEM(back, message, sizeof message);
        CHECK_OK(sock_shutdown(s, SD_SEND));
        CHECK_EQ(sock_recv(s, back, sizeof back, 0), 0);
        CHECK_OK(sock_close(s));
    }
    thread_join_within(&thread, 2000);
    CHECK_OK(sock_close(server.listener));
}

static void test_echo_ipv4(void)
{
    echo_at("127.0.0.1", AF_INET);
}

static void test_echo_ipv6(void)
{
    echo_at("::1", AF_INET6);
}

TEST_MAIN(test_echo_ipv4, test_echo_ipv6)
