/* Names: lookups by the pool, numbers, and what the machine knows. */
#include <netdb.h>
#include <poll.h>

#include "scenario.h"

static void numbers(void)
{
    struct sock_addr at;
    sock_addrinfo_list_t list;
    struct sock_addrinfo entry;
    char text[128];
    DO(sock_resolve("127.0.0.1", "80", 0, 0, &at));
    OPEN(list, sock_getaddrinfo("::1", "443", NULL));
    DO(sock_addrinfo_list_at(list, 0, &entry));
    DO(sock_addr_parse("[fe80::1%lo]:80", &at));
    DO(sock_addr_format(&at, text, sizeof text));
    EXPECT(sock_addr_ip("1.2.3.4", 70000, &at), -22);
    EXPECT(sock_addr_parse("unix:%zz", &at), -22);
}

static void one_name(void)
{
    struct sock_addr at;
    DO(sock_resolve("localhost", "80", AF_INET, SOCK_FOREVER, &at));
}

static void all_addresses(void)
{
    sock_addrinfo_list_t list;
    struct sock_addrinfo entry;
    struct sock_addrinfo_options opt = {.size = sizeof opt, .flags = AI_CANONNAME, .timeout_ns = 2000000000};
    char name[256];
    OPEN(list, sock_getaddrinfo("localhost", "http", &opt));
    DO(sock_addrinfo_list_at(list, 0, &entry));
    DO(sock_addrinfo_list_canonname(list, 0, name, sizeof name));
}

static void by_steps(void)
{
    sock_op_t op;
    sock_addrinfo_list_t list;
    int fd;
    OPEN(op, sock_getaddrinfo_start("localhost", "80", NULL));
    TRY(fd, sock_fileno(op));
    for (;;) {
        region_begin();
        list = sock_getaddrinfo_step(op);
        region_end();
        if (list != 0)
            break;
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        poll(&wait, 1, 1000);
    }
    if (list >= 0)
        keep(list);
    call_ended(list, 0, false, "sock_getaddrinfo_step");
}

static void back_to_names(void)
{
    struct sock_addr at;
    char host[256], service[64];
    DO(sock_addr_ip("127.0.0.1", 80, &at));
    DO(sock_getnameinfo(&at, 0, host, sizeof host, service, sizeof service, SOCK_FOREVER));
}

static void back_by_steps(void)
{
    struct sock_addr at;
    sock_op_t op;
    char host[256], service[64];
    int fd, code;
    DO(sock_addr_ip("127.0.0.1", 80, &at));
    OPEN(op, sock_getnameinfo_start(&at, 0, SOCK_FOREVER));
    TRY(fd, sock_fileno(op));
    for (;;) {
        region_begin();
        code = sock_getnameinfo_step(op, host, sizeof host, service, sizeof service);
        region_end();
        if (code != 0)
            break;
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        poll(&wait, 1, 1000);
    }
    call_ended(code, 0, false, "sock_getnameinfo_step");
}

static void old_functions(void)
{
    struct sock_addr at;
    sock_addrinfo_list_t list;
    char name[256];
    DO(sock_gethostbyname("localhost", SOCK_FOREVER, &at));
    OPEN(list, sock_gethostbyname_ex("localhost", SOCK_FOREVER));
    DO(sock_addrinfo_list_alias_count(list));
    OPEN(list, sock_gethostbyaddr("127.0.0.1", SOCK_FOREVER));
    DO(sock_getfqdn("localhost", SOCK_FOREVER, name, sizeof name));
}

static void the_machine(void)
{
    struct sock_interface interfaces[64];
    struct sock_interface_addr addrs[64];
    char text[256];
    DO(sock_gethostname(text, sizeof text));
    DO(sock_getservbyname("http", "tcp"));
    DO(sock_getservbyport(80, "tcp", text, sizeof text));
    DO(sock_getprotobyname("udp"));
    DO(sock_if_nametoindex("lo"));
    DO(sock_if_indextoname(1, text, sizeof text));
    DO(sock_if_nameindex(interfaces, 64));
    DO(sock_getifaddrs(addrs, 64));
    EXPECT(sock_getservbyname("no-such-service", NULL), -2);
}

const struct scenario name_scenarios[] = {
    {"numbers", numbers},
    {"one_name", one_name},
    {"all_addresses", all_addresses},
    {"by_steps", by_steps},
    {"back_to_names", back_to_names},
    {"back_by_steps", back_by_steps},
    {"old_functions", old_functions},
    {"the_machine", the_machine},
    {NULL, NULL},
};
