/* What the library costs before and with its first use: each figure is from processes of its own, which load the library
 * with dlopen(3) and make their first calls. */
#include "bench.h"

#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { RUNS = 101, LEN = 64 };

/* What one process reports: nanoseconds until the library is loaded and until the first receive has ended, and the 4 KiB
 * pages of the library written by then. */
struct start {
    double loaded, received, loaded_pages, received_pages;
};

/* Written pages of the library: of its file's mappings, and of the zeroed memory behind them. */
static double written_pages(void)
{
    char line[4096];
    int ours = 0;
    long dirty = 0, value;
    unsigned long begin, end, last = 0;
    FILE *maps = fopen("/proc/self/smaps", "r");
    NEED(maps);
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx ", &begin, &end) == 2) {
            ours = strstr(line, "/libsock.so") != NULL || (ours && begin == last && strchr(line, '/') == NULL);
            last = end;
        } else if (ours && sscanf(line, "Private_Dirty: %ld kB", &value) == 1) {
            dirty += value;
        }
    }
    fclose(maps);
    return (double)dirty / 4;
}

/* dlsym(3) returns a pointer to data, which C does not convert. */
#define GET(library, name)                              \
    do {                                                \
        void *found = dlsym(library, #name);            \
        NEED(found);                                    \
        memcpy(&name##_, &found, sizeof found);         \
    } while (0)

static struct start with_libsock(void)
{
    int (*sock_socketpair_)(int, int, int, sock_t *);
    int64_t (*sock_send_)(sock_t, const void *, size_t, int);
    int64_t (*sock_recv_)(sock_t, void *, size_t, int);
    char data[LEN] = {0};
    sock_t ends[2];
    struct start start;
    int64_t begin = now_ns();
    void *library = dlopen("libsock.so.0", RTLD_NOW);
    NEED(library);
    start.loaded = (double)(now_ns() - begin);
    start.loaded_pages = written_pages();
    begin = now_ns();
    GET(library, sock_socketpair);
    GET(library, sock_send);
    GET(library, sock_recv);
    NEED(sock_socketpair_(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && sock_send_(ends[0], data, LEN, 0) == LEN);
    NEED(sock_recv_(ends[1], data, LEN, 0) == LEN);
    start.received = start.loaded + (double)(now_ns() - begin);
    start.received_pages = written_pages();
    return start;
}

/* The same with what is loaded already. */
static struct start without(void)
{
    char data[LEN] = {0};
    int ends[2];
    int64_t begin = now_ns();
    NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && send(ends[0], data, LEN, 0) == LEN);
    NEED(recv(ends[1], data, LEN, 0) == LEN);
    return (struct start){0, (double)(now_ns() - begin), 0, 0};
}

static struct start in_a_process(const char *self, const char *which)
{
    struct start start;
    int pipes[2], status;
    char number[16];
    NEED(pipe(pipes) == 0);
    snprintf(number, sizeof number, "%d", pipes[1]);
    pid_t child = fork();
    NEED(child >= 0);
    if (child == 0) {
        execl(self, self, which, number, (char *)NULL);
        _exit(127);
    }
    NEED(waitpid(child, &status, 0) == child && status == 0);
    NEED(read(pipes[0], &start, sizeof start) == sizeof start);
    close(pipes[0]);
    close(pipes[1]);
    return start;
}

int main(int argc, char **argv)
{
    double loaded[RUNS], received[RUNS], pages[RUNS], more_pages[RUNS], bare[RUNS];
    if (argc == 3) {
        struct start start = strcmp(argv[1], "sock") == 0 ? with_libsock() : without();
        return write(atoi(argv[2]), &start, sizeof start) != sizeof start;
    }
    for (int i = 0; i < RUNS; i++) {
        struct start start = in_a_process("/proc/self/exe", "sock");
        loaded[i] = start.loaded / 1000;
        received[i] = start.received / 1000;
        pages[i] = start.loaded_pages;
        more_pages[i] = start.received_pages;
        bare[i] = in_a_process("/proc/self/exe", "libc").received / 1000;
    }
    figure("dlopen", quantile(loaded, RUNS, 0.5), "us", -1, "-");
    figure("dlopen, and the first socketpair, send and recv", quantile(received, RUNS, 0.5), "us",
           quantile(bare, RUNS, 0.5), "-");
    figure("pages written by dlopen", quantile(pages, RUNS, 0.5), "", -1, "-");
    figure("pages written after the first recv", quantile(more_pages, RUNS, 0.5), "", -1, "-");
    return 0;
}
