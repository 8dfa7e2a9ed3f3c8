/* GLib's GSocket in the scene of bench/pair.h. */
#include "pair.h"

#include <gio/gio.h>

static void *take(int fd)
{
    GSocket *socket = g_socket_new_from_fd(fd, NULL);
    NEED(socket != NULL);
    return socket;
}

static void send_all(void *socket, const void *data, size_t len)
{
    NEED(g_socket_send(socket, data, len, NULL, NULL) == (gssize)len);
}

static void receive(void *socket, void *data, size_t len)
{
    NEED(g_socket_receive(socket, data, len, NULL, NULL) == (gssize)len);
}

static void set_timeout(void *socket, int seconds)
{
    g_socket_set_timeout(socket, (guint)seconds);
}

int main(void)
{
    pair_main(&(struct pair){"GSocket", take, send_all, receive, set_timeout});
    return 0;
}
