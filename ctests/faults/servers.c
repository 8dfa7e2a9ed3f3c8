/* Servers: listeners by name, accept that waits, Unix paths, what a service manager hands over. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario.h"

static void tcp_server(void)
{
    sock_t listener, client, server;
    struct sock_addr at;
    OPEN(listener, sock_create_server("127.0.0.1", "0", NULL));
    DO(sock_getsockname(listener, &at));
    OPEN(client, sock_socket(AF_INET, SOCK_STREAM, 0));
    DO(sock_connect(client, &at));
    OPEN(server, sock_accept(listener, NULL));
}

static void dual_server(void)
{
    sock_t listener;
    struct sock_server_options opt = {.size = sizeof opt, .family = AF_INET6, .dualstack = 1};
    OPEN(listener, sock_create_server(NULL, "0", &opt));
}

static void every_address(void)
{
    sock_t listeners[8];
    int64_t count;
    char port[8];
    /* Below those of connections: the port that the kernel chooses for one address may be taken on the other. */
    snprintf(port, sizeof port, "%d", 10000 + (int)getpid() % 20000);
    TRY(count, sock_create_servers("localhost", port, NULL, listeners, 8));
    for (int64_t i = 0; i < count; i++)
        keep(listeners[i]);
}

/* A socket file that nobody serves is removed; the new one gets its mode. */
static void unix_path(void)
{
    static char place[64], name[96];
    sock_t listener;
    struct sock_addr at;
    struct sock_server_options opt = {.size = sizeof opt, .family = AF_UNIX, .remove_stale = 1, .file_mode = 0600};
    snprintf(place, sizeof place, "/tmp/sock-faults-%d", (int)getpid());
    snprintf(name, sizeof name, "%s/s", place);
    mkdir(place, 0700);
    unlink(name);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    DO(sock_addr_unix(name, strlen(name), &at));
    struct sockaddr_storage raw;
    int64_t len = sock_addr_native(&at, &raw, sizeof raw);
    if (bind(fd, (struct sockaddr *)&raw, (socklen_t)len) != 0)
        finding("bind of a stale socket failed");
    close(fd);
    region_begin();
    listener = sock_create_server(name, NULL, &opt);
    region_end();
    if (listener >= 0)
        keep(listener);
    unlink(name);
    rmdir(place);
    call_ended(listener, 0, false, "sock_create_server");
}

static void connect_later(void *arg)
{
    region_leave_out_this_thread();
    own_sleep_ms(2);
    struct sock_addr *at = arg;
    struct sockaddr_storage raw;
    int64_t len = sock_addr_native(at, &raw, sizeof raw);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&raw, (socklen_t)len) == 0)
        own_sleep_ms(20);
    close(fd);
}

static void accept_waits(void)
{
    sock_t listener, server;
    struct sock_addr at;
    struct helper h;
    OPEN(listener, sock_create_server("127.0.0.1", "0", NULL));
    DO(sock_getsockname(listener, &at));
    DO(sock_settimeout(listener, 3000000000));
    if (!helper_start(&h, connect_later, &at))
        return;
    region_begin();
    server = sock_accept(listener, &at);
    region_end();
    if (server >= 0)
        keep(server);
    helper_join(&h);
    call_ended(server, 0, false, "sock_accept");
}

static void accept_in_vain(void)
{
    sock_t listener;
    OPEN(listener, sock_create_server("127.0.0.1", "0", NULL));
    DO(sock_settimeout(listener, 5000000));
    EXPECT(sock_accept(listener, NULL), SOCK_ETIMEDOUT);
    DO(sock_settimeout(listener, 0));
    EXPECT(sock_accept(listener, NULL), -11);
}

static void activation(void)
{
    char text[32];
    snprintf(text, sizeof text, "%d", (int)getpid());
    setenv("LISTEN_PID", text, 1);
    setenv("LISTEN_FDS", "0", 1);
    EXPECT(sock_activation_count(), 0);
    EXPECT(sock_activation_take(0), -22);
}

const struct scenario server_scenarios[] = {
    {"tcp_server", tcp_server},
    {"dual_server", dual_server},
    {"every_address", every_address},
    {"unix_path", unix_path},
    {"accept_waits", accept_waits},
    {"accept_in_vain", accept_in_vain},
    {"activation", activation},
    {NULL, NULL},
};
