/* A relay between two TCP connections over loopback: CPU time of the relaying thread for each MiB, of sock_relay, of
 * a raw splice loop, and of a loop of read and write. One thread sends and one receives, both with raw calls; the
 * loops wait for both directions, of which one is used, as a proxy does. A block is 256 MiB, so four are a GiB. */
#include "bench.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

enum { MIB = 1 << 20, BLOCK_MIB = 256, PAIRS = 12 };

static char data[MIB], room[64 << 10];
static int pipe_size; /* of the raw loop: as the kernel makes it, or as sock_relay does */
static int outer[2], fds[2];
static sock_t inner[2];

static int64_t thread_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void *pour(void *arg)
{
    (void)arg;
    for (int64_t left = (int64_t)BLOCK_MIB * MIB; left > 0;) {
        ssize_t n = send(outer[0], data, left < MIB ? (size_t)left : MIB, MSG_NOSIGNAL);
        NEED(n > 0);
        left -= n;
    }
    shutdown(outer[0], SHUT_WR);
    return NULL;
}

static void *drink(void *arg)
{
    static char sink[MIB];
    ssize_t n;
    (void)arg;
    while ((n = recv(outer[1], sink, sizeof sink, MSG_TRUNC)) > 0)
        ;
    shutdown(outer[1], SHUT_WR);
    return NULL;
}

static void connect_pair(int *outside, int *inside, sock_t *handle)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sock_addr name;
    NEED(bind(listener, (struct sockaddr *)&at, len) == 0 && listen(listener, 1) == 0);
    NEED(getsockname(listener, (struct sockaddr *)&at, &len) == 0);
    NEED(sock_addr_ip("127.0.0.1", ntohs(at.sin_port), &name) == 0);
    NEED((*handle = sock_socket(AF_INET, SOCK_STREAM, 0)) > 0);
    NEED(sock_connect(*handle, &name) == 0);
    NEED((*outside = accept(listener, NULL, NULL)) >= 0);
    *inside = -1;
    close(listener);
}

/* CPU nanoseconds of this thread for each MiB. */
static double relayed(void (*relay)(void), int raw)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        connect_pair(&outer[i], &fds[i], &inner[i]);
        if (raw)
            NEED((fds[i] = sock_fileno(inner[i])) >= 0);
    }
    int64_t start = thread_cpu_ns();
    NEED(pthread_create(&threads[0], NULL, pour, NULL) == 0 && pthread_create(&threads[1], NULL, drink, NULL) == 0);
    relay();
    double ns = (double)(thread_cpu_ns() - start) / BLOCK_MIB;
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        NEED(sock_close(inner[i]) == 0);
        close(outer[i]);
    }
    return ns;
}

static void by_sock_relay(void)
{
    struct sock_relay_counts counts;
    NEED(sock_relay(inner[0], inner[1], SOCK_FOREVER, &counts) == 0);
    NEED(counts.a_to_b == (uint64_t)BLOCK_MIB * MIB && counts.b_to_a == 0);
}

static void by_splice(void)
{
    int ends[2], open = 2;
    NEED(pipe2(ends, O_CLOEXEC) == 0);
    NEED(!pipe_size || fcntl(ends[0], F_SETPIPE_SZ, pipe_size) >= pipe_size);
    struct pollfd polled[2] = {{fds[0], POLLIN, 0}, {fds[1], POLLIN, 0}};
    while (open > 0) {
        NEED(poll(polled, 2, -1) > 0);
        for (int i = 0; i < 2; i++) {
            if (!polled[i].revents)
                continue;
            ssize_t n = splice(fds[i], NULL, ends[1], NULL, MIB, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
            NEED(n >= 0);
            if (n == 0) {
                shutdown(fds[1 - i], SHUT_WR);
                polled[i].fd = -1;
                open--;
            }
            while (n > 0) {
                ssize_t went = splice(ends[0], NULL, fds[1 - i], NULL, (size_t)n, SPLICE_F_MOVE);
                NEED(went > 0);
                n -= went;
            }
        }
    }
    close(ends[0]);
    close(ends[1]);
}

static void by_memory(void)
{
    int open = 2;
    struct pollfd polled[2] = {{fds[0], POLLIN, 0}, {fds[1], POLLIN, 0}};
    while (open > 0) {
        NEED(poll(polled, 2, -1) > 0);
        for (int i = 0; i < 2; i++) {
            if (!polled[i].revents)
                continue;
            ssize_t n = read(fds[i], room, sizeof room);
            NEED(n >= 0);
            if (n == 0) {
                shutdown(fds[1 - i], SHUT_WR);
                polled[i].fd = -1;
                open--;
            }
            for (ssize_t at = 0; at < n;) {
                ssize_t went = write(fds[1 - i], room + at, (size_t)(n - at));
                NEED(went > 0);
                at += went;
            }
        }
    }
}

static void compare(const char *name, void (*other)(void), const char *goal)
{
    double ours[PAIRS], theirs[PAIRS], ratio[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        for (int turn = 0; turn < 2; turn++)
            if ((i + turn) % 2)
                ours[i] = relayed(by_sock_relay, 0);
            else
                theirs[i] = relayed(other, 1);
        ratio[i] = ours[i] / theirs[i];
    }
    printf("%s: CPU\t%.0f\tus/GiB\t%.0f\t-\n", name, quantile(ours, PAIRS, 0.5) * 1024 / 1000,
           quantile(theirs, PAIRS, 0.5) * 1024 / 1000);
    printf("%s: ratio\t%.3f\t\t-\t%s\n", name, quantile(ratio, PAIRS, 0.5), goal);
}

int main(void)
{
    compare("sock_relay, against a raw splice loop", by_splice, "<= 1.03");
    pipe_size = MIB;
    compare("sock_relay, against one with a pipe of 1 MiB", by_splice, "<= 1.03");
    compare("sock_relay, against read and write", by_memory, "<= 0.5");
    return 0;
}
