/* Numeric addresses compared with getaddrinfo(3), the C library's function for both families. */
#include "bench.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { BLOCK = 25, PAIRS = 20000 };

static const char *host;
static int hints_flags;
static struct sock_addr out;
static char text[64];

static void make_sock(int n)
{
    for (int i = 0; i < n; i++)
        NEED(sock_addr_ip(host, 80, &out) == 0);
}

static void resolve_sock(int n)
{
    for (int i = 0; i < n; i++)
        NEED(sock_resolve(host, "80", 0, 0, &out) == 0);
}

static void make_libc(int n)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = hints_flags}, *found;
    for (int i = 0; i < n; i++) {
        NEED(getaddrinfo(host, "80", &hints, &found) == 0);
        freeaddrinfo(found);
    }
}

static void format_sock(int n)
{
    for (int i = 0; i < n; i++)
        NEED(sock_addr_format(&out, text, sizeof text) > 0);
}

static void format_libc(int n)
{
    char name[INET6_ADDRSTRLEN];
    for (int i = 0; i < n; i++) {
        const struct sockaddr_in *in = (const void *)out.native;
        const void *bytes = in->sin_family == AF_INET ? (const void *)&in->sin_addr
                                                      : &((const struct sockaddr_in6 *)(const void *)in)->sin6_addr;
        NEED(inet_ntop(in->sin_family, bytes, name, sizeof name) != NULL);
        NEED(snprintf(text, sizeof text, "%s:%d", name, ntohs(in->sin_port)) > 0);
    }
}

static void measure(const char *name, struct way ours, struct way theirs, int pairs, const char *goal)
{
    struct duel d = duel(ours, theirs, BLOCK, pairs);
    figure(name, d.ours, "ns", d.theirs, goal);
}

int main(void)
{
    static const char *hosts[] = {"192.0.2.1", "2001:db8:85a3::8a2e:370:7334"};
    char name[100];
    struct way ours = {make_sock, NULL, NULL}, theirs = {make_libc, NULL, NULL};
    struct way resolve = {resolve_sock, NULL, NULL};
    struct way our_text = {format_sock, NULL, NULL}, their_text = {format_libc, NULL, NULL};
    for (int i = 0; i < 2; i++) {
        host = hosts[i];
        hints_flags = AI_NUMERICHOST | AI_NUMERICSERV;
        snprintf(name, sizeof name, "address of %s", host);
        measure(name, ours, theirs, PAIRS, "<= 50");
        snprintf(name, sizeof name, "host %s and port, both texts", host);
        measure(name, resolve, theirs, PAIRS, "<= 50");
        snprintf(name, sizeof name, "text of %s, against inet_ntop + snprintf", host);
        measure(name, our_text, their_text, PAIRS, "-");
    }
    host = hosts[0];
    hints_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_ADDRCONFIG;
    measure("address of 192.0.2.1, against AI_ADDRCONFIG", ours, theirs, 500, "<= 50");
    return 0;
}
