/* libsock in the scene of bench/pair.h, in which bench/peers has other libraries too. */
#include "pair.h"

static sock_t handles[6];
static int used;

static void *take(int fd)
{
    NEED((handles[used] = sock_from_fd(fd, -1, -1, -1)) > 0);
    return &handles[used++];
}

static void send_all(void *socket, const void *data, size_t len)
{
    NEED(sock_send(*(sock_t *)socket, data, len, 0) == (int64_t)len);
}

static void receive(void *socket, void *data, size_t len)
{
    NEED(sock_recv(*(sock_t *)socket, data, len, 0) == (int64_t)len);
}

static void set_timeout(void *socket, int seconds)
{
    NEED(sock_settimeout(*(sock_t *)socket, seconds * INT64_C(1000000000)) == 0);
}

int main(void)
{
    pair_main(&(struct pair){"libsock", take, send_all, receive, set_timeout});
    return 0;
}
