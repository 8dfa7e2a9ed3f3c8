/* What the tests of sockets have in common. */
#ifndef SOCK_SOCKET_H
#define SOCK_SOCKET_H

#include "check.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static inline sock_t make(int family, int type)
{
    return CHECK_OK(sock_socket(family, type, 0));
}

static inline struct sock_addr ip(const char *host, int port)
{
    struct sock_addr addr;
    CHECK_OK(sock_addr_ip(host, port, &addr));
    return addr;
}

static inline struct sock_addr local_name(sock_t s)
{
    struct sock_addr addr;
    CHECK_OK(sock_getsockname(s, &addr));
    return addr;
}

static inline void check_labels(sock_t s, int family, int type, int proto)
{
    CHECK_EQ(sock_family(s), family);
    CHECK_EQ(sock_type(s), type);
    CHECK_EQ(sock_proto(s), proto);
}

/* The newest descriptor of the process, found without asking libsock. */
static inline int newest_fd(void)
{
    int free_fd = CHECK_SYS(open("/dev/null", O_RDONLY | O_CLOEXEC));
    CHECK_SYS(close(free_fd));
    CHECK_GT(free_fd, 0);
    return free_fd - 1;
}

static inline bool is_nonblocking(int fd)
{
    return CHECK_SYS(fcntl(fd, F_GETFL)) & O_NONBLOCK;
}

static inline bool is_cloexec(int fd)
{
    return CHECK_SYS(fcntl(fd, F_GETFD)) & FD_CLOEXEC;
}

#endif
