// libsock for C++: many datagrams in one call, cut and joined by the kernel where it can.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SOCK_BATCH_HPP
#define SOCK_BATCH_HPP

#include <sys/socket.h>

#include <type_traits>
#include <vector>

#include "address.hpp"
#include "buffer.hpp"
#include "error.hpp"

namespace sock {

/// One datagram of a batch: the struct of sock.h with constructors. The memory stays the caller's.
struct datagram : sock_datagram {
    datagram() noexcept : sock_datagram{} {}
    /// To send. `to`: the destination; empty for the connected peer. `segment_size`: cut the data into datagrams of
    /// this size; 0 sends one.
    explicit datagram(const_buffer data, const address &to = {}, std::uint32_t segment_size = 0) noexcept : datagram()
    {
        buf = const_cast<void *>(data.data());
        len = data.size();
        addr = *to.get();
        segment = segment_size;
    }
    /// To receive into.
    static datagram room(mutable_buffer memory) noexcept
    {
        datagram out;
        out.buf = memory.data();
        out.len = memory.size();
        return out;
    }

    /// What was received: at most the room that there was.
    const_buffer data() const noexcept { return {buf, count < len ? count : len}; }
    std::size_t true_size() const noexcept { return count; }               ///< The full length of the datagram.
    bool truncated() const noexcept { return (flags & MSG_TRUNC) != 0; }   ///< It was longer than its room.
    bool plain() const noexcept { return (flags & SOCK_BATCH_PLAIN) != 0; } ///< Sent without segments of the kernel.
    address peer() const noexcept { return address(addr); }                ///< The sender, or the destination.
};
static_assert(sizeof(datagram) == sizeof(sock_datagram));

/// Datagrams with memory of their own, to be received again and again, and sent back:
///
///     sock::batch b(64, 1500);
///     while (s.recv_many(b) > 0)
///         s.send_many(b);
class batch {
public:
    /// Room for `count` datagrams of `size` bytes each: with joined datagrams (set_gro) 65535.
    batch(std::size_t count, std::size_t size) : size_(size), memory_(count * size), entries_(count) {}

    /// The datagrams of the last receive.
    datagram *begin() noexcept { return entries_.data(); }
    datagram *end() noexcept { return entries_.data() + filled_; }
    const datagram *begin() const noexcept { return entries_.data(); }
    const datagram *end() const noexcept { return entries_.data() + filled_; }
    std::size_t size() const noexcept { return filled_; }
    datagram &operator[](std::size_t index) noexcept { return entries_[index]; }

private:
    template <class, class> friend class batch_calls;

    void empty() noexcept
    {
        filled_ = 0;
        for (std::size_t i = 0; i < entries_.size(); i++)
            entries_[i] = datagram::room({memory_.data() + i * size_, size_});
    }
    void answer() noexcept
    {
        for (datagram &each : *this)
            each.len = each.data().size();
    }

    std::size_t size_;
    std::size_t filled_ = 0;
    std::vector<unsigned char> memory_;
    std::vector<datagram> entries_;
};

/// sendmmsg(2) and recvmmsg(2), under the limits of the socket.
template <class Self, class Errors> class batch_calls {
    template <class T> using r = result_of<Errors, T>;
    sock_t s() const noexcept { return static_cast<const Self *>(this)->number(); }

public:
    /// Sends datagrams. Returns how many entries went; fails only if none did (sock_sendmany).
    r<std::size_t> send_many(datagram *entries, std::size_t count, int flags = 0) const
    {
        return Errors::template number<std::size_t>(sock_sendmany(s(), entries, count, flags));
    }
    /// Waits for the first datagram and takes those that are there. Returns how many entries were filled
    /// (sock_recvmany).
    r<std::size_t> recv_many(datagram *entries, std::size_t count, int flags = 0) const
    {
        return Errors::template number<std::size_t>(sock_recvmany(s(), entries, count, flags));
    }
    /// The same for a vector, array or std::span of datagrams.
    template <class C, class = std::enable_if_t<std::is_same_v<decltype(std::data(std::declval<C &>())), datagram *>>>
    r<std::size_t> send_many(C &&entries, int flags = 0) const
    {
        return send_many(std::data(entries), std::size(entries), flags);
    }
    template <class C, class = std::enable_if_t<std::is_same_v<decltype(std::data(std::declval<C &>())), datagram *>>>
    r<std::size_t> recv_many(C &&entries, int flags = 0) const
    {
        return recv_many(std::data(entries), std::size(entries), flags);
    }
    /// Sends what a batch has received back to the senders, in the same shape.
    r<std::size_t> send_many(batch &b, int flags = 0) const
    {
        b.answer();
        return send_many(b.begin(), b.size(), flags);
    }
    r<std::size_t> recv_many(batch &b, int flags = 0) const
    {
        b.empty();
        const std::int64_t count = sock_recvmany(s(), b.entries_.data(), b.entries_.size(), flags);
        b.filled_ = count > 0 ? static_cast<std::size_t>(count) : 0;
        return Errors::template number<std::size_t>(count);
    }
    /// Whether arriving datagrams of one sender and size come as one (UDP_GRO); EOPNOTSUPP or ENOPROTOOPT without it.
    r<void> set_gro(bool on) const { return Errors::done(sock_setgro(s(), on)); }
};

} // namespace sock

#endif
