/* Sockets whose open file description another process or handle has too, and processes that switch its
 * O_NONBLOCK. */
#ifndef SOCK_SHARED_H
#define SOCK_SHARED_H

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static inline sock_t listener_of(int family, struct sock_addr *name, int backlog)
{
    sock_t s = CHECK_OK(sock_socket(family, SOCK_STREAM, 0));
    CHECK_ERR(family == AF_UNIX ? sock_addr_unix(NULL, 0, name) : sock_addr_ip("127.0.0.1", 0, name), 0);
    CHECK_ERR(sock_bind(s, name), 0);
    CHECK_ERR(sock_listen(s, backlog), 0);
    CHECK_ERR(sock_getsockname(s, name), 0);
    return s;
}

static inline bool flag_of(int fd)
{
    return CHECK_SYS(fcntl(fd, F_GETFL)) & O_NONBLOCK;
}

/* Switches the flag of a descriptor on and off, as fast as it can, until the process is killed. */
static inline pid_t flap_start(int fd)
{
    fflush(NULL);
    pid_t pid = CHECK_SYS(fork());
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int flags = fcntl(fd, F_GETFL) & ~O_NONBLOCK;
        for (;;) {
            fcntl(fd, F_SETFL, flags);
            fcntl(fd, F_SETFL, flags | O_NONBLOCK);
        }
    }
    return pid;
}

static inline void kill_child(pid_t pid)
{
    kill(pid, SIGKILL);
    CHECK_SYS(waitpid(pid, NULL, 0));
}

/* From here on io_uring is not for this thread: a filter kills the process that tries. */
static inline void forbid_uring(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_enter, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_register, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (in_valgrind() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(0); /* no filters here: nothing to test */
}

/* Runs a function in a child, once as it is and once where io_uring is forbidden. */
static inline void in_both(void (*run)(void *), void *arg, void (*filtered)(void *))
{
    child_join(child_start(run, arg));
    if (!in_valgrind())
        child_join(child_start(filtered, arg));
}

#endif
