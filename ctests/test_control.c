/* Control messages: layout, writing, iterating, the typed forms, and misuse. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* linux/errqueue.h and linux/net_tstamp.h */
struct extended_err {
    uint32_t ee_errno;
    uint8_t ee_origin, ee_type, ee_code, ee_pad;
    uint32_t ee_info, ee_data;
};
enum { TX_SOFTWARE = 2, ORIGIN_TIMESTAMPING = 4 };

/* A buffer suitable for CMSG_FIRSTHDR, with the used length that the put functions update. */
struct room {
    _Alignas(size_t) unsigned char bytes[2048];
    size_t len;
};

/* A complete message in its own buffer. */
static struct room one(int level, int type, const void *data, size_t len)
{
    struct room room = {.len = 0};
    CHECK_OK(sock_control_put(room.bytes, sizeof room.bytes, &room.len, level, type, data, len));
    return room;
}

static void layouts_are_fixed(void)
{
    CHECK_EQ(sizeof(struct sock_iovec), sizeof(struct iovec));
    CHECK_EQ(offsetof(struct sock_iovec, base), offsetof(struct iovec, iov_base));
    CHECK_EQ(offsetof(struct sock_iovec, len), offsetof(struct iovec, iov_len));
    bool wide = sizeof(void *) == 8;
    CHECK_EQ(sizeof(struct sock_msg), wide ? 72 : 40);
    CHECK_EQ(offsetof(struct sock_msg, control), wide ? 24 : 12);
    CHECK_EQ(offsetof(struct sock_msg, flags), wide ? 64 : 32);
    CHECK_EQ(sizeof(struct sock_control_item), wide ? 32 : 24);
    CHECK_EQ(sizeof(struct sock_control_error), 168);
    CHECK_EQ(offsetof(struct sock_control_error, info), 16);
    CHECK_EQ(offsetof(struct sock_control_error, offender), 32);
}

/* R100: the ranges of CMSG_LEN and CMSG_SPACE, and the system's own values within them. */
static void r100_cmsg_len_and_space(void)
{
    for (size_t n = 0; n < 3000; n++) {
        CHECK_EQ(sock_cmsg_len((int64_t)n), CMSG_LEN(n));
        CHECK_EQ(sock_cmsg_space((int64_t)n), CMSG_SPACE(n));
    }
    int64_t last_len = INT_MAX - (int64_t)CMSG_LEN(0), last_space = INT_MAX - (int64_t)CMSG_SPACE(1);
    CHECK_EQ(sock_cmsg_len(last_len), INT_MAX);
    CHECK_EQ(sock_cmsg_space(last_space), CMSG_SPACE((size_t)last_space));
    static const int64_t outside[] = {-1, INT64_MIN, INT64_MAX, INT64_C(1) << 32};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        CHECK_REFUSED(sock_cmsg_len(outside[i]), -EINVAL, "len");
        CHECK_REFUSED(sock_cmsg_space(outside[i]), -EINVAL, "len");
    }
    CHECK_REFUSED(sock_cmsg_len(last_len + 1), -EINVAL, "len");
    CHECK_REFUSED(sock_cmsg_space(last_space + 1), -EINVAL, "len");
}

/* R98, R99: the C library's macros read what libsock writes, and libsock reads what they write. */
static void r99_the_macros_agree(void)
{
    struct room room;
    memset(&room, 0xee, sizeof room);
    room.len = 0;
    for (size_t n = 0; n < 20; n++) {
        unsigned char data[20];
        memset(data, (int)n, sizeof data);
        CHECK_OK(sock_control_put(room.bytes, sizeof room.bytes, &room.len, 100 + (int)n, 200, data, n));
    }
    struct msghdr header = {.msg_control = room.bytes, .msg_controllen = room.len};
    size_t seen = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c), seen++) {
        CHECK_EQ(c->cmsg_level, 100 + (int)seen);
        CHECK_EQ(c->cmsg_type, 200);
        CHECK_EQ(c->cmsg_len, CMSG_LEN(seen));
        for (size_t i = 0; i < seen; i++)
            CHECK_EQ(CMSG_DATA(c)[i], seen);
        for (size_t i = CMSG_LEN(seen); i < CMSG_SPACE(seen); i++)
            CHECK_EQ(((unsigned char *)c)[i], 0);
    }
    CHECK_EQ(seen, 20);

    size_t pos = 0;
    struct sock_control_item item;
    for (size_t n = 0; n < 20; n++) {
        CHECK_EQ(sock_control_next(room.bytes, room.len, &pos, &item), 1);
        CHECK_EQ(item.level, 100 + (int)n);
        CHECK_EQ(item.type, 200);
        CHECK_EQ(item.len, n);
        CHECK_EQ(item.truncated, 0);
        CHECK_EQ(item.zero, 0);
    }
    CHECK_EQ(sock_control_next(room.bytes, room.len, &pos, &item), 0);
    CHECK_EQ(pos, room.len);
}

/* R105: iteration ends at a header that does not fit; data past the end of the buffer is returned as far as
 * it exists. */
static void r105_truncated_and_malformed_items(void)
{
    struct room room = one(1, 2, "12345678", 8);
    struct sock_control_item item;
    for (size_t cap = 0; cap < CMSG_LEN(8); cap++) {
        size_t pos = 0;
        memset(&item, 0x5a, sizeof item);
        if (cap < CMSG_LEN(0)) {
            CHECK_EQ(sock_control_next(room.bytes, cap, &pos, &item), 0);
            CHECK_EQ(item.level, 0x5a5a5a5a);
        } else {
            CHECK_EQ(sock_control_next(room.bytes, cap, &pos, &item), 1);
            CHECK_EQ(item.truncated, 1);
            CHECK_EQ(item.len, cap - CMSG_LEN(0));
            CHECK_MEM(item.data, "12345678", item.len);
        }
        CHECK_EQ(pos, cap);
        CHECK_EQ(sock_control_next(room.bytes, cap, &pos, &item), 0);
    }
    for (size_t len = 0; len < CMSG_LEN(0); len++) {
        size_t pos = 0;
        ((struct cmsghdr *)(void *)room.bytes)->cmsg_len = len;
        CHECK_REFUSED(sock_control_next(room.bytes, room.len, &pos, &item), -EBADMSG, "control");
        CHECK_EQ(sock_control_next(room.bytes, room.len, &pos, &item), 0);
        int64_t ttl;
        CHECK_ERR(sock_control_get_ttl(room.bytes, room.len, &ttl), -EBADMSG);
    }
    memset(room.bytes, 255, sizeof((struct cmsghdr *)NULL)->cmsg_len); /* the most that it holds */
    size_t pos = 0;
    CHECK_EQ(sock_control_next(room.bytes, room.len, &pos, &item), 1);
    CHECK_EQ(item.truncated, 1);
    CHECK_EQ(item.len, 8);
    pos = SIZE_MAX;
    CHECK_EQ(sock_control_next(room.bytes, room.len, &pos, &item), 0);
}

/* R98: a message that does not fit, or exceeds a limit, changes nothing. */
static void r98_refusals_change_nothing(void)
{
    unsigned char room[64];
    memset(room, 0xee, sizeof room);
    size_t len = 0;
    CHECK_REFUSED(sock_control_put(room, CMSG_SPACE(4) - 1, &len, 1, 1, "1234", 4), -ENOBUFS, "cap");
    CHECK_REFUSED(sock_control_put(NULL, 0, &len, 1, 1, NULL, 0), -ENOBUFS, "cap");
    CHECK_REFUSED(sock_control_put(NULL, 64, &len, 1, 1, NULL, 0), -EFAULT, "control");
    CHECK_REFUSED(sock_control_put(room, sizeof room, NULL, 1, 1, NULL, 0), -EFAULT, "len");
    CHECK_REFUSED(sock_control_put(room, sizeof room, &len, 1, 1, NULL, 1), -EFAULT, "data");
    CHECK_REFUSED(sock_control_put(room, sizeof room, &len, 1, 1, room, SIZE_MAX), -EINVAL, "data");
    CHECK_REFUSED(sock_control_put(room, sizeof room, &len, 1, 1, room, (size_t)INT_MAX), -EINVAL, "data_len");
    CHECK_REFUSED(sock_control_put_fds(room, sizeof room, &len, NULL, 1), -EFAULT, "fds");
    CHECK_EQ(len, 0);
    for (size_t i = 0; i < sizeof room; i++)
        CHECK_EQ(room[i], 0xee);
    len = 65;
    CHECK_REFUSED(sock_control_put(room, sizeof room, &len, 1, 1, NULL, 0), -EINVAL, "len");
    CHECK_EQ(len, 65);
    /* After a length that is not a multiple of the alignment, as a receive may leave it. */
    len = 3;
    CHECK_OK(sock_control_put(room, sizeof room, &len, 7, 8, "x", 1));
    CHECK_EQ(len, sizeof(size_t) + CMSG_SPACE(1));
    for (size_t i = 3; i < sizeof(size_t); i++)
        CHECK_EQ(room[i], 0);
}

static void typed_fields_are_checked_by_name(void)
{
    struct room r = {.len = 0};
    size_t cap = sizeof r.bytes;
    struct sock_addr v4, none = {0}, local;
    CHECK_OK(sock_addr_ip("192.0.2.1", 9, &v4));
    CHECK_OK(sock_addr_unix("/x", 2, &local));
    CHECK_REFUSED(sock_control_put_credentials(r.bytes, cap, &r.len, -1, 0, 0), -EINVAL, "pid");
    CHECK_REFUSED(sock_control_put_credentials(r.bytes, cap, &r.len, 1, -1, 0), -EINVAL, "uid");
    CHECK_REFUSED(sock_control_put_credentials(r.bytes, cap, &r.len, 1, 0, INT64_C(1) << 32), -EINVAL, "gid");
    CHECK_REFUSED(sock_control_put_pktinfo(r.bytes, cap, &r.len, &v4, -1), -EINVAL, "ifindex");
    CHECK_REFUSED(sock_control_put_pktinfo(r.bytes, cap, &r.len, &v4, INT64_MAX), -EINVAL, "ifindex");
    CHECK_REFUSED(sock_control_put_pktinfo(r.bytes, cap, &r.len, NULL, 0), -EFAULT, "from");
    CHECK_ERR(sock_control_put_pktinfo(r.bytes, cap, &r.len, &none, 0), -EAFNOSUPPORT);
    CHECK_ERR(sock_control_put_pktinfo(r.bytes, cap, &r.len, &local, 0), -EAFNOSUPPORT);
    CHECK_REFUSED(sock_control_put_ttl(r.bytes, cap, &r.len, AF_INET, 0), -EINVAL, "ttl");
    CHECK_REFUSED(sock_control_put_ttl(r.bytes, cap, &r.len, AF_INET6, 256), -EINVAL, "ttl");
    CHECK_REFUSED(sock_control_put_ttl(r.bytes, cap, &r.len, AF_UNIX, 1), -EAFNOSUPPORT, "family");
    CHECK_REFUSED(sock_control_put_tos(r.bytes, cap, &r.len, AF_INET, -1), -EINVAL, "tos");
    CHECK_REFUSED(sock_control_put_tos(r.bytes, cap, &r.len, 0, 1), -EAFNOSUPPORT, "family");
    CHECK_REFUSED(sock_control_put_gso_size(r.bytes, cap, &r.len, 0), -EINVAL, "size");
    CHECK_REFUSED(sock_control_put_gso_size(r.bytes, cap, &r.len, 65536), -EINVAL, "size");
    CHECK_REFUSED(sock_control_put_timestamping(r.bytes, cap, &r.len, 1 << 4), -EINVAL, "flags");
    CHECK_REFUSED(sock_control_put_timestamping(r.bytes, cap, &r.len, -1), -EINVAL, "flags");
    CHECK_EQ(r.len, 0);
}

/* The same bytes as in a program that fills them in by hand. */
static void typed_forms_match_the_system(void)
{
    struct room r = {.len = 0};
    size_t cap = sizeof r.bytes;
    struct sock_addr v4, v6;
    CHECK_OK(sock_addr_ip("192.0.2.1", 9, &v4));
    CHECK_OK(sock_addr_ip("2001:db8::1", 9, &v6));
    CHECK_OK(sock_control_put_fds(r.bytes, cap, &r.len, (int[]){3, 4}, 2));
    CHECK_OK(sock_control_put_credentials(r.bytes, cap, &r.len, 1, 2, 3));
    CHECK_OK(sock_control_put_pktinfo(r.bytes, cap, &r.len, &v4, 5));
    CHECK_OK(sock_control_put_pktinfo(r.bytes, cap, &r.len, &v6, 6));
    CHECK_OK(sock_control_put_ttl(r.bytes, cap, &r.len, AF_INET, 7));
    CHECK_OK(sock_control_put_ttl(r.bytes, cap, &r.len, AF_INET6, 0));
    CHECK_OK(sock_control_put_tos(r.bytes, cap, &r.len, AF_INET, 8));
    CHECK_OK(sock_control_put_tos(r.bytes, cap, &r.len, AF_INET6, 255));
    CHECK_OK(sock_control_put_gso_size(r.bytes, cap, &r.len, 1200));
    CHECK_OK(sock_control_put_timestamping(r.bytes, cap, &r.len, TX_SOFTWARE));

    struct in_pktinfo p4 = {.ipi_ifindex = 5, .ipi_spec_dst.s_addr = htonl(0xc0000201)};
    struct in6_pktinfo p6 = {.ipi6_ifindex = 6};
    p6.ipi6_addr.s6_addr[0] = 0x20, p6.ipi6_addr.s6_addr[1] = 1, p6.ipi6_addr.s6_addr[2] = 0x0d;
    p6.ipi6_addr.s6_addr[3] = 0xb8, p6.ipi6_addr.s6_addr[15] = 1;
    int fds[] = {3, 4}, credentials[] = {1, 2, 3}, seven = 7, zero = 0, eight = 8, most = 255;
    uint16_t size = 1200;
    uint32_t software = TX_SOFTWARE;
    const struct {
        int level, type;
        const void *data;
        size_t len;
    } wanted[] = {
        {SOL_SOCKET, SCM_RIGHTS, fds, sizeof fds},
        {SOL_SOCKET, SCM_CREDENTIALS, credentials, sizeof credentials},
        {IPPROTO_IP, IP_PKTINFO, &p4, sizeof p4},
        {IPPROTO_IPV6, IPV6_PKTINFO, &p6, sizeof p6},
        {IPPROTO_IP, IP_TTL, &seven, sizeof(int)},
        {IPPROTO_IPV6, IPV6_HOPLIMIT, &zero, sizeof(int)},
        {IPPROTO_IP, IP_TOS, &eight, sizeof(int)},
        {IPPROTO_IPV6, IPV6_TCLASS, &most, sizeof(int)},
        {SOL_UDP, 103 /* UDP_SEGMENT */, &size, sizeof size},
        {SOL_SOCKET, SO_TIMESTAMPING, &software, sizeof software},
    };
    size_t pos = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct sock_control_item item;
        CHECK_EQ(sock_control_next(r.bytes, r.len, &pos, &item), 1);
        CHECK_EQ(item.level, wanted[i].level);
        CHECK_EQ(item.type, wanted[i].type);
        CHECK_EQ(item.len, wanted[i].len);
        CHECK_MEM(item.data, wanted[i].data, item.len);
    }
    CHECK_EQ(pos, r.len);
}

static void getters_find_their_messages(void)
{
    struct room r = {.len = 0};
    int64_t a = -7, b = -7, c = -7;
    CHECK_EQ(sock_control_get_credentials(r.bytes, 0, &a, &b, &c), 0);
    CHECK_EQ(sock_control_get_credentials(NULL, 0, &a, &b, &c), 0);
    CHECK_EQ(sock_control_get_timestamp(NULL, 0, &a, &b), 0);
    CHECK_EQ(a, -7);
    CHECK_OK(sock_control_put(r.bytes, sizeof r.bytes, &r.len, 9, 9, "behind others", 13));
    CHECK_OK(sock_control_put_credentials(r.bytes, sizeof r.bytes, &r.len, 1, 4294967295, 3));
    CHECK_EQ(sock_control_get_credentials(r.bytes, r.len, &a, &b, &c), 1);
    CHECK_EQ(a, 1);
    CHECK_EQ(b, 4294967295);
    CHECK_EQ(c, 3);
    CHECK_EQ(sock_control_get_credentials(r.bytes, r.len, NULL, NULL, NULL), 1);

    struct timeval micro = {3, 5};
    struct room stamp = one(SOL_SOCKET, SO_TIMESTAMP, &micro, sizeof micro);
    CHECK_EQ(sock_control_get_timestamp(stamp.bytes, stamp.len, &a, &b), 1);
    CHECK_EQ(a, 3000005000);
    CHECK_EQ(b, 0);
    struct timespec three[3] = {{3, 5}, {0, 0}, {9, 7}};
    stamp = one(SOL_SOCKET, SO_TIMESTAMPNS, three, sizeof *three);
    CHECK_EQ(sock_control_get_timestamp(stamp.bytes, stamp.len, &a, NULL), 1);
    CHECK_EQ(a, 3000000005);
    stamp = one(SOL_SOCKET, SO_TIMESTAMPING, three, sizeof three);
    CHECK_EQ(sock_control_get_timestamp(stamp.bytes, stamp.len, &a, &b), 1);
    CHECK_EQ(a, 3000000005);
    CHECK_EQ(b, 9000000007);
    stamp = one(SOL_SOCKET, SO_TIMESTAMPING, three, sizeof three - 1);
    a = -7;
    CHECK_REFUSED(sock_control_get_timestamp(stamp.bytes, stamp.len, &a, &b), -EBADMSG, "control");
    CHECK_EQ(a, -7);

    /* A multicast group has no local address to answer from; a link-local address has its link as scope. */
    struct in6_pktinfo group = {.ipi6_ifindex = 4};
    group.ipi6_addr.s6_addr[0] = 0xff, group.ipi6_addr.s6_addr[1] = 2, group.ipi6_addr.s6_addr[15] = 1;
    struct room info = one(IPPROTO_IPV6, IPV6_PKTINFO, &group, sizeof group);
    struct sock_addr to, local;
    memset(&local, 0x5a, sizeof local);
    CHECK_EQ(sock_control_get_pktinfo(info.bytes, info.len, &to, &local, &a), 1);
    CHECK_EQ(a, 4);
    CHECK_EQ(sock_addr_get_ip(&to, NULL, 0, NULL, NULL, &b), 7);
    CHECK_EQ(b, 4);
    CHECK_EQ(local.len, 0);
    CHECK_EQ(sock_addr_family(&local), AF_UNSPEC);

    uint32_t lost = 4294967295u;
    struct room drops = one(SOL_SOCKET, SO_RXQ_OVFL, &lost, sizeof lost);
    CHECK_EQ(sock_control_get_drops(drops.bytes, drops.len, &a), 1);
    CHECK_EQ(a, 4294967295);
}

static void errors_with_their_source(void)
{
    struct {
        struct extended_err error;
        struct sockaddr_in offender;
    } data = {{.ee_errno = EMSGSIZE, .ee_origin = 2, .ee_type = 3, .ee_code = 4, .ee_info = 1500, .ee_data = 6},
              {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
    struct room r = one(IPPROTO_IP, IP_RECVERR, &data, sizeof data);
    struct sock_control_error error;
    CHECK_EQ(sock_control_get_error(r.bytes, r.len, &error), 1);
    CHECK_ERR(error.error, -EMSGSIZE);
    CHECK_EQ(error.origin, 2);
    CHECK_EQ(error.type, 3);
    CHECK_EQ(error.code, 4);
    CHECK_EQ(error.info, 1500);
    CHECK_EQ(error.data, 6);
    char text[64];
    CHECK_OK(sock_addr_format(&error.offender, text, sizeof text));
    CHECK_STR(text, "127.0.0.1:0");
    int64_t stage = -7, id = -7;
    CHECK_EQ(sock_control_get_transmit(r.bytes, r.len, &stage, &id), 0);
    CHECK_EQ(stage, -7);

    data.error = (struct extended_err){.ee_errno = ENOMSG, .ee_origin = ORIGIN_TIMESTAMPING, .ee_info = 1, .ee_data = 8};
    memset(&data.offender, 0, sizeof data.offender);
    r = one(IPPROTO_IPV6, IPV6_RECVERR, &data, sizeof data);
    CHECK_EQ(sock_control_get_error(r.bytes, r.len, &error), 1);
    CHECK_ERR(error.error, -ENOMSG);
    CHECK_EQ(error.offender.len, 0);
    CHECK_EQ(sock_control_get_transmit(r.bytes, r.len, &stage, &id), 1);
    CHECK_EQ(stage, 1);
    CHECK_EQ(id, 8);
    r = one(IPPROTO_IP, IP_RECVERR, &data, 15);
    CHECK_REFUSED(sock_control_get_error(r.bytes, r.len, &error), -EBADMSG, "control");
}

/* R108, R110: takes the descriptors of several messages in order, only whole ones, and each once. */
static void r108_descriptors_are_taken_once(void)
{
    int before = open_fds(), fds[5], got[8];
    struct room r = {.len = 0};
    for (int i = 0; i < 5; i++)
        fds[i] = (int)CHECK_SYS(open("/dev/null", O_RDONLY | O_CLOEXEC));
    unsigned char odd[11];
    memcpy(odd, fds, 8);
    memcpy(odd + 8, "\1\1\1", 3);
    CHECK_OK(sock_control_put(r.bytes, sizeof r.bytes, &r.len, SOL_SOCKET, SCM_RIGHTS, odd, sizeof odd));
    CHECK_OK(sock_control_put(r.bytes, sizeof r.bytes, &r.len, SOL_SOCKET, SCM_CREDENTIALS, "123456789012", 12));
    CHECK_OK(sock_control_put_fds(r.bytes, sizeof r.bytes, &r.len, fds + 2, 2));
    CHECK_OK(sock_control_put(r.bytes, sizeof r.bytes, &r.len, SOL_SOCKET, 4 /* SCM_PIDFD */, &fds[4], 4));
    CHECK_EQ(sock_control_take_fds(r.bytes, r.len, got, 0), 0);
    CHECK_EQ(sock_control_take_fds(r.bytes, r.len, NULL, 0), 0);
    CHECK_EQ(sock_control_take_fds(r.bytes, r.len, got, 3), 3);
    CHECK_MEM(got, fds, 3 * sizeof(int));
    CHECK_EQ(open_fds(), before + 5);
    CHECK_EQ(sock_control_close_fds(r.bytes, r.len), 2);
    CHECK_EQ(open_fds(), before + 3);
    CHECK(!fd_is_open(fds[3]));
    CHECK(!fd_is_open(fds[4]));
    CHECK_EQ(sock_control_close_fds(r.bytes, r.len), 0);
    CHECK_EQ(sock_control_take_fds(r.bytes, r.len, got, 8), 0);
    int pidfd = -7;
    CHECK_EQ(sock_control_take_pidfd(r.bytes, r.len, &pidfd), 0);
    CHECK_EQ(pidfd, -7);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    /* Instead of a descriptor the kernel reports why there is none. */
    r = one(SOL_SOCKET, 4, &(int){-ESRCH}, 4);
    CHECK_ERR(sock_control_take_pidfd(r.bytes, r.len, &pidfd), -ESRCH);
    CHECK_EQ(sock_control_close_fds(r.bytes, r.len), 0);
    CHECK_EQ(open_fds(), before);
}

static void space_for_wanted_messages(void)
{
    CHECK_EQ(sock_control_space(0, 0), 0);
    CHECK_EQ(sock_control_space(SOCK_CONTROL_CREDENTIALS, 0), CMSG_SPACE(3 * sizeof(int)));
    CHECK_EQ(sock_control_space(0, 253), CMSG_SPACE(253 * sizeof(int)));
    CHECK_EQ(sock_control_space(SOCK_CONTROL_PIDFD, 1), 2 * CMSG_SPACE(sizeof(int)));
    CHECK_GE(sock_control_space(SOCK_CONTROL_TIMESTAMP, 0), CMSG_SPACE(3 * sizeof(struct timespec)));
    CHECK_GE(sock_control_space(SOCK_CONTROL_PKTINFO, 0), CMSG_SPACE(sizeof(struct in6_pktinfo)));
    CHECK_GE(sock_control_space(SOCK_CONTROL_ERROR, 0),
             CMSG_SPACE(sizeof(struct extended_err) + sizeof(struct sockaddr_in6)));
    CHECK_LT(sock_control_space(1023, 253), 6000);
    CHECK_REFUSED(sock_control_space(1024, 0), -EINVAL, "kinds");
    CHECK_REFUSED(sock_control_space(-1, 0), -EINVAL, "kinds");
    CHECK_REFUSED(sock_control_space(0, 254), -EINVAL, "fds");
    CHECK_REFUSED(sock_control_space(0, -1), -EINVAL, "fds");
}

static void null_and_length_0(void)
{
    struct room r = one(1, 1, "x", 1);
    struct sock_control_item item;
    struct sock_control_error error;
    int64_t n;
    int fd;
    size_t pos = 0;
    CHECK_REFUSED(sock_control_next(NULL, 1, &pos, &item), -EFAULT, "control");
    CHECK_REFUSED(sock_control_next(r.bytes, r.len, NULL, &item), -EFAULT, "pos");
    CHECK_REFUSED(sock_control_next(r.bytes, r.len, &pos, NULL), -EFAULT, "out");
    CHECK_EQ(pos, 0);
    CHECK_EQ(sock_control_next(NULL, 0, &pos, &item), 0);
    CHECK_REFUSED(sock_control_take_fds(NULL, 1, &fd, 1), -EFAULT, "control");
    CHECK_REFUSED(sock_control_take_fds(r.bytes, r.len, NULL, 1), -EFAULT, "fds");
    CHECK_REFUSED(sock_control_take_pidfd(NULL, 1, &fd), -EFAULT, "control");
    CHECK_REFUSED(sock_control_take_pidfd(r.bytes, r.len, NULL), -EFAULT, "fd");
    CHECK_REFUSED(sock_control_close_fds(NULL, 1), -EFAULT, "control");
    CHECK_EQ(sock_control_close_fds(NULL, 0), 0);
    CHECK_REFUSED(sock_control_get_credentials(NULL, 1, &n, &n, &n), -EFAULT, "control");
    CHECK_REFUSED(sock_control_get_timestamp(NULL, 1, &n, &n), -EFAULT, "control");
    CHECK_REFUSED(sock_control_get_transmit(NULL, 1, &n, &n), -EFAULT, "control");
    CHECK_REFUSED(sock_control_get_pktinfo(NULL, 1, NULL, NULL, &n), -EFAULT, "control");
    CHECK_REFUSED(sock_control_get_ttl(NULL, 1, &n), -EFAULT, "control");
    CHECK_REFUSED(sock_control_get_ttl(r.bytes, r.len, NULL), -EFAULT, "out");
    CHECK_REFUSED(sock_control_get_tos(r.bytes, r.len, NULL), -EFAULT, "out");
    CHECK_REFUSED(sock_control_get_drops(r.bytes, r.len, NULL), -EFAULT, "out");
    CHECK_REFUSED(sock_control_get_gro_size(r.bytes, r.len, NULL), -EFAULT, "out");
    CHECK_REFUSED(sock_control_get_error(r.bytes, r.len, NULL), -EFAULT, "out");
    CHECK_REFUSED(sock_control_get_error(NULL, 1, &error), -EFAULT, "control");
    CHECK_REFUSED(sock_control_get_ttl(r.bytes, SIZE_MAX, &n), -EINVAL, "control");
}

/* Arbitrary bytes at any alignment are read to the end; ASan and valgrind watch the edges. */
static void garbage_is_read_to_the_end(void)
{
    unsigned seed = 12345;
    for (int round = 0; round < 2000; round++) {
        size_t len = (size_t)(seed = seed * 1103515245 + 12345) / 65536 % 200, at = seed % 8;
        unsigned char *memory = malloc(at + len), *bytes = memory + at;
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1103515245 + 12345;
            /* Prefer small numbers, so that lengths and types are sometimes valid. */
            bytes[i] = (unsigned char)(seed / 65536 % 3 ? 0 : seed / 131072 % 70);
        }
        size_t pos = 0, steps = 0;
        struct sock_control_item item;
        while (sock_control_next(bytes, len, &pos, &item) == 1) {
            CHECK_LE((const unsigned char *)item.data + item.len - bytes, (ptrdiff_t)len);
            CHECK_LE(++steps, len);
        }
        int64_t n;
        struct sock_addr addr;
        struct sock_control_error error;
        CHECK_LE(sock_control_get_credentials(bytes, len, &n, &n, &n), 1);
        CHECK_LE(sock_control_get_timestamp(bytes, len, &n, &n), 1);
        CHECK_LE(sock_control_get_pktinfo(bytes, len, &addr, &addr, &n), 1);
        CHECK_LE(sock_control_get_error(bytes, len, &error), 1);
        CHECK_LE(sock_control_get_tos(bytes, len, &n), 1);
        CHECK_LE(sock_control_get_gro_size(bytes, len, &n), 1);
        free(memory);
    }
}

TEST_MAIN(layouts_are_fixed, r100_cmsg_len_and_space, r99_the_macros_agree,
          r105_truncated_and_malformed_items, r98_refusals_change_nothing, typed_fields_are_checked_by_name,
          typed_forms_match_the_system, getters_find_their_messages, errors_with_their_source,
          r108_descriptors_are_taken_once, space_for_wanted_messages, null_and_length_0,
          garbage_is_read_to_the_end)
