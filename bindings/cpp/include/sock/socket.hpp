// libsock for C++: sockets.
//
// SPDX-License-Identifier: MIT OR Apache-2.0
//
// A sock::socket owns a handle, a sock::socket_ref does not; both have all calls. What each call does in detail is in
// sock.h, under the name that its comment mentions. Any thread may use a socket at any time; close() wakes the threads
// that wait on it.
#ifndef SOCK_SOCKET_HPP
#define SOCK_SOCKET_HPP

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <utility>

#include "address.hpp"
#include "batch.hpp"
#include "error.hpp"
#include "family.hpp"
#include "handle.hpp"
#include "message.hpp"
#include "option.hpp"
#include "time.hpp"
#include "transfer.hpp"

namespace sock {

class socket;

namespace detail {
struct close_file {
    void operator()(std::FILE *file) const noexcept { std::fclose(file); }
};
} // namespace detail

/// A FILE of the C library, closed at its end.
using file = std::unique_ptr<std::FILE, detail::close_file>;

/// A socket of somebody else, whose calls throw (exceptions) or return a sock::result (results).
template <class Errors>
class basic_socket_ref : public handle_ref,
                         public transfer_calls<basic_socket_ref<Errors>, Errors>,
                         public message_calls<basic_socket_ref<Errors>, Errors>,
                         public batch_calls<basic_socket_ref<Errors>, Errors>,
                         public option_calls<basic_socket_ref<Errors>, Errors>,
                         public family_calls<basic_socket_ref<Errors>, Errors> {
    template <class T> using r = result_of<Errors, T>;

public:
    using handle_ref::handle_ref;

    /// The same socket with results in place of exceptions: `s.as_results().recv(buffer)`.
    basic_socket_ref<results> as_results() const noexcept { return basic_socket_ref<results>(number_); }
    /// The same socket with exceptions.
    basic_socket_ref<exceptions> as_exceptions() const noexcept { return basic_socket_ref<exceptions>(number_); }

    /// Closes the socket. Calls that wait on it in other threads end with closed_error. Closing twice is harmless;
    /// fails with the error of close(2), such as EIO, and the socket is closed all the same.
    r<void> close() const
    {
        const int code = sock_close(number_);
        return Errors::done(code == -EBADF ? 0 : code);
    }

    /// Binds to a local address.
    r<void> bind(const address &at) const { return Errors::done(sock_bind(number_, at.get())); }
    /// Makes the socket accept connections, of which `backlog` may wait.
    r<void> listen(int backlog = SOCK_BACKLOG_DEFAULT) const { return Errors::done(sock_listen(number_, backlog)); }
    /// Waits for a connection. `peer`: receives the address of the other end; may be nullptr.
    r<socket> accept(address *peer = nullptr) const;
    /// Connects, within the limits of the socket. Fails with EINPROGRESS in non-blocking mode.
    r<void> connect(const address &to) const { return Errors::done(sock_connect(number_, to.get())); }
    /// Shuts down SHUT_RD, SHUT_WR or SHUT_RDWR, for every process that has the socket.
    r<void> shutdown(int how) const { return Errors::done(sock_shutdown(number_, how)); }

    /// The own address (getsockname).
    r<address> local_address() const
    {
        return address::make<Errors>([&](sock_addr *out) { return sock_getsockname(number_, out); });
    }
    /// The address of the other end (getpeername). Fails with ENOTCONN.
    r<address> peer_address() const
    {
        return address::make<Errors>([&](sock_addr *out) { return sock_getpeername(number_, out); });
    }

    /// Limits each operation: any duration, 0 for non-blocking mode, forever for blocking mode.
    r<void> set_timeout(limit to) const { return Errors::done(sock_settimeout(number_, to.ns())); }
    r<std::chrono::nanoseconds> timeout() const
    {
        const std::int64_t ns = sock_gettimeout(number_);
        return Errors::template make<std::chrono::nanoseconds>(ns, [&] { return std::chrono::nanoseconds(ns); });
    }
    /// set_timeout(forever) or set_timeout(0s).
    r<void> set_blocking(bool on) const { return Errors::done(sock_setblocking(number_, on)); }
    /// Ends the calls of a direction that are not done by then, also those that already wait, and all later ones.
    /// no_deadline clears it.
    r<void> set_deadline(deadline at, direction of = direction::both) const
    {
        return Errors::done(sock_setdeadline(number_, static_cast<int>(of), at.ns()));
    }
    /// Attaches a cancel token, which ends all calls when it fires, in place of the previous one.
    r<void> set_cancel(cancel_ref token) const { return Errors::done(sock_setcancel(number_, token.number())); }
    r<void> clear_cancel() const { return Errors::done(sock_setcancel(number_, 0)); }

    r<int> family() const { return Errors::template number<int>(sock_family(number_)); }   ///< AF_INET ...
    r<int> type() const { return Errors::template number<int>(sock_type(number_)); }       ///< SOCK_STREAM ...
    r<int> protocol() const { return Errors::template number<int>(sock_proto(number_)); }  ///< IPPROTO_TCP ...
    /// The descriptor, which the handle still owns (sock_fileno).
    r<int> fileno() const { return Errors::template number<int>(sock_fileno(number_)); }
    /// A second handle for the same socket, without deadlines and token.
    r<socket> dup() const;
    /// Ends the handle and returns its descriptor, which then belongs to the caller.
    r<descriptor> detach() const
    {
        const int fd = sock_detach(number_);
        return Errors::template make<descriptor>(fd, [&] { return descriptor(fd); });
    }
    r<bool> inheritable() const { return Errors::template number<bool>(sock_get_inheritable(number_)); }
    /// Sets whether the descriptor survives exec.
    r<void> set_inheritable(bool on) const { return Errors::done(sock_set_inheritable(number_, on)); }

    /// A FILE for one direction: mode "r" or "w" (sock_fdopen). It does not own the socket.
    r<file> open_file(const char *mode) const
    {
        std::FILE *stream = sock_fdopen(number_, mode);
        int code = 0;
        if (!stream)
            sock_last_error(&code, nullptr, 0);
        return Errors::template make<file>(code, [&] { return file(stream); });
    }

    /// Connects to a host and a port under the limits of the socket: the first address of its family.
    r<void> connect_host(std::string_view host, std::string_view port) const
    {
        return with_host(host, port, sock_connect_host);
    }
    /// Binds to a host and a port; "" is the wildcard.
    r<void> bind_host(std::string_view host, std::string_view port) const { return with_host(host, port, sock_bind_host); }

private:
    r<void> with_host(std::string_view host, std::string_view port, int (*call)(sock_t, const char *, const char *)) const
    {
        const detail::c_text h(host), p(port);
        if (!h.ok() || !p.ok())
            return Errors::template fail<void>(detail::nul_inside());
        return Errors::done(call(number_, h.get(), p.get()));
    }
};

using socket_ref = basic_socket_ref<exceptions>;

/// A socket, closed at its end. Move-only; 8 bytes.
class socket : public owner<socket_ref> {
public:
    /// No socket.
    socket() noexcept = default;
    /// Creates a socket as socket(2) does; it is close-on-exec. SOCK_NONBLOCK in `type` sets non-blocking mode.
    explicit socket(int family, int type = SOCK_STREAM, int protocol = 0)
        : owner(exceptions::number<sock_t>(sock_socket(family, type, protocol)))
    {
    }
    /// Takes over a handle of sock.h.
    static socket adopt(sock_t number) noexcept { return socket(own{}, number); }

    /// Creates a socket, or says why not: `sock::socket::open<sock::results>(AF_INET)`.
    template <class Errors = exceptions>
    static result_of<Errors, socket> open(int family, int type = SOCK_STREAM, int protocol = 0)
    {
        return made<Errors>(sock_socket(family, type, protocol));
    }
    /// Takes over a descriptor: an open socket, which stays the caller's on failure (sock_from_fd).
    template <class Errors = exceptions> static result_of<Errors, socket> from_fd(descriptor &&fd)
    {
        const sock_t number = sock_from_fd(fd.get(), -1, -1, -1);
        if (number > 0)
            static_cast<void>(fd.release());
        return made<Errors>(number);
    }
    /// A stream socket that uses MPTCP if it is available, else TCP. `family`: AF_INET or AF_INET6.
    template <class Errors = exceptions> static result_of<Errors, socket> open_mptcp(int family)
    {
        return made<Errors>(sock_socket_mptcp(family));
    }
    /// From a call of sock.h that creates a socket.
    template <class Errors = exceptions> static result_of<Errors, socket> made(sock_t number)
    {
        return Errors::template make<socket>(number, [&] { return adopt(number); });
    }

private:
    struct own {};
    socket(own, sock_t number) noexcept : owner(number) {}
};
static_assert(sizeof(socket) == sizeof(sock_t), "a socket is its handle");

/// Two connected sockets.
template <class Errors = exceptions>
result_of<Errors, std::pair<socket, socket>> socketpair(int family = AF_UNIX, int type = SOCK_STREAM, int protocol = 0)
{
    sock_t both[2];
    const int code = sock_socketpair(family, type, protocol, both);
    return Errors::template make<std::pair<socket, socket>>(
        code, [&] { return std::pair(socket::adopt(both[0]), socket::adopt(both[1])); });
}

/// The timeout of all sockets that this process creates from now on.
inline void set_default_timeout(limit to) { exceptions::done(sock_setdefaulttimeout(to.ns())); }
inline std::chrono::nanoseconds default_timeout() { return std::chrono::nanoseconds(sock_getdefaulttimeout()); }

template <class Errors> result_of<Errors, socket> basic_socket_ref<Errors>::accept(address *peer) const
{
    return socket::made<Errors>(sock_accept(number_, peer ? peer->get() : nullptr));
}

template <class Errors> result_of<Errors, socket> basic_socket_ref<Errors>::dup() const
{
    return socket::made<Errors>(sock_dup(number_));
}

} // namespace sock

#endif
