// libsock for C++: options of sockets. Levels and names are the system's (SOL_SOCKET, SO_REUSEADDR ...).
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SOCK_OPTION_HPP
#define SOCK_OPTION_HPP

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "address.hpp"
#include "buffer.hpp"
#include "control.hpp"
#include "error.hpp"
#include "time.hpp"

namespace sock {

/// Keepalive of TCP. Times are whole seconds; a parameter of 0 stays as it is.
struct keepalive {
    bool on = true;
    std::chrono::nanoseconds idle{};     ///< Silence before the first probe.
    std::chrono::nanoseconds interval{}; ///< Time between probes.
    int count = 0;                       ///< Unanswered probes that end the connection.
};

/// Whether a socket uses MPTCP.
enum class mptcp {
    none = SOCK_MPTCP_NONE,         ///< It never asked for it.
    asked = SOCK_MPTCP_ASKED,       ///< No peer has answered yet.
    active = SOCK_MPTCP_ACTIVE,     ///< The connection uses it.
    fallback = SOCK_MPTCP_FALLBACK, ///< The connection uses TCP.
};

template <class Self, class Errors> class option_calls {
    template <class T> using r = result_of<Errors, T>;
    sock_t s() const noexcept { return static_cast<const Self *>(this)->number(); }

public:
    /// Sets an option of one int, as most are. Fails with ENOPROTOOPT if the kernel does not know it.
    r<void> set_option(int level, int name, int value) const
    {
        return Errors::done(sock_setsockopt_int(s(), level, name, value));
    }
    /// Sets an option of any other type, such as a struct of the system in an array or span.
    r<void> set_option(int level, int name, const_buffer value) const
    {
        return Errors::done(sock_setsockopt(s(), level, name, value.data(), value.size()));
    }
    r<void> set_option_u64(int level, int name, std::uint64_t value) const
    {
        return Errors::done(sock_setsockopt_u64(s(), level, name, value));
    }
    /// Gets an option of one int.
    r<int> option(int level, int name) const
    {
        int value = 0;
        const int code = sock_getsockopt_int(s(), level, name, &value);
        return Errors::template make<int>(code, [&] { return value; });
    }
    /// Gets an option as bytes, of which there are at most `room`.
    r<std::vector<unsigned char>> option_bytes(int level, int name, std::size_t room) const
    {
        std::vector<unsigned char> value(room);
        const int code = sock_getsockopt(s(), level, name, value.data(), &room);
        return Errors::template make<std::vector<unsigned char>>(code, [&] {
            value.resize(room < value.size() ? room : value.size());
            return std::move(value);
        });
    }
    r<std::uint64_t> option_u64(int level, int name) const
    {
        std::uint64_t value = 0;
        const int code = sock_getsockopt_u64(s(), level, name, &value);
        return Errors::template make<std::uint64_t>(code, [&] { return value; });
    }

    r<void> set_keepalive(const sock::keepalive &to) const
    {
        return Errors::done(sock_set_keepalive(s(), to.on, to.idle.count(), to.interval.count(), to.count));
    }
    /// Only of TCP sockets.
    r<sock::keepalive> keepalive() const
    {
        std::int64_t idle = 0, interval = 0;
        sock::keepalive out;
        const int code = sock_get_keepalive(s(), &idle, &interval, &out.count);
        return Errors::template make<sock::keepalive>(code, [&] {
            out.on = code == 1;
            out.idle = std::chrono::nanoseconds(idle);
            out.interval = std::chrono::nanoseconds(interval);
            return out;
        });
    }
    /// How long closing waits for unsent data: whole seconds; 0 resets the connection; nullopt does not wait.
    r<void> set_linger(std::optional<limit> span) const
    {
        return Errors::done(sock_set_linger(s(), span.has_value(), span ? span->ns() : 0));
    }
    r<std::optional<std::chrono::nanoseconds>> linger() const
    {
        std::int64_t span = 0;
        const int code = sock_get_linger(s(), &span);
        return Errors::template make<std::optional<std::chrono::nanoseconds>>(code, [&] {
            return code == 1 ? std::optional(std::chrono::nanoseconds(span)) : std::nullopt;
        });
    }
    /// Requests a buffer size in bytes and returns the resulting one as the kernel counts it.
    /// `of`: direction::read or direction::write.
    r<std::int64_t> set_buffer(direction of, std::int64_t bytes) const
    {
        return Errors::template number<std::int64_t>(sock_set_buffer(s(), static_cast<int>(of), bytes));
    }
    r<std::int64_t> buffer(direction of) const
    {
        return Errors::template number<std::int64_t>(sock_get_buffer(s(), static_cast<int>(of)));
    }
    /// Restricts the socket to one interface, by name; "" to all.
    r<void> set_device(std::string_view name) const { return with_text(name, sock_set_device); }
    r<std::string> device() const
    {
        return detail::text<Errors>([&](char *out, std::size_t cap) { return sock_get_device(s(), out, cap); });
    }
    /// Joins a multicast group. `source`: only from this sender. `device`, `index`: the interface; "" and 0 for the
    /// kernel's choice.
    r<void> join_group(const address &group, const std::optional<address> &source = {}, std::string_view device = {},
                       std::int64_t index = 0) const
    {
        return with_text(device, [&](sock_t at, const char *name) {
            return sock_join_group(at, group.get(), source ? source->get() : nullptr, name, index);
        });
    }
    /// Leaves it; arguments as for join_group.
    r<void> leave_group(const address &group, const std::optional<address> &source = {}, std::string_view device = {},
                        std::int64_t index = 0) const
    {
        return with_text(device, [&](sock_t at, const char *name) {
            return sock_leave_group(at, group.get(), source ? source->get() : nullptr, name, index);
        });
    }
    /// The process at the other end of an AF_UNIX connection, as it was when it connected.
    r<sock::credentials> peer_credentials() const
    {
        credentials out;
        const int code = sock_peer_cred(s(), &out.pid, &out.uid, &out.gid);
        return Errors::template make<credentials>(code, [&] { return out; });
    }
    /// A pidfd of that process, which no later process can take the place of.
    r<descriptor> peer_pidfd() const
    {
        const int fd = sock_peer_pidfd(s());
        return Errors::template make<descriptor>(fd, [&] { return descriptor(fd); });
    }
    /// How long sent data may stay unacknowledged: whole milliseconds; 0 leaves it to the system.
    r<void> set_user_timeout(limit span) const { return Errors::done(sock_set_user_timeout(s(), span.ns())); }
    r<std::chrono::nanoseconds> user_timeout() const
    {
        const std::int64_t span = sock_get_user_timeout(s());
        return Errors::template make<std::chrono::nanoseconds>(span, [&] { return std::chrono::nanoseconds(span); });
    }
    /// The congestion control of TCP: "cubic", "bbr" ...
    r<void> set_congestion(std::string_view name) const { return with_text(name, sock_set_congestion); }
    r<std::string> congestion() const
    {
        return detail::text<Errors>([&](char *out, std::size_t cap) { return sock_get_congestion(s(), out, cap); });
    }
    /// What the kernel knows about a TCP connection: times in nanoseconds, -1 for what it does not provide.
    r<sock_tcp_info> tcp_info() const
    {
        sock_tcp_info info{};
        info.size = sizeof info;
        const int code = sock_get_tcp_info(s(), &info);
        return Errors::template make<sock_tcp_info>(code, [&] { return info; });
    }
    r<mptcp> mptcp_state() const
    {
        const int state = sock_mptcp_state(s());
        return Errors::template make<mptcp>(state, [&] { return static_cast<mptcp>(state); });
    }

private:
    template <class Call> r<void> with_text(std::string_view text, Call &&call) const
    {
        const detail::c_text ended(text);
        if (!ended.ok())
            return Errors::template fail<void>(detail::nul_inside());
        return Errors::done(call(s(), ended.get()));
    }
};

} // namespace sock

#endif
