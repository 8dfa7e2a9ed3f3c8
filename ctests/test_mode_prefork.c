/* Listeners that processes share, and io_uring, by which libsock accepts on them where it may. */
#include "shared.h"

#include <stdlib.h>
#include <sys/mman.h>

/* Accepting by io_uring returns what accept4(2) does. */
static void test_accept_answers_the_same(void)
{
    struct sock_addr name, peer, own;
    sock_t listener = listener_of(AF_INET, &name, 5), client = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_fileno(listener));
    CHECK_ERR(sock_connect(client, &name), 0);
    sock_t accepted = CHECK_OK(sock_accept(listener, &peer));
    CHECK_ERR(sock_getsockname(client, &own), 0);
    CHECK_MEM(&peer, &own, sizeof own);
    CHECK_EQ(sock_get_inheritable(accepted), 0);
    CHECK_EQ(sock_send(client, "x", 1, 0), 1);
    char byte;
    CHECK_EQ(sock_recv(accepted, &byte, 1, 0), 1);
    CHECK_ERR(sock_accept(client, NULL), -EINVAL);
    CHECK_OK(sock_fileno(client));
    CHECK_ERR(sock_accept(client, NULL), -EINVAL);
    sock_t datagram = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_OK(sock_fileno(datagram));
    CHECK_ERR(sock_accept(datagram, NULL), -EOPNOTSUPP);
    CHECK_ERR(sock_close(datagram), 0);
    CHECK_ERR(sock_close(accepted), 0);
    CHECK_ERR(sock_close(client), 0);
    CHECK_ERR(sock_close(listener), 0);
    /* Nothing holds a listener back: its port is free at once. */
    listener = listener_of(AF_INET, &name, 5);
    CHECK_OK(sock_fileno(listener));
    for (int i = 0; i < 200; i++) {
        CHECK_ERR(sock_settimeout(listener, 0), 0);
        CHECK_ERR(sock_accept(listener, NULL), -EAGAIN);
        CHECK_ERR(sock_close(listener), 0);
        listener = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
        CHECK_ERR(sock_bind(listener, &name), 0);
        CHECK_ERR(sock_listen(listener, 5), 0);
        CHECK_OK(sock_fileno(listener));
    }
    CHECK_ERR(sock_close(listener), 0);
}

/* Prefork ------------------------------------------------------------------------------------------------ */

struct herd {
    sock_t listener;
    struct sock_addr name;
};

/* Accepts with deadlines until the parent says stop; the exit status says whether every call ended in time. */
static void work(struct herd *h, int number, int stop)
{
    int64_t longest = 0;
    if (number == 0 && sock_fileno(h->listener) < 0)
        _exit(2);
    for (char byte; recv(stop, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0;) {
        int64_t start = now_ns();
        sock_setdeadline(h->listener, SOCK_READ, sock_now() + MS(10));
        int64_t s = sock_accept(h->listener, NULL);
        int64_t took = now_ns() - start;
        longest = took > longest ? took : longest;
        if (s > 0)
            sock_close(s);
        else if (s != SOCK_ETIMEDOUT)
            _exit(3);
    }
    _exit(longest < (int64_t)(SEC(1) * test_scale()) ? 0 : 4);
}

static void herd(void *arg)
{
    enum { WORKERS = 4 };
    const int rounds = in_valgrind() ? 50 : 1000;
    struct herd h;
    int stop[2];
    pid_t workers[WORKERS];
    (void)arg;
    h.listener = listener_of(AF_INET, &h.name, 64);
    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stop));
    for (int i = 0; i < WORKERS; i++)
        if ((workers[i] = (pid_t)CHECK_SYS(fork())) == 0)
            work(&h, i, stop[1]);
    for (int i = 0; i < rounds; i++) {
        sock_t client = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
        CHECK_ERR(sock_connect(client, &h.name), 0);
        CHECK_ERR(sock_close(client), 0);
        if (i % 50 == 0)
            sleep_ms(20);
    }
    sleep_ms(50);
    CHECK_EQ(send(stop[0], "x", 1, 0), 1);
    for (int i = 0; i < WORKERS; i++)
        child_join(workers[i]);
    CHECK_ERR(sock_close(h.listener), 0);
    close(stop[0]);
    close(stop[1]);
}

static void herd_filtered(void *arg)
{
    forbid_uring();
    herd(arg);
}

/* One worker of a prefork server looks at the listener's number. */
static void test_prefork(void)
{
    in_both(herd, NULL, herd_filtered);
}

/* A sandbox that is entered late ends the use of io_uring: the filter would kill the process. */
static void late_sandbox(void *arg)
{
    struct sock_addr name;
    (void)arg;
    sock_t s = listener_of(AF_INET, &name, 5);
    CHECK_OK(sock_fileno(s));
    CHECK_ERR(sock_settimeout(s, MS(1)), 0);
    CHECK_ERR(sock_accept(s, NULL), SOCK_ETIMEDOUT);
    forbid_uring();
    CHECK_ERR(sock_accept(s, NULL), SOCK_ETIMEDOUT);
    CHECK_ERR(sock_close(s), 0);
}

static void test_late_sandbox(void)
{
    if (in_valgrind())
        SKIP("valgrind makes system calls of its own, which a filter would refuse");
    child_join(child_start(late_sandbox, NULL));
}

/* A child of a fork uses no ring of its parent; both go on. */
static void test_fork_with_a_ring(void)
{
    struct sock_addr name;
    sock_t s = listener_of(AF_INET, &name, 5);
    CHECK_OK(sock_fileno(s));
    CHECK_ERR(sock_settimeout(s, MS(1)), 0);
    CHECK_ERR(sock_accept(s, NULL), SOCK_ETIMEDOUT);
    int fds = open_fds(); /* with those that wake this thread; none of a ring is added */
    for (int i = 0; i < 20; i++) {
        CHECK_ERR(sock_accept(s, NULL), SOCK_ETIMEDOUT);
        pid_t pid = CHECK_SYS(i % 2 ? fork() : (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
        if (pid == 0) {
            for (int n = 0; n < 10; n++)
                if (sock_accept(s, NULL) != SOCK_ETIMEDOUT)
                    _exit(1);
            _exit(0);
        }
        CHECK_ERR(sock_accept(s, NULL), SOCK_ETIMEDOUT);
        child_join(pid);
    }
    CHECK_LE(open_fds(), fds);
    CHECK_ERR(sock_close(s), 0);
}

TEST_MAIN(test_accept_answers_the_same, test_prefork, test_late_sandbox, test_fork_with_a_ring)
