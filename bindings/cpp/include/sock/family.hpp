// libsock for C++: addresses of the other families of Linux, one type with named fields for each form.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Each type converts to sock::address (EINVAL for a field out of range, ENODEV for an unknown interface), and each can
// be made from one (EAFNOSUPPORT for another family, EINVAL for another form):
//
//     s.bind(sock::vsock_address{VMADDR_CID_ANY, 1024});
//     std::cout << sock::netlink_address::from(s.local_address()).pid;
#ifndef SOCK_FAMILY_HPP
#define SOCK_FAMILY_HPP

#include <string>
#include <vector>

#include "address.hpp"

namespace sock {

/// AF_NETLINK. `pid` 0 is the kernel, or a port that bind chooses; `groups` has a bit for each of 32 groups.
struct netlink_address {
    std::int64_t pid = 0;
    std::int64_t groups = 0;

    operator address() const
    {
        return address::make([&](sock_addr *out) { return sock_addr_netlink(pid, groups, out); });
    }
    static netlink_address from(const address &of)
    {
        netlink_address out;
        exceptions::done(sock_addr_get_netlink(of.get(), &out.pid, &out.groups));
        return out;
    }
};

/// AF_PACKET. `interface` is a name or an index in digits, "" for all; `protocol` an ETH_P_* in host order.
struct packet_address {
    std::string interface;
    std::int64_t protocol = 0;
    std::int64_t type = 0;
    std::int64_t hatype = 0;
    std::vector<unsigned char> hardware; ///< At most 8 bytes.
    std::int64_t ifindex = 0;            ///< Filled by from() only.

    operator address() const
    {
        return address::named(interface, [&](const char *name, sock_addr *out) {
            return sock_addr_packet(name, protocol, type, hatype, hardware.data(), hardware.size(), out);
        });
    }
    static packet_address from(const address &of)
    {
        packet_address out;
        unsigned char bytes[32];
        std::size_t length = 0;
        out.interface = detail::text<exceptions>([&](char *name, std::size_t cap) {
            return sock_addr_get_packet(of.get(), name, cap, &out.ifindex, &out.protocol, &out.type, &out.hatype, bytes,
                                        sizeof bytes, &length);
        });
        out.hardware.assign(bytes, bytes + (length < sizeof bytes ? length : sizeof bytes));
        return out;
    }
};

/// AF_CAN, of CAN_RAW and CAN_BCM. `interface` is a name or an index in digits, "" for every CAN interface.
struct can_address {
    std::string interface;

    operator address() const { return address::named(interface, sock_addr_can); }
    static can_address from(const address &of)
    {
        return {detail::text<exceptions>(
            [&](char *out, std::size_t cap) { return sock_addr_get_can(of.get(), out, cap, nullptr); })};
    }
};

/// AF_CAN, of CAN_ISOTP: the identifiers of the frames received and sent.
struct isotp_address {
    std::string interface;
    std::int64_t rx_id = 0;
    std::int64_t tx_id = 0;

    operator address() const
    {
        return address::named(interface, [&](const char *name, sock_addr *out) {
            return sock_addr_isotp(name, rx_id, tx_id, out);
        });
    }
    static isotp_address from(const address &of)
    {
        isotp_address out;
        out.interface = detail::text<exceptions>([&](char *name, std::size_t cap) {
            return sock_addr_get_isotp(of.get(), name, cap, nullptr, &out.rx_id, &out.tx_id);
        });
        return out;
    }
};

/// AF_CAN, of CAN_J1939: a device's NAME, a parameter group and an address.
struct j1939_address {
    std::string interface;
    std::uint64_t name = 0;
    std::int64_t pgn = 0x40000;
    std::int64_t node = 255;

    operator address() const
    {
        return address::named(interface, [&](const char *text, sock_addr *out) {
            return sock_addr_j1939(text, name, pgn, node, out);
        });
    }
    static j1939_address from(const address &of)
    {
        j1939_address out;
        out.interface = detail::text<exceptions>([&](char *text, std::size_t cap) {
            return sock_addr_get_j1939(of.get(), text, cap, nullptr, &out.name, &out.pgn, &out.node);
        });
        return out;
    }
};

/// AF_TIPC. `kind` is TIPC_ADDR_NAMESEQ, _NAME or _ID, on which the meaning of v1, v2 and v3 depends (sock_addr_tipc).
struct tipc_address {
    std::int64_t kind = 0;
    std::int64_t v1 = 0;
    std::int64_t v2 = 0;
    std::int64_t v3 = 0;
    std::int64_t scope = 0;

    operator address() const
    {
        return address::make([&](sock_addr *out) { return sock_addr_tipc(kind, v1, v2, v3, scope, out); });
    }
    static tipc_address from(const address &of)
    {
        tipc_address out;
        exceptions::done(sock_addr_get_tipc(of.get(), &out.kind, &out.v1, &out.v2, &out.v3, &out.scope));
        return out;
    }
};

/// AF_BLUETOOTH, of BTPROTO_L2CAP. `bdaddr` is a controller: "00:1A:7D:DA:71:13".
struct l2cap_address {
    std::string bdaddr;
    std::int64_t psm = 0;
    std::int64_t cid = 0;
    std::int64_t bdaddr_type = 0;

    operator address() const
    {
        return address::named(bdaddr, [&](const char *text, sock_addr *out) {
            return sock_addr_l2cap(text, psm, cid, bdaddr_type, out);
        });
    }
    static l2cap_address from(const address &of)
    {
        l2cap_address out;
        out.bdaddr = detail::text<exceptions>([&](char *text, std::size_t cap) {
            return sock_addr_get_l2cap(of.get(), text, cap, &out.psm, &out.cid, &out.bdaddr_type);
        });
        return out;
    }
};

/// AF_BLUETOOTH, of BTPROTO_RFCOMM.
struct rfcomm_address {
    std::string bdaddr;
    std::int64_t channel = 0;

    operator address() const
    {
        return address::named(bdaddr, [&](const char *text, sock_addr *out) {
            return sock_addr_rfcomm(text, channel, out);
        });
    }
    static rfcomm_address from(const address &of)
    {
        rfcomm_address out;
        out.bdaddr = detail::text<exceptions>([&](char *text, std::size_t cap) {
            return sock_addr_get_rfcomm(of.get(), text, cap, &out.channel);
        });
        return out;
    }
};

/// AF_BLUETOOTH, of BTPROTO_HCI: the number of a controller, and a channel.
struct hci_address {
    std::int64_t dev = 0;
    std::int64_t channel = 0;

    operator address() const
    {
        return address::make([&](sock_addr *out) { return sock_addr_hci(dev, channel, out); });
    }
    static hci_address from(const address &of)
    {
        hci_address out;
        exceptions::done(sock_addr_get_hci(of.get(), &out.dev, &out.channel));
        return out;
    }
};

/// AF_BLUETOOTH, of BTPROTO_SCO.
struct sco_address {
    std::string bdaddr;

    operator address() const { return address::named(bdaddr, sock_addr_sco); }
    static sco_address from(const address &of)
    {
        return {detail::text<exceptions>(
            [&](char *text, std::size_t cap) { return sock_addr_get_sco(of.get(), text, cap); })};
    }
};

/// AF_ALG: "hash", "skcipher", "aead" or "rng", and an algorithm of /proc/crypto.
struct alg_address {
    std::string type;
    std::string name;
    std::int64_t feat = 0;
    std::int64_t mask = 0;

    operator address() const
    {
        const detail::c_text kind(type);
        if (!kind.ok())
            exceptions::fail<address>(detail::nul_inside());
        return address::named(name, [&](const char *text, sock_addr *out) {
            return sock_addr_alg(kind.get(), text, feat, mask, out);
        });
    }
    static alg_address from(const address &of)
    {
        alg_address out;
        char kind[16] = "";
        out.name = detail::text<exceptions>([&](char *text, std::size_t cap) {
            return sock_addr_get_alg(of.get(), kind, sizeof kind, text, cap, &out.feat, &out.mask);
        });
        out.type = kind;
        return out;
    }
};

/// AF_VSOCK: a machine (VMADDR_CID_ANY, _LOCAL, _HOST or a guest's) and a port.
struct vsock_address {
    std::int64_t cid = 0;
    std::int64_t port = 0;
    std::int64_t flags = 0;

    operator address() const
    {
        return address::make([&](sock_addr *out) { return sock_addr_vsock(cid, port, flags, out); });
    }
    static vsock_address from(const address &of)
    {
        vsock_address out;
        exceptions::done(sock_addr_get_vsock(of.get(), &out.cid, &out.port, &out.flags));
        return out;
    }
};

/// AF_QIPCRTR: a node and a port.
struct qipcrtr_address {
    std::int64_t node = 0;
    std::int64_t port = 0;

    operator address() const
    {
        return address::make([&](sock_addr *out) { return sock_addr_qipcrtr(node, port, out); });
    }
    static qipcrtr_address from(const address &of)
    {
        qipcrtr_address out;
        exceptions::done(sock_addr_get_qipcrtr(of.get(), &out.node, &out.port));
        return out;
    }
};

/// The CID of this machine. Fails with EAFNOSUPPORT if the kernel lacks AF_VSOCK.
template <class Errors = exceptions> result_of<Errors, std::int64_t> vsock_cid()
{
    return Errors::template number<std::int64_t>(sock_vsock_cid());
}

/// What the address families need beside addresses.
template <class Self, class Errors> class family_calls {
    template <class T> using r = result_of<Errors, T>;
    sock_t s() const noexcept { return static_cast<const Self *>(this)->number(); }

public:
    /// Sets whether an interface delivers all frames that it sees (AF_PACKET).
    r<void> set_promiscuous(std::string_view interface, bool on) const
    {
        const detail::c_text name(interface);
        if (!name.ok())
            return Errors::template fail<void>(detail::nul_inside());
        return Errors::done(sock_set_promiscuous(s(), name.get(), on));
    }
    /// Sets which frames a CAN_RAW socket receives: those that pass any filter; none receive nothing.
    r<void> set_can_filters(const std::vector<sock_can_filter> &filters) const
    {
        return Errors::done(sock_set_can_filters(s(), filters.data(), filters.size()));
    }
    r<std::vector<sock_can_filter>> can_filters() const
    {
        return detail::list<Errors, std::vector<sock_can_filter>>(
            16, [&](sock_can_filter *out, std::size_t cap) { return sock_get_can_filters(s(), out, cap); });
    }
    /// Sets which error frames a CAN_RAW socket receives: CAN_ERR_* or'ed.
    r<void> set_can_errors(std::int64_t classes) const { return Errors::done(sock_set_can_errors(s(), classes)); }
    /// Waits until a CAN_ISOTP socket has sent all of its last message.
    r<void> isotp_wait() const { return Errors::done(sock_isotp_wait(s())); }

    /// Sets the key of an AF_ALG socket, after bind and before accept.
    r<void> set_alg_key(const_buffer key) const { return Errors::done(sock_set_alg_key(s(), key.data(), key.size())); }
    /// Sets the tag length of an "aead" socket, in bytes.
    r<void> set_alg_tag_size(std::int64_t size) const { return Errors::done(sock_set_alg_tag_size(s(), size)); }
    /// Sends data to an operation of AF_ALG, and what to do with it. Returns the bytes taken.
    /// `op`: ALG_OP_ENCRYPT or ALG_OP_DECRYPT. `assoclen`: how much of the data is associated.
    r<std::size_t> send_alg(const_buffer data, std::int64_t op, const_buffer iv = {}, std::int64_t assoclen = 0,
                            int flags = 0) const
    {
        const sock_iovec piece{const_cast<void *>(data.data()), data.size()};
        return Errors::template number<std::size_t>(
            sock_sendmsg_alg(s(), &piece, 1, op, iv.data(), iv.size(), assoclen, flags));
    }
};

} // namespace sock

#endif
