/* The address families of Windows beyond the common: AF_BTH (RFCOMM) and AF_HYPERV. */
#include "../check.h"

#include <sys/socket.h>
#include <windows.h>
#include <ws2bth.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#ifndef AF_HYPERV
#define AF_HYPERV 34
#endif

#define LOOPBACK "e0e16197-dd56-4a10-9195-5ee7a155a838"
#define CHILDREN "90db8b89-0d35-4f79-8ce9-49ea0ac8b7cd"

static bool under_wine(void)
{
    return GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") != NULL;
}

static const char *text(const struct sock_addr *addr)
{
    static char buf[200];
    CHECK_OK(sock_addr_format(addr, buf, sizeof buf));
    return buf;
}

/* (bdaddr, channel), as Python has it. */
static void test_rfcomm_addresses(void)
{
    struct sock_addr at, back;
    char bdaddr[18];
    int64_t channel = -1;
    SOCKADDR_BTH native = {.addressFamily = AF_BTH, .btAddr = 0x001a7dda7113, .port = 7};
    CHECK_OK(sock_addr_rfcomm("0:1a:7D:DA:71:13", 7, &at));
    CHECK_EQ(at.len, sizeof native);
    CHECK_MEM(&at.native, &native, sizeof native);
    CHECK_EQ(sock_addr_family(&at), AF_BTH);
    CHECK_EQ(sock_addr_get_rfcomm(&at, bdaddr, sizeof bdaddr, &channel), 17);
    CHECK_STR(bdaddr, "00:1A:7D:DA:71:13");
    CHECK_EQ(channel, 7);
    CHECK_STR(text(&at), "rfcomm:00:1A:7D:DA:71:13:7");
    CHECK_OK(sock_addr_parse("rfcomm:00:1A:7D:DA:71:13:0x7", &back));
    CHECK(sock_addr_equal(&at, &back));
    CHECK_OK(sock_addr_rfcomm("00:00:00:00:00:00", UINT32_MAX, &at));
    CHECK_OK(sock_addr_get_rfcomm(&at, NULL, 0, &channel));
    CHECK_EQ(channel, UINT32_MAX);
    CHECK_ERR(sock_addr_rfcomm("00:00:00:00:00:00", INT64_C(1) << 32, &at), -EINVAL);
    CHECK_ERR(sock_addr_rfcomm("00:00:00:00:00", 1, &at), -EINVAL);
    CHECK_ERR(sock_addr_rfcomm(NULL, 1, &at), -EFAULT);
    /* The GUID of a service is kept, and shown as bytes. */
    native.serviceClassId.Data1 = 0x1101;
    CHECK_OK(sock_addr_from_native(&native, sizeof native, &at));
    CHECK_OK(sock_addr_get_rfcomm(&at, NULL, 0, &channel));
    CHECK_EQ(channel, 7);
    CHECK(strncmp(text(&at), "af32:", 5) == 0);
    CHECK_ERR(sock_addr_l2cap("00:00:00:00:00:00", 1, 0, 0, &at), -ENOTSUP);
    CHECK_ERR(sock_addr_parse("hci:0", &at), -ENOTSUP);
    CHECK_OK(sock_addr_ip("127.0.0.1", 1, &at));
    CHECK_ERR(sock_addr_get_rfcomm(&at, NULL, 0, &channel), -EAFNOSUPPORT);
    CHECK_ERR(sock_addr_get_sco(&at, NULL, 0), -EAFNOSUPPORT);
}

/* (vm_id, service_id), as Python has it. */
static void test_hyperv_addresses(void)
{
    struct sock_addr at, back;
    struct {
        ADDRESS_FAMILY family;
        USHORT reserved;
        GUID vm, service;
    } native = {AF_HYPERV, 0, {0xe0e16197, 0xdd56, 0x4a10, {0x91, 0x95, 0x5e, 0xe7, 0xa1, 0x55, 0xa8, 0x38}},
                {0x90db8b89, 0x0d35, 0x4f79, {0x8c, 0xe9, 0x49, 0xea, 0x0a, 0xc8, 0xb7, 0xcd}}};
    CHECK_OK(sock_addr_parse("hyperv:E0E16197-DD56-4A10-9195-5EE7A155A838:" CHILDREN, &at));
    CHECK_EQ(at.len, sizeof native);
    CHECK_MEM(&at.native, &native, sizeof native);
    CHECK_STR(text(&at), "hyperv:" LOOPBACK ":" CHILDREN);
    CHECK_OK(sock_addr_from_native(&native, sizeof native, &back));
    CHECK(sock_addr_equal(&at, &back));
    CHECK_ERR(sock_addr_parse("hyperv:" LOOPBACK, &at), -EINVAL);
    CHECK_ERR(sock_addr_parse("hyperv:" LOOPBACK ":x", &at), -EINVAL);
}

static int64_t number(const char *name)
{
    int64_t value = -1;
    CHECK_OK(sock_constant_find(name, &value));
    return value;
}

static void test_constants_by_name(void)
{
    int64_t value;
    CHECK_EQ(number("AF_BTH"), AF_BTH);
    CHECK_EQ(number("AF_BLUETOOTH"), AF_BTH);
    CHECK_EQ(number("BTPROTO_RFCOMM"), BTHPROTO_RFCOMM);
    CHECK_EQ(number("SOL_RFCOMM"), SOL_RFCOMM);
    CHECK_EQ(number("SO_BTH_ENCRYPT"), (int64_t)SO_BTH_ENCRYPT);
    CHECK_EQ(number("SO_BTH_MTU"), (int64_t)SO_BTH_MTU);
    CHECK_EQ(number("SO_BTH_MTU_MAX"), (int64_t)SO_BTH_MTU_MAX);
    CHECK_EQ(number("SO_BTH_MTU_MIN"), (int64_t)SO_BTH_MTU_MIN);
    CHECK_EQ(number("AF_HYPERV"), AF_HYPERV);
    CHECK_EQ(number("HV_PROTOCOL_RAW"), 1);
    CHECK_ERR(sock_constant_find("BTPROTO_L2CAP", &value), -ENOTSUP);
}

/* An address of one family is refused by sockets of another, before the system sees it. */
static void test_addresses_of_another_family(void)
{
    struct sock_addr at;
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_addr_rfcomm("00:00:00:00:00:00", 1, &at));
    CHECK_ERR(sock_bind(s, &at), -EAFNOSUPPORT);
    CHECK_ERR(sock_connect(s, &at), -EAFNOSUPPORT);
    CHECK_OK(sock_close(s));
}

static void test_rfcomm_sockets(void)
{
    struct sock_addr at;
    sock_t s = sock_socket(AF_BTH, SOCK_STREAM, BTHPROTO_RFCOMM);
    if (s == -EAFNOSUPPORT || (s == -EPROTONOSUPPORT && under_wine()))
        SKIP(under_wine() ? "wine 8.0 has no RFCOMM" : "the system has no Bluetooth");
    CHECK_OK(s);
    CHECK_OK(sock_addr_rfcomm("00:00:00:00:00:00", UINT32_MAX, &at));
    CHECK_OK(sock_bind(s, &at));
    CHECK_OK(sock_listen(s, 1));
    CHECK_OK(sock_getsockname(s, &at));
    CHECK(strncmp(text(&at), "rfcomm:", 7) == 0);
    CHECK_OK(sock_close(s));
}

static void test_hyperv_sockets(void)
{
    struct sock_addr at;
    sock_t s = sock_socket(AF_HYPERV, SOCK_STREAM, 1);
    if (s == -EAFNOSUPPORT)
        SKIP(under_wine() ? "wine 8.0 has no AF_HYPERV" : "the system has no Hyper-V");
    CHECK_OK(s);
    CHECK_OK(sock_addr_parse("hyperv:" CHILDREN ":" CHILDREN, &at));
    CHECK_OK(sock_bind(s, &at));
    CHECK_OK(sock_close(s));
}

TEST_MAIN(test_rfcomm_addresses, test_hyperv_addresses, test_constants_by_name, test_addresses_of_another_family,
          test_rfcomm_sockets, test_hyperv_sockets)
