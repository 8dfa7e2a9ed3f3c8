/* AF_CAN on a virtual bus: frames, filters, the broadcast manager, ISO-TP and J1939. Needs vcan0, or the
 * privilege to create it in its own network namespace. */
#include "family.h"

#include <linux/can.h>
#include <linux/can/bcm.h>
#include <linux/can/error.h>
#include <linux/can/raw.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>

#ifdef __has_include
#if __has_include(<linux/can/isotp.h>)
#include <linux/can/isotp.h>
#endif
#if __has_include(<linux/can/j1939.h>)
#include <linux/can/j1939.h>
#endif
#endif

#ifndef CAN_ISOTP_OPTS
#define SOL_CAN_ISOTP 106
#define CAN_ISOTP_OPTS 1
#define CAN_ISOTP_RECV_FC 2
#endif
#ifndef SO_J1939_PROMISC
#define J1939_NO_PGN 0x40000
#endif

/* A socket of an AF_CAN protocol, if there is a bus. */
static sock_t can(int type, int protocol, const char *name)
{
    sock_t s = family_socket(AF_CAN, type, protocol, name);
    if (if_nametoindex("vcan0"))
        return s;
    if (unshare(CLONE_NEWNET) != 0 ||
        system("ip link add dev vcan0 type vcan 2>/dev/null && ip link set vcan0 up") != 0 ||
        !if_nametoindex("vcan0")) {
        CHECK_OK(sock_close(s));
        SKIP("there is no vcan0, and it cannot be created: ip link add dev vcan0 type vcan");
    }
    CHECK_OK(sock_close(s)); /* it belongs to the other namespace */
    return CHECK_OK(sock_socket(AF_CAN, type, protocol));
}

static sock_t raw(void)
{
    struct sock_addr addr;
    sock_t s = can(SOCK_RAW, CAN_RAW, "CAN_RAW");
    CHECK_OK(sock_addr_can("vcan0", &addr));
    CHECK_OK(sock_bind(s, &addr));
    return s;
}

static struct can_frame frame(canid_t id, const char *data)
{
    struct can_frame f;
    memset(&f, 0, sizeof f);
    f.can_id = id;
    f.can_dlc = (unsigned char)strlen(data);
    memcpy(f.data, data, strlen(data));
    return f;
}

/* Nothing arrives for a while. */
static void check_silent(sock_t s)
{
    struct can_frame f;
    CHECK_OK(sock_settimeout(s, MS(50)));
    CHECK_ERR(sock_recv(s, &f, sizeof f, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_settimeout(s, SEC(20)));
}

static void check_receives(sock_t s, canid_t id, const char *data)
{
    struct can_frame got, expected = frame(id, data);
    CHECK_OK(sock_settimeout(s, SEC(20)));
    CHECK_EQ(sock_recv(s, &got, sizeof got, 0), sizeof got);
    CHECK_EQ(got.can_id, expected.can_id);
    CHECK_EQ(got.can_dlc, expected.can_dlc);
    CHECK_MEM(got.data, expected.data, got.can_dlc);
}

static void test_frames(void)
{
    sock_t a = raw(), b = raw();
    struct sock_addr from;
    struct can_frame f = frame(0x123, "frame"), got;
    CHECK_STR(name_text(a), "can:vcan0");
    CHECK_OK(sock_getsockname(a, &from));
    CHECK_EQ(from.len, 8);
    check_round_trip(&from);
    CHECK_EQ(sock_send(a, &f, sizeof f, 0), sizeof f);
    CHECK_OK(sock_settimeout(b, SEC(20)));
    CHECK_EQ(sock_recvfrom(b, &got, sizeof got, 0, &from), sizeof got);
    CHECK_MEM(&got, &f, sizeof f);
    CHECK_EQ(from.len, 8);
    CHECK_STR(text_of(&from), "can:vcan0");
    f = frame(0x1abcdef0 | CAN_EFF_FLAG, "");
    CHECK_EQ(sock_send(b, &f, sizeof f, 0), sizeof f);
    check_receives(a, 0x1abcdef0 | CAN_EFF_FLAG, "");
    CHECK_ERR(sock_send(a, &f, sizeof f - 1, 0), -EINVAL); /* not a frame */
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

/* BasicCANTest.testBindAny: all buses; the sender's address names the bus, and sendto selects one. */
static void test_every_interface(void)
{
    sock_t peer = raw(), any = can(SOCK_RAW, CAN_RAW, "CAN_RAW");
    struct sock_addr addr, from;
    struct can_frame f = frame(0x42, "any"), got;
    CHECK_OK(sock_addr_can("", &addr));
    CHECK_OK(sock_bind(any, &addr));
    CHECK_STR(name_text(any), "can:");
    CHECK_EQ(sock_send(peer, &f, sizeof f, 0), sizeof f);
    CHECK_OK(sock_settimeout(any, SEC(20)));
    CHECK_EQ(sock_recvfrom(any, &got, sizeof got, 0, &from), sizeof got);
    CHECK_STR(text_of(&from), "can:vcan0");
    CHECK_ERR(sock_send(any, &f, sizeof f, 0), -ENXIO); /* no bus selected */
    CHECK_OK(sock_addr_can("vcan0", &addr));
    CHECK_EQ(sock_sendto(any, &f, sizeof f, 0, &addr), sizeof f);
    check_receives(peer, 0x42, "any");
    CHECK_OK(sock_close(any));
    CHECK_OK(sock_close(peer));
}

static void test_filters(void)
{
    sock_t a = raw(), b = raw();
    struct sock_can_filter all[4], more[513] = {{0, 0}};
    CHECK_EQ(sizeof(struct sock_can_filter), sizeof(struct can_filter));
    CHECK_EQ(sock_get_can_filters(b, all, 4), 1);
    CHECK_EQ(all[0].mask, 0);

    const struct sock_can_filter two[] = {{0x200, 0x700}, {0x123, 0x7ff}};
    CHECK_OK(sock_set_can_filters(b, two, 2));
    CHECK_EQ(sock_get_can_filters(b, NULL, 0), 2);
    CHECK_EQ(sock_get_can_filters(b, all, 1), 2);
    CHECK_EQ(all[0].id, 0x200);
    CHECK_EQ(all[0].mask, 0x700);
    const canid_t ids[] = {0x124, 0x123, 0x300, 0x2ff};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        struct can_frame f = frame(ids[i], "x");
        CHECK_EQ(sock_send(a, &f, sizeof f, 0), sizeof f);
    }
    check_receives(b, 0x123, "x");
    check_receives(b, 0x2ff, "x");
    check_silent(b);

    const struct sock_can_filter others = {0x123 | CAN_INV_FILTER, 0x7ff};
    CHECK_OK(sock_set_can_filters(b, &others, 1));
    for (size_t i = 0; i < 2; i++) {
        struct can_frame f = frame(ids[i], "y");
        CHECK_EQ(sock_send(a, &f, sizeof f, 0), sizeof f);
    }
    check_receives(b, 0x124, "y");
    check_silent(b);

    CHECK_OK(sock_set_can_filters(b, NULL, 0));
    CHECK_EQ(sock_get_can_filters(b, NULL, 0), 0);
    struct can_frame f = frame(0x123, "z");
    CHECK_EQ(sock_send(a, &f, sizeof f, 0), sizeof f);
    check_silent(b);

    CHECK_OK(sock_set_can_filters(b, more, 512));
    CHECK_EQ(sock_get_can_filters(b, all, 4), 512);
    CHECK_REFUSED(sock_set_can_filters(b, more, 513), -EINVAL, "count");
    CHECK_REFUSED(sock_set_can_filters(b, NULL, 1), -EFAULT, "filters");
    CHECK_REFUSED(sock_get_can_filters(b, NULL, 1), -EFAULT, "filters");
    sock_t udp = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_LT(sock_set_can_filters(udp, two, 2), 0);
    CHECK_LT(sock_get_can_filters(udp, all, 4), 0);
    CHECK_LT(sock_set_can_errors(udp, 0), 0);
    CHECK_OK(sock_close(udp));
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

static void test_error_classes(void)
{
    sock_t s = raw();
    int mask = -1;
    CHECK_OK(sock_set_can_errors(s, CAN_ERR_TX_TIMEOUT | CAN_ERR_BUSOFF));
    CHECK_OK(sock_getsockopt_int(s, SOL_CAN_RAW, CAN_RAW_ERR_FILTER, &mask));
    CHECK_EQ(mask, CAN_ERR_TX_TIMEOUT | CAN_ERR_BUSOFF);
    CHECK_OK(sock_set_can_errors(s, CAN_ERR_MASK));
    CHECK_REFUSED(sock_set_can_errors(s, CAN_ERR_MASK + INT64_C(1)), -EINVAL, "classes");
    CHECK_REFUSED(sock_set_can_errors(s, -1), -EINVAL, "classes");
    CHECK_REFUSED(sock_set_can_errors(s, INT64_C(1) << 32), -EINVAL, "classes");
    /* Error frames arrive like any frame at sockets that asked for their class. */
    sock_t a = raw();
    struct can_frame f = frame(CAN_ERR_FLAG | CAN_ERR_BUSOFF, "12345678");
    CHECK_EQ(sock_send(a, &f, sizeof f, 0), sizeof f);
    check_receives(s, CAN_ERR_FLAG | CAN_ERR_BUSOFF, "12345678");
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(s));
}

/* CAN_RAW_LOOPBACK, CAN_RAW_RECV_OWN_MSGS, CAN_RAW_FD_FRAMES: one int each. */
static void test_loopback_own_frames_and_fd(void)
{
    sock_t a = raw(), b = raw();
    struct can_frame f = frame(0x77, "own"), got;
    int on = -1;
    CHECK_OK(sock_getsockopt_int(a, SOL_CAN_RAW, CAN_RAW_LOOPBACK, &on));
    CHECK_EQ(on, 1);
    CHECK_OK(sock_setsockopt_int(a, SOL_CAN_RAW, CAN_RAW_LOOPBACK, 0));
    CHECK_EQ(sock_send(a, &f, sizeof f, 0), sizeof f);
    check_silent(b);
    CHECK_OK(sock_setsockopt_int(a, SOL_CAN_RAW, CAN_RAW_LOOPBACK, 1));
    check_silent(a);
    CHECK_OK(sock_setsockopt_int(a, SOL_CAN_RAW, CAN_RAW_RECV_OWN_MSGS, 1));
    CHECK_EQ(sock_send(a, &f, sizeof f, 0), sizeof f);
    struct sock_iovec piece = {&got, sizeof got};
    struct sock_msg message = {.iov = &piece, .iov_count = 1};
    CHECK_OK(sock_settimeout(a, SEC(20)));
    CHECK_EQ(sock_recvmsg(a, &message, 0), sizeof got);
    CHECK_EQ(message.flags & MSG_CONFIRM, MSG_CONFIRM); /* this socket's own frame */
    check_receives(b, 0x77, "own");

    struct canfd_frame fd, fd_got;
    memset(&fd, 0, sizeof fd);
    fd.can_id = 0x55;
    fd.len = 64;
    memset(fd.data, 'd', 64);
    CHECK_ERR(sock_send(a, &fd, sizeof fd, 0), -EINVAL); /* not requested */
    CHECK_OK(sock_setsockopt_int(a, SOL_CAN_RAW, CAN_RAW_FD_FRAMES, 1));
    CHECK_OK(sock_setsockopt_int(b, SOL_CAN_RAW, CAN_RAW_FD_FRAMES, 1));
    int64_t sent = sock_send(a, &fd, sizeof fd, 0);
    if (sent == -EINVAL)
        SKIP("vcan0 does not carry CAN FD frames: its MTU is not 72");
    CHECK_EQ(sent, sizeof fd);
    CHECK_OK(sock_settimeout(b, SEC(20)));
    CHECK_EQ(sock_recv(b, &fd_got, sizeof fd_got, 0), sizeof fd_got);
    CHECK_EQ(fd_got.len, 64);
    CHECK_MEM(fd_got.data, fd.data, 64);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

static sock_t bcm(void)
{
    struct sock_addr addr;
    sock_t s = can(SOCK_DGRAM, CAN_BCM, "CAN_BCM");
    CHECK_OK(sock_addr_can("vcan0", &addr));
    CHECK_OK(sock_connect(s, &addr));
    return s;
}

/* CAN_BCM: connected, not bound. Sends one frame, and subscribes to changes of one. */
static void test_broadcast_manager(void)
{
    enum { HEAD = sizeof(struct bcm_msg_head), WHOLE = HEAD + sizeof(struct can_frame) };
    _Alignas(struct bcm_msg_head) char operation[WHOLE] = {0}, event[WHOLE] = {0};
    struct bcm_msg_head *head = (struct bcm_msg_head *)(void *)operation;
    struct can_frame f = frame(0x321, "bcm");
    sock_t peer = raw(), s = bcm();
    head->opcode = TX_SEND;
    head->nframes = 1;
    memcpy(operation + HEAD, &f, sizeof f);
    CHECK_EQ(sock_send(s, operation, WHOLE, 0), WHOLE);
    check_receives(peer, 0x321, "bcm");

    memset(operation, 0, sizeof operation);
    head->opcode = RX_SETUP;
    head->can_id = 0x322;
    head->flags = RX_FILTER_ID;
    CHECK_EQ(sock_send(s, operation, HEAD, 0), HEAD);
    f = frame(0x322, "event");
    CHECK_EQ(sock_send(peer, &f, sizeof f, 0), sizeof f);
    struct sock_addr from;
    CHECK_OK(sock_settimeout(s, SEC(20)));
    CHECK_EQ(sock_recvfrom(s, event, sizeof event, 0, &from), WHOLE);
    CHECK_EQ(((struct bcm_msg_head *)(void *)event)->opcode, RX_CHANGED);
    CHECK_MEM(event + HEAD, &f, sizeof f);
    CHECK_EQ(from.len, 8);
    CHECK_STR(text_of(&from), "can:vcan0");
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_close(peer));
}

static sock_t isotp(int64_t rx, int64_t tx)
{
    struct sock_addr addr;
    sock_t s = can(SOCK_DGRAM, CAN_ISOTP, "CAN_ISOTP");
    CHECK_OK(sock_addr_isotp("vcan0", rx, tx, &addr));
    CHECK_OK(sock_bind(s, &addr));
    return s;
}

static sock_t isotp_alone(void)
{
    return isotp(0x701, 0x702);
}

/* CAN_ISOTP: addresses of 16 bytes; a message of many frames, and a wait for its end. */
static void test_isotp(void)
{
    sock_t a = isotp(0x601, 0x602), b = isotp(0x602, 0x601);
    struct sock_addr name;
    char message[300], got[400];
    CHECK_STR(name_text(a), "can:vcan0:isotp:0x601:0x602");
    CHECK_OK(sock_getsockname(a, &name));
    CHECK_EQ(name.len, 16);
    check_round_trip(&name);
    CHECK_OK(sock_isotp_wait(a)); /* no transmission in progress */
    memset(message, 'i', sizeof message);
    CHECK_EQ(sock_send(a, message, sizeof message, 0), sizeof message);
    CHECK_OK(sock_settimeout(a, SEC(20)));
    CHECK_OK(sock_isotp_wait(a));
    CHECK_OK(sock_settimeout(b, SEC(20)));
    CHECK_EQ(sock_recvfrom(b, got, sizeof got, 0, &name), sizeof message);
    CHECK_MEM(got, message, sizeof message);
    CHECK_EQ(name.len, 16);
    check_round_trip(&name);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));

    /* Extended identifiers; a whole struct sockaddr_can is accepted as well. */
    struct sockaddr_can whole = {.can_family = AF_CAN, .can_ifindex = (int)if_nametoindex("vcan0")};
    whole.can_addr.tp.rx_id = 0x603 | CAN_EFF_FLAG;
    whole.can_addr.tp.tx_id = 0x604 | CAN_EFF_FLAG;
    CHECK_OK(sock_addr_from_native(&whole, sizeof whole, &name));
    a = can(SOCK_DGRAM, CAN_ISOTP, "CAN_ISOTP");
    CHECK_OK(sock_bind(a, &name));
    CHECK_STR(name_text(a), "can:vcan0:isotp:0x80000603:0x80000604");
    CHECK_OK(sock_close(a));
}

/* Whether the kernel reports a transmission in progress by poll(2) without POLLOUT: Linux 6.3 and kernels
 * with the backported fix. */
static bool poll_reports_transmissions(sock_t s)
{
    struct pollfd ready = {.fd = CHECK_OK(sock_fileno(s)), .events = POLLOUT};
    return poll(&ready, 1, 0) == 0;
}

struct waiting {
    sock_t s;
    int64_t result, returned_at;
};

static void wait_for_end(void *arg)
{
    struct waiting *w = arg;
    w->result = sock_isotp_wait(w->s);
    w->returned_at = now_ns();
}

/* sock_isotp_wait, which replaces CAN_ISOTP_WAIT_TX_DONE, ends by timeout, by token, and when the kernel
 * reports after a second that no peer responded. Returns false if the second was over before. */
static bool waits_for_the_end(void)
{
    char message[300];
    memset(message, 'w', sizeof message);
    sock_t s = isotp_alone(); /* no peer sends flow control */
    CHECK_EQ(sock_send(s, message, sizeof message, 0), sizeof message);
    if (!poll_reports_transmissions(s)) {
        CHECK_OK(sock_close(s));
        SKIP("poll(2) of this kernel does not report ISO-TP transmissions");
    }
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    CHECK_OK(sock_settimeout(s, 0));
    int64_t at_once = sock_isotp_wait(s), full = sock_send(s, message, sizeof message, 0);
    CHECK_OK(sock_settimeout(s, MS(20)));
    int64_t timed = sock_isotp_wait(s);

    struct waiting w = {.s = s};
    struct thread t;
    CHECK_OK(sock_settimeout(s, SOCK_FOREVER));
    CHECK_OK(sock_setcancel(s, token));
    thread_start(&t, wait_for_end, &w);
    thread_wait_blocked(&t);
    int64_t ended_at = now_ns();
    CHECK_OK(sock_cancel_fire(token));
    thread_join_within(&t, 10000);
    CHECK_OK(sock_setcancel(s, 0));
    CHECK_OK(sock_close(token));
    bool slow = at_once == -ECOMM || full == -ECOMM || timed == -ECOMM || w.result == -ECOMM;
    if (!slow) {
        CHECK_ERR(at_once, -EAGAIN);
        CHECK_ERR(full, -EAGAIN);
        CHECK_ERR(timed, SOCK_ETIMEDOUT);
        CHECK_ERR(w.result, SOCK_ECANCELED);
        CHECK_TIME(w.returned_at - ended_at, 0, WAKE_LATE_MS);
        CHECK_OK(sock_settimeout(s, SEC(60)));
        CHECK_ERR(sock_isotp_wait(s), -ECOMM);
        CHECK_OK(sock_isotp_wait(s)); /* reported once */
        CHECK_EQ(sock_send(s, "short", 5, 0), 5); /* a single frame needs no response */
        CHECK_OK(sock_isotp_wait(s));
    }
    CHECK_OK(sock_close(s));
    return !slow;
}

static void test_isotp_waits_for_the_end(void)
{
    sock_t other = raw();
    CHECK_REFUSED(sock_isotp_wait(other), -EPROTONOSUPPORT, "s");
    CHECK_OK(sock_close(other));
    for (int tries = 5; !waits_for_the_end();)
        if (--tries == 0)
            FAIL("the machine is too slow: a second had passed before the wait began");
}

static sock_t j1939(int64_t address)
{
    struct sock_addr addr;
    sock_t s = can(SOCK_DGRAM, CAN_J1939, "CAN_J1939");
    CHECK_OK(sock_addr_j1939("vcan0", 0, J1939_NO_PGN, address, &addr));
    CHECK_OK(sock_bind(s, &addr));
    return s;
}

static sock_t j1939_alone(void)
{
    return j1939(0x21);
}

/* CAN_J1939: addresses of 24 bytes; the sender's address contains the parameter group of the message. */
static void test_j1939(void)
{
    sock_t a = j1939(0x20), b = j1939(0x40);
    struct sock_addr to, from;
    char got[16];
    CHECK_STR(name_text(a), "can:vcan0:j1939:0x0:0x40000:0x20");
    CHECK_OK(sock_getsockname(a, &from));
    CHECK_EQ(from.len, 24);
    check_round_trip(&from);
    CHECK_OK(sock_addr_j1939("vcan0", 0, 0x12300, 0x40, &to));
    CHECK_EQ(sock_sendto(a, "group", 5, 0, &to), 5);
    CHECK_OK(sock_settimeout(b, SEC(20)));
    CHECK_EQ(sock_recvfrom(b, got, sizeof got, 0, &from), 5);
    CHECK_MEM(got, "group", 5);
    CHECK_EQ(from.len, 24);
    check_round_trip(&from);
    int64_t pgn = -1, address = -1;
    char interface[IF_NAMESIZE];
    CHECK_EQ(sock_addr_get_j1939(&from, interface, sizeof interface, NULL, NULL, &pgn, &address), 5);
    CHECK_STR(interface, "vcan0");
    CHECK_EQ(pgn, 0x12300);
    CHECK_EQ(address, 0x20);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

/* Unknown names, addresses of other families and of other forms. */
static void test_refusals(void)
{
    struct sock_addr plain, other;
    sock_t s = can(SOCK_RAW, CAN_RAW, "CAN_RAW");
    CHECK_ERR(sock_addr_can("vcan99", &plain), -ENODEV);
    check_foreign_addresses(s, true, true);
    CHECK_OK(sock_addr_can("2147483647", &other)); /* an index without an interface */
    CHECK_ERR(sock_bind(s, &other), -ENODEV);
    if (if_nametoindex("lo")) {
        CHECK_OK(sock_addr_can("lo", &other)); /* not a CAN interface */
        CHECK_ERR(sock_bind(s, &other), -ENODEV);
    }
    CHECK_OK(sock_close(s));

    CHECK_OK(sock_addr_can("vcan0", &plain));
    s = can(SOCK_DGRAM, CAN_ISOTP, "CAN_ISOTP");
    check_foreign_addresses(s, false, false);
    CHECK_REFUSED(sock_bind(s, &plain), -EINVAL, "addr");
    CHECK_STR(why(), "addr: of 8 bytes, where the socket needs an address of CAN_ISOTP, of 16 bytes");
    CHECK_OK(sock_close(s));
    s = can(SOCK_DGRAM, CAN_J1939, "CAN_J1939");
    check_foreign_addresses(s, true, false);
    CHECK_OK(sock_addr_isotp("vcan0", 1, 2, &other));
    CHECK_REFUSED(sock_bind(s, &other), -EINVAL, "addr");
    CHECK_OK(sock_close(s));
}

static void test_raw_wakes(void) { check_wakes(raw); }
static void test_bcm_wakes(void) { check_wakes(bcm); }
static void test_isotp_wakes(void) { check_wakes(isotp_alone); }
static void test_j1939_wakes(void) { check_wakes(j1939_alone); }

TEST_MAIN(test_frames, test_every_interface, test_filters, test_error_classes,
          test_loopback_own_frames_and_fd, test_broadcast_manager, test_isotp, test_isotp_waits_for_the_end,
          test_j1939, test_refusals, test_raw_wakes, test_bcm_wakes, test_isotp_wakes, test_j1939_wakes)
