/* What scenario.c needs of a library; raw.c, sock.c, nspr.c, apr.c, gio.c and uv.c each implement it.
 *
 * A function that a library has no call for is NULL in its table, and the scenario prints "-".
 */
#ifndef SOCK_PEER_H
#define SOCK_PEER_H

#include <stddef.h>
#include <stdint.h>

struct peer {
    const char *name;
    void (*start)(void);
    /* Takes over a connected stream socket, in blocking mode. Never NULL. */
    void *(*adopt)(int fd);
    /* They return a count, or a negative number. */
    long (*send)(void *socket, const void *buf, size_t len);
    long (*recv)(void *socket, void *buf, size_t len);
    void (*close)(void *socket);
    /* Connects to a name with a limit, as the library's manual does it; 0 or a negative number. */
    int (*dial)(const char *host, uint16_t port, int limit_ms);
    /* The same, ended after the limit by whatever the library has for that; NULL: it has nothing more. */
    int (*dial_cancel)(const char *host, uint16_t port, int limit_ms);
    /* The same by the library's asynchronous call, in its event loop or poll(2); NULL: it has none. */
    int (*dial_async)(const char *host, uint16_t port, int limit_ms);
    /* What the library's manual asks of a forked child before it goes on; NULL: nothing. */
    void (*after_fork)(void);
    /* Creates an AF_NETLINK socket and binds it to an address; 0 or a negative number. */
    int (*netlink)(void);
};

extern const struct peer peer;

#endif
