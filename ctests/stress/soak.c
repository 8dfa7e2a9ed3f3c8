/* Many connections for a long time: they open, echo, pass their deadlines and close at random.
 *
 *     soak SECONDS [CONNECTIONS]       SOAK_PLANT=memory|descriptor|thread leaks one now and then
 *
 * The time is cut into rounds. At the end of each, all connections are closed and everything comes to rest: then
 * the descriptors and the threads must be as many as after the first round, which fills tables and pools, and
 * the memory no more than a little.
 */
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "namespace.h"

enum { CLIENTS = 8, MOST = 4000, PIECE = 4096, ROUNDS = 6 };

/* One client thread has a share of the connections and uses them one after another. */
static struct client {
    struct thread thread;
    uint64_t random;
    int count;
    sock_t connections[MOST];
    long opened, echoed, timeouts, closed, refused;
    int rests; /* atomic */
} clients[CLIENTS];

static struct thread servers[2];
static sock_t listener;
static struct sock_addr at;
static char port[8];
static int ending, resting; /* atomic */
static const char *plant = "";
static double seconds;
static int connections;
static bool names; /* whether lookups of names stay on this machine */

static uint64_t draw(struct client *c, uint64_t below)
{
    c->random ^= c->random << 13;
    c->random ^= c->random >> 7;
    c->random ^= c->random << 17;
    return c->random % below;
}

static bool over(void)
{
    return __atomic_load_n(&ending, __ATOMIC_SEQ_CST);
}

/* The server ------------------------------------------------------------------------------------- */

static void watch_one(int poller, sock_t s)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)s};
    CHECK_SYS(epoll_ctl(poller, EPOLL_CTL_ADD, (int)CHECK_OK(sock_fileno(s)), &event));
}

/* Two threads share the listener; each echoes what comes on the connections that it accepted. */
static void serve(void *unused)
{
    char buf[PIECE];
    struct epoll_event events[64];
    int poller = CHECK_SYS(epoll_create1(EPOLL_CLOEXEC));
    (void)unused;
    watch_one(poller, listener);
    while (!over()) {
        int count = epoll_wait(poller, events, 64, 100);
        for (int i = 0; i < count; i++) {
            sock_t s = (sock_t)events[i].data.u64;
            if (s == listener) {
                sock_t got = sock_accept(listener, NULL); /* the other thread may have been faster */
                if (got >= 0)
                    watch_one(poller, got);
                continue;
            }
            int64_t len = sock_recv(s, buf, sizeof buf, 0);
            /* Who reads /proc/self/fd, as the samples do, may keep a closed description and its event alive. */
            if (len == -EBADF)
                continue;
            if (len <= 0 || sock_sendall(s, buf, (size_t)len, 0, NULL) != 0)
                CHECK_OK(sock_close(s));
        }
    }
    /* The clients have closed; what is left of their connections ends now. */
    for (int count; (count = epoll_wait(poller, events, 64, 200)) > 0;)
        for (int i = 0; i < count; i++)
            if ((sock_t)events[i].data.u64 != listener)
                sock_close((sock_t)events[i].data.u64);
    CHECK_SYS(close(poller));
}

/* The clients ------------------------------------------------------------------------------------ */

static sock_t open_one(struct client *c)
{
    struct sock_connect_options opt = {.size = sizeof opt, .timeout_ns = SEC(5)};
    sock_t s;
    switch (draw(c, names ? 3 : 2)) {
    case 0: s = sock_create_connection("127.0.0.1", port, &opt); break;
    case 2: s = sock_create_connection("localhost", port, &opt); break;
    default:
        s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
        CHECK_OK(sock_settimeout(s, SEC(5)));
        if (sock_connect(s, &at) < 0) {
            CHECK_OK(sock_close(s));
            s = -1;
        }
    }
    if (s < 0) {
        c->refused++; /* a full backlog on a busy machine */
        return 0;
    }
    c->opened++;
    return s;
}

static void close_one(struct client *c, sock_t *s)
{
    /* Half of them without TIME_WAIT, so that ports do not run out. */
    if (draw(c, 8))
        CHECK_OK(sock_set_linger(*s, 1, 0));
    CHECK_OK(sock_close(*s));
    *s = 0;
    c->closed++;
}

static void echo_one(struct client *c, sock_t s)
{
    char out[PIECE], in[PIECE];
    size_t len = 1 + draw(c, PIECE), count;
    memset(out, (int)draw(c, 256), len);
    CHECK_OK(sock_setdeadline(s, SOCK_READ | SOCK_WRITE, sock_now() + SEC(5)));
    if (sock_sendall(s, out, len, 0, NULL) == 0 && sock_recv_exact(s, in, len, 0, &count) == 0) {
        CHECK_MEM(in, out, len);
        c->echoed++;
    }
    CHECK_OK(sock_setdeadline(s, SOCK_READ | SOCK_WRITE, SOCK_FOREVER));
}

static void one_step(struct client *c)
{
    sock_t *s = &c->connections[draw(c, (uint64_t)c->count)];
    char byte;
    if (!*s) {
        *s = open_one(c);
        return;
    }
    switch (draw(c, 8)) {
    case 0: close_one(c, s); break;
    case 1:
        CHECK_OK(sock_setdeadline(*s, SOCK_READ, sock_now() + MS(draw(c, 4))));
        if (sock_recv(*s, &byte, 1, 0) == SOCK_ETIMEDOUT)
            c->timeouts++;
        CHECK_OK(sock_setdeadline(*s, SOCK_READ, SOCK_FOREVER));
        break;
    default: echo_one(c, *s);
    }
}

static void nothing(void *unused)
{
    (void)unused;
    sleep_ms(1e9);
}

static void do_wrong(long step)
{
    static void *volatile kept;
    if (step % 20)
        return;
    if (strcmp(plant, "memory") == 0) {
        kept = malloc(5000);
        memset(kept, 1, 5000);
    } else if (strcmp(plant, "descriptor") == 0 && step % 1000 == 0) {
        CHECK_SYS(socket(AF_UNIX, SOCK_STREAM, 0));
    } else if (strcmp(plant, "thread") == 0 && step % 1000 == 0) {
        pthread_t id;
        pthread_create(&id, NULL, (void *(*)(void *))(void (*)(void))nothing, NULL);
    }
}

static void close_all(struct client *c)
{
    for (int i = 0; i < c->count; i++)
        if (c->connections[i])
            close_one(c, &c->connections[i]);
}

static void use(void *arg)
{
    struct client *c = arg;
    for (long step = 0; !over(); step++) {
        if (__atomic_load_n(&resting, __ATOMIC_SEQ_CST)) {
            close_all(c);
            __atomic_store_n(&c->rests, 1, __ATOMIC_SEQ_CST);
            sleep_ms(5);
            continue;
        }
        if (__atomic_exchange_n(&c->rests, 0, __ATOMIC_SEQ_CST))
            for (int i = 0; i < c->count; i++)
                c->connections[i] = open_one(c);
        one_step(c);
        do_wrong(step);
    }
    close_all(c);
}

/* Samples ---------------------------------------------------------------------------------------- */

struct sample {
    long memory_kib, heap_kib, fds, threads;
};

static long status_line(const char *name)
{
    char line[256], format[64];
    long value = -1;
    FILE *status = fopen("/proc/self/status", "re");
    snprintf(format, sizeof format, "%s: %%ld", name);
    while (status && fgets(line, sizeof line, status))
        sscanf(line, format, &value);
    if (status)
        fclose(status);
    return value;
}

static struct sample take(void)
{
    struct mallinfo2 heap = mallinfo2();
    return (struct sample){status_line("RssAnon"), (long)((heap.uordblks + heap.hblkhd) >> 10), open_fds(),
                           status_line("Threads")};
}

/* Runs for a while, then waits until everything rests; at the latest after 30 s, and for 8 s in the first
 * round, when it is not known what rest is. */
static struct sample round_of(double duration, const struct sample *first)
{
    struct sample high = {0, 0, 0, 0}, now;
    for (int64_t end = now_ns() + SEC(duration); now_ns() < end; sleep_ms(duration > 100 ? 500 : duration * 5)) {
        now = take();
        if (now.fds > high.fds)
            high = now;
    }
    __atomic_store_n(&resting, 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < CLIENTS; i++)
        while (!__atomic_load_n(&clients[i].rests, __ATOMIC_SEQ_CST) && !thread_ended(&clients[i].thread))
            sleep_ms(5);
    for (int64_t end = now_ns() + SEC(!first || *plant ? 8 : 30 * test_scale()); now_ns() < end; sleep_ms(50)) {
        now = take();
        if (first && now.threads <= first->threads && (*plant || now.fds <= first->fds))
            break;
    }
    malloc_trim(0);
    now = take();
    printf("# busy: %ld KiB, %ld descriptors, %ld threads; at rest: %ld KiB, of the heap %ld KiB, %ld descriptors, "
           "%ld threads\n", high.memory_kib, high.fds, high.threads, now.memory_kib, now.heap_kib, now.fds, now.threads);
    __atomic_store_n(&resting, 0, __ATOMIC_SEQ_CST);
    return now;
}

static void test_soak(void)
{
    int64_t number;
    names = namespace_try() == NULL;
    (void)namespace_enter; /* would skip the test */
    test_timeout((unsigned)(seconds * 1.5 + 300));
    fds_at_least(3 * connections + 200);
    CHECK_OK(sock_setdefaulttimeout(SEC(10)));
    listener = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    CHECK_OK(sock_settimeout(listener, 0));
    CHECK_OK(sock_getsockname(listener, &at));
    CHECK_OK(sock_addr_get_ip(&at, NULL, 0, &number, NULL, NULL));
    snprintf(port, sizeof port, "%d", (int)number);
    for (size_t i = 0; i < 2; i++)
        thread_start(&servers[i], serve, NULL);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i].random = (uint64_t)(i + 1) * 0x9e3779b97f4a7c15u;
        clients[i].count = connections / CLIENTS;
        clients[i].rests = 1; /* opens all of them */
        thread_start(&clients[i].thread, use, &clients[i]);
    }
    struct sample first = round_of(seconds / ROUNDS, NULL), last = first;
    for (int i = 1; i < ROUNDS; i++)
        last = round_of(seconds / ROUNDS, &first);
    __atomic_store_n(&ending, 1, __ATOMIC_SEQ_CST);
    struct client sum = {.count = 0};
    for (int i = 0; i < CLIENTS; i++) {
        thread_join_within(&clients[i].thread, 30000);
        sum.opened += clients[i].opened;
        sum.echoed += clients[i].echoed;
        sum.timeouts += clients[i].timeouts;
        sum.closed += clients[i].closed;
        sum.refused += clients[i].refused;
    }
    for (size_t i = 0; i < 2; i++)
        thread_join_within(&servers[i], 30000);
    CHECK_OK(sock_close(listener));
    printf("# %ld opened, %ld echoes, %ld deadlines, %ld closed, %ld not connected\n", sum.opened, sum.echoed,
           sum.timeouts, sum.closed, sum.refused);
    CHECK_GT(sum.echoed, connections);
    CHECK_GT(sum.timeouts, connections / 10);
    CHECK_GT(sum.closed, connections / 10);
    CHECK_LE(sum.refused, sum.opened / 20);
    CHECK_LE(last.threads, first.threads);
    CHECK_LE(last.fds, first.fds);
    /* What the allocator scatters is not a leak. */
    CHECK_LE(last.heap_kib, first.heap_kib + 64);
    CHECK_LE(last.memory_kib, first.memory_kib + 512);
}

int main(int argc, char **argv)
{
    static void (*const tests[])(void) = {test_soak};
    seconds = argc > 1 ? atof(argv[1]) : 60;
    connections = argc > 2 ? atoi(argv[2]) : 1000;
    if (connections > CLIENTS * MOST / 8)
        connections = CLIENTS * MOST / 8;
    plant = getenv("SOAK_PLANT") ? getenv("SOAK_PLANT") : "";
    return check_main(1, argv, tests, 1, "test_soak");
}
