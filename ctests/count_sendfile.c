/* Cost of sock_sendfile beyond bare sendfile(2): at most four system calls for a whole file. (test_sendfile.c
 * counts the calls for one GiB.) */
#include "count.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sock.h"

enum { LENGTH = 4096 };

static int make_file(void)
{
    static char data[LENGTH];
    FILE *file = tmpfile();
    COUNT_NEED(file && fwrite(data, LENGTH, 1, file) == 1 && fflush(file) == 0);
    return fileno(file);
}

static void sendfile_bare(long n)
{
    char buf[LENGTH];
    int file = make_file(), fds[2];
    COUNT_NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    for (long i = 0; i < n; i++) {
        off_t offset = 0;
        COUNT_NEED(sendfile(fds[0], file, &offset, LENGTH) == LENGTH);
        COUNT_NEED(recv(fds[1], buf, LENGTH, MSG_WAITALL) == LENGTH);
    }
}

static void sendfile_sock(long n)
{
    char buf[LENGTH];
    int file = make_file();
    sock_t pair[2];
    COUNT_NEED(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    for (long i = 0; i < n; i++) {
        COUNT_NEED(sock_sendfile(pair[0], file, 0, LENGTH, NULL) == LENGTH);
        COUNT_NEED(sock_recv(pair[1], buf, LENGTH, 0) == LENGTH);
    }
}

COUNT_MAIN(COUNT_CASES({"sendfile", sendfile_sock}, {"raw_sendfile", sendfile_bare}),
           COUNT_LIMITS({"sendfile", "syscalls", "<=", 4, "raw_sendfile"}))
