/* Pollers: an echo server against hand-written epoll, add and remove, a wake-up, memory per connection. */
#include "loop.h"

static sock_poller_t ours;
static sock_t last_added;

static void add(int fd)
{
    NEED((last_added = sock_from_fd(fd, -1, -1, -1)) > 0);
    NEED(sock_settimeout(last_added, 0) == 0);
    NEED(sock_poller_add(ours, last_added, SOCK_POLL_IN, 0) == 0);
}

static void serve(int n)
{
    struct sock_event e[EVENTS];
    char room[LEN];
    for (int done = 0; done < n;) {
        int64_t count = sock_poller_wait(ours, e, EVENTS, SOCK_FOREVER);
        NEED(count > 0);
        for (int64_t i = 0; i < count; i++, done++) {
            NEED(sock_recv(e[i].handle, room, LEN, 0) == LEN);
            NEED(sock_send(e[i].handle, room, LEN, 0) == LEN);
        }
    }
}

static void add_remove_ours(int n)
{
    for (int i = 0; i < n; i++) {
        NEED(sock_poller_remove(ours, last_added) == 0);
        NEED(sock_poller_add(ours, last_added, SOCK_POLL_IN, 0) == 0);
    }
}

static int one_fd;

static void add_remove_theirs(int n)
{
    for (int i = 0; i < n; i++) {
        NEED(epoll_ctl(raw, EPOLL_CTL_DEL, one_fd, NULL) == 0);
        watch(raw, one_fd);
    }
}

static sock_poller_t our_there, our_back;

static void *return_ours(void *unused)
{
    struct sock_event e;
    while (sock_poller_wait(our_there, &e, 1, SOCK_FOREVER) == 1)
        NEED(sock_poller_wake(our_back) == 0);
    return unused;
}

static void wake_ours(int n)
{
    struct sock_event e;
    for (int i = 0; i < n; i++)
        NEED(sock_poller_wake(our_there) == 0 && sock_poller_wait(our_back, &e, 1, SOCK_FOREVER) == 1);
}

int main(void)
{
    struct loop loop = {"", add, serve, NULL, "<= 1.03", "<= 1.05", "<= 160"};
    int fds[2];
    allow_descriptors();
    NEED((ours = sock_poller_new()) > 0);
    echo(&loop);
    NEED(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    watch(raw, one_fd = fds[1]);
    report(&loop, "add + remove",
           duel((struct way){add_remove_ours, 0, 0}, (struct way){add_remove_theirs, 0, 0}, 25, 2000), "<= 1.10");
    NEED((our_there = sock_poller_new()) > 0 && (our_back = sock_poller_new()) > 0);
    wake_up(&loop, wake_ours, return_ours);
    memory(&loop);
    return 0;
}
