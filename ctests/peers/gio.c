/* GIO. */
#include <gio/gio.h>
#include <gio/gnetworking.h>
#include <linux/netlink.h>

#include "peer.h"

static void start(void)
{
    g_networking_init();
}

static void *adopt(int fd)
{
    GSocket *s = g_socket_new_from_fd(fd, NULL);
    g_socket_set_blocking(s, TRUE);
    return s;
}

static long own_send(void *s, const void *buf, size_t len)
{
    return g_socket_send(s, buf, len, NULL, NULL);
}

static long own_recv(void *s, void *buf, size_t len)
{
    return g_socket_receive(s, buf, len, NULL, NULL);
}

/* The reference stays, so that a stale use is no use of freed memory. */
static void own_close(void *s)
{
    g_socket_close(s, NULL);
}

/* Its timeout has whole seconds. */
static int dial(const char *host, uint16_t port, int limit_ms)
{
    GSocketClient *client = g_socket_client_new();
    g_socket_client_set_timeout(client, (guint)limit_ms / 1000);
    return g_socket_client_connect_to_host(client, host, port, NULL, NULL) ? 0 : -1;
}

static int wait_ms;

static gpointer fire(gpointer token)
{
    g_usleep((gulong)wait_ms * 1000);
    g_cancellable_cancel(token);
    return NULL;
}

static int dial_cancel(const char *host, uint16_t port, int limit_ms)
{
    GCancellable *token = g_cancellable_new();
    wait_ms = limit_ms;
    g_thread_new("fire", fire, token);
    return g_socket_client_connect_to_host(g_socket_client_new(), host, port, token, NULL) ? 0 : -1;
}

static int connected;

static void on_connect(GObject *client, GAsyncResult *answer, gpointer main_loop)
{
    connected = g_socket_client_connect_to_host_finish(G_SOCKET_CLIENT(client), answer, NULL) != NULL;
    g_main_loop_quit(main_loop);
}

static int dial_async(const char *host, uint16_t port, int limit_ms)
{
    GMainLoop *main_loop = g_main_loop_new(NULL, FALSE);
    GSocketClient *client = g_socket_client_new();
    g_socket_client_set_timeout(client, (guint)limit_ms / 1000);
    g_socket_client_connect_to_host_async(client, host, port, NULL, on_connect, main_loop);
    g_main_loop_run(main_loop);
    return connected ? 0 : -1;
}

static int netlink(void)
{
    struct sockaddr_nl own = {.nl_family = AF_NETLINK};
    GSocket *s = g_socket_new((GSocketFamily)AF_NETLINK, (GSocketType)SOCK_RAW, NETLINK_ROUTE, NULL);
    GSocketAddress *addr = g_native_socket_address_new(&own, sizeof own);
    return s && g_socket_bind(s, addr, FALSE, NULL) ? 0 : -1;
}

const struct peer peer = {
    .name = "GIO",
    .start = start,
    .adopt = adopt,
    .send = own_send,
    .recv = own_recv,
    .close = own_close,
    .dial = dial,
    .dial_cancel = dial_cancel,
    .dial_async = dial_async,
    .netlink = netlink,
};
