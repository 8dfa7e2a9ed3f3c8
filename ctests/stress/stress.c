/* Random operations by many threads on a table of shared handles, with signals, hooks, forks and closes.
 *
 *     stress SECONDS [SEED]        STRESS_PLANT=theft|hang|leak|code|race does one thing wrong
 *
 * What must hold: every call answers a result or a code that the race explains; no byte of one connection comes
 * out of another (each sends one letter); no thread is longer than hang_s inside one operation; children end;
 * and at the end no descriptor, thread or lookup is left. Ends with 0, or prints what was found and ends with 1.
 */
#include "operations.h"

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
