/* The echo server and the DNS server: peers.h. */
#include "peers.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "../dns.h"
#include "scenario.h"

struct sock_addr echo_address;
const char *echo_port;

static void *echo_one(void *arg)
{
    char buf[4096];
    int fd = (int)(intptr_t)arg;
    for (ssize_t len; (len = recv(fd, buf, sizeof buf, 0)) > 0;) {
        own_sleep_ms(1);
        if (send(fd, buf, (size_t)len, MSG_NOSIGNAL) < 0)
            break;
    }
    close(fd);
    return NULL;
}

static void echo_run(int listener)
{
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        pthread_t thread;
        if (fd >= 0 && pthread_create(&thread, NULL, echo_one, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
        else
            own_sleep_ms(1);
    }
}

const char *peers_start(void)
{
    static const struct dns_name known[] = {
        {.name = "localhost", .a = "127.0.0.1", .aaaa = "::1"},
        {.name = "1.0.0.127.in-addr.arpa", .rcode = DNS_NXDOMAIN},
    };
    static char port[8];
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    const char *refusal = namespace_try();
    if (refusal)
        return refusal;
    namespace_entered = true;
    /* Ports of connections that have ended can be bound again at once. */
    namespace_write("/proc/sys/net/ipv4/tcp_max_tw_buckets", "0");
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), ready[2];
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) != 0 || listen(fd, 512) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) != 0 || pipe(ready) != 0)
        return "no echo server";
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dns_start(known, sizeof known / sizeof *known);
        close(ready[0]);
        close(ready[1]);
        echo_run(fd);
    }
    char byte;
    close(fd);
    close(ready[1]);
    if (pid < 0 || read(ready[0], &byte, 1) != 0)
        return "no peers";
    close(ready[0]);
    sock_addr_from_native(&a, len, &echo_address);
    snprintf(port, sizeof port, "%d", ntohs(a.sin_port));
    echo_port = port;
    /* When memory fails while it loads its databases, the C library itself crashes or goes on without them (glibc
     * 2.36, nss_database.c): they are loaded here, for all children. */
    struct addrinfo *list;
    if (getaddrinfo("localhost", "http", NULL, &list) == 0)
        freeaddrinfo(list);
    getservbyname("http", "tcp");
    getprotobyname("udp");
    gethostbyaddr(&a.sin_addr, sizeof a.sin_addr, AF_INET);
    /* What else the DNS server's header offers. */
    (void)test_a_released_resolver_leaves_nothing;
    return NULL;
}
