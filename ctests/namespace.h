/* Network namespaces in which a test program controls the resolver and unreachable addresses. Needs root
 * or user namespaces; skips the test otherwise.
 *
 *     10.9.9.0/24, 2001:db8:9::/64   drop every SYN: a link without a peer
 *     10.8.0.0/16, 2001:db8:8::/64   rejected by a route: -EHOSTUNREACH
 *     127.0.0.0/8, 2001:db8:1::1..9  this machine
 */
#ifndef SOCK_NAMESPACE_H
#define SOCK_NAMESPACE_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static const char *namespace_refusal; /* NULL before the first try and inside one */
static bool namespace_entered;

static bool namespace_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    size_t len = strlen(text);
    bool written = write(fd, text, len) == (ssize_t)len;
    return close(fd) == 0 && written;
}

/* Replaces the content of a file in /etc, for this process only. */
static bool namespace_file(const char *place, const char *text)
{
    char path[] = "/tmp/sock-etc-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0)
        return false;
    close(fd);
    chmod(path, 0644);
    bool placed = namespace_write(path, text) && mount(path, place, "none", MS_BIND, NULL) == 0;
    unlink(path);
    return placed;
}

static const char *namespace_try(void)
{
    if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) {
        unsigned uid = (unsigned)geteuid(), gid = (unsigned)getegid();
        char map[64];
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0)
            return "no privilege for namespaces";
        snprintf(map, sizeof map, "0 %u 1", uid);
        namespace_write("/proc/self/setgroups", "deny");
        namespace_write("/proc/self/uid_map", map);
        snprintf(map, sizeof map, "0 %u 1", gid);
        namespace_write("/proc/self/gid_map", map);
    }
    if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0)
        return "mounts cannot be made private";
    if (!namespace_file("/etc/resolv.conf", "nameserver 127.0.0.53\noptions timeout:5 attempts:2\n") ||
        !namespace_file("/etc/nsswitch.conf", "hosts: files dns\nservices: files\n") ||
        !namespace_file("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n192.0.2.9 full.host.test short\n"))
        return "files of /etc cannot be replaced";
    int failed = system(
        "exec 2>/dev/null; set -e; ip link set lo up;"
        "ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up;"
        "ip addr add 10.9.9.1/24 dev v0; ip -6 addr add 2001:db8:9::1/64 dev v0 nodad;"
        "for i in 2 3 4 5 6; do"
        "  ip neigh add 10.9.9.$i lladdr 02:00:00:00:00:02 dev v0 nud permanent;"
        "  ip -6 neigh add 2001:db8:9::$i lladdr 02:00:00:00:00:02 dev v0 nud permanent; done;"
        "for i in 1 2 3; do ip -6 addr add 2001:db8:1::$i/128 dev lo nodad; done;"
        "ip route add unreachable 10.8.0.0/16; ip -6 route add unreachable 2001:db8:8::/64");
    return failed ? "no network can be made (ip, veth)" : NULL;
}

/* Enters the namespaces, once per program; skips the test if that is impossible. Call it before the program
 * starts another thread. */
static void namespace_enter(void)
{
    if (!namespace_entered && !namespace_refusal) {
        namespace_refusal = namespace_try();
        namespace_entered = namespace_refusal == NULL;
    }
    if (!namespace_entered)
        SKIP("%s", namespace_refusal);
}

#endif
