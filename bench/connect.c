/* The life of a connection, and of an unconnected socket, compared with the C library's calls. */
#include "bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { BLOCK = 25 };

static sock_t listener;
static int listener_fd;
static struct sock_addr at;
static struct sockaddr_storage native;
static socklen_t native_len;
static int family;
static uint32_t next_host; /* each pair of blocks connects to another local address */

static void listen_on(int of)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    family = of;
    NEED((listener = sock_socket(family, SOCK_STREAM, 0)) > 0);
    NEED((family == AF_UNIX ? sock_addr_unix(NULL, 0, &at) : sock_addr_ip("", 0, &at)) == 0);
    NEED(sock_bind(listener, &at) == 0 && sock_listen(listener, 1) == 0);
    /* The C library's listener is a separate socket of the same kind, so each side uses its own. */
    NEED((listener_fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) >= 0);
    if (family == AF_UNIX)
        NEED(bind(listener_fd, (struct sockaddr *)&(struct sockaddr_un){.sun_family = AF_UNIX}, sizeof(sa_family_t)) == 0);
    else
        NEED(bind(listener_fd, (struct sockaddr *)&any, sizeof any) == 0);
    NEED(listen(listener_fd, 1) == 0);
    native_len = sizeof native;
    NEED(getsockname(listener_fd, (struct sockaddr *)&native, &native_len) == 0);
    NEED(sock_getsockname(listener, &at) == 0);
}

static void stop_listening(void)
{
    NEED(sock_close(listener) == 0 && close(listener_fd) == 0);
}

/* Closed connections keep their ports for a while: no two blocks use the same address. */
static void aim(int n)
{
    (void)n;
    if (family != AF_INET)
        return;
    struct sockaddr_in to = *(struct sockaddr_in *)&native;
    int64_t port;
    char host[INET_ADDRSTRLEN];
    next_host++;
    to.sin_addr.s_addr = htonl(0x7f000001 + next_host / 2 % 0xfffff0);
    memcpy(&native, &to, sizeof to);
    NEED(sock_addr_get_ip(&at, NULL, 0, &port, NULL, NULL) > 0);
    NEED(inet_ntop(AF_INET, &to.sin_addr, host, sizeof host) != NULL && sock_addr_ip(host, port, &at) == 0);
}

static void cycle_sock(int n)
{
    for (int i = 0; i < n; i++) {
        sock_t client = sock_socket(family, SOCK_STREAM, 0);
        NEED(client > 0 && sock_connect(client, &at) == 0);
        sock_t server = sock_accept(listener, NULL);
        NEED(server > 0 && sock_close(client) == 0 && sock_close(server) == 0);
    }
}

static void cycle_seen(int n)
{
    for (int i = 0; i < n; i++) {
        sock_t client = sock_socket(family, SOCK_STREAM, 0);
        NEED(client > 0 && sock_fileno(client) >= 0 && sock_connect(client, &at) == 0);
        sock_t server = sock_accept(listener, NULL);
        NEED(server > 0 && sock_close(client) == 0 && sock_close(server) == 0);
    }
}

static void cycle_libc(int n)
{
    for (int i = 0; i < n; i++) {
        int client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        NEED(client >= 0 && connect(client, (struct sockaddr *)&native, native_len) == 0);
        int server = accept4(listener_fd, NULL, NULL, SOCK_CLOEXEC);
        NEED(server >= 0 && close(client) == 0 && close(server) == 0);
    }
}

static void open_close_sock(int n)
{
    for (int i = 0; i < n; i++)
        NEED(sock_close(sock_socket(AF_UNIX, SOCK_DGRAM, 0)) == 0);
}

static void open_close_libc(int n)
{
    for (int i = 0; i < n; i++)
        NEED(close(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == 0);
}

static const struct way sock_way = {cycle_sock, aim, NULL}, seen_way = {cycle_seen, aim, NULL},
                        libc_way = {cycle_libc, aim, NULL};

static void cycles(const char *threads)
{
    static const struct {
        int family, pairs;
        const char *name, *goal;
    } kinds[] = {{AF_INET, 500, "TCP", "<= 1.05"}, {AF_UNIX, 1500, "AF_UNIX", "<= 1.10"}};
    char name[100];
    for (int i = 0; i < 2; i++) {
        int pairs = kinds[i].pairs;
        listen_on(kinds[i].family);
        snprintf(name, sizeof name, "noise: connect cycle %s, C library against itself, %s", kinds[i].name, threads);
        figure_ratio(name, duel(libc_way, libc_way, BLOCK, pairs / 2), "-");
        snprintf(name, sizeof name, "connect cycle %s, %s", kinds[i].name, threads);
        figure_ratio(name, duel(sock_way, libc_way, BLOCK, pairs), kinds[i].goal);
        NEED(sock_fileno(listener) >= 0);
        snprintf(name, sizeof name, "connect cycle %s, descriptors seen, %s", kinds[i].name, threads);
        figure_ratio(name, duel(seen_way, libc_way, BLOCK, pairs / 2), "-");
        stop_listening();
    }
    struct way ours = {open_close_sock, NULL, NULL}, theirs = {open_close_libc, NULL, NULL};
    snprintf(name, sizeof name, "socket + close AF_UNIX, %s", threads);
    figure_ratio(name, duel(ours, theirs, BLOCK, 8000), "-");
}

/* A million cycles: the last ones cost as much as the first, compared with the C library. */
static void flat(void)
{
    enum { PARTS = 10, PAIRS = 1000000 / PARTS / BLOCK };
    struct way ours = {open_close_sock, NULL, NULL}, theirs = {open_close_libc, NULL, NULL};
    double first = 0, last = 0;
    for (int part = 0; part < PARTS; part++) {
        last = duel(ours, theirs, BLOCK, PAIRS).ratio;
        if (part == 0)
            first = last;
    }
    figure("1,000,000 socket + close: last tenth against the first", last / first, "x", -1, "<= 1.02");
}

int main(void)
{
    cycles("one thread");
    flat();
    second_thread(NULL);
    cycles("two threads");
    return 0;
}
