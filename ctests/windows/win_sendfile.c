/* sock_sendfile on Windows: by TransmitFile where nothing limits the call, otherwise through memory. A file is known by
 * the number of its HANDLE. */
#include "wake.h"

#include <sys/socket.h>
#include <windows.h>

#include <errno.h>
#include <string.h>

enum { BYTES = 3000000 };

static char data[BYTES];

struct file {
    HANDLE handle;
    int number;
    char path[MAX_PATH];
};

static struct file file_of(size_t size)
{
    struct file f;
    char directory[MAX_PATH];
    DWORD written = 0;
    for (size_t i = 0; i < BYTES; i++)
        data[i] = (char)(i * 13 + i / 97);
    GetTempPathA(sizeof directory, directory);
    CHECK(GetTempFileNameA(directory, "sck", 0, f.path));
    f.handle = CreateFileA(f.path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CHECK(f.handle != INVALID_HANDLE_VALUE);
    CHECK(WriteFile(f.handle, data, (DWORD)size, &written, NULL) && written == size);
    f.number = (int)(intptr_t)f.handle;
    return f;
}

static void end_file(struct file *f)
{
    CloseHandle(f->handle);
    DeleteFileA(f->path);
}

static int64_t position(const struct file *f)
{
    LARGE_INTEGER none = {.QuadPart = 0}, at;
    CHECK(SetFilePointerEx(f->handle, none, &at, FILE_CURRENT));
    return at.QuadPart;
}

static void tcp_pair(sock_t out[2])
{
    CHECK_OK(sock_socketpair(AF_INET, SOCK_STREAM, 0, out));
}

static void close_pair(sock_t pair[2])
{
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

struct reader {
    sock_t s;
    int64_t received;
    bool equal;
    const char *expected;
};

static void read_all(void *arg)
{
    struct reader *r = arg;
    static __thread char block[65536];
    int64_t count;
    r->equal = true;
    while ((count = sock_recv(r->s, block, sizeof block, 0)) > 0) {
        r->equal &= r->received + count <= BYTES && memcmp(block, r->expected + r->received, (size_t)count) == 0;
        r->received += count;
    }
}

/* Sends a part of a file, with or without a limit, and checks what comes. */
static void sent_part(struct file *f, bool limited, int64_t offset, int64_t count, int64_t expected)
{
    sock_t pair[2];
    int64_t sent = -1, result;
    struct thread thread;
    tcp_pair(pair);
    if (limited)
        CHECK_OK(sock_settimeout(pair[0], SEC(20)));
    struct reader r = {.s = pair[1], .expected = data + offset};
    thread_start(&thread, read_all, &r);
    result = sock_sendfile(pair[0], f->number, offset, count, &sent);
    CHECK_OK(sock_shutdown(pair[0], SD_SEND));
    thread_join_within(&thread, 20000);
    CHECK_EQ(result, expected);
    CHECK_EQ(sent, expected);
    CHECK_EQ(r.received, expected);
    CHECK(r.equal);
    if (expected > 0)
        CHECK_EQ(position(f), offset + expected); /* R130 */
    close_pair(pair);
}

/* R125, R126, R130, R131. */
static void test_parts_of_a_file(void)
{
    struct file f = file_of(BYTES);
    for (int limited = 0; limited < 2; limited++) {
        sent_part(&f, limited, 0, -1, BYTES);
        sent_part(&f, limited, 100000, 50000, 50000);
        sent_part(&f, limited, 2000001, -1, BYTES - 2000001);
        sent_part(&f, limited, BYTES - 10, 50, 10);
        sent_part(&f, limited, BYTES, -1, 0);
        sent_part(&f, limited, BYTES + 5, 7, 0);
    }
    end_file(&f);
}

/* R124, R132. */
static void test_refused(void)
{
    struct file f = file_of(1000), empty = file_of(0);
    sock_t pair[2];
    tcp_pair(pair);
    CHECK_ERR(sock_sendfile(pair[0], f.number, 0, 0, NULL), -EINVAL);
    CHECK_ERR(sock_sendfile(pair[0], f.number, -1, 1, NULL), -EINVAL);
    CHECK_ERR(sock_sendfile(pair[0], 0x7ffffff0, 0, 1, NULL), -EBADF);
    CHECK_ERR(sock_sendfile(pair[0], -1, 0, 1, NULL), -EBADF);
    CHECK_EQ(sock_sendfile(pair[0], empty.number, 0, -1, NULL), 0);
    CHECK_OK(sock_settimeout(pair[0], 0));
    CHECK_ERR(sock_sendfile(pair[0], f.number, 0, -1, NULL), -EINVAL);
    CHECK_EQ(sock_sendfile(pair[0], empty.number, 0, -1, NULL), 0);
    close_pair(pair);
    end_file(&f);
    end_file(&empty);
}

struct sender {
    sock_t s;
    int file;
    int64_t result, sent, ended;
};

static void send_all(void *arg)
{
    struct sender *w = arg;
    for (w->result = 0; w->result >= 0;)
        w->result = sock_sendfile(w->s, w->file, 0, -1, &w->sent);
    w->ended = now_ns();
}

/* A peer that reads nothing: a close, a deadline and a token end the call. */
static int64_t woken(char by)
{
    struct file f = file_of(BYTES);
    struct thread thread;
    sock_t pair[2];
    tcp_pair(pair);
    struct sender w = {.s = pair[0], .file = f.number};
    thread_start(&thread, send_all, &w);
    sleep_ms(400);
    CHECK(!thread_ended(&thread));
    sock_t token = by == 't' ? CHECK_OK(sock_cancel_new()) : 0;
    int64_t start = now_ns();
    switch (by) {
    case 'c': CHECK_OK(sock_close(pair[0])); break;
    case 'd': CHECK_OK(sock_setdeadline(pair[0], SOCK_WRITE, sock_now())); break;
    default:
        CHECK_OK(sock_setcancel(pair[0], token));
        CHECK_OK(sock_cancel_fire(token));
    }
    thread_join_within(&thread, 1000);
    CHECK_ERR(w.result, by == 'c' ? SOCK_ECLOSED : by == 'd' ? SOCK_ETIMEDOUT : SOCK_ECANCELED);
    if (by != 'c')
        CHECK_OK(sock_close(pair[0]));
    if (by == 't')
        CHECK_OK(sock_close(token));
    CHECK_OK(sock_close(pair[1]));
    end_file(&f);
    return w.ended - start;
}

static void test_close_wakes(void)
{
    CHECK_WAKES(woken('c'));
}

static void test_deadline_wakes(void)
{
    CHECK_WAKES(woken('d'));
}

static void test_cancel_wakes(void)
{
    CHECK_WAKES(woken('t'));
}

/* R127, R130: what has gone is counted, in a call with a limit. */
static void test_a_timeout_counts_what_has_gone(void)
{
    struct file f = file_of(BYTES);
    sock_t pair[2];
    int64_t sent = 0, total = 0;
    tcp_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], MS(200)));
    int64_t result = 0;
    for (int i = 0; i < 64 && result >= 0; i++) {
        result = sock_sendfile(pair[0], f.number, 0, -1, &sent);
        total += sent;
    }
    CHECK_ERR(result, SOCK_ETIMEDOUT);
    CHECK_EQ(position(&f), sent > 0 ? sent : BYTES);
    CHECK_OK(sock_shutdown(pair[0], SD_SEND));
    CHECK_OK(sock_settimeout(pair[1], SEC(20)));
    static char block[65536];
    int64_t count, received = 0;
    while ((count = CHECK_OK(sock_recv(pair[1], block, sizeof block, 0))) > 0)
        received += count;
    CHECK_EQ(received, total);
    close_pair(pair);
    end_file(&f);
}

/* More at once than an edition for clients runs by TransmitFile: those whose peers read are not held up. */
static void test_more_than_two_at_once(void)
{
    enum { STUCK = 3 };
    struct file f = file_of(BYTES);
    struct thread threads[STUCK];
    struct sender w[STUCK];
    sock_t pairs[STUCK][2];
    for (int i = 0; i < STUCK; i++) {
        tcp_pair(pairs[i]);
        w[i] = (struct sender){.s = pairs[i][0], .file = f.number};
        thread_start(&threads[i], send_all, &w[i]);
    }
    sleep_ms(200);
    sent_part(&f, false, 0, -1, BYTES);
    for (int i = 0; i < STUCK; i++) {
        CHECK_OK(sock_close(pairs[i][0]));
        thread_join_within(&threads[i], 1000);
        CHECK_ERR(w[i].result, SOCK_ECLOSED);
        CHECK_OK(sock_close(pairs[i][1]));
    }
    end_file(&f);
}

TEST_MAIN(test_parts_of_a_file, test_refused, test_close_wakes, test_deadline_wakes, test_cancel_wakes,
          test_a_timeout_counts_what_has_gone, test_more_than_two_at_once)
