/* fork: handles work in the child, whatever other threads were doing, and nothing that the child does affects
 * the parent. */
#include "forks.h"

#include <errno.h>

/* Blocked threads ----------------------------------------------------------------------------------- */

struct scene {
    sock_t busy[2], idle[2];
    sock_cancel_t token;
};

static void use_and_close(void *arg)
{
    struct scene *s = arg;
    char data[16];
    if (getpid() == by_handlers)
        CHECK_EQ(event_fds(), 0); /* closed at fork; without the handlers, by the first call that needs it */
    /* Sends and receives on the handle on which a thread of the parent waits. */
    CHECK_EQ(sock_send(s->idle[0], "child", 5, 0), 5);
    CHECK_EQ(sock_recv(s->idle[1], data, sizeof data, 0), 5);
    CHECK_OK(sock_settimeout(s->busy[0], MS(10)));
    CHECK_ERR(sock_recv(s->busy[0], data, sizeof data, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_settimeout(s->busy[0], SOCK_FOREVER));
    CHECK_OK(sock_close(CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0))));

    /* Closes at once, although a thread of the parent is inside a call. */
    int64_t start = now_ns();
    CHECK_EQ(sock_close(s->busy[0]), 0);
    CHECK_EQ(sock_close(s->busy[1]), 0);
    CHECK_ERR(sock_close(s->busy[0]), -EBADF);
    CHECK_EQ(sock_close(s->token), 0);
    CHECK_EQ(close(CHECK_OK(sock_detach(s->idle[0]))), 0);
    CHECK_EQ(sock_close(s->idle[1]), 0);
    CHECK_TIME(now_ns() - start, 0, 50);
}

static void test_while_threads_are_blocked(void)
{
    for (size_t maker = 0; maker < 2; maker++)
        for (int seen = 0; seen < 2; seen++) {
            struct scene s;
            struct waiter w[4];
            tcp_pair(s.busy);
            unix_pair(s.idle);
            s.token = CHECK_OK(sock_cancel_new());
            CHECK_OK(sock_setcancel(s.busy[0], s.token));
            if (seen)
                CHECK_OK(sock_fileno(s.busy[0]));
            for (int i = 0; i < 4; i++)
                start_waiting(&w[i], s.busy[0]);
            child_join(child_by(makers[maker], use_and_close, &s));

            /* The parent is unaffected: its threads still wait, and data and a close wake them. */
            sleep_ms(20);
            for (int i = 0; i < 4; i++)
                CHECK(!thread_ended(&w[i].thread));
            CHECK_EQ(sock_send(s.busy[1], "x", 1, 0), 1);
            int ended = 0;
            for (int64_t end = now_ns() + SEC(2); !ended && now_ns() < end; sleep_ms(1))
                for (int i = 0; i < 4; i++)
                    ended += thread_ended(&w[i].thread) && w[i].result == 1;
            CHECK_EQ(ended, 1);
            int64_t start = now_ns();
            CHECK_EQ(sock_close(s.busy[0]), 0);
            for (int i = 0; i < 4; i++) {
                thread_join_within(&w[i].thread, 500);
                check_no_spin(&w[i]);
                if (w[i].result != 1) {
                    CHECK_ERR(w[i].result, SOCK_ECLOSED);
                    CHECK_TIME(w[i].returned - start, 0, 20);
                }
            }
            CHECK_OK(sock_close(s.busy[1]));
            CHECK_OK(sock_close(s.token));
            close_pair(s.idle);
        }
}

/* Wake-ups ---------------------------------------------------------------------------------------- */

static void close_soon(void *arg)
{
    sleep_ms(30);
    CHECK_OK(sock_close(*(sock_t *)arg));
}

/* Waits in this thread, which has waited before; another thread's close wakes it. */
static void wake_myself(void *arg)
{
    for (int i = 0; i < 5; i++) {
        sock_t twin = CHECK_OK(sock_dup(*(sock_t *)arg));
        struct thread closer;
        char byte;
        thread_start(&closer, close_soon, &twin);
        CHECK_ERR(sock_recv(twin, &byte, 1, 0), SOCK_ECLOSED);
        thread_join(&closer);
    }
}

/* The descriptors that wake threads are not shared: no process takes the other's wake-up. */
static void test_wake_ups_are_not_shared(void)
{
    for (size_t maker = 0; maker < 2; maker++) {
        sock_t pair[2];
        char byte;
        unix_pair(pair);
        CHECK_OK(sock_settimeout(pair[0], MS(2)));
        CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), SOCK_ETIMEDOUT); /* creates this thread's descriptor */
        CHECK_OK(sock_settimeout(pair[0], SOCK_FOREVER));
        CHECK_GT(event_fds(), 0);
        pid_t child = child_by(makers[maker], wake_myself, &pair[0]);
        int64_t cpu = thread_cpu_ns();
        wake_myself(&pair[0]);
        CHECK_TIME(thread_cpu_ns() - cpu, 0, 20);
        child_join(child);
        close_pair(pair);
    }
}

/* Tokens ------------------------------------------------------------------------------------------ */

struct tokens {
    sock_t pair[2];
    sock_cancel_t fired, fresh, parents;
    int to_parent[2], to_child[2];
};

static void use_tokens(void *arg)
{
    struct tokens *t = arg;
    char byte = 'x';
    struct waiter w;
    CHECK_OK(sock_setcancel(t->pair[0], t->fired));
    CHECK_ERR(sock_recv(t->pair[0], &byte, 1, 0), SOCK_ECANCELED); /* fired before the fork: fired here too */

    /* A token created before the fork works here, also on a waiting call. */
    CHECK_OK(sock_setcancel(t->pair[0], t->fresh));
    start_waiting(&w, t->pair[0]);
    CHECK_OK(sock_cancel_fire(t->fresh));
    thread_join_within(&w.thread, 500);
    CHECK_ERR(w.result, SOCK_ECANCELED);

    /* A token that the parent fires now is fired only there. */
    CHECK_EQ(write(t->to_parent[1], &byte, 1), 1);
    CHECK_EQ(read(t->to_child[0], &byte, 1), 1);
    CHECK_OK(sock_setcancel(t->pair[0], t->parents));
    CHECK_OK(sock_settimeout(t->pair[0], MS(10)));
    CHECK_ERR(sock_recv(t->pair[0], &byte, 1, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_close(t->fresh));
    CHECK_OK(sock_close(t->parents));
    CHECK_OK(sock_close(t->fired));
}

static void test_tokens(void)
{
    for (size_t maker = 0; maker < 2; maker++) {
        struct tokens t;
        struct waiter w;
        char byte = 'x';
        unix_pair(t.pair);
        t.fired = CHECK_OK(sock_cancel_new());
        t.fresh = CHECK_OK(sock_cancel_new());
        t.parents = CHECK_OK(sock_cancel_new());
        CHECK_SYS(pipe(t.to_parent));
        CHECK_SYS(pipe(t.to_child));
        CHECK_OK(sock_cancel_fire(t.fired));
        CHECK_OK(sock_setcancel(t.pair[1], t.fresh));
        start_waiting(&w, t.pair[1]); /* its token fires in the child */

        pid_t child = child_by(makers[maker], use_tokens, &t);
        CHECK_EQ(read(t.to_parent[0], &byte, 1), 1);
        CHECK_OK(sock_cancel_fire(t.parents));
        CHECK_EQ(write(t.to_child[1], &byte, 1), 1);
        child_join(child);
        sleep_ms(50);
        CHECK(!thread_ended(&w.thread));
        int64_t start = now_ns();
        CHECK_OK(sock_cancel_fire(t.fresh));
        thread_join_within(&w.thread, 500);
        CHECK_ERR(w.result, SOCK_ECANCELED);
        CHECK_TIME(w.returned - start, 0, 20);
        check_no_spin(&w);
        close_pair(t.pair);
        CHECK_OK(sock_close(t.fired));
        CHECK_OK(sock_close(t.fresh));
        CHECK_OK(sock_close(t.parents));
        for (int i = 0; i < 2; i++) {
            close(t.to_parent[i]);
            close(t.to_child[i]);
        }
    }
}

/* The very first thing the child does is fire or close a token on which the parent waits. */
static void fire_at_once(void *arg)
{
    CHECK_OK(sock_cancel_fire(*(sock_cancel_t *)arg));
}

static void close_at_once(void *arg)
{
    CHECK_OK(sock_close(*(sock_cancel_t *)arg));
}

static void test_token_is_the_childs_first_call(void)
{
    void (*const acts[])(void *) = {fire_at_once, close_at_once};
    for (size_t maker = 0; maker < 2; maker++)
        for (size_t act = 0; act < 2; act++) {
            sock_t pair[2];
            struct waiter w;
            unix_pair(pair);
            sock_cancel_t token = CHECK_OK(sock_cancel_new());
            CHECK_OK(sock_setcancel(pair[0], token));
            start_waiting(&w, pair[0]);
            child_join(child_by(makers[maker], acts[act], &token));
            sleep_ms(100);
            CHECK(!thread_ended(&w.thread));
            send_text(pair[1], "x");
            thread_join_within(&w.thread, 500);
            CHECK_EQ(w.result, 1);
            check_no_spin(&w);
            CHECK_OK(sock_close(token));
            close_pair(pair);
        }
}

/* Generations ------------------------------------------------------------------------------------- */

static void grandchild(void *arg)
{
    sock_t *pair = arg;
    char data[8];
    CHECK_EQ(sock_send(pair[0], "grand", 5, 0), 5);
    CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 5);
    close_pair(pair);
}

static void child_with_child(void *arg)
{
    sock_t *pair = arg;
    struct waiter w;
    start_waiting(&w, pair[0]);
    child_join(child_start(grandchild, pair));
    int64_t start = now_ns();
    CHECK_OK(sock_close(pair[0]));
    thread_join_within(&w.thread, 500);
    CHECK_ERR(w.result, SOCK_ECLOSED);
    CHECK_TIME(w.returned - start, 0, 20);
}

static void test_grandchildren(void)
{
    sock_t pair[2];
    char data[8];
    unix_pair(pair);
    child_join(child_start(child_with_child, pair));
    send_text(pair[0], "mine");
    CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 4);
    close_pair(pair);
}

/* Handles created after the fork belong to one process each, though their numbers may be equal. */
static void make_and_close(void *arg)
{
    sock_t last = *(sock_t *)arg, s;
    for (int i = 0; i < 100; i++) {
        s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
        CHECK_NE(s, last);
        CHECK_OK(sock_close(s));
    }
}

static void test_new_handles_are_separate(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    pid_t child = child_start(make_and_close, &s);
    make_and_close(&s);
    child_join(child);
    CHECK_EQ(sock_type(s), SOCK_STREAM);
    CHECK_OK(sock_close(s));
}

TEST_MAIN(test_while_threads_are_blocked, test_wake_ups_are_not_shared, test_tokens,
          test_token_is_the_childs_first_call, test_grandchildren, test_new_handles_are_separate)
