/* What Python's module has on Windows only, and the rows of its semantics that name Windows. Each row is tested, or
 * skipped by name where wine 8.0 lacks what it is about. */
#include "../check.h"

#include <sys/socket.h>
#include <windows.h>
#include <mstcpip.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#ifndef SIO_LOOPBACK_FAST_PATH
#define SIO_LOOPBACK_FAST_PATH _WSAIOW(IOC_VENDOR, 16)
#endif

enum { DESCRIPTION = sizeof(WSAPROTOCOL_INFOW) };

static bool under_wine(void)
{
    return GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") != NULL;
}

static void tcp_pair(sock_t out[2])
{
    CHECK_OK(sock_socketpair(AF_INET, SOCK_STREAM, 0, out));
}

/* R2, R25: not inheritable from birth, connections too; the handle's flag can be set. */
static void test_R2_R25_not_inheritable(void)
{
    sock_t listener = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    struct sock_addr at;
    CHECK_OK(sock_getsockname(listener, &at));
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_connect(s, &at));
    sock_t peer = CHECK_OK(sock_accept(listener, NULL));
    sock_t copy = CHECK_OK(sock_dup(s));
    sock_t all[] = {listener, s, peer, copy};
    for (int i = 0; i < 4; i++) {
        DWORD flags = 9;
        CHECK(GetHandleInformation((HANDLE)(intptr_t)CHECK_OK(sock_fileno(all[i])), &flags));
        CHECK_EQ(flags & HANDLE_FLAG_INHERIT, 0);
        CHECK_EQ(sock_get_inheritable(all[i]), 0);
    }
    CHECK_OK(sock_set_inheritable(s, 1));
    CHECK_EQ(sock_get_inheritable(s), 1);
    CHECK_OK(sock_set_inheritable(s, 0));
    CHECK_EQ(sock_get_inheritable(s), 0);
    for (int i = 0; i < 4; i++)
        CHECK_OK(sock_close(all[i]));
    CHECK_ERR(sock_get_inheritable(s), -EBADF);
}

/* R15, R205: share and fromshare, in this process. */
static void test_R15_R205_share_in_this_process(void)
{
    sock_t pair[2];
    char description[DESCRIPTION], data[8];
    tcp_pair(pair);
    CHECK_EQ(sock_share(pair[0], GetCurrentProcessId(), NULL, 0), DESCRIPTION);
    CHECK_EQ(sock_share(pair[0], GetCurrentProcessId(), description, sizeof description), DESCRIPTION);
    CHECK_OK(sock_setdefaulttimeout(SEC(1)));
    sock_t shared = CHECK_OK(sock_fromshare(description, sizeof description));
    CHECK_OK(sock_setdefaulttimeout(SOCK_FOREVER));
    CHECK_EQ(sock_gettimeout(shared), SOCK_FOREVER);
    CHECK_EQ(sock_family(shared), AF_INET);
    CHECK_EQ(sock_type(shared), SOCK_STREAM);
    CHECK_EQ(sock_proto(shared), IPPROTO_TCP);
    CHECK_EQ(sock_get_inheritable(shared), 0);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_sendall(pair[1], "hello", 5, 0, NULL));
    CHECK_EQ(sock_recv(shared, data, sizeof data, 0), 5);
    CHECK_ERR(sock_fromshare(description, 10), -EINVAL);
    CHECK_ERR(sock_share(pair[0], GetCurrentProcessId(), NULL, 0), -EBADF);
    CHECK(sock_share(pair[1], 0x7ffffff0, description, sizeof description) < 0);
    CHECK_OK(sock_close(shared));
    CHECK_OK(sock_close(pair[1]));
}

/* The child: reads a description from its standard input, and sends a greeting on that socket. */
static int child_main(void)
{
    char description[DESCRIPTION];
    DWORD count = 0, all = 0;
    HANDLE in = GetStdHandle(STD_INPUT_HANDLE);
    while (all < DESCRIPTION && ReadFile(in, description + all, DESCRIPTION - all, &count, NULL) && count > 0)
        all += count;
    sock_t s = sock_fromshare(description, all);
    if (s < 0)
        return 3;
    return sock_sendall(s, "from the child", 14, 0, NULL) == 0 && sock_close(s) == 0 ? 0 : 4;
}

/* R205: to a child process. */
static void test_R205_share_to_a_child_process(void)
{
    sock_t pair[2];
    char description[DESCRIPTION], data[32], program[MAX_PATH], command[MAX_PATH + 20];
    HANDLE from, to;
    SECURITY_ATTRIBUTES inherit = {.nLength = sizeof inherit, .bInheritHandle = TRUE};
    tcp_pair(pair);
    CHECK(CreatePipe(&from, &to, &inherit, 0));
    CHECK(SetHandleInformation(to, HANDLE_FLAG_INHERIT, 0));
    GetModuleFileNameA(NULL, program, sizeof program);
    snprintf(command, sizeof command, "\"%s\" --child", program);
    STARTUPINFOA start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES, .hStdInput = from,
                          .hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE),
                          .hStdError = GetStdHandle(STD_ERROR_HANDLE)};
    PROCESS_INFORMATION child;
    CHECK(CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &start, &child));
    CHECK_EQ(sock_share(pair[0], child.dwProcessId, description, sizeof description), DESCRIPTION);
    DWORD written = 0;
    CHECK(WriteFile(to, description, DESCRIPTION, &written, NULL));
    CloseHandle(to);
    CloseHandle(from);
    CHECK_OK(sock_settimeout(pair[1], SEC(30)));
    CHECK_EQ(sock_recv(pair[1], data, 14, MSG_WAITALL), 14);
    CHECK_MEM(data, "from the child", 14);
    CHECK_EQ(WaitForSingleObject(child.hProcess, 30000), WAIT_OBJECT_0);
    DWORD code = 99;
    CHECK(GetExitCodeProcess(child.hProcess, &code));
    CHECK_EQ(code, 0);
    CloseHandle(child.hProcess);
    CloseHandle(child.hThread);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

/* R204: SIO_KEEPALIVE_VALS. */
static void test_R204_keepalive_vals(void)
{
    sock_t pair[2];
    DWORD values[3] = {1, 1000, 500};
    tcp_pair(pair);
    CHECK_EQ(sock_ioctl(pair[0], SIO_KEEPALIVE_VALS, values, sizeof values, NULL, 0), 0);
    CHECK(sock_ioctl(pair[0], SIO_KEEPALIVE_VALS, values, 2, NULL, 0) < 0);
    CHECK(sock_ioctl(pair[0], 0x12345678, NULL, 0, NULL, 0) < 0);
    CHECK_ERR(sock_ioctl(pair[0], SIO_KEEPALIVE_VALS, NULL, sizeof values, NULL, 0), -EFAULT);
    CHECK_ERR(sock_ioctl(0, SIO_KEEPALIVE_VALS, values, sizeof values, NULL, 0), -EBADF);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

/* R204: SIO_LOOPBACK_FAST_PATH. */
static void test_R204_loopback_fast_path(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    DWORD on = 1;
    int64_t result = sock_ioctl(s, SIO_LOOPBACK_FAST_PATH, &on, sizeof on, NULL, 0);
    CHECK_OK(sock_close(s));
    if (result == -EOPNOTSUPP && under_wine())
        SKIP("wine 8.0 has no SIO_LOOPBACK_FAST_PATH");
    CHECK_EQ(result, 0);
}

/* R204: SIO_RCVALL, which needs an administrator. */
static void test_R204_rcvall(void)
{
    struct sock_addr at;
    sock_t s = sock_socket(AF_INET, SOCK_RAW, IPPROTO_IP);
    if (s == -EPROTONOSUPPORT && under_wine())
        SKIP("wine 8.0 has no raw sockets of IPPROTO_IP");
    if (s == -EACCES)
        SKIP("raw sockets need an administrator");
    CHECK_OK(s);
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &at));
    CHECK_OK(sock_bind(s, &at));
    DWORD on = 1;
    int64_t result = sock_ioctl(s, SIO_RCVALL, &on, sizeof on, NULL, 0);
    CHECK_OK(sock_close(s));
    if (result == -EOPNOTSUPP && under_wine())
        SKIP("wine 8.0 has no SIO_RCVALL");
    CHECK_EQ(result, 0);
}

/* R32: Python raises OverflowError for a timeout that Windows cannot hold; libsock has no such limit. */
static void test_R32_long_timeouts(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_OK(sock_settimeout(s, INT64_C(4000000000) * 1000000000));
    CHECK_EQ(sock_gettimeout(s), INT64_C(4000000000) * 1000000000);
    CHECK_OK(sock_close(s));
}

/* R37: the mode that a socket has when it leaves its handle. */
static void test_R37_mode_of_a_detached_socket(void)
{
    for (int blocking = 0; blocking < 2; blocking++) {
        sock_t pair[2];
        char byte;
        tcp_pair(pair);
        CHECK_OK(sock_settimeout(pair[0], blocking ? SOCK_FOREVER : MS(100)));
        SOCKET s = (SOCKET)CHECK_OK(sock_detach(pair[0]));
        if (blocking) {
            DWORD limit = 50;
            CHECK_EQ(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit), 0);
        }
        CHECK_EQ(recv(s, &byte, 1, 0), -1);
        CHECK_EQ(WSAGetLastError(), blocking ? WSAETIMEDOUT : WSAEWOULDBLOCK);
        closesocket(s);
        CHECK_OK(sock_close(pair[1]));
    }
}

/* R60: what is in progress is WSAEWOULDBLOCK, and a failure is found. */
static void test_R60_connect_in_progress(void)
{
    struct sock_addr at;
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &at));
    CHECK_OK(sock_bind(s, &at));
    CHECK_OK(sock_getsockname(s, &at));
    CHECK_OK(sock_close(s));
    s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_settimeout(s, 0));
    int result = sock_connect(s, &at);
    for (int i = 0; i < 1000 && (result == -EINPROGRESS || result == -EALREADY); i++) {
        sleep_ms(10);
        result = sock_connect(s, &at);
    }
    CHECK_ERR(result, -ECONNREFUSED);
    CHECK_OK(sock_close(s));
}

/* R80: lengths above INT_MAX are cut. Only sizes that fit the memory of a test are tried. */
static void test_R80_lengths_above_int_max(void)
{
    sock_t pair[2];
    size_t size = (size_t)INT_MAX + 4096;
    char *data = VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!data)
        SKIP("no memory for more than INT_MAX bytes");
    tcp_pair(pair);
    CHECK_OK(sock_sendall(pair[1], "hello", 5, 0, NULL));
    CHECK_EQ(sock_recv(pair[0], data, size, 0), 5);
    VirtualFree(data, 0, MEM_RELEASE);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

/* R93: errors by their numbers; those of Winsock become those of errno.h. */
static void test_R93_errors(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    struct sock_addr at;
    char byte;
    errno = 0;
    CHECK_ERR(sock_recv(s, &byte, 1, 0), -ENOTCONN);
    CHECK_EQ(errno, ENOTCONN);
    CHECK(strstr(why(), "10057") != NULL);
    CHECK_ERR(sock_getpeername(s, &at), -ENOTCONN);
    CHECK_OK(sock_addr_ip("192.0.2.1", 80, &at));
    CHECK_ERR(sock_bind(s, &at), -EADDRNOTAVAIL);
    CHECK_ERR(sock_setsockopt_int(s, IPPROTO_TCP, 0x7654, 1), -ENOPROTOOPT);
    CHECK_OK(sock_close(s));
    CHECK_ERR(sock_socket(AF_INET, SOCK_STREAM, 250), -EPROTONOSUPPORT);
    CHECK_ERR(sock_socket(9999, SOCK_STREAM, 0), -EAFNOSUPPORT);
    CHECK_STR(sock_err_name(-ECONNRESET), "ECONNRESET");
    CHECK(sock_is_temporary(-EAGAIN));
}

/* R150: TCP_QUICKACK is emulated by Python 3.14; libsock has no such option on Windows. */
static void test_R150_no_quickack(void)
{
    int64_t value;
    CHECK(sock_constant_find("TCP_QUICKACK", &value) < 0);
}

/* R151: options that the running system lacks are refused by it; their names stay. */
static void test_R151_options_that_the_system_lacks(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    const char *names[] = {"TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_FASTOPEN"};
    int refused = 0;
    for (int i = 0; i < 4; i++) {
        int64_t number = 0;
        CHECK_OK(sock_constant_find(names[i], &number));
        int result = sock_setsockopt_int(s, IPPROTO_TCP, (int)number, 1);
        CHECK(result == 0 || result == -ENOPROTOOPT || result == -EINVAL);
        refused += result != 0;
    }
    CHECK_OK(sock_close(s));
    if (refused && under_wine())
        SKIP("wine 8.0 lacks %d of the four options of TCP that came with Windows 10", refused);
    CHECK_EQ(refused, 0);
}

/* R203: a FILE cannot be made of a socket. */
static void test_R203_no_stdio(void)
{
    sock_t pair[2];
    tcp_pair(pair);
    CHECK(sock_fdopen(pair[0], "r") == NULL);
    CHECK_EQ(errno, ENOSYS);
    CHECK(strncmp(why(), "FILE: ", 6) == 0);
    CHECK(sock_fdopen(pair[0], "a") == NULL);
    CHECK_EQ(errno, EINVAL);
    CHECK(sock_fdopen(0, "r") == NULL);
    CHECK_EQ(errno, EBADF);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

/* AF_UNIX streams, which Windows has since 10. */
static void test_unix_stream(void)
{
    char directory[MAX_PATH], path[MAX_PATH + 32];
    GetTempPathA(sizeof directory, directory);
    snprintf(path, sizeof path, "%ssock-test-%lu", directory, GetCurrentProcessId());
    struct sock_addr at;
    CHECK_OK(sock_addr_unix(path, strlen(path), &at));
    sock_t listener = sock_socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -EAFNOSUPPORT && under_wine())
        SKIP("wine 8.0 has no AF_UNIX");
    CHECK_OK(listener);
    CHECK_OK(sock_bind(listener, &at));
    CHECK_OK(sock_listen(listener, 1));
    sock_t s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_OK(sock_connect(s, &at));
    sock_t peer = CHECK_OK(sock_accept(listener, NULL));
    char byte;
    CHECK_OK(sock_sendall(s, "x", 1, 0, NULL));
    CHECK_EQ(sock_recv(peer, &byte, 1, 0), 1);
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_close(peer));
    CHECK_OK(sock_close(listener));
    DeleteFileA(path);
}

/* Families that Windows lacks. */
static void test_absent_families(void)
{
    struct sock_addr at;
    CHECK_ERR(sock_addr_can("vcan0", &at), -EAFNOSUPPORT);
    CHECK_ERR(sock_addr_parse("netlink:1", &at), -ENOTSUP);
    CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, (sock_t[2]){0, 0}), -EAFNOSUPPORT);
}

/* The number that the next socket gets. Windows and wine give out the lowest free numbers, in steps of four. */
static int next_number(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    int number = CHECK_OK(sock_peek_fileno(s));
    CHECK_OK(sock_close(s));
    return number;
}

/* 10,000 cycles leave no handle open: by the system's count, and where it has none (wine 8.0) by the numbers. */
static void test_no_handle_leaks(void)
{
    enum { CYCLES = 10000 };
    struct sock_addr at;
    sock_t listener = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    CHECK_OK(sock_getsockname(listener, &at));
    test_timeout(300);
    wait_once();
    int before = open_fds(), first = next_number();
    for (int i = 0; i < CYCLES; i++) {
        sock_t s = CHECK_OK(sock_socket(AF_INET, i % 2 ? SOCK_STREAM : SOCK_DGRAM, 0));
        CHECK_OK(sock_close(s));
        if (i % 500 == 0) {
            sock_t token = CHECK_OK(sock_cancel_new());
            sock_t client = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
            CHECK_OK(sock_setcancel(client, token));
            CHECK_OK(sock_connect(client, &at));
            sock_t peer = CHECK_OK(sock_accept(listener, NULL));
            sock_t poller = CHECK_OK(sock_poller_new());
            CHECK_OK(sock_poller_add(poller, client, SOCK_POLL_OUT, 1));
            CHECK_OK(sock_close(poller));
            CHECK_OK(sock_close(peer));
            CHECK_OK(sock_close(client));
            CHECK_OK(sock_close(token));
        }
    }
    CHECK_LE(open_fds(), before + 2);
    CHECK_LE(next_number(), first + 40);
    CHECK_OK(sock_close(listener));
}

static int run(int argc, char **argv)
{
    static void (*const tests[])(void) = {test_R2_R25_not_inheritable,
                                          test_R15_R205_share_in_this_process,
                                          test_R205_share_to_a_child_process,
                                          test_R204_keepalive_vals,
                                          test_R204_loopback_fast_path,
                                          test_R204_rcvall,
                                          test_R32_long_timeouts,
                                          test_R37_mode_of_a_detached_socket,
                                          test_R60_connect_in_progress,
                                          test_R80_lengths_above_int_max,
                                          test_R93_errors,
                                          test_R150_no_quickack,
                                          test_R151_options_that_the_system_lacks,
                                          test_R203_no_stdio,
                                          test_unix_stream,
                                          test_absent_families,
                                          test_no_handle_leaks};
    return check_main(argc, argv, tests, sizeof tests / sizeof *tests,
                      "test_R2_R25_not_inheritable, test_R15_R205_share_in_this_process, "
                      "test_R205_share_to_a_child_process, test_R204_keepalive_vals, test_R204_loopback_fast_path, "
                      "test_R204_rcvall, test_R32_long_timeouts, test_R37_mode_of_a_detached_socket, "
                      "test_R60_connect_in_progress, test_R80_lengths_above_int_max, test_R93_errors, "
                      "test_R150_no_quickack, test_R151_options_that_the_system_lacks, test_R203_no_stdio, "
                      "test_unix_stream, test_absent_families, test_no_handle_leaks");
}

int main(int argc, char **argv)
{
    return argc > 1 && strcmp(argv[1], "--child") == 0 ? child_main() : run(argc, argv);
}
