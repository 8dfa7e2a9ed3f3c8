/* Shared by the tests of lookups: the table of names of the resolver (dns.h). */
#ifndef SOCK_LOOKUP_H
#define SOCK_LOOKUP_H

#include "dns.h"

static const struct dns_name names[] = {
    {.name = "plain.test", .a = "192.0.2.1", .aaaa = "2001:db8::1"},
    {.name = "hang.test", .a_ms = DNS_NEVER, .aaaa_ms = DNS_NEVER},
    {.name = "slow.test", .a = "192.0.2.2", .a_ms = 300, .aaaa_ms = 300},
    {.name = "fail.test", .rcode = DNS_SERVFAIL},
    {.name = "empty.test"},
    {.name = "many.test", .more = 100},
    {.name = "xn--bcher-kva.test", .a = "192.0.2.3"},
    {.name = "5.2.0.192.in-addr.arpa", .rcode = DNS_NXDOMAIN},
};

static inline void start(void)
{
    dns_start(names, sizeof names / sizeof *names);
}

#define CHECK_NAMED(code, name) CHECK_STR(sock_err_name(code), name)

static inline void set_hang(int hang)
{
    __atomic_store_n(&dns.hang, hang, __ATOMIC_SEQ_CST);
}

static inline const char *text(const struct sock_addr *addr)
{
    static char buf[400];
    CHECK_OK(sock_addr_format(addr, buf, sizeof buf));
    return buf;
}

#endif
