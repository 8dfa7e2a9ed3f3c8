/* sock_recv_exact: everything or an error code, and the count in both cases. */
#include "connected.h"

#include <errno.h>
#include <sys/mman.h>

struct late {
    sock_t s;
    const char *text;
    double after_ms, between_ms;
};

/* Sends a string byte by byte. */
static void send_late(void *arg)
{
    struct late *late = arg;
    sleep_ms(late->after_ms);
    for (const char *c = late->text; *c; c++) {
        CHECK_EQ(sock_send(late->s, c, 1, 0), 1);
        sleep_ms(late->between_ms);
    }
}

/* R70: the buffer is filled exactly. */
static void test_data_arrives_in_pieces_r70(void)
{
    sock_t pair[2];
    char buf[8] = "-------";
    size_t got = 99;
    tcp_pair(pair);
    struct thread t;
    struct late late = {pair[0], "abcdefgh", 5, 2};
    thread_start(&t, send_late, &late);
    CHECK_ERR(sock_recv_exact(pair[1], buf, 6, 0, &got), 0);
    thread_join(&t);
    CHECK_EQ(got, 6);
    CHECK_MEM(buf, "abcdef-", 8);
    CHECK_ERR(sock_recv_exact(pair[1], buf, 2, MSG_WAITALL, NULL), 0);
    CHECK_MEM(buf, "gh", 2);
    CHECK_ERR(sock_recv_exact(pair[1], NULL, 0, 0, &got), 0);
    CHECK_EQ(got, 0);
    close_pair(pair);
}

/* R74: the end of the stream before everything has arrived has its own code, with the count. */
static void test_early_end_r74(void)
{
    sock_t pair[2];
    char buf[8];
    size_t got = 99;
    unix_pair(pair);
    send_text(pair[0], "abc");
    CHECK_OK(sock_shutdown(pair[0], SHUT_WR));
    CHECK_ERR(sock_recv_exact(pair[1], buf, 8, 0, &got), SOCK_EEOF);
    CHECK_EQ(got, 3);
    CHECK_MEM(buf, "abc", 3);
    CHECK_ERR(sock_recv_exact(pair[1], buf, 8, 0, &got), SOCK_EEOF);
    CHECK_EQ(got, 0);
    CHECK_ERR(sock_recv_exact(pair[1], buf, 0, 0, &got), 0);
    close_pair(pair);
}

/* One limit for all pieces (R84 in the other direction): a slow peer does not extend it. */
static void test_one_limit_over_all_pieces_r84(void)
{
    sock_t pair[2];
    char buf[100];
    size_t got = 0;
    tcp_pair(pair);
    CHECK_OK(sock_settimeout(pair[1], MS(60)));
    struct thread t;
    struct late late = {pair[0], "abcdefghijkl", 0, 10};
    int64_t start = now_ns();
    thread_start(&t, send_late, &late);
    CHECK_ERR(sock_recv_exact(pair[1], buf, sizeof buf, 0, &got), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - start, 60, 110);
    CHECK_GE(got, 1);
    thread_join(&t);
    /* Nothing is lost: the rest follows the bytes already received. */
    CHECK_ERR(sock_recv_exact(pair[1], buf + got, 12 - got, 0, NULL), 0);
    CHECK_MEM(buf, "abcdefghijkl", 12);
    close_pair(pair);
}

/* R87: in non-blocking mode -EAGAIN comes with the count; the same with MSG_DONTWAIT. */
static void test_nonblocking_r87(void)
{
    sock_t pair[2];
    char buf[8];
    size_t got = 99;
    unix_pair(pair);
    send_text(pair[0], "abc");
    CHECK_ERR(sock_recv_exact(pair[1], buf, 8, MSG_DONTWAIT, &got), -EAGAIN);
    CHECK_EQ(got, 3);
    CHECK_OK(sock_settimeout(pair[1], 0));
    CHECK_ERR(sock_recv_exact(pair[1], buf, 8, 0, &got), -EAGAIN);
    CHECK_EQ(got, 0);
    close_pair(pair);
}

static void send_for_ever(void *arg)
{
    static const char block[1 << 18];
    while (sock_sendall(*(sock_t *)arg, block, sizeof block, 0, NULL) == 0)
        ;
}

/* A deadline also ends a transfer that hardly ever has to wait. */
static void test_deadline_ends_a_busy_transfer(void)
{
    sock_t pair[2];
    struct thread t;
    size_t got = 0, len = (size_t)1 << (in_valgrind() ? 26 : 30); /* valgrind tracks each byte */
    unix_pair(pair);
    char *buf = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(buf != MAP_FAILED);
    int64_t start = now_ns();
    thread_start(&t, send_for_ever, &pair[0]);
    CHECK_OK(sock_setdeadline(pair[1], SOCK_READ, sock_now() + MS(30)));
    CHECK_ERR(sock_recv_exact(pair[1], buf, len, 0, &got), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - start, 30, 80);
    CHECK_GT(got, 0);
    CHECK_LT(got, len);
    close_pair(pair);
    thread_join(&t);
    munmap(buf, len);
}

static void recv_in_vain(void *arg)
{
    char buf[8];
    size_t got = 0;
    CHECK_ERR(sock_recv_exact(*(sock_t *)arg, buf, 8, 0, &got), SOCK_ECLOSED);
    CHECK_EQ(got, 3);
}

static void test_close_wakes(void)
{
    sock_t pair[2];
    struct thread t;
    tcp_pair(pair);
    send_text(pair[0], "abc");
    thread_start(&t, recv_in_vain, &pair[1]);
    thread_wait_blocked(&t);
    CHECK_OK(sock_close(pair[1]));
    thread_join_within(&t, 20);
    CHECK_OK(sock_close(pair[0]));
}

static void test_misuse(void)
{
    sock_t pair[2], dgram[2];
    char buf[8];
    size_t got = 99;
    unix_pair(pair);
    CHECK_ERR(sock_recv_exact(pair[0], NULL, 8, 0, &got), -EFAULT);
    CHECK_EQ(got, 0);
    CHECK_ERR(sock_recv_exact(0, buf, 8, 0, &got), -EBADF);
    CHECK_ERR(sock_recv_exact(-1, buf, 0, 0, NULL), -EBADF);
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    CHECK_ERR(sock_recv_exact(token, buf, 8, 0, NULL), -ENOTSOCK);
    const int flags[] = {MSG_PEEK, MSG_TRUNC, MSG_OOB, MSG_ERRQUEUE};
    for (int i = 0; i < 4; i++)
        CHECK_ERR(sock_recv_exact(pair[0], buf, 8, flags[i], NULL), -EINVAL);
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_DGRAM, 0, dgram));
    CHECK_ERR(sock_recv_exact(dgram[0], buf, 8, 0, NULL), -EINVAL);
    CHECK_OK(sock_setcancel(pair[0], token));
    CHECK_OK(sock_cancel_fire(token));
    CHECK_ERR(sock_recv_exact(pair[0], buf, 8, 0, &got), SOCK_ECANCELED);
    CHECK_OK(sock_close(token));
    close_pair(pair);
    close_pair(dgram);
    CHECK_ERR(sock_recv_exact(pair[0], buf, 8, 0, NULL), -EBADF);
}

TEST_MAIN(test_data_arrives_in_pieces_r70, test_early_end_r74, test_one_limit_over_all_pieces_r84,
          test_nonblocking_r87, test_deadline_ends_a_busy_transfer, test_close_wakes, test_misuse)
