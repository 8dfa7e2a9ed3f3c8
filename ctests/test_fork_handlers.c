/* fork at the worst moment: with locks of the program's own handlers, in two threads at once, in a signal handler,
 * during a close that lingers, during lookups. No wait is without a limit, and the child is exact. */
#include "check.h"
#include "connected.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The longest that a fork may take where nobody has to wait for anybody. */
enum { LONG_FORK_MS = 400 };
/* Forks repeat for some seconds, and this many times at least, however slow the machine is. */
enum { ENOUGH_FORKS = 10 };

static int stop; /* atomic */

static bool stopped(void)
{
    return __atomic_load_n(&stop, __ATOMIC_ACQUIRE);
}

/* Forks a child that does nothing: how long fork(2) took. */
static int64_t fork_once(void)
{
    int64_t start = now_ns();
    pid_t pid = CHECK_SYS(fork());
    if (pid == 0)
        _exit(0);
    int64_t took = now_ns() - start;
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
    return took;
}

/* A program's own handlers -------------------------------------------------------------------------- */

static pthread_mutex_t program_lock = PTHREAD_MUTEX_INITIALIZER;
static int early_on; /* atomic: the handlers that were registered before libsock was loaded do something */

static int want; /* atomic: forks that want the lock */

static void lock_program(void)
{
    __atomic_add_fetch(&want, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_lock(&program_lock);
    __atomic_sub_fetch(&want, 1, __ATOMIC_SEQ_CST);
}

static void unlock_program(void)
{
    pthread_mutex_unlock(&program_lock);
}

static void lock_early(void)
{
    if (__atomic_load_n(&early_on, __ATOMIC_RELAXED))
        lock_program();
}

static void unlock_early(void)
{
    if (__atomic_load_n(&early_on, __ATOMIC_RELAXED))
        unlock_program();
}

/* Runs before the constructors of shared libraries: for libsock it is as if it were loaded later. */
__attribute__((no_sanitize("address", "undefined"))) static void register_early(void)
{
    pthread_atfork(lock_early, unlock_early, unlock_early);
}

__attribute__((section(".preinit_array"), used)) static void (*const before_libraries)(void) = register_early;

/* Holds the program's lock over calls of libsock. */
static void call_under_the_lock(void *arg)
{
    (void)arg;
    while (!stopped()) {
        lock_program();
        CHECK_OK(sock_close(CHECK_OK(sock_socket(AF_UNIX, SOCK_DGRAM, 0))));
        unlock_program();
        /* The mutex is not fair: on a busy machine a fork would wait for many turns of this loop. */
        while (__atomic_load_n(&want, __ATOMIC_SEQ_CST) > 0 && !stopped())
            sleep_ms(0.1);
    }
}

static void fork_with_handlers(int forks, int longest_ms)
{
    struct thread t;
    thread_start(&t, call_under_the_lock, NULL);
    int64_t end = now_ns() + SEC(10);
    for (int i = 0; i < forks && (i < ENOUGH_FORKS || now_ns() < end); i++)
        CHECK_TIME(fork_once(), 0, longest_ms);
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    thread_join_within(&t, 2000);
}

static void with_late_handlers(void *arg)
{
    (void)arg;
    CHECK_EQ(pthread_atfork(lock_program, unlock_program, unlock_program), 0);
    fork_with_handlers(300, LONG_FORK_MS);
}

static void with_early_handlers(void *arg)
{
    (void)arg;
    early_on = 1;
    fork_with_handlers(20, 600);
}

/* Handlers registered before the first call of libsock: theirs run first, and nobody waits. */
static void test_handlers_of_the_program(void)
{
    child_join(child_start(with_late_handlers, NULL));
}

/* Handlers registered before libsock was loaded: they take the lock while libsock waits for the fork. */
static void test_handlers_older_than_the_library(void)
{
    child_join(child_start(with_early_handlers, NULL));
}

/* Two forks at once --------------------------------------------------------------------------------- */

static sock_t shown;          /* the handle that is open now, or 0 */
static uint64_t shown_cookie; /* which socket it has */
static struct results {
    long children, strangers, broken, unowned;
} *results;

static int socket_count(void)
{
    struct stat about;
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode);
    return count;
}

static void open_and_close(void *arg)
{
    (void)arg;
    while (!stopped()) {
        uint64_t cookie;
        sock_t s = CHECK_OK(sock_socket(AF_UNIX, SOCK_DGRAM, 0));
        CHECK_OK(sock_getsockopt_u64(s, SOL_SOCKET, SO_COOKIE, &cookie));
        __atomic_store_n(&shown_cookie, cookie, __ATOMIC_SEQ_CST);
        __atomic_store_n(&shown, s, __ATOMIC_SEQ_CST);
        CHECK_OK(sock_close(s));
        __atomic_store_n(&shown, 0, __ATOMIC_SEQ_CST);
    }
}

/* In a child: the handle has its own socket or none, and no socket is without a handle. */
static void compare(int others)
{
    sock_t s = shown;
    uint64_t cookie = 0;
    int error = s > 0 ? sock_getsockopt_u64(s, SOL_SOCKET, SO_COOKIE, &cookie) : -EBADF;
    __atomic_fetch_add(&results->children, 1, __ATOMIC_SEQ_CST);
    if (error == 0 && cookie != shown_cookie)
        __atomic_fetch_add(&results->strangers, 1, __ATOMIC_SEQ_CST);
    if (error != 0 && error != -EBADF)
        __atomic_fetch_add(&results->broken, 1, __ATOMIC_SEQ_CST);
    /* Where no handle is shown, one that is just being opened may exist. */
    if (socket_count() - others > (error == 0 || s == 0))
        __atomic_fetch_add(&results->unowned, 1, __ATOMIC_SEQ_CST);
}

static void fork_and_compare(void *arg)
{
    int others = *(int *)arg;
    int64_t end = now_ns() + SEC(3);
    for (int i = 0; i < ENOUGH_FORKS || now_ns() < end; i++) {
        pid_t pid = CHECK_SYS(fork());
        if (pid == 0) {
            compare(others);
            _exit(0);
        }
        CHECK_EQ(waitpid(pid, NULL, 0), pid);
    }
}

static void test_two_forks_at_once(void)
{
    struct thread opener, forkers[2];
    int others = socket_count();
    results = mmap(NULL, sizeof *results, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(results != MAP_FAILED);
    stop = 0;
    thread_start(&opener, open_and_close, NULL);
    for (int i = 0; i < 2; i++)
        thread_start(&forkers[i], fork_and_compare, &others);
    for (int i = 0; i < 2; i++)
        thread_join(&forkers[i]);
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    thread_join_within(&opener, 3000);
    CHECK_GE(results->children, 2 * ENOUGH_FORKS);
    CHECK_EQ(results->strangers, 0);
    CHECK_EQ(results->broken, 0);
    CHECK_EQ(results->unowned, 0);
    munmap(results, sizeof *results);
}

/* A fork in a signal handler ------------------------------------------------------------------------
 *
 * The interrupted code of these tests never allocates: fork(2) takes the locks of malloc in a process that has had
 * threads, so a fork in a handler that interrupted malloc is a deadlock of glibc itself, with or without libsock. */

enum { HANDLER_FORKS = 100 };

static volatile sig_atomic_t handler_forks, failed_children, forks_ended, returns, in_handlers_child;
static int64_t longest_fork, no_fork_after;
static timer_t fork_timer;

/* One signal, 1 to 4 ms from now. A timer with an interval would send the next one while the handler runs, which
 * then would run again and again, and the interrupted code never: on a slow machine a fork and the life of the
 * child take longer than any interval. */
static void fork_soon(void)
{
    struct itimerspec soon = {.it_value = {0, 1000000 + now_ns() % 3000000}};
    timer_settime(fork_timer, 0, &soon, NULL);
}

static void fork_here(int number)
{
    (void)number;
    int saved = errno;
    int64_t start = now_ns();
    pid_t pid = fork();
    if (pid == 0) {
        /* The interrupted call goes on in the child too. */
        in_handlers_child = 1;
        errno = saved;
        if (!returns)
            _exit(0);
        return;
    }
    int64_t took = now_ns() - start;
    int status = 1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    failed_children += status != 0;
    if (took > longest_fork)
        longest_fork = took;
    if (++handler_forks < ENOUGH_FORKS || (handler_forks < HANDLER_FORKS && now_ns() < no_fork_after))
        fork_soon();
    else
        forks_ended = 1;
    errno = saved;
}

/* In a child, valgrind has opened a log of its own. */
static int comparable_fds(void)
{
    return in_valgrind() ? socket_count() : open_fds();
}

/* In the child, which the handler has left. */
static void check_handlers_child(int fds)
{
    sock_t pair[2];
    char byte;
    test_timeout(30);
    CHECK_EQ(comparable_fds(), fds);
    unix_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], MS(2)));
    CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), SOCK_ETIMEDOUT);
    close_pair(pair);
    _exit(0);
}

static void fork_in_handlers(bool child_returns)
{
    struct sigaction action = {.sa_handler = fork_here}, before;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    int fds = comparable_fds();
    returns = child_returns;
    handler_forks = failed_children = forks_ended = 0;
    longest_fork = 0;
    no_fork_after = now_ns() + SEC(5);
    CHECK_SYS(sigaction(SIGUSR1, &action, &before));
    CHECK_SYS(timer_create(CLOCK_MONOTONIC, &event, &fork_timer)); /* a child has no timer */
    fork_soon();
    while (!forks_ended && !in_handlers_child)
        CHECK_OK(sock_close(CHECK_OK(sock_socket(AF_UNIX, SOCK_DGRAM, 0))));
    if (in_handlers_child)
        check_handlers_child(fds);
    CHECK_SYS(timer_delete(fork_timer));
    CHECK_SYS(sigaction(SIGUSR1, &before, NULL));
    CHECK_EQ(failed_children, 0);
    CHECK_TIME(longest_fork, 0, LONG_FORK_MS);
}

static void test_in_a_signal_handler(void)
{
    fork_in_handlers(false);
}

static void test_child_returns_from_a_signal_handler(void)
{
    fork_in_handlers(true);
}

/* The order of locks -------------------------------------------------------------------------------- */

static void duplicate_often(void *arg)
{
    while (!stopped())
        CHECK_OK(sock_close(CHECK_OK(sock_dup(*(sock_t *)arg))));
}

static void accept_often(void *arg)
{
    while (!stopped())
        CHECK_ERR(sock_accept(*(sock_t *)arg, NULL), -EAGAIN);
}

/* sock_dup and sock_accept on one handle, while the process forks. */
static void test_dup_against_accept(void)
{
    struct thread threads[2];
    struct sock_addr at;
    sock_t listener = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &at));
    CHECK_OK(sock_bind(listener, &at));
    CHECK_OK(sock_listen(listener, 1));
    CHECK_OK(sock_settimeout(listener, 0));
    stop = 0;
    thread_start(&threads[0], duplicate_often, &listener);
    thread_start(&threads[1], accept_often, &listener);
    int64_t end = now_ns() + SEC(3);
    for (int i = 0; i < ENOUGH_FORKS || now_ns() < end; i++)
        CHECK_TIME(fork_once(), 0, LONG_FORK_MS);
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < 2; i++)
        thread_join_within(&threads[i], 2000);
    CHECK_OK(sock_close(listener));
}

/* A close that lingers ------------------------------------------------------------------------------ */

static struct lingering {
    sock_t s;
    int fd, sockets;
} lingering;

static void close_lingering(void *arg)
{
    int64_t start = now_ns();
    CHECK_EQ(sock_close(((struct lingering *)arg)->s), 0);
    CHECK_TIME(now_ns() - start, 1500, 4000);
}

static void find_it_gone(void *arg)
{
    struct lingering *l = arg;
    CHECK_ERR(sock_close(l->s), -EBADF);
    CHECK_EQ(socket_count(), l->sockets - 1);
}

/* Neither a fork nor a new socket waits for it, and the child has neither the handle nor its descriptor. */
static void test_during_a_lingering_close(void)
{
    if (in_valgrind())
        SKIP("valgrind runs no other thread during close(2)");
    struct thread closer;
    sock_t pair[2];
    char data[4096] = {0};
    tcp_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], 0));
    CHECK_OK(sock_set_linger(pair[0], 1, SEC(2)));
    while (sock_send(pair[0], data, sizeof data, 0) > 0)
        ;
    lingering = (struct lingering){.s = pair[0], .sockets = socket_count()};
    thread_start(&closer, close_lingering, &lingering);
    sleep_ms(100);
    int64_t start = now_ns();
    pid_t pid = child_start(find_it_gone, &lingering);
    CHECK_TIME(now_ns() - start, 0, LONG_FORK_MS);
    child_join(pid);
    start = now_ns();
    CHECK_OK(sock_close(CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0))));
    CHECK_TIME(now_ns() - start, 0, LONG_FORK_MS);
    CHECK(!thread_ended(&closer));
    thread_join_within(&closer, 5000);
    CHECK_OK(sock_close(pair[1]));
}

/* Lookups ------------------------------------------------------------------------------------------- */

static void look_up_often(void *arg)
{
    sock_t s = *(sock_t *)arg;
    while (!stopped()) {
        struct timespec pause = {0, random() % 300 * 1000}; /* the worker is idle for moments */
        CHECK_EQ(sock_connect_host(s, "localhost", "9"), 0);
        nanosleep(&pause, NULL);
    }
}

/* No lookup loses its wake-up to a fork: the worker would find it five seconds later. */
static void test_during_lookups(void)
{
    struct thread t;
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_OK(sock_settimeout(s, SEC(4)));
    stop = 0;
    thread_start(&t, look_up_often, &s);
    for (int64_t end = now_ns() + SEC(10); now_ns() < end && !thread_ended(&t);) {
        struct timespec pause = {0, random() % 2000 * 1000};
        fork_once();
        nanosleep(&pause, NULL);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    thread_join_within(&t, 5000);
    CHECK_OK(sock_close(s));
}

/* Other ways and places ----------------------------------------------------------------------------- */

static void receive_one(void *arg)
{
    char byte;
    CHECK_EQ(sock_recv(*(sock_t *)arg, &byte, 1, 0), 1);
}

/* Processes that run no fork handlers and no code of libsock: the parent's waits and handles are as before. */
static void test_spawned_programs(void)
{
    struct thread reader;
    sock_t pair[2];
    pid_t pid;
    char *const arguments[] = {"true", NULL};
    unix_pair(pair);
    thread_start(&reader, receive_one, &pair[0]);
    thread_wait_blocked(&reader);
    int fds = open_fds();
    CHECK_EQ(system("true"), 0);
    FILE *pipe = popen("true", "r");
    CHECK(pipe != NULL);
    CHECK_EQ(pclose(pipe), 0);
    CHECK_EQ(posix_spawnp(&pid, "true", NULL, NULL, arguments, environ), 0);
    child_join(pid);
    pid = CHECK_SYS(vfork());
    if (pid == 0)
        _exit(0);
    child_join(pid);
    CHECK_EQ(open_fds(), fds);
    CHECK(!thread_ended(&reader));
    send_text(pair[1], "x");
    thread_join_within(&reader, 1000);
    close_pair(pair);
}

static void use_handles(void *arg)
{
    sock_t *pair = arg;
    char byte;
    send_text(pair[0], "y");
    CHECK_EQ(sock_recv(pair[1], &byte, 1, 0), 1);
    close_pair(pair);
    unix_pair(pair);
    close_pair(pair);
}

/* Runs after the thread-local destructors of libraries: libsock has no record of this thread any more. */
static void fork_at_the_end(void *arg)
{
    (void)arg;
    sock_t pair[2];
    unix_pair(pair);
    int64_t start = now_ns();
    pid_t pid = child_start(use_handles, pair);
    CHECK_TIME(now_ns() - start, 0, LONG_FORK_MS);
    child_join(pid);
    close_pair(pair);
}

static pthread_key_t at_the_end;

static void end_later(void *arg)
{
    (void)arg;
    sock_t pair[2];
    unix_pair(pair);
    close_pair(pair);
    CHECK_EQ(pthread_setspecific(at_the_end, &at_the_end), 0);
}

static void test_in_a_thread_past_its_destructors(void)
{
    struct thread t;
    CHECK_EQ(pthread_key_create(&at_the_end, fork_at_the_end), 0);
    thread_start(&t, end_later, NULL);
    thread_join_within(&t, 5000);
    CHECK_EQ(pthread_key_delete(at_the_end), 0);
}

TEST_MAIN(test_handlers_of_the_program, test_handlers_older_than_the_library, test_two_forks_at_once,
          test_in_a_signal_handler, test_child_returns_from_a_signal_handler, test_dup_against_accept,
          test_during_a_lingering_close, test_during_lookups, test_spawned_programs,
          test_in_a_thread_past_its_destructors)
