/* Out of memory: no call ends the process, every failure is -ENOMEM, and nothing is lost. The allocator of the
 * C library is replaced: the n-th allocation, or every one, of libsock fails. */
#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The sanitizers and valgrind have allocators of their own. */
#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
#define REPLACED 0
#else
#define REPLACED 1

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t align, size_t size);
extern void __libc_free(void *block);
#endif

static long fail_at;      /* 0: none; ALL: every one; else the number of the one that fails */
static long asked;        /* allocations of libsock since fail_at was set */
static long live;         /* blocks that libsock has */
enum { ALL = -1 };

#if REPLACED
static uintptr_t begin, end; /* libsock, in memory */

static int find(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    uintptr_t known = (uintptr_t)&sock_version;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t from = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD && known >= from && known < from + part->p_memsz) {
            begin = from;
            end = from + part->p_memsz;
        }
    }
    return 0;
}

static bool is_own(void *caller)
{
    return (uintptr_t)caller >= begin && (uintptr_t)caller < end;
}

static bool fails(void *caller)
{
    long at = __atomic_load_n(&fail_at, __ATOMIC_SEQ_CST);
    if (!is_own(caller) || at == 0)
        return false;
    long number = __atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST);
    if (at != ALL && number != at)
        return false;
    errno = ENOMEM;
    return true;
}

static void *counted(void *block, void *caller)
{
    if (block && is_own(caller))
        __atomic_add_fetch(&live, 1, __ATOMIC_SEQ_CST);
    return block;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size)
{
    return fails(CALLER) ? NULL : counted(__libc_malloc(size), CALLER);
}

void *calloc(size_t count, size_t size)
{
    return fails(CALLER) ? NULL : counted(__libc_calloc(count, size), CALLER);
}

void *realloc(void *old, size_t size)
{
    if (fails(CALLER))
        return NULL;
    void *block = __libc_realloc(old, size);
    return old ? block : counted(block, CALLER);
}

int posix_memalign(void **out, size_t align, size_t size)
{
    if (fails(CALLER))
        return ENOMEM;
    void *block = counted(__libc_memalign(align, size), CALLER);
    if (!block)
        return ENOMEM;
    *out = block;
    return 0;
}

void *aligned_alloc(size_t align, size_t size)
{
    return fails(CALLER) ? NULL : counted(__libc_memalign(align, size), CALLER);
}

void free(void *block)
{
    if (block && is_own(CALLER))
        __atomic_sub_fetch(&live, 1, __ATOMIC_SEQ_CST);
    __libc_free(block);
}
#endif

/* Calls --------------------------------------------------------------------------------------------------- */

static sock_t pair[2];
static struct sock_addr listening;
static char port[16], buf[4096];

static int64_t closed(int64_t result)
{
    return result > 0 && sock_close(result) < 0 ? -EIO : result;
}

static int64_t call_refused(void)
{
    struct sock_addr at;
    return sock_addr_ip("192.0.2.1", 70000, &at) == -EINVAL && sock_recv(-1, buf, 1, 0) == -EBADF ? 0 : -EIO;
}

static int64_t call_socket(void)
{
    return closed(sock_socket(AF_INET, SOCK_DGRAM, 0));
}

static int64_t call_token(void)
{
    return closed(sock_cancel_new());
}

static int64_t call_stream(void)
{
    size_t n;
    sock_t stream = sock_stream_new(pair[0], 6000);
    if (stream < 0)
        return stream;
    int64_t wrote = sock_stream_write(stream, "hello\n", 6, &n);
    int end = sock_close(stream);
    if (wrote == 0 && end == 0)
        sock_recv(pair[1], buf, sizeof buf, MSG_DONTWAIT);
    return wrote < 0 ? wrote : end;
}

static int64_t call_numeric(void)
{
    return closed(sock_getaddrinfo("127.0.0.1", "80", NULL));
}

static int64_t call_name(void)
{
    return closed(sock_getaddrinfo("localhost", "80", NULL));
}

static int64_t call_long_name(void)
{
    static char host[20000];
    memset(host, 'a', sizeof host - 1);
    int64_t result = closed(sock_getaddrinfo(host, "80", NULL));
    return sock_is_resolver(result) && result != SOCK_EAI_MEMORY ? 0 : result;
}

static int64_t call_aliases(void)
{
    return closed(sock_gethostbyname_ex("localhost", SOCK_FOREVER));
}

static int64_t call_start(void)
{
    sock_t operation = sock_getaddrinfo_start("localhost", "80", NULL);
    if (operation < 0)
        return operation;
    sock_t list = sock_getaddrinfo_step(operation);
    if (list > 0)
        sock_close(list);
    return closed(operation);
}

static int64_t call_connection(void)
{
    return closed(sock_create_connection("127.0.0.1", port, NULL));
}

static int64_t call_server(void)
{
    return closed(sock_create_server("127.0.0.1", "0", NULL));
}

static int64_t call_interfaces(void)
{
    struct sock_interface found[8];
    int64_t result = sock_if_nameindex(found, 8);
    return result < 0 ? result : sock_getifaddrs(NULL, 0);
}

static int64_t call_host(void)
{
    return sock_gethostname(buf, sizeof buf);
}

static int64_t call_file(void)
{
    FILE *file = sock_fdopen(pair[0], "r");
    if (!file)
        return -errno;
    return fclose(file);
}

static int64_t call_sendfile(void)
{
    int file = open("/proc/self/status", O_RDONLY);
    int64_t sent, result = sock_sendfile(pair[0], file, 0, 100, &sent);
    close(file);
    while (sock_recv(pair[1], buf, sizeof buf, MSG_DONTWAIT) > 0)
        ;
    return result;
}

/* Control data to which the size of segments is added, and which is too long for the stack. */
static int64_t call_segments(void)
{
    enum { MESSAGES = 300 };
    static _Alignas(size_t) char control[MESSAGES * CMSG_SPACE(sizeof(int))];
    struct msghdr header = {.msg_control = control, .msg_controllen = sizeof control};
    const int ttl = 9;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
        *c = (struct cmsghdr){.cmsg_level = IPPROTO_IP, .cmsg_type = IP_TTL, .cmsg_len = CMSG_LEN(sizeof ttl)};
        memcpy(CMSG_DATA(c), &ttl, sizeof ttl);
    }
    struct sock_datagram entry = {.buf = buf, .len = 300, .segment = 100, .control = control,
                                  .control_len = sizeof control};
    sock_t s = sock_socket(AF_INET, SOCK_DGRAM, 0);
    if (s < 0)
        return s;
    int64_t result = sock_addr_ip("127.0.0.1", 0, &entry.addr);
    if (result == 0 && (result = sock_bind(s, &entry.addr)) == 0 && (result = sock_getsockname(s, &entry.addr)) == 0)
        result = sock_sendmany(s, &entry, 1, 0);
    int end = sock_close(s);
    return result < 0 ? result : end;
}

/* In non-blocking mode through memory, also where a relay would have a pipe. */
static int64_t call_splice(void)
{
    int64_t taken, given;
    sock_setblocking(pair[0], 0);
    sock_send(pair[1], "x", 1, 0);
    int64_t result = sock_splice(pair[0], pair[1], 1, &taken, &given);
    sock_setblocking(pair[0], 1);
    while (sock_recv(pair[0], buf, sizeof buf, MSG_DONTWAIT) > 0)
        ;
    return result < 0 ? result : 0;
}

static int64_t call_last_error(void)
{
    return sock_last_error(NULL, buf, sizeof buf);
}

static void in_thread(void *result)
{
    *(int64_t *)result = call_refused();
}

/* A thread whose first call finds no memory: it has neither a record nor thread-local data yet. */
static int64_t call_first_of_thread(void)
{
    int64_t result = -EIO;
    struct thread thread;
    thread_start(&thread, in_thread, &result);
    thread_join(&thread);
    return result;
}

static const struct {
    const char *name;
    int64_t (*run)(void);
} calls[] = {
    {"a refused argument", call_refused}, {"sock_socket", call_socket}, {"sock_cancel_new", call_token},
    {"a stream", call_stream}, {"a numeric lookup", call_numeric}, {"a lookup", call_name},
    {"a long name", call_long_name}, {"sock_gethostbyname_ex", call_aliases},
    {"sock_getaddrinfo_start", call_start}, {"sock_create_connection", call_connection},
    {"sock_create_server", call_server}, {"interfaces", call_interfaces}, {"sock_gethostname", call_host},
    {"sock_fdopen", call_file}, {"sock_sendfile", call_sendfile}, {"sock_splice", call_splice},
    {"sock_sendmany", call_segments}, {"sock_last_error", call_last_error},
    {"the first call of a thread", call_first_of_thread},
};
enum { CALLS = sizeof calls / sizeof *calls };

static void prepare(void)
{
#if REPLACED
    if (in_valgrind())
        SKIP("valgrind has an allocator of its own");
    dl_iterate_phdr(find, NULL);
#else
    SKIP("the sanitizer has an allocator of its own");
#endif
    int64_t number;
    sock_t listener = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    CHECK_OK(sock_getsockname(listener, &listening));
    CHECK_OK(sock_addr_get_ip(&listening, NULL, 0, &number, NULL, NULL));
    snprintf(port, sizeof port, "%d", (int)number);
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}

static void arm(long at)
{
    __atomic_store_n(&asked, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&fail_at, at, __ATOMIC_SEQ_CST);
}

static void check_result(const char *name, long at, int64_t result)
{
    if (result < 0 && result != -ENOMEM && result != SOCK_EAI_MEMORY)
        FAIL("%s, allocation %ld: %s", name, at, sock_err_name(result));
}

/* Waits for a worker of the pool that has not put its last block back, or still reads a file of the resolver. */
static void check_nothing_is_lost(const char *name, long blocks, int fds)
{
    int64_t until = now_ns() + (int64_t)(SEC(2) * test_scale());
    while ((__atomic_load_n(&live, __ATOMIC_SEQ_CST) > blocks || open_fds() != fds) && now_ns() < until)
        sleep_ms(1);
    long after = __atomic_load_n(&live, __ATOMIC_SEQ_CST);
    if (after > blocks)
        FAIL("%s: %ld blocks more than before", name, after - blocks);
    if (open_fds() != fds)
        FAIL("%s: %d descriptors, %d before", name, open_fds(), fds);
}

/* A lookup that a call has given up has files of the C library's open. */
static void lookups_at_rest(void)
{
    struct sock_lookup_stats pool = {.size = sizeof pool};
    do {
        sleep_ms(1);
        CHECK_OK(sock_lookup_stats(&pool));
    } while (pool.idle < pool.threads);
}

static void each_fails(void *unused)
{
    (void)unused;
    wait_once();
    for (int i = 0; i < CALLS; i++) {
        for (int warm = 0; warm < 3; warm++)
            CHECK_OK(calls[i].run());
        lookups_at_rest();
        int fds = open_fds();
        long before = live;
        for (long at = 1; at < 200; at++) {
            arm(at);
            int64_t result = calls[i].run();
            long needed = asked;
            arm(0);
            check_result(calls[i].name, at, result);
            if (needed < at)
                break;
            CHECK_LT(at, 199);
        }
        CHECK_OK(calls[i].run());
        check_nothing_is_lost(calls[i].name, before, fds);
    }
}

static void all_fail(void *unused)
{
    (void)unused;
    wait_once();
    for (int i = 0; i < CALLS; i++) {
        CHECK_OK(calls[i].run());
        lookups_at_rest();
        int fds = open_fds();
        long before = live;
        /* Many times: what the reserve does not get back would be missing in the end. */
        for (int round = 0; round < 3000; round++) {
            arm(ALL);
            int64_t result = calls[i].run();
            arm(0);
            check_result(calls[i].name, ALL, result);
            if (calls[i].run == call_first_of_thread && round > 100)
                break;
        }
        CHECK_OK(calls[i].run());
        check_nothing_is_lost(calls[i].name, before, fds);
    }
}

static void first_fails(void *unused)
{
    (void)unused;
    sock_t many[600];
    int made = 0;
    arm(ALL);
    for (; made < 600; made++)
        if ((many[made] = sock_socket(AF_UNIX, SOCK_DGRAM, 0)) < 0)
            break;
    int64_t last = made < 600 ? many[made] : 0;
    arm(0);
    CHECK_ERR(last, -ENOMEM);
    for (int i = 0; i < made; i++)
        CHECK_OK(sock_close(many[i]));
    CHECK_OK(call_socket());
}

static void test_every_allocation_fails_once(void)
{
    prepare();
    child_join(child_start(each_fails, NULL));
}

static void test_no_memory_at_all(void)
{
    prepare();
    child_join(child_start(all_fail, NULL));
}

static void test_no_memory_for_more_handles(void)
{
    prepare();
    fds_at_least(1000);
    child_join(child_start(first_fails, NULL));
}

/* A wait for more events than fit on the stack takes fewer at a time. */
static void many_events(void *unused)
{
    enum { MANY = 600 };
    (void)unused;
    static struct sock_event events[MANY];
    sock_poller_t poller = CHECK_OK(sock_poller_new());
    int ends[2], seen[MANY] = {0}, left = MANY;
    CHECK_SYS(pipe(ends));
    CHECK_EQ(write(ends[1], "x", 1), 1);
    for (int i = 0; i < MANY; i++)
        CHECK_OK(sock_poller_add_fd(poller, (int)CHECK_SYS(dup(ends[0])), SOCK_POLL_IN | SOCK_POLL_ONESHOT,
                                    (uint64_t)i));
    arm(ALL);
    while (left > 0) {
        int64_t count = sock_poller_wait(poller, events, MANY, SEC(2));
        if (count <= 0)
            break;
        for (int64_t i = 0; i < count; i++)
            left -= !seen[events[i].data]++;
    }
    arm(0);
    CHECK_EQ(left, 0);
    CHECK_OK(sock_close(poller));
}

static void test_no_memory_for_many_events(void)
{
    prepare();
    fds_at_least(1000);
    child_join(child_start(many_events, NULL));
}

/* A caller asks for more than there is. */
static void test_a_buffer_that_no_memory_holds(void)
{
    size_t n;
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    sock_t stream = CHECK_OK(sock_stream_new(pair[0], SIZE_MAX));
    CHECK_ERR(sock_stream_write(stream, "x", 1, &n), -ENOMEM);
    CHECK_ERR(sock_stream_readline(stream, buf, 10), -ENOMEM);
    CHECK_OK(sock_close(stream));
    for (int i = 0; i < 2; i++)
        CHECK_OK(sock_close(pair[i]));
}

TEST_MAIN(test_every_allocation_fails_once, test_no_memory_at_all, test_no_memory_for_more_handles,
          test_no_memory_for_many_events,
          test_a_buffer_that_no_memory_holds)
