/* The conventions at the head of sock.h, tried on every function by a table that is generated from the header:
 * a new function is tested by itself. Exceptions are listed once, with the reason; one that is not needed fails
 * the test. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum kind { VOID, INT, LONG, SIZE, HANDLE, INPUT, OUTPUT, HOOK };
enum { MOST = 10, ROOM = 8192 };

struct parameter {
    enum kind kind;
    const char *name, *handle;
};

typedef int64_t (*any_function)(int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t,
                                int64_t);

static const struct function {
    const char *name;
    any_function call;
    enum kind result;
    struct parameter parameters[MOST + 1];
} functions[] = {
#define F(name, result, ...) {#name, (any_function)(void (*)(void))name, result, {__VA_ARGS__}},
#include "generated/functions.h"
#undef F
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* Exceptions ---------------------------------------------------------------------------------------------- */

enum rule { SKIPPED, HANDLES, POINTERS, TIMES, OUTPUTS, ERRORS, DATA, RULES };

static const struct exception {
    enum rule rule;
    const char *function, *parameter, *reason;
} exceptions[] = {
    {SKIPPED, "sock_sethostname", "", "would rename the machine"},
    {SKIPPED, "sock_getfqdn", "name", "would look up the name of the machine"},
#include "conventions.h"
};
enum { EXCEPTIONS = sizeof exceptions / sizeof *exceptions };
static int used[EXCEPTIONS];

static bool excepted(enum rule rule, const char *function, const char *parameter)
{
    for (int i = 0; i < EXCEPTIONS; i++)
        if (exceptions[i].rule == rule && strcmp(exceptions[i].function, function) == 0 &&
            strcmp(exceptions[i].parameter, parameter) == 0) {
            used[i] = 1;
            return true;
        }
    return false;
}

static int faults;

/* A finding that no exception covers is printed as the exception that would. */
static void fault(enum rule rule, const struct function *f, const char *parameter, int64_t result)
{
    static const char *const names[] = {"SKIPPED", "HANDLES", "POINTERS", "TIMES", "OUTPUTS", "ERRORS", "DATA"};
    if (excepted(rule, f->name, parameter))
        return;
    faults++;
    printf("    {%s, \"%s\", \"%s\", \"%s\"},\n", names[rule], f->name, parameter,
           result < 0 ? sock_err_name(result) : "succeeds");
}

/* Calls --------------------------------------------------------------------------------------------------- */

static _Alignas(64) unsigned char rooms[MOST][ROOM], rooms_before[MOST][ROOM];
static sock_t socket_pair[2], token, stream, list, operation, poller;

static int count(const struct function *f)
{
    int n = 0;
    while (n < MOST && f->parameters[n].kind != VOID)
        n++;
    return n;
}

static sock_t handle_for(const char *type)
{
    if (strcmp(type, "sock_cancel_t") == 0)
        return token;
    if (strcmp(type, "sock_stream_t") == 0)
        return stream;
    if (strcmp(type, "sock_addrinfo_list_t") == 0)
        return list;
    if (strcmp(type, "sock_poller_t") == 0)
        return poller;
    return strcmp(type, "sock_op_t") == 0 ? operation : socket_pair[0];
}

/* Arguments for which 0 or "" is refused before other arguments are looked at; the last that fits counts. */
static const struct {
    const char *function, *parameter;
    enum kind kind;
    const char *text;
    int64_t number;
} usual[] = {
    {NULL, "host", INPUT, "127.0.0.1", 0},
    {NULL, "text", INPUT, "127.0.0.1:80", 0},
    {"sock_addr_ip6", "host", INPUT, "::1", 0},
    {NULL, "name", INPUT, "127.0.0.1", 0},
    {"sock_getservbyname", "name", INPUT, "http", 0},
    {"sock_getprotobyname", "name", INPUT, "tcp", 0},
    {NULL, "port", INPUT, "80", 0},
    {"sock_create_server", "port", INPUT, "0", 0},
    {"sock_create_servers", "port", INPUT, "0", 0},
    {NULL, "proto", INPUT, "tcp", 0},
    {"sock_getservbyport", "port", LONG, "", 80},
    {NULL, "bdaddr", INPUT, "00:11:22:33:44:55", 0},
    {"sock_inet_aton", "text", INPUT, "127.0.0.1", 0},
    {"sock_inet_pton", "text", INPUT, "127.0.0.1", 0},
    {NULL, "interface", INPUT, "lo", 0},
    {"sock_fdopen", "mode", INPUT, "r", 0},
    {NULL, "family", INT, "", AF_INET},
    {NULL, "direction", INT, "", SOCK_READ},
    {NULL, "index", LONG, "", 0},
    {"sock_if_indextoname", "index", LONG, "", 1},
    {"sock_sendfile", "count", LONG, "", 1},
    {"sock_splice", "count", LONG, "", 1},
    {"sock_zerocopy_done", "cap", SIZE, "", 1},
    {"sock_splice_to_fd", "count", LONG, "", 1},
    {"sock_splice_from_fd", "count", LONG, "", 1},
    {"sock_inet_ntoa", "len", SIZE, "", 4},
    {"sock_inet_ntop", "len", SIZE, "", 4},
    {"sock_addr_tipc", "addr_type", LONG, "", 1},
    {"sock_sendmany", "n", SIZE, "", 1},
    {"sock_recvmany", "n", SIZE, "", 1},
};

static struct sock_addr address;

/* Live handles of the right kind, memory for every pointer, 0 for every number; sizes as given. */
static void fill(const struct function *f, int64_t *args, size_t size)
{
    memset(args, 0, MOST * sizeof *args);
    for (int i = 0; i < count(f); i++) {
        const struct parameter *p = &f->parameters[i];
        memset(rooms[i], p->kind == OUTPUT ? 0x5a : 0, ROOM);
        if (p->kind == HANDLE)
            args[i] = handle_for(p->handle);
        else if (p->kind == SIZE)
            args[i] = (int64_t)size;
        else if (p->kind == INPUT || p->kind == OUTPUT)
            args[i] = (int64_t)(intptr_t)rooms[i];
        for (size_t n = 0; n < sizeof usual / sizeof *usual; n++)
            if (strcmp(usual[n].parameter, p->name) == 0 && p->kind == usual[n].kind &&
                (!usual[n].function || strcmp(usual[n].function, f->name) == 0)) {
                if (p->kind == INPUT)
                    strcpy((char *)rooms[i], usual[n].text);
                else
                    args[i] = usual[n].number;
            }
        if (p->kind == OUTPUT && strcmp(f->name, "sock_getsockopt") == 0 && strcmp(p->name, "len") == 0)
            *(size_t *)(void *)rooms[i] = ROOM;
        /* No options: a struct of its size alone. */
        if (p->kind == INPUT && strcmp(p->name, "opt") == 0)
            *(size_t *)(void *)rooms[i] = sizeof(size_t);
        if (p->kind == INPUT && (strcmp(p->name, "addr") == 0 || strcmp(p->name, "group") == 0))
            memcpy(rooms[i], &address, sizeof address);
        /* Read as well as written. */
        if ((strcmp(p->name, "msg") == 0 && strcmp(f->name, "sock_recvmsg") == 0) || strcmp(p->name, "v") == 0)
            memset(rooms[i], 0, ROOM);
    }
}

static bool is_text(const struct function *f)
{
    return f->result == INPUT || f->result == OUTPUT;
}

/* Closes what a successful call has made. */
static void close_made(const struct function *f, int64_t result)
{
    if (f->result == HANDLE)
        sock_close(result);
    if (strcmp(f->name, "sock_detach") == 0)
        close((int)result);
    if (strcmp(f->name, "sock_socketpair") == 0 || strcmp(f->name, "sock_create_servers") == 0)
        for (int i = 0; i < count(f); i++)
            for (int n = 0; n < 16 && strcmp(f->parameters[i].name, "out") == 0; n++)
                sock_close(((sock_t *)(void *)rooms[i])[n]);
}

/* Calls, and checks what holds for every call: success leaves errno and the last error alone; a failure sets
 * both, and writes nothing. */
static int64_t call(const struct function *f, const int64_t *a)
{
    static char before[400], after[400];
    int code_before, code_after;
    sock_addr_ip("x", 70000, NULL);
    sock_last_error(&code_before, before, sizeof before);
    memcpy(rooms_before, rooms, sizeof rooms);
    errno = 77;
    int64_t result = f->call(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9]);
    int number = errno;
    if (f->result == INT)
        result = (int)result;
    if (is_text(f)) {
        /* Another form of failure, of which only sock_fdopen's has a number. */
        if (f->result == OUTPUT && result) {
            if (number != 77)
                fault(ERRORS, f, "errno", result);
            fclose((FILE *)(intptr_t)result);
        }
        return result ? 0 : -1;
    }
    sock_last_error(&code_after, after, sizeof after);
    bool same = code_before == code_after && strcmp(before, after) == 0;
    if (result >= 0) {
        if (number != 77)
            fault(ERRORS, f, "errno", result);
        if (!same && strcmp(f->name, "sock_last_error") != 0)
            fault(ERRORS, f, "sock_last_error", result);
        close_made(f, result);
        return result;
    }
    if (number == 77 || number < 1 || number > 4095)
        fault(ERRORS, f, "errno", result);
    if (code_after != result)
        fault(ERRORS, f, "sock_last_error", result);
    for (int i = 0; i < count(f); i++) {
        if (f->parameters[i].kind != OUTPUT || a[i] != (int64_t)(intptr_t)rooms[i])
            continue;
        for (int at = 0; at < ROOM; at++)
            if (rooms[i][at] != rooms_before[i][at]) {
                fault(OUTPUTS, f, f->parameters[i].name, result);
                break;
            }
    }
    return result;
}

static void open_all(void)
{
    CHECK_OK(sock_addr_ip("127.0.0.1", 80, &address));
    CHECK_OK(sock_setdefaulttimeout(SOCK_FOREVER));
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, socket_pair));
    for (int i = 0; i < 2; i++)
        CHECK_OK(sock_settimeout(socket_pair[i], 0));
    token = CHECK_OK(sock_cancel_new());
    stream = CHECK_OK(sock_stream_new(socket_pair[0], 0));
    poller = CHECK_OK(sock_poller_new());
    list = CHECK_OK(sock_getaddrinfo("127.0.0.1", "80", NULL));
    operation = CHECK_OK(sock_getaddrinfo_start("127.0.0.1", "80", NULL));
}

/* Whatever a call has done to them. */
static void close_all(void)
{
    const sock_t all[] = {poller, list, operation, stream, token, socket_pair[0], socket_pair[1]};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        sock_close(all[i]);
    CHECK_OK(sock_setdefaulttimeout(SOCK_FOREVER));
    CHECK_OK(sock_set_interrupt(NULL, NULL));
}

/* Rules --------------------------------------------------------------------------------------------------- */

static void each(void (*rule)(const struct function *))
{
    for (int i = 0; i < FUNCTIONS; i++)
        if (!excepted(SKIPPED, functions[i].name, ""))
            rule(&functions[i]);
}

static void handles(const struct function *f)
{
    int64_t args[MOST];
    for (int i = 0; i < count(f); i++) {
        if (f->parameters[i].kind != HANDLE)
            continue;
        open_all();
        sock_t stale = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
        CHECK_OK(sock_close(stale));
        const sock_t dead[] = {0, -1, INT64_MIN, INT64_MAX, stale, INT64_C(1) << 52, 0xffffff, socket_pair[0] + (1 << 24)};
        for (size_t n = 0; n < sizeof dead / sizeof *dead; n++) {
            fill(f, args, 16);
            args[i] = dead[n];
            int64_t result = call(f, args);
            if (result != -EBADF && !is_text(f))
                fault(HANDLES, f, f->parameters[i].name, result);
        }
        fill(f, args, 16);
        args[i] = handle_for(f->parameters[i].handle) == token ? socket_pair[0] : token;
        int64_t result = call(f, args);
        if (result != -ENOTSOCK && !is_text(f))
            fault(HANDLES, f, "another kind", result);
        close_all();
    }
}

static void pointers(const struct function *f)
{
    int64_t args[MOST];
    for (int i = 0; i < count(f); i++) {
        if (f->parameters[i].kind != INPUT && f->parameters[i].kind != OUTPUT)
            continue;
        if (excepted(SKIPPED, f->name, f->parameters[i].name))
            continue;
        open_all();
        fill(f, args, 16);
        args[i] = 0;
        int64_t result = call(f, args);
        if (result != -EFAULT && f->result != INPUT)
            fault(POINTERS, f, f->parameters[i].name, result);
        close_all();
    }
}

static void times(const struct function *f)
{
    int64_t args[MOST];
    for (int i = 0; i < count(f); i++) {
        const char *name = f->parameters[i].name;
        size_t len = strlen(name);
        bool is_time = f->parameters[i].kind == LONG && (strcmp(name, "ns") == 0 || (len > 3 && strcmp(name + len - 3, "_ns") == 0));
        if (!is_time)
            continue;
        const int64_t bad[] = {-1, INT64_MIN};
        for (int n = 0; n < 2; n++) {
            open_all();
            fill(f, args, 16);
            args[i] = bad[n];
            int64_t result = call(f, args);
            bool named = result == -EINVAL && strncmp(why(), name, len) == 0 && why()[len] == ':';
            if (!named)
                fault(TIMES, f, name, result);
            close_all();
        }
    }
}

/* No size: only a length is asked for. With room: the same length. */
static void lengths(const struct function *f)
{
    int64_t args[MOST];
    for (size_t size = 0; size <= 64; size += 64) {
        open_all();
        fill(f, args, size);
        call(f, args);
        close_all();
    }
}

/* What has come for the socket stays there, unless the function receives; and at the end of the stream it returns. */
static void data(const struct function *f)
{
    int64_t args[MOST];
    char bytes[8];
    for (int ended = 0; ended < 2; ended++) {
        open_all();
        int other = CHECK_SYS(fcntl(sock_peek_fileno(socket_pair[0]), F_DUPFD_CLOEXEC, 0));
        if (ended)
            CHECK_OK(sock_close(socket_pair[1]));
        else
            CHECK_EQ(sock_send(socket_pair[1], "abc", 3, 0), 3);
        fill(f, args, 64);
        int64_t result = call(f, args);
        if (!ended && recv(other, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT) != 3)
            fault(DATA, f, "", result);
        close_all();
        close(other);
    }
}

static void check_all(void (*rule)(const struct function *))
{
    faults = 0;
    each(rule);
    if (faults)
        FAIL("%d findings, printed above as exceptions", faults);
}

static void test_a_number_that_is_no_handle(void)
{
    check_all(handles);
}

static void test_a_null_pointer(void)
{
    check_all(pointers);
}

static void test_a_negative_time(void)
{
    check_all(times);
}

static void test_success_leaves_errno_and_the_last_error(void)
{
    check_all(lengths);
}

static void test_what_has_come_stays(void)
{
    /* The number 0 is a descriptor for some functions. */
    int null = CHECK_SYS(open("/dev/null", O_RDWR | O_CLOEXEC));
    CHECK_SYS(dup2(null, 0));
    close(null);
    check_all(data);
}

/* A cancellation that is pending goes on pending through every function. */
static void *canceled(void *reached)
{
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    pthread_cancel(pthread_self());
    faults = 0;
    for (int i = 0; i < FUNCTIONS; i++) {
        int64_t args[MOST];
        if (excepted(SKIPPED, functions[i].name, ""))
            continue;
        open_all();
        fill(&functions[i], args, 64);
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
        const int64_t *a = args;
        int64_t result = functions[i].call(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9]);
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
        if (functions[i].result == OUTPUT && result)
            fclose((FILE *)(intptr_t)result);
        else if (functions[i].result == INT)
            result = (int)result;
        if (!is_text(&functions[i]) && result >= 0)
            close_made(&functions[i], result);
        close_all();
        ++*(int *)reached;
    }
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_testcancel();
    return NULL;
}

static void test_no_function_is_a_cancellation_point(void)
{
    static int reached;
    pthread_t thread;
    void *end;
    CHECK_EQ(pthread_create(&thread, NULL, canceled, &reached), 0);
    CHECK_EQ(pthread_join(thread, &end), 0);
    CHECK_EQ(reached, FUNCTIONS - 1);
    CHECK(end == PTHREAD_CANCELED);
}

static void test_every_exception_is_needed(void)
{
    for (int i = 0; i < EXCEPTIONS; i++)
        if (!used[i])
            FAIL("%s %s: not needed (%s)", exceptions[i].function, exceptions[i].parameter, exceptions[i].reason);
}

TEST_MAIN(test_a_number_that_is_no_handle, test_a_null_pointer, test_a_negative_time,
          test_success_leaves_errno_and_the_last_error, test_what_has_come_stays,
          test_no_function_is_a_cancellation_point, test_every_exception_is_needed)
