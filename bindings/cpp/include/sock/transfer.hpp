// libsock for C++: sending and receiving, files and splices.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SOCK_TRANSFER_HPP
#define SOCK_TRANSFER_HPP

#include <cstdint>
#include <utility>
#include <vector>

#include "address.hpp"
#include "buffer.hpp"
#include "error.hpp"
#include "handle.hpp"
#include "time.hpp"

namespace sock {

/// What recv_from received.
struct sender {
    std::size_t size = 0; ///< Bytes received.
    address from;         ///< Empty if the kernel names none.
};

/// What relay has moved, as in sock.h.
using relay_counts = sock_relay_counts;

template <class Self, class Errors> class transfer_calls {
    template <class T> using r = result_of<Errors, T>;
    sock_t s() const noexcept { return static_cast<const Self *>(this)->number(); }

public:
    /// Sends bytes to the connected peer. Returns the number taken: all of a stream in blocking mode (sock_send).
    /// `flags`, here and below: the system's MSG_*.
    r<std::size_t> send(const_buffer data, int flags = 0) const
    {
        return Errors::template number<std::size_t>(sock_send(s(), data.data(), data.size(), flags));
    }
    /// Receives bytes. Returns their number: 0 when the peer of a stream has closed its half (sock_recv).
    r<std::size_t> recv(mutable_buffer into, int flags = 0) const
    {
        return Errors::template number<std::size_t>(sock_recv(s(), into.data(), into.size(), flags));
    }
    /// Sends all bytes, under one limit. A failure says how many went: transferred() (sock_sendall).
    r<void> send_all(const_buffer data, int flags = 0) const
    {
        std::size_t sent = 0;
        const int code = sock_sendall(s(), data.data(), data.size(), flags, &sent);
        return Errors::done(code, sent);
    }
    /// Fills the buffer from a stream, under one limit. A failure says how many bytes came, and none is lost: go on with
    /// the rest. Throws end_of_stream if the stream ends before (sock_recv_exact).
    r<void> recv_exact(mutable_buffer into, int flags = 0) const
    {
        std::size_t received = 0;
        const int code = sock_recv_exact(s(), into.data(), into.size(), flags, &received);
        return Errors::done(code, received);
    }
    /// Sends a datagram to an address (sock_sendto).
    r<std::size_t> send_to(const_buffer data, const address &to, int flags = 0) const
    {
        return Errors::template number<std::size_t>(sock_sendto(s(), data.data(), data.size(), flags, to.get()));
    }
    /// Receives bytes and their sender (sock_recvfrom).
    r<sender> recv_from(mutable_buffer into, int flags = 0) const
    {
        sender out;
        const std::int64_t count = sock_recvfrom(s(), into.data(), into.size(), flags, out.from.get());
        return Errors::template make<sender>(count, [&] {
            out.size = static_cast<std::size_t>(count);
            return out;
        });
    }
    /// Waits until the socket is ready, for code with system calls of its own, such as a TLS library. Returns false when
    /// `within` has passed (sock_wait).
    r<bool> wait(direction until, limit within = forever) const
    {
        return Errors::template number<bool>(sock_wait(s(), static_cast<int>(until), within.ns()));
    }
    /// Whether POLLOUT reports that a send that would have blocked can be retried (sock_send_pollable).
    r<bool> send_pollable(bool addressed) const
    {
        return Errors::template number<bool>(sock_send_pollable(s(), addressed));
    }

    /// Sends a file, or `count` bytes of it from `offset`, under one limit. Returns the number of bytes sent, also when
    /// the file ends earlier; its position is then after the last one. A failure has transferred() (sock_sendfile).
    /// `count`: -1 for all.
    r<std::int64_t> send_file(int file, std::int64_t offset = 0, std::int64_t count = -1) const
    {
        std::int64_t sent = 0;
        const std::int64_t code = sock_sendfile(s(), file, offset, count, &sent);
        return Errors::template number<std::int64_t>(code, static_cast<std::size_t>(sent));
    }
    /// Moves up to `count` bytes from this socket to another one without copying them; -1 for all up to the end.
    /// Returns the number moved. A failure has transferred(): what arrived there (sock_splice).
    r<std::int64_t> splice(handle_ref to, std::int64_t count = -1) const
    {
        std::int64_t sent = 0;
        const std::int64_t code = sock_splice(s(), to.number(), count, nullptr, &sent);
        return Errors::template number<std::int64_t>(code, static_cast<std::size_t>(sent));
    }
    /// The same to a file or pipe. `offset`: where to write, or -1 for its position (sock_splice_to_fd).
    r<std::int64_t> splice_to_fd(int fd, std::int64_t offset = -1, std::int64_t count = -1) const
    {
        std::int64_t written = 0;
        const std::int64_t code = sock_splice_to_fd(s(), fd, offset, count, nullptr, &written);
        return Errors::template number<std::int64_t>(code, static_cast<std::size_t>(written));
    }
    /// The same from a file or pipe. `offset`: where to read, or -1 for its position (sock_splice_from_fd).
    r<std::int64_t> splice_from_fd(int fd, std::int64_t offset = -1, std::int64_t count = -1) const
    {
        std::int64_t sent = 0;
        const std::int64_t code = sock_splice_from_fd(fd, offset, s(), count, &sent);
        return Errors::template number<std::int64_t>(code, static_cast<std::size_t>(sent));
    }
    /// Relays between this socket and another one until both directions have ended: the loop of a proxy (sock_relay).
    /// `idle`: ends with a timeout when nothing has moved for so long. `counts`: receives what has moved, also on
    /// failure; may be nullptr.
    r<void> relay(handle_ref other, limit idle = forever, relay_counts *counts = nullptr) const
    {
        return Errors::done(sock_relay(s(), other.number(), idle.ns(), counts));
    }

    /// Sends from the program's memory. Returns the bytes sent and a ticket; until zerocopy_done reports the ticket, the
    /// memory must stay unchanged. Ticket 0: copied at once (sock_send_zerocopy).
    r<std::pair<std::size_t, std::uint64_t>> send_zerocopy(const_buffer data, int flags = 0) const
    {
        std::uint64_t ticket = 0;
        const std::int64_t code = sock_send_zerocopy(s(), data.data(), data.size(), flags, &ticket);
        return Errors::template make<std::pair<std::size_t, std::uint64_t>>(
            code, [&] { return std::pair(static_cast<std::size_t>(code), ticket); });
    }
    /// Waits for memory to become free. Returns ranges of tickets; none if none is outstanding (sock_zerocopy_done).
    r<std::vector<sock_zerocopy_range>> zerocopy_done() const
    {
        std::vector<sock_zerocopy_range> out(8);
        const std::int64_t count = sock_zerocopy_done(s(), out.data(), out.size());
        return Errors::template make<std::vector<sock_zerocopy_range>>(count, [&] {
            out.resize(static_cast<std::size_t>(count));
            return std::move(out);
        });
    }
};

} // namespace sock

#endif
