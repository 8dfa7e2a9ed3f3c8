/* The network database: host name, services, protocols, interfaces. */
#include "check.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/if_packet.h>

/* R178 */
static void test_hostname(void)
{
    char theirs[256], ours[256];
    CHECK_SYS(gethostname(theirs, sizeof theirs));
    CHECK_EQ(sock_gethostname(ours, sizeof ours), strlen(theirs));
    CHECK_STR(ours, theirs);
    CHECK_EQ(sock_gethostname(NULL, 0), strlen(theirs));
    CHECK_ERR(sock_gethostname(NULL, 1), -EFAULT);
    CHECK_ERR(sock_sethostname(NULL), -EFAULT);
}

static void rename_the_machine(void *arg)
{
    (void)arg;
    CHECK_SYS(unshare(CLONE_NEWUTS));
    char name[100];
    CHECK_OK(sock_sethostname("renamed-by-a-test"));
    CHECK_EQ(sock_gethostname(name, sizeof name), 17);
    CHECK_STR(name, "renamed-by-a-test");
    memset(name, 'x', 65);
    name[65] = 0;
    CHECK_ERR(sock_sethostname(name), -EINVAL);
}

/* R178: in its own namespace, so that nothing outside is renamed. */
static void test_sethostname(void)
{
    pid_t probe = (pid_t)CHECK_SYS(fork());
    if (probe == 0)
        _exit(unshare(CLONE_NEWUTS) != 0);
    int status;
    CHECK_SYS(waitpid(probe, &status, 0));
    if (status != 0)
        SKIP("no privilege to create a UTS namespace");
    child_join(child_start(rename_the_machine, NULL));
}

static void lose_the_privilege(void *arg)
{
    (void)arg;
    if (geteuid() == 0)
        CHECK_SYS(seteuid(65534));
    char name[100];
    CHECK_OK(sock_gethostname(name, sizeof name));
    /* Sets the current name, so that nothing changes even if this test is wrong. */
    CHECK_ERR(sock_sethostname(name), -EPERM);
}

static void test_sethostname_needs_the_privilege(void)
{
    child_join(child_start(lose_the_privilege, NULL));
}

/* R177 */
static void test_services(void)
{
    char name[32];
    if (!getservbyname("http", "tcp"))
        SKIP("the system has no services(5)");
    CHECK_EQ(sock_getservbyname("http", "tcp"), 80);
    CHECK_EQ(sock_getservbyname("http", NULL), 80);
    CHECK_EQ(sock_getservbyname("domain", "udp"), 53);
    CHECK_EQ(sock_getservbyport(80, "tcp", name, sizeof name), 4);
    CHECK_STR(name, "http");
    CHECK_EQ(sock_getservbyport(53, NULL, NULL, 0), 6);
    CHECK_EQ(sock_getservbyport(53, NULL, name, 4), 6);
    CHECK_STR(name, "dom");
}

/* R177: "not found" differs from every other error; ports out of range are refused. */
static void test_unknown_services(void)
{
    char name[32] = "untouched";
    CHECK_REFUSED(sock_getservbyname("no-such-service", "tcp"), -ENOENT, "name");
    CHECK_STR(why(), "name: no-such-service was not found for the protocol tcp");
    CHECK_REFUSED(sock_getservbyname("http", "no-such-protocol"), -ENOENT, "name");
    CHECK_REFUSED(sock_getservbyname("", NULL), -ENOENT, "name");
    CHECK_REFUSED(sock_getservbyport(1, "no-such-protocol", name, sizeof name), -ENOENT, "port");
    CHECK_REFUSED(sock_getservbyport(-1, NULL, name, sizeof name), -EINVAL, "port");
    CHECK_REFUSED(sock_getservbyport(65536, NULL, name, sizeof name), -EINVAL, "port");
    CHECK_REFUSED(sock_getservbyport(INT64_MAX, NULL, name, sizeof name), -EINVAL, "port");
    CHECK_STR(name, "untouched");
    CHECK_ERR(sock_getservbyname(NULL, "tcp"), -EFAULT);
    CHECK_REFUSED(sock_getprotobyname("no-such-protocol"), -ENOENT, "name");
    CHECK_ERR(sock_getprotobyname(NULL), -EFAULT);
}

/* R177 */
static void test_protocols(void)
{
    if (!getprotobyname("tcp"))
        SKIP("the system has no protocols(5)");
    CHECK_EQ(sock_getprotobyname("tcp"), IPPROTO_TCP);
    CHECK_EQ(sock_getprotobyname("udp"), IPPROTO_UDP);
    CHECK_EQ(sock_getprotobyname("icmp"), IPPROTO_ICMP);
}

/* R179 */
static void test_names_and_indexes(void)
{
    unsigned lo = if_nametoindex("lo");
    if (lo == 0)
        SKIP("there is no interface lo");
    char name[16] = "untouched";
    CHECK_EQ(sock_if_nametoindex("lo"), lo);
    CHECK_REFUSED(sock_if_nametoindex("none-such"), -ENODEV, "name");
    CHECK_REFUSED(sock_if_nametoindex(""), -ENODEV, "name");
    CHECK_REFUSED(sock_if_nametoindex("a-name-much-longer-than-any-interface"), -ENODEV, "name");
    CHECK_ERR(sock_if_nametoindex(NULL), -EFAULT);
    CHECK_REFUSED(sock_if_indextoname(0, name, sizeof name), -ENXIO, "index");
    CHECK_REFUSED(sock_if_indextoname(2147483647, name, sizeof name), -ENXIO, "index");
    CHECK_REFUSED(sock_if_indextoname(-1, name, sizeof name), -EINVAL, "index");
    CHECK_REFUSED(sock_if_indextoname(((int64_t)1 << 32) + lo, name, sizeof name), -EINVAL, "index");
    CHECK_STR(name, "untouched");
    CHECK_EQ(sock_if_indextoname(lo, NULL, 0), 2);
    CHECK_EQ(sock_if_indextoname(lo, name, 2), 2);
    CHECK_STR(name, "l");
    CHECK_EQ(sock_if_indextoname(lo, name, sizeof name), 2);
    CHECK_STR(name, "lo");
}

/* R179: the same list as the C library's, in any order. */
static void test_nameindex(void)
{
    struct if_nameindex *theirs = if_nameindex();
    CHECK(theirs);
    int64_t count = 0;
    while (theirs[count].if_index)
        count++;
    CHECK_EQ(sock_if_nameindex(NULL, 0), count);
    struct sock_interface *ours = calloc((size_t)count + 1, sizeof *ours);
    CHECK(ours);
    memset(ours, 0x5a, ((size_t)count + 1) * sizeof *ours);
    CHECK_EQ(sock_if_nameindex(ours, (size_t)count + 1), count);
    for (int64_t i = 0; i < count; i++) {
        int64_t k = 0;
        while (k < count && ours[k].index != theirs[i].if_index)
            k++;
        CHECK_LT(k, count);
        CHECK_STR(ours[k].name, theirs[i].if_name);
        CHECK_EQ(ours[k].zero, 0);
    }
    CHECK_EQ(ours[count].index, 0x5a5a5a5a);
    /* An array that is too short receives the first entries, and nothing is written past its end. */
    memset(ours, 0x5a, ((size_t)count + 1) * sizeof *ours);
    CHECK_EQ(sock_if_nameindex(ours, 1), count);
    CHECK_NE(ours[0].index, 0x5a5a5a5a);
    CHECK_EQ(ours[1].index, 0x5a5a5a5a);
    if (count > 0)
        CHECK_ERR(sock_if_nameindex(NULL, 1), -EFAULT);
    free(ours);
    if_freenameindex(theirs);
}

static void same_address(const struct sock_addr *ours, const struct sockaddr *theirs)
{
    if (!theirs) {
        CHECK_EQ(ours->len, 0);
        return;
    }
    size_t len = theirs->sa_family == AF_INET    ? sizeof(struct sockaddr_in)
                 : theirs->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                 : sizeof(struct sockaddr_ll);
    CHECK_EQ(sock_addr_family(ours), theirs->sa_family);
    CHECK_EQ(ours->len, len);
    CHECK_MEM(ours->native, theirs, len);
}

static void test_addresses_of_interfaces(void)
{
    struct ifaddrs *theirs;
    CHECK_SYS(getifaddrs(&theirs));
    int64_t count = 0, i = 0;
    for (struct ifaddrs *t = theirs; t; t = t->ifa_next)
        count++;
    CHECK_EQ(sizeof(struct sock_interface_addr), 480);
    CHECK_EQ(sock_getifaddrs(NULL, 0), count);
    struct sock_interface_addr *ours = calloc((size_t)count + 1, sizeof *ours);
    CHECK(ours);
    CHECK_EQ(sock_getifaddrs(ours, (size_t)count + 1), count);
    for (struct ifaddrs *t = theirs; t; t = t->ifa_next, i++) {
        CHECK_STR(ours[i].name, t->ifa_name);
        CHECK_EQ(ours[i].index, if_nametoindex(t->ifa_name));
        CHECK_EQ(ours[i].flags, t->ifa_flags);
        /* For link-layer addresses the C library returns counters, which change, in place of a netmask. */
        same_address(&ours[i].address, t->ifa_addr);
        same_address(&ours[i].netmask, t->ifa_netmask);
        same_address(&ours[i].broadcast, t->ifa_broadaddr);
    }
    CHECK_EQ(ours[count].index, 0);
    CHECK_EQ(sock_getifaddrs(ours, 1), count);
    if (count > 0)
        CHECK_ERR(sock_getifaddrs(NULL, 1), -EFAULT);
    free(ours);
    freeifaddrs(theirs);
}

static void test_loopback_has_its_address(void)
{
    struct sock_interface_addr list[256];
    int64_t count = CHECK_OK(sock_getifaddrs(list, 256));
    struct sock_addr loopback, mask;
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &loopback));
    CHECK_OK(sock_addr_ip("255.0.0.0", 0, &mask));
    for (int64_t i = 0; i < count && i < 256; i++)
        if (sock_addr_equal(&list[i].address, &loopback) == 1) {
            CHECK_EQ(list[i].flags & IFF_LOOPBACK, IFF_LOOPBACK);
            CHECK_EQ(sock_addr_equal(&list[i].netmask, &mask), 1);
            return;
        }
    SKIP("no interface has the address 127.0.0.1");
}

/* R193 */
static void test_ipv6(void)
{
    CHECK_EQ(sock_has_ipv6(), 1);
    int before = open_fds(), on = 0;
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int expected = fd >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0;
    if (fd >= 0)
        close(fd);
    CHECK_EQ(sock_has_dualstack_ipv6(), expected);
    CHECK_EQ(open_fds(), before);
}

static void look_up_for_ever(void *stop)
{
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before);
    while (!__atomic_load_n((int *)stop, __ATOMIC_SEQ_CST)) {
        (void)sock_getservbyname("no-such-service", "tcp");
        (void)sock_getprotobyname("no-such-protocol");
        (void)sock_if_nameindex(NULL, 0);
        (void)sock_getifaddrs(NULL, 0);
    }
}

/* None of these calls is a cancellation point: a canceled thread runs on to its own next point. */
static void test_no_cancellation_point(void)
{
    int stop = 0;
    struct thread t;
    thread_start(&t, look_up_for_ever, &stop);
    sleep_ms(20);
    pthread_cancel(t.id);
    sleep_ms(50);
    bool ended = thread_ended(&t);
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    thread_join_within(&t, 1000);
    CHECK(!ended);
}

static void look_up(void *wrong)
{
    for (int i = 0; i < 200; i++) {
        if (sock_getprotobyname("tcp") != IPPROTO_TCP || sock_getprotobyname("udp") != IPPROTO_UDP)
            __atomic_store_n((int *)wrong, 1, __ATOMIC_SEQ_CST);
        char name[16] = "";
        if (sock_if_indextoname(1, name, sizeof name) != 2 || strcmp(name, "lo") != 0)
            __atomic_store_n((int *)wrong, 2, __ATOMIC_SEQ_CST);
    }
}

/* R177: threads do not get each other's results, unlike with the calls without _r. */
static void test_threads(void)
{
    if (!getprotobyname("tcp") || if_nametoindex("lo") != 1)
        SKIP("the system has no protocols(5), or lo is not the first interface");
    struct thread threads[4];
    int wrong = 0;
    for (int i = 0; i < 4; i++)
        thread_start(&threads[i], look_up, &wrong);
    for (int i = 0; i < 4; i++)
        thread_join(&threads[i]);
    CHECK_EQ(wrong, 0);
}

TEST_MAIN(test_hostname, test_sethostname, test_sethostname_needs_the_privilege, test_services,
          test_unknown_services, test_protocols, test_names_and_indexes, test_nameindex,
          test_addresses_of_interfaces, test_loopback_has_its_address, test_ipv6, test_no_cancellation_point,
          test_threads)
