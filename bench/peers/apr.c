/* APR in the scene of bench/pair.h. */
#include "pair.h"

#include <apr_general.h>
#include <apr_network_io.h>
#include <apr_portable.h>

static apr_pool_t *pool;

static void *take(int fd)
{
    apr_socket_t *socket = NULL;
    NEED(apr_os_sock_put(&socket, &fd, pool) == APR_SUCCESS);
    NEED(apr_socket_timeout_set(socket, -1) == APR_SUCCESS);
    return socket;
}

static void send_all(void *socket, const void *data, size_t len)
{
    apr_size_t count = len;
    NEED(apr_socket_send(socket, data, &count) == APR_SUCCESS && count == len);
}

static void receive(void *socket, void *data, size_t len)
{
    apr_size_t count = len;
    NEED(apr_socket_recv(socket, data, &count) == APR_SUCCESS && count == len);
}

static void set_timeout(void *socket, int seconds)
{
    NEED(apr_socket_timeout_set(socket, apr_time_from_sec(seconds)) == APR_SUCCESS);
}

int main(void)
{
    NEED(apr_initialize() == APR_SUCCESS && apr_pool_create(&pool, NULL) == APR_SUCCESS);
    pair_main(&(struct pair){"APR", take, send_all, receive, set_timeout});
    return 0;
}
