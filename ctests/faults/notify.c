/* The supervisor: notify.h. */
#include "notify.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#endif

static struct plan plan = {.which = -1};
static long seen[MOST_CLASSES];
static int regions, fired, fired_in;
static pid_t left_out[32]; /* threads; a number that is used again is left out once more, which does no harm */
static unsigned left_out_count;
static int listener = -1;
static pid_t process;

size_t class_count(void)
{
    size_t count = 0;
    while (classes[count].name)
        count++;
    return count;
}

void plan_set(struct plan wanted)
{
    plan = wanted;
    for (size_t i = 0; i < MOST_CLASSES; i++)
        __atomic_store_n(&seen[i], 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&fired_in, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&fired, 0, __ATOMIC_SEQ_CST);
}

long calls_seen(int which)
{
    return __atomic_load_n(&seen[which], __ATOMIC_SEQ_CST);
}

bool plan_fired(void)
{
    return __atomic_load_n(&fired, __ATOMIC_SEQ_CST);
}

pid_t plan_fired_in(void)
{
    return __atomic_load_n(&fired_in, __ATOMIC_SEQ_CST);
}

void region_begin(void)
{
    __atomic_add_fetch(&regions, 1, __ATOMIC_SEQ_CST);
}

void region_end(void)
{
    __atomic_sub_fetch(&regions, 1, __ATOMIC_SEQ_CST);
}

bool in_region(void)
{
    return __atomic_load_n(&regions, __ATOMIC_SEQ_CST) > 0;
}

void region_leave_out_this_thread(void)
{
    unsigned at = __atomic_fetch_add(&left_out_count, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&left_out[at % 32], (pid_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
}

static bool is_left_out(pid_t tid)
{
    for (size_t i = 0; i < 32; i++)
        if (__atomic_load_n(&left_out[i], __ATOMIC_SEQ_CST) == tid)
            return true;
    return false;
}

/* Counts a call; whether it is the one to fail. */
static bool counted(int which, pid_t tid)
{
    if (is_left_out(tid))
        return false;
    long before = __atomic_fetch_add(&seen[which], 1, __ATOMIC_SEQ_CST);
    if (plan.which != which || before + 1 != plan.nth)
        return false;
    __atomic_store_n(&fired_in, tid, __ATOMIC_SEQ_CST);
    __atomic_store_n(&fired, 1, __ATOMIC_SEQ_CST);
    return true;
}

bool allocation_fails(int which)
{
    return in_region() && counted(which, (pid_t)syscall(SYS_gettid));
}

static void answer(const struct seccomp_notif *asked, struct seccomp_notif_resp *said)
{
    said->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    /* A child of a fork is under the filter too, but has memory and descriptors of its own. */
    if (!in_region() || syscall(SYS_tgkill, process, (pid_t)asked->pid, 0) != 0)
        return;
    for (size_t i = 0; classes[i].name; i++) {
        const struct call_class *class = &classes[i];
        if (class->number != asked->data.nr || (class->takes && !class->takes(asked->data.args)))
            continue;
        if (counted((int)i, (pid_t)asked->pid)) {
            /* Linux closes a descriptor whatever close(2) answers. */
            if (class->number == SYS_close)
                syscall(SYS_close, (int)asked->data.args[0]);
            said->flags = 0;
            said->error = -plan.error;
        }
        return;
    }
}

static void *supervise(void *unused)
{
    (void)unused;
    while (__atomic_load_n(&listener, __ATOMIC_SEQ_CST) < 0)
        sched_yield();
    for (;;) {
        struct seccomp_notif asked;
        struct seccomp_notif_resp said;
        memset(&asked, 0, sizeof asked);
        memset(&said, 0, sizeof said);
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0)
            continue; /* the thread that asked has ended */
        said.id = asked.id;
        answer(&asked, &said);
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &said);
    }
    return NULL;
}

static struct sock_filter statement(unsigned short code, unsigned k, unsigned char jt, unsigned char jf)
{
    return (struct sock_filter){code, jt, jf, k};
}

bool notify_start(int which)
{
    struct sock_filter code[2 * MOST_CLASSES + 8];
    unsigned short len = 0;
    process = getpid();
    code[len++] = statement(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
    code[len++] = statement(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0);
    code[len++] = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    code[len++] = statement(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
    for (size_t i = 0; classes[i].name; i++)
        if (classes[i].number >= 0 && (which < 0 || which == (int)i)) {
            code[len++] = statement(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)classes[i].number, 0, 1);
            code[len++] = statement(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF, 0, 0);
        }
    code[len++] = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    struct sock_fprog program = {len, code};

    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, NULL, supervise, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
    unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
    if (fd < 0 && errno == EINVAL)
        fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (fd < 0)
        return false;
    __atomic_store_n(&listener, (int)fd, __ATOMIC_SEQ_CST);
    return true;
}
