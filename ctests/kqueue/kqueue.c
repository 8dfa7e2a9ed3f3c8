/* kqueue(2) over epoll(7), so that the pollers of the BSDs run in tests on Linux. Written from the manual pages of
 * FreeBSD, with the numbers of src/sys/bsd/kqueue/stand_in.rs. Never installed.
 *
 * Each filter has an epoll instance of its own, nested in the one whose descriptor the program has; EV_CLEAR is
 * EPOLLET there, EV_DISPATCH EPOLLONESHOT. So what is ready is Linux's answer, and when it is reported again.
 *
 * Otherwise than in a kernel: a descriptor that is closed while duplicates are open stays watched; there is one event
 * of EVFILT_USER and one timer; NOTE_LOWAT only knows a mark that is never reached; fflags of an end is EPIPE, whatever
 * the error was. The own shutdown of the sending half is no EV_EOF of EVFILT_WRITE.
 *
 * SOCK_KQUEUE_LACKS names filters that are refused, as older kernels do: "user", "except". */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct kevent {
    uintptr_t ident;
    short filter;
    unsigned short flags;
    unsigned fflags;
    intptr_t data;
    void *udata;
};

enum { EVFILT_READ = -1, EVFILT_WRITE = -2, EVFILT_TIMER = -7, EVFILT_USER = -11, EVFILT_EXCEPT = -15 };
enum { EV_ADD = 1, EV_DELETE = 2, EV_ENABLE = 4, EV_DISABLE = 8, EV_ONESHOT = 0x10, EV_CLEAR = 0x20, EV_DISPATCH = 0x80 };
enum { EV_ERROR = 0x4000, EV_EOF = 0x8000 };
enum { NOTE_LOWAT = 1, NOTE_OOB = 2, NOTE_NSECONDS = 8, NOTE_TRIGGER = 0x1000000 };

enum { READ, WRITE, EXCEPT, FILTERS };
static const short FILTER[FILTERS] = {EVFILT_READ, EVFILT_WRITE, EVFILT_EXCEPT};

struct knote {
    bool live, disabled;
    unsigned short flags;
    unsigned fflags;
    uint32_t generation;
    void *udata;
};

struct queue {
    int sub[FILTERS];              /* epoll instances; -1 before the first knote */
    struct knote *knotes[FILTERS]; /* by descriptor */
    int room[FILTERS];
    int next; /* the filter that is looked at first */
    struct kevent user, timer;
    int user_fd, timer_fd; /* -1: there is none */
};

enum { MOST = 65536, USER = -1, TIMER = -2 };
static struct queue *queues[MOST];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *lacks;

int __real_close(int fd);
int __wrap_close(int fd);
int kqueue(void);
int kevent(int kq, const struct kevent *changes, int change_count, struct kevent *events, int event_count,
           const struct timespec *timeout);

/* A system call for its callers, signal handlers among them. */
static sigset_t enter(void)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pthread_mutex_lock(&lock);
    return old;
}

static void leave(const sigset_t *old)
{
    int error = errno;
    pthread_mutex_unlock(&lock);
    pthread_sigmask(SIG_SETMASK, old, NULL);
    errno = error;
}

static void close_own(struct queue *q)
{
    for (int f = 0; f < FILTERS; f++)
        if (q->sub[f] >= 0)
            __real_close(q->sub[f]);
    if (q->user_fd >= 0)
        __real_close(q->user_fd);
    if (q->timer_fd >= 0)
        __real_close(q->timer_fd);
}

static void drop(int kq)
{
    struct queue *q = queues[kq];
    if (q == NULL)
        return;
    queues[kq] = NULL;
    close_own(q);
    for (int f = 0; f < FILTERS; f++)
        free(q->knotes[f]);
    free(q);
}

/* A kqueue is not inherited. Nothing is freed: malloc may not work yet, and a thread that is not here may have been in
 * the middle of a change. No handler takes the lock before the fork: a kernel has none that the program's could meet. */
static void in_child(void)
{
    pthread_mutex_init(&lock, NULL);
    for (int kq = 0; kq < MOST; kq++) {
        if (queues[kq] != NULL) {
            close_own(queues[kq]);
            __real_close(kq);
            queues[kq] = NULL;
        }
    }
}

/* Before the library registers its own: in a child this runs first. */
__attribute__((constructor(101))) static void begin(void)
{
    pthread_atfork(NULL, NULL, in_child);
    lacks = getenv("SOCK_KQUEUE_LACKS");
}

static bool has(const char *filter) { return lacks == NULL || strstr(lacks, filter) == NULL; }

static int fail(int error)
{
    errno = error;
    return -1;
}

int kqueue(void)
{
    struct queue *q = calloc(1, sizeof *q);
    if (q == NULL)
        return fail(ENOMEM);
    q->user_fd = q->timer_fd = -1;
    for (int f = 0; f < FILTERS; f++)
        q->sub[f] = -1;
    int kq = epoll_create1(0);
    if (kq < 0 || kq >= MOST) {
        free(q);
        return kq < 0 ? -1 : fail(EMFILE);
    }
    sigset_t old = enter();
    drop(kq); /* the program has closed that one */
    queues[kq] = q;
    leave(&old);
    return kq;
}

/* Every close of the library comes here (ld --wrap). */
int __wrap_close(int fd)
{
    if (fd >= 0 && fd < MOST) {
        sigset_t old = enter();
        drop(fd);
        leave(&old);
    }
    return __real_close(fd);
}

static int nest(int kq, int fd, int64_t which)
{
    struct epoll_event e = {.events = EPOLLIN, .data.u64 = (uint64_t)which};
    return epoll_ctl(kq, EPOLL_CTL_ADD, fd, &e);
}

static uint32_t asked(int filter, const struct knote *kn)
{
    uint32_t events = kn->flags & EV_CLEAR ? EPOLLET : 0;
    if (kn->flags & (EV_DISPATCH | EV_ONESHOT))
        events |= EPOLLONESHOT;
    bool marked = filter != EXCEPT && kn->fflags & NOTE_LOWAT;
    if (filter == READ)
        return events | EPOLLRDHUP | (marked ? 0 : EPOLLIN);
    return events | (filter == EXCEPT ? EPOLLPRI : marked ? 0 : EPOLLOUT);
}

static int watch(struct queue *q, int filter, int fd, int how)
{
    struct knote *kn = &q->knotes[filter][fd];
    struct epoll_event e = {.events = asked(filter, kn),
                            .data.u64 = (uint64_t)(unsigned)fd | (uint64_t)kn->generation << 32};
    return epoll_ctl(q->sub[filter], how, fd, &e);
}

static int change_knote(int kq, struct queue *q, int filter, const struct kevent *c)
{
    int fd = (int)c->ident;
    if (c->ident >= MOST || fcntl(fd, F_GETFD) < 0)
        return fail(EBADF);
    if (fd >= q->room[filter]) {
        if (!(c->flags & EV_ADD))
            return fail(ENOENT);
        int room = fd + 64;
        struct knote *more = realloc(q->knotes[filter], (size_t)room * sizeof *more);
        if (more == NULL)
            return fail(ENOMEM);
        memset(more + q->room[filter], 0, (size_t)(room - q->room[filter]) * sizeof *more);
        q->knotes[filter] = more;
        q->room[filter] = room;
    }
    struct knote *kn = &q->knotes[filter][fd];
    /* One whose descriptor was closed is gone. */
    if (kn->live && !kn->disabled && watch(q, filter, fd, EPOLL_CTL_MOD) < 0)
        kn->live = false;
    if (c->flags & EV_DELETE) {
        if (!kn->live)
            return fail(ENOENT);
        kn->live = false;
        epoll_ctl(q->sub[filter], EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    if (!kn->live && !(c->flags & EV_ADD))
        return fail(ENOENT);
    if (q->sub[filter] < 0) {
        int sub = epoll_create1(EPOLL_CLOEXEC);
        if (sub < 0)
            return -1;
        if (nest(kq, sub, filter) < 0) {
            __real_close(sub);
            return -1;
        }
        q->sub[filter] = sub;
    }
    bool is_new = !kn->live;
    if (is_new) {
        kn->generation++;
        kn->flags = c->flags;
        kn->disabled = false;
    }
    /* The flags are those of the first change; the rest is the last one's. */
    kn->fflags = c->fflags;
    kn->udata = c->udata;
    if (c->flags & EV_ENABLE)
        kn->disabled = false;
    if (c->flags & EV_DISABLE)
        kn->disabled = true;
    if (is_new && epoll_ctl(q->sub[filter], EPOLL_CTL_DEL, fd, NULL) < 0)
        errno = 0;
    if (kn->disabled) {
        epoll_ctl(q->sub[filter], EPOLL_CTL_DEL, fd, NULL);
    } else if (watch(q, filter, fd, EPOLL_CTL_MOD) < 0 && watch(q, filter, fd, EPOLL_CTL_ADD) < 0) {
        kn->live = false;
        return fail(errno == EPERM ? EINVAL : errno);
    }
    kn->live = true;
    return 0;
}

static int change_user(int kq, struct queue *q, const struct kevent *c)
{
    if (!has("user"))
        return fail(EINVAL);
    bool is_it = q->user_fd >= 0 && q->user.ident == c->ident;
    if (c->flags & EV_DELETE || (!is_it && (!(c->flags & EV_ADD) || q->user_fd >= 0)))
        return fail(ENOENT);
    if (!is_it) {
        int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (fd < 0)
            return -1;
        if (nest(kq, fd, USER) < 0) {
            __real_close(fd);
            return -1;
        }
        q->user_fd = fd;
        q->user = *c;
    }
    q->user.udata = c->udata;
    if (c->fflags & NOTE_TRIGGER) {
        uint64_t one = 1;
        return write(q->user_fd, &one, sizeof one) == sizeof one || errno == EAGAIN ? 0 : -1;
    }
    return 0;
}

static int change_timer(int kq, struct queue *q, const struct kevent *c)
{
    bool is_it = q->timer_fd >= 0 && q->timer.ident == c->ident;
    if (c->flags & EV_DELETE) {
        if (!is_it)
            return fail(ENOENT);
        __real_close(q->timer_fd);
        q->timer_fd = -1;
        return 0;
    }
    if (!(c->flags & EV_ADD) || !(c->flags & EV_ONESHOT) || (q->timer_fd >= 0 && !is_it))
        return fail(ENOENT);
    int64_t ns = c->data * (c->fflags & NOTE_NSECONDS ? 1 : 1000000);
    struct itimerspec at = {.it_value = {ns / 1000000000, ns % 1000000000}};
    if (!is_it) {
        int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        if (fd < 0)
            return -1;
        if (nest(kq, fd, TIMER) < 0) {
            __real_close(fd);
            return -1;
        }
        q->timer_fd = fd;
    }
    q->timer = *c;
    return timerfd_settime(q->timer_fd, 0, &at, NULL);
}

static int change(int kq, struct queue *q, const struct kevent *c)
{
    switch (c->filter) {
    case EVFILT_READ:
        return change_knote(kq, q, READ, c);
    case EVFILT_WRITE:
        return change_knote(kq, q, WRITE, c);
    case EVFILT_EXCEPT:
        return has("except") ? change_knote(kq, q, EXCEPT, c) : fail(EINVAL);
    case EVFILT_USER:
        return change_user(kq, q, c);
    case EVFILT_TIMER:
        return change_timer(kq, q, c);
    default:
        return fail(EINVAL);
    }
}

/* What is there to read; 1 where that cannot be said, such as a connection to be accepted. */
static intptr_t amount(int fd)
{
    int listens = 0, count = 0;
    socklen_t len = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 && listens)
        return 1;
    return ioctl(fd, FIONREAD, &count) == 0 ? count : 1;
}

static int collect_filter(struct queue *q, int filter, struct kevent *events, int room)
{
    enum { BATCH = 4096 };
    static struct epoll_event e[BATCH]; /* under the lock */
    int count = 0;
    if (q->sub[filter] >= 0) {
        int n = epoll_wait(q->sub[filter], e, room < BATCH ? room : BATCH, 0);
        for (int i = 0; i < n; i++) {
            int fd = (int)(uint32_t)e[i].data.u64;
            struct knote *kn = &q->knotes[filter][fd];
            if (!kn->live || kn->generation != (uint32_t)(e[i].data.u64 >> 32))
                continue;
            uint32_t found = e[i].events;
            struct stat about;
            bool is_socket = fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode);
            bool end = found & EPOLLHUP || (found & EPOLLERR && !is_socket) || (filter == READ && found & EPOLLRDHUP);
            struct kevent *k = &events[count++];
            *k = (struct kevent){.ident = (uintptr_t)fd, .filter = FILTER[filter], .flags = kn->flags, .udata = kn->udata};
            k->data = filter == READ ? amount(fd) : 1;
            if (end)
                k->flags |= EV_EOF;
            if (end && found & EPOLLERR)
                k->fflags = EPIPE;
            if (kn->flags & EV_DISPATCH)
                kn->disabled = true;
            if (kn->flags & EV_ONESHOT)
                kn->live = false;
            if (!kn->live || kn->disabled)
                epoll_ctl(q->sub[filter], EPOLL_CTL_DEL, fd, NULL);
        }
    }
    return count;
}

static int collect(struct queue *q, struct kevent *events, int room)
{
    int count = 0;
    uint64_t value;
    if (count < room && q->user_fd >= 0) {
        if (q->user.flags & EV_CLEAR ? read(q->user_fd, &value, sizeof value) == sizeof value
                                     : poll(&(struct pollfd){q->user_fd, POLLIN, 0}, 1, 0) == 1) {
            events[count] = q->user;
            events[count++].fflags = 0;
        }
    }
    if (count < room && q->timer_fd >= 0 && read(q->timer_fd, &value, sizeof value) == sizeof value) {
        events[count] = q->timer;
        events[count++].data = 1;
        __real_close(q->timer_fd);
        q->timer_fd = -1;
    }
    /* Each filter has its turn. */
    int first = q->next++ % FILTERS;
    for (int f = 0; f < FILTERS && count < room; f++)
        count += collect_filter(q, (first + f) % FILTERS, events + count, room - count);
    return count;
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int kevent(int kq, const struct kevent *changes, int change_count, struct kevent *events, int event_count,
           const struct timespec *timeout)
{
    int64_t end = INT64_MAX;
    if (timeout != NULL && timeout->tv_sec < INT64_C(4000000000))
        end = now() + timeout->tv_sec * INT64_C(1000000000) + timeout->tv_nsec;
    for (bool first = true;; first = false) {
        int count = 0;
        sigset_t old = enter();
        struct epoll_event any;
        struct queue *q = kq >= 0 && kq < MOST ? queues[kq] : NULL;
        if (q == NULL || epoll_wait(kq, &any, 1, 0) < 0) {
            errno = EBADF;
            count = -1;
        }
        for (int i = 0; first && count >= 0 && i < change_count; i++) {
            if (change(kq, q, &changes[i]) == 0)
                continue;
            if (count == event_count) {
                count = -1;
                break;
            }
            events[count] = changes[i];
            events[count].flags = EV_ERROR;
            events[count++].data = errno;
        }
        if (count == 0 && event_count > 0)
            count = collect(q, events, event_count);
        leave(&old);
        if (count != 0 || event_count == 0)
            return count;
        int64_t left = end - now();
        if (left <= 0)
            return 0;
        struct timespec span = {left / 1000000000, left % 1000000000};
        if (ppoll(&(struct pollfd){kq, POLLIN, 0}, 1, end == INT64_MAX ? NULL : &span, NULL) < 0)
            return -1;
    }
}
