/* Which system calls can fail, and with what: the errors of the man pages that a program can meet on a
 * descriptor and a buffer that are good, and those of a sandbox. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "notify.h"

static bool duplicates(const __u64 *args)
{
    return args[1] == F_DUPFD || args[1] == F_DUPFD_CLOEXEC;
}

static bool flags(const __u64 *args)
{
    return args[1] == F_GETFL || args[1] == F_SETFL || args[1] == F_GETFD || args[1] == F_SETFD;
}

static bool waits(const __u64 *args)
{
    int operation = (int)args[1] & FUTEX_CMD_MASK;
    return operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET;
}

/* Writes to an eventfd, and reads of one that was written to, do not fail. */
static bool is_eventfd(int fd)
{
    char path[64], name[32] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return readlink(path, name, sizeof name - 1) > 0 && strncmp(name, "anon_inode:[eventfd]", 20) == 0;
}

static bool not_of_eventfd(const __u64 *args)
{
    return !is_eventfd((int)args[0]);
}

/* Only this takes memory and a user's watches. */
static bool adds(const __u64 *args)
{
    return args[1] == EPOLL_CTL_ADD;
}

/* Whether there are positions; what has them can be moved. */
static bool asks(const __u64 *args)
{
    return args[2] == SEEK_CUR && args[1] == 0;
}

static bool reuse_address(const __u64 *args)
{
    return args[1] == SOL_SOCKET && args[2] == SO_REUSEADDR;
}

static bool not_reuse_address(const __u64 *args)
{
    return !reuse_address(args);
}

/* SO_RCVTIMEO, SO_SNDTIMEO in their two forms, SO_PROTOCOL: what adopting a descriptor asks if it can. */
static bool optional(const __u64 *args)
{
    return args[1] == SOL_SOCKET && (args[2] == 20 || args[2] == 21 || args[2] == 66 || args[2] == 67 || args[2] == 38);
}

static bool not_optional(const __u64 *args)
{
    return !optional(args);
}

static bool nonblock(const __u64 *args)
{
    return args[1] == FIONBIO;
}

static bool not_nonblock(const __u64 *args)
{
    return !nonblock(args);
}

/* An open descriptor can be looked at. */
static bool by_path(const __u64 *args)
{
    return !(args[3] & AT_EMPTY_PATH);
}

/* Of pages that are given back or guarded nothing depends. */
static bool maps(const __u64 *args)
{
    return args[1] > 0;
}

const struct call_class classes[] = {
    {"allocation", -1, NULL, {ENOMEM}},
    {"C library allocation", -1, NULL, {ENOMEM}},
    {"socket", SYS_socket, NULL, {EMFILE, ENOBUFS, EACCES, EAFNOSUPPORT}},
    {"socketpair", SYS_socketpair, NULL, {EMFILE, ENOMEM}},
    {"bind", SYS_bind, NULL, {EADDRINUSE, EACCES, EADDRNOTAVAIL}},
    {"listen", SYS_listen, NULL, {EADDRINUSE}},
    {"accept4", SYS_accept4, NULL, {EMFILE, EINTR, EAGAIN, ECONNABORTED, ENOBUFS, EPERM, EHOSTUNREACH}},
    {"connect", SYS_connect, NULL, {ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, EACCES, ENOBUFS}},
    {"getsockname", SYS_getsockname, NULL, {ENOBUFS}},
    {"getpeername", SYS_getpeername, NULL, {ENOTCONN, ENOBUFS}},
    {"shutdown", SYS_shutdown, NULL, {ENOTCONN}},
    {"setsockopt", SYS_setsockopt, not_reuse_address, {ENOMEM, EPERM, ENOPROTOOPT}},
    {"setsockopt of SO_REUSEADDR", SYS_setsockopt, reuse_address, {EPERM}},
    {"getsockopt", SYS_getsockopt, not_optional, {EPERM, ENOPROTOOPT}},
    {"getsockopt of what may be missing", SYS_getsockopt, optional, {ENOPROTOOPT, EPERM}},
    {"sendto", SYS_sendto, NULL, {EPIPE, EINTR, EAGAIN, ECONNRESET, ENOBUFS, EHOSTUNREACH, EPERM}},
    {"recvfrom", SYS_recvfrom, NULL, {ECONNRESET, EINTR, EAGAIN, ENOMEM, EHOSTUNREACH}},
    {"sendmsg", SYS_sendmsg, NULL, {ENOBUFS, EINTR, EAGAIN, EPIPE, ETOOMANYREFS, EPERM}},
    {"recvmsg", SYS_recvmsg, NULL, {ECONNRESET, EINTR, EAGAIN, ENOMEM}},
    {"sendmmsg", SYS_sendmmsg, NULL, {ENOBUFS, EINTR, EIO, EMSGSIZE, EAGAIN, ECONNREFUSED, EPERM}},
    {"recvmmsg", SYS_recvmmsg, NULL, {ECONNREFUSED, EINTR, EAGAIN, ENOMEM}},
    {"ppoll", SYS_ppoll, NULL, {ENOMEM, EINTR}},
#ifdef SYS_poll
    {"poll", SYS_poll, NULL, {ENOMEM, EINTR}},
#endif
    {"eventfd2", SYS_eventfd2, NULL, {EMFILE, ENFILE, ENOMEM}},
    {"epoll_create1", SYS_epoll_create1, NULL, {EMFILE, ENOMEM}},
    {"epoll_ctl", SYS_epoll_ctl, adds, {ENOMEM, ENOSPC}},
    {"epoll_pwait", SYS_epoll_pwait, NULL, {EINTR}},
#ifdef SYS_epoll_wait
    {"epoll_wait", SYS_epoll_wait, NULL, {EINTR}},
#endif
#ifdef SYS_epoll_pwait2
    {"epoll_pwait2", SYS_epoll_pwait2, NULL, {EINTR, ENOSYS}},
#endif
    {"timerfd_create", SYS_timerfd_create, NULL, {EMFILE, ENOMEM}},
    {"timerfd_settime", SYS_timerfd_settime, NULL, {EINVAL}},
    {"fcntl that duplicates", SYS_fcntl, duplicates, {EMFILE}},
    {"fcntl of flags", SYS_fcntl, flags, {EPERM}},
    {"pipe2", SYS_pipe2, NULL, {EMFILE, ENFILE}},
    {"ioctl of FIONBIO", SYS_ioctl, nonblock, {EPERM}},
    {"ioctl", SYS_ioctl, not_nonblock, {EPERM, ENODEV}},
    {"read", SYS_read, not_of_eventfd, {EIO, EINTR, EAGAIN}},
    {"write", SYS_write, not_of_eventfd, {EIO, EINTR, EAGAIN}},
    {"pread64", SYS_pread64, NULL, {EIO, EINTR}},
    {"preadv2", SYS_preadv2, NULL, {EIO, EINTR, EOPNOTSUPP}},
    {"sendfile", SYS_sendfile, NULL, {EIO, EINTR, EAGAIN, EINVAL, ENOSYS, ENOMEM, EPIPE}},
    {"splice", SYS_splice, NULL, {EIO, EINTR, EAGAIN, EINVAL, ENOSYS, ENOMEM, EPIPE}},
    {"tee", SYS_tee, NULL, {ENOMEM, EINTR, EAGAIN, EINVAL, ENOSYS}},
    {"readv", SYS_readv, NULL, {EPERM}},
    {"lseek", SYS_lseek, asks, {ESPIPE}},
    {"fstat", SYS_fstat, NULL, {EIO, EACCES}},
    {"newfstatat", SYS_newfstatat, by_path, {EACCES, ENOENT}},
    {"openat", SYS_openat, NULL, {EMFILE, ENOENT, EACCES, ENOMEM}},
#ifdef SYS_unlink
    {"unlink", SYS_unlink, NULL, {EACCES, EROFS}},
    {"chmod", SYS_chmod, NULL, {EPERM}},
    {"lstat", SYS_lstat, NULL, {EACCES}},
#endif
    {"fchmod", SYS_fchmod, NULL, {EPERM, EROFS}},
    {"unlinkat", SYS_unlinkat, NULL, {EACCES}},
    {"uname", SYS_uname, NULL, {EPERM}},
    {"membarrier", SYS_membarrier, NULL, {EPERM, ENOSYS}},
    {"mmap", SYS_mmap, maps, {ENOMEM}},
    {"mprotect", SYS_mprotect, NULL, {ENOMEM}},
    {"madvise", SYS_madvise, NULL, {EINVAL, ENOMEM}},
    {"clone", SYS_clone, NULL, {EAGAIN, ENOMEM}},
    {"clone3", SYS_clone3, NULL, {EAGAIN, ENOMEM, EPERM}},
    {"futex that waits", SYS_futex, waits, {EINTR, EAGAIN}},
    {"close", SYS_close, NULL, {EIO, EINTR}},
    {"rt_sigtimedwait", SYS_rt_sigtimedwait, NULL, {EINTR, EAGAIN}},
    {"pidfd_open", SYS_pidfd_open, NULL, {EMFILE, ENOSYS}},
    {NULL, 0, NULL, {0}},
};
