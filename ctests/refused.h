/* Datagrams to closed ports, and sockets that poll reports as ready when they are not. */
#ifndef SOCK_REFUSED_H
#define SOCK_REFUSED_H

#include "check.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static inline sock_t udp_socket(int family, struct sock_addr *name)
{
    sock_t s = CHECK_OK(sock_socket(family, SOCK_DGRAM, 0));
    CHECK_OK(sock_addr_ip(family == AF_INET ? "127.0.0.1" : "::1", 0, name));
    CHECK_OK(sock_bind(s, name));
    CHECK_OK(sock_getsockname(s, name));
    return s;
}

/* An address on which nobody listens. */
static inline struct sock_addr closed_port(int family)
{
    struct sock_addr name;
    CHECK_OK(sock_close(udp_socket(family, &name)));
    return name;
}

static inline bool refuses(int family)
{
    int fd = socket(family, SOCK_DGRAM, 0), number = 0;
    if (fd < 0)
        return false;
    struct sock_addr gone;
    sock_t probe = sock_socket(family, SOCK_DGRAM, 0);
    CHECK_OK(sock_addr_ip(family == AF_INET ? "127.0.0.1" : "::1", 0, &gone));
    bool reported = sock_bind(probe, &gone) == 0 && sock_getsockname(probe, &gone) == 0;
    sock_close(probe);
    socklen_t len = sizeof number;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    reported = reported && connect(fd, (struct sockaddr *)gone.native, gone.len) == 0 && send(fd, "x", 1, 0) == 1 &&
           poll(&ready, 1, 500) == 1 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &len) == 0 &&
           number == ECONNREFUSED;
    CHECK_SYS(close(fd));
    return reported;
}

/* A family for which this machine's kernel reports datagrams to a closed port, tested with raw descriptors,
 * because ICMP can be limited or filtered. Skips the test if there is none. */
static inline int refusing_family(void)
{
    if (refuses(AF_INET))
        return AF_INET;
    if (!refuses(AF_INET6))
        SKIP("the kernel does not report datagrams to a closed port");
    return AF_INET6;
}

/* A UDP socket with IP_RECVERR and an unread error: poll always reports it as ready, but a receive finds
 * nothing. */
static inline sock_t falsely_ready(int family)
{
    struct sock_addr to = closed_port(family), name;
    sock_t s = udp_socket(family, &name);
    bool v4 = family == AF_INET;
    char byte;
    CHECK_OK(sock_setsockopt_int(s, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, 1));
    CHECK_EQ(sock_sendto(s, "refuse", 6, 0, &to), 6);
    CHECK_OK(sock_settimeout(s, SEC(2)));
    CHECK_ERR(sock_recv(s, &byte, 1, 0), -ECONNREFUSED);
    CHECK_OK(sock_settimeout(s, SOCK_FOREVER));
    return s;
}

#endif
