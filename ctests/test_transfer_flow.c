/* MSG_WAITALL while data keeps coming: deadline, cancel token and close end it all the same. */
#include "transfer.h"

#include <stdlib.h>
#include <unistd.h>

enum { HUGE = 1 << 30, WRITERS = 6 }; /* so many that there is always something to read */

static void floods(void *arg)
{
    static char block[65536];
    while (send(*(int *)arg, block, sizeof block, MSG_NOSIGNAL) > 0)
        ;
}

static void cancels(void *arg)
{
    sleep_ms(20);
    CHECK_OK(sock_cancel_fire(*(sock_cancel_t *)arg));
}

static void closes(void *arg)
{
    sleep_ms(20);
    CHECK_OK(sock_close(*(sock_t *)arg));
}

static void test_waitall_ends_while_data_flows(void)
{
    char *data = malloc(HUGE);
    if (!data)
        SKIP("no memory");
    for (int kind = 0; kind < 6; kind++) {
        sock_t pair[2];
        struct thread writers[WRITERS], other;
        struct sock_iovec piece = {data, HUGE};
        struct sock_msg message = {.iov = &piece, .iov_count = 1};
        sock_cancel_t token = CHECK_OK(sock_cancel_new());
        make_pair(SOCK_STREAM, pair);
        int fd = (int)CHECK_OK(sock_detach(pair[1]));
        for (int i = 0; i < WRITERS; i++)
            thread_start(&writers[i], floods, &fd);
        sleep_ms(5);
        if (kind % 3 == 0)
            CHECK_OK(sock_setdeadline(pair[0], SOCK_READ, sock_now() + MS(20)));
        else if (kind % 3 == 1) {
            CHECK_OK(sock_setcancel(pair[0], token));
            thread_start(&other, cancels, &token);
        } else
            thread_start(&other, closes, &pair[0]);
        int64_t count = kind < 3 ? sock_recv(pair[0], data, HUGE, MSG_WAITALL)
                                 : sock_recvmsg(pair[0], &message, MSG_WAITALL);
        CHECK_LT(count, HUGE);
        if (kind % 3 != 0)
            thread_join_within(&other, 5000);
        if (kind % 3 != 2)
            CHECK_OK(sock_close(pair[0]));
        for (int i = 0; i < WRITERS; i++)
            thread_join_within(&writers[i], 5000);
        CHECK_OK(sock_close(token));
        CHECK_SYS(close(fd));
    }
    free(data);
}

TEST_MAIN(test_waitall_ends_while_data_flows)
