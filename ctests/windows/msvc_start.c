/* A program for Microsoft's target without a C runtime: it links with sock.lib, and a byte goes through a pair. */
#include <sock.h>

enum { AF_INET_ = 2, SOCK_STREAM_ = 1 };

int start(void)
{
    sock_t pair[2];
    char byte = 0;
    if (sock_socketpair(AF_INET_, SOCK_STREAM_, 0, pair) != 0)
        return 2;
    if (sock_send(pair[0], "x", 1, 0) != 1 || sock_recv(pair[1], &byte, 1, 0) != 1 || byte != 'x')
        return 3;
    return sock_close(pair[0]) == 0 && sock_close(pair[1]) == 0 ? 0 : 4;
}
