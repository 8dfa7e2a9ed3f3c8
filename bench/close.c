/* Duration of a close while other threads run: for a handle that only this thread has used, and for one that
 * another thread has used too, which takes a barrier on all running threads. */
#include "bench.h"

#include <sys/socket.h>

enum { HANDLES = 64, ROUNDS = 300, SAMPLES = HANDLES * ROUNDS };

static sock_t handles[HANDLES];
static int turn; /* for the user thread: 1 use all handles, 0 done; atomic */
static double ns[SAMPLES];

static void *user(void *arg)
{
    char byte;
    (void)arg;
    for (;;) {
        while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) == 0)
            usleep(20);
        for (int i = 0; i < HANDLES; i++)
            NEED(sock_recv(handles[i], &byte, 1, 0) == -EAGAIN);
        __atomic_store_n(&turn, 0, __ATOMIC_RELEASE);
    }
    return NULL;
}

static void *runner(void *arg)
{
    volatile long count = 0;
    (void)arg;
    for (;;)
        count = count + 1;
    return NULL;
}

static void start(void *(*run)(void *))
{
    pthread_t thread;
    NEED(pthread_create(&thread, NULL, run, NULL) == 0);
}

enum kind { RAW, OWN, SHARED };

static void measure(const char *name, enum kind kind, int threads)
{
    char full[100];
    int fds[HANDLES], taken = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < HANDLES; i++)
            if (kind == RAW)
                NEED((fds[i] = socket(AF_UNIX, SOCK_DGRAM, 0)) >= 0);
            else
                NEED((handles[i] = sock_socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) > 0);
        if (kind == SHARED) {
            __atomic_store_n(&turn, 1, __ATOMIC_RELEASE);
            while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) == 1)
                usleep(20);
        }
        for (int i = 0; i < HANDLES; i++) {
            int64_t begin = now_ns();
            NEED((kind == RAW ? close(fds[i]) : sock_close(handles[i])) == 0);
            ns[taken++] = (double)(now_ns() - begin);
        }
    }
    double half = quantile(ns, taken, 0.5), most = quantile(ns, taken, 0.99);
    snprintf(full, sizeof full, "close, %s, %d running threads", name, threads);
    printf("%s\t%.0f\tns\t-\t-\tp99 %.0f\n", full, half, most);
    fflush(stdout);
}

int main(void)
{
    int running = 1; /* this one */
    start(user);
    static const int steps[] = {1, 4, 16};
    for (int i = 0; i < 3; i++) {
        for (; running < steps[i]; running++)
            start(runner);
        measure("C library", RAW, running);
        measure("own handle", OWN, running);
        measure("shared handle", SHARED, running);
    }
    return 0;
}
