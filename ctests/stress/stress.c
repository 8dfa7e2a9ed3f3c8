/* Random operations by many threads on a table of shared handles, with signals, hooks, forks and closes.
 *
 *     stress SECONDS [SEED]        STRESS_PLANT=theft|hang|leak|code|race does one thing wrong
 *
 * What must hold: every call answers a result or a code that the race explains; no byte of one connection comes
 * out of another (each sends one letter); no thread is longer than hang_s inside one operation; children end;
 * and at the end no descriptor, thread or lookup is left. Ends with 0, or prints what was found and ends with 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "namespace.h"

enum { THREADS = 10, ENTRIES = 48, CHUNK = 64, FORKS_PER_S = 20 };

enum kind { NOTHING, SOCKET, LISTENER, TOKEN, STREAM, OPERATION, KINDS };

/* Handles that all threads use; a copy may be stale at any time, which is the point. */
static struct entry {
    pthread_mutex_t lock;
    int64_t handle;
    enum kind kind;
    unsigned char letter; /* what its connection sends */
} table[ENTRIES];

static struct worker {
    struct thread thread;
    uint64_t random;
    int64_t since;        /* atomic: when the operation began; 0 outside */
    const char *doing;    /* atomic */
    long count, calls, failures;
    int hooks;
} workers[THREADS + 1];   /* the last is the reaper, which never waits */

static __thread struct worker *me;
static int ending, found, forks, children;
static bool in_child;
static const char *plant = "";
static int hang_s = 30;
static bool names; /* whether lookups of names stay on this machine */
static struct sock_addr echo_at;
static char echo_port[8];
static int some_file; /* CHUNK times each letter */

static void finding(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void finding(const char *format, ...)
{
    va_list args;
    if (__atomic_exchange_n(&found, 1, __ATOMIC_SEQ_CST) && !in_child)
        return;
    va_start(args, format);
    printf("not ok stress: ");
    vprintf(format, args);
    printf("\n");
    fflush(stdout);
    va_end(args);
}

static uint64_t draw(uint64_t below)
{
    me->random ^= me->random << 13;
    me->random ^= me->random >> 7;
    me->random ^= me->random << 17;
    return me->random % below;
}

/* Codes that a race, a limit, a signal or the peer explains. */
static bool explained(int64_t code)
{
    static const int fine[] = {
        SOCK_ECLOSED, SOCK_ECANCELED, SOCK_ETIMEDOUT, SOCK_EEOF, -EBADF, -ENOTSOCK, -EAGAIN, -EINPROGRESS, -EPIPE,
        -ECONNRESET, -ECONNREFUSED, -ECONNABORTED, -ENOTCONN, -EISCONN, -EINVAL, -EALREADY, -EMSGSIZE, -EDESTADDRREQ,
        -EOPNOTSUPP, -EADDRINUSE, -EMFILE, -ENFILE, -ENOBUFS, -EBUSY, -EDEADLK, -EPROTOTYPE, -ENOPROTOOPT, -ESTALE,
        -EINTR, -ETOOMANYREFS, -EADDRNOTAVAIL, -ENOTTY, -EAFNOSUPPORT,
    };
    if (code >= 0)
        return true;
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        if (code == fine[i])
            return true;
    return code <= SOCK_EAI_BADFLAGS && code > SOCK_EAI_BADFLAGS - 100;
}

static int64_t expect(const char *call, int64_t code)
{
    if (me) {
        me->calls++;
        me->failures += code < 0;
    }
    if (!explained(code))
        finding("%s answered %lld (%s): %s", call, (long long)code, sock_err_name((int)code), why());
    return code;
}

#define DO(call) expect(#call, (int64_t)(call))

/* The table --------------------------------------------------------------------------------------- */

static struct entry look(size_t at)
{
    struct entry copy;
    /* In a child the lock may be held by a thread that is not there. */
    if (!in_child)
        pthread_mutex_lock(&table[at].lock);
    copy = table[at];
    if (!in_child)
        pthread_mutex_unlock(&table[at].lock);
    return copy;
}

static struct entry any(void)
{
    return look(draw(ENTRIES));
}

static void put(int64_t handle, enum kind kind, unsigned char letter)
{
    if (handle < 0)
        return;
    size_t at = draw(ENTRIES);
    if (!in_child)
        pthread_mutex_lock(&table[at].lock);
    int64_t old = table[at].handle;
    table[at].handle = handle;
    table[at].kind = kind;
    table[at].letter = letter;
    if (!in_child)
        pthread_mutex_unlock(&table[at].lock);
    if (old)
        DO(sock_close(old));
}

static unsigned char new_letter(void)
{
    static unsigned next;
    return (unsigned char)(__atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % 255 + 1);
}

/* Operations -------------------------------------------------------------------------------------- */

static void limit(int64_t handle)
{
    /* Without a limit only closes, tokens, hooks and the peer end a call: the reaper goes on closing. */
    DO(sock_settimeout(handle, in_child || me == &workers[THREADS] ? MS(1) : draw(8) ? MS(draw(6)) : SOCK_FOREVER));
}

static void make_pair(void)
{
    static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
    sock_t pair[2];
    unsigned char letter = new_letter();
    if (DO(sock_socketpair(AF_UNIX, types[draw(3)], 0, pair)) < 0)
        return;
    limit(pair[0]);
    limit(pair[1]);
    put(pair[0], SOCKET, letter);
    put(pair[1], SOCKET, letter);
}

static void make_listener(void)
{
    sock_t s = DO(sock_create_server("127.0.0.1", "0", NULL));
    if (s < 0)
        return;
    limit(s);
    put(s, LISTENER, new_letter());
}

static void make_token(void)
{
    put(DO(sock_cancel_new()), TOKEN, 0);
}

static void make_stream(void)
{
    struct entry e = any();
    put(DO(sock_stream_new(e.handle, draw(2) ? 0 : 16)), STREAM, e.letter);
}

static void copy_it(void)
{
    struct entry e = any();
    if (e.kind == SOCKET || e.kind == LISTENER)
        put(DO(sock_dup(e.handle)), e.kind, e.letter);
}

static void give_away_and_adopt(void)
{
    struct entry e = any();
    if (e.kind != SOCKET || draw(4))
        return;
    int fd = (int)DO(sock_detach(e.handle));
    if (fd < 0)
        return;
    sock_t s = DO(sock_from_fd(fd, -1, -1, -1));
    if (s < 0)
        close(fd);
    else
        limit(s);
    put(s, SOCKET, e.letter);
}

static void close_it(void)
{
    struct entry e = any();
    DO(sock_close(e.handle));
}

/* What comes is the connection's own letter, which its two ends alone send. */
static void check_letters(const struct entry *e, const unsigned char *buf, int64_t len, const char *how)
{
    for (int64_t i = 0; i < len; i++)
        if (buf[i] != e->letter) {
            finding("%s: a letter %u of another connection, expected %u", how, buf[i], e->letter);
            return;
        }
}

static void send_it(void)
{
    struct entry e = any();
    unsigned char buf[CHUNK];
    size_t count;
    memset(buf, e.letter, sizeof buf);
    if (e.kind != SOCKET)
        return;
    if (draw(3))
        DO(sock_send(e.handle, buf, 1 + draw(CHUNK), 0));
    else
        DO(sock_sendall(e.handle, buf, 1 + draw(CHUNK), 0, &count));
}

static void receive_it(void)
{
    struct entry e = any();
    unsigned char buf[CHUNK];
    size_t count = 0;
    struct sock_addr from;
    int64_t len;
    if (e.kind != SOCKET)
        return;
    switch (draw(4)) {
    case 0:
        DO(sock_recv_exact(e.handle, buf, sizeof buf, 0, &count));
        check_letters(&e, buf, (int64_t)count, "sock_recv_exact");
        return;
    case 1:
        len = DO(sock_recvfrom(e.handle, buf, sizeof buf, 0, &from));
        check_letters(&e, buf, len, "sock_recvfrom");
        return;
    case 2:
        len = DO(sock_recv(e.handle, buf, sizeof buf, MSG_WAITALL));
        check_letters(&e, buf, len, "sock_recv, MSG_WAITALL");
        return;
    default:
        len = DO(sock_recv(e.handle, buf, sizeof buf, draw(4) ? 0 : MSG_PEEK));
        check_letters(&e, buf, len, "sock_recv");
        return;
    }
}

static void messages(void)
{
    struct entry e = any();
    unsigned char buf[CHUNK];
    int fds[4], flags;
    size_t count = 0;
    if (e.kind != SOCKET)
        return;
    memset(buf, e.letter, sizeof buf);
    if (draw(2)) {
        DO(sock_send_fds(e.handle, buf, 1 + draw(CHUNK), &some_file, 1, 0, NULL));
        return;
    }
    int64_t len = DO(sock_recv_fds(e.handle, buf, sizeof buf, fds, 4, &count, 0, NULL, &flags));
    if (len < 0)
        return;
    check_letters(&e, buf, len, "sock_recv_fds");
    for (size_t i = 0; i < count; i++)
        if (close(fds[i]) != 0)
            finding("sock_recv_fds: descriptor %d is not open", fds[i]);
}

static void batches(void)
{
    struct entry e = any();
    unsigned char buf[4][CHUNK];
    struct sock_datagram v[4];
    if (e.kind != SOCKET)
        return;
    memset(buf, e.letter, sizeof buf);
    for (size_t i = 0; i < 4; i++)
        v[i] = (struct sock_datagram){.buf = buf[i], .len = 1 + draw(CHUNK), .segment = draw(4) ? 0 : 16};
    if (draw(2)) {
        DO(sock_sendmany(e.handle, v, draw(5), 0));
        return;
    }
    int64_t came = DO(sock_recvmany(e.handle, v, draw(5), 0));
    for (int64_t i = 0; i < came; i++)
        check_letters(&e, v[i].buf, v[i].count < v[i].len ? (int64_t)v[i].count : (int64_t)v[i].len, "sock_recvmany");
}

static void change_mode(void)
{
    struct entry e = any();
    switch (draw(6)) {
    case 0: DO(sock_setblocking(e.handle, 0)); break;
    case 1: DO(sock_setdeadline(e.handle, SOCK_READ | SOCK_WRITE, sock_now() + MS(draw(5)))); break;
    case 2: DO(sock_setdeadline(e.handle, SOCK_READ | SOCK_WRITE, SOCK_FOREVER)); break;
    case 3: DO(sock_shutdown(e.handle, SHUT_RDWR)); break;
    case 4: DO(sock_fileno(e.handle)); break;
    default: limit(e.handle);
    }
}

static void tokens(void)
{
    struct entry e = any(), t = any();
    if (t.kind != TOKEN)
        return;
    if (draw(3))
        DO(sock_setcancel(e.handle, t.handle));
    else
        DO(sock_cancel_fire(t.handle));
}

static void accept_it(void)
{
    struct entry e = any();
    struct sock_addr at;
    if (e.kind != LISTENER)
        return;
    if (draw(2)) {
        sock_t s = DO(sock_accept(e.handle, &at));
        if (s >= 0)
            limit(s);
        put(s, SOCKET, e.letter);
        return;
    }
    /* Its port may be another listener's by now, so what comes is not known: only the connection is made. */
    if (DO(sock_getsockname(e.handle, &at)) < 0)
        return;
    sock_t s = DO(sock_socket(AF_INET, SOCK_STREAM, 0));
    if (s < 0)
        return;
    limit(s);
    DO(sock_connect(s, &at));
    DO(sock_close(s));
}

static void streams(void)
{
    struct entry e = any();
    unsigned char buf[CHUNK];
    size_t count = 0;
    if (e.kind != STREAM)
        return;
    memset(buf, e.letter, sizeof buf);
    switch (draw(5)) {
    case 0: DO(sock_stream_write(e.handle, buf, 1 + draw(CHUNK), &count)); break;
    case 1: DO(sock_stream_flush(e.handle)); break;
    case 2: check_letters(&e, buf, DO(sock_stream_read(e.handle, buf, sizeof buf)), "sock_stream_read"); break;
    case 3:
        DO(sock_stream_read_exact(e.handle, buf, CHUNK / 2, &count));
        check_letters(&e, buf, (int64_t)count, "sock_stream_read_exact");
        break;
    default: check_letters(&e, buf, DO(sock_stream_readline(e.handle, buf, sizeof buf)), "sock_stream_readline");
    }
}

static void send_a_file(void)
{
    struct entry e = any();
    int64_t sent;
    if (e.kind == SOCKET)
        DO(sock_sendfile(e.handle, some_file, e.letter * CHUNK, 1 + (int64_t)draw(CHUNK), &sent));
}

static void dial(void)
{
    struct sock_connect_options opt = {.size = sizeof opt, .timeout_ns = MS(1 + draw(50))};
    switch (draw(3)) {
    case 0: put(DO(sock_create_connection_start("127.0.0.1", echo_port, &opt)), OPERATION, 0); break;
    case 1: {
        sock_t s = DO(sock_create_connection("127.0.0.1", echo_port, &opt));
        if (s < 0)
            return;
        limit(s);
        put(s, SOCKET, new_letter());
        break;
    }
    default: {
        struct entry e = any();
        sock_t s = e.kind == OPERATION ? DO(sock_create_connection_step(e.handle)) : 0;
        if (s > 0)
            put(s, SOCKET, new_letter());
    }
    }
}

static void look_up(void)
{
    struct sock_addr at;
    struct sock_addrinfo_options opt = {.size = sizeof opt, .timeout_ns = MS(draw(20))};
    sock_addrinfo_list_t list;
    switch (names ? draw(8) : 7) {
    case 0: DO(sock_resolve("localhost", "80", AF_INET, MS(draw(20)), &at)); break;
    case 1: put(DO(sock_getaddrinfo_start("localhost", "80", &opt)), OPERATION, 0); break;
    default:
        list = DO(sock_getaddrinfo("127.0.0.1", "80", &opt));
        if (list >= 0)
            DO(sock_close(list));
    }
}

static int hook(void *arg)
{
    struct worker *w = arg;
    struct entry e;
    char byte;
    if (++w->hooks % 7 == 0)
        return -EINTR;
    if (w->hooks % 5 == 0 && !in_child) {
        /* A call inside a call. */
        e = look(w->hooks % ENTRIES);
        if (e.kind == SOCKET)
            expect("sock_recv in a hook", sock_recv(e.handle, &byte, 1, MSG_DONTWAIT | MSG_PEEK));
    }
    return 0;
}

/* Makes a child that uses what it has inherited, and something of its own. */
static void fork_it(void)
{
    static void (*const short_ones[])(void) = {make_pair, close_it, send_it, receive_it, change_mode, copy_it, tokens};
    int status;
    if (__atomic_sub_fetch(&forks, 1, __ATOMIC_SEQ_CST) < 0)
        return;
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0)
        return;
    __atomic_add_fetch(&children, 1, __ATOMIC_SEQ_CST);
    if (pid == 0) {
        in_child = true;
        /* Before the parent's own time is over. */
        alarm((unsigned)(hang_s * test_scale() * 0.6));
        /* Nobody closes here while a call waits. */
        for (size_t i = 0; i < ENTRIES; i++)
            limit(look(i).handle);
        for (int i = 0; i < 12; i++)
            short_ones[draw(sizeof short_ones / sizeof *short_ones)]();
        sock_t pair[2];
        char byte = 0;
        if (sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || sock_send(pair[0], "c", 1, 0) != 1 ||
            sock_recv(pair[1], &byte, 1, 0) != 1 || byte != 'c' || sock_close(pair[0]) || sock_close(pair[1]))
            finding("a pair does not work in a child: %s", why());
        _exit(found ? 1 : 0);
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) {
            finding("waitpid: %s", strerror(errno));
            return;
        }
    if (WIFSIGNALED(status))
        finding("a child was ended by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        finding("a child ended with %d", WEXITSTATUS(status));
}

/* What must be found, where it is planted. */
static void do_wrong(void)
{
    struct entry e = any();
    unsigned char buf[CHUNK];
    if (strcmp(plant, "theft") == 0 && e.kind == SOCKET) {
        int fd = sock_fileno(e.handle);
        sleep_ms(1); /* the number may be another connection's by now */
        check_letters(&e, buf, recv(fd, buf, sizeof buf, MSG_DONTWAIT), "recv of a number");
    } else if (strcmp(plant, "hang") == 0 && me->count > 200) {
        while (!found)
            sleep_ms(100);
    } else if (strcmp(plant, "leak") == 0 && me->count % 500 == 0) {
        CHECK_SYS(socket(AF_UNIX, SOCK_STREAM, 0));
    } else if (strcmp(plant, "race") == 0) {
        static long unguarded; /* for ThreadSanitizer */
        unguarded++;
    } else if (strcmp(plant, "code") == 0 && e.kind == SOCKET) {
        DO(sock_recv(e.handle, NULL, 1, 0));
    }
}

static const struct operation {
    const char *name;
    void (*run)(void);
    unsigned weight;
} operations[] = {
    {"make_pair", make_pair, 6}, {"make_listener", make_listener, 2}, {"make_token", make_token, 2},
    {"make_stream", make_stream, 2}, {"copy_it", copy_it, 2}, {"adopt", give_away_and_adopt, 2},
    {"close_it", close_it, 5}, {"send_it", send_it, 16}, {"receive_it", receive_it, 16},
    {"messages", messages, 6}, {"batches", batches, 6}, {"change_mode", change_mode, 5},
    {"tokens", tokens, 4}, {"accept_it", accept_it, 4}, {"streams", streams, 6},
    {"send_a_file", send_a_file, 1}, {"dial", dial, 3}, {"look_up", look_up, 3},
    {"fork_it", fork_it, 1}, {"do_wrong", do_wrong, 2},
};

static void one_operation(void)
{
    unsigned total = 0;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        total += operations[i].weight;
    unsigned chosen = (unsigned)draw(total);
    const struct operation *o = operations;
    while (chosen >= o->weight)
        chosen -= o++->weight;
    __atomic_store_n(&me->doing, o->name, __ATOMIC_SEQ_CST);
    __atomic_store_n(&me->since, now_ns(), __ATOMIC_SEQ_CST);
    o->run();
    __atomic_store_n(&me->since, 0, __ATOMIC_SEQ_CST);
    me->count++;
}

/* Threads ----------------------------------------------------------------------------------------- */

static void work(void *arg)
{
    me = arg;
    DO(sock_set_interrupt(hook, me));
    while (!__atomic_load_n(&ending, __ATOMIC_SEQ_CST) && !__atomic_load_n(&found, __ATOMIC_SEQ_CST))
        one_operation();
    DO(sock_set_interrupt(NULL, NULL));
}

/* Closes and makes, and never waits: what waits for ever comes to its end. */
static void reap(void *arg)
{
    me = arg;
    while (!__atomic_load_n(&ending, __ATOMIC_SEQ_CST)) {
        make_pair();
        close_it();
        me->count += 2;
        sleep_ms(1);
    }
}

static void on_signal(int number)
{
    (void)number;
}

static void echo(void *arg)
{
    sock_t listener = *(sock_t *)arg, s;
    while ((s = sock_accept(listener, NULL)) >= 0)
        sock_close(s);
}

static void nothing(void *unused)
{
    (void)unused;
}

static void make_echo(sock_t *listener)
{
    int64_t port;
    *listener = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    CHECK_OK(sock_settimeout(*listener, SOCK_FOREVER));
    CHECK_OK(sock_getsockname(*listener, &echo_at));
    CHECK_OK(sock_addr_get_ip(&echo_at, NULL, 0, &port, NULL, NULL));
    snprintf(echo_port, sizeof echo_port, "%d", (int)port);
}

static int threads_now(void)
{
    int threads = 0;
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status))
        sscanf(line, "Threads: %d", &threads);
    if (status)
        fclose(status);
    return threads;
}

/* Signals threads and looks for one that has been in an operation for too long. */
static void watch(double seconds)
{
    int64_t end = now_ns() + SEC(seconds), tick = now_ns();
    struct worker own = {.random = 77};
    me = &own;
    while (now_ns() < end && !__atomic_load_n(&found, __ATOMIC_SEQ_CST)) {
        pthread_kill(workers[draw(THREADS)].thread.id, SIGUSR1);
        sleep_ms(1);
        if (now_ns() - tick > SEC(1)) {
            tick = now_ns();
            __atomic_store_n(&forks, FORKS_PER_S, __ATOMIC_SEQ_CST);
        }
        for (int i = 0; i < THREADS; i++) {
            int64_t since = __atomic_load_n(&workers[i].since, __ATOMIC_SEQ_CST);
            if (since && now_ns() - since > SEC(hang_s * test_scale()))
                finding("a thread hangs in %s", workers[i].doing);
        }
    }
    __atomic_store_n(&ending, 1, __ATOMIC_SEQ_CST);
}

static void check_rest(int fds, int threads)
{
    struct sock_lookup_stats pool = {.size = sizeof pool};
    /* Idle workers of the pool end by themselves, after 5 s. */
    int64_t end = now_ns() + SEC((*plant ? 8 : 20) * test_scale());
    do {
        sleep_ms(50);
        CHECK_OK(sock_lookup_stats(&pool));
    } while ((open_fds() > fds || threads_now() > threads) && now_ns() < end);
    if (pool.queued + pool.running > 0)
        finding("%lld lookups are left", (long long)(pool.queued + pool.running));
    if (open_fds() > fds)
        finding("%d descriptors are left", open_fds() - fds);
    if (threads_now() > threads)
        finding("%d threads are left", threads_now() - threads);
}

static double seconds;
static uint64_t seed;

static void test_stress(void)
{
    struct thread echo_thread;
    sock_t listener;
    struct sigaction action = {.sa_handler = on_signal};
    char path[] = "/tmp/sock-stress-XXXXXX";
    names = namespace_try() == NULL;
    (void)namespace_enter; /* would skip the test */
    test_timeout((unsigned)(seconds + 4 * hang_s * test_scale() + 120));
    sigaction(SIGUSR1, &action, NULL);
    some_file = CHECK_SYS(mkostemp(path, O_CLOEXEC));
    CHECK_SYS(unlink(path));
    for (int letter = 0; letter < 256; letter++) {
        char piece[CHUNK];
        memset(piece, letter, sizeof piece);
        CHECK_EQ(write(some_file, piece, sizeof piece), CHUNK);
    }
    fds_at_least(4096);
    CHECK_OK(sock_setdefaulttimeout(MS(20)));

    /* With the first thread a sanitizer starts one of its own. */
    thread_start(&echo_thread, nothing, NULL);
    thread_join(&echo_thread);
    int fds = open_fds(), threads = threads_now();
    for (int i = 0; i < ENTRIES; i++)
        pthread_mutex_init(&table[i].lock, NULL);
    make_echo(&listener);
    thread_start(&echo_thread, echo, &listener);
    for (int i = 0; i <= THREADS; i++) {
        workers[i].random = (seed + (uint64_t)i) * 0x9e3779b97f4a7c15u | 1;
        thread_start(&workers[i].thread, i < THREADS ? work : reap, &workers[i]);
    }
    watch(seconds);

    /* Those that wait without a limit are woken by the end of their handles. */
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < ENTRIES; i++) {
            struct entry e = look((size_t)i);
            if (e.handle)
                sock_close(e.handle);
        }
        sleep_ms(5);
    }
    CHECK_OK(sock_close(listener));
    thread_join_within(&echo_thread, 5000);
    long count = 0, calls = 0, failures = 0;
    for (int i = 0; i <= THREADS; i++) {
        thread_join_within(&workers[i].thread, hang_s * 1000.0);
        count += workers[i].count;
        calls += workers[i].calls;
        failures += workers[i].failures;
    }
    for (int i = 0; i < ENTRIES; i++)
        sock_close(table[i].handle);
    check_rest(fds, threads);
    printf("# %ld operations, %ld calls of which %ld failed, %d children, seed %llu\n", count, calls, failures, children,
           (unsigned long long)seed);
    CHECK_EQ(found, 0);
    /* What does nothing shows nothing. */
    CHECK_GT(calls - failures, 100 * seconds);
    CHECK_GT(children, 0);
}

int main(int argc, char **argv)
{
    static void (*const tests[])(void) = {test_stress};
    seconds = argc > 1 ? atof(argv[1]) : 30;
    seed = argc > 2 ? strtoull(argv[2], NULL, 0) : (uint64_t)now_ns();
    plant = getenv("STRESS_PLANT") ? getenv("STRESS_PLANT") : "";
    if (getenv("STRESS_HANG_S"))
        hang_s = atoi(getenv("STRESS_HANG_S"));
    return check_main(1, argv, tests, 1, "test_stress");
}
