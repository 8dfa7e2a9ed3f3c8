/* The C half of control_c.rs: control messages by the macros and structs of the C library. */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/errqueue.h>

struct item {
    size_t at, len;
    int level, kind;
};

struct read {
    int fds[512];
    size_t fd_count;
    int has_credentials;
    uint32_t credentials[3];
    int has_arrival;
    uint32_t ifindex;
    unsigned char to[16];
    int has_ttl;
    int ttl;
    int has_stamp;
    int64_t stamp[2];
    int has_error;
    uint32_t error[6];
};

/* The next message that lies whole in the buffer. */
static struct cmsghdr *whole(struct msghdr *m, struct cmsghdr *c)
{
    if (c && (c->cmsg_len < sizeof *c || c->cmsg_len > m->msg_controllen - (size_t)((char *)c - (char *)m->msg_control)))
        return NULL;
    return c;
}

#define EACH(c, m) \
    for (struct cmsghdr *c = whole(&m, CMSG_FIRSTHDR(&m)); c; c = whole(&m, CMSG_NXTHDR(&m, c)))

size_t fuzz_walk(unsigned char *control, size_t len, struct item *out, size_t cap)
{
    struct msghdr m = {.msg_control = control, .msg_controllen = len};
    size_t count = 0;
    EACH(c, m)
        if (count < cap)
            out[count++] = (struct item){(size_t)(CMSG_DATA(c) - control), c->cmsg_len - CMSG_LEN(0), c->cmsg_level, c->cmsg_type};
    return count;
}

void fuzz_read(unsigned char *control, size_t len, struct read *out)
{
    struct msghdr m = {.msg_control = control, .msg_controllen = len};
    int credentials = 0, arrival = 0, ttl = 0, stamp = 0, error = 0;
    EACH(c, m) {
        size_t size = c->cmsg_len - CMSG_LEN(0);
        void *data = CMSG_DATA(c);
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            for (size_t i = 0; i < size / sizeof(int) && out->fd_count < 512; i++)
                memcpy(&out->fds[out->fd_count++], (int *)data + i, sizeof(int));
        } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS && !credentials++) {
            struct ucred u;
            if (size >= sizeof u) {
                memcpy(&u, data, sizeof u);
                out->has_credentials = 1;
                out->credentials[0] = (uint32_t)u.pid, out->credentials[1] = u.uid, out->credentials[2] = u.gid;
            }
        } else if (c->cmsg_level == SOL_SOCKET && (c->cmsg_type == SO_TIMESTAMP || c->cmsg_type == SO_TIMESTAMPNS ||
                                                   c->cmsg_type == SO_TIMESTAMPING || (c->cmsg_type >= 63 && c->cmsg_type <= 65))) {
            /* Several kinds have an order among them that C does not know. */
            struct timespec t;
            out->has_stamp = !stamp++ && c->cmsg_type == SO_TIMESTAMPNS && size >= sizeof t;
            if (out->has_stamp) {
                memcpy(&t, data, sizeof t);
                out->stamp[0] = t.tv_sec, out->stamp[1] = t.tv_nsec;
            }
        } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO && !arrival++) {
            struct in_pktinfo p;
            if (size >= sizeof p) {
                memcpy(&p, data, sizeof p);
                out->has_arrival = 1;
                out->ifindex = (uint32_t)p.ipi_ifindex;
                memcpy(out->to, &p.ipi_addr, 4);
            }
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO && !arrival++) {
            struct in6_pktinfo p;
            if (size >= sizeof p) {
                memcpy(&p, data, sizeof p);
                out->has_arrival = 1;
                out->ifindex = p.ipi6_ifindex;
                memcpy(out->to, &p.ipi6_addr, 16);
            }
        } else if (((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) ||
                    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)) && !ttl++) {
            if (size >= sizeof(int)) {
                memcpy(&out->ttl, data, sizeof(int));
                out->has_ttl = 1;
            }
        } else if (((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
                    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR) ||
                    (c->cmsg_level == SOL_PACKET && c->cmsg_type == 16)) && !error++) {
            struct sock_extended_err e;
            if (size >= sizeof e) {
                memcpy(&e, data, sizeof e);
                out->has_error = e.ee_errno < 4096;
                out->error[0] = e.ee_errno, out->error[1] = e.ee_origin, out->error[2] = e.ee_type;
                out->error[3] = e.ee_code, out->error[4] = e.ee_info, out->error[5] = e.ee_data;
            }
        }
    }
}

/* Puts a message at `at`; the end behind it. Padding becomes zeros, as ours does. */
size_t fuzz_put(unsigned char *control, size_t cap, size_t at, const struct item *item, const unsigned char *data)
{
    size_t end = at + CMSG_SPACE(item->len);
    if (end > cap)
        return (size_t)-1;
    memset(control + at, 0, end - at);
    struct msghdr m = {.msg_control = control + at, .msg_controllen = end - at};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_len = CMSG_LEN(item->len);
    c->cmsg_level = item->level;
    c->cmsg_type = item->kind;
    memcpy(CMSG_DATA(c), data, item->len);
    return end;
}

size_t fuzz_len(size_t len)
{
    return CMSG_LEN(len);
}

size_t fuzz_space(size_t len)
{
    return CMSG_SPACE(len);
}
