/* Pollers: what is registered, what an event says, what is refused. test_poller_end covers the ends of handles,
 * test_poller_wait threads, timers, wakes and fork. */
#include "connected.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "poller.h"

static void test_events_carry_handle_and_data(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_t pair[2];
    tcp_pair(pair);
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN, 0x123456789abcdef0u), 0);
    no_event(p);
    send_text(pair[1], "x");
    struct sock_event e = one_event(p);
    CHECK_EQ(e.handle, pair[0]);
    CHECK(e.data == 0x123456789abcdef0u);
    CHECK_EQ(e.events, SOCK_POLL_IN);
    CHECK_EQ(e.code, 0);
    CHECK_EQ(e.count, 0);
    CHECK_EQ(e.reserved, 0);
    /* Level: it holds until the data is gone. */
    CHECK_EQ(one_event(p).events, SOCK_POLL_IN);
    take(pair[0], 1);
    no_event(p);
    CHECK_ERR(sock_poller_modify(p, pair[0], SOCK_POLL_IN | SOCK_POLL_OUT | SOCK_POLL_RDHUP, 7), 0);
    e = one_event(p);
    CHECK_EQ(e.events, SOCK_POLL_OUT);
    CHECK_EQ(e.data, 7);
    CHECK_OK(sock_shutdown(pair[1], SHUT_WR));
    CHECK_EQ(one_event(p).events, SOCK_POLL_IN | SOCK_POLL_OUT | SOCK_POLL_RDHUP);
    CHECK_ERR(sock_poller_modify(p, pair[0], 0, 7), 0);
    no_event(p);
    CHECK_ERR(sock_shutdown(pair[0], SHUT_WR), 0);
    CHECK_EQ(one_event(p).events, SOCK_POLL_HUP); /* unasked */
    CHECK_ERR(sock_poller_remove(p, pair[0]), 0);
    no_event(p);
    close_pair(pair);
    no_event(p);
    CHECK_OK(sock_close(p));
}

static void test_urgent_data_is_pri(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_t pair[2];
    tcp_pair(pair);
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_PRI, 1), 0);
    no_event(p);
    CHECK_EQ(sock_send(pair[1], "!", 1, MSG_OOB), 1);
    CHECK_EQ(one_event(p).events, SOCK_POLL_PRI);
    close_pair(pair);
    CHECK_OK(sock_close(p));
}

static void test_edge_reports_what_is_new(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_t pair[2];
    unix_pair(pair);
    send_text(pair[1], "a");
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN | SOCK_POLL_EDGE, 1), 0);
    CHECK_EQ(one_event(p).events, SOCK_POLL_IN);
    no_event(p);
    send_text(pair[1], "b");
    CHECK_EQ(one_event(p).events, SOCK_POLL_IN);
    no_event(p);
    CHECK_ERR(sock_poller_modify(p, pair[0], SOCK_POLL_IN | SOCK_POLL_EDGE, 2), 0);
    CHECK_EQ(one_event(p).data, 2); /* a change looks anew */
    close_pair(pair);
    CHECK_OK(sock_close(p));
}

static void test_a_one_shot_fires_once_until_it_is_armed_again(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_t pair[2];
    unix_pair(pair);
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN | SOCK_POLL_ONESHOT, 1), 0);
    no_event(p);
    send_text(pair[1], "a");
    CHECK_EQ(one_event(p).events, SOCK_POLL_IN);
    send_text(pair[1], "b");
    no_event(p);
    CHECK_ERR(sock_poller_modify(p, pair[0], SOCK_POLL_IN | SOCK_POLL_ONESHOT, 2), 0);
    CHECK_EQ(one_event(p).data, 2);
    no_event(p);
    CHECK_ERR(sock_poller_modify(p, pair[0], SOCK_POLL_IN, 3), 0);
    CHECK_EQ(one_event(p).data, 3);
    CHECK_EQ(one_event(p).data, 3);
    close_pair(pair);
    CHECK_OK(sock_close(p));
}

static void test_exclusive_cannot_be_changed(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new()), q = CHECK_OK(sock_poller_new());
    sock_t pair[2];
    unix_pair(pair);
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN | SOCK_POLL_EXCLUSIVE, 1), 0);
    CHECK_ERR(sock_poller_add(q, pair[0], SOCK_POLL_IN | SOCK_POLL_EXCLUSIVE, 2), 0);
    CHECK_ERR(sock_poller_modify(p, pair[0], SOCK_POLL_IN, 3), -EINVAL);
    send_text(pair[1], "x");
    CHECK_EQ(one_event(p).data, 1);
    CHECK_EQ(one_event(q).data, 2);
    CHECK_ERR(sock_poller_remove(p, pair[0]), 0);
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN, 4), 0);
    CHECK_ERR(sock_poller_modify(p, pair[0], SOCK_POLL_IN | SOCK_POLL_EXCLUSIVE, 5), -EINVAL);
    CHECK_EQ(one_event(p).data, 4);
    close_pair(pair);
    CHECK_OK(sock_close(p));
    CHECK_OK(sock_close(q));
}

static void test_listeners_and_connects(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    struct sock_addr at;
    sock_t l = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    CHECK_OK(sock_getsockname(l, &at));
    CHECK_ERR(sock_poller_add(p, l, SOCK_POLL_IN, 1), 0);
    no_event(p);
    sock_t c = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_ERR(sock_settimeout(c, 0), 0);
    CHECK_ERR(sock_connect(c, &at), -EINPROGRESS);
    CHECK_ERR(sock_poller_add(p, c, SOCK_POLL_OUT, 2), 0);
    struct sock_event e[4];
    int seen = 0;
    while (seen != 3) {
        int64_t n = CHECK_OK(sock_poller_wait(p, e, 4, SEC(10)));
        CHECK_GT(n, 0);
        for (int64_t i = 0; i < n; i++) {
            CHECK_EQ(e[i].events, e[i].data == 1 ? SOCK_POLL_IN : SOCK_POLL_OUT);
            seen |= (int)e[i].data;
        }
    }
    CHECK_OK(sock_close(c));
    CHECK_OK(sock_close(l));
    CHECK_OK(sock_close(p));
}

static void test_operations_are_in_when_a_step_is_due(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_t l = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    struct sock_addr at;
    char text[64], *port;
    CHECK_OK(sock_getsockname(l, &at));
    CHECK_OK(sock_addr_format(&at, text, sizeof text));
    port = strrchr(text, ':') + 1;
    sock_t dial = CHECK_OK(sock_create_connection_start("127.0.0.1", port, NULL));
    CHECK_ERR(sock_poller_add(p, dial, SOCK_POLL_IN, 5), 0);
    sock_t got = 0;
    while (got <= 0) {
        struct sock_event e = one_event(p);
        CHECK_EQ(e.handle, dial);
        CHECK_EQ(e.data, 5);
        CHECK_EQ(e.events, SOCK_POLL_IN);
        got = sock_create_connection_step(dial);
        if (got < 0)
            CHECK_ERR(got, -EINPROGRESS);
    }
    CHECK_GT(got, 0);
    CHECK_OK(sock_close(dial));
    last_event(p, dial, 5);
    CHECK_OK(sock_close(got));
    CHECK_OK(sock_close(l));
    CHECK_OK(sock_close(p));
}

static void test_a_token_is_in_when_it_fires(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_cancel_t c = CHECK_OK(sock_cancel_new());
    CHECK_ERR(sock_poller_add(p, c, SOCK_POLL_IN, 9), 0);
    no_event(p);
    CHECK_ERR(sock_cancel_fire(c), 0);
    struct sock_event e = one_event(p);
    CHECK_EQ(e.handle, c);
    CHECK_EQ(e.events, SOCK_POLL_IN);
    CHECK_EQ(one_event(p).data, 9);
    CHECK_OK(sock_close(c));
    last_event(p, c, 9);
    CHECK_OK(sock_close(p));
}

static void test_a_streams_buffer_counts_as_in(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_t pair[2];
    char line[16];
    unix_pair(pair);
    sock_stream_t st = CHECK_OK(sock_stream_new(pair[0], 0));
    CHECK_ERR(sock_poller_add(p, st, SOCK_POLL_IN, 1), 0);
    no_event(p);
    send_text(pair[1], "one\ntwo\n");
    struct sock_event e = one_event(p);
    CHECK_EQ(e.handle, st);
    CHECK_EQ(e.events, SOCK_POLL_IN);
    CHECK_EQ(sock_stream_readline(st, line, sizeof line), 4);
    CHECK_EQ(one_event(p).handle, st); /* "two" is in the buffer, the socket is empty */
    CHECK_EQ(one_event(p).events, SOCK_POLL_IN);
    CHECK_ERR(sock_poller_modify(p, st, SOCK_POLL_IN | SOCK_POLL_OUT, 2), 0);
    e = one_event(p); /* buffer and socket make one event */
    CHECK_EQ(e.events, SOCK_POLL_IN | SOCK_POLL_OUT);
    CHECK_EQ(e.data, 2);
    CHECK_ERR(sock_poller_modify(p, st, SOCK_POLL_IN, 2), 0);
    CHECK_EQ(sock_stream_readline(st, line, sizeof line), 4);
    no_event(p);
    /* A registration that begins with bytes in the buffer. */
    send_text(pair[1], "a\nb\n");
    CHECK_ERR(sock_poller_remove(p, st), 0);
    CHECK_EQ(sock_stream_readline(st, line, sizeof line), 2);
    no_event(p);
    CHECK_ERR(sock_poller_add(p, st, SOCK_POLL_IN | SOCK_POLL_ONESHOT, 3), 0);
    CHECK_EQ(one_event(p).data, 3);
    no_event(p);
    CHECK_ERR(sock_poller_modify(p, st, SOCK_POLL_IN | SOCK_POLL_EDGE, 4), 0);
    CHECK_EQ(one_event(p).data, 4);
    no_event(p);
    /* The socket itself beside its stream, each with its own registration. */
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN, 5), 0);
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN, 5), -EEXIST);
    send_text(pair[1], "c");
    struct sock_event both[3];
    CHECK_EQ(sock_poller_wait(p, both, 3, SEC(10)), 2);
    CHECK_EQ(both[0].data + both[1].data, 9);
    CHECK_OK(sock_close(st));
    CHECK_EQ(sock_poller_wait(p, both, 3, SEC(10)), 2);
    CHECK_EQ(both[0].code, SOCK_ECLOSED);
    CHECK_EQ(both[0].handle, st);
    CHECK_EQ(both[1].handle, pair[0]);
    close_pair(pair);
    last_event(p, pair[0], 5);
    CHECK_OK(sock_close(p));
}

static void test_a_stream_whose_socket_is_closed(void)
{
    int before = open_fds();
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_t pair[2];
    char byte;
    unix_pair(pair);
    sock_stream_t st = CHECK_OK(sock_stream_new(pair[0], 0));
    CHECK_ERR(sock_poller_add(p, st, SOCK_POLL_IN, 1), 0);
    CHECK_OK(sock_close(pair[0]));
    CHECK_EQ(sock_recv(pair[1], &byte, 1, 0), 0); /* nothing of ours keeps the connection open */
    struct sock_event e = one_event(p);
    CHECK_EQ(e.handle, st);
    CHECK_EQ(e.events, SOCK_POLL_IN | SOCK_POLL_HUP);
    CHECK_ERR(sock_poller_remove(p, st), 0);
    CHECK_ERR(sock_poller_add(p, st, SOCK_POLL_IN, 1), SOCK_ECLOSED);
    no_event(p);
    CHECK_OK(sock_close(st));
    no_event(p);
    CHECK_OK(sock_close(pair[1]));
    CHECK_OK(sock_close(p));
    CHECK_EQ(open_fds(), before);
}

static void test_descriptors_of_the_program(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    int fd[2];
    char byte;
    CHECK_SYS(pipe2(fd, O_CLOEXEC));
    CHECK_ERR(sock_poller_add_fd(p, fd[0], SOCK_POLL_IN, 11), 0);
    CHECK_ERR(sock_poller_add_fd(p, fd[0], SOCK_POLL_IN, 12), -EEXIST);
    no_event(p);
    CHECK_EQ(write(fd[1], "x", 1), 1);
    struct sock_event e = one_event(p);
    CHECK_EQ(e.handle, 0);
    CHECK_EQ(e.data, 11);
    CHECK_EQ(e.events, SOCK_POLL_IN);
    CHECK_EQ(e.code, 0);
    CHECK_ERR(sock_poller_remove_fd(p, fd[0]), 0);
    no_event(p);
    CHECK_ERR(sock_poller_remove_fd(p, fd[0]), -ENOENT);
    CHECK_ERR(sock_poller_remove_fd(p, -1), -ENOENT);
    CHECK_EQ(read(fd[0], &byte, 1), 1);
    CHECK_ERR(sock_poller_add_fd(p, -1, SOCK_POLL_IN, 0), -EBADF);
    CHECK_ERR(sock_poller_add_fd(p, 1 << 20, SOCK_POLL_IN, 0), -EBADF);
    CHECK_ERR(sock_poller_add_fd(p, fd[0], SOCK_POLL_WAKE, 0), -EINVAL);
    int file = CHECK_SYS(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    CHECK_ERR(sock_poller_add_fd(p, file, SOCK_POLL_IN, 0), -EPERM);
    CHECK_SYS(close(file));
    /* A number that was closed without being removed, and is another descriptor now. */
    CHECK_ERR(sock_poller_add_fd(p, fd[0], SOCK_POLL_IN, 13), 0);
    int other[2];
    CHECK_SYS(pipe2(other, O_CLOEXEC));
    CHECK_SYS(dup2(other[0], fd[0]));
    CHECK_ERR(sock_poller_add_fd(p, fd[0], SOCK_POLL_IN, 14), 0);
    CHECK_EQ(write(other[1], "x", 1), 1);
    CHECK_EQ(one_event(p).data, 14);
    CHECK_ERR(sock_poller_remove_fd(p, fd[0]), 0);
    no_event(p);
    CHECK_OK(sock_close(p));
    close(fd[0]), close(fd[1]), close(other[0]), close(other[1]);
}

static void test_several_handles_of_one_description(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_t pair[2];
    unix_pair(pair);
    sock_t twin = CHECK_OK(sock_dup(pair[0]));
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN, 1), 0);
    CHECK_ERR(sock_poller_add(p, twin, SOCK_POLL_IN | SOCK_POLL_OUT, 2), 0);
    struct sock_event e[3];
    CHECK_EQ(sock_poller_wait(p, e, 3, 0), 1);
    CHECK_EQ(e[0].handle, twin);
    send_text(pair[1], "x");
    CHECK_EQ(sock_poller_wait(p, e, 3, 0), 2);
    CHECK_EQ(e[0].handle + e[1].handle, pair[0] + twin);
    CHECK_OK(sock_close(pair[0]));
    CHECK_EQ(sock_poller_wait(p, e, 3, 0), 2);
    CHECK_EQ(e[0].handle, pair[0]);
    CHECK_EQ(e[0].code, SOCK_ECLOSED);
    CHECK_EQ(e[1].handle, twin);
    CHECK_EQ(e[1].events, SOCK_POLL_IN | SOCK_POLL_OUT);
    CHECK_OK(sock_close(twin));
    last_event(p, twin, 2);
    CHECK_OK(sock_close(pair[1]));
    CHECK_OK(sock_close(p));
}

static void test_as_many_events_as_there_are(void)
{
    enum { MANY = 300 };
    static sock_t pairs[MANY][2];
    static struct sock_event e[MANY + 1];
    static char seen[MANY];
    fds_at_least(2 * MANY + 50);
    sock_poller_t p = CHECK_OK(sock_poller_new());
    for (int i = 0; i < MANY; i++) {
        unix_pair(pairs[i]);
        CHECK_ERR(sock_poller_add(p, pairs[i][0], SOCK_POLL_OUT, (uint64_t)i), 0);
    }
    CHECK_EQ(sock_poller_wait(p, e, MANY + 1, 0), MANY);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(e[i].handle, pairs[e[i].data][0]);
        CHECK_EQ(seen[e[i].data]++, 0);
    }
    CHECK_EQ(sock_poller_wait(p, e, MANY - 1, 0), MANY - 1);
    CHECK_EQ(sock_poller_wait(p, e, 1, 0), 1);
    /* Little room: each has its turn. */
    memset(seen, 0, sizeof seen);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(sock_poller_wait(p, e, 1, 0), 1);
        CHECK_EQ(seen[e[0].data]++, 0);
    }
    for (int i = 0; i < MANY; i++)
        close_pair(pairs[i]);
    CHECK_EQ(sock_poller_wait(p, e, 1, 0), 1);
    CHECK_EQ(e[0].code, SOCK_ECLOSED);
    CHECK_EQ(sock_poller_wait(p, e, MANY + 1, 0), MANY - 1);
    no_event(p);
    CHECK_OK(sock_close(p));
}

static void test_refused_calls_change_nothing(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_t pair[2];
    struct sock_event e = {0};
    unix_pair(pair);
    for (int bit = 0; bit < 31; bit++) {
        int events = 1 << bit;
        bool known = (events & (SOCK_POLL_IN | SOCK_POLL_OUT | SOCK_POLL_PRI | SOCK_POLL_ERR | SOCK_POLL_HUP |
                                SOCK_POLL_RDHUP | SOCK_POLL_EDGE | SOCK_POLL_ONESHOT | SOCK_POLL_EXCLUSIVE)) != 0;
        if (known)
            continue;
        CHECK_REFUSED(sock_poller_add(p, pair[0], SOCK_POLL_OUT | events, 1), -EINVAL, "events");
        no_event(p);
    }
    CHECK_ERR(sock_poller_modify(p, pair[0], SOCK_POLL_IN, 1), -ENOENT);
    CHECK_ERR(sock_poller_remove(p, pair[0]), -ENOENT);
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_OUT, 1), 0);
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN, 2), -EEXIST);
    CHECK_ERR(sock_poller_modify(p, pair[0], SOCK_POLL_OUT | SOCK_POLL_WAKE, 3), -EINVAL);
    CHECK_ERR(sock_poller_modify(p, pair[0], SOCK_POLL_OUT | SOCK_POLL_TIMER, 3), -EINVAL);
    e = one_event(p);
    CHECK_EQ(e.data, 1);
    CHECK_EQ(e.events, SOCK_POLL_OUT);

    CHECK_ERR(sock_poller_wait(p, &e, 0, 0), -EINVAL);
    CHECK_ERR(sock_poller_wait(p, NULL, 0, 0), -EINVAL);
    CHECK_ERR(sock_poller_wait(p, NULL, 1, 0), -EFAULT);
    CHECK_REFUSED(sock_poller_wait(p, &e, 1, -1), -EINVAL, "timeout_ns");
    CHECK_REFUSED(sock_poller_timer(p, -1, 0, 0), -EINVAL, "first_ns");
    CHECK_REFUSED(sock_poller_timer(p, 0, -1, 0), -EINVAL, "every_ns");

    sock_t timer = CHECK_OK(sock_poller_timer(p, SOCK_FOREVER, 0, 0));
    sock_addrinfo_list_t list = CHECK_OK(sock_getaddrinfo("127.0.0.1", "1", NULL));
    sock_poller_t q = CHECK_OK(sock_poller_new());
    sock_t wrong[] = {timer, list, q, p};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_ERR(sock_poller_add(p, wrong[i], SOCK_POLL_IN, 0), -ENOTSOCK);
        CHECK_ERR(sock_poller_modify(p, wrong[i], SOCK_POLL_IN, 0), -ENOTSOCK);
        CHECK_ERR(sock_poller_remove(p, wrong[i]), -ENOTSOCK);
    }
    sock_t none[] = {0, -1, INT64_MAX, INT64_MIN, p + (1 << 24)};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        CHECK_ERR(sock_poller_add(p, none[i], SOCK_POLL_IN, 0), -EBADF);
        CHECK_ERR(sock_poller_modify(p, none[i], SOCK_POLL_IN, 0), -EBADF);
        CHECK_ERR(sock_poller_remove(p, none[i]), -EBADF);
        CHECK_ERR(sock_poller_add(none[i], pair[0], SOCK_POLL_IN, 0), -EBADF);
        CHECK_ERR(sock_poller_wait(none[i], &e, 1, 0), -EBADF);
        CHECK_ERR(sock_poller_wake(none[i]), -EBADF);
        CHECK_ERR(sock_poller_timer(none[i], 0, 0, 0), -EBADF);
        CHECK_ERR(sock_poller_add_fd(none[i], 0, 0, 0), -EBADF);
        CHECK_ERR(sock_poller_remove_fd(none[i], 0), -EBADF);
    }
    CHECK_ERR(sock_poller_wait(pair[0], &e, 1, 0), -ENOTSOCK);
    CHECK_ERR(sock_poller_wake(pair[0]), -ENOTSOCK);
    CHECK_ERR(sock_poller_add(pair[1], pair[0], 0, 0), -ENOTSOCK);
    CHECK_ERR(sock_fileno(p), -ENOTSOCK);
    CHECK_ERR(sock_recv(p, &e, 1, 0), -ENOTSOCK);
    e = one_event(p);
    CHECK_EQ(e.data, 1);
    CHECK_EQ(e.events, SOCK_POLL_OUT);
    CHECK_OK(sock_close(list));
    CHECK_OK(sock_close(q));
    CHECK_OK(sock_close(timer));
    close_pair(pair);
    CHECK_OK(sock_close(p));
}

/* Leaves the process so many descriptors. The limit as it was. */
static struct rlimit leave_descriptors(int n)
{
    struct rlimit old, low;
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &old));
    int next = CHECK_SYS(dup(0));
    close(next);
    low = old;
    low.rlim_cur = (rlim_t)(next + n);
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &low));
    return old;
}

static void test_no_descriptor_left(void)
{
    sock_t pair[2];
    unix_pair(pair);
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_stream_t st = CHECK_OK(sock_stream_new(pair[0], 0));
    int before = open_fds();
    struct rlimit old = leave_descriptors(0);
    sock_poller_t q = sock_poller_new();
    sock_t timer = sock_poller_timer(p, 0, 0, 0);
    int added = sock_poller_add(p, st, SOCK_POLL_IN, 0);
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &old));
    CHECK_ERR(q, -EMFILE);
    CHECK_ERR(timer, -EMFILE);
    CHECK_ERR(added, -EMFILE);
    CHECK_EQ(open_fds(), before);
    no_event(p);
    CHECK_ERR(sock_poller_add(p, st, SOCK_POLL_OUT, 8), 0);
    CHECK_EQ(one_event(p).data, 8);
    CHECK_OK(sock_close(st));
    close_pair(pair);
    CHECK_OK(sock_close(p));
}

static void test_no_descriptor_for_the_first_poller(void)
{
    int before = open_fds();
    for (int free = 0; free < 3; free++) {
        struct rlimit old = leave_descriptors(free);
        sock_poller_t p = sock_poller_new();
        CHECK_SYS(setrlimit(RLIMIT_NOFILE, &old));
        if (free < 2)
            CHECK_ERR(p, -EMFILE);
        else
            CHECK_OK(sock_close(p));
        CHECK_EQ(open_fds(), before);
    }
}

TEST_MAIN(test_events_carry_handle_and_data, test_urgent_data_is_pri, test_edge_reports_what_is_new,
          test_a_one_shot_fires_once_until_it_is_armed_again, test_exclusive_cannot_be_changed,
          test_listeners_and_connects, test_operations_are_in_when_a_step_is_due,
          test_a_token_is_in_when_it_fires, test_a_streams_buffer_counts_as_in,
          test_a_stream_whose_socket_is_closed, test_descriptors_of_the_program,
          test_several_handles_of_one_description, test_as_many_events_as_there_are,
          test_refused_calls_change_nothing, test_no_descriptor_left,
          test_no_descriptor_for_the_first_poller)
