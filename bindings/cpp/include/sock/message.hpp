// libsock for C++: messages of several pieces with control data, and descriptors for another process.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SOCK_MESSAGE_HPP
#define SOCK_MESSAGE_HPP

#include <vector>

#include "address.hpp"
#include "buffer.hpp"
#include "control.hpp"
#include "error.hpp"

namespace sock {

/// What recv_message received.
struct received {
    std::size_t size = 0;      ///< Bytes written to the pieces.
    std::size_t true_size = 0; ///< With MSG_TRUNC the full length of the datagram.
    int flags = 0;             ///< The kernel's MSG_* flags: MSG_TRUNC, MSG_CTRUNC, MSG_EOR ...
    address from;              ///< The sender; empty if the kernel names none.
};

/// What recv_fds received.
struct received_fds {
    std::size_t size = 0;        ///< Bytes written.
    std::vector<descriptor> fds; ///< Close-on-exec.
    int flags = 0;               ///< MSG_CTRUNC if there were more descriptors.
    address from;
};

/// sendmsg(2), recvmsg(2) and SCM_RIGHTS, under the limits of the socket.
template <class Self, class Errors> class message_calls {
    template <class T> using r = result_of<Errors, T>;
    sock_t s() const noexcept { return static_cast<const Self *>(this)->number(); }

public:
    /// Sends pieces as one message. Returns the number of bytes taken (sock_sendmsg).
    /// `with`: control data. `to`: the destination; empty for the connected peer.
    r<std::size_t> send_message(list_of<const_buffer> pieces, const control &with = {}, int flags = 0,
                                const address &to = {}) const
    {
        sock_msg message{};
        message.addr = const_cast<sock_addr *>(to.get());
        message.iov = detail::pieces(pieces);
        message.iov_count = pieces.size();
        message.control = const_cast<void *>(with.data());
        message.control_len = with.size();
        return Errors::template number<std::size_t>(sock_sendmsg(s(), &message, flags));
    }
    /// Receives into pieces, which are filled in order (sock_recvmsg).
    /// `with`: room for control data; what it held before is cleared.
    r<received> recv_message(list_of<mutable_buffer> pieces, control &with, int flags = 0) const
    {
        with.clear();
        received out;
        sock_msg message{};
        message.addr = out.from.get();
        message.iov = detail::pieces(pieces);
        message.iov_count = pieces.size();
        message.control = with.room();
        message.control_cap = with.capacity();
        const std::int64_t code = sock_recvmsg(s(), &message, flags);
        return Errors::template make<received>(code, [&] {
            with.came(message.control_len);
            out.size = message.len;
            out.true_size = message.true_len;
            out.flags = message.flags;
            return out;
        });
    }
    /// The same without control data.
    r<received> recv_message(list_of<mutable_buffer> pieces, int flags = 0) const
    {
        control none;
        return recv_message(pieces, none, flags);
    }

    /// Sends descriptors with the first of some bytes over AF_UNIX; they stay open and the caller's (sock_send_fds).
    r<std::size_t> send_fds(const_buffer data, list_of<int> fds, int flags = 0, const address &to = {}) const
    {
        return Errors::template number<std::size_t>(
            sock_send_fds(s(), data.data(), data.size(), fds.data(), fds.size(), flags, to.get()));
    }
    /// Receives bytes and up to `most` descriptors (sock_recv_fds).
    r<received_fds> recv_fds(mutable_buffer into, std::size_t most, int flags = 0) const
    {
        received_fds out;
        std::vector<int> numbers(most);
        out.fds.reserve(most);
        std::size_t count = 0;
        const std::int64_t code = sock_recv_fds(s(), into.data(), into.size(), numbers.data(), most, &count, flags,
                                                out.from.get(), &out.flags);
        return Errors::template make<received_fds>(code, [&] {
            out.size = static_cast<std::size_t>(code);
            for (std::size_t i = 0; i < count; i++)
                out.fds.emplace_back(numbers[i]);
            return std::move(out);
        });
    }
};

} // namespace sock

#endif
