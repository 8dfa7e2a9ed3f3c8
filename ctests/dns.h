/* A DNS server that answers from a table in the test: UDP and TCP on 127.0.0.53, in a thread. It truncates
 * UDP answers longer than 512 bytes, and holds back queries marked DNS_NEVER until dns_release. */
#ifndef SOCK_DNS_H
#define SOCK_DNS_H

#include <arpa/inet.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>

#include "namespace.h"

enum { DNS_NEVER = -1, DNS_SERVFAIL = 2, DNS_NXDOMAIN = 3 };

struct dns_name {
    const char *name;     /* without the final dot */
    const char *a;        /* addresses separated by blanks; NULL for none */
    const char *aaaa;
    int a_ms, aaaa_ms;    /* delay of each answer, or DNS_NEVER */
    int rcode;
    int more;             /* number of additional addresses from 10.7.0.0 */
};

static struct dns {
    const struct dns_name *names;
    size_t count;
    int udp, tcp;
    int hang;             /* no answers while set; atomic */
    int released;         /* nothing is held back any more; atomic */
    int ending;           /* atomic */
    int asked;            /* number of queries so far; atomic */
    pthread_t thread;
    bool running;
} dns;

struct dns_reply {
    int64_t due;
    struct sockaddr_in to;
    size_t len;
    unsigned char bytes[4096];
    bool used;
};

static struct dns_reply dns_queue[512];

static void dns_u16(unsigned char **at, unsigned value)
{
    *(*at)++ = (unsigned char)(value >> 8);
    *(*at)++ = (unsigned char)value;
}

static int dns_record(unsigned char **at, int type, const void *raw, size_t len)
{
    dns_u16(at, 0xc00c);
    dns_u16(at, (unsigned)type);
    dns_u16(at, 1);
    dns_u16(at, 0);
    dns_u16(at, 0);
    dns_u16(at, (unsigned)len);
    memcpy(*at, raw, len);
    *at += len;
    return 1;
}

/* Writes the answer to a query; returns its delay in ms. */
static int dns_answer(const unsigned char *query, size_t len, bool udp, unsigned char *out, size_t *out_len)
{
    char name[300] = "";
    size_t at = 12, used = 0;
    while (at < len && query[at] != 0 && used + query[at] + 2 < sizeof name) {
        if (used)
            name[used++] = '.';
        memcpy(name + used, query + at + 1, query[at]);
        used += query[at];
        at += query[at] + 1u;
    }
    name[used] = 0;
    int type = query[at + 1] << 8 | query[at + 2];
    size_t head = at + 5;
    const struct dns_name *found = NULL;
    for (size_t i = 0; i < dns.count; i++)
        if (strcasecmp(dns.names[i].name, name) == 0)
            found = &dns.names[i];
    memcpy(out, query, head);
    unsigned char *to = out + head;
    int records = 0, rcode = found ? found->rcode : DNS_NXDOMAIN;
    const char *list = !found || rcode ? NULL : type == 1 ? found->a : type == 28 ? found->aaaa : NULL;
    char copy[1024], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", list ? list : "");
    for (char *one = strtok_r(copy, " ", &rest); one; one = strtok_r(NULL, " ", &rest)) {
        unsigned char raw[16];
        if (inet_pton(type == 1 ? AF_INET : AF_INET6, one, raw) == 1)
            records += dns_record(&to, type, raw, type == 1 ? 4 : 16);
    }
    for (int i = 0; found && type == 1 && !rcode && i < found->more; i++)
        records += dns_record(&to, 1, (unsigned char[]){10, 7, (unsigned char)(i / 250), (unsigned char)(1 + i % 250)}, 4);
    bool truncated = udp && to - out > 512;
    if (truncated) {
        to = out + head;
        records = 0;
    }
    out[2] = (unsigned char)(0x84 | (truncated ? 2 : 0) | (query[2] & 1));
    out[3] = (unsigned char)(0x80 | rcode);
    out[4] = 0, out[5] = 1;
    out[6] = (unsigned char)(records >> 8), out[7] = (unsigned char)records;
    memset(out + 8, 0, 4);
    *out_len = (size_t)(to - out);
    return !found ? 0 : type == 1 ? found->a_ms : found->aaaa_ms;
}

static void dns_over_udp(void)
{
    struct sockaddr_in from;
    socklen_t from_len = sizeof from;
    unsigned char query[600], reply[4096];
    ssize_t len = recvfrom(dns.udp, query, sizeof query, 0, (struct sockaddr *)&from, &from_len);
    if (len < 17)
        return;
    __atomic_add_fetch(&dns.asked, 1, __ATOMIC_SEQ_CST);
    size_t reply_len = 0;
    int ms = dns_answer(query, (size_t)len, true, reply, &reply_len);
    bool never = ms < 0 || __atomic_load_n(&dns.hang, __ATOMIC_SEQ_CST);
    for (size_t i = 0; i < sizeof dns_queue / sizeof *dns_queue; i++) {
        struct dns_reply *r = &dns_queue[i];
        if (!r->used) {
            r->used = true, r->due = never ? INT64_MAX : now_ns() + MS(ms), r->to = from, r->len = reply_len;
            memcpy(r->bytes, reply, reply_len);
            return;
        }
    }
}

static void dns_over_tcp(void)
{
    int c = accept4(dns.tcp, NULL, NULL, SOCK_CLOEXEC);
    struct timeval patience = {.tv_usec = 200000};
    setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    unsigned char query[600], reply[4098], head[2];
    /* The C library sends both questions before it reads an answer. */
    while (recv(c, head, 2, MSG_WAITALL) == 2) {
        size_t len = (size_t)(head[0] << 8 | head[1]), reply_len = 0;
        if (len < 17 || len > sizeof query || recv(c, query, len, MSG_WAITALL) != (ssize_t)len)
            break;
        dns_answer(query, len, false, reply + 2, &reply_len);
        reply[0] = (unsigned char)(reply_len >> 8), reply[1] = (unsigned char)reply_len;
        if (send(c, reply, reply_len + 2, MSG_NOSIGNAL) < 0)
            break;
    }
    close(c);
}

static void *dns_run(void *unused)
{
    (void)unused;
    while (!__atomic_load_n(&dns.ending, __ATOMIC_SEQ_CST)) {
        int64_t next = now_ns() + SEC(1);
        bool released = __atomic_load_n(&dns.released, __ATOMIC_SEQ_CST);
        for (size_t i = 0; i < sizeof dns_queue / sizeof *dns_queue; i++) {
            struct dns_reply *r = &dns_queue[i];
            if (r->used && (released || r->due <= now_ns())) {
                sendto(dns.udp, r->bytes, r->len, 0, (struct sockaddr *)&r->to, sizeof r->to);
                r->used = false;
            } else if (r->used && r->due < next) {
                next = r->due;
            }
        }
        struct pollfd fds[] = {{.fd = dns.udp, .events = POLLIN}, {.fd = dns.tcp, .events = POLLIN}};
        int64_t left = next - now_ns();
        poll(fds, 2, left < 0 ? 0 : (int)(left / 1000000) + 1);
        if (fds[0].revents & POLLIN)
            dns_over_udp();
        if (fds[1].revents & POLLIN)
            dns_over_tcp();
    }
    return NULL;
}

/* Starts the server, once per program, and sets its table of names. */
static void dns_start(const struct dns_name *names, size_t count)
{
    namespace_enter();
    dns.names = names;
    dns.count = count;
    if (dns.running)
        return;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(53)};
    inet_pton(AF_INET, "127.0.0.53", &at.sin_addr);
    dns.udp = (int)CHECK_SYS(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    dns.tcp = (int)CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK_SYS(bind(dns.udp, (struct sockaddr *)&at, sizeof at));
    CHECK_SYS(bind(dns.tcp, (struct sockaddr *)&at, sizeof at));
    CHECK_SYS(listen(dns.tcp, 64));
    CHECK_EQ(pthread_create(&dns.thread, NULL, dns_run, NULL), 0);
    dns.running = true;
}

/* Sets one of the server's flags and wakes it with a datagram that is not a query. */
static void dns_tell(int *flag)
{
    struct sockaddr_in at;
    socklen_t len = sizeof at;
    __atomic_store_n(flag, 1, __ATOMIC_SEQ_CST);
    CHECK_SYS(getsockname(dns.udp, (struct sockaddr *)&at, &len));
    CHECK_SYS(sendto(dns.udp, "", 0, 0, (struct sockaddr *)&at, len));
}

static inline struct sock_lookup_stats counts(void)
{
    struct sock_lookup_stats c = {.size = sizeof c};
    CHECK_OK(sock_lookup_stats(&c));
    return c;
}

/* Waits until the pool is idle. */
static inline void wait_idle(double ms)
{
    int64_t end = now_ns() + MS(ms * test_scale());
    while (counts().running + counts().queued > 0 && now_ns() < end)
        sleep_ms(5);
    CHECK_EQ(counts().running + counts().queued, 0);
}

/* The last test of a program: once the resolver answers again, every lookup ends and frees its worker and
 * sockets. Stops the server too. */
static void test_a_released_resolver_leaves_nothing(void)
{
    if (!dns.running)
        SKIP("no test started the server");
    dns_tell(&dns.released);
    wait_idle(5000);
    CHECK_EQ(counts().abandoned, 0);
    dns_tell(&dns.ending);
    CHECK_EQ(pthread_join(dns.thread, NULL), 0);
    CHECK_SYS(close(dns.udp));
    CHECK_SYS(close(dns.tcp));
    dns.running = false;
}

#endif
