// libsock for C++: from a name to a connected or listening socket.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SOCK_CONNECTION_HPP
#define SOCK_CONNECTION_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lookup.hpp"
#include "socket.hpp"

namespace sock {

/// How far an attempt to connect came.
enum class phase {
    lookup = SOCK_PHASE_LOOKUP,       ///< The lookup of one family failed or was not waited for.
    socket = SOCK_PHASE_SOCKET,       ///< No socket could be created.
    bind = SOCK_PHASE_BIND,           ///< Binding to the source address failed.
    connect = SOCK_PHASE_CONNECT,     ///< It was connecting.
    connected = SOCK_PHASE_CONNECTED, ///< It is connected.
};

/// One attempt to connect.
struct attempt {
    sock::address address;     ///< What was tried; for a lookup only the family.
    sock::phase phase{};
    std::optional<failure> why; ///< None for the winner and while in progress.
    clock::time_point start;
    clock::time_point end;     ///< The epoch while in progress.
};

/// How to connect.
struct connect_options {
    std::optional<limit> timeout{};          ///< Of the whole call; without one, the default timeout.
    deadline until{};
    std::optional<limit> attempt_timeout{};  ///< Of each attempt.
    std::optional<limit> resolution_delay{}; ///< How long IPv4 waits for IPv6; 50 ms.
    std::optional<limit> stagger{};          ///< From one attempt to the next; 250 ms. 0: all at once.
    bool one_by_one = false;                 ///< The next attempt begins only when the previous one has failed.
    cancel_ref cancel{};
    std::optional<address> source{};         ///< Local address.
    std::vector<attempt> *attempts = nullptr; ///< Receives the attempts when the call ends, also on failure.
    int family = 0;                          ///< AF_INET, AF_INET6, or 0 for both.
    bool fast_open = false;                  ///< TCP Fast Open.

    sock_connect_options native() const noexcept
    {
        sock_connect_options out{};
        out.size = sizeof out;
        out.timeout_ns = detail::option_limit(timeout);
        out.deadline_ns = detail::option_deadline(until);
        out.attempt_timeout_ns = attempt_timeout ? detail::at_least_1(attempt_timeout->ns()) : 0;
        out.resolution_delay_ns = !resolution_delay ? 0 : resolution_delay->ns() > 0 ? resolution_delay->ns() : -1;
        out.stagger_ns = one_by_one ? -1 : stagger ? detail::at_least_1(stagger->ns()) : 0;
        out.cancel = cancel.number();
        out.source = source ? source->get() : nullptr;
        out.family = family;
        out.fast_open = fast_open;
        return out;
    }
};

namespace detail {

inline std::vector<attempt> attempts(const sock_attempt *from, std::size_t count)
{
    std::vector<attempt> out;
    for (std::size_t i = 0; i < count; i++)
        out.push_back({address(from[i].address), static_cast<phase>(from[i].phase),
                       from[i].code < 0 ? std::optional(failure(from[i].code)) : std::nullopt,
                       clock::time_point(clock::duration(from[i].start_ns)),
                       clock::time_point(clock::duration(from[i].end_ns))});
    return out;
}

} // namespace detail

/// Connects to a host and a port over TCP, as RFC 8305 says (Happy Eyeballs), under one limit for the lookup and all
/// addresses. Throws the error of the attempt that got furthest. `to`: std::nullopt is this machine.
template <class Errors = exceptions>
result_of<Errors, socket> create_connection(const host &to, const service &port, const connect_options &how = {})
{
    const detail::host_text text(to);
    if (!text.ok() || !port.ok())
        return Errors::template fail<socket>(detail::nul_inside());
    auto native = how.native();
    std::vector<sock_attempt> tried(how.attempts ? 64 : 0);
    std::size_t count = 0;
    native.attempts = tried.data();
    native.attempts_cap = tried.size();
    native.attempts_count = &count;
    socket made = socket::adopt(sock_create_connection(text.get(), port.get(), &native));
    if (how.attempts)
        *how.attempts = detail::attempts(tried.data(), count < tried.size() ? count : tried.size());
    return Errors::template make<socket>(made.number(), [&] { return std::move(made); });
}

/// A connection in progress that does not wait, for event loops; its end gives it up.
class connecting : public owner<operation_ref> {
public:
    /// The options' `attempts` must be nullptr: ask attempts().
    connecting(const host &to, const service &port, const connect_options &how = {}) : owner(start(to, port, how)) {}

    /// No socket (false) while the connection is in progress; then, once, what create_connection returns.
    template <class Errors = exceptions> result_of<Errors, socket> step() const
    {
        return socket::made<Errors>(sock_create_connection_step(number()));
    }
    /// The attempts so far, also after the end.
    std::vector<attempt> attempts() const
    {
        const auto all = detail::list<exceptions, std::vector<sock_attempt>>(8, [&](sock_attempt *out, std::size_t cap) {
            return sock_create_connection_attempts(number(), out, cap);
        });
        return detail::attempts(all.data(), all.size());
    }

private:
    static sock_op_t start(const host &to, const service &port, const connect_options &how)
    {
        const detail::host_text text(to);
        if (!text.ok() || !port.ok())
            exceptions::fail<void>(detail::nul_inside());
        const auto native = how.native();
        return exceptions::number<sock_op_t>(sock_create_connection_start(text.get(), port.get(), &native));
    }
};

/// How to listen.
struct server_options {
    int family = 0;            ///< AF_INET, AF_INET6 or AF_UNIX; 0: AF_INET, and both for create_servers.
    int backlog = 0;           ///< How many connections may wait; 0: SOCK_BACKLOG_DEFAULT; negative: none.
    bool reuse_port = false;   ///< Share the port among processes.
    bool dualstack = false;    ///< An AF_INET6 socket also serves IPv4.
    bool remove_stale = false; ///< AF_UNIX: first remove a socket file on which no process listens.
    int file_mode = 0;         ///< AF_UNIX: mode of the socket file; 0: as the umask.
    std::optional<limit> timeout{}; ///< Of the lookup.
    deadline until{};
    cancel_ref cancel{};

    sock_server_options native() const noexcept
    {
        sock_server_options out{};
        out.size = sizeof out;
        out.family = family;
        out.backlog = backlog;
        out.reuse_port = reuse_port;
        out.dualstack = dualstack;
        out.remove_stale = remove_stale;
        out.file_mode = file_mode;
        out.timeout_ns = detail::option_limit(timeout);
        out.deadline_ns = detail::option_deadline(until);
        out.cancel = cancel.number();
        return out;
    }
};

/// Creates a listening TCP socket. `at`: a name or a number; "" or std::nullopt is the wildcard; with AF_UNIX a path, or
/// @ and an abstract name, and no port. Port 0 chooses a free one. Closing does not remove a socket file.
template <class Errors = exceptions>
result_of<Errors, socket> create_server(const host &at, const std::optional<service> &port = {},
                                        const server_options &how = {})
{
    const detail::host_text text(at);
    if (!text.ok() || (port && !port->ok()))
        return Errors::template fail<socket>(detail::nul_inside());
    const auto native = how.native();
    return socket::made<Errors>(sock_create_server(text.get(), port ? port->get() : nullptr, &native));
}

/// Creates a listening socket for each address of a host, all with the same port.
template <class Errors = exceptions>
result_of<Errors, std::vector<socket>> create_servers(const host &at, const service &port, const server_options &how = {})
{
    const detail::host_text text(at);
    if (!text.ok() || !port.ok())
        return Errors::template fail<std::vector<socket>>(detail::nul_inside());
    const auto native = how.native();
    sock_t made[64];
    std::vector<socket> out;
    out.reserve(64);
    const std::int64_t count = sock_create_servers(text.get(), port.get(), &native, made, 64);
    return Errors::template make<std::vector<socket>>(count, [&] {
        for (std::int64_t i = 0; i < count; i++)
            out.push_back(socket::adopt(made[i]));
        return std::move(out);
    });
}

/// How many sockets the service manager (systemd, s6 ...) passed to this process.
template <class Errors = exceptions> result_of<Errors, std::int64_t> activation_count()
{
    return Errors::template number<std::int64_t>(sock_activation_count());
}
/// The name of one of them; `index` counts from 0.
template <class Errors = exceptions> result_of<Errors, std::string> activation_name(std::int64_t index)
{
    return detail::text<Errors>([&](char *out, std::size_t cap) { return sock_activation_name(index, out, cap); });
}
/// Takes one of them, once.
template <class Errors = exceptions> result_of<Errors, socket> activation_take(std::int64_t index)
{
    return socket::made<Errors>(sock_activation_take(index));
}

} // namespace sock

#endif
