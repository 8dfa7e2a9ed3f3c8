/* Addresses of every family as values: constructors, getters, texts, native structs, and refusals. Needs no
 * socket of these families; test_can.c and the other family tests use their sockets. */
#include "family.h"
#include "untouched.h"

#include <endian.h>
#include <linux/can.h>
#include <linux/if_alg.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/qrtr.h>
#include <linux/tipc.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>

/* From bluetooth/l2cap.h, rfcomm.h, hci.h and sco.h of BlueZ, which the C library's packages do not have. */
struct sockaddr_l2 {
    sa_family_t l2_family;
    unsigned short l2_psm;
    uint8_t l2_bdaddr[6];
    unsigned short l2_cid;
    uint8_t l2_bdaddr_type;
};
struct sockaddr_rc {
    sa_family_t rc_family;
    uint8_t rc_bdaddr[6];
    uint8_t rc_channel;
};
struct sockaddr_hci {
    sa_family_t hci_family;
    unsigned short hci_dev;
    unsigned short hci_channel;
};
struct sockaddr_sco {
    sa_family_t sco_family;
    uint8_t sco_bdaddr[6];
};

#define FAMILY_QIPCRTR 42

/* Negative values and values above 32 bits, which CPython wraps (R158). */
static const int64_t beyond32[] = {-1, INT64_C(1) << 32, INT64_MIN, INT64_MAX};
static const int64_t beyond16[] = {-1, 65536, INT64_C(1) << 32, INT64_MIN, INT64_MAX};
static const int64_t beyond8[] = {-1, 256, 65536, INT64_MIN, INT64_MAX};

#define FOR_EACH(value, list) for (size_t i_ = 0; i_ < COUNT_OF(list) && (value = list[i_], true); i_++)

/* The address consists of exactly this native struct. */
static void check_native(const struct sock_addr *addr, const void *native, size_t len)
{
    CHECK_EQ(addr->len, len);
    CHECK_EQ(addr->zero, 0);
    CHECK_MEM(addr->native, native, len);
    const unsigned char *bytes = (const unsigned char *)addr->native;
    for (size_t i = len; i < sizeof addr->native; i++)
        CHECK_EQ(bytes[i], 0);
    check_round_trip(addr);
}

static const char *lo_name(void)
{
    static char name[IF_NAMESIZE];
    return if_indextoname(1, name) ? name : "1";
}

static void test_netlink(void)
{
    struct sock_addr addr, out;
    struct sockaddr_nl native = {.nl_family = AF_NETLINK, .nl_pid = 4711, .nl_groups = 0x80000001};
    CHECK_OK(sock_addr_netlink(4711, 0x80000001, &addr));
    check_native(&addr, &native, sizeof native);
    CHECK_STR(text_of(&addr), "netlink:4711:0x80000001");
    int64_t pid = -1, groups = -1, bad;
    CHECK_OK(sock_addr_get_netlink(&addr, &pid, &groups));
    CHECK_EQ(pid, 4711);
    CHECK_EQ(groups, 0x80000001);
    CHECK_OK(sock_addr_get_netlink(&addr, NULL, NULL));
    FOR_EACH(bad, beyond32) {
        CHECK_NOTHING_OUT(sock_addr_netlink(bad, 0, &out), -EINVAL, "pid");
        CHECK_NOTHING_OUT(sock_addr_netlink(0, bad, &out), -EINVAL, "groups");
    }
    CHECK_ERR(sock_addr_netlink(0, 0, NULL), -EFAULT);
    CHECK_ERR(sock_addr_get_netlink(NULL, &pid, &groups), -EFAULT);
}

/* The protocol in host order, and at most 8 bytes of hardware address. */
static void test_packet(void)
{
    struct sock_addr addr, out;
    const unsigned char mac[] = {2, 0, 0x5e, 0x10, 0, 1};
    struct sockaddr_ll native = {.sll_family = AF_PACKET, .sll_protocol = htons(0x0800), .sll_ifindex = 1,
                                 .sll_hatype = 772, .sll_pkttype = PACKET_OUTGOING, .sll_halen = 6};
    memcpy(native.sll_addr, mac, sizeof mac);
    CHECK_OK(sock_addr_packet("1", 0x0800, PACKET_OUTGOING, 772, mac, sizeof mac, &addr));
    check_native(&addr, &native, sizeof native);
    CHECK_OK(sock_addr_packet(lo_name(), 0x0800, PACKET_OUTGOING, 772, mac, sizeof mac, &out));
    CHECK_EQ(sock_addr_equal(&addr, &out), 1);
    char expected[128];
    snprintf(expected, sizeof expected, "packet:%s:0x800:4:772:02:00:5e:10:00:01", lo_name());
    CHECK_STR(text_of(&addr), expected);

    char name[IFNAMSIZ];
    unsigned char hwaddr[32];
    size_t hwaddr_len = 99;
    int64_t index = -1, protocol = -1, type = -1, hatype = -1, bad;
    int64_t len = sock_addr_get_packet(&addr, name, sizeof name, &index, &protocol, &type, &hatype, hwaddr,
                                       sizeof hwaddr, &hwaddr_len);
    CHECK_EQ(len, strlen(name));
    CHECK_STR(name, if_nametoindex(lo_name()) ? lo_name() : "");
    CHECK_EQ(index, 1);
    CHECK_EQ(protocol, 0x0800);
    CHECK_EQ(type, PACKET_OUTGOING);
    CHECK_EQ(hatype, 772);
    CHECK_EQ(hwaddr_len, sizeof mac);
    CHECK_MEM(hwaddr, mac, sizeof mac);
    memset(hwaddr, 'x', sizeof hwaddr);
    CHECK_OK(sock_addr_get_packet(&addr, NULL, 0, NULL, NULL, NULL, NULL, hwaddr, 2, NULL));
    CHECK_EQ(hwaddr[1], 0);
    CHECK_EQ(hwaddr[2], 'x');
    CHECK_ERR(sock_addr_get_packet(&addr, NULL, 1, NULL, NULL, NULL, NULL, NULL, 0, NULL), -EFAULT);
    CHECK_ERR(sock_addr_get_packet(&addr, NULL, 0, NULL, NULL, NULL, NULL, NULL, 1, NULL), -EFAULT);
    CHECK_ERR(sock_addr_get_packet(NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL), -EFAULT);

    /* All interfaces; an index without a name. */
    CHECK_OK(sock_addr_packet(NULL, 3, 0, 0, NULL, 0, &addr));
    CHECK_STR(text_of(&addr), "packet::0x3");
    CHECK_OK(sock_addr_packet("2147483647", 3, 0, 0, NULL, 0, &addr));
    CHECK_STR(text_of(&addr), "packet:2147483647:0x3");
    CHECK_EQ(sock_addr_get_packet(&addr, name, sizeof name, &index, NULL, NULL, NULL, NULL, 0, &hwaddr_len), 0);
    CHECK_STR(name, "");
    CHECK_EQ(index, 2147483647);
    CHECK_EQ(hwaddr_len, 0);

    FOR_EACH(bad, beyond16) {
        CHECK_NOTHING_OUT(sock_addr_packet("1", bad, 0, 0, NULL, 0, &out), -EINVAL, "protocol");
        CHECK_NOTHING_OUT(sock_addr_packet("1", 0, 0, bad, NULL, 0, &out), -EINVAL, "hatype");
    }
    FOR_EACH(bad, beyond8) CHECK_NOTHING_OUT(sock_addr_packet("1", 0, bad, 0, NULL, 0, &out), -EINVAL, "type");
    CHECK_NOTHING_OUT(sock_addr_packet("1", 0, 0, 0, "123456789", 9, &out), -ENAMETOOLONG, "hwaddr");
    CHECK_NOTHING_OUT(sock_addr_packet("no-such-if", 0, 0, 0, NULL, 0, &out), -ENODEV, "interface");
    CHECK_NOTHING_OUT(sock_addr_packet("sixteen-letters.", 0, 0, 0, NULL, 0, &out), -ENODEV, "interface");
    CHECK_NOTHING_OUT(sock_addr_packet("2147483648", 0, 0, 0, NULL, 0, &out), -EINVAL, "interface");
    CHECK_NOTHING_OUT(sock_addr_packet("1", 0, 0, 0, NULL, 1, &out), -EFAULT, "hwaddr");
    CHECK_ERR(sock_addr_packet("1", 0, 0, 0, NULL, 0, NULL), -EFAULT);

    /* A hardware address longer than its field, as the kernel reports for InfiniBand. */
    unsigned char longer[32] = {0};
    memcpy(longer, &native, sizeof native);
    longer[11] = 20;
    CHECK_OK(sock_addr_from_native(longer, sizeof longer, &addr));
    CHECK_EQ(addr.len, 32);
    CHECK_OK(sock_addr_get_packet(&addr, NULL, 0, NULL, NULL, NULL, NULL, hwaddr, sizeof hwaddr, &hwaddr_len));
    CHECK_EQ(hwaddr_len, 20);
}

/* Three protocols, three lengths. */
static void test_can(void)
{
    struct sock_addr addr, out;
    struct sockaddr_can native = {.can_family = AF_CAN, .can_ifindex = 1};
    CHECK_OK(sock_addr_can("1", &addr));
    check_native(&addr, &native, 8);
    char expected[128], name[IFNAMSIZ];
    snprintf(expected, sizeof expected, "can:%s", lo_name());
    CHECK_STR(text_of(&addr), expected);
    int64_t index = -1, rx = -1, tx = -1, pgn = -1, number = -1, bad;
    int64_t len = sock_addr_get_can(&addr, name, sizeof name, &index);
    CHECK_EQ(len, strlen(name));
    CHECK_EQ(index, 1);
    CHECK_OK(sock_addr_can("", &addr));
    CHECK_STR(text_of(&addr), "can:");
    CHECK_EQ(sock_addr_get_can(&addr, name, sizeof name, &index), 0);
    CHECK_EQ(index, 0);
    CHECK_OK(sock_addr_can(NULL, &out));
    CHECK_EQ(sock_addr_equal(&addr, &out), 1);

    native.can_addr.tp.rx_id = 0x123;
    native.can_addr.tp.tx_id = 0x456 | CAN_EFF_FLAG;
    CHECK_OK(sock_addr_isotp("1", 0x123, 0x456 | CAN_EFF_FLAG, &addr));
    check_native(&addr, &native, 16);
    snprintf(expected, sizeof expected, "can:%s:isotp:0x123:0x80000456", lo_name());
    CHECK_STR(text_of(&addr), expected);
    CHECK_OK(sock_addr_get_isotp(&addr, NULL, 0, &index, &rx, &tx));
    CHECK_EQ(index, 1);
    CHECK_EQ(rx, 0x123);
    CHECK_EQ(tx, 0x456 | CAN_EFF_FLAG);
    CHECK_OK(sock_addr_get_can(&addr, NULL, 0, &index)); /* the interface, in any form */
    CHECK_ERR(sock_addr_get_j1939(&addr, NULL, 0, NULL, NULL, NULL, NULL), -EINVAL);

    unsigned char j1939[24] = {0};
    memcpy(j1939, &native, 8);
    uint64_t device = UINT64_C(0xfedcba9876543210), found = 0;
    uint32_t group = 0x12300;
    memcpy(j1939 + 8, &device, 8);
    memcpy(j1939 + 16, &group, 4);
    j1939[20] = 0x20;
    CHECK_OK(sock_addr_j1939("1", device, group, 0x20, &addr));
    check_native(&addr, j1939, 24);
#ifdef SO_J1939_FILTER
    CHECK_EQ(sizeof native, 24);
#endif
    snprintf(expected, sizeof expected, "can:%s:j1939:0xfedcba9876543210:0x12300:0x20", lo_name());
    CHECK_STR(text_of(&addr), expected);
    CHECK_OK(sock_addr_get_j1939(&addr, name, sizeof name, &index, &found, &pgn, &number));
    CHECK_EQ(found, device);
    CHECK_EQ(pgn, group);
    CHECK_EQ(number, 0x20);
    CHECK_ERR(sock_addr_get_isotp(&addr, NULL, 0, NULL, NULL, NULL), -EINVAL);
    CHECK_OK(sock_addr_j1939(NULL, 0, 0x40000, 255, &addr)); /* J1939_NO_NAME, _NO_PGN, _NO_ADDR */
    CHECK_STR(text_of(&addr), "can::j1939:0x0:0x40000:0xff");

    FOR_EACH(bad, beyond32) {
        CHECK_NOTHING_OUT(sock_addr_isotp("1", bad, 1, &out), -EINVAL, "rx_id");
        CHECK_NOTHING_OUT(sock_addr_isotp("1", 1, bad, &out), -EINVAL, "tx_id");
        CHECK_NOTHING_OUT(sock_addr_j1939("1", 0, bad, 0, &out), -EINVAL, "pgn");
    }
    FOR_EACH(bad, beyond8) CHECK_NOTHING_OUT(sock_addr_j1939("1", 0, 0, bad, &out), -EINVAL, "address");
    CHECK_NOTHING_OUT(sock_addr_isotp("1", 0x800, 1, &out), -EINVAL, "rx_id");
    CHECK_NOTHING_OUT(sock_addr_isotp("1", 1, 1 | CAN_RTR_FLAG, &out), -EINVAL, "tx_id");
    CHECK_NOTHING_OUT(sock_addr_isotp("1", 1, 1 | CAN_ERR_FLAG | CAN_EFF_FLAG, &out), -EINVAL, "tx_id");
    CHECK_NOTHING_OUT(sock_addr_j1939("1", 0, 0x40001, 0, &out), -EINVAL, "pgn");
    CHECK_NOTHING_OUT(sock_addr_can("no-such-if", &out), -ENODEV, "interface");
    CHECK_NOTHING_OUT(sock_addr_isotp("no-such-if", 1, 1, &out), -ENODEV, "interface");
    CHECK_NOTHING_OUT(sock_addr_j1939("sixteen-letters.", 0, 0, 0, &out), -ENODEV, "interface");
    CHECK_ERR(sock_addr_can("1", NULL), -EFAULT);
    CHECK_ERR(sock_addr_isotp("1", 1, 1, NULL), -EFAULT);
    CHECK_ERR(sock_addr_j1939("1", 0, 0, 0, NULL), -EFAULT);
    CHECK_ERR(sock_addr_get_can(NULL, NULL, 0, NULL), -EFAULT);
    CHECK_ERR(sock_addr_get_isotp(NULL, NULL, 0, NULL, NULL, NULL), -EFAULT);
    CHECK_ERR(sock_addr_get_j1939(NULL, NULL, 0, NULL, NULL, NULL, NULL), -EFAULT);
    CHECK_OK(sock_addr_can("1", &addr));
    CHECK_ERR(sock_addr_get_isotp(&addr, NULL, 0, NULL, NULL, NULL), -EINVAL);
    CHECK_ERR(sock_addr_get_can(&addr, NULL, 1, NULL), -EFAULT);
}

/* The longest names are 13 and 63 bytes. */
static void test_alg(void)
{
    struct sock_addr addr, out;
    struct sockaddr_alg native = {.salg_family = AF_ALG, .salg_type = "skcipher", .salg_name = "cbc(aes)",
                                  .salg_feat = 0xf, .salg_mask = 0xfffffffe};
    CHECK_OK(sock_addr_alg("skcipher", "cbc(aes)", 0xf, 0xfffffffe, &addr));
    check_native(&addr, &native, sizeof native);
    CHECK_STR(text_of(&addr), "alg:skcipher:cbc(aes):0xf:0xfffffffe");
    char type[14], name[64], full_type[16], full_name[66];
    int64_t feat = -1, mask = -1, bad;
    CHECK_EQ(sock_addr_get_alg(&addr, type, sizeof type, name, sizeof name, &feat, &mask), 8);
    CHECK_STR(type, "skcipher");
    CHECK_STR(name, "cbc(aes)");
    CHECK_EQ(feat, 0xf);
    CHECK_EQ(mask, 0xfffffffe);
    CHECK_EQ(sock_addr_get_alg(&addr, type, 3, name, 4, NULL, NULL), 8);
    CHECK_STR(type, "sk");
    CHECK_STR(name, "cbc");
    CHECK_EQ(sock_addr_get_alg(&addr, NULL, 0, NULL, 0, NULL, NULL), 8);
    CHECK_ERR(sock_addr_get_alg(&addr, NULL, 1, name, sizeof name, NULL, NULL), -EFAULT);
    CHECK_ERR(sock_addr_get_alg(&addr, type, sizeof type, NULL, 1, NULL, NULL), -EFAULT);
    CHECK_ERR(sock_addr_get_alg(NULL, NULL, 0, NULL, 0, NULL, NULL), -EFAULT);

    memset(full_type, 't', sizeof full_type);
    memset(full_name, 'n', sizeof full_name);
    full_type[14] = full_name[64] = 0;
    CHECK_NOTHING_OUT(sock_addr_alg(full_type, "x", 0, 0, &out), -ENAMETOOLONG, "type");
    CHECK_NOTHING_OUT(sock_addr_alg("hash", full_name, 0, 0, &out), -ENAMETOOLONG, "name");
    full_type[13] = full_name[63] = 0;
    CHECK_OK(sock_addr_alg(full_type, full_name, 0, 0, &addr));
    check_round_trip(&addr);
    CHECK_EQ(sock_addr_get_alg(&addr, type, sizeof type, name, sizeof name, NULL, NULL), 63);
    CHECK_STR(type, full_type);
    CHECK_STR(name, full_name);
    FOR_EACH(bad, beyond32) {
        CHECK_NOTHING_OUT(sock_addr_alg("hash", "x", bad, 0, &out), -EINVAL, "feat");
        CHECK_NOTHING_OUT(sock_addr_alg("hash", "x", 0, bad, &out), -EINVAL, "mask");
    }
    CHECK_NOTHING_OUT(sock_addr_alg(NULL, "x", 0, 0, &out), -EFAULT, "type");
    CHECK_NOTHING_OUT(sock_addr_alg("hash", NULL, 0, 0, &out), -EFAULT, "name");
    CHECK_ERR(sock_addr_alg("hash", "x", 0, 0, NULL), -EFAULT);
}

static void test_vsock(void)
{
    struct sock_addr addr, out;
    struct sockaddr_vm native;
    memset(&native, 0, sizeof native);
    native.svm_family = AF_VSOCK;
    native.svm_cid = VMADDR_CID_HOST;
    native.svm_port = 1024;
    CHECK_OK(sock_addr_vsock(VMADDR_CID_HOST, 1024, 0, &addr));
    check_native(&addr, &native, sizeof native);
    CHECK_STR(text_of(&addr), "vsock:2:1024");
    int64_t cid = -1, port = -1, flags = -1, bad;
    CHECK_OK(sock_addr_vsock(VMADDR_CID_ANY, VMADDR_PORT_ANY, 1, &addr));
    check_round_trip(&addr);
    CHECK_STR(text_of(&addr), "vsock:4294967295:4294967295:0x1");
    CHECK_OK(sock_addr_get_vsock(&addr, &cid, &port, &flags));
    CHECK_EQ(cid, VMADDR_CID_ANY);
    CHECK_EQ(port, VMADDR_PORT_ANY);
    CHECK_EQ(flags, 1);
    CHECK_OK(sock_addr_get_vsock(&addr, NULL, NULL, NULL));
    FOR_EACH(bad, beyond32) {
        CHECK_NOTHING_OUT(sock_addr_vsock(bad, 1, 0, &out), -EINVAL, "cid");
        CHECK_NOTHING_OUT(sock_addr_vsock(1, bad, 0, &out), -EINVAL, "port");
    }
    FOR_EACH(bad, beyond8) CHECK_NOTHING_OUT(sock_addr_vsock(1, 1, bad, &out), -EINVAL, "flags");
    CHECK_ERR(sock_addr_vsock(1, 1, 0, NULL), -EFAULT);
    CHECK_ERR(sock_addr_get_vsock(NULL, NULL, NULL, NULL), -EFAULT);
}

/* Three kinds, with scope. */
static void test_tipc(void)
{
    struct sock_addr addr, out;
    struct sockaddr_tipc range = {.family = AF_TIPC, .addrtype = TIPC_ADDR_NAMESEQ, .scope = TIPC_CLUSTER_SCOPE};
    range.addr.nameseq.type = 1000;
    range.addr.nameseq.lower = 7;
    range.addr.nameseq.upper = 0xffffffff;
    CHECK_OK(sock_addr_tipc(TIPC_ADDR_NAMESEQ, 1000, 7, 0xffffffff, TIPC_CLUSTER_SCOPE, &addr));
    check_native(&addr, &range, sizeof range);
    CHECK_STR(text_of(&addr), "tipc:range:1000:7:4294967295?scope=2");

    struct sockaddr_tipc name = {.family = AF_TIPC, .addrtype = TIPC_ADDR_NAME, .scope = -TIPC_NODE_SCOPE};
    name.addr.name.name.type = 1000;
    name.addr.name.name.instance = 7;
    name.addr.name.domain = 9;
    CHECK_OK(sock_addr_tipc(TIPC_ADDR_NAME, 1000, 7, 9, -TIPC_NODE_SCOPE, &addr));
    check_native(&addr, &name, sizeof name);
    CHECK_STR(text_of(&addr), "tipc:name:1000:7:9?scope=-3");

    struct sockaddr_tipc id = {.family = AF_TIPC, .addrtype = TIPC_ADDR_ID};
    id.addr.id.node = 16781313;
    id.addr.id.ref = 4242;
    CHECK_OK(sock_addr_tipc(TIPC_ADDR_ID, 16781313, 4242, 0, 0, &addr));
    check_native(&addr, &id, sizeof id);
    CHECK_STR(text_of(&addr), "tipc:id:16781313:4242");
    int64_t type = -1, v[3] = {-1, -1, -1}, scope = -9, bad;
    CHECK_OK(sock_addr_get_tipc(&addr, &type, &v[0], &v[1], &v[2], &scope));
    CHECK_EQ(type, TIPC_ADDR_ID);
    CHECK_EQ(v[0], 16781313);
    CHECK_EQ(v[1], 4242);
    CHECK_EQ(v[2], 0);
    CHECK_EQ(scope, 0);
    CHECK_OK(sock_addr_from_native(&name, sizeof name, &addr));
    CHECK_OK(sock_addr_get_tipc(&addr, &type, &v[0], &v[1], &v[2], &scope));
    CHECK_EQ(type, TIPC_ADDR_NAME);
    CHECK_EQ(v[2], 9);
    CHECK_EQ(scope, -TIPC_NODE_SCOPE);
    CHECK_OK(sock_addr_get_tipc(&addr, NULL, NULL, NULL, NULL, NULL));

    FOR_EACH(bad, beyond32) {
        CHECK_NOTHING_OUT(sock_addr_tipc(TIPC_ADDR_NAMESEQ, bad, 1, 1, 2, &out), -EINVAL, "type");
        CHECK_NOTHING_OUT(sock_addr_tipc(TIPC_ADDR_NAMESEQ, 1, bad, 1, 2, &out), -EINVAL, "lower");
        CHECK_NOTHING_OUT(sock_addr_tipc(TIPC_ADDR_NAMESEQ, 1, 1, bad, 2, &out), -EINVAL, "upper");
        CHECK_NOTHING_OUT(sock_addr_tipc(TIPC_ADDR_NAME, bad, 1, 1, 2, &out), -EINVAL, "type");
        CHECK_NOTHING_OUT(sock_addr_tipc(TIPC_ADDR_NAME, 1, bad, 1, 2, &out), -EINVAL, "instance");
        CHECK_NOTHING_OUT(sock_addr_tipc(TIPC_ADDR_NAME, 1, 1, bad, 2, &out), -EINVAL, "domain");
        CHECK_NOTHING_OUT(sock_addr_tipc(TIPC_ADDR_ID, bad, 1, 0, 2, &out), -EINVAL, "node");
        CHECK_NOTHING_OUT(sock_addr_tipc(TIPC_ADDR_ID, 1, bad, 0, 2, &out), -EINVAL, "ref");
        CHECK_NOTHING_OUT(sock_addr_tipc(TIPC_ADDR_ID, 1, 1, bad, 2, &out), -EINVAL, "v3");
        CHECK_NOTHING_OUT(sock_addr_tipc(TIPC_ADDR_NAME, 1, 1, 1, bad == -1 ? 4 : bad, &out), -EINVAL, "scope");
        CHECK_NOTHING_OUT(sock_addr_tipc(bad, 1, 1, 1, 2, &out), -EINVAL, "addr_type");
    }
    CHECK_NOTHING_OUT(sock_addr_tipc(0, 1, 1, 1, 2, &out), -EINVAL, "addr_type");
    CHECK_NOTHING_OUT(sock_addr_tipc(4, 1, 1, 1, 2, &out), -EINVAL, "addr_type");
    CHECK_NOTHING_OUT(sock_addr_tipc(TIPC_ADDR_NAMESEQ, 1, 2, 1, 2, &out), -EINVAL, "upper");
    CHECK_NOTHING_OUT(sock_addr_tipc(TIPC_ADDR_NAME, 1, 2, 1, 258, &out), -EINVAL, "scope");
    CHECK_ERR(sock_addr_tipc(TIPC_ADDR_ID, 1, 1, 0, 0, NULL), -EFAULT);
    CHECK_ERR(sock_addr_get_tipc(NULL, NULL, NULL, NULL, NULL, NULL), -EFAULT);
}

/* Four protocols, four lengths; the bytes of the controller address are in reverse order. */
static void test_bluetooth(void)
{
    struct sock_addr addr, out;
    const uint8_t backwards[6] = {0x13, 0x71, 0xda, 0x7d, 0x1a, 0};
    const char *at = "00:1A:7D:DA:71:13";
    struct sockaddr_l2 l2;
    memset(&l2, 0, sizeof l2);
    l2.l2_family = AF_BLUETOOTH;
    l2.l2_psm = htole16(0x1001);
    l2.l2_cid = htole16(0x40);
    l2.l2_bdaddr_type = 2;
    memcpy(l2.l2_bdaddr, backwards, 6);
    CHECK_OK(sock_addr_l2cap(at, 0x1001, 0x40, 2, &addr));
    CHECK_EQ(sizeof l2, 14);
    check_native(&addr, &l2, sizeof l2);
    CHECK_STR(text_of(&addr), "l2cap:00:1A:7D:DA:71:13:4097:64:2");
    char text[18];
    int64_t psm = -1, cid = -1, type = -1, channel = -1, dev = -1, bad;
    CHECK_EQ(sock_addr_get_l2cap(&addr, text, sizeof text, &psm, &cid, &type), 17);
    CHECK_STR(text, at);
    CHECK_EQ(psm, 0x1001);
    CHECK_EQ(cid, 0x40);
    CHECK_EQ(type, 2);

    struct sockaddr_rc rc;
    memset(&rc, 0, sizeof rc);
    rc.rc_family = AF_BLUETOOTH;
    rc.rc_channel = 30;
    memcpy(rc.rc_bdaddr, backwards, 6);
    CHECK_OK(sock_addr_rfcomm("0:1a:7d:da:71:13", 30, &addr));
    CHECK_EQ(sizeof rc, 10);
    check_native(&addr, &rc, sizeof rc);
    CHECK_STR(text_of(&addr), "rfcomm:00:1A:7D:DA:71:13:30");
    CHECK_EQ(sock_addr_get_rfcomm(&addr, text, sizeof text, &channel), 17);
    CHECK_STR(text, at);
    CHECK_EQ(channel, 30);

    struct sockaddr_hci hci = {AF_BLUETOOTH, 65535, 3};
    CHECK_OK(sock_addr_hci(65535, 3, &addr));
    CHECK_EQ(sizeof hci, 6);
    check_native(&addr, &hci, sizeof hci);
    CHECK_STR(text_of(&addr), "hci:65535:3");
    CHECK_OK(sock_addr_get_hci(&addr, &dev, &channel));
    CHECK_EQ(dev, 65535);
    CHECK_EQ(channel, 3);

    struct sockaddr_sco sco;
    sco.sco_family = AF_BLUETOOTH;
    memcpy(sco.sco_bdaddr, backwards, 6);
    CHECK_OK(sock_addr_sco(at, &addr));
    CHECK_EQ(sizeof sco, 8);
    check_native(&addr, &sco, sizeof sco);
    CHECK_STR(text_of(&addr), "sco:00:1A:7D:DA:71:13");
    CHECK_EQ(sock_addr_get_sco(&addr, text, sizeof text), 17);
    CHECK_STR(text, at);
    CHECK_EQ(sock_addr_get_sco(&addr, text, 6), 17);
    CHECK_STR(text, "00:1A");
    CHECK_EQ(sock_addr_get_sco(&addr, NULL, 0), 17);
    CHECK_ERR(sock_addr_get_sco(&addr, NULL, 1), -EFAULT);

    /* The form of another protocol has other fields. */
    CHECK_ERR(sock_addr_get_l2cap(&addr, NULL, 0, NULL, NULL, NULL), -EINVAL);
    CHECK_ERR(sock_addr_get_rfcomm(&addr, NULL, 0, NULL), -EINVAL);
    CHECK_ERR(sock_addr_get_hci(&addr, NULL, NULL), -EINVAL);
    CHECK_OK(sock_addr_hci(0, 0, &addr));
    CHECK_ERR(sock_addr_get_sco(&addr, NULL, 0), -EINVAL);

    FOR_EACH(bad, beyond16) {
        CHECK_NOTHING_OUT(sock_addr_l2cap(at, bad, 0, 0, &out), -EINVAL, "psm");
        CHECK_NOTHING_OUT(sock_addr_l2cap(at, 0, bad, 0, &out), -EINVAL, "cid");
        CHECK_NOTHING_OUT(sock_addr_hci(bad, 0, &out), -EINVAL, "dev");
        CHECK_NOTHING_OUT(sock_addr_hci(0, bad, &out), -EINVAL, "channel");
    }
    FOR_EACH(bad, beyond8) {
        CHECK_NOTHING_OUT(sock_addr_l2cap(at, 0, 0, bad, &out), -EINVAL, "bdaddr_type");
        CHECK_NOTHING_OUT(sock_addr_rfcomm(at, bad, &out), -EINVAL, "channel");
    }
    static const char *const no_bdaddr[] = {"", "00:1A:7D:DA:71", "00:1A:7D:DA:71:13:00", "00:1A:7D:DA:71:100",
                                            "00:1A:7D:DA:71:1g", "00-1A-7D-DA-71-13", "00:1A:7D:DA:71:13 "};
    for (size_t i = 0; i < COUNT_OF(no_bdaddr); i++) {
        CHECK_NOTHING_OUT(sock_addr_sco(no_bdaddr[i], &out), -EINVAL, "bdaddr");
        CHECK_NOTHING_OUT(sock_addr_rfcomm(no_bdaddr[i], 1, &out), -EINVAL, "bdaddr");
        CHECK_NOTHING_OUT(sock_addr_l2cap(no_bdaddr[i], 1, 0, 0, &out), -EINVAL, "bdaddr");
    }
    CHECK_NOTHING_OUT(sock_addr_sco(NULL, &out), -EFAULT, "bdaddr");
    CHECK_NOTHING_OUT(sock_addr_rfcomm(NULL, 1, &out), -EFAULT, "bdaddr");
    CHECK_NOTHING_OUT(sock_addr_l2cap(NULL, 1, 0, 0, &out), -EFAULT, "bdaddr");
    CHECK_ERR(sock_addr_sco(at, NULL), -EFAULT);
    CHECK_ERR(sock_addr_rfcomm(at, 1, NULL), -EFAULT);
    CHECK_ERR(sock_addr_l2cap(at, 1, 0, 0, NULL), -EFAULT);
    CHECK_ERR(sock_addr_hci(0, 0, NULL), -EFAULT);
    CHECK_ERR(sock_addr_get_hci(NULL, NULL, NULL), -EFAULT);
    CHECK_ERR(sock_addr_get_sco(NULL, NULL, 0), -EFAULT);
    CHECK_ERR(sock_addr_get_rfcomm(NULL, NULL, 0, NULL), -EFAULT);
    CHECK_ERR(sock_addr_get_l2cap(NULL, NULL, 0, NULL, NULL, NULL), -EFAULT);

    /* The two constants that are strings are such addresses. */
    const char *constants[] = {"BDADDR_ANY", "BDADDR_LOCAL"};
    for (size_t i = 0; i < COUNT_OF(constants); i++) {
        const char *value = sock_constant_text(constants[i]);
        CHECK(value != NULL);
        CHECK_OK(sock_addr_sco(value, &addr));
        CHECK_OK(sock_addr_get_sco(&addr, text, sizeof text));
        CHECK_EQ(strcasecmp(text, value), 0);
    }
}

static void test_qipcrtr(void)
{
    struct sock_addr addr, out;
    struct sockaddr_qrtr native;
    memset(&native, 0, sizeof native); /* its padding too */
    native.sq_family = FAMILY_QIPCRTR;
    native.sq_node = 1;
    native.sq_port = QRTR_PORT_CTRL;
    CHECK_OK(sock_addr_qipcrtr(1, QRTR_PORT_CTRL, &addr));
    check_native(&addr, &native, sizeof native);
    CHECK_STR(text_of(&addr), "qipcrtr:1:4294967294");
    int64_t node = -1, port = -1, bad;
    CHECK_OK(sock_addr_get_qipcrtr(&addr, &node, &port));
    CHECK_EQ(node, 1);
    CHECK_EQ(port, QRTR_PORT_CTRL);
    FOR_EACH(bad, beyond32) {
        CHECK_NOTHING_OUT(sock_addr_qipcrtr(bad, 1, &out), -EINVAL, "node");
        CHECK_NOTHING_OUT(sock_addr_qipcrtr(1, bad, &out), -EINVAL, "port");
    }
    CHECK_ERR(sock_addr_qipcrtr(1, 1, NULL), -EFAULT);
    CHECK_ERR(sock_addr_get_qipcrtr(NULL, NULL, NULL), -EFAULT);
    CHECK_OK(sock_addr_get_qipcrtr(&addr, NULL, NULL));
}

/* Every getter, called on addresses of all other families, on an empty and on an invalid address. */
static void test_getters_of_other_families(void)
{
    static const struct {
        const char *text;
        int getter;
    } addresses[] = {{"192.0.2.1:80", -1}, {"[::1]:80", -1},    {"unix:/run/x", -1},        {"unspec:", -1},
                     {"netlink:1", 0},     {"packet::3", 1},    {"can:", 2},                {"tipc:id:1:2", 3},
                     {"hci:0", 4},         {"alg:hash:x", 5},   {"vsock:1:2", 6},           {"qipcrtr:1:2", 7}};
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        struct sock_addr addr;
        CHECK_OK(sock_addr_parse(addresses[i].text, &addr));
        for (int turn = 0; turn < 2; turn++) {
            const int64_t results[] = {
                sock_addr_get_netlink(&addr, NULL, NULL),
                sock_addr_get_packet(&addr, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, NULL),
                sock_addr_get_can(&addr, NULL, 0, NULL),
                sock_addr_get_tipc(&addr, NULL, NULL, NULL, NULL, NULL),
                sock_addr_get_hci(&addr, NULL, NULL),
                sock_addr_get_alg(&addr, NULL, 0, NULL, 0, NULL, NULL),
                sock_addr_get_vsock(&addr, NULL, NULL, NULL),
                sock_addr_get_qipcrtr(&addr, NULL, NULL),
                sock_addr_get_isotp(&addr, NULL, 0, NULL, NULL, NULL),
                sock_addr_get_j1939(&addr, NULL, 0, NULL, NULL, NULL, NULL),
                sock_addr_get_l2cap(&addr, NULL, 0, NULL, NULL, NULL),
                sock_addr_get_rfcomm(&addr, NULL, 0, NULL),
                sock_addr_get_sco(&addr, NULL, 0),
            };
            int family = turn ? 0 : sock_addr_family(&addr);
            for (size_t g = 0; g < COUNT_OF(results); g++) {
                bool other_form = (family == AF_CAN && (g == 8 || g == 9)) || (family == AF_BLUETOOTH && g >= 10);
                if (turn || other_form)
                    CHECK_ERR(results[g], -EINVAL);
                else if (addresses[i].getter != (int)g)
                    CHECK_ERR(results[g], -EAFNOSUPPORT);
                else
                    CHECK_OK(results[g]);
            }
            addr.zero = 1; /* an invalid address */
        }
        CHECK_ERR(sock_addr_get_ip(&addr, NULL, 0, NULL, NULL, NULL), -EINVAL);
    }
    /* A native address that does not fit the fields of its family. */
    struct sock_addr cut;
    CHECK_OK(sock_addr_parse("vsock:1:2", &cut));
    CHECK_OK(sock_addr_from_native(cut.native, 10, &cut));
    CHECK_REFUSED(sock_addr_get_vsock(&cut, NULL, NULL, NULL), -EINVAL, "len");
}

/* AF_SYSTEM, AF_LINK, AF_HYPERV and AF_DIVERT: known by name; the error says where they exist. */
static void test_families_of_other_platforms(void)
{
    static const char *const texts[] = {"system:x", "link:en0", "divert:0.0.0.0:1", "hyperv:x"};
    static const char *const names[] = {"AF_SYSTEM", "AF_LINK", "AF_DIVERT", "AF_HYPERV"};
    static const char *const where[] = {"macOS", "macOS", "BSD", "Windows"};
    struct sock_addr out;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        int64_t value = -7;
        CHECK_NOTHING_OUT(sock_addr_parse(texts[i], &out), -ENOTSUP, "text");
        CHECK(strstr(why(), names[i]) != NULL && strstr(why(), where[i]) != NULL);
        CHECK_ERR(sock_constant_find(names[i], &value), -ENOTSUP);
        CHECK(strstr(why(), where[i]) != NULL);
        CHECK_EQ(value, -7);
    }
    CHECK_ERR(sock_socket(200, SOCK_STREAM, 0), -EAFNOSUPPORT); /* not a family of any kernel */
}

/* Flow label and scope are where the kernel reads them. */
static void test_flowinfo_and_scope(void)
{
    sock_t s = family_socket(AF_INET6, SOCK_DGRAM, 0, "AF_INET6");
    struct sock_addr addr, name;
    int64_t port = 0, flowinfo = -1, scope = -1;
    CHECK_OK(sock_addr_ip6("::1", 0, 0, 0, &addr));
    int code = sock_bind(s, &addr);
    if (code == -EADDRNOTAVAIL)
        SKIP("this machine has no address ::1");
    CHECK_OK(code);
    CHECK_OK(sock_getsockname(s, &name));
    CHECK_OK(sock_addr_get_ip(&name, NULL, 0, &port, NULL, NULL));
    CHECK_OK(sock_addr_ip6("::1", port, 0x12345, 0, &addr));
    CHECK_OK(sock_setsockopt_int(s, IPPROTO_IPV6, 33 /* IPV6_FLOWINFO_SEND */, 1));
    CHECK_OK(sock_connect(s, &addr));
    CHECK_OK(sock_getpeername(s, &name));
    CHECK_OK(sock_addr_get_ip(&name, NULL, 0, NULL, &flowinfo, &scope));
    CHECK_EQ(flowinfo, 0x12345);
    CHECK_EQ(scope, 0);
    /* A link-local address without a scope is unreachable; so is one with a scope that does not exist. */
    CHECK_OK(sock_addr_ip6("fe80::1", port, 0, 0, &addr));
    CHECK_ERR(sock_connect(s, &addr), -EINVAL);
    CHECK_OK(sock_addr_ip6("fe80::1", port, 0, 2147483647, &addr));
    CHECK_LT(sock_connect(s, &addr), 0);
    CHECK_OK(sock_close(s));
}

/* AF_INET, AF_INET6 and AF_UNIX sockets report an address of another family as well. */
static void test_foreign_addresses_of_ip_and_unix(void)
{
    const int families[] = {AF_INET, AF_INET6, AF_UNIX};
    for (size_t i = 0; i < COUNT_OF(families); i++) {
        sock_t s = sock_socket(families[i], SOCK_DGRAM, 0);
        if (s == -EAFNOSUPPORT)
            continue;
        CHECK_OK(s);
        check_foreign_addresses(s, true, true);
        CHECK_OK(sock_close(s));
    }
    /* The kernel decides what IPv6 sockets do with IPv4 addresses, but bind refuses them. */
    sock_t s = family_socket(AF_INET6, SOCK_STREAM, 0, "AF_INET6");
    struct sock_addr addr;
    CHECK_OK(sock_addr_ip("192.0.2.1", 80, &addr));
    CHECK_REFUSED(sock_bind(s, &addr), -EAFNOSUPPORT, "addr");
    CHECK_REFUSED(sock_connect(s, &addr), -EAFNOSUPPORT, "addr");
    /* The same family, refused for another reason, keeps its code. */
    CHECK_OK(sock_addr_ip6("2001:db8::1", 80, 0, 0, &addr));
    CHECK_ERR(sock_bind(s, &addr), -EADDRNOTAVAIL);
    /* In a message as well; a valid one is sent. */
    sock_t udp = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    struct sock_iovec piece = {"x", 1};
    struct sock_msg message = {.iov = &piece, .iov_count = 1, .addr = &addr};
    CHECK_REFUSED(sock_sendmsg(udp, &message, 0), -EAFNOSUPPORT, "addr");
    CHECK_STR(why(), "addr: of family AF_INET6, where the socket is of family AF_INET");
    CHECK_OK(sock_close(udp));
    CHECK_OK(sock_close(s));
}

TEST_MAIN(test_netlink, test_packet, test_can, test_alg, test_vsock, test_tipc, test_bluetooth, test_qipcrtr,
          test_getters_of_other_families, test_families_of_other_platforms, test_flowinfo_and_scope,
          test_foreign_addresses_of_ip_and_unix)
