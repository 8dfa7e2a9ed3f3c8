/* Errors: names, texts, predicates and the last error of each thread. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct {
    int number;
    const char *name;
} errnos[] = {
#define E(name) {name, #name}
    E(EPERM), E(ENOENT), E(ESRCH), E(EINTR), E(EIO), E(ENXIO), E(E2BIG), E(ENOEXEC), E(EBADF), E(ECHILD),
    E(EAGAIN), E(ENOMEM), E(EACCES), E(EFAULT), E(ENOTBLK), E(EBUSY), E(EEXIST), E(EXDEV), E(ENODEV),
    E(ENOTDIR), E(EISDIR), E(EINVAL), E(ENFILE), E(EMFILE), E(ENOTTY), E(ETXTBSY), E(EFBIG), E(ENOSPC),
    E(ESPIPE), E(EROFS), E(EMLINK), E(EPIPE), E(EDOM), E(ERANGE), E(EDEADLK), E(ENAMETOOLONG), E(ENOLCK),
    E(ENOSYS), E(ENOTEMPTY), E(ELOOP), E(ENOMSG), E(EIDRM), E(ECHRNG), E(EL2NSYNC), E(EL3HLT), E(EL3RST),
    E(ELNRNG), E(EUNATCH), E(ENOCSI), E(EL2HLT), E(EBADE), E(EBADR), E(EXFULL), E(ENOANO), E(EBADRQC),
    E(EBADSLT), E(EBFONT), E(ENOSTR), E(ENODATA), E(ETIME), E(ENOSR), E(ENONET), E(ENOPKG), E(EREMOTE),
    E(ENOLINK), E(EADV), E(ESRMNT), E(ECOMM), E(EPROTO), E(EMULTIHOP), E(EDOTDOT), E(EBADMSG), E(EOVERFLOW),
    E(ENOTUNIQ), E(EBADFD), E(EREMCHG), E(ELIBACC), E(ELIBBAD), E(ELIBSCN), E(ELIBMAX), E(ELIBEXEC),
    E(EILSEQ), E(ERESTART), E(ESTRPIPE), E(EUSERS), E(ENOTSOCK), E(EDESTADDRREQ), E(EMSGSIZE), E(EPROTOTYPE),
    E(ENOPROTOOPT), E(EPROTONOSUPPORT), E(ESOCKTNOSUPPORT), E(EOPNOTSUPP), E(EPFNOSUPPORT), E(EAFNOSUPPORT),
    E(EADDRINUSE), E(EADDRNOTAVAIL), E(ENETDOWN), E(ENETUNREACH), E(ENETRESET), E(ECONNABORTED),
    E(ECONNRESET), E(ENOBUFS), E(EISCONN), E(ENOTCONN), E(ESHUTDOWN), E(ETOOMANYREFS), E(ETIMEDOUT),
    E(ECONNREFUSED), E(EHOSTDOWN), E(EHOSTUNREACH), E(EALREADY), E(EINPROGRESS), E(ESTALE), E(EUCLEAN),
    E(ENOTNAM), E(ENAVAIL), E(EISNAM), E(EREMOTEIO), E(EDQUOT), E(ENOMEDIUM), E(EMEDIUMTYPE), E(ECANCELED),
    E(ENOKEY), E(EKEYEXPIRED), E(EKEYREVOKED), E(EKEYREJECTED), E(EOWNERDEAD), E(ENOTRECOVERABLE),
    E(ERFKILL), E(EHWPOISON),
#undef E
};

static const struct {
    int code;
    const char *name;
} own[] = {
    {SOCK_ECLOSED, "SOCK_ECLOSED"},
    {SOCK_ECANCELED, "SOCK_ECANCELED"},
    {SOCK_ETIMEDOUT, "SOCK_ETIMEDOUT"},
    {SOCK_EPANIC, "SOCK_EPANIC"},
    {SOCK_EEOF, "SOCK_EEOF"},
};

enum { ERRNOS = sizeof errnos / sizeof *errnos, OWN = sizeof own / sizeof *own };

static const char *errno_name(int number)
{
    for (int i = 0; i < ERRNOS; i++)
        if (errnos[i].number == number)
            return errnos[i].name;
    return "unknown code";
}

/* The codes are the system's errno values, negated, with the system's names. */
static void test_names_match_the_system(void)
{
    CHECK_EQ(ERRNOS, 131);
    for (int number = 1; number <= 133; number++)
        CHECK_STR(sock_err_name(-number), errno_name(number));
    CHECK_STR(sock_err_name(-EWOULDBLOCK), "EAGAIN");
}

/* The texts are the C library's English ones (this program does not call setlocale). */
static void test_texts_match_the_c_library(void)
{
    for (int i = 0; i < ERRNOS; i++)
        CHECK_STR(sock_strerror(-errnos[i].number), strerror(errnos[i].number));
}

static void test_own_codes(void)
{
    CHECK_EQ(SOCK_ECLOSED, -20001);
    CHECK_EQ(SOCK_ECANCELED, -20002);
    CHECK_EQ(SOCK_ETIMEDOUT, -20003);
    CHECK_EQ(SOCK_EPANIC, -20004);
    CHECK_EQ(SOCK_EEOF, -20005);
    for (int i = 0; i < OWN; i++) {
        CHECK_STR(sock_err_name(own[i].code), own[i].name);
        CHECK(strcmp(sock_strerror(own[i].code), "unknown code") != 0);
        for (int j = 0; j < i; j++)
            CHECK(strcmp(sock_strerror(own[i].code), sock_strerror(own[j].code)) != 0);
    }
    CHECK_STR(sock_strerror(SOCK_ETIMEDOUT), "timed out"); /* R43 */
}

/* The constant of a lookup error is SOCK_ followed by the name of the code. */
static void check_constant(int code)
{
    char name[64];
    int64_t value = 0;
    snprintf(name, sizeof name, "SOCK_%s", sock_err_name(code));
    CHECK_OK(sock_constant_find(name, &value));
    CHECK_EQ(value, code);
}

/* Lookup errors have their own blocks of codes, independent of the numbers of the C library. */
static void test_resolver_codes(void)
{
    int eai = 0, herror = 0;
    for (int code = -21001; code > -21100; code--) {
        bool known = strcmp(sock_err_name(code), "unknown code") != 0;
        CHECK_EQ(sock_is_resolver(code), known);
        if (known) {
            CHECK(strncmp(sock_err_name(code), "EAI_", 4) == 0);
            check_constant(code);
            eai++;
        }
    }
    for (int code = -22001; code > -22100; code--) {
        CHECK_EQ(sock_is_resolver(code), strcmp(sock_err_name(code), "unknown code") != 0);
        herror += sock_is_resolver(code);
        if (sock_is_resolver(code))
            check_constant(code);
    }
    CHECK_EQ(SOCK_EAI_NONAME, -21002);
    CHECK_STR(sock_err_name(SOCK_NO_DATA), "NO_DATA");
    CHECK_EQ(eai, 14);
    CHECK_EQ(herror, 4);
    CHECK_STR(sock_err_name(-22001), "HOST_NOT_FOUND");
#ifdef __GLIBC__
    CHECK_STR(sock_strerror(-22001), hstrerror(HOST_NOT_FOUND));
#endif
}

static const int64_t strange[] = {1, 7, 4095, -41, -58, -134, -4095, -4096, -19999, -20000, -29999, INT_MAX,
                                  INT_MIN, INT64_MAX, INT64_MIN, 1 - (INT64_C(1) << 32), -20001 - (INT64_C(1) << 32)};

/* Unknown codes have a text and a name too; neither is ever NULL. */
static void test_unknown_codes(void)
{
    CHECK_STR(sock_err_name(0), "success");
    CHECK_STR(sock_strerror(0), "success");
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        CHECK_STR(sock_err_name(strange[i]), "unknown code");
        CHECK_STR(sock_strerror(strange[i]), "unknown code");
        CHECK_EQ(sock_is_timeout(strange[i]) + sock_is_temporary(strange[i]) + sock_is_closed(strange[i]) +
                     sock_is_resolver(strange[i]) + sock_is_canceled(strange[i]),
                 0);
    }
    for (int64_t code = 100; code > -25000; code--) {
        CHECK(sock_err_name(code) && sock_err_name(code)[0]);
        CHECK(sock_strerror(code) && sock_strerror(code)[0]);
    }
}

/* The texts and names are static: the same pointer each time. */
static void test_texts_are_static(void)
{
    CHECK(sock_strerror(-EPIPE) == sock_strerror(-EPIPE));
    CHECK(sock_err_name(-EPIPE) == sock_err_name(-EPIPE));
    CHECK(sock_version() == sock_version());
}

static bool among(int64_t code, const int64_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == code)
            return true;
    return false;
}

#define AMONG(code, ...) among(code, (const int64_t[]){__VA_ARGS__}, sizeof(int64_t[]){__VA_ARGS__} / sizeof(int64_t))

static void test_predicates(void)
{
    for (int64_t code = 0; code > -21000; code--) {
        CHECK_EQ(sock_is_timeout(code), AMONG(code, -ETIMEDOUT, SOCK_ETIMEDOUT));
        CHECK_EQ(sock_is_closed(code), AMONG(code, -EBADF, SOCK_ECLOSED));
        CHECK_EQ(sock_is_canceled(code), AMONG(code, -ECANCELED, SOCK_ECANCELED));
        CHECK_EQ(sock_is_resolver(code), 0);
        if (AMONG(code, -EAGAIN, -EINTR, -EINPROGRESS, -EALREADY, -EMFILE, -ENFILE, -ENOBUFS, -ENOMEM,
                  -ECONNABORTED, SOCK_ETIMEDOUT))
            CHECK_EQ(sock_is_temporary(code), 1);
        if (AMONG(code, 0, -EBADF, -EINVAL, -ECONNREFUSED, -EPIPE, SOCK_ECLOSED, SOCK_ECANCELED, SOCK_EPANIC,
                  SOCK_EEOF))
            CHECK_EQ(sock_is_temporary(code), 0);
    }
}

/* Follows snprintf for every capacity, and writes no byte past the end of the text. */
static void test_strerror_copy_follows_snprintf(void)
{
    const char *text = sock_strerror(-ECONNREFUSED);
    size_t len = strlen(text);
    CHECK_EQ(sock_strerror_copy(-ECONNREFUSED, NULL, 0), len);
    for (size_t cap = 0; cap <= len + 3; cap++) {
        char got[64], expected[64];
        memset(got, 'x', sizeof got);
        memset(expected, 'x', sizeof expected);
        CHECK_EQ(sock_strerror_copy(-ECONNREFUSED, got, cap), snprintf(expected, cap, "%s", text));
        CHECK_MEM(got, expected, sizeof got);
    }
    char got[64];
    CHECK_EQ(sock_strerror_copy(-4095, got, sizeof got), strlen("unknown code"));
    CHECK_STR(got, "unknown code");
}

/* Refuses NULL with a capacity, and a capacity larger than memory; errno is the closest match. */
static void test_bad_buffers_are_refused(void)
{
    char buf[8] = "before";
    errno = 0;
    CHECK_ERR(sock_strerror_copy(-EPIPE, NULL, 1), -EFAULT);
    CHECK_EQ(errno, EFAULT);
    errno = 0;
    CHECK_ERR(sock_strerror_copy(-EPIPE, buf, SIZE_MAX), -EINVAL);
    CHECK_EQ(errno, EINVAL);
    CHECK_STR(buf, "before");
    CHECK_ERR(sock_last_error(NULL, NULL, 1), -EFAULT);
    int code = 12345;
    CHECK_ERR(sock_last_error(&code, NULL, 1), -EFAULT);
    CHECK_EQ(code, 12345); /* outputs are written on success only */
}

/* A successful call leaves errno unchanged. */
static void test_success_leaves_errno(void)
{
    char buf[64];
    errno = ENOTTY;
    CHECK_STR(sock_err_name(-EPIPE), "EPIPE");
    CHECK_GT(sock_strerror_copy(-EPIPE, buf, sizeof buf), 0);
    CHECK_GT(sock_last_error(NULL, NULL, 0), 0);
    CHECK_EQ(sock_is_closed(-EBADF), 1);
    CHECK_EQ(errno, ENOTTY);
}

static void in_a_new_thread(void *arg)
{
    (void)arg;
    int code = -1;
    char text[64];
    CHECK_EQ(sock_last_error(&code, text, sizeof text), strlen("success"));
    CHECK_EQ(code, 0);
    CHECK_STR(text, "success");
    CHECK_ERR(sock_gethostname(text, SIZE_MAX), -EINVAL);
    sock_last_error(&code, text, sizeof text);
    CHECK_ERR(code, -EINVAL);
    CHECK(strstr(text, "buf") != NULL);
}

/* Each thread has its own last error, whose text names the field. */
static void test_last_error_belongs_to_the_thread(void)
{
    int code = 0;
    char text[64], cut[6];
    CHECK_ERR(sock_gethostname(NULL, 1), -EFAULT);
    struct thread other;
    thread_start(&other, in_a_new_thread, NULL);
    thread_join(&other);
    CHECK_EQ(sock_last_error(&code, text, sizeof text), strlen("buf: NULL"));
    CHECK_ERR(code, -EFAULT);
    CHECK_STR(text, "buf: NULL");
    /* Reading it changes nothing, success changes nothing, and truncation follows snprintf. */
    CHECK_EQ(sock_strerror_copy(0, text, sizeof text), 7);
    CHECK_EQ(sock_last_error(NULL, NULL, 0), 9);
    CHECK_EQ(sock_last_error(NULL, cut, sizeof cut), 9);
    CHECK_STR(cut, "buf: ");
    CHECK_EQ(sock_last_error(&code, NULL, 0), 9);
    CHECK_ERR(code, -EFAULT);
}

static void in_a_child(void *arg)
{
    int code = 0;
    (void)arg;
    CHECK_EQ(sock_last_error(&code, NULL, 0), 9);
    CHECK_ERR(code, -EFAULT);
}

static void test_last_error_survives_fork(void)
{
    CHECK_ERR(sock_gethostname(NULL, 1), -EFAULT);
    child_join(child_start(in_a_child, NULL));
}

/* A failure that a call absorbs leaves no sentence, which would explain a later failure with the same number. */
static void test_an_absorbed_failure_explains_nothing(void)
{
    /* A stale socket file: the probe of it fails, and the server does not. */
    struct sock_server_options options = {.size = sizeof options, .family = AF_UNIX, .remove_stale = 1};
    char path[64], text[100], before[100];
    snprintf(path, sizeof path, "/tmp/test_error.%d", (int)getpid());
    CHECK_OK(sock_close(CHECK_OK(sock_create_server(path, NULL, &options))));
    CHECK_ERR(sock_gethostname(NULL, 1), -EFAULT);
    sock_last_error(NULL, before, sizeof before);
    errno = 77;
    sock_t server = CHECK_OK(sock_create_server(path, NULL, &options));
    CHECK_EQ(errno, 77);
    sock_last_error(NULL, text, sizeof text);
    CHECK_STR(text, before);
    CHECK_OK(sock_close(server));
    unlink(path);
}

/* The longest sentence is cut off, at a character. */
static void test_a_long_sentence_is_cut_off(void)
{
    static char name[4000], text[4000];
    for (size_t i = 0; i + 2 < sizeof name; i += 2)
        memcpy(name + i, "\xc3\xbc", 2);
    CHECK_ERR(sock_if_nametoindex(name) < 0 ? -1 : 0, -1);
    int64_t len = sock_last_error(NULL, text, sizeof text);
    CHECK_EQ(len, strlen(text));
    CHECK_LT(len, 400);
    CHECK_EQ((unsigned char)text[len - 1], 0xbc);
}

/* Waits end, and other calls go on, after system calls that fail inside: errno stays. */
static void send_later(void *arg)
{
    sleep_ms(30);
    CHECK_EQ(sock_send(*(sock_t *)arg, "x", 1, 0), 1);
}

static void test_success_after_a_wait_leaves_errno(void)
{
    sock_t pair[2];
    struct sock_addr at;
    struct thread later;
    char byte, host[100];
    int64_t sent;
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    thread_start(&later, send_later, &pair[1]);
    errno = 77;
    CHECK_EQ(sock_recv(pair[0], &byte, 1, 0), 1);
    CHECK_EQ(errno, 77);
    thread_join(&later);
    sock_t listener = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    CHECK_OK(sock_getsockname(listener, &at));
    sock_t client = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_connect(client, &at));
    CHECK_EQ(errno, 77);
    CHECK_OK(sock_close(CHECK_OK(sock_accept(listener, NULL))));
    CHECK_EQ(errno, 77);
    int status = (int)CHECK_SYS(open("/proc/self/status", O_RDONLY));
    errno = 77;
    CHECK_OK(sock_sendfile(pair[1], status, 0, -1, &sent));
    CHECK_EQ(errno, 77);
    CHECK_OK(sock_getservbyname("http", "tcp"));
    CHECK_EQ(errno, 77);
    /* An index without an interface is written as a number. */
    CHECK_OK(sock_addr_ip6("fe80::1", 80, 0, 0x7ffffff0, &at));
    CHECK_OK(sock_addr_format(&at, host, sizeof host));
    CHECK_EQ(errno, 77);
    close(status);
    const sock_t all[] = {pair[0], pair[1], client, listener};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        CHECK_OK(sock_close(all[i]));
}

/* In a signal handler that interrupts malloc, in a thread without a record: sock_strerror_copy takes no memory and
 * no lock, also when it fails. */
static volatile sig_atomic_t handled;

static void handler(int signal)
{
    char text[64];
    int before = errno;
    (void)signal;
    if (sock_strerror_copy(-EPIPE, text, sizeof text) == 11 && sock_strerror_copy(-EPIPE, NULL, 1) == -EFAULT &&
        errno == EFAULT && sock_cancel_fire(-1) == -EBADF && sock_is_closed(SOCK_ECLOSED) && sock_now() > 0)
        handled++;
    errno = before;
}

static void allocate(void *arg)
{
    char text[100];
    struct sock_addr out;
    (void)arg;
    CHECK_ERR(sock_addr_ip("192.0.2.1", 70000, &out), -EINVAL);
    /* Large and small, so that the allocator's lock is held often. */
    for (int i = 0; handled < 200; i++) {
        void *volatile block = malloc((size_t)(i % 64 + 1) * 2000);
        free(block);
    }
    /* What it says is still that of this thread, not of the handler. */
    sock_last_error(NULL, text, sizeof text);
    CHECK_STR(text, "port: 70000 is not within 0 to 65535");
}

static void test_functions_in_a_signal_handler(void)
{
    struct sigaction action = {.sa_handler = handler}, old;
    struct thread busy;
    CHECK_SYS(sigaction(SIGUSR1, &action, &old));
    thread_start(&busy, allocate, NULL);
    while (!thread_ended(&busy)) {
        pthread_kill(busy.id, SIGUSR1);
        sleep_ms(0.2);
    }
    thread_join_within(&busy, 2000);
    CHECK_GE(handled, 200);
    CHECK_SYS(sigaction(SIGUSR1, &old, NULL));
}

TEST_MAIN(test_names_match_the_system, test_texts_match_the_c_library, test_own_codes, test_resolver_codes,
          test_unknown_codes, test_texts_are_static, test_predicates, test_strerror_copy_follows_snprintf,
          test_bad_buffers_are_refused, test_success_leaves_errno, test_last_error_belongs_to_the_thread,
          test_last_error_survives_fork, test_an_absorbed_failure_explains_nothing,
          test_a_long_sentence_is_cut_off, test_success_after_a_wait_leaves_errno,
          test_functions_in_a_signal_handler)
