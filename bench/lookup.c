/* Names that /etc/hosts answers, compared with the C library's getaddrinfo: one caller, and eight at a time. A lookup
 * of libsock runs in a worker thread, so that limits, tokens and closes can end the caller's wait. */
#include "bench.h"

#include <netdb.h>
#include <sys/socket.h>

enum { BLOCK = 5, PAIRS = 1000, CALLERS = 8 };

static void look_up_sock(void)
{
    struct sock_addrinfo_options opt = {.size = sizeof opt, .family = AF_INET, .type = SOCK_STREAM};
    sock_addrinfo_list_t list = sock_getaddrinfo("localhost", "80", &opt);
    NEED(list > 0 && sock_close(list) == 0);
}

static void look_up_libc(void)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *list;
    NEED(getaddrinfo("localhost", "80", &hints, &list) == 0);
    freeaddrinfo(list);
}

static void one_sock(int n)
{
    for (int i = 0; i < n; i++)
        look_up_sock();
}

static void one_libc(int n)
{
    for (int i = 0; i < n; i++)
        look_up_libc();
}

/* Callers that all begin at once; the block lasts until the last of them has ended. */
static pthread_barrier_t begin, end;
static void (*each)(int n);
static int count;

static void *caller(void *unused)
{
    for (;;) {
        pthread_barrier_wait(&begin);
        each(count);
        pthread_barrier_wait(&end);
    }
    return unused;
}

static void all(void (*run)(int n), int n)
{
    each = run;
    count = n;
    pthread_barrier_wait(&begin);
    pthread_barrier_wait(&end);
}

static void all_sock(int n)
{
    all(one_sock, n);
}

static void all_libc(int n)
{
    all(one_libc, n);
}

int main(void)
{
    pthread_t thread;
    struct way ours = {one_sock, NULL, NULL}, theirs = {one_libc, NULL, NULL};
    figure_ratio("noise: localhost, C library against itself", duel(theirs, theirs, BLOCK, PAIRS), "-");
    figure_ratio("localhost from /etc/hosts", duel(ours, theirs, BLOCK, PAIRS), "<= 1.10");
    NEED(pthread_barrier_init(&begin, NULL, CALLERS + 1) == 0 && pthread_barrier_init(&end, NULL, CALLERS + 1) == 0);
    for (int i = 0; i < CALLERS; i++)
        NEED(pthread_create(&thread, NULL, caller, NULL) == 0);
    ours.run = all_sock;
    theirs.run = all_libc;
    figure_ratio("noise: eight callers at a time, C library against itself", duel(theirs, theirs, BLOCK, PAIRS / 4), "-");
    figure_ratio("eight callers at a time", duel(ours, theirs, BLOCK, PAIRS / 4), "<= 1.00");
    return 0;
}
