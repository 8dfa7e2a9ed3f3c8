/* The kernel as the reference: a scenario is a function that runs several times, once with the system's own
 * calls and then with libsock's, and notes every answer: result, data, addresses, flags, control data. The notes
 * must be the same. SAME(scenario) runs it
 *
 *     RAW       with socket(2), connect(2), ... in blocking mode
 *     OWN       with handles that libsock made
 *     ADOPTED   with handles that sock_from_fd made of raw descriptors
 *
 * The socket under test is an `end`; every peer is a plain descriptor in all runs. A call that has not returned
 * after `patience` ms is interrupted by a signal and noted as "blocks". Differences that libsock documents are
 * not part of a scenario: raw sends have MSG_NOSIGNAL, and raw accepts and received descriptors are
 * close-on-exec. Ports are noted by their order of appearance, names of AF_UNIX as they are: the working
 * directory is an empty one of the program's own.
 *
 * The loopback device delivers late on a busy machine: packets wait in a queue of the processor that sent them
 * until a kernel thread runs. Therefore a scenario runs on one processor, and every call under test first lets
 * the packets of earlier calls arrive (`settle`). A run without an ICMP error that it needs (`expect_error`) is
 * repeated; if plain sockets get none either, the test is skipped: a kernel can lose the memory of its ICMP
 * sockets, and then counts IcmpOutErrors instead of sending, until it is booted again.
 */
#ifndef SOCK_KERNEL_H
#define SOCK_KERNEL_H

#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum kind { RAW, OWN, ADOPTED, KINDS };
static const char *const kind_names[KINDS] = {"raw calls", "libsock", "libsock, adopted"};

/* One run of a scenario. */
struct side {
    enum kind kind;
    double patience; /* ms */
    int64_t took;    /* ns of the last call */
    bool lost;       /* an error that a peer should have caused has not arrived */
    unsigned short ports[16];
    int port_count;
    size_t len;
    char log[16384];
};

/* The socket under test: a descriptor or a handle. */
typedef int64_t end;

/* Notes --------------------------------------------------------------------------------------- */

CHECK_PRINTF(2, 3) static inline void note(struct side *k, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(k->log + k->len, sizeof k->log - k->len, format, args);
    va_end(args);
    CHECK(len >= 0 && k->len + (size_t)len < sizeof k->log);
    k->len += (size_t)len;
}

static inline void note_bytes(struct side *k, const void *data, size_t len)
{
    note(k, " \"");
    for (size_t i = 0; i < len && i < 128; i++) {
        unsigned char c = ((const unsigned char *)data)[i];
        note(k, c >= ' ' && c < 127 ? "%c" : "\\%02x", c);
    }
    note(k, "\"");
}

static inline int port_number(struct side *k, unsigned short port)
{
    int i = 0;
    while (i < k->port_count && k->ports[i] != port)
        i++;
    if (i == k->port_count) {
        CHECK_LT(i, 16);
        k->ports[k->port_count++] = port;
    }
    return i;
}

static inline void note_address(struct side *k, const struct sock_addr *a)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
        char bytes[sizeof a->native];
    } u;
    char text[64];
    memcpy(&u, a->native, sizeof a->native);
    if (a->len < 2)
        note(k, " nobody");
    else if (u.any.sa_family == AF_INET)
        note(k, " %s port %d", inet_ntop(AF_INET, &u.in.sin_addr, text, sizeof text),
             port_number(k, u.in.sin_port));
    else if (u.any.sa_family == AF_INET6)
        note(k, " %s port %d", inet_ntop(AF_INET6, &u.in6.sin6_addr, text, sizeof text),
             port_number(k, u.in6.sin6_port));
    else if (u.any.sa_family == AF_UNIX && a->len == 8 && u.un.sun_path[0] == 0)
        note(k, " a name of the kernel");
    else if (u.any.sa_family == AF_UNIX) {
        /* A path of 108 bytes: the kernel counts a NUL that is not there, and libsock's getsockname does not. */
        note(k, " unix(%u)", a->len < 110 ? a->len : 110);
        note_bytes(k, u.bytes + 2, a->len < 110 ? a->len - 2 : 108);
    } else
        note(k, " family %d", u.any.sa_family);
}

/* Loopback ---------------------------------------------------------------------------------------- */

static int probe = -1; /* a UDP socket that is connected to itself */
static cpu_set_t processors;

/* The queue of a processor keeps its order: when a datagram is back, everything sent before it has arrived, and
 * what that caused (an ICMP error, a RST) is in the queue. Further rounds let that arrive, and what it causes. */
static inline void settle(void)
{
    char byte;
    for (int round = 0; round < 4; round++) {
        struct pollfd p = {.fd = probe, .events = POLLIN};
        int tries = 0;
        do {
            CHECK_LT(tries++, 10);
            CHECK_EQ(send(probe, "?", 1, 0), 1);
        } while (poll(&p, 1, (int)(1000 * test_scale())) != 1);
        CHECK_EQ(recv(probe, &byte, 1, 0), 1);
    }
}

static inline void loopback_begin(void)
{
    cpu_set_t this_one;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    int number = sched_getcpu();
    CHECK_SYS(number);
    CHECK_SYS(sched_getaffinity(0, sizeof processors, &processors));
    CPU_ZERO(&this_one);
    CPU_SET((unsigned)number, &this_one);
    CHECK_SYS(sched_setaffinity(0, sizeof this_one, &this_one));
    probe = (int)CHECK_SYS(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    CHECK_SYS(bind(probe, (struct sockaddr *)&at, len));
    CHECK_SYS(getsockname(probe, (struct sockaddr *)&at, &len));
    CHECK_SYS(connect(probe, (struct sockaddr *)&at, len));
}

static inline void loopback_end(void)
{
    CHECK_SYS(close(probe));
    CHECK_SYS(sched_setaffinity(0, sizeof processors, &processors));
}

/* The watch: ends a call that blocks ------------------------------------------------------------- */

static timer_t watch_timer;
static volatile sig_atomic_t watch_rang;
static int watch_saved; /* errno of the call */

static inline void watch_rings(int number)
{
    (void)number;
    watch_rang = 1;
}

/* The interrupt hook of libsock's side. */
static inline int watch_hook(void *arg)
{
    (void)arg;
    return watch_rang ? -EINTR : 0;
}

static inline void watch_set(double ms)
{
    /* Again and again, because a signal just before the call begins to sleep wakes nobody. */
    struct itimerspec when = {{0, ms > 0 ? 20000000 : 0}, {(time_t)(ms / 1000), 0}};
    when.it_value.tv_nsec = (long)((ms - (double)when.it_value.tv_sec * 1000) * 1000000);
    timer_settime(watch_timer, 0, &when, NULL);
}

static inline int64_t watch_begin(const struct side *k)
{
    settle();
    watch_rang = 0;
    /* What the call waits for has arrived, so even valgrind needs no more than this, and many calls block. */
    double scale = test_scale();
    watch_set(k->patience * (scale < 10 ? scale : 10));
    return now_ns();
}

/* The answer of a call in libsock's form: of a raw one, whose result is -1, -errno. */
static inline int64_t watch_end(struct side *k, int64_t began, int64_t result)
{
    watch_saved = errno;
    k->took = now_ns() - began;
    watch_set(0);
    return k->kind == RAW && result == -1 ? -watch_saved : result;
}

#define EITHER(k, raw, own)                                                    \
    __extension__({                                                            \
        int64_t began_ = watch_begin(k);                                       \
        watch_end((k), began_, (k)->kind == RAW ? (int64_t)(raw) : (int64_t)(own)); \
    })

static inline int64_t said(struct side *k, const char *what, int64_t result)
{
    /* The kernel's receive of 0 bytes from TCP ends with 0 when a signal comes. */
    if ((result == -EINTR || result == 0) && watch_rang)
        note(k, "\n%s: blocks", what);
    else if (result < 0)
        note(k, "\n%s: %s", what, sock_err_name((int)result));
    else
        note(k, "\n%s: %lld", what, (long long)result);
    return result;
}

/* The last call took this long, where it did not have to be interrupted; only the upper end is scaled. */
#define TOOK(k, at_least_ms, at_most_ms) CHECK_TIME((k)->took, at_least_ms, at_most_ms)

/* Addresses ------------------------------------------------------------------------------------- */

static inline struct sock_addr ip_at(const char *host, int port)
{
    struct sock_addr a;
    CHECK_OK(sock_addr_ip(host, port, &a));
    return a;
}

/* As a program would fill in a struct sockaddr_un: `len` bytes of name, no NUL added. */
static inline struct sock_addr name_of(const char *name, size_t len)
{
    struct sock_addr a = {.len = (uint32_t)(2 + len)};
    const sa_family_t family = AF_UNIX;
    memcpy(a.native, &family, 2);
    memcpy((char *)a.native + 2, name, len);
    return a;
}

static inline struct sock_addr path_of(const char *path)
{
    return name_of(path, strlen(path) + 1);
}

static inline struct sock_addr of_family(int family, size_t len)
{
    struct sock_addr a = {.len = (uint32_t)len};
    const sa_family_t number = (sa_family_t)family;
    memcpy(a.native, &number, 2);
    return a;
}

static inline const struct sockaddr *native(const struct sock_addr *a)
{
    return (const struct sockaddr *)a->native;
}

/* Peers: plain descriptors ------------------------------------------------------------------------ */

static inline struct sock_addr own_name(int fd)
{
    struct sock_addr a = {0};
    socklen_t len = sizeof a.native;
    CHECK_SYS(getsockname(fd, (struct sockaddr *)a.native, &len));
    a.len = len;
    return a;
}

/* A socket that is bound, of IP to 127.0.0.1 and a free port, and listens with this backlog if it is not -1. */
static inline int peer_at(int type, struct sock_addr at, int backlog)
{
    int fd = (int)CHECK_SYS(socket(native(&at)->sa_family, type | SOCK_CLOEXEC, 0));
    CHECK_SYS(bind(fd, native(&at), at.len));
    if (backlog >= 0)
        CHECK_SYS(listen(fd, backlog));
    return fd;
}

static inline int listener(void)
{
    return peer_at(SOCK_STREAM, ip_at("127.0.0.1", 0), 16);
}

static inline int udp_peer(void)
{
    return peer_at(SOCK_DGRAM, ip_at("127.0.0.1", 0), -1);
}

/* An address on which nobody is, for as long as the scenario runs: its port belongs to a socket that takes no
 * connections, or no datagrams but its own peer's. */
static int nobodies[16], nobody_count;

static inline struct sock_addr nobody_at(int type)
{
    int fd = peer_at(type, ip_at("127.0.0.1", 0), -1);
    struct sock_addr a = own_name(fd), elsewhere = ip_at("127.0.0.1", 9);
    if (type == SOCK_DGRAM)
        CHECK_SYS(connect(fd, native(&elsewhere), elsewhere.len));
    CHECK_LT(nobody_count, 16);
    nobodies[nobody_count++] = fd;
    return a;
}

/* Now somebody listens there: on the first of them. */
static inline void nobody_listens(void)
{
    CHECK_SYS(listen(nobodies[0], 4));
}

/* Sends bytes from a thread of its own, after a while. */
struct later {
    struct thread thread;
    int fd, flags;
    double ms;
    const char *text;
};

static inline void later_sends(void *arg)
{
    const struct later *l = arg;
    sleep_ms(l->ms);
    CHECK_EQ(send(l->fd, l->text, strlen(l->text), l->flags | MSG_NOSIGNAL), (long long)strlen(l->text));
}

static inline void later_send(struct later *l, double ms, int fd, const char *text, int flags)
{
    *l = (struct later){.fd = fd, .ms = ms, .text = text, .flags = flags};
    thread_start(&l->thread, later_sends, l);
}

static inline void later_done(struct later *l)
{
    thread_join_within(&l->thread, 5000);
}

/* Runs ------------------------------------------------------------------------------------------- */

/* Whether a datagram to nobody comes back as an error, in one of a few tries. */
static inline bool kernel_sends_errors(void)
{
    struct sock_addr nobody = nobody_at(SOCK_DGRAM);
    bool came = false;
    for (int tries = 0; tries < 3 && !came; tries++) {
        int fd = (int)CHECK_SYS(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        struct pollfd p = {.fd = fd};
        CHECK_SYS(connect(fd, native(&nobody), nobody.len));
        CHECK_EQ(send(fd, "?", 1, 0), 1);
        came = poll(&p, 1, (int)(500 * test_scale())) == 1 && p.revents & POLLERR;
        CHECK_SYS(close(fd));
    }
    return came;
}

static inline void nobodies_go(void)
{
    while (nobody_count > 0)
        CHECK_SYS(close(nobodies[--nobody_count]));
}

/* Returns false if the kernel sends no ICMP errors, and the run needs some. */
static inline bool run_side(struct side *k, void (*scenario)(struct side *), enum kind kind)
{
    for (int run = 0; run < 5; run++) {
        memset(k, 0, sizeof *k);
        k->kind = kind;
        k->patience = 100;
        scenario(k);
        nobodies_go();
        if (!k->lost)
            return true;
        bool sends = kernel_sends_errors();
        nobodies_go();
        if (!sends)
            return false;
    }
    FAIL("%s: no error arrived in 5 runs", kind_names[kind]);
}

/* Fails with the first lines that differ. */
static inline void compare_sides(const struct side *raw, const struct side *other, const char *file, int line)
{
    const char *a = raw->log, *b = other->log;
    for (int number = 0; *a || *b; number++) {
        size_t a_len = strcspn(a, "\n"), b_len = strcspn(b, "\n");
        if (a_len != b_len || memcmp(a, b, a_len))
            check_fail(file, line, "line %d of %s says `%.*s`, of %s `%.*s`", number, kind_names[RAW],
                       (int)a_len, a, kind_names[other->kind], (int)b_len, b);
        a += a_len + (a[a_len] == '\n');
        b += b_len + (b[b_len] == '\n');
    }
}

/* The descriptor that wakes this thread is made at its first wait, and stays. */
static inline void warm_up(void)
{
    sock_t pair[2];
    char byte;
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(sock_settimeout(pair[0], MS(1)));
    CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

#ifndef sigev_notify_thread_id /* which timer_create(2) names, and the GNU C library does not */
#define sigev_notify_thread_id _sigev_un._tid
#endif

static inline void run_sides(void (*scenario)(struct side *), const char *file, int line)
{
    static struct side raw, other;
    struct sigaction action = {.sa_handler = watch_rings}, before;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR2};
    char place[] = "/tmp/sock-kernel-XXXXXX", command[64];
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    CHECK_SYS(sigaction(SIGUSR2, &action, &before));
    CHECK_SYS(timer_create(CLOCK_MONOTONIC, &event, &watch_timer));
    CHECK_OK(sock_set_interrupt(watch_hook, NULL));
    warm_up();
    loopback_begin();
    CHECK(mkdtemp(place) != NULL);
    CHECK_SYS(chdir(place));
    snprintf(command, sizeof command, "rm -rf %s/*", place);
    bool ran = true;
    for (enum kind kind = RAW; kind < KINDS && ran; kind++) {
        int open_before = open_fds();
        struct side *k = kind == RAW ? &raw : &other;
        ran = run_side(k, scenario, kind);
        if (getenv("KERNEL_NOTES"))
            printf("# %s:%s\n", kind_names[kind], k->log);
        CHECK_EQ(open_fds(), open_before);
        CHECK_EQ(system(command), 0);
        if (kind != RAW && ran)
            compare_sides(&raw, &other, file, line);
    }
    loopback_end();
    CHECK_SYS(chdir("/"));
    CHECK_SYS(rmdir(place));
    CHECK_OK(sock_set_interrupt(NULL, NULL));
    CHECK_SYS(timer_delete(watch_timer));
    CHECK_SYS(sigaction(SIGUSR2, &before, NULL));
    if (!ran)
        SKIP("this kernel has stopped sending ICMP errors");
}

#define SAME(scenario) run_sides(scenario, __FILE__, __LINE__)

/* SAME for several scenarios, each as a test function of its own: SCENARIO(refused) makes test_refused. */
#define SCENARIO(name)                     \
    static void name(struct side *k);      \
    static void test_##name(void)          \
    {                                      \
        SAME(name);                        \
    }                                      \
    static void name(struct side *k)

#include "kernel_calls.h"

#endif
