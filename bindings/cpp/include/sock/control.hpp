// libsock for C++: control messages: descriptors, credentials, time stamps and more beside the data of a message.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SOCK_CONTROL_HPP
#define SOCK_CONTROL_HPP

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "address.hpp"
#include "buffer.hpp"
#include "error.hpp"

namespace sock {

/// Owns a descriptor and closes it at its end.
class descriptor {
public:
    descriptor() noexcept = default;
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    descriptor(descriptor &&other) noexcept : fd_(other.release()) {}
    descriptor &operator=(descriptor &&other) noexcept
    {
        if (this != &other) {
            reset();
            fd_ = other.release();
        }
        return *this;
    }
    ~descriptor() { reset(); }

    int get() const noexcept { return fd_; } ///< The number; -1 if there is none.
    explicit operator bool() const noexcept { return fd_ >= 0; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); } ///< The caller closes it.

private:
    void reset() noexcept
    {
        if (fd_ >= 0)
            ::close(fd_);
    }
    int fd_ = -1;
};

/// A process and its user, as SCM_CREDENTIALS and SO_PEERCRED have it.
struct credentials {
    std::int64_t pid = 0; ///< 0 for a process that cannot be seen from here.
    std::int64_t uid = 0;
    std::int64_t gid = 0;
};

/// When a packet was sent or received: since 1970, by the clocks of the system and of the interface; 0 if not used.
struct timestamp {
    std::chrono::nanoseconds software{};
    std::chrono::nanoseconds hardware{};
};

/// Which sent packet a time stamp is about.
struct transmit {
    std::int64_t stage = 0; ///< SCM_TSTAMP_SCHED, SCM_TSTAMP_SND, SCM_TSTAMP_ACK.
    std::int64_t id = 0;
};

/// Where a packet arrived.
struct packet_info {
    address to;    ///< The destination in its header.
    address local; ///< The local address to answer from.
    std::int64_t ifindex = 0;
};

/// Control data: to send, after the put functions, or received. Descriptors that came and were not taken close with it.
class control {
public:
    control() noexcept = default;
    /// Room to receive: `kinds` are SOCK_CONTROL_* or'ed, `fds` is the number of descriptors, up to 253.
    explicit control(std::int64_t kinds, std::int64_t fds = 0)
        : bytes_(exceptions::number<std::size_t>(sock_control_space(kinds, fds)))
    {
    }
    control(control &&other) noexcept
        : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)), came_(std::exchange(other.came_, false))
    {
    }
    control &operator=(control &&other) noexcept
    {
        if (this != &other) {
            clear();
            bytes_ = std::move(other.bytes_);
            size_ = std::exchange(other.size_, 0);
            came_ = std::exchange(other.came_, false);
        }
        return *this;
    }
    ~control() { clear(); }

    /// Empties it, and closes the descriptors that came and were not taken. The room stays.
    void clear() noexcept
    {
        if (std::exchange(came_, false))
            sock_control_close_fds(bytes_.data(), size_);
        size_ = 0;
    }

    /// Appends a message of any level and type.
    control &put(int level, int type, const_buffer data)
    {
        return append([&](void *at, std::size_t cap, std::size_t *len) {
            return sock_control_put(at, cap, len, level, type, data.data(), data.size());
        });
    }
    /// Descriptors for the receiver, up to 253 in a message. They stay open and the caller's (SCM_RIGHTS).
    control &put_fds(list_of<int> fds)
    {
        return append([&](void *at, std::size_t cap, std::size_t *len) {
            return sock_control_put_fds(at, cap, len, fds.data(), fds.size());
        });
    }
    /// The kernel checks them (EPERM) (SCM_CREDENTIALS).
    control &put_credentials(const sock::credentials &of)
    {
        return append([&](void *at, std::size_t cap, std::size_t *len) {
            return sock_control_put_credentials(at, cap, len, of.pid, of.uid, of.gid);
        });
    }
    /// The source of a packet: a local address, and an interface or 0.
    control &put_packet_info(const address &from, std::int64_t ifindex = 0)
    {
        return append([&](void *at, std::size_t cap, std::size_t *len) {
            return sock_control_put_pktinfo(at, cap, len, from.get(), ifindex);
        });
    }
    /// TTL or hop limit. `family`: AF_INET or AF_INET6.
    control &put_ttl(int family, std::int64_t ttl)
    {
        return append([&](void *at, std::size_t cap, std::size_t *len) {
            return sock_control_put_ttl(at, cap, len, family, ttl);
        });
    }
    /// TOS byte or traffic class. `family`: AF_INET or AF_INET6.
    control &put_tos(int family, std::int64_t tos)
    {
        return append([&](void *at, std::size_t cap, std::size_t *len) {
            return sock_control_put_tos(at, cap, len, family, tos);
        });
    }
    /// The size of the datagrams into which the kernel cuts the data: 1 to 65535 bytes.
    control &put_segment(std::int64_t size)
    {
        return append([&](void *at, std::size_t cap, std::size_t *len) {
            return sock_control_put_gso_size(at, cap, len, size);
        });
    }
    /// Requests transmit time stamps of this message: SOF_TIMESTAMPING_TX_*, or'ed.
    control &put_timestamping(std::int64_t flags)
    {
        return append([&](void *at, std::size_t cap, std::size_t *len) {
            return sock_control_put_timestamping(at, cap, len, flags);
        });
    }

    /// All messages; their data points into this object.
    std::vector<sock_control_item> items() const
    {
        std::vector<sock_control_item> out;
        sock_control_item item;
        int more;
        for (std::size_t at = 0; (more = sock_control_next(data(), size_, &at, &item)) > 0;)
            out.push_back(item);
        exceptions::done(more);
        return out;
    }
    /// The descriptors that came, close-on-exec, each once.
    std::vector<descriptor> take_fds()
    {
        std::vector<descriptor> out;
        for (int fd; exceptions::number<int>(sock_control_take_fds(bytes_.data(), size_, &fd, 1)) == 1;)
            out.push_back(descriptor(fd));
        return out;
    }
    /// The sender's pidfd (SO_PASSPIDFD), once.
    std::optional<descriptor> take_pidfd()
    {
        int fd = -1;
        if (exceptions::number<int>(sock_control_take_pidfd(bytes_.data(), size_, &fd)) == 0)
            return std::nullopt;
        return descriptor(fd);
    }
    /// The sender (SO_PASSCRED). This and the following are empty if no such message came, and throw EBADMSG if it is
    /// malformed.
    std::optional<sock::credentials> credentials() const
    {
        return get<sock::credentials>([&](auto &out) {
            return sock_control_get_credentials(data(), size_, &out.pid, &out.uid, &out.gid);
        });
    }
    std::optional<sock::timestamp> timestamp() const
    {
        return get<sock::timestamp>([&](auto &out) {
            std::int64_t software = 0, hardware = 0;
            const int there = sock_control_get_timestamp(data(), size_, &software, &hardware);
            out = {std::chrono::nanoseconds(software), std::chrono::nanoseconds(hardware)};
            return there;
        });
    }
    std::optional<sock::transmit> transmit() const
    {
        return get<sock::transmit>(
            [&](auto &out) { return sock_control_get_transmit(data(), size_, &out.stage, &out.id); });
    }
    std::optional<sock::packet_info> packet_info() const
    {
        return get<sock::packet_info>([&](auto &out) {
            return sock_control_get_pktinfo(data(), size_, out.to.get(), out.local.get(), &out.ifindex);
        });
    }
    std::optional<std::int64_t> ttl() const { return number(sock_control_get_ttl); }
    std::optional<std::int64_t> tos() const { return number(sock_control_get_tos); }
    std::optional<std::int64_t> drops() const { return number(sock_control_get_drops); }
    /// The size of the datagrams that came as one (UDP_GRO).
    std::optional<std::int64_t> segment() const { return number(sock_control_get_gro_size); }
    /// An event of the error queue (MSG_ERRQUEUE); its `error` is a code for sock::failure.
    std::optional<sock_control_error> error_event() const
    {
        return get<sock_control_error>([&](auto &out) { return sock_control_get_error(data(), size_, &out); });
    }

    const void *data() const noexcept { return bytes_.data(); }
    std::size_t size() const noexcept { return size_; } ///< Bytes of messages.

    /// The room for a receive, and what came then: for calls of sock.h.
    void *room() noexcept { return bytes_.data(); }
    std::size_t capacity() const noexcept { return bytes_.size(); }
    void came(std::size_t size) noexcept
    {
        size_ = size;
        came_ = true;
    }

private:
    template <class Put> control &append(Put &&put)
    {
        std::int64_t code;
        while ((code = put(bytes_.data(), bytes_.size(), &size_)) == -ENOBUFS && bytes_.size() < (1u << 20))
            bytes_.resize(bytes_.size() * 2 + 128);
        exceptions::done(code);
        return *this;
    }
    template <class T, class Get> static std::optional<T> get(Get &&fill)
    {
        T out{};
        if (exceptions::number<int>(fill(out)) == 0)
            return std::nullopt;
        return out;
    }
    std::optional<std::int64_t> number(int (*fill)(const void *, std::size_t, std::int64_t *)) const
    {
        return get<std::int64_t>([&](std::int64_t &out) { return fill(data(), size_, &out); });
    }

    std::vector<unsigned char> bytes_; // the usual allocation is aligned for CMSG_FIRSTHDR
    std::size_t size_ = 0;
    bool came_ = false;
};

} // namespace sock

#endif
