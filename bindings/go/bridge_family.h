/* Addresses and options of Linux's address families: each function calls its namesake in sock.h and copies
 * the sentence of an error. */
#ifndef LIBSOCK_GO_BRIDGE_FAMILY_H
#define LIBSOCK_GO_BRIDGE_FAMILY_H

#include "bridge.h"

static inline int64_t bridge_netlink(int64_t pid, int64_t groups, struct sock_addr *out, char *sentence)
{
    return bridge_explain(sock_addr_netlink(pid, groups, out), sentence);
}

static inline int64_t bridge_packet(const char *interface, int64_t protocol, int64_t type, int64_t hatype,
                                    const unsigned char *hwaddr, size_t len, struct sock_addr *out,
                                    char *sentence)
{
    return bridge_explain(sock_addr_packet(interface, protocol, type, hatype, hwaddr, len, out), sentence);
}

static inline int64_t bridge_can(const char *interface, struct sock_addr *out, char *sentence)
{
    return bridge_explain(sock_addr_can(interface, out), sentence);
}

static inline int64_t bridge_isotp(const char *interface, int64_t rx_id, int64_t tx_id, struct sock_addr *out,
                                   char *sentence)
{
    return bridge_explain(sock_addr_isotp(interface, rx_id, tx_id, out), sentence);
}

static inline int64_t bridge_j1939(const char *interface, uint64_t name, int64_t pgn, int64_t address,
                                   struct sock_addr *out, char *sentence)
{
    return bridge_explain(sock_addr_j1939(interface, name, pgn, address, out), sentence);
}

static inline int64_t bridge_tipc(int64_t type, int64_t v1, int64_t v2, int64_t v3, int64_t scope,
                                  struct sock_addr *out, char *sentence)
{
    return bridge_explain(sock_addr_tipc(type, v1, v2, v3, scope, out), sentence);
}

static inline int64_t bridge_l2cap(const char *bdaddr, int64_t psm, int64_t cid, int64_t type,
                                   struct sock_addr *out, char *sentence)
{
    return bridge_explain(sock_addr_l2cap(bdaddr, psm, cid, type, out), sentence);
}

static inline int64_t bridge_rfcomm(const char *bdaddr, int64_t channel, struct sock_addr *out, char *sentence)
{
    return bridge_explain(sock_addr_rfcomm(bdaddr, channel, out), sentence);
}

static inline int64_t bridge_hci(int64_t dev, int64_t channel, struct sock_addr *out, char *sentence)
{
    return bridge_explain(sock_addr_hci(dev, channel, out), sentence);
}

static inline int64_t bridge_sco(const char *bdaddr, struct sock_addr *out, char *sentence)
{
    return bridge_explain(sock_addr_sco(bdaddr, out), sentence);
}

static inline int64_t bridge_alg(const char *type, const char *name, int64_t feat, int64_t mask,
                                 struct sock_addr *out, char *sentence)
{
    return bridge_explain(sock_addr_alg(type, name, feat, mask, out), sentence);
}

static inline int64_t bridge_vsock(int64_t cid, int64_t port, int64_t flags, struct sock_addr *out,
                                   char *sentence)
{
    return bridge_explain(sock_addr_vsock(cid, port, flags, out), sentence);
}

static inline int64_t bridge_qipcrtr(int64_t node, int64_t port, struct sock_addr *out, char *sentence)
{
    return bridge_explain(sock_addr_qipcrtr(node, port, out), sentence);
}

static inline int64_t bridge_set_promiscuous(sock_t s, const char *interface, int on, char *sentence)
{
    return bridge_explain(sock_set_promiscuous(s, interface, on), sentence);
}

static inline int64_t bridge_set_can_filters(sock_t s, const struct sock_can_filter *filters, size_t count,
                                             char *sentence)
{
    return bridge_explain(sock_set_can_filters(s, filters, count), sentence);
}

static inline int64_t bridge_get_can_filters(sock_t s, struct sock_can_filter *filters, size_t cap,
                                             char *sentence)
{
    return bridge_explain(sock_get_can_filters(s, filters, cap), sentence);
}

static inline int64_t bridge_set_can_errors(sock_t s, int64_t classes, char *sentence)
{
    return bridge_explain(sock_set_can_errors(s, classes), sentence);
}

static inline int64_t bridge_set_alg_key(sock_t s, const unsigned char *key, size_t len, char *sentence)
{
    return bridge_explain(sock_set_alg_key(s, key, len), sentence);
}

static inline int64_t bridge_set_alg_tag_size(sock_t s, int64_t size, char *sentence)
{
    return bridge_explain(sock_set_alg_tag_size(s, size), sentence);
}

static inline int64_t bridge_get_packet(const struct sock_addr *addr, char *interface, size_t cap, int64_t *numbers,
                                        unsigned char *hwaddr, size_t hwaddr_cap, size_t *hwaddr_len)
{
    return sock_addr_get_packet(addr, interface, cap, &numbers[0], &numbers[1], &numbers[2], &numbers[3], hwaddr,
                                hwaddr_cap, hwaddr_len);
}

/* With the data in one piece, because an array of pieces would be Go memory with pointers. */
static inline int64_t bridge_sendmsg_afalg(sock_t s, const unsigned char *data, size_t len, int64_t op,
                                           const unsigned char *iv, size_t iv_len, int64_t assoclen, int flags)
{
    struct sock_iovec piece = {(void *)data, len};
    return sock_sendmsg_alg(s, &piece, 1, op, iv, iv_len, assoclen, flags);
}

#endif
