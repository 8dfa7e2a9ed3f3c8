/* Rules of Python's module (docs/semantics-map.md) that no other program covers. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_alg.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* R8: a negative descriptor is refused without a system call. */
static void test_r8_negative_descriptors(void)
{
    CHECK_REFUSED(sock_from_fd(-1, -1, -1, -1), -EBADF, "fd");
    CHECK_REFUSED(sock_from_fd(INT32_MIN, AF_INET, SOCK_STREAM, 0), -EBADF, "fd");
}

/* R37: one switch, O_NONBLOCK of the open file description; its other flags do not change. */
static void test_r37_the_mode_is_one_flag(void)
{
    sock_t pair[2];
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    int fd = (int)CHECK_OK(sock_fileno(pair[0]));
    CHECK_SYS(fcntl(fd, F_SETFL, O_ASYNC));
    int blocking = (int)CHECK_SYS(fcntl(fd, F_GETFL));
    CHECK_EQ(blocking & O_NONBLOCK, 0);
    CHECK_OK(sock_settimeout(pair[0], SEC(1)));
    CHECK_EQ(CHECK_SYS(fcntl(fd, F_GETFL)), blocking | O_NONBLOCK);
    CHECK_OK(sock_setblocking(pair[0], 1));
    CHECK_EQ(CHECK_SYS(fcntl(fd, F_GETFL)), blocking);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

/* R46: a call on a closed handle does not wait for its timeout. */
static void test_r46_closed_handles_do_not_wait(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_OK(sock_settimeout(s, SEC(60)));
    CHECK_OK(sock_close(s));
    char byte;
    int64_t start = now_ns();
    CHECK_ERR(sock_recv(s, &byte, 1, 0), -EBADF);
    CHECK_ERR(sock_accept(s, NULL), -EBADF);
    CHECK_ERR(sock_sendall(s, &byte, 1, 0, NULL), -EBADF);
    CHECK_TIME(now_ns() - start, 0, 50);
}

static sock_t waiting;

static void receive_the_end(void *result)
{
    char byte;
    *(int64_t *)result = sock_recv(waiting, &byte, 1, 0);
}

/* R48: the end of the stream counts as readiness in both modes that wait. (So does an error: test_mode.c,
 * R81.) */
static void test_r48_the_end_is_readiness(void)
{
    static const int64_t modes[] = {SOCK_FOREVER, SEC(60)};
    for (size_t i = 0; i < 2; i++) {
        sock_t pair[2];
        int64_t result = -1;
        struct thread t;
        CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
        CHECK_OK(sock_settimeout(pair[0], modes[i]));
        waiting = pair[0];
        thread_start(&t, receive_the_end, &result);
        thread_wait_blocked(&t);
        CHECK_OK(sock_close(pair[1])); /* POLLHUP */
        thread_join_within(&t, 1000);
        CHECK_EQ(result, 0);
        CHECK_OK(sock_close(pair[0]));
    }
}

static struct sock_addr there;

static void connect_there(void *result)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    *(int64_t *)result = sock_connect(s, &there);
    CHECK_OK(sock_close(s));
}

static void on_signal(int number)
{
    (void)number;
}

/* R54: signals during a connect that waits: it is not restarted (which would fail with EALREADY), and
 * succeeds once there is room. */
static void test_r54_signals_in_connect(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &there));
    sock_t l = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_bind(l, &there));
    CHECK_OK(sock_listen(l, 0));
    CHECK_OK(sock_getsockname(l, &there));
    sock_t first = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_connect(first, &there)); /* the backlog of 0 holds one connection */
    int64_t result = -1;
    struct thread t;
    thread_start(&t, connect_there, &result);
    thread_wait_blocked(&t);
    for (int i = 0; i < 100; i++) {
        pthread_kill(t.id, SIGUSR1);
        sleep_ms(1);
    }
    CHECK(!thread_ended(&t));
    sock_t a = CHECK_OK(sock_accept(l, NULL));
    thread_join_within(&t, 10000); /* the dropped SYN is sent again after a second */
    CHECK_ERR(result, 0);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(first));
    CHECK_OK(sock_close(l));
}

/* R64: AF_ALG has no peers: the handle of the operation has no address. */
static void test_r64_accept_on_af_alg(void)
{
    struct sockaddr_alg hash = {.salg_family = AF_ALG, .salg_type = "hash", .salg_name = "sha256"};
    sock_t s = sock_socket(AF_ALG, SOCK_SEQPACKET, 0);
    if (s < 0)
        SKIP("AF_ALG: %s", sock_strerror(s));
    struct sock_addr addr, peer;
    memset(&peer, 0x5a, sizeof peer);
    CHECK_OK(sock_addr_from_native(&hash, sizeof hash, &addr));
    CHECK_OK(sock_bind(s, &addr));
    sock_t op = CHECK_OK(sock_accept(s, &peer));
    CHECK_EQ(peer.len, 0);
    unsigned char digest[32];
    CHECK_EQ(sock_send(op, "abc", 3, 0), 3);
    CHECK_EQ(sock_recv(op, digest, sizeof digest, 0), 32);
    CHECK_EQ(digest[0], 0xba);
    CHECK_OK(sock_close(op));
    CHECK_OK(sock_close(s));
}

/* R66, R67: no accept leaves a descriptor without an owner. */
static void test_r66_r67_accept_leaks_nothing(void)
{
    struct sock_addr addr, peer;
    sock_t l = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0)), c = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_OK(sock_addr_unix(NULL, 0, &addr));
    CHECK_OK(sock_bind(l, &addr));
    CHECK_OK(sock_listen(l, 4));
    CHECK_OK(sock_getsockname(l, &addr));
    CHECK_OK(sock_connect(c, &addr));
    int before = open_fds();
    sock_t a = CHECK_OK(sock_accept(l, &peer)); /* R67: a peer without an address */
    CHECK_EQ(sock_addr_family(&peer), AF_UNIX);
    CHECK_EQ(peer.len, sizeof(sa_family_t));
    CHECK_EQ(open_fds(), before + 1);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_settimeout(l, 0));
    CHECK_ERR(sock_accept(l, &peer), -EAGAIN);
    CHECK_ERR(sock_accept(c, &peer), -EINVAL); /* R66: leaves no descriptor */
    CHECK_EQ(open_fds(), before);
    CHECK_OK(sock_close(c));
    CHECK_OK(sock_close(l));
}

static int stop_here(void *count)
{
    ++*(int *)count;
    return -ECANCELED;
}

struct bulk {
    sock_t s;
    size_t sent;
    int64_t result;
    int hooked;
};

static void send_bulk(void *arg)
{
    static char block[1 << 22];
    struct bulk *b = arg;
    CHECK_OK(sock_set_interrupt(stop_here, &b->hooked));
    b->result = sock_sendall(b->s, block, sizeof block, 0, &b->sent);
    CHECK_OK(sock_set_interrupt(NULL, NULL));
}

/* R85: signal handlers run during a sendall and may end it, and the number of bytes sent is known. */
static void test_r85_sendall_and_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
    sock_t pair[2];
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    struct bulk b = {.s = pair[0]};
    struct thread t;
    thread_start(&t, send_bulk, &b);
    thread_wait_blocked(&t);
    pthread_kill(t.id, SIGUSR1);
    thread_join_within(&t, 1000);
    CHECK_ERR(b.result, -ECANCELED);
    CHECK_EQ(b.hooked, 1);
    CHECK_GT(b.sent, 0);
    CHECK_OK(sock_settimeout(pair[1], 0));
    static char room[1 << 22];
    size_t got = 0;
    int64_t n;
    while ((n = sock_recv(pair[1], room, sizeof room, 0)) > 0)
        got += (size_t)n;
    CHECK_EQ(got, b.sent);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

/* R77: with MSG_TRUNC a message returns its true length and no byte that was not received. */
static void test_r77_trunc_given_to_recvmsg(void)
{
    sock_t pair[2];
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    char room[8];
    memset(room, 0x5a, sizeof room);
    struct sock_iovec piece = {.base = room, .len = 4};
    struct sock_msg msg = {.iov = &piece, .iov_count = 1};
    CHECK_EQ(sock_send(pair[0], "a datagram", 10, 0), 10);
    CHECK_EQ(sock_recvmsg(pair[1], &msg, MSG_TRUNC), 10);
    CHECK_EQ(msg.len, 4);
    CHECK_EQ(msg.true_len, 10);
    CHECK_EQ(msg.flags & MSG_TRUNC, MSG_TRUNC);
    CHECK_MEM(room, "a daZZZZ", 8);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

/* R115: SO_PASSCRED adds the sender's credentials to every message. */
static void test_r115_credentials(void)
{
    sock_t pair[2];
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    CHECK_OK(sock_setsockopt_int(pair[1], SOL_SOCKET, SO_PASSCRED, 1));
    for (int i = 0; i < 2; i++) {
        char byte, control[256];
        struct sock_iovec piece = {.base = &byte, .len = 1};
        struct sock_msg msg = {.iov = &piece, .iov_count = 1, .control = control, .control_cap = sizeof control};
        CHECK_EQ(sock_send(pair[0], "x", 1, 0), 1);
        CHECK_EQ(sock_recvmsg(pair[1], &msg, 0), 1);
        struct sock_control_item item;
        size_t pos = 0;
        CHECK_EQ(sock_control_next(control, msg.control_len, &pos, &item), 1);
        CHECK_EQ(item.level, SOL_SOCKET);
        CHECK_EQ(item.type, SCM_CREDENTIALS);
        CHECK_EQ(item.len, 3 * sizeof(int));
        int64_t pid = 0, uid = -1, gid = -1;
        CHECK_EQ(sock_control_get_credentials(control, msg.control_len, &pid, &uid, &gid), 1);
        CHECK_EQ(pid, getpid());
        CHECK_EQ(uid, getuid());
        CHECK_EQ(gid, getgid());
    }
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

/* R120: AF_ALG takes plain control items, each as long as CMSG_LEN computes. */
static void test_r120_items_of_af_alg(void)
{
    struct {
        uint32_t len;
        char iv[16];
    } iv = {16, "an initial value"};
    uint32_t op = ALG_OP_ENCRYPT, assoclen = 4;
    const struct {
        int type;
        const void *data;
        size_t len;
    } items[] = {{ALG_SET_OP, &op, 4}, {ALG_SET_IV, &iv, sizeof iv}, {ALG_SET_AEAD_ASSOCLEN, &assoclen, 4}};
    _Alignas(struct cmsghdr) char control[256];
    size_t used = 0;
    for (size_t i = 0; i < 3; i++)
        CHECK_OK(sock_control_put(control, sizeof control, &used, SOL_ALG, items[i].type, items[i].data,
                                  items[i].len));
    struct msghdr msg = {.msg_control = control, .msg_controllen = used};
    struct cmsghdr *item = CMSG_FIRSTHDR(&msg);
    for (size_t i = 0; i < 3; i++, item = CMSG_NXTHDR(&msg, item)) {
        CHECK(item);
        CHECK_EQ(item->cmsg_level, SOL_ALG);
        CHECK_EQ(item->cmsg_type, items[i].type);
        CHECK_EQ(item->cmsg_len, CMSG_LEN(items[i].len));
        CHECK_MEM(CMSG_DATA(item), items[i].data, items[i].len);
    }
    CHECK(!item);
}

/* R152: every call that takes an address checks it in the same way, before anything else. */
static void test_r152_addresses_of_every_call(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    struct sock_addr good, bad[3];
    CHECK_OK(sock_addr_ip("127.0.0.1", 9, &good));
    bad[0] = bad[1] = bad[2] = good;
    bad[0].len = 1;
    bad[1].len = 129;
    bad[2].zero = 1;
    for (size_t i = 0; i < 3; i++) {
        CHECK_ERR(sock_bind(s, &bad[i]), -EINVAL);
        CHECK_EQ(strncmp(why(), i < 2 ? "len: " : "zero: ", i < 2 ? 5 : 6), 0);
        CHECK_ERR(sock_connect(s, &bad[i]), -EINVAL);
        CHECK_ERR(sock_sendto(s, "x", 1, 0, &bad[i]), -EINVAL);
        CHECK_ERR(sock_join_group(s, &bad[i], NULL, NULL, 0), -EINVAL);
    }
    CHECK_OK(sock_close(s));
}

/* R155: the wildcard is one address, without a lookup; R157: a bad port is found before the host is looked
 * up. */
static void test_r155_r157_wildcard_and_port(void)
{
    struct sock_addr any, empty;
    CHECK_OK(sock_addr_ip("0.0.0.0", 80, &any));
    CHECK_OK(sock_addr_ip("", 80, &empty));
    CHECK_EQ(sock_addr_equal(&any, &empty), 1);
    CHECK_OK(sock_addr_ip(NULL, 80, &empty));
    CHECK_EQ(sock_addr_equal(&any, &empty), 1);
    CHECK_OK(sock_addr_ip6("::", 80, 0, 0, &any));
    CHECK_OK(sock_addr_ip6("", 80, 0, 0, &empty));
    CHECK_EQ(sock_addr_equal(&any, &empty), 1);
    CHECK_REFUSED(sock_addr_ip("a.name.that.would.be.looked.up", 65536, &any), -EINVAL, "port");
    CHECK_REFUSED(sock_addr_ip("a.name.that.would.be.looked.up", 80, &any), -EINVAL, "host");
}

TEST_MAIN(test_r8_negative_descriptors, test_r37_the_mode_is_one_flag, test_r46_closed_handles_do_not_wait,
          test_r48_the_end_is_readiness, test_r54_signals_in_connect, test_r64_accept_on_af_alg,
          test_r66_r67_accept_leaks_nothing, test_r85_sendall_and_signals, test_r77_trunc_given_to_recvmsg,
          test_r115_credentials, test_r120_items_of_af_alg, test_r152_addresses_of_every_call,
          test_r155_r157_wildcard_and_port)
