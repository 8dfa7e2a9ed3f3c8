/* The rule: a call answers the errno of the system call that failed. What else is right is listed here, with
 * the reason. */
#include "rules.h"

#include <errno.h>
#include <string.h>

#include "sock.h"

struct rule {
    const char *class; /* NULL: any */
    int error;         /* 0: any */
    const char *call;  /* how the call's name begins; NULL: any */
    bool succeeds;     /* the call may succeed */
    int code;          /* or answer this; 0: none */
    const char *why;
};

/* In place of the name of a call: all those that may start a worker of the pool. */
static const char LOOKUP[] = "a lookup";

static const struct rule rules[] = {
    {NULL, EINTR, NULL, true, 0, "an interrupted call is made again"},
    {"close", EIO, NULL, true, 0, "the descriptor is closed whatever close(2) answers"},
    {"sendto", EAGAIN, NULL, true, 0, "it waits and tries again"},
    {"recvfrom", EAGAIN, NULL, true, 0, "likewise"},
    {"sendmsg", EAGAIN, NULL, true, 0, "likewise"},
    {"recvmsg", EAGAIN, NULL, true, 0, "likewise"},
    {"sendmmsg", EAGAIN, NULL, true, 0, "likewise"},
    {"recvmmsg", EAGAIN, NULL, true, 0, "likewise"},
    {"accept4", EAGAIN, NULL, true, 0, "likewise"},
    {"accept4", ECONNABORTED, NULL, true, 0, "the next connection is taken"},
    {"sendfile", EAGAIN, NULL, true, 0, "it waits and tries again"},
    {"splice", EAGAIN, NULL, true, 0, "likewise"},
    {"tee", EAGAIN, NULL, true, 0, "likewise"},
    {"read", EAGAIN, "sock_sendfile", true, 0, "likewise"},
    {"preadv2", EOPNOTSUPP, "sock_sendfile", true, 0, "poll says whether reading would wait"},
    {"epoll_pwait2", ENOSYS, "sock_poller_wait", true, 0, "epoll_pwait serves, as on old kernels"},
    {"pipe2", 0, "sock_splice", true, 0, "without a pipe the bytes go through memory"},
    {"pipe2", 0, "sock_relay", true, 0, "likewise"},
    {"shutdown", ENOTCONN, "sock_relay", true, 0, "the peer that would learn of the end is gone"},
    {"setsockopt", 0, "sock_send_zerocopy", true, 0, "what cannot be sent in place is copied, with ticket 0"},
    {"sendfile", EINVAL, NULL, true, 0, "what the kernel does not send goes through memory"},
    {"sendfile", ENOSYS, NULL, true, 0, "likewise"},
    {"splice", EINVAL, NULL, true, 0, "likewise"},
    {"splice", ENOSYS, NULL, true, 0, "likewise"},
    {"getsockopt", 0, "sock_sendmany", true, 0, "what cannot be asked about segments goes as plain datagrams"},
    {"sendmmsg", 0, "sock_sendmany", true, 0, "what went before counts, and refused segments go plain: all arrive"},
    {"recvmsg", 0, "sock_zerocopy_done", true, 0, "what was taken before counts"},
    {"recvmmsg", 0, "sock_recvmany", true, 0, "what came before counts; the next call has the error"},
    {"membarrier", 0, NULL, true, 0, "calls are counted instead"},
    {"eventfd2", 0, NULL, true, 0, "without a wake-up the wait goes on in slices"},
    {"epoll_create1", 0, "sock_recv_exact", true, 0, "likewise, where the error queue keeps the socket ready"},
    {"epoll_ctl", 0, "sock_recv_exact", true, 0, "likewise"},
    {"futex that waits", 0, NULL, true, 0, "the word is read again"},
    {"timerfd_settime", 0, "sock_poller_wait", true, 0, "the timer stays readable: the next wait sets it"},
    {"mmap", 0, NULL, true, 0, "malloc has other ways to memory"},
    {"mprotect", 0, NULL, true, 0, "likewise"},
    {"C library allocation", 0, NULL, true, 0, "what only makes calls faster; the scenario checks the results"},
    {"mmap", 0, LOOKUP, false, -EAGAIN, "pthread_create(3) without memory"},
    {"mprotect", 0, LOOKUP, false, -EAGAIN, "likewise"},
    {"C library allocation", 0, LOOKUP, false, -EAGAIN, "likewise"},
    {"allocation", 0, NULL, true, 0, "some memory only makes calls faster; the scenario checks the results"},
    {"setsockopt of SO_REUSEADDR", 0, "sock_create_", true, 0, "bind tells whether it was needed, as in Python"},
    {"getsockopt", 0, "sock_from_fd", true, 0, "what a family does not have cannot be asked"},
    {"getsockname", 0, "sock_create_connection", true, 0, "whether it is connected to itself is not known then"},
    {"getsockopt of what may be missing", 0, "sock_from_fd", true, 0, "a limit that cannot be asked is none"},
    {"ioctl of FIONBIO", 0, NULL, true, 0, "fcntl(2) switches O_NONBLOCK too; the scenarios look at it"},
    {"ppoll", 0, "sock_accept", true, 0, "on a shared socket it asks only whether accept would wait"},
    {"poll", 0, "sock_accept", true, 0, "likewise"},
    {"socket", EAFNOSUPPORT, "sock_create_servers", true, 0, "the other addresses serve"},
    {"bind", EADDRNOTAVAIL, "sock_create_servers", true, 0, "likewise"},
    /* A dial goes on with the next address. */
    {"socket", 0, "sock_create_connection", true, -ECONNREFUSED, "another attempt answers"},
    {"connect", 0, "sock_create_connection", true, -ECONNREFUSED, "likewise"},
    {"getsockopt", 0, "sock_create_connection", true, -ECONNREFUSED, "likewise"},
    {"ppoll", 0, "sock_create_connection", true, 0, "the next step looks again"},
    {"poll", 0, "sock_create_connection", true, 0, "likewise"},
    {"getsockopt", ENOPROTOOPT, "sock_mptcp_state", true, 0, "what a socket that fell back to TCP answers"},
    /* The C library's databases: an interface is asked through a socket of any family, nscd through another. */
    {"socket", 0, "sock_addr_", true, 0, "another family serves; a name that is not to be had is left out"},
    {"ioctl", 0, "sock_addr_", true, 0, "likewise"},
    {"socket", 0, "sock_if_", true, 0, "likewise"},
    {"socket", 0, "sock_join_group", true, 0, "likewise"},
    {"socket", 0, "sock_leave_group", true, 0, "likewise"},
    {"socket", 0, "sock_getserv", true, 0, "nscd is asked first, then the file"},
    {"connect", 0, "sock_getserv", true, 0, "likewise"},
    {"newfstatat", 0, "sock_getserv", true, 0, "the file's age is not known"},
    {"openat", 0, "sock_getserv", true, 0, "another database serves"},
    {"newfstatat", 0, "sock_getproto", true, 0, "likewise"},
    {"C library allocation", 0, "sock_if_nameindex", false, -ENOBUFS, "if_nameindex(3)"},
    {"C library allocation", 0, "sock_getifaddrs", false, -ENOBUFS, "getifaddrs(3)"},
    {NULL, 0, "sock_has_", true, 0, "what cannot be made is not there"},
    {"ioctl", ENODEV, "sock_if_", false, -ENXIO, "if_indextoname(3)"},
    /* remove_stale: a path in use stays in use where it cannot be seen that nobody serves it. */
    {"socket", 0, "sock_create_server", false, -EADDRINUSE, "no socket to try it"},
    {"connect", 0, "sock_create_server", false, -EADDRINUSE, "whether somebody serves it is not known"},
    {"connect", ECONNREFUSED, "sock_create_server", true, 0, "what a stale one answers"},
    {"newfstatat", 0, "sock_create_server", false, -EADDRINUSE, "what it is cannot be seen"},
    {"openat", 0, "sock_create_server", false, -EADDRINUSE, "likewise"},
    {"unlink", 0, "sock_create_server", false, -EADDRINUSE, "it cannot be removed"},
    {"unlinkat", 0, "sock_create_server", false, -EADDRINUSE, "likewise"},
    {"bind", EADDRINUSE, "sock_create_server", true, 0, "the stale one is removed"},
    {"clone3", 0, LOOKUP, true, -EAGAIN, "pthread_create(3), which also tries clone; another worker may serve"},
    {"clone", 0, LOOKUP, true, -EAGAIN, "likewise"},
    {"clone3", 0, "sock_close", true, 0, "a worker in place of one whose lookup is given up: without it others serve"},
    {"clone", 0, "sock_close", true, 0, "likewise"},
};

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_lookup(const char *call)
{
    static const char *const names[] = {
        "sock_getaddrinfo", "sock_getnameinfo", "sock_gethostby",         "sock_getfqdn",       "sock_resolve",
        "sock_bind_host",   "sock_connect_host", "sock_create_connection", "sock_create_server",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (starts(call, names[i]))
            return true;
    return false;
}

static bool is_call(const struct rule *r, const char *call)
{
    return !r->call || (r->call == LOOKUP ? is_lookup(call) : starts(call, r->call));
}

/* A worker of the pool asks the C library, which has codes of its own (EAI_*, HOST_NOT_FOUND), ways around, and
 * pauses before it tries again. A dial has the other family's address. */
static bool answer_of_a_lookup(const char *call, long long result)
{
    return result >= 0 || result == -ENOMEM || result == SOCK_ETIMEDOUT || (result <= -21001 && result > -23000) ||
           (starts(call, "sock_create_connection") && result == -ECONNREFUSED);
}

bool result_fits(const char *class, int error, bool elsewhere, const char *call, long long result)
{
    if (result == -error)
        return true;
    if (elsewhere && answer_of_a_lookup(call, result))
        return true;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const struct rule *r = &rules[i];
        if ((r->class && strcmp(r->class, class) != 0) || (r->error && r->error != error) ||
            !is_call(r, call))
            continue;
        if ((r->succeeds && result >= 0) || (r->code && result == r->code))
            return true;
    }
    return false;
}
