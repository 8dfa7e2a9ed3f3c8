/* AF_BLUETOOTH: each protocol without a controller; with two controllers (hci0 and hci1, which may be
 * virtual), L2CAP and RFCOMM transfer data between them. */
#include "family.h"

#include <sys/ioctl.h>
#include <unistd.h>

/* From bluetooth/bluetooth.h and hci.h of BlueZ, which the C library's packages do not have. */
enum { L2CAP = 0, HCI = 1, SCO = 2, RFCOMM = 3, DEV_NONE = 0xffff, CHANNEL_CONTROL = 3 };
#define ANY "00:00:00:00:00:00"
#define HCIDEVUP _IOW('H', 201, int)
#define HCISETSCAN _IOW('H', 221, int)
#define HCIGETDEVINFO _IOR('H', 211, int)

struct dev_request {
    uint16_t dev;
    uint32_t opt;
};

static sock_t bluetooth(int type, int protocol, const char *name)
{
    return family_socket(AF_BLUETOOTH, type, protocol, name);
}

static sock_t l2cap(void) { return bluetooth(SOCK_SEQPACKET, L2CAP, "BTPROTO_L2CAP"); }
static sock_t rfcomm(void) { return bluetooth(SOCK_STREAM, RFCOMM, "BTPROTO_RFCOMM"); }
static sock_t hci(void) { return bluetooth(SOCK_RAW, HCI, "BTPROTO_HCI"); }
static sock_t sco(void) { return bluetooth(SOCK_SEQPACKET, SCO, "BTPROTO_SCO"); }

static sock_t bound(sock_t s, int made, const struct sock_addr *addr)
{
    CHECK_OK(made);
    CHECK_OK(sock_bind(s, addr));
    return s;
}

/* Each protocol has its own address form with its own length. */
static void test_names(void)
{
    struct sock_addr addr, name;
    sock_t s = l2cap();
    bound(s, sock_addr_l2cap(ANY, 0x1001, 0, 0, &addr), &addr);
    CHECK_OK(sock_getsockname(s, &name));
    CHECK_EQ(name.len, 14);
    CHECK_STR(text_of(&name), "l2cap:00:00:00:00:00:00:4097");
    check_round_trip(&name);
    CHECK_OK(sock_close(s));

    s = sco();
    bound(s, sock_addr_sco(ANY, &addr), &addr);
    CHECK_OK(sock_getsockname(s, &name));
    CHECK_EQ(name.len, 8);
    CHECK_STR(text_of(&name), "sco:00:00:00:00:00:00");
    CHECK_OK(sock_close(s));

    s = hci();
    bound(s, sock_addr_hci(DEV_NONE, CHANNEL_CONTROL, &addr), &addr);
    CHECK_OK(sock_close(s));
}

static void test_rfcomm_names(void)
{
    struct sock_addr addr, name;
    sock_t s = rfcomm();
    bound(s, sock_addr_rfcomm(ANY, 7, &addr), &addr);
    CHECK_OK(sock_getsockname(s, &name));
    CHECK_EQ(name.len, 10);
    CHECK_STR(text_of(&name), "rfcomm:00:00:00:00:00:00:7");
    check_round_trip(&name);
    CHECK_OK(sock_close(s));
    s = rfcomm();
    bound(s, sock_addr_rfcomm(ANY, 0, &addr), &addr);
    CHECK_OK(sock_listen(s, 1)); /* chooses a free channel */
    int64_t channel = 0;
    CHECK_OK(sock_getsockname(s, &name));
    CHECK_OK(sock_addr_get_rfcomm(&name, NULL, 0, &channel));
    CHECK_GT(channel, 0);
    CHECK_OK(sock_close(s));
}

/* The management channel responds without a controller: opcode 1, "read version". */
static void test_management_channel(void)
{
    struct sock_addr addr;
    const unsigned char request[6] = {1, 0, 0xff, 0xff, 0, 0};
    unsigned char answer[64];
    sock_t s = hci();
    CHECK_OK(sock_addr_hci(DEV_NONE, CHANNEL_CONTROL, &addr));
    int code = sock_bind(s, &addr);
    if (code == -EPERM || code == -EINVAL) {
        CHECK_OK(sock_close(s));
        SKIP("the management channel cannot be bound: %s", sock_strerror(code));
    }
    CHECK_OK(code);
    CHECK_OK(sock_settimeout(s, SEC(60)));
    CHECK_EQ(sock_send(s, request, sizeof request, 0), sizeof request);
    int64_t got;
    do /* until it is the response, not an event caused by another program */
        got = CHECK_OK(sock_recv(s, answer, sizeof answer, 0));
    while (got < 12 || answer[0] != 1 || answer[6] != 1);
    CHECK_EQ(answer[8], 0); /* success */
    CHECK_EQ(answer[9], 1); /* interface version 1 */
    CHECK_OK(sock_close(s));
}

/* An address of another protocol would be misread: its length distinguishes it. */
static void test_address_forms(void)
{
    struct {
        sock_t s;
        const char *own;
    } const sockets[] = {{l2cap(), "14 bytes"}, {rfcomm(), "10 bytes"}, {sco(), "8 bytes"}, {hci(), "6 bytes"}};
    static const char *const texts[] = {"l2cap:0:0:0:0:0:0:4097", "rfcomm:0:0:0:0:0:0:1", "sco:0:0:0:0:0:0", "hci:0"};
    for (size_t i = 0; i < COUNT_OF(sockets); i++) {
        for (size_t j = 0; j < COUNT_OF(texts); j++) {
            struct sock_addr addr;
            CHECK_OK(sock_addr_parse(texts[j], &addr));
            if (i == j)
                continue;
            CHECK_REFUSED(sock_bind(sockets[i].s, &addr), -EINVAL, "addr");
            CHECK(strstr(why(), sockets[i].own) != NULL);
            CHECK_REFUSED(sock_connect(sockets[i].s, &addr), -EINVAL, "addr");
        }
        check_foreign_addresses(sockets[i].s, true, false);
        CHECK_OK(sock_close(sockets[i].s));
    }
}

/* Brings a controller up, makes it discoverable and writes the text form of its address; skips the test
 * without one. */
static void controller(int dev, char *bdaddr)
{
    sock_t s = hci();
    int fd = CHECK_OK(sock_fileno(s));
    struct dev_request scan = {(uint16_t)dev, 2 /* SCAN_PAGE */};
    unsigned char info[512] = {(unsigned char)dev, (unsigned char)(dev >> 8)};
    if (ioctl(fd, (int)HCIGETDEVINFO, info) != 0) {
        int error = errno;
        CHECK_OK(sock_close(s));
        SKIP("there is no controller hci%d: %s", dev, strerror(error));
    }
    if (ioctl(fd, HCIDEVUP, dev) != 0 && errno != EALREADY)
        FAIL("hci%d does not come up: %s", dev, strerror(errno));
    CHECK_SYS(ioctl(fd, HCISETSCAN, &scan));
    CHECK_SYS(ioctl(fd, (int)HCIGETDEVINFO, info));
    const unsigned char *at = info + 10; /* after device number and name, the last byte first */
    snprintf(bdaddr, 18, "%02X:%02X:%02X:%02X:%02X:%02X", at[5], at[4], at[3], at[2], at[1], at[0]);
    CHECK_OK(sock_close(s));
}

struct client {
    sock_t s;
    struct sock_addr to;
    int64_t code;
};

static void connect_client(void *arg)
{
    struct client *c = arg;
    c->code = sock_connect(c->s, &c->to);
}

/* One connection from the first controller to the second, with data in both directions. */
static void exchange(sock_t listener, sock_t c, const struct sock_addr *from, const struct sock_addr *to)
{
    struct client client = {.s = c, .to = *to};
    struct sock_addr peer;
    struct thread t;
    char got[64];
    CHECK_OK(sock_bind(listener, to));
    CHECK_OK(sock_listen(listener, 1));
    CHECK_OK(sock_bind(c, from));
    CHECK_OK(sock_settimeout(listener, SEC(60)));
    CHECK_OK(sock_settimeout(c, SEC(60)));
    thread_start(&t, connect_client, &client);
    sock_t a = CHECK_OK(sock_accept(listener, &peer));
    thread_join(&t);
    CHECK_OK(client.code);
    CHECK_EQ(peer.len, to->len);
    check_round_trip(&peer);
    CHECK_OK(sock_settimeout(a, SEC(60)));
    CHECK_EQ(sock_send(c, "from hci0", 9, 0), 9);
    CHECK_EQ(sock_recv(a, got, sizeof got, 0), 9);
    CHECK_MEM(got, "from hci0", 9);
    CHECK_EQ(sock_send(a, "from hci1", 9, 0), 9);
    CHECK_EQ(sock_recv(c, got, sizeof got, 0), 9);
    CHECK_MEM(got, "from hci1", 9);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(c));
    CHECK_OK(sock_close(listener));
}

static void test_l2cap_between_controllers(void)
{
    char one[18], other[18];
    struct sock_addr from, to;
    controller(0, one);
    controller(1, other);
    CHECK_OK(sock_addr_l2cap(one, 0, 0, 0, &from));
    CHECK_OK(sock_addr_l2cap(other, 0x1003, 0, 0, &to));
    exchange(l2cap(), l2cap(), &from, &to);
}

static void test_rfcomm_between_controllers(void)
{
    char one[18], other[18];
    struct sock_addr from, to;
    controller(0, one);
    controller(1, other);
    CHECK_OK(sock_addr_rfcomm(one, 0, &from));
    CHECK_OK(sock_addr_rfcomm(other, 9, &to));
    exchange(rfcomm(), rfcomm(), &from, &to);
}

static sock_t l2cap_listener(void)
{
    struct sock_addr addr;
    sock_t s = l2cap();
    bound(s, sock_addr_l2cap(ANY, 0x1005, 0, 0, &addr), &addr);
    CHECK_OK(sock_listen(s, 1));
    return s;
}

static sock_t rfcomm_listener(void)
{
    struct sock_addr addr;
    sock_t s = rfcomm();
    bound(s, sock_addr_rfcomm(ANY, 11, &addr), &addr);
    CHECK_OK(sock_listen(s, 1));
    return s;
}

static sock_t sco_listener(void)
{
    struct sock_addr addr;
    sock_t s = sco();
    bound(s, sock_addr_sco(ANY, &addr), &addr);
    CHECK_OK(sock_listen(s, 1));
    return s;
}

/* A management channel, which is silent while no one sends a command. */
static sock_t hci_receiver(void)
{
    struct sock_addr addr;
    sock_t s = hci();
    return bound(s, sock_addr_hci(DEV_NONE, CHANNEL_CONTROL, &addr), &addr);
}

static void test_l2cap_accept_wakes(void) { check_wakes_of(l2cap_listener, true); }
static void test_rfcomm_accept_wakes(void) { check_wakes_of(rfcomm_listener, true); }
static void test_sco_accept_wakes(void) { check_wakes_of(sco_listener, true); }
static void test_hci_receive_wakes(void) { check_wakes(hci_receiver); }

TEST_MAIN(test_names, test_rfcomm_names, test_management_channel, test_address_forms, test_l2cap_accept_wakes,
          test_rfcomm_accept_wakes, test_sco_accept_wakes, test_hci_receive_wakes,
          test_l2cap_between_controllers, test_rfcomm_between_controllers)
